"""Our own backtester on every workload, and the floor under it.

Inside the timing: making the ``Run``, pushing everything, and nothing else. Outside: loading, the
``Replay`` with the ticks generated from the minute bars (W1, W4), and what is kept with the data
for later runs. There is no spread on bars, as the other libraries have none.

Of W2 the strategy is called once an hour, and what triggers is found in the columns; the other
libraries take ticks one by one.

Of W3 the bars come from the store, and the pairs are run on two threads. A signal deals with the
first tick after its bar, with the margin, swaps and stop out that the other runs have.

Of W4 the strategy moves the stop with ``modify_position_sltp``.

``--floor`` measures the loop alone: it makes the same dictionaries and calls an empty method.
"""

import os
import sys
import tempfile
from importlib.metadata import version

import numpy as np
import pandas as pd

from benchmarks.bench_backtest import Cross, Silent
from benchmarks.operations import Trail
from benchmarks.peers.common import BRACKET, arguments, columns, report, target, timed, write_trades
from mas import MAS
from mas.backtest.data import Replay
from mas.backtest.feeds import BarFeed
from mas.backtest.run import Run
from mas.backtest.signals import Signals
from mas.backtest.sources import Plan, generated
from mas.history import History
from mas.history.columns import Bars, Ticks
from mas.sim import SimSettings, built_in

M1, H1 = 1, 16385
PRICES = ("open", "high", "low", "close")
LOT = 100_000


class Hourly(MAS):
    """A market order with stops 20 pips away at each hour."""

    def receive_bars(self, symbol, data, is_end=False):
        bid = round(data["close"] * 1e5)
        self.send_order(
            {
                "backtest_toggle": True, "symbol": "EURUSD", "order_type": "buy", "volume": 0.1,
                "sl": (bid - BRACKET) / 1e5, "tp": target(bid) / 1e5,
            }
        )  # fmt: skip


STRATEGIES = {"W1": Cross, "W2": Hourly, "W4": Trail}


def minutes(data):
    """Return the history of W1 and the feed of its bars."""
    prices = (np.rint(data[name] * 1e5).astype(np.int64) for name in PRICES)
    bars = Bars(data["time"] * 1000, *prices, data["tick_volume"], data["spread"])
    start = int(bars.times[0])
    feed = BarFeed("EURUSD", M1, start, start + len(bars.times) * 60_000)
    plan = Plan(feed.start, feed.end, "ohlc", spread=0)
    return generated(built_in()["EURUSD"], bars, plan, "made bars"), feed


def ticks(data):
    """Return the history of W2 and the feed of its hours."""
    found = Ticks(data["time"], data["bid"], data["ask"])
    replay = Replay(built_in()["EURUSD"], found, "made ticks")
    feed = BarFeed("EURUSD", H1, int(data["time"][0]), int(data["time"][-1]) + 1)
    replay.stream.find(0, (-1, 10**9, -1, 10**9), by_last=False)  # what is kept with the data
    replay.bars(feed.timeframe, feed.start, feed.end)
    return replay, feed


def empty_loop(replay, feed):
    """Make what is pushed and give it to an empty method."""
    client = Silent()
    take = client.receive_bars
    _, rows = feed.rows(replay, client)
    for _, data, _, _ in rows:
        take("EURUSD", data, False)


def signal_sets(minutes, pairs):
    """Store the bars of W1 in ``MAS_HOME`` and return a tester over them and the signals of W3."""
    frame = pd.DataFrame(minutes)
    History().load(frame, symbol="EURUSD", progress=False)
    first, last = (pd.Timestamp(frame["time"].iloc[at], unit="s") for at in (0, -1))
    period = {"from": str(first), "to": str(last + pd.Timedelta(minutes=1))}
    tester = Signals(
        {
            "symbol": "EURUSD", "timeframe": "M1", **period, "capital": 1e6, "spread": 0,
            "profile": "account",
        }
    )  # fmt: skip
    sets = [
        {"entries": long, "short_entries": short}
        for long, short in zip(pairs["entries"].T.copy(), pairs["exits"].T.copy(), strict=True)
    ]
    return tester, sets


def signals(given):
    """Run all pairs of W3, from bars that were stored, on two threads."""
    with np.load(given.folder / "W1.npz") as file, tempfile.TemporaryDirectory() as home:
        os.environ["MAS_HOME"] = home
        tester, sets = signal_sets(dict(file), columns(given))
        sets = [{**pair, "sl": given.sl or 0} for pair in sets]
        tester.run(**sets[0])
        results, taken = timed(lambda: tester.run_many(sets, workers=2))
    assert not any(result.exact for result in results)
    if given.trades:
        tables = [result.trades.assign(pair=pair) for pair, result in enumerate(results)]
        write_trades(given.trades, trades_of(pd.concat(tables)))
    return len(sets), taken


def trades_of(table):
    """Return the trades of a result as the comparison takes them."""
    stamps = {
        name: table[name].astype("datetime64[ms]").astype("int64").to_numpy()
        for name in ("entry_time", "exit_time")
    }
    names = {"entry_price", "exit_price", "pair"} & set(table)
    words = {name: table[name].to_numpy().astype(str) for name in ("side", "reason")}
    sizes = (table["volume"].to_numpy() * LOT).round(6)
    return {**{name: table[name].to_numpy() for name in names}, **words, **stamps, "size": sizes}


def main():
    floor = "--floor" in sys.argv
    sys.argv = [word for word in sys.argv if word != "--floor"]
    given = arguments(__doc__, ["W1", "W2", "W3", "W4"])
    if given.workload == "W3":
        units, taken = signals(given)
    else:
        data = columns(given)
        units = len(data["time"])
        replay, feed = (ticks if given.workload == "W2" else minutes)(data)
        if floor:
            _, taken = timed(lambda: empty_loop(replay, feed))
        else:
            run = Run(
                STRATEGIES[given.workload](), {"EURUSD": replay}, [feed], SimSettings(balance=1e6)
            )
            result, taken = timed(lambda: run.go(progress=False))
            if given.trades:
                write_trades(given.trades, trades_of(result.trades))
    report(
        peer="floor" if floor else "ours", version=version("masjupyter"), workload=given.workload,
        units=units, taken=taken,
    )  # fmt: skip


if __name__ == "__main__":
    main()
