"""backtrader: the moving-average cross on minute bars (W1).

Inside the timing: ``Cerebro.run`` alone, which also reads the rows of the data frame. Outside:
loading, the data frame, making the ``Cerebro``. Without observers; ``runonce`` and ``preload`` as
they are by default. An order deals at the open of the next bar. ``--bars N`` for a part of the
data, as it is slow.
"""

from datetime import UTC

import backtrader as bt
import pandas as pd

from benchmarks.peers.common import UNITS, arguments, columns, report, timed, write_trades


class Cross(bt.Strategy):
    """A cross of two moving averages of 40 and 160 bars, by rolling sums."""

    def __init__(self):
        self.closes, self.fast, self.slow = [], 0.0, 0.0
        self.side, self.deals = "", []

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
            done = order.executed
            self.deals.append((done.dt, done.price, order.isbuy(), abs(done.size)))


def trades_of(deals):
    """Return the positions: deals come in pairs, one opens and one closes."""
    pairs = list(zip(deals[::2], deals[1::2], strict=False))
    return {
        "entry_time": [milliseconds(entry[0]) for entry, _ in pairs],
        "exit_time": [milliseconds(leave[0]) for _, leave in pairs],
        "entry_price": [entry[1] for entry, _ in pairs],
        "exit_price": [leave[1] for _, leave in pairs],
        "side": ["buy" if entry[2] else "sell" for entry, _ in pairs],
        "size": [entry[3] for entry, _ in pairs],
    }


def milliseconds(number):
    """Return UTC epoch milliseconds of the library's times."""
    return round(bt.num2date(number).replace(tzinfo=UTC).timestamp() * 1000)


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
    found, taken = timed(cerebro.run)
    write_trades(given.trades, trades_of(found[0].deals))
    report(peer="backtrader", version=bt.__version__, workload="W1", units=len(frame), taken=taken)


if __name__ == "__main__":
    main()
