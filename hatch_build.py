"""Compiles the core of the simulator, for wheels of one platform beside the pure one.

Nothing happens unless ``MAS_COMPILE=1`` is set: ``make compiled`` builds such a wheel, ``make
test-compiled`` compiles a copy of the checkout and tests it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CORE = (
    "mas/backtest/ledger.py",
    "mas/orders/build.py",
    "mas/orders/closing.py",
    "mas/orders/path.py",
    "mas/orders/statuses.py",
    "mas/sim/account.py",
    "mas/sim/book.py",
    "mas/sim/broker.py",
    "mas/sim/checks.py",
    "mas/sim/conversion.py",
    "mas/sim/execution.py",
    "mas/sim/holdings.py",
    "mas/sim/limits.py",
    "mas/sim/margin.py",
    "mas/sim/matching.py",
    "mas/sim/money.py",
    "mas/sim/order_entry.py",
    "mas/sim/request_context.py",
    "mas/sim/requests.py",
    "mas/sim/rules.py",
    "mas/sim/runner.py",
    "mas/sim/stopout.py",
    "mas/sim/terms.py",
    "mas/sim/triggers.py",
    "mas/sim/valuation.py",
    "mas/teller.py",
    "mas/terminal/order_entry.py",
    "mas/terminal/retcodes.py",
)
"""What is compiled: the state that every order changes, and what changes it."""
NEEDED = ("mypy[mypyc]",)
COPIED = ("mas", "masjupyter", "tests", "benchmarks", "docs", "notebooks", "js", "requirements")
LEFT_OUT = shutil.ignore_patterns("node_modules", "__pycache__", "artifacts", "*.so", "*.pyd")


def compile_core(root: Path, out: Path) -> list[Path]:
    """Compile the core of a checkout; return the extension modules, which are below `out`."""
    from mypyc.build import mypycify  # noqa: PLC0415  only where it is asked for
    from setuptools import Distribution  # noqa: PLC0415

    with TemporaryDirectory() as folder, contextlib.chdir(root):
        extensions = mypycify(
            list(CORE), target_dir=folder, opt_level="3", debug_level="0", group_name="mas_core"
        )
        build = Distribution({"name": "core", "ext_modules": extensions}).get_command_obj(
            "build_ext"
        )
        build.build_lib, build.build_temp = str(out), folder
        build.ensure_finalized()
        build.run()
    return sorted(path for path in out.rglob("*") if path.suffix in {".so", ".pyd"})


class CompiledCore(BuildHookInterface[Any]):
    """Adds the extension modules to a wheel, which then is one of a platform."""

    def dependencies(self) -> list[str]:
        """Return what building needs beyond the backend."""
        return list(NEEDED) if self._wanted() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, when a wheel is built and it is asked for."""
        if version != "standard" or not self._wanted():
            return
        out = Path(self.directory).absolute() / "compiled"
        shutil.rmtree(out, ignore_errors=True)
        made = compile_core(Path(self.root), out)
        build_data["pure_python"], build_data["infer_tag"] = False, True
        for path in made:
            build_data["force_include"][str(path)] = path.relative_to(out).as_posix()

    @staticmethod
    def _wanted() -> bool:
        return os.environ.get("MAS_COMPILE") == "1"


def compiled_copy(root: Path, out: Path) -> None:
    """Copy what the tests need of a checkout, and compile the core of the copy."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for path in root.iterdir():
        if path.is_file():
            shutil.copy2(path, out)
        elif path.name in COPIED:
            shutil.copytree(path, out / path.name, ignore=LEFT_OUT)
    compile_core(out, out)


if __name__ == "__main__":
    compiled_copy(Path(__file__).parent, Path(sys.argv[1]).absolute())
