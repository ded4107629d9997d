"""The data sets that every library of the comparison is given, made from a seed.

``python -m benchmarks.peers.data FOLDER [W1 W2 W3]`` writes one ``.npz`` file for each workload:

W1
    A million minute bars of EURUSD, those of ``benchmarks/bench_backtest.py``: time in epoch
    seconds, open, high, low, close, tick_volume, spread in points.
W2
    Ten million ticks in 2,700 hours: time in epoch ms, bid and ask in points of 0.00001.
W3
    A hundred pairs of moving averages (``fast``, ``slow``) on the closes of W1 as two tables of
    booleans, a column for each pair: where the fast one comes to stand above, and no longer does.
"""

import argparse
from pathlib import Path

import numpy as np

BARS = 1_000_000
TICKS = 10_000_000
HOURS = 2_700
START = 1_400_000_040
SEED = 7
FAST = range(10, 101, 10)
SLOW = range(120, 301, 20)
WORKLOADS = ("W1", "W2", "W3")


def minutes():
    """Return the columns of W1."""
    rng = np.random.default_rng(SEED)
    closes = 1.1 * np.exp(np.cumsum(rng.standard_normal(BARS) * 1e-4))
    closes = np.clip(closes, 0.5, 3.0)
    opens = np.concatenate(([1.1], closes[:-1]))
    reach = np.abs(rng.standard_normal((2, BARS))) * 2e-5
    return {
        "time": START + np.arange(BARS, dtype=np.int64) * 60,
        "open": opens.round(5),
        "high": (np.maximum(opens, closes) + reach[0]).round(5),
        "low": (np.minimum(opens, closes) - reach[1]).round(5),
        "close": closes.round(5),
        "tick_volume": np.full(BARS, 40, np.int64),
        "spread": np.full(BARS, 10, np.int32),
    }


def ticks():
    """Return the columns of W2."""
    rng = np.random.default_rng(SEED)
    steps = rng.integers(-3, 4, TICKS, dtype=np.int32)
    bids = (150_000 + np.cumsum(steps, dtype=np.int32)).clip(50_000, 400_000).astype(np.int32)
    times = START * 1000 + np.linspace(0, HOURS * 3_600_000, TICKS, dtype=np.int64)
    return {"time": times, "bid": bids, "ask": bids + np.int32(10)}


def crosses(closes):
    """Return the columns of W3."""
    points = np.concatenate(([0], np.cumsum((closes * 1e5).round().astype(np.int64))))
    sums = {n: points[n:] - points[:-n] for n in {*FAST, *SLOW}}
    pairs = [(fast, slow) for fast in FAST for slow in SLOW]
    entries = np.zeros((len(closes), len(pairs)), bool)
    exits = np.zeros_like(entries)
    for column, (fast, slow) in enumerate(pairs):
        above = sums[fast][slow - fast :] * slow > sums[slow] * fast
        turned = above[1:] != above[:-1]
        entries[slow:, column] = turned & above[1:]
        exits[slow:, column] = turned & ~above[1:]
        entries[slow - 1, column], exits[slow - 1, column] = above[0], not above[0]
    fast, slow = np.array(pairs, np.int64).T
    return {"close": closes, "entries": entries, "exits": exits, "fast": fast, "slow": slow}


def write(folder, workloads=WORKLOADS):
    """Write the files that are not yet there."""
    made = {"W1": minutes, "W2": ticks, "W3": lambda: crosses(minutes()["close"])}
    for name in workloads:
        path = Path(folder) / f"{name}.npz"
        if not path.exists():
            np.savez(path, **made[name]())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("workloads", nargs="*", default=WORKLOADS)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    write(given.folder, given.workloads)
