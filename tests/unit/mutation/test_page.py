"""The scores of make mutation: written by the command, and never below their goals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mutation import page

if TYPE_CHECKING:
    from pathlib import Path

trial = pytest.importorskip("tests.mutation.trial", reason="faults need processes that fork")


def test_the_scores_reach_their_goals() -> None:
    for package, (tried, found) in page.scores().items():
        assert tried >= 60, package
        assert found / tried >= (0.88 if package == "sim" else 0.80), package


def test_a_score_takes_the_place_of_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    monkeypatch.setattr(page, "PAGE", tmp_path / "mutation.md")
    page.PAGE.write_text(text, encoding="utf-8")
    before = page.scores()
    page.write(trial.Score("report", 11, "2026-01-31", sample=80, found=70, slow=3, equivalent=2))
    page.write(trial.Score("orders", 11, "2026-01-31", sample=60, found=60))
    page.write(trial.Score("report", 12, "2026-02-01", sample=60, found=54, slow=1))
    assert page.scores() == before | {"report": (60, 54), "orders": (60, 60)}
    assert list(page.scores()).index("orders") < list(page.scores()).index("report")
    assert "| `report` | 60 | 54 | 1 | 0 | 90 % | 2026-02-01 | 12 |\n" in page.PAGE.read_text()
    assert page.PAGE.read_text().endswith(text[-500:])
