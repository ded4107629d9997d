"""``docs/architecture.md`` names files and functions that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROWS = [
    (re.findall(r"`([^`]+)`", files), re.findall(r"`([^`]+)`", names))
    for _, _, files, names, _ in (
        line.split("|")
        for line in PAGE.splitlines()
        if line.startswith("|") and line.count("|") == 4
    )
]
ROWS = [(files, names) for files, names in ROWS if files and names]


def sources(files: list[str]) -> str:
    """Return the text of files, and of all in folders."""
    found = []
    for name in files:
        path = ROOT / name
        inside = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        found += [one.read_text(encoding="utf-8") for one in inside]
    return "\n".join(found)


def test_the_walks_are_there() -> None:
    assert len(ROWS) > 25


@pytest.mark.parametrize(("files", "names"), ROWS, ids=[files[0] for files, _ in ROWS])
def test_each_step_is_a_file_and_a_function(files: list[str], names: list[str]) -> None:
    text = sources(files)
    for name in names:
        for part in name.split("."):
            if part != "mas" and not (ROOT / "mas" / part).is_dir():
                assert re.search(
                    rf"(def|class|function)\s+{part}\b|\n  {part}\(|\b{part} =", text
                ) or (f"import {part}" in text or f", {part}" in text), f"{name} is not in {files}"


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"`((?:mas|masjupyter|js|tests|docs)/[^`*]+)`", PAGE)))
)
def test_each_file_is_there(name: str) -> None:
    assert (ROOT / name).exists()
