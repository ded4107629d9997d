"""Importing a file of ticks: seconds, and the most memory that the process held.

``python -m benchmarks.import_ticks [--ticks 20000000]`` makes a CSV and a Parquet file, and imports
each in a process of its own. The floor beside it reads the file piece by piece and forgets it.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

TICKS = 20_000_000
START = 1_672_617_600_000  # Monday, 2023-01-02
PIECE = 1_000_000
FORMATS = ("parquet", "csv")
STEPS = ("floor", "import")


def write(path, count):
    """Write ticks of a walk, a few a second."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    rng = np.random.default_rng(7)
    schema = pa.schema([("time", pa.int64()), ("bid", pa.float64()), ("ask", pa.float64())])
    kind = pa.csv.CSVWriter if path.suffix == ".csv" else pa.parquet.ParquetWriter
    bid, time = 150_000, START
    with kind(path, schema) as writer:
        for at in range(0, count, PIECE):
            rows = min(PIECE, count - at)
            bids = bid + np.cumsum(rng.integers(-1, 2, rows))
            times = time + np.cumsum(rng.integers(1, 600, rows))
            bid, time = int(bids[-1]), int(times[-1])
            columns = [times, bids / 1e5, (bids + 10) / 1e5]
            writer.write_table(pa.table(columns, schema=schema))


def floor(path):
    """Read all of a file, piece by piece."""
    from mas.history.formats import open_source

    return sum(len(piece.table) for piece in open_source(path).pieces())


def load(path):
    """Import a file."""
    from mas.history import History

    return History().load(path, progress=False)[0].stored.rows


def measure(step, path):
    """Do one step and print what it took."""
    began = perf_counter()
    rows = {"floor": floor, "import": load}[step](path)
    seconds = perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"step": step, "file": Path(path).name, "rows": rows,
                      "seconds": round(seconds, 1), "peak_mb": round(peak)}))  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ticks", type=int, default=TICKS)
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=FORMATS)
    parser.add_argument("--step", choices=STEPS)
    parser.add_argument("--file")
    given = parser.parse_args()
    if given.step:
        measure(given.step, given.file)
        return
    for form in given.formats:
        with tempfile.TemporaryDirectory() as home:
            path = Path(home) / f"EURUSD.{form}"
            write(path, given.ticks)
            for step in STEPS:
                command = [sys.executable, "-m", "benchmarks.import_ticks", "--step", step]
                command += ["--file", str(path)]
                subprocess.run(command, check=True, env={**os.environ, "MAS_HOME": home})


if __name__ == "__main__":
    main()
