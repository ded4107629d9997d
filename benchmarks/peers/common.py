"""What the scripts of all libraries share: arguments, the JSON line, the file of round trips.

Imports nothing but the standard library and numpy, as it runs in the environment of each library.
"""

import argparse
import csv
import gc
import json
import resource
import sys
from pathlib import Path
from time import perf_counter

import numpy as np

FIELDS = ("entry_time", "entry_price", "exit_time", "exit_price", "side", "net")


def arguments(doc, workloads):
    """Return the arguments of a script that runs those workloads."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where benchmarks.peers.data wrote its files")
    parser.add_argument("workload", choices=workloads)
    parser.add_argument("--bars", type=int, help="only so many of the first bars of W1")
    parser.add_argument("--ticks", type=int, help="only so many of the first ticks of W2")
    parser.add_argument("--sl", type=int, help="W3: a stop loss so many points away (ours)")
    parser.add_argument("--commission", type=float, default=0.0, help="W1: a lot and deal, USD")
    parser.add_argument("--trades", type=Path, help="write the round trips to this CSV file")
    return parser.parse_args()


def columns(given):
    """Return the columns of the workload, shortened as the arguments say."""
    count = {"W1": given.bars, "W2": given.ticks}.get(given.workload)
    with np.load(given.folder / f"{given.workload}.npz") as file:
        if given.workload == "W3":
            return dict(file)
        return {name: file[name][:count].copy() for name in file.files}


def timed(run):
    """Return what it returned and how many seconds it took."""
    gc.collect()
    began = perf_counter()
    result = run()
    return result, perf_counter() - began


def write_trades(path, rows):
    """Write round trips: UTC epoch milliseconds, prices, buy or sell, and the net where known."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(FIELDS)
        for row in rows:
            cells = [round(one, 8) if isinstance(one, float) else one for one in row]
            writer.writerow(cells + [""] * (len(FIELDS) - len(cells)))


def report(*, peer, version, workload, units, seconds, orders):
    """Print the line that the comparison reads."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if sys.platform != "darwin":
        peak *= 1024
    line = {
        "peer": peer, "version": version, "workload": workload, "units": int(units),
        "seconds": round(seconds, 6), "orders": int(orders), "peak_mb": round(peak / 2**20, 1),
    }  # fmt: skip
    print(json.dumps(line), flush=True)
