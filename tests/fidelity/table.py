"""The table of docs/fidelity.md: which test proves which rule.

``python -m tests.fidelity.table`` writes its last two columns anew: the tests that cite a rule, and
the mutant that they kill (see :mod:`tests.fidelity.mutants`).
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "fidelity.md"
FAULTS = ROOT / "tests" / "data" / "mutants.toml"
FOLDERS = (
    "scenario", "conformance", "unit/sim", "unit/history", "unit/live", "unit/backtest",
    "unit/report", "reference", "property/sim",
)  # fmt: skip
CITED = re.compile(
    r"(?<![0-9A-Za-z])[Rr](\d{1,3})(?:\s*(?:to|–|-)\s*[Rr](\d{1,3}))?(?![0-9])"
    r"|_r(\d{1,3})(?=_)"
)
SHOWN = 3
"""Tests that are named for a rule; the others can be found by its number."""


class Row(NamedTuple):
    """One rule in the table."""

    rule: str
    mark: str
    what: str
    status: str
    tests: list[str]
    mutant: str


def known_rules() -> dict[str, str]:
    """Return each rule with its mark: documented, observed, assumed."""
    return dict(json.loads((ROOT / "tests" / "data" / "rules.json").read_text()))


def read() -> list[Row]:
    """Return the rows of the page."""
    rows = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.match(r"\| R\d", line) and len(cells) == len(Row._fields):
            tests = [one for one in cells[4].split("<br>") if one]
            rows.append(Row(*cells[:4], tests, cells[5]))
    return rows


def faults() -> dict[str, str]:
    """Return by rule its mutant in words."""
    table = tomllib.loads(FAULTS.read_text(encoding="utf-8"))
    return {rule: what for rule, (what, *_) in table.items()}


def citations() -> dict[str, list[str]]:
    """Return by rule the tests whose source cites it, as ``file::function``."""
    found: dict[str, list[str]] = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / "tests" / folder).rglob("test_*.py")):
            text = path.read_text(encoding="utf-8")
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                    name = f"{path.relative_to(ROOT / 'tests').as_posix()}::{node.name}"
                    for rule in _cited(text, node):
                        found.setdefault(rule, []).append(name)
    return found


def _cited(text: str, node: ast.FunctionDef) -> set[str]:
    """Return the rules named in a test: name, decorators, docstring, comments."""
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    source = "\n".join(text.splitlines()[first - 1 : node.end_lineno])
    rules = set()
    for start, end, named in CITED.findall(source):
        low = int(start or named)
        rules.update(f"R{number}" for number in range(low, int(end or low) + 1))
    return rules


def write() -> None:
    """Put the newest citations into the page."""
    cited, known = citations(), faults()
    lines = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        match = re.match(r"\| (R\d+) \|", line)
        if match:
            cells = [cell.strip() for cell in line.strip("|").split("|")][:4]
            tests = cited.get(match[1], [])[:SHOWN]
            cells += ["<br>".join(tests), known.get(match[1], "")]
            lines.append(f"| {' | '.join(cells)} |")
        else:
            lines.append(line)
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
