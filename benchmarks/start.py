"""Starting up, in fresh processes: ``python -m benchmarks.start [--before REVISION]``.

For each program the least and the median of CPU and wall-clock seconds of the whole process, in
rounds; the floor is Python that does nothing. With ``--before`` each program also runs from that
revision of this repository, right after its run from the working tree.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parents[1]
SHELL = "from IPython.core.interactiveshell import InteractiveShell as S; ip = S.instance(); "
SPAN = "'from': '2024-01-02', 'to': '2024-01-09'"
LOGIN = (
    "import mas; client = mas.MAS(); "
    "assert client.login({'account': 90000001, 'password': 'any', 'server': 'MAS-Sim'}); "
)
ORDER = (
    "assert client.send_order({'backtest_toggle': False, 'symbol': 'EURUSD', 'order_type': 'buy', "
    "'volume': 0.01}); "
)
RUN = f"import mas; mas.MAS().backtest({{'bars': [('EURUSD', 'H1')], {SPAN}}})"
SIGNALS = (
    f"import mas, numpy as np; s = mas.Signals({{'symbol': 'EURUSD', 'timeframe': 'M5', {SPAN}}}); "
    "s.run(np.arange(len(s.bars)) % 20 == 0, np.arange(len(s.bars)) % 20 == 9)"
)
PROGRAMS = {
    "floor_python": "pass",
    "import_numpy": "import numpy",
    "import_mas": "import mas; mas.MAS",
    "first_login": LOGIN + "client.shutdown_mt5()",
    "first_order": LOGIN + ORDER + "client.shutdown_mt5()",
    "first_backtest": RUN,
    "first_signals": SIGNALS,
    "floor_ipython": SHELL,
    "floor_ipython_ipywidgets": SHELL + "import ipywidgets",
    "import_masjupyter": "import masjupyter",
    "load_ext_masjupyter": SHELL + "ip.run_line_magic('load_ext', 'masjupyter')",
}


BYTECODE = tempfile.TemporaryDirectory()
"""Compiled modules, kept between the programs, whatever the environment says of writing them."""


def children_cpu():
    """Return the CPU seconds of all processes that have been waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def start(program, root):
    """Run a program from a checkout in a process of its own, in an empty home."""
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ, "PYTHONPATH": str(root), "MAS_HOME": home, "HOME": home,
            "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": BYTECODE.name,
        }  # fmt: skip
        command = [sys.executable, "-c", program]
        subprocess.run(command, check=True, cwd=home, env=environment, capture_output=True)


def taken(program, root):
    """Return CPU and wall-clock seconds of a program."""
    began, spent = perf_counter(), children_cpu()
    start(program, root)
    return children_cpu() - spent, perf_counter() - began


def measure(roots, names, rounds):
    """Print a line for each program and checkout."""
    print(f"{'seconds':28}{'':10}{'CPU: min, median':>20}{'wall: min, median':>22}")
    for name in names:
        found = {label: [] for label in roots}
        for root in roots.values():
            start(PROGRAMS[name], root)  # compiles what it imports
        for _ in range(rounds):
            for label, root in roots.items():
                found[label].append(taken(PROGRAMS[name], root))
        for label, pairs in found.items():
            cpu, wall = (
                f"{min(values):.3f}, {statistics.median(values):.3f}"
                for values in zip(*pairs, strict=True)
            )
            print(f"{name:28}{label:10}{cpu:>20}{wall:>22}", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.start", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PROGRAMS)}")
    parser.add_argument("--before", metavar="REVISION", help="of this repository, to compare with")
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    if unknown := set(given.names) - set(PROGRAMS):
        parser.error(f"{', '.join(sorted(unknown))}: must be of {', '.join(PROGRAMS)}")
    names = given.names or list(PROGRAMS)
    roots = {"now": ROOT}
    if not given.before:
        measure(roots, names, given.rounds)
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "before"
        subprocess.run(
            ["git", "worktree", "add", "--quiet", "--detach", place, given.before],
            check=True, cwd=ROOT,
        )  # fmt: skip
        try:
            measure({**roots, "before": place}, names, given.rounds)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", place], check=True, cwd=ROOT)


if __name__ == "__main__":
    main()
