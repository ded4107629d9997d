"""Starting up, in fresh processes. The floor is Python that does nothing; CPU of the process."""

from __future__ import annotations

import pytest

from benchmarks.start import PROGRAMS, ROOT, children_cpu, start


@pytest.mark.benchmark(group="start (seconds, whole process)", timer=children_cpu)
@pytest.mark.parametrize("name", PROGRAMS)
def test_seconds_to(benchmark, name):
    benchmark.pedantic(start, (PROGRAMS[name], ROOT), rounds=7, warmup_rounds=1)
