"""The compiled core is the source in another form, and can be left aside."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import mas.sim
from hatch_build import CORE

ROOT = Path(__file__).parents[2]


def test_all_of_the_core_is_compiled_or_none_of_it() -> None:
    assert all((ROOT / path).is_file() for path in CORE)
    modules = [importlib.import_module(path[:-3].replace("/", ".")) for path in CORE]
    compiled = {not str(module.__file__).endswith(".py") for module in modules}
    assert compiled == {mas.sim.COMPILED}


def test_the_source_runs_where_it_is_asked_for() -> None:
    code = "import sys, mas.sim; print(mas.sim.COMPILED, *sorted({module.__file__[-3:] for name, "
    code += "module in sys.modules.items() if name.startswith('mas.')}))"
    environment = {**os.environ, "MAS_PURE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["False", ".py"]
