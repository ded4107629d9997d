"""The shape of the code: small modules, a complete `__all__`, one set of wire fields."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import mas
from masjupyter import wire

ROOT = Path(__file__).parents[2]
MODULES = sorted([*ROOT.glob("mas/**/*.py"), *ROOT.glob("masjupyter/**/*.py")])
#: Tables of official constants: long, and nothing to split.
TABLES = {"mas/terminal/constants.py"}


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_no_module_is_over_500_lines(path):
    if _name(path) not in TABLES:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 500


def test_all_is_complete():
    """Its order is ruff's business (RUF022); some names are loaded when they are asked for."""
    assert all(getattr(mas, name) is not None for name in mas.__all__)
    public = {
        name
        for name, value in vars(mas).items()
        if not name.startswith("_") and str(getattr(value, "__module__", None)).startswith("mas.")
    }
    assert set(mas.__all__) == public | {"Backtest", "Result", "Signals", "compare"}


def test_no_lock_names_an_address():
    for path in ROOT.glob("requirements/*.txt"):
        assert "://" not in path.read_text(encoding="utf-8"), path.name


def test_every_locked_package_has_hashes():
    for path in ROOT.glob("requirements/*.txt"):
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        pins = [line for line in text.splitlines() if re.match(r"[a-z0-9]", line)]
        assert pins
        assert all("--hash=sha256:" in pin for pin in pins), path.name


def test_tracked_files_are_small():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        assert not path.exists() or path.stat().st_size < 1_000_000, name


WIRE_TS = (ROOT / "js" / "src" / "wire.ts").read_text(encoding="utf-8")


@pytest.mark.parametrize("row", [wire.Row, wire.Frame], ids=lambda row: row.__name__)
def test_both_ends_of_the_wire_name_the_same_fields(row):
    (body,) = re.findall(rf"export interface {row.__name__} {{(.*?)}}", WIRE_TS, re.DOTALL)
    assert re.findall(r"(\w+)\??:", body) == list(row.__annotations__)


def test_both_ends_of_the_wire_have_one_version():
    assert f"WIRE_VERSION = {wire.WIRE_VERSION};" in WIRE_TS
