"""The comparison in one command: ``python -m benchmarks.peers [--install]``.

Each library has an environment of its own and runs in a process of its own, one after another;
each round is a new process. The table shows the median of the rounds.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOMES = Path.home() / ".cache" / "masjupyter-peers"
WORKLOADS = ("W1", "W2", "W3")
NAMES = {
    "W1": "a million minute bars, cross of moving averages",
    "W2": "ten million ticks, a bracket order an hour",
    "W3": "a hundred pairs of moving averages on a million bars",
}
PINS = {
    "backtesting": ["backtesting==0.6.6", "numpy==2.4.6", "pandas==3.1.1"],
    "nautilus_trader": ["nautilus_trader==1.221.0", "numpy==2.4.6", "pandas==2.3.3"],
    "backtrader": ["backtrader==1.9.78.123", "numpy==2.4.6", "pandas==3.1.1"],
    "vectorbt": ["vectorbt==1.2.0", "numpy==2.4.6", "pandas==3.1.1", "numba==0.68.1"],
    "hftbacktest": ["hftbacktest==2.4.4", "numpy==2.2.6", "pandas==3.1.1", "numba==0.68.1"],
}
"""The newest versions that install and work on Python 3.11."""
PINS["quantstats"] = ["quantstats==0.0.86", "numpy==2.4.6", "pandas==3.1.1"]
"""For the key figures alone, see ``benchmarks.peers.record``."""
RUNS = {
    "backtesting": ("bt_backtesting", ("W1",)),
    "nautilus_trader": ("bt_nautilus", ("W1", "W2")),
    "backtrader": ("bt_backtrader", ("W1",)),
    "vectorbt": ("bt_vectorbt", ("W3",)),
    "hftbacktest": ("bt_hftbacktest", ("W2",)),
}
PREFIX = {
    ("backtrader", "W1"): ("--bars", "200000"),
    ("nautilus_trader", "W2"): ("--ticks", "1000000"),
}
"""What the slow ones are given; with ``--full`` they take all of it."""
HEADS = (
    "workload", "library", "version", "units", "units/s", "seconds", "orders", "peak MB",
    "ratio to ours",
)  # fmt: skip


def python_of(peer):
    """Return the interpreter of a library's environment."""
    home = HOMES / peer
    return home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def install(peers):
    """Make the environments that are missing."""
    beside = Path(sys.executable).parent / "uv"
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        sys.exit("--install needs uv, beside this Python or on PATH")
    for peer in peers:
        python = python_of(peer)
        if not python.exists():
            print(f"installing {peer}", flush=True)
            subprocess.run([uv, "venv", "-q", "--python", "3.11", HOMES / peer], check=True)
            packages = [uv, "pip", "install", "-q", "--python", python, *PINS[peer]]
            if subprocess.run(packages, check=False).returncode:
                shutil.rmtree(HOMES / peer)
                print(f"{peer}: installing {PINS[peer][0]} failed")


def one_round(python, module, arguments):
    """Return what a script reported, or None after printing why it did not."""
    command = [python, "-m", f"benchmarks.peers.{module}", *arguments]
    # Without a PYTHONPATH nothing but the library's own environment is found.
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return json.loads(done.stdout.splitlines()[-1])
    print((done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1], flush=True)
    return None


def plan(peers, workloads, folder, full):
    """Yield name, workload, interpreter, module and arguments of each thing to run."""
    for workload in workloads:
        if "ours" in peers:
            yield "ours", workload, sys.executable, "ours", (folder, workload)
        if "floor" in peers and workload == "W1":
            yield "floor", workload, sys.executable, "ours", (folder, workload, "--floor")
        for peer in peers:
            module, can = RUNS.get(peer, ("", ()))
            if workload in can and python_of(peer).exists():
                prefix = () if full else PREFIX.get((peer, workload), ())
                yield peer, workload, python_of(peer), module, (folder, workload, *prefix)


def measure(name, workload, python, module, arguments, rounds):
    """Return a row with the medians of some rounds, or None."""
    print(f"{workload} {name}: ", end="", flush=True)
    found = []
    for _ in range(rounds):
        line = one_round(python, module, arguments)
        if line is None:
            return None
        print(f"{line['seconds']:.2f} s ", end="", flush=True)
        found.append(line)
    print(flush=True)
    row = dict(found[-1])
    for key in ("seconds", "peak_mb"):
        row[key] = statistics.median(line[key] for line in found)
    row["rate"] = row["units"] / row["seconds"]
    return row


def table(rows):
    """Return all rows as one plain-text table; the ratio is of units per second."""
    ours = {row["workload"]: row["rate"] for row in rows if row["peer"] == "ours"}
    lines = [HEADS]
    for row in rows:
        base = ours.get(row["workload"])
        lines.append(
            (
                row["workload"], row["peer"], row["version"], f"{row['units']:,}",
                f"{row['rate']:,.0f}" if row["rate"] >= 100 else f"{row['rate']:.2f}",
                f"{row['seconds']:.3f}", f"{row['orders']:,}", f"{row['peak_mb']:,.0f}",
                f"{row['rate'] / base:.3f}" if base else "-",
            )
        )  # fmt: skip
    widths = [max(len(line[at]) for line in lines) for at in range(len(HEADS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at < 3 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--install", action="store_true", help="make missing environments first")
    parser.add_argument("--only", choices=[*RUNS, "ours", "floor"], help="this library alone")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workload", choices=WORKLOADS)
    parser.add_argument("--full", action="store_true", help="all of the data for slow ones too")
    given = parser.parse_args()
    peers = [given.only] if given.only else ["ours", "floor", *RUNS]
    workloads = [given.workload] if given.workload else list(WORKLOADS)
    others = [
        peer for peer in peers if peer in RUNS and any(one in RUNS[peer][1] for one in workloads)
    ]
    if given.only in RUNS:
        peers = ["ours", given.only]  # for the ratio
        workloads = [one for one in workloads if one in RUNS[given.only][1]]
    if given.install:
        install(others)
    for peer in others:
        if not python_of(peer).exists():
            print(f"{peer} is not installed: run with --install")
    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        data = [sys.executable, "-m", "benchmarks.peers.data", folder, *workloads]
        subprocess.run(data, cwd=ROOT, check=True)
        planned = list(plan(peers, workloads, folder, given.full))
        measured = [measure(*one, given.rounds) for one in planned]
    rows = [row for row in measured if row is not None]
    for workload in workloads:
        print(f"{workload}: {NAMES[workload]}")
    print(table(rows))
    missing = [one[:2] for one, row in zip(planned, measured, strict=True) if row is None]
    if set(missing) - {("ours", "W3")}:  # what our own product does not have is no failure
        sys.exit(1)


if __name__ == "__main__":
    main()
