# ruff: noqa: E501  tables
"""``%%mas_backtest``: the class of a cell, the result in its place, mistakes as one line."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from ipywidgets.widgets.widget import _instances

if TYPE_CHECKING:
    from tests.unit.magics.conftest import Cells

SPAN = "--from 2024-01-02 --to 2024-01-05"
CLASS = """
import mas
class Every(mas):
    bars = 0
    def receive_bars(self, symbol, data, is_end=False):
        self.bars += 1
        order = {"backtest_toggle": True, "symbol": symbol, "volume": 0.1}
        if self.bars % 10 == 1:
            self.ticket = self.send_order({**order, "order_type": "buy"})
        if self.bars % 10 == 6:
            self.send_order({**order, "order_type": "sell", "order_id": self.ticket})
"""


@pytest.fixture
def updates(cells: Cells) -> list[Any]:
    """The results that were shown: text and HTML."""
    found: list[Any] = []
    publish = cells.shell.display_pub.publish

    def spy(data: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        if "data:image" in data.get("text/html", ""):
            found.append((data["text/plain"], data["text/html"]))
        publish(data, *args, **kwargs)

    cells.shell.display_pub.publish = spy  # type: ignore[method-assign]
    return found


def test_the_result_follows_the_live_view(cells: Cells, updates: list[Any]) -> None:
    assert cells.run(f"%%mas_backtest {SPAN} --commission 7{CLASS}") is None
    ((text, html),) = updates
    assert text.startswith("Every · EURUSD · 2024-01-02 to 2024-01-04")
    assert "EURUSD: the synthetic market (seed 7), synthetic ticks" in text
    assert "data:image/svg+xml;base64," in html
    client = cells.shell.user_ns["backtest"]
    assert type(client).__name__ == "Every"
    assert client.bars == 72
    assert (client.result.trades["commission"] == -1.4).all()


def test_a_result_of_ones_own_is_the_same_card(cells: Cells, updates: list[Any]) -> None:
    cells.run(f"%%mas_backtest {SPAN}{CLASS}")
    result = cells.shell.user_ns["backtest"].result
    shown, _ = cells.shell.display_formatter.format(result)
    ((_, card),) = updates
    note = "backtest.result has trades, deals, orders, equity; backtest.generate_kpi_report()"
    assert shown["text/plain"] == repr(result)
    assert note in card
    before, _, after = card.partition(note)
    assert before.rpartition("<div")[0] + after.removeprefix("</div>\n") == shown["text/html"]


def test_nothing_of_the_live_view_stays(cells: Cells) -> None:
    cells.run(f"%%mas_backtest {SPAN}{CLASS}")
    before = len(_instances)
    threads = cells.desk.publisher._thread
    for _ in range(3):
        cells.run(f"%%mas_backtest {SPAN}{CLASS}")
    assert len(_instances) == before
    assert threads is None
    assert cells.desk.publisher._dirty == {}


def test_a_class_by_name_and_another_variable(cells: Cells, updates: list[Any]) -> None:
    cells.good(CLASS)
    assert cells.run(f"%mas_backtest Every {SPAN} --timeframe M30 --into mine") is None
    assert cells.shell.user_ns["mine"].bars == 144
    assert "mine.result" in updates[0][0]


def test_ticks(cells: Cells) -> None:
    body = "\nimport mas\nclass Count(mas):\n    n = 0\n    def receive_ticks(self, s, d, is_end=False):\n        self.n += 1\n"
    assert (
        cells.run(f"%%mas_backtest --ticks --from 2024-01-02 --to 2024-01-02T02:00{body}") is None
    )
    assert cells.shell.user_ns["backtest"].n > 1000


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("%mas_backtest Nobody --from 2024-01-02 --to 2024-01-03", "%%mas_backtest: Nobody is no class of the client"),
        ("%%mas_backtest --from 2024-01-02 --to 2024-01-03\nx = 1", "%%mas_backtest: there is no class: define class MyClient(mas) in the cell, or name one"),
        ("%%mas_backtest --to 2024-01-03\nx = 1", "%mas_backtest: "),
        (f"%%mas_backtest --from 2024-01-05 --to 2024-01-03{CLASS}", "to must be later than from"),
        (f"%%mas_backtest {SPAN} --symbol EURUDS{CLASS}", "symbol 'EURUDS' has no specification (did you mean EURUSD?)"),
        (f"%%mas_backtest {SPAN} --model bets{CLASS}", "model must be one of best"),
        (f"%%mas_backtest {SPAN} --timeframe H7{CLASS}", "timeframe must be one of"),
        (f"%%mas_backtest {SPAN} --leverage 0{CLASS}", "leverage must be above 0, was 0"),
        (f"%%mas_backtest {SPAN}\nimport mas\nclass A(mas):\n    def __init__(self, x):\n        pass\n", "A must be made without arguments"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line(cells: Cells, cell: str, message: str) -> None:
    assert cells.bad(cell).startswith(message)


def test_an_error_of_the_strategy_is_told_and_the_run_goes_on(
    cells: Cells, updates: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    body = CLASS + "        if self.bars % 30 == 0:\n            1 / 0\n"
    assert cells.run(f"%%mas_backtest {SPAN}{body}") is None
    client = cells.shell.user_ns["backtest"]
    assert client.bars == 72
    assert "callbacks raised 2 times: ZeroDivisionError: division by zero" in updates[0][0]
    assert "1 / 0" in caplog.text
    assert caplog.text.count("Traceback") == 1


def test_an_error_that_stops_shows_the_strategy_and_keeps_the_result(
    cells: Cells, updates: list[Any]
) -> None:
    body = CLASS + "        if self.bars == 30:\n            1 / 0\n"
    error = cells.run(f"%%mas_backtest {SPAN} --stop-on-error{body}")
    assert isinstance(error, ZeroDivisionError)
    assert "stopped before its end: ZeroDivisionError at 2024-01-03" in updates[0][0]
    assert len(cells.shell.user_ns["backtest"].result.trades) == 3
    shown = "".join(
        cells.shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__)
    )
    assert "1 / 0" in shown
    assert "mas/backtest" not in shown


def test_the_stop_button_keeps_the_result_and_stops_run_all(
    cells: Cells, updates: list[Any]
) -> None:
    body = CLASS + "        if self.bars == 40:\n            raise KeyboardInterrupt\n"
    error = cells.run(f"%%mas_backtest {SPAN}{body}")
    assert isinstance(error, KeyboardInterrupt)
    assert "stopped before its end: KeyboardInterrupt" in updates[0][0]


def test_the_live_view_follows_the_run(cells: Cells, monkeypatch: pytest.MonkeyPatch) -> None:
    from masjupyter.widgets.backtest import POINTS, BacktestPanel

    monkeypatch.setattr("mas.backtest.progress.LIVE_PAUSE", 0.0)
    monkeypatch.setattr("mas.backtest.run.PUSHES", 1)
    seen: list[Any] = []
    shown = threading.Condition()
    refresh, reach = BacktestPanel.refresh, BacktestPanel.reach

    def spy(self: Any, state: Any) -> None:
        refresh(self, state)
        with shown:
            seen.append((self._figures.value, len(self._line.x)))
            shown.notify_all()

    def held(self: Any, at: Any) -> None:
        """Hold the run at every thousandth push until the page has it, however fast it is."""
        reach(self, at)
        if at.done % 1000 == 0:
            with shown:
                assert shown.wait_for(
                    lambda: (
                        seen and f"<progress style='width: 100%' value='{at.done}'" in seen[-1][0]
                    ),
                    timeout=20,
                )
                held_at.append(at.done)

    held_at: list[int] = []
    monkeypatch.setattr(BacktestPanel, "refresh", spy)
    monkeypatch.setattr(BacktestPanel, "reach", held)
    assert cells.run(f"%%mas_backtest {SPAN} --timeframe M1{CLASS}") is None
    assert held_at == [1000, 2000, 3000, 4000]
    words, points = seen[-1]
    assert "equity <b>" in words
    assert "deals" in words
    assert 10 < points <= POINTS
    assert "max='4320'" in words


def test_what_a_callback_raises_names_its_cell(
    cells: Cells, caplog: pytest.LogCaptureFixture
) -> None:
    raising = CLASS.replace("self.bars += 1", "self.bars += 1; [][self.bars]")
    for _ in range(6):
        cells.run("x = 1", history=True)
    # As the gutter counts: the line of the magic and two blank ones come before the code.
    assert cells.run(f"%%mas_backtest {SPAN}\n\n{raising}", history=True) is None
    (row,) = cells.shell.user_ns["backtest"].result.errors.to_dict("records")
    assert row["where"] == "In[7]:8 in receive_bars"
    assert (
        "Cell In[7], line 8, in receive_bars\n    self.bars += 1; [][self.bars]" in row["traceback"]
    )
    assert ".py" not in row["traceback"]
    assert row["traceback"].rstrip() in caplog.text


def test_a_run_that_does_not_begin_leaves_the_last_one(cells: Cells) -> None:
    assert cells.run(f"%%mas_backtest {SPAN}{CLASS}") is None
    kept = cells.shell.user_ns["backtest"]
    cells.bad(f"%%mas_backtest {SPAN} --symbol EURUSX{CLASS}")
    assert cells.shell.user_ns["backtest"] is kept


def test_what_is_refused_again_and_again_is_one_line(
    cells: Cells, caplog: pytest.LogCaptureFixture
) -> None:
    body = CLASS.replace('"volume": 0.1', '"volume": 5000.0')
    assert cells.run(f"%%mas_backtest {SPAN}{body}") is None
    assert len(cells.shell.user_ns["backtest"].result.refusals) > 5
    assert caplog.text.count("order_id is no ticket") == 1
