"""The benchmarks measure what they say, on this version; no time is asserted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import operations
from benchmarks.peers import data, ours
from mas.backtest.run import Run
from mas.sim import SimSettings

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", operations.OPERATIONS)
def test_each_operation_is_done_at_each_bar(name, monkeypatch):
    monkeypatch.setattr(operations, "BARS", 60)
    run = operations.backtest(operations.OPERATIONS[name][0], operations.store_minutes())
    result = run.go(progress=False)
    assert run.client.count == 59  # the last bar's start is the end of the period
    assert not result.errors.size
    assert not result.refusals.size


def test_calls_are_counted_and_timed(monkeypatch):
    monkeypatch.setattr(operations, "BARS", 60)
    microseconds, python, built_in = operations.single_calls(
        operations.Market, operations.store_minutes()
    )
    assert microseconds > 0
    assert python > 0
    assert built_in >= 0


def test_the_trailing_stop_is_hit_and_entered_anew():
    columns = {name: column[:2_000] for name, column in data.minutes().items()}
    replay, feed = ours.minutes(columns)
    client = operations.Trail()
    run = Run(client, {"EURUSD": replay}, [feed], SimSettings(balance=1e6))
    trades = run.go(progress=False).trades
    assert client.count > 1_900
    assert len(trades) > 5
    assert (trades["reason"] == "sl").all()


def test_the_benchmarks_find_their_fixtures():
    command = [
        sys.executable, "-m", "pytest", "-q", "-c", "benchmarks/pytest.ini", "--rootdir=.",
        "benchmarks/bench_order.py", "-k", "floor_empty", "-p", "no:cacheprovider",
    ]  # fmt: skip
    # Benchmarks are off in a worker of xdist, which this test may run in.
    env = {name: value for name, value in os.environ.items() if "XDIST" not in name}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert "the least beside the floor's" in done.stdout
