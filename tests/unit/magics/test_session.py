"""Login, panels, completion, and what is left when all is unloaded."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from IPython.core.completer import provisionalcompleter
from ipywidgets.widgets.widget import _instances

PANELS = [
    "%mas_account",
    "%mas_ticket EURUSD",
    "%mas_quotes EURUSD USDJPY",
    "%mas_chart EURUSD --timeframe M1 --bars 60",
    "%mas_positions",
    "%mas_orders",
    "%mas_executions",
]


def completions(cells, text, *, at=None):
    with provisionalcompleter():
        found = cells.shell.Completer.completions(text, len(text) if at is None else at)
        return {one.text for one in found}


def test_login_shows_the_account(cells):
    text = cells.good("%mas_login --sim")
    assert "MAS-Sim" in text
    assert "10,000.00 USD" in text
    cells.good("%mas_logout")
    assert not cells.desk.core.logged_in


@pytest.mark.parametrize("line", PANELS)
def test_a_panel_prints_itself_and_goes_when_its_cell_runs_again(paper, line):
    for _ in range(3):
        assert paper.good(line, "panel").strip()
        assert sum(map(len, paper.desk._panels.values())) == 2  # the login's card and this one
    paper.good("1", "panel")
    assert sum(map(len, paper.desk._panels.values())) == 1


def test_the_account_is_as_it_was_after_a_restart(paper):
    paper.good("%mas_order buy 0.1 EURUSD")
    before = paper.desk.state.positions
    paper.good("%unload_ext masjupyter")
    paper.good("%load_ext masjupyter")
    paper.good("%mas_login --sim")
    assert [one.ticket for one in paper.desk.state.positions] == [one.ticket for one in before]


def test_unloading_leaves_nothing_behind(cells):
    cells.good("%unload_ext masjupyter")
    shell = cells.shell

    def traces():
        return (
            {kind: set(names) for kind, names in shell.magics_manager.magics.items()},
            list(shell.Completer.custom_matchers),
            list(shell.events.callbacks["pre_run_cell"]),
            set(shell.display_formatter.formatters["text/html"].type_printers),
            {one.name for one in threading.enumerate()},
        )

    before, widgets = traces(), len(_instances)
    cells.good("%load_ext masjupyter")
    cells.good("%mas_login --sim")
    for line in PANELS:
        cells.good(line, line)
    cells.good("%mas_order buy 0.1 EURUSD", "order")
    cells.good("%unload_ext masjupyter")
    assert traces() == before
    left = [type(one).__name__ for one in _instances.values()]
    assert len(left) == widgets, Counter(left)


def test_tab_knows_fields_types_symbols(paper):
    assert {"symbol", "stoplimit"} <= completions(paper, "%%mas_order\ns")
    assert "buy_limit" in completions(paper, "%%mas_order\norder_type: b")
    assert "EURUSD" in completions(paper, "%%mas_order\nsymbol: E")
    assert "--check" in completions(paper, "%mas_order --c")
    assert "sell" in completions(paper, "%mas_order se")
