"""The table of docs/mutation.md, written by the command."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.mutation.faults import PACKAGES, ROOT

if TYPE_CHECKING:
    from tests.mutation.trial import Score

PAGE = ROOT / "docs" / "mutation.md"
TABLE = re.compile(
    r"(?<=^\|---\|---:\|---:\|---:\|---:\|---:\|---\|---:\|\n)(\|.*\n)*", re.MULTILINE
)
ROW = re.compile(r"^\| `(\w+)` \| (\d+) \| (\d+) \|.*$", re.MULTILINE)


def write(score: Score) -> None:
    """Put the score of a package into its row."""
    text = PAGE.read_text(encoding="utf-8")
    rows = {found[1]: found[0] for found in ROW.finditer(text)}
    rows[score.package] = (
        f"| `{score.package}` | {score.sample} | {score.found} | {score.slow} | {score.equivalent}"
        f" | {100 * score.found / max(score.sample, 1):.0f} % | {score.day} | {score.seed} |"
    )
    table = "".join(f"{rows[package]}\n" for package in PACKAGES if package in rows)
    PAGE.write_text(TABLE.sub(lambda _: table, text, count=1), encoding="utf-8")


def scores() -> dict[str, tuple[int, int]]:
    """Return by package how many faults were tried, and how many found."""
    text = PAGE.read_text(encoding="utf-8")
    return {found[1]: (int(found[2]), int(found[3])) for found in ROW.finditer(text)}
