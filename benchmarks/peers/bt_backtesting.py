"""backtesting.py: the moving-average cross on minute bars (W1).

Inside the timing: ``Backtest.run`` alone, with the statistics that it computes at its end. Outside:
loading, the data frame, making the ``Backtest``. ``trade_on_close=False``: an order deals at the
open of the next bar, which in this data is the close of the bar that it was sent from. No spread,
as the library's is a share of the price and not so many points. Orders: those dealt, two for a
reversal (one closes, one opens), as in our own client.
"""

import warnings

import backtesting
import pandas as pd
from backtesting import Backtest, Strategy

from benchmarks.peers.common import arguments, columns, report, timed, write_trades

UNITS = 10_000


class Cross(Strategy):
    """A cross of two moving averages of 40 and 160 bars, by rolling sums."""

    def init(self):
        first = float(self.data.Close[0])  # next() is called from the second bar on
        self.closes, self.fast, self.slow = [first], first, first
        self.side = ""

    def next(self):
        closes, last = self.closes, self.data.Close[-1]
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
            self.position.close()
        (self.buy if side == "buy" else self.sell)(size=UNITS)
        self.side = side


def main():
    given = arguments(__doc__, ["W1"])
    data = columns(given)
    frame = pd.DataFrame(
        {
            "Open": data["open"], "High": data["high"], "Low": data["low"],
            "Close": data["close"], "Volume": data["tick_volume"],
        },
        index=pd.to_datetime(data["time"], unit="s"),
    )  # fmt: skip
    backtesting.backtesting._tqdm = lambda found, **_: found  # no progress bar
    warnings.simplefilter("ignore")
    fee = given.commission / 100_000
    engine = Backtest(
        frame, Cross, cash=1e6, margin=0.01, trade_on_close=False,
        commission=lambda size, price: abs(size) * fee,
    )  # fmt: skip
    stats, seconds = timed(engine.run)
    trades = stats["_trades"]
    if given.trades:
        stamp = [trades[name].astype("datetime64[ms]").astype("int64") for name in TIMES]
        side = trades["Size"].map(lambda size: "buy" if size > 0 else "sell")
        rows = zip(
            stamp[0], trades["EntryPrice"], stamp[1], trades["ExitPrice"], side, trades["PnL"],
            strict=True,
        )  # fmt: skip
        write_trades(given.trades, rows)
    report(
        peer="backtesting", version=backtesting.__version__, workload="W1", units=len(frame),
        seconds=seconds, orders=2 * len(trades) + len(stats["_strategy"].trades),
    )  # fmt: skip


TIMES = ("EntryTime", "ExitTime")

if __name__ == "__main__":
    main()
