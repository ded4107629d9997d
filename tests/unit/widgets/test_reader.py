"""Questions of panels: one after the other beside the writer, the newest of each panel."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from masjupyter.reader import Reader


class Panel:
    def __init__(self, name: str) -> None:
        self.name = name
        self.topics: frozenset[str] = frozenset()

    def refresh(self, state: Any) -> None:
        raise AssertionError("a reader writes nothing")


class Desk:
    """A reader, and what it says was answered."""

    def __init__(self) -> None:
        self.answered: list[str] = []
        self.told = threading.Semaphore(0)
        self.reader = Reader(self._tell)
        self.asked: list[str] = []

    def _tell(self, panel: Any) -> None:
        self.answered.append(panel.name)
        self.told.release()

    def ask(self, panel: Panel, question: str) -> None:
        self.reader.ask(panel, lambda: self.asked.append(question))

    def block(self) -> threading.Event:
        """Keep the reader busy until the event is set."""
        begun, may = threading.Event(), threading.Event()
        self.reader.ask(Panel("slow"), lambda: (begun.set(), may.wait(10))[0])
        assert begun.wait(10)
        return may

    def wait(self, answers: int) -> None:
        for _ in range(answers):
            assert self.told.acquire(timeout=10)


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "mas-read"]


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.reader.close()
    assert readers() == []


def test_questions_are_answered_in_turn_and_each_is_told(desk: Desk) -> None:
    assert readers() == [], "a desk without a chart and a ticket has no thread for them"
    one, two = Panel("one"), Panel("two")
    may = desk.block()
    desk.ask(one, "first of one")
    desk.ask(two, "of two")
    desk.ask(one, "second of one")
    assert desk.asked == []
    may.set()
    desk.wait(3)
    assert desk.asked == ["second of one", "of two"], "the newest of a panel, in the first's turn"
    assert desk.answered == ["slow", "one", "two"]
    assert len(readers()) == 1


def test_a_question_may_be_asked_again(desk: Desk) -> None:
    panel = Panel("one")
    for number in range(3):
        desk.ask(panel, f"question {number}")
        desk.wait(1)
    assert desk.asked == ["question 0", "question 1", "question 2"]


def test_a_question_that_raises_does_not_concern_the_next(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        desk.reader.ask(Panel("broken"), lambda: 1 / 0)  # type: ignore[arg-type, return-value]
        desk.ask(Panel("one"), "next")
        desk.wait(2)
    assert desk.asked == ["next"]
    assert "ZeroDivisionError" in caplog.text


def test_nothing_more_is_asked_for_a_closed_panel(desk: Desk) -> None:
    panel, other = Panel("closed"), Panel("other")
    may = desk.block()
    desk.ask(panel, "never")
    desk.ask(other, "asked")
    desk.reader.forget(panel)
    desk.reader.forget(panel)
    may.set()
    desk.wait(2)
    assert desk.asked == ["asked"]


def test_a_reader_that_was_closed_begins_anew(desk: Desk) -> None:
    may = desk.block()
    desk.ask(Panel("one"), "never")
    threading.Timer(0.05, may.set).start()
    desk.reader.close()
    assert readers() == []
    assert desk.asked == []
    desk.wait(1)
    desk.ask(Panel("one"), "later")
    desk.wait(1)
    assert desk.asked == ["later"]
