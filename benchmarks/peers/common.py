"""What the scripts of all libraries share: arguments, the JSON line, the file of trades.

Imports nothing but the standard library and numpy, as it runs in the environment of each library.
"""

import argparse
import csv
import gc
import json
import resource
import sys
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

FIELDS = ("entry_time", "entry_price", "exit_time", "exit_price", "side", "net")
"""Columns of the CSV files; an ``.npz`` file has all columns that are given."""
UNITS = 10_000
"""What every order of the comparison deals: a tenth of a lot of EURUSD."""
BRACKET = 200
"""W2: points between the last bid of an hour and the stops of the bracket sent after it."""
GRID = 4
"""W2: a take profit is rounded up to so many points, more than a tick moves (three), so that no
tick passes two of them at different prices: nautilus_trader would deal the second one later."""
TRAIL = 30
"""W4: points between the close of a bar and the stop that is moved there."""


def arguments(doc, workloads):
    """Return the arguments of a script that runs those workloads."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where benchmarks.peers.data wrote its files")
    parser.add_argument("workload", choices=workloads)
    parser.add_argument("--bars", type=int, help="W1, W4: only the first so many bars")
    parser.add_argument("--ticks", type=int, help="W2: only the first so many ticks")
    parser.add_argument("--sl", type=int, help="W3: a stop loss so many points away (ours)")
    parser.add_argument("--commission", type=float, default=0.0, help="W1: a lot and deal, USD")
    parser.add_argument("--trades", type=Path, help="write the trades to this file: .csv or .npz")
    return parser.parse_args()


def columns(given):
    """Return the columns of the workload, shortened as the arguments say."""
    name = {"W4": "W1"}.get(given.workload, given.workload)
    count = {"W1": given.bars, "W2": given.ticks}.get(name)
    with np.load(given.folder / f"{name}.npz") as file:
        if given.workload == "W3":
            return dict(file)
        return {name: file[name][:count].copy() for name in file.files}


def timed(run):
    """Return what it returned, and how many seconds it took by the wall clock and of CPU."""
    gc.collect()
    began, spent = perf_counter(), process_time()
    result = run()
    return result, (perf_counter() - began, process_time() - spent)


def target(points):
    """Return the take profit of a bracket, in points, from the last bid of the hour before."""
    return -(-(points + BRACKET) // GRID) * GRID


def write_trades(path, trades):
    """Write trades, a dict of columns of one length.

    ``entry_time`` and ``exit_time`` are UTC epoch milliseconds, ``side`` is buy or sell, ``size``
    units of EUR, ``net`` USD, ``reason`` why it ended, ``pair`` the column of W3.
    """
    if path is None:
        return
    if path.suffix == ".npz":
        np.savez(path, **{name: np.asarray(column) for name, column in trades.items()})
        return
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(FIELDS)
        absent = [""] * len(trades["entry_time"])
        rows = zip(*(np.asarray(trades.get(name, absent)).tolist() for name in FIELDS), strict=True)
        for row in rows:
            writer.writerow([round(cell, 8) if isinstance(cell, float) else cell for cell in row])


def peak():
    """Return the most memory that this process held, bytes.

    On Linux from its status: what ``getrusage`` says begins with the memory of the parent.
    """
    status = Path("/proc/self/status")
    if status.exists():
        found = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(found.split()[1]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def report(*, peer, version, workload, units, taken):
    """Print the line that the comparison reads."""
    wall, cpu = taken
    line = {
        "peer": peer, "version": version, "workload": workload, "units": int(units),
        "wall": round(wall, 6), "cpu": round(cpu, 6), "peak_mb": round(peak() / 2**20, 1),
    }  # fmt: skip
    print(json.dumps(line), flush=True)
