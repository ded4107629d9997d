"""The table of docs/mutation.md, written by the command."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.mutation.faults import ROOT

if TYPE_CHECKING:
    from tests.mutation.trial import Score

PAGE = ROOT / "docs" / "mutation.md"
ROW = re.compile(r"^\| `(\w+)` \| (\d+) \| (\d+) \|.*$", re.MULTILINE)


def write(score: Score) -> None:
    """Put the score of a package into its row."""
    share = 100 * score.found / max(score.sample, 1)
    row = (
        f"| `{score.package}` | {score.sample} | {score.found} | {score.slow} | {score.equivalent}"
        f" | {share:.0f} % | {score.day} | {score.seed} |"
    )
    text = PAGE.read_text(encoding="utf-8")
    if score.package not in scores():  # a new package: below the last row
        end = list(ROW.finditer(text))[-1].end()
        text = f"{text[:end]}\n{row}{text[end:]}"
    text = ROW.sub(lambda found: row if found[1] == score.package else found[0], text)
    PAGE.write_text(text, encoding="utf-8")


def scores() -> dict[str, tuple[int, int]]:
    """Return by package how many faults were tried, and how many found."""
    text = PAGE.read_text(encoding="utf-8")
    return {found[1]: (int(found[2]), int(found[3])) for found in ROW.finditer(text)}
