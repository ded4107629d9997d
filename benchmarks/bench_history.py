"""Bars of the past: the first time from minutes, and fifty of them inside a running callback.

``before`` and ``after`` of a change are measured with the same file, one after the other on the
same machine; the least of the runs in turn are what is compared. Floors: a copy of as many bars,
and callbacks that ask for nothing.
"""

from __future__ import annotations

import numpy as np
import pytest

from mas import MAS
from mas.backtest.data import Replay
from mas.backtest.feeds import BarFeed
from mas.backtest.run import Run
from mas.clock import ManualClock
from mas.history.columns import Bars, Ticks
from mas.sim import SimSettings, SimTerminal, built_in
from mas.terminal import constants as c

DAY = 86_400_000
START = 1_104_624_000_000  # 2005-01-02, a Sunday
SPEC = built_in()["EURUSD"]
ROUNDS = {"rounds": 3, "iterations": 1, "warmup_rounds": 0}
ONCE = {**ROUNDS, "rounds": 1}
PUSHES = 3_000


def minutes(days: int) -> Replay:
    """Five days a week of M1 bars and a tick at the open of each, as a stored history is played."""
    times = START + np.flatnonzero(np.arange(days * 1440) // 1440 % 7 < 5) * 60_000
    opens = 110_000 + np.cumsum(np.random.default_rng(7).integers(-3, 4, len(times)))
    ones = np.ones(len(times), np.int32)
    bars = Bars(times, opens, opens + 4, opens - 4, opens + 1, ones, ones * 9)
    return Replay(SPEC, Ticks(times, opens, opens + 9), "bench", bars=bars)


def terminal(now: int, replay: Replay | None = None) -> SimTerminal:
    one = SimTerminal(SimSettings(), clock=ManualClock(now))
    one.initialize()
    if replay is not None:
        one.market.replay("EURUSD", replay.fresh().stream)
    return one


@pytest.mark.benchmark(group="bars, the first time")
def test_floor_a_copy_of_100000_bars(benchmark):
    found = terminal(START + 7000 * DAY, minutes(days=7000)).copy_rates_from_pos(
        "EURUSD", c.TIMEFRAME_H1, 0, 100_000
    )
    benchmark.pedantic(found.copy, **ROUNDS)


@pytest.mark.benchmark(group="bars, the first time")
@pytest.mark.parametrize(
    ("timeframe", "count"), [(c.TIMEFRAME_H1, 100_000), (c.TIMEFRAME_D1, 5_000)]
)
def test_stored_bars_first_time(benchmark, timeframe, count):
    replay = minutes(days=7000)

    def setup():
        replay.stream.closed.clear()
        return (terminal(START + 7000 * DAY, replay),), {}

    found = benchmark.pedantic(
        lambda one: one.copy_rates_from_pos("EURUSD", timeframe, 0, count), setup=setup, **ROUNDS
    )
    assert len(found) == count


@pytest.mark.benchmark(group="bars, the first time")
@pytest.mark.parametrize("count", [300, 5_000])
def test_synthetic_days_first_time(benchmark, count):
    found = benchmark.pedantic(
        lambda one: one.copy_rates_from_pos("EURUSD", c.TIMEFRAME_D1, 0, count),
        setup=lambda: ((terminal(START + 7000 * DAY),), {}), **ONCE,
    )  # fmt: skip
    assert len(found) == count


class Looks(MAS):
    """Looks at fifty bars in each callback."""

    how = "floor_nothing"

    def receive_bars(self, symbol, data, is_end=False):
        if self.how == "array":
            self.sim.copy_rates_from_pos(symbol, c.TIMEFRAME_M15, 0, 50)
        elif self.how == "table":
            self.get_bars_from_pos(
                {"symbol": symbol, "timeframe": "M15", "start_pos": 0, "count": 50,
                 "backtest_toggle": True}
            )  # fmt: skip


@pytest.mark.benchmark(group="3,000 callbacks, 50 bars in each")
@pytest.mark.parametrize("how", ["floor_nothing", "array", "table"])
def test_fifty_bars_in_each_callback(benchmark, how):
    replay = minutes(days=400)

    def setup():
        client = Looks()
        client.how = how
        feed = BarFeed("EURUSD", c.TIMEFRAME_M15, START + 100 * DAY, START + 144 * DAY)
        run = Run(client, {"EURUSD": replay.fresh()}, [feed], SimSettings())
        client.sim = run.terminal
        return (run,), {}

    result = benchmark.pedantic(lambda run: run.go(progress=False), setup=setup, **ROUNDS)
    benchmark.extra_info["us_a_callback"] = benchmark.stats.stats.min / PUSHES * 1e6
    assert result is not None
