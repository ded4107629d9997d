"""hftbacktest: a market order an hour with stops on ticks (W2).

Inside the timing: the strategy's run over the data, compiled beforehand by a run over the first
ticks. Outside: loading, making the event rows, making the backtest. The library takes changes of a
book, so a tick becomes a row for each level that appears or goes: four when the quote moved, one
when it did not; units are ticks all the same. No fees and no latency.

The take profit rests as a limit order at the exchange. The library knows no stop orders, so the
strategy watches the bid and sells at the market, as its users do; up to 256 brackets at a time.
"""

import hftbacktest
import numpy as np
from hftbacktest import (
    BUY_EVENT,
    DEPTH_EVENT,
    EXCH_EVENT,
    FILLED,
    GTC,
    LIMIT,
    LOCAL_EVENT,
    MARKET,
    SELL_EVENT,
    BacktestAsset,
    HashMapMarketDepthBacktest,
)
from hftbacktest.types import event_dtype
from numba import njit

from benchmarks.peers.common import BRACKET, UNITS, arguments, columns, report, timed, write_trades
from benchmarks.peers.common import target as target_of

HOUR = 3_600_000_000_000
POINT = 1e-5
target = njit(target_of)
SLOTS = 256
WAIT = 1_000_000_000_000_000
BOTH = EXCH_EVENT | LOCAL_EVENT | DEPTH_EVENT


@njit
def strategy(hbt, qty, trips):
    """Run to the end; ``trips`` takes entry and exit time, price in points. Return their number."""
    sl = np.zeros(SLOTS, np.int64)
    number = np.zeros(SLOTS, np.int64)
    held, sent, hour, bid = 0, 0, 0, 0
    whole = False  # the data begins within an hour, which nobody trades on
    highest = -1
    depth = hbt.depth(0)
    while True:
        found = hbt.wait_next_feed(True, WAIT)
        if found == 1:
            return sent
        now = hbt.current_timestamp
        if found == 3:  # an order dealt or ended: which of the take profits?
            orders = hbt.orders(0)
            kept = 0
            highest = -1
            for slot in range(held):
                one = number[slot]
                order = orders.get(3 * one + 1)
                if order is not None and order.status == FILLED:
                    trips[one, 2], trips[one, 3] = now, order.exec_price_tick
                    continue
                sl[kept], number[kept] = sl[slot], one
                highest = max(highest, sl[kept])
                kept += 1
            held = kept
            hbt.clear_inactive_orders(0)
        last = bid
        bid = depth.best_bid_tick
        if held and bid <= highest:
            kept = 0
            highest = -1
            for slot in range(held):
                one = number[slot]
                if bid <= sl[slot]:
                    hbt.cancel(0, 3 * one + 1, False)
                    hbt.submit_sell_order(0, 3 * one + 2, bid * POINT, qty, GTC, MARKET, True)
                    trips[one, 2] = now
                    trips[one, 3] = hbt.orders(0).get(3 * one + 2).exec_price_tick
                    continue
                sl[kept], number[kept] = sl[slot], one
                highest = max(highest, sl[kept])
                kept += 1
            held = kept
        if now // HOUR != hour:
            if whole and held < SLOTS:
                hbt.submit_buy_order(0, 3 * sent, bid * POINT, qty, GTC, MARKET, True)
                trips[sent, 0] = now
                trips[sent, 1] = hbt.orders(0).get(3 * sent).exec_price_tick
                goal = target(last) * POINT
                hbt.submit_sell_order(0, 3 * sent + 1, goal, qty, GTC, LIMIT, False)
                sl[held], number[held] = last - BRACKET, sent
                highest = max(highest, last - BRACKET)
                held += 1
                sent += 1
            whole = hour > 0
            hour = now // HOUR


def events(data):
    """Return the ticks as rows: level added, level gone, first of the bid and then of the ask."""
    count = len(data["time"])
    rows = np.zeros((count, 4), event_dtype)
    rows["exch_ts"] = rows["local_ts"] = (data["time"] * 1_000_000)[:, None]
    rows["ev"][:, :2], rows["ev"][:, 2:] = BOTH | BUY_EVENT, BOTH | SELL_EVENT
    for at, name in ((0, "bid"), (2, "ask")):
        points = data[name]
        rows["px"][:, at] = points * POINT
        rows["px"][1:, at + 1] = points[:-1] * POINT
        rows["qty"][:, at] = 1e6
    moved = data["bid"][1:] != data["bid"][:-1]
    keep = np.ones((count, 4), bool)
    keep[1:, 1:] = moved[:, None]
    keep[0, 1::2] = False
    return rows[keep]


def engine(rows):
    """Return a backtest over those rows."""
    asset = (
        BacktestAsset()
        .data(rows)
        .linear_asset(1.0)
        .constant_order_latency(0, 0)
        .risk_adverse_queue_model()
        .no_partial_fill_exchange()
        .trading_value_fee_model(0.0, 0.0)
        .tick_size(POINT)
        .lot_size(1.0)
    )
    return HashMapMarketDepthBacktest([asset])


def trades_of(trips):
    """Return the brackets that ended as the comparison takes them."""
    done = trips[trips[:, 2] > 0]
    return {
        "entry_time": done[:, 0] // 1_000_000,
        "exit_time": done[:, 2] // 1_000_000,
        "entry_price": done[:, 1] / 1e5,
        "exit_price": done[:, 3] / 1e5,
        "side": np.full(len(done), "buy"),
        "size": np.full(len(done), UNITS),
    }


def main():
    given = arguments(__doc__, ["W2"])
    data = columns(given)
    units = len(data["time"])
    rows = events(data)
    hours = (int(data["time"][-1]) - int(data["time"][0])) // 3_600_000 + 3
    compiled = engine(rows[:200_000])
    strategy(compiled, float(UNITS), np.zeros((hours, 4), np.int64))
    compiled.close()
    trips = np.zeros((hours, 4), np.int64)
    hbt = engine(rows)
    _, taken = timed(lambda: strategy(hbt, float(UNITS), trips))
    hbt.close()
    write_trades(given.trades, trades_of(trips))
    report(
        peer="hftbacktest", version=hftbacktest.__version__, workload="W2", units=units,
        taken=taken,
    )  # fmt: skip


if __name__ == "__main__":
    main()
