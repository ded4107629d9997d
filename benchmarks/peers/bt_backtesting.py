"""backtesting.py on minute bars: the moving-average cross (W1), the stop moved at each bar (W4).

Inside the timing: ``Backtest.run`` alone, with the statistics that it computes at its end. Outside:
loading, the data frame, making the ``Backtest``. ``trade_on_close=False``: an order deals at the
open of the next bar, which in this data is the close of the bar that it was sent from. A stop loss
deals at its own level, or at the open of a bar that begins beyond it.
"""

import warnings

import backtesting
import pandas as pd
from backtesting import Backtest, Strategy

from benchmarks.peers.common import TRAIL, UNITS, arguments, columns, report, timed, write_trades


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


class Trail(Strategy):
    """A stop loss 30 points below each bar's close; a new position when it was hit."""

    def init(self):
        self.level = None
        self.move()  # next() is called from the second bar on

    def next(self):
        self.move()

    def move(self):
        level = round(self.data.Close[-1] - TRAIL * 1e-5, 5)
        if level == self.level:
            return
        self.level = level
        if self.trades:
            self.trades[0].sl = level
        else:
            self.buy(size=UNITS, sl=level)


STRATEGIES = {"W1": Cross, "W4": Trail}


def trades_of(table):
    """Return the library's trades as the comparison takes them."""
    stamps = {
        name: table[theirs].astype("datetime64[ms]").astype("int64")
        for name, theirs in (("entry_time", "EntryTime"), ("exit_time", "ExitTime"))
    }
    return {
        **stamps,
        "entry_price": table["EntryPrice"],
        "exit_price": table["ExitPrice"],
        "side": ["buy" if size > 0 else "sell" for size in table["Size"]],
        "size": table["Size"].abs(),
        "net": table["PnL"],
    }


def main():
    given = arguments(__doc__, list(STRATEGIES))
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
        frame, STRATEGIES[given.workload], cash=1e6, margin=0.01, trade_on_close=False,
        commission=lambda size, price: abs(size) * fee,
    )  # fmt: skip
    stats, taken = timed(engine.run)
    write_trades(given.trades, trades_of(stats["_trades"]))
    report(
        peer="backtesting", version=backtesting.__version__, workload=given.workload,
        units=len(frame), taken=taken,
    )  # fmt: skip


if __name__ == "__main__":
    main()
