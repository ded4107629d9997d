"""backtrader: the moving-average cross on minute bars (W1).

Inside the timing: ``Cerebro.run`` alone, which also reads the rows of the data frame. Outside:
loading, the data frame, making the ``Cerebro``. Without observers; ``runonce`` and ``preload`` as
they are by default. An order deals at the open of the next bar. No spread: the library has none.
Orders: those that dealt, two for a reversal. ``--bars N`` for a part of the data, as it is slow.
"""

import backtrader as bt
import pandas as pd

from benchmarks.peers.common import arguments, columns, report, timed, write_trades

UNITS = 10_000


class Cross(bt.Strategy):
    """A cross of two moving averages of 40 and 160 bars, by rolling sums."""

    def __init__(self):
        self.closes, self.fast, self.slow = [], 0.0, 0.0
        self.side, self.dealt, self.trips = "", 0, []

    def next(self):
        closes, last = self.closes, self.data.close[0]
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
            self.close()
        (self.buy if side == "buy" else self.sell)(size=UNITS)
        self.side = side

    def notify_order(self, order):
        if order.status == order.Completed:
            self.dealt += 1
            self.trips.append(
                (order.executed.dt, order.executed.price, order.isbuy()),
            )


def round_trips(dealt):
    """Yield entry and exit of each position: deals come in pairs, one opens and one closes."""
    for entry, leave in zip(dealt[::2], dealt[1::2], strict=False):
        begun, ended = (round(bt.num2date(one[0]).timestamp() * 1000) for one in (entry, leave))
        yield begun, entry[1], ended, leave[1], "buy" if entry[2] else "sell"


def main():
    given = arguments(__doc__, ["W1"])
    data = columns(given)
    frame = pd.DataFrame(
        {
            "open": data["open"], "high": data["high"], "low": data["low"],
            "close": data["close"], "volume": data["tick_volume"],
        },
        index=pd.to_datetime(data["time"], unit="s"),
    )  # fmt: skip
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.adddata(bt.feeds.PandasData(dataname=frame, timeframe=bt.TimeFrame.Minutes))
    cerebro.addstrategy(Cross)
    cerebro.broker.setcash(1e6)
    found, seconds = timed(cerebro.run)
    if given.trades:
        write_trades(given.trades, round_trips(found[0].trips))
    report(
        peer="backtrader", version=bt.__version__, workload="W1", units=len(frame),
        seconds=seconds, orders=found[0].dealt,
    )  # fmt: skip


if __name__ == "__main__":
    main()
