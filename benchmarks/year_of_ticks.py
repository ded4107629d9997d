"""A year of ticks on disk: what it takes to store, to prepare once, and to run over.

``python -m benchmarks.year_of_ticks [--ticks 30000000]`` prints one line for each step, each step
in a process of its own: seconds, and the most memory that the process held.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from time import perf_counter

TICKS = 30_000_000
START = 1_672_617_600_000  # Monday, 2023-01-02
YEAR = 364 * 86_400_000
SPAN = {"from": "2023-01-02", "to": "2024-01-01"}


def store(count):
    """Write the ticks, as an import does."""
    import numpy as np

    from mas.history.columns import Ticks
    from mas.history.store import Store

    rng = np.random.default_rng(7)
    bids = (150_000 + np.cumsum(rng.integers(-1, 2, count, dtype=np.int32))).astype(np.int32)
    times = START + np.linspace(0, YEAR, count, dtype=np.int64)
    with Store().locked("EURUSD", "ticks"):
        Store().write("EURUSD", "ticks", Ticks(times, bids, bids + 10), digits=5, origins=[])


def prepare(count):
    """Make what is kept with the ticks: minutes and extremes."""
    from mas.history.derived import of_ticks
    from mas.history.store import Store

    return len(of_ticks(Store().find("EURUSD", "ticks")).bars.times)


def run_bars(count):
    """Run over the hours of the year, a bracket order in each."""
    from benchmarks.bench_backtest import Hourly

    client = Hourly()
    client.backtest({"bars": [("EURUSD", "H1")], **SPAN, "capital": 1e6})
    return len(client.get_order_history({"backtest_toggle": True}))


def run_ticks(count):
    """Push every tick to an empty callback."""
    import mas

    class Silent(mas):
        pushes = 0

        def receive_ticks(self, symbol, data, is_end=False):
            self.pushes += 1

    client = Silent()
    client.subscribe_ticks({"symbol": "EURUSD", **SPAN, "backtest_toggle": True})
    return client.pushes


STEPS = {"store": store, "prepare": prepare, "bars": run_bars, "bars again": run_bars,
         "ticks": run_ticks}  # fmt: skip


def measure(name, count):
    """Do one step and print what it took."""
    began = perf_counter()
    made = STEPS[name](count)
    seconds = perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {"step": name, "seconds": round(seconds, 3), "peak_mb": round(peak), "made": made}
        )
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ticks", type=int, default=TICKS)
    parser.add_argument("--step", choices=STEPS)
    given = parser.parse_args()
    if given.step:
        measure(given.step, given.ticks)
        return
    with tempfile.TemporaryDirectory() as home:
        for name in STEPS:
            command = [sys.executable, "-m", "benchmarks.year_of_ticks", "--step", name]
            command += ["--ticks", str(given.ticks)]
            subprocess.run(command, check=True, env={**os.environ, "MAS_HOME": home})


if __name__ == "__main__":
    main()
