"""``%mas_data``: the words of the command, one line for each mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.history import samples

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.magics.conftest import Cells


def test_the_magic_says_what_the_command_says(cells: Cells, tmp_path: Path) -> None:
    path = samples.mt5_ticks(tmp_path)
    assert cells.good(f"%mas_data import '{path}'").startswith(f"EURUSD ticks from {path}")
    assert "EURUSD  ticks     4" in cells.good("%mas_data list")
    assert "import" in cells.good("%mas_data --help")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "%mas_data: the following arguments are required: COMMAND; see %mas_data --help"),
        ("import 'x", "%mas_data: No closing quotation"),
        ("check XYZ", "no history of XYZ is stored; stored are none"),
        ("fetch EURUSD --from 2026-01-05 --to 2026-01-06", "not logged in"),
    ],
)
def test_mistakes_are_one_line(cells: Cells, line: str, message: str) -> None:
    assert cells.bad(f"%mas_data {line}").startswith(message)


def test_fetch_from_the_terminal_of_the_session(paper: Cells) -> None:
    paper.good("%mas_data fetch EURUSD --from 2026-01-05 --to 2026-01-06 --kind H1")
    assert "24 rows read" in paper.printed
