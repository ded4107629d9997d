"""raptorbt: the cross (W1), a hundred pairs at once (W3).

Inside the timing: one run of a strategy class (W1), one ``batch_single_backtest`` over all pairs
on as many threads as there are processors (W3). Outside: loading, and making the items.

An order deals at the close of the bar that it is sent from (``fill_timing``). W1 reverses by two
market orders. A run of arrays goes one way only, so a pair that reverses is two items, one long
and one short, each of which closes where the other opens. It sizes by shares of the capital: a
share worth 15,000 units, which a lot size of 10,000 rounds down.

There is no W4: a stop that is set in a bar is tried on that bar again, whose close was known when
it was set, and a resting stop order that is modified at each bar is never tried.
"""

from importlib.metadata import version

import numpy as np
import raptorbt
from raptorbt.strategy import orders

from benchmarks.peers.common import UNITS, arguments, columns, report, timed, write_trades

CAPITAL = 1e6
OPEN_AT_END = "EndOfData"


class Cross(raptorbt.Strategy):
    """A cross of two moving averages of 40 and 160 bars, by rolling sums."""

    def __init__(self):
        super().__init__()
        self.closes, self.fast, self.slow = [], 0.0, 0.0
        self.side = ""

    def on_bar(self, ctx):
        closes, last = self.closes, ctx.bar.close
        closes.append(last)
        self.fast += last - closes[-41] if len(closes) > 40 else last
        if len(closes) <= 160:
            self.slow += last
            return
        self.slow += last - closes[-161]
        side = "buy" if self.fast * 4 > self.slow else "sell"
        if side != self.side:
            self.turn(side)

    def turn(self, side):
        if self.side:
            self.submit_order(orders.Market(side=side))
        self.submit_order(orders.Market(side=side, units=UNITS))
        self.side = side


def config():
    """Return a million of capital, no fees, orders that deal at the close."""
    return raptorbt.BacktestConfig(
        initial_capital=CAPITAL, fees=0.0, slippage=0.0, fill_timing="same_bar_close"
    )


def prices(data):
    """Return what the library takes of bars: times in ns, prices and volumes."""
    bars = [data[name] for name in ("open", "high", "low", "close")]
    return [data["time"] * 1_000_000_000, *bars, data["tick_volume"].astype(float)]


def items(data):
    """Return a long and a short item for each pair of W3."""
    shares = data["close"] * 1.5 * UNITS / CAPITAL
    lots = raptorbt.InstrumentConfig(lot_size=float(UNITS))
    for entries, exits in zip(data["entries"].T.copy(), data["exits"].T.copy(), strict=True):
        for direction, begin, end in ((1, entries, exits), (-1, exits, entries)):
            yield raptorbt.BatchSingleItem(
                str(direction), begin, end, direction=direction, position_sizes=shares,
                instrument_config=lots,
            )  # fmt: skip


def trades_of(trades, times, pairs):
    """Return closed trades; what deals at a bar's close is stamped with the end of the bar."""
    kept = [
        (pair, trade)
        for pair, trade in zip(pairs, trades, strict=True)
        if trade.exit_reason != OPEN_AT_END
    ]
    return {
        "pair": [pair for pair, _ in kept],
        "entry_time": [(times[trade.entry_idx] + 60) * 1000 for _, trade in kept],
        "exit_time": [(times[trade.exit_idx] + 60) * 1000 for _, trade in kept],
        "entry_price": [trade.entry_price for _, trade in kept],
        "exit_price": [trade.exit_price for _, trade in kept],
        "side": ["buy" if trade.direction == 1 else "sell" for _, trade in kept],
        "size": [trade.size for _, trade in kept],
    }


def many(given, data):
    """Run W3; return how many pairs, the time taken, and trades by pair."""
    with np.load(given.folder / "W1.npz") as file:
        bars = dict(file)
    sets = list(items(data))
    results, taken = timed(
        lambda: raptorbt.batch_single_backtest(*prices(bars), sets, config=config())
    )
    trades = [result.trades() for _, result in results]
    pairs = [at // 2 for at, found in enumerate(trades) for _ in found]
    found = [trade for some in trades for trade in some]
    return len(sets) // 2, taken, trades_of(found, bars["time"], pairs)


def single(data):
    """Run W1; return how many bars, the time taken, and trades."""
    result, taken = timed(
        lambda: raptorbt.run_strategy_backtest(
            Cross(), *prices(data), config=config(), account_type="margin", leverage=100.0
        )
    )
    found = result.trades()
    return len(data["time"]), taken, trades_of(found, data["time"], [0] * len(found))


def main():
    given = arguments(__doc__, ["W1", "W3"])
    data = columns(given)
    units, taken, trades = many(given, data) if given.workload == "W3" else single(data)
    write_trades(given.trades, trades)
    report(
        peer="raptorbt", version=version("raptorbt"), workload=given.workload, units=units,
        taken=taken,
    )  # fmt: skip


if __name__ == "__main__":
    main()
