"""What an order costs, and what backtests do in a second: ``python -m benchmarks.orders [NAMES]``.

All is measured in rounds, the floor of each round beside it, in CPU seconds of this process, for
which other processes matter less; shown are the least and the median. Nothing is asserted of times.

In a backtest (hedging, EURUSD, the default profile) an operation is done at each bar of a run:

in the run
    CPU of that run less CPU of the same run with an empty callback, for each operation: the call
    and all that follows from it (its events, finding the tick that triggers, the exit).
the call
    Median of single calls by the wall clock, less the clock's own time.
calls
    Medians of the Python functions and of the built-in ones that a call enters.

``python -m benchmarks.orders market modify`` measures these two; ``--help`` lists all names.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from time import perf_counter

import mas
from benchmarks.bench_backtest import Cross
from benchmarks.operations import OPERATIONS, ORDER, Silent, Trail, cpu, next_order, show
from benchmarks.peers import data, ours
from mas.backtest.run import Run
from mas.sim import SimSettings

TRAIL_BARS = 200_000
LIVE_ORDERS = 400
LOGIN = {"account": 90_000_001, "password": "any", "server": "MAS-Sim"}


def least(values, form=".1f"):
    """Return the least and the median as text."""
    return f"{min(values):{form}}, {statistics.median(values):{form}}"


def most(values, form=",.0f"):
    """Return the most and the median as text."""
    return f"{max(values):{form}}, {statistics.median(values):{form}}"


def ran(client, replay, feed):
    """Run with the account's own profile, as in the comparison with other libraries."""
    settings = SimSettings(balance=1e6)
    return Run(client, {"EURUSD": replay}, [feed], settings).go(progress=False)


def live(rounds):
    """Send market orders over a session with its journal; the floor makes the dicts only."""
    client = mas.MAS()
    assert client.login(LOGIN)
    order = {**ORDER, "backtest_toggle": False}

    def send(call):
        ticket = None
        for _ in range(LIVE_ORDERS):
            answer = call(next_order(order, ticket))
            assert answer, answer
            ticket = None if ticket else answer

    send(client.send_order)
    found, floors, walls = [], [], []
    for _ in range(rounds):
        began = perf_counter()
        found.append(cpu(lambda: send(client.send_order))[1] / LIVE_ORDERS * 1e6)
        walls.append((perf_counter() - began) / LIVE_ORDERS * 1e6)
        floors.append(cpu(lambda: send(len))[1] / LIVE_ORDERS * 1e6)
    client.shutdown_mt5()
    return f"{least(found)} µs; by the wall clock {least(walls)}; floor {least(floors, '.2f')}"


def w1(rounds):
    """Run the cross beside the loop that makes the same dicts for an empty method."""
    replay, feed = ours.minutes(data.minutes())
    ratios, rates, floors = [], [], []
    for _ in range(rounds):
        _, floor = cpu(lambda: ours.empty_loop(replay, feed))
        _, seconds = cpu(lambda: ran(Cross(), replay, feed))
        ratios.append(floor / seconds)
        rates.append(data.BARS / seconds)
        floors.append(data.BARS / floor)
    return f"{most(ratios, '.3f')} of the floor; {most(rates)} bars/s; floor {most(floors)}"


def w2(rounds):
    """Run hourly brackets over ticks; the floor is the same run without an order."""
    replay, feed = ours.ticks(data.ticks())
    rates, floors = [], []
    for _ in range(rounds):
        floors.append(data.TICKS / cpu(lambda: ran(Silent(), replay, feed))[1])
        rates.append(data.TICKS / cpu(lambda: ran(ours.Hourly(), replay, feed))[1])
    return f"{most(rates)} effective ticks/s; floor (no order) {most(floors)}"


def w3(rounds):
    """Run the pairs on two threads; the floor reads all signals once."""
    minutes = data.minutes()
    tester, sets = ours.signal_sets(minutes, data.crosses(minutes["close"]))
    tester.run(**sets[0])
    walls, rates, floors = [], [], []
    for _ in range(rounds):
        _, floor = cpu(lambda: [(pair["entries"] & pair["short_entries"]).any() for pair in sets])
        floors.append(2 * len(sets) / floor)
        began = perf_counter()
        _, seconds = cpu(lambda: tester.run_many(sets, workers=2))
        walls.append(len(sets) / (perf_counter() - began))
        rates.append(2 * len(sets) / seconds)
    return (
        f"{most(rates, '.1f')} runs in two CPU seconds; {most(walls, '.1f')} runs/s by the wall "
        f"clock; floor {most(floors)}"
    )


def trail(rounds):
    """Move a stop at each bar; seconds for a million bars, measured on fewer."""
    minutes = {name: column[:TRAIL_BARS] for name, column in data.minutes().items()}
    replay, feed = ours.minutes(minutes)
    scale = data.BARS / TRAIL_BARS
    found, floors, moves = [], [], 0
    for _ in range(rounds):
        floors.append(cpu(lambda: ran(Silent(), replay, feed))[1] * scale)
        client = Trail()
        found.append(cpu(lambda client=client: ran(client, replay, feed))[1] * scale)
        moves = client.count
    return (
        f"{least(found)} s for 1,000,000 bars, measured on {TRAIL_BARS:,} ({moves:,} moves); "
        f"floor {least(floors, '.2f')}"
    )


WORK = {
    "live": (live, "send_order, live, journal, sim:", 5),
    "W1": (w1, "1,000,000 bars, a cross of averages", 3),
    "W2": (w2, "10,000,000 ticks, a bracket an hour", 3),
    "W3": (w3, "100 pairs of averages, two threads", 3),
    "trail": (trail, "a stop loss moved at each bar", 2),
}
"""What measures, what it is, and how many rounds at the most: the long ones take fewer."""


def main():
    names = [*OPERATIONS, *WORK]
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.orders",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names)}")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    if unknown := set(given.names) - set(names):
        parser.error(f"{', '.join(sorted(unknown))}: must be of {', '.join(names)}")
    chosen = given.names or names
    with tempfile.TemporaryDirectory() as home:
        os.environ["MAS_HOME"] = home
        if operations := [name for name in OPERATIONS if name in chosen]:
            show(operations, given.rounds)
        for name, (measure, text, rounds) in WORK.items():
            if name in chosen:
                print(f"{text:36}{measure(min(rounds, given.rounds))}", flush=True)


if __name__ == "__main__":
    main()
