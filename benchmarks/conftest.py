"""Benchmarks get the same clean home as the tests, and print ratios to their floor at the end."""

from __future__ import annotations

from tests.conftest import mas_home

__all__ = ["mas_home", "pytest_terminal_summary"]


def pytest_terminal_summary(terminalreporter, config):
    """Print each group's medians as multiples of the group's floor."""
    session = getattr(config, "_benchmarksession", None)
    floors = {}
    for bench in session.benchmarks if session else ():
        if "floor" in bench.name:
            floors.setdefault(bench.group, (bench.name, bench.stats.median))
    terminalreporter.section("medians beside their floor")
    for bench in session.benchmarks if session else ():
        median = bench.stats.median
        _, floor = floors.get(bench.group, ("", median))
        extra = "".join(f"  {name}: {value:.6f}" for name, value in bench.extra_info.items())
        terminalreporter.line(
            f"{bench.name:55} {median * 1e6:12.1f} us   x{median / floor:8.2f}{extra}"
        )
