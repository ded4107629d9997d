"""Starting up, in fresh processes. The floor is Python that does nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

SHELL = "from IPython.core.interactiveshell import InteractiveShell as S; ip = S.instance(); "
SPAN = "'from': '2024-01-02', 'to': '2024-01-09'"
RUN = f"import mas; mas.MAS().backtest({{'bars': [('EURUSD', 'H1')], {SPAN}}})"
SIGNALS = (
    f"import mas, numpy as np; s = mas.Signals({{'symbol': 'EURUSD', 'timeframe': 'M5', {SPAN}}}); "
    "s.run(np.arange(len(s.bars)) % 20 == 0, np.arange(len(s.bars)) % 20 == 9)"
)
PROGRAMS = {
    "floor_python": "pass",
    "import_mas": "import mas",
    "first_backtest": RUN,
    "first_signals": SIGNALS,
    "floor_ipython": SHELL,
    "floor_ipython_ipywidgets": SHELL + "import ipywidgets",
    "load_ext_masjupyter": SHELL + "ip.run_line_magic('load_ext', 'masjupyter')",
}


@pytest.mark.benchmark(group="start (seconds, whole process)")
@pytest.mark.parametrize("name", PROGRAMS)
def test_seconds_to(benchmark, name, mas_home):
    command = [sys.executable, "-c", PROGRAMS[name]]
    benchmark.pedantic(subprocess.run, (command,), {"check": True}, rounds=7, warmup_rounds=1)
