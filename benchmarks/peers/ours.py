"""Our own backtester on W1 and W2, and the floor under it.

Inside the timing: making the ``Run``, pushing everything, and nothing else. Outside: loading, the
``Replay`` with the ticks generated from the minute bars (W1), and what is kept with the data for
later runs, as in ``benchmarks/bench_backtest.py``. The spread is in the prices: 10 points. Orders:
those that dealt, two for a reversal, two for an order whose stops were hit.

Of W2 the strategy is called once an hour, and what triggers is found in the columns; the other
libraries take ticks one by one.

Of W3 the bars come from the store, and the pairs are run on two threads. A signal deals with the
first tick after its bar, with the spread, margin, swaps and stop out that the other runs have.

``--floor`` measures the loop alone: it makes the same dictionaries and calls an empty method.
"""

import os
import sys
import tempfile
from importlib.metadata import version

import numpy as np
import pandas as pd

from benchmarks.bench_backtest import Cross, Hourly, Silent
from benchmarks.peers.common import arguments, columns, report, timed, write_trades
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
    client = Silent()
    take = client.receive_bars
    _, rows = feed.rows(replay, client)
    for _, data, _, _ in rows:
        take("EURUSD", data, False)


def signal_sets(minutes, pairs):
    """Store the bars of W1 in ``MAS_HOME`` and return a tester over them and the signals of W3."""
    frame = pd.DataFrame(minutes)
    History().load(frame, symbol="EURUSD", progress=False)
    first, last = (str(one) for one in pd.to_datetime(frame["time"].iloc[[0, -1]], unit="s"))
    period = {"symbol": "EURUSD", "timeframe": "M1", "from": first, "to": last}
    tester = Signals({**period, "capital": 1e6})
    last_bar = len(tester.bars)
    sets = [
        {"entries": one[:last_bar], "short_entries": other[:last_bar]}
        for one, other in zip(pairs["entries"].T.copy(), pairs["exits"].T.copy(), strict=True)
    ]
    return tester, sets


def signals(given):
    """Run all pairs of W3, from bars that were stored, on two threads."""
    with np.load(given.folder / "W1.npz") as file, tempfile.TemporaryDirectory() as home:
        os.environ["MAS_HOME"] = home
        tester, sets = signal_sets(dict(file), columns(given))
        sets = [{**one, "sl": given.sl or 0} for one in sets]
        tester.run(**sets[0])
        found, seconds = timed(lambda: tester.run_many(sets, workers=2))
    assert not any(one.exact for one in found)
    return len(sets), seconds, 2 * sum(map(len, found))


def main():
    floor = "--floor" in sys.argv
    sys.argv = [one for one in sys.argv if one != "--floor"]
    given = arguments(__doc__, ["W1", "W2", "W3"])
    number = version("masjupyter")
    if given.workload == "W3":
        units, seconds, orders = signals(given)
        report(
            peer="ours", version=number, workload="W3", units=units, seconds=seconds,
            orders=orders,
        )  # fmt: skip
        return
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
    report(
        peer="floor" if floor else "ours", version=number, workload=given.workload, units=units,
        seconds=seconds, orders=orders,
    )  # fmt: skip


TIMES = ("entry_time", "exit_time")

if __name__ == "__main__":
    main()
