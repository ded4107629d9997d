"""Our own backtester on W1 and W2, and the floor under it.

Inside the timing: making the ``Run``, pushing everything, and nothing else. Outside: loading, the
``Replay`` with the ticks generated from the minute bars (W1), and what is kept with the data for
later runs, as in ``benchmarks/bench_backtest.py``. The spread is in the prices: 10 points. Orders:
those that dealt, two for a reversal, two for an order whose stops were hit.

Of W2 the strategy is called once an hour, and what triggers is found in the columns; the other
libraries take ticks one by one.

``--floor`` measures the loop alone: it makes the same dictionaries and calls an empty method.
"""

import sys
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from benchmarks.bench_backtest import Cross, Hourly, Silent
from benchmarks.peers.common import arguments, columns, report, timed, write_trades
from mas.engine.data import Replay
from mas.engine.run import BarFeed, Run
from mas.engine.sources import Plan, generated
from mas.history.columns import Bars, Ticks
from mas.sim import SimSettings, built_in

M1, H1 = 1, 16385
PRICES = ("open", "high", "low", "close")


def minutes(data):
    """Return the history of W1 and the feed of its bars."""
    prices = (np.rint(data[name] * 1e5).astype(np.int64) for name in PRICES)
    bars = Bars(data["time"] * 1000, *prices, data["tick_volume"], data["spread"])
    start = int(bars.times[0])
    feed = BarFeed("EURUSD", M1, start, start + len(bars.times) * 60_000)
    plan = Plan(feed.start, feed.end, "ohlc")
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
    take = Silent().receive_bars
    _, rows = feed.rows(replay)
    for _, data in rows:
        take("EURUSD", data, False)


def signals():
    """Say whether many parameters can be run at once (W3)."""
    try:
        import mas.engine.signals  # noqa: F401
    except ImportError:
        sys.exit("W3 is left out: mas.engine.signals cannot be imported")
    sys.exit("W3 is left out: this benchmark does not call mas.engine.signals yet")


def main():
    floor = "--floor" in sys.argv
    sys.argv = [one for one in sys.argv if one != "--floor"]
    given = arguments(__doc__, ["W1", "W2", "W3"])
    if given.workload == "W3":
        signals()
    data = columns(given)
    units = len(data["time"])
    replay, feed = (minutes if given.workload == "W1" else ticks)(data)
    orders = 0
    if floor:
        _, seconds = timed(lambda: empty_loop(replay, feed))
    else:
        client = Cross() if given.workload == "W1" else Hourly()
        settings = SimSettings(balance=1e6)
        result, seconds = timed(
            lambda: Run(client, {"EURUSD": replay}, [feed], settings).go(progress=False)
        )
        orders = int((result.deals["entry"] >= 0).sum() - (result.deals["symbol"] == "").sum())
        if given.trades:
            table = result.trades
            stamp = [table[name].astype("datetime64[ms]").astype("int64") for name in TIMES]
            write_trades(
                given.trades,
                zip(
                    stamp[0], table["entry_price"], stamp[1], table["exit_price"], table["side"],
                    strict=True,
                ),
            )  # fmt: skip
    try:
        number = version("masjupyter")
    except PackageNotFoundError:
        number = "?"
    report(
        peer="floor" if floor else "ours", version=number, workload=given.workload, units=units,
        seconds=seconds, orders=orders,
    )  # fmt: skip


TIMES = ("entry_time", "exit_time")

if __name__ == "__main__":
    main()
