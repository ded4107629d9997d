"""The comparison in one command: ``python -m benchmarks.peers [--install] [--write]``.

Each library has an environment of its own and runs in a process of its own, one after another, in
rounds. After the first round its trades are compared with ours; a library that has dealt otherwise
is said to have, and gets no number. ``--write`` puts the table into ``docs/backtests.md``.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.peers import data, table
from benchmarks.peers.match import differences, trades_within

ROOT = Path(__file__).parents[2]
HOMES = Path.home() / ".cache" / "masjupyter-peers"
PINS = {
    "backtesting": ["backtesting==0.6.6", "numpy==2.4.6", "pandas==3.1.1"],
    "nautilus_trader": ["nautilus_trader==1.221.0", "numpy==2.4.6", "pandas==2.3.3"],
    "backtrader": ["backtrader==1.9.78.123", "numpy==2.4.6", "pandas==3.1.1"],
    "vectorbt": ["vectorbt==1.2.0", "numpy==2.4.6", "pandas==3.1.1", "numba==0.68.1"],
    "hftbacktest": ["hftbacktest==2.4.4", "numpy==2.2.6", "pandas==3.1.1", "numba==0.68.1"],
    "raptorbt": ["raptorbt==0.13.4", "numpy==2.4.6"],
}
"""The newest versions that install and work on Python 3.11."""
PINS["quantstats"] = ["quantstats==0.0.86", "numpy==2.4.6", "pandas==3.1.1"]
"""For the key figures alone, see ``benchmarks.peers.record``."""
OURS = ("ours", "compiled")
RUNS = {
    "backtesting": ("bt_backtesting", ("W1", "W4")),
    "nautilus_trader": ("bt_nautilus", ("W1", "W2", "W4")),
    "backtrader": ("bt_backtrader", ("W1",)),
    "vectorbt": ("bt_vectorbt", ("W3",)),
    "hftbacktest": ("bt_hftbacktest", ("W2",)),
    "raptorbt": ("bt_raptorbt", ("W1", "W3")),
}
PREFIX = {
    ("backtrader", "W1"): ("--bars", "200000"),
    ("raptorbt", "W1"): ("--bars", "200000"),
    ("nautilus_trader", "W1"): ("--bars", "200000"),
    ("nautilus_trader", "W2"): ("--ticks", "1000000"),
    ("nautilus_trader", "W4"): ("--bars", "200000"),
}
"""What the slow ones are given; with ``--full`` they take all of it."""
SLOW = 20.0
"""CPU seconds; what takes longer is measured once."""


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


def compiled_copy(folder):
    """Return a copy of this checkout whose core is compiled, or None where that fails."""
    place = Path(folder) / "compiled"
    command = [sys.executable, "hatch_build.py", place]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"the core does not compile here: {(done.stderr.splitlines() or ['?'])[-1]}")
        return None
    return place


def one_round(python, module, arguments, place=ROOT):
    """Return what a script of a checkout reported, or None after printing why it did not."""
    command = [python, "-m", f"benchmarks.peers.{module}", *arguments]
    # Without a PYTHONPATH nothing but the library's own environment is found.
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command, cwd=place, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return json.loads(done.stdout.splitlines()[-1])
    print((done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1], flush=True)
    return None


def plan(peers, workload, folder, full):
    """Return name, interpreter, module and arguments of each thing to run, ours first."""
    found = [(peer, sys.executable, "ours", (folder, workload)) for peer in peers if peer in OURS]
    if "floor" in peers and workload == "W1":
        found.append(("floor", sys.executable, "ours", (folder, workload, "--floor")))
    for peer in peers:
        module, can = RUNS.get(peer, ("", ()))
        if workload in can and python_of(peer).exists():
            prefix = () if full else PREFIX.get((peer, workload), ())
            found.append((peer, python_of(peer), module, (folder, workload, *prefix)))
    return found


def loaded(path):
    """Return the columns of a file."""
    with np.load(path) as file:
        return dict(file)


class Workload:
    """All libraries on one workload: their rounds, and whether they have dealt the same.

    Attributes
    ----------
    lines : dict
        By library, what its script reported in each round.
    trades : dict
        By library, how many of its trades are ours.
    wrong : dict
        By library, why it gets no number.
    """

    def __init__(self, name, folder, planned):
        self.name, self.folder, self.planned = name, Path(folder), planned
        self.lines = {peer: [] for peer, *_ in planned}
        self.trades, self.wrong = {}, {}

    def round(self):
        """Run each library once; the first time, compare what it has dealt."""
        for peer, python, module, arguments in self.planned:
            place = self.folder / "compiled" if peer == "compiled" else ROOT
            done = self.lines[peer]
            if peer in self.wrong or (done and done[0]["cpu"] > SLOW):
                continue
            first = not done and peer != "floor"
            file = self.folder / f"{peer}-{self.name}.npz"
            line = one_round(
                python, module, (*arguments, *(("--trades", file) if first else ())), place
            )  # fmt: skip
            if line is None:
                self.wrong[peer] = ["it did not run"]
                continue
            self.lines[peer].append(line)
            if first:
                self.compare(peer, file, line["units"])
            print(f"{self.name} {peer}: {line['cpu']:.2f} s CPU, {line['wall']:.2f} s", flush=True)

    def compare(self, peer, file, units):
        """Compare the trades of a library with ours, over the data that it was given."""
        ours = loaded(self.folder / f"ours-{self.name}.npz")
        given = loaded(self.folder / ("W2.npz" if self.name == "W2" else "W1.npz"))
        if self.name != "W3":
            given = {name: column[:units] for name, column in given.items()}
        self.trades[peer] = len(trades_within(self.name, given, ours)["entry_time"])
        found = differences(peer, self.name, given, ours, ours if peer == "ours" else loaded(file))
        if found:
            self.wrong[peer] = found
        else:
            print(f"{self.name} {peer}: {self.trades[peer]:,} trades are the same", flush=True)
        if peer != "ours":
            file.unlink()

    def rows(self):
        """Return the rows of the table: of the libraries that have dealt the same."""
        if "ours" in self.wrong:
            return []
        return [
            table.row_of(lines, self.trades.get(peer, 0))
            for peer, lines in self.lines.items()
            if peer not in self.wrong
        ]


def options():
    """Return the arguments of the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--install", action="store_true", help="make missing environments first")
    parser.add_argument("--compiled", action="store_true", help="ours also with a compiled core")
    parser.add_argument("--write", action="store_true", help="the table, into the documentation")
    parser.add_argument("--only", choices=list(RUNS), help="this library alone, beside ours")
    parser.add_argument("--workload", choices=list(table.UNITS), help="this one alone")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--full", action="store_true", help="all of the data for slow ones too")
    given = parser.parse_args()
    if given.write and (given.only or given.workload):
        parser.error("--write is for the whole comparison")
    return given


def main():
    given = options()
    peers = ["ours", *([given.only] if given.only else ["floor", *RUNS])]
    names = [given.workload] if given.workload else list(table.UNITS)
    if given.only:
        names = [name for name in names if name in RUNS[given.only][1]]
    others = [peer for peer in peers if peer in RUNS and set(names) & set(RUNS[peer][1])]
    if given.install:
        install(others)
    missing = [peer for peer in others if not python_of(peer).exists()]
    for peer in missing:
        print(f"{peer} is not installed: run with --install")
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        data.write(Path(folder), {"W1", *names} - {"W4"})
        if given.compiled and compiled_copy(folder):
            peers.insert(1, "compiled")
        work = [Workload(name, folder, plan(peers, name, folder, given.full)) for name in names]
        for _ in range(given.rounds):
            for workload in work:
                workload.round()
    rows = [row for workload in work for row in workload.rows()]
    wrong = [
        f"{workload.name} {peer} gets no number: {'; '.join(found)}"
        for workload in work
        for peer, found in workload.wrong.items()
    ]
    print("", table.text(rows), "", *table.otherwise(rows), *wrong, sep="\n")
    if wrong or missing:
        sys.exit(1)
    if given.write:
        table.write(rows, given.rounds, busy)


if __name__ == "__main__":
    main()
