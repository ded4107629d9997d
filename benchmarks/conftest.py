"""Benchmarks get the same clean home as the tests, and print ratios to their floor at the end.

Times are CPU seconds of this process (``pytest.ini``), which other processes disturb less.
"""

from __future__ import annotations

from tests.conftest import homes, mas_home

__all__ = ["homes", "mas_home", "pytest_terminal_summary"]


def pytest_terminal_summary(terminalreporter, config):
    """Print what each benchmark took at least, as a multiple of the floor of its group."""
    session = getattr(config, "_benchmarksession", None)
    benchmarks = session.benchmarks if session else ()
    floors = {}
    for bench in benchmarks:
        if "floor" in bench.name:
            floors.setdefault(bench.group, bench.stats.min)
    terminalreporter.section("CPU: the least, the median, the least beside the floor's")
    for bench in benchmarks:
        least, median, floor = bench.stats.min, bench.stats.median, floors.get(bench.group)
        extra = "".join(f"  {name}: {value:.6g}" for name, value in bench.extra_info.items())
        ratio = f"x{least / floor:10.2f}" if floor else " " * 11
        terminalreporter.line(
            f"{bench.name:62} {least * 1e6:12.1f} {median * 1e6:12.1f} us {ratio}{extra}"
        )
