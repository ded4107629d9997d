"""One thread owns the calls; each has a deadline; nothing that was given up is run later."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from mas.errors import MasError, NotConnectedError, TerminalTimeoutError
from mas.terminal.link import TerminalLink


class Slow:
    """A terminal that can be made to hang; it notes which thread calls it."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.go.set()
        self.threads: set[str] = set()

    def call(self) -> str:
        self.threads.add(threading.current_thread().name)
        self.go.wait(10)
        return "answer"


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def link(slow: Slow) -> Iterator[TerminalLink]:
    one = TerminalLink(slow)  # type: ignore[arg-type]
    yield one
    slow.go.set()
    one.close()


def test_all_calls_are_made_by_one_thread_in_their_order(link: TerminalLink, slow: Slow) -> None:
    order: list[int] = []
    threads = [
        threading.Thread(target=lambda n=n: link.run(lambda t: (t.call(), order.append(n))))
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(order) == list(range(20))
    assert slow.threads == {"mas-terminal"}


def test_an_error_is_raised_to_who_asked(link: TerminalLink) -> None:
    with pytest.raises(ZeroDivisionError):
        link.run(lambda _: 1 / 0)
    assert link.run(lambda t: t.call()) == "answer"


def test_a_late_answer_still_does_its_work_and_the_caller_waits_no_longer(
    link: TerminalLink, slow: Slow
) -> None:
    slow.go.clear()
    recorded: list[str] = []
    began = time.monotonic()
    with pytest.raises(TerminalTimeoutError) as caught:
        link.run(lambda t: recorded.append(t.call()), deadline=0.1)
    assert time.monotonic() - began < 2
    assert caught.value.code == -10005
    slow.go.set()
    assert link.run(lambda t: t.call()) == "answer"
    assert recorded == ["answer"]


def test_a_job_that_was_given_up_before_it_began_is_never_run(
    link: TerminalLink, slow: Slow
) -> None:
    """A caller who was told that no answer came must not find his order sent later."""
    slow.go.clear()
    sent: list[str] = []
    blocker = threading.Thread(target=lambda: link.run(lambda t: t.call()))
    blocker.start()
    while not slow.threads:
        time.sleep(0.001)
    with pytest.raises(TerminalTimeoutError):
        link.run(lambda _: sent.append("order"), deadline=0.05)
    slow.go.set()
    blocker.join()
    link.run(lambda t: t.call())
    assert sent == []


def test_an_order_goes_before_the_reads_that_wait(link: TerminalLink, slow: Slow) -> None:
    """One connection for all: what only asks never holds up an order that waits."""
    slow.go.clear()
    done: list[str] = []
    blocker = threading.Thread(target=lambda: link.read(lambda t: t.call()))
    blocker.start()
    while not slow.threads:
        time.sleep(0.001)
    asked = [(link.read, "bars"), (link.read, "preview"), (link.run, "order"), (link.run, "look")]
    threads = []
    for number, (ask, name) in enumerate(asked, 1):
        thread = threading.Thread(target=ask, args=(lambda _, name=name: done.append(name),))
        thread.start()
        threads.append(thread)
        while link._queued.qsize() < number:
            time.sleep(0.001)
    slow.go.set()
    for thread in (blocker, *threads):
        thread.join()
    assert done == ["order", "look", "bars", "preview"]


def test_a_job_may_ask_the_link_again(link: TerminalLink) -> None:
    assert link.run(lambda _: link.run(lambda t: t.call())) == "answer"


def test_a_closed_link_refuses_and_closes_its_terminal_once(slow: Slow) -> None:
    closed: list[Any] = []
    link = TerminalLink(slow, on_close=closed.append)  # type: ignore[arg-type]
    link.close()
    link.close()
    assert closed == [slow]
    with pytest.raises(NotConnectedError, match="log in again"):
        link.run(lambda t: t.call())


def test_a_hung_terminal_does_not_hold_up_the_close(slow: Slow) -> None:
    link = TerminalLink(slow)  # type: ignore[arg-type]
    slow.go.clear()
    with pytest.raises(TerminalTimeoutError):
        link.run(lambda t: t.call(), deadline=0.05)
    began = time.monotonic()
    link.close()
    assert time.monotonic() - began < 5
    slow.go.set()


def test_what_waits_when_the_link_closes_is_answered(slow: Slow) -> None:
    link = TerminalLink(slow)  # type: ignore[arg-type]
    slow.go.clear()
    outcomes: list[object] = []

    def ask() -> None:
        try:
            outcomes.append(link.run(lambda t: t.call(), deadline=5))
        except MasError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    while not slow.threads:
        time.sleep(0.001)
    closing = threading.Thread(target=link.close)
    closing.start()
    slow.go.set()
    for thread in (*threads, closing):
        thread.join(timeout=10)
    assert len(outcomes) == 3


def test_a_call_that_slips_in_while_the_link_closes_is_answered(slow: Slow) -> None:
    """Its caller has seen the link open; the thread that would do it has ended its work."""
    answers: list[Any] = []

    def call() -> None:
        try:
            link.run(lambda terminal: terminal.call(), deadline=5)  # type: ignore[attr-defined]
        except MasError as error:
            answers.append(error)

    caller = threading.Thread(target=call)

    def closing(terminal: Any) -> None:
        link._closed = False  # as the caller still sees it
        caller.start()
        while not link._jobs:
            time.sleep(0.001)
        link._closed = True

    link = TerminalLink(slow, on_close=closing)  # type: ignore[arg-type]
    link.close()
    caller.join(timeout=5)
    (error,) = answers
    assert "was closed" in str(error)
    assert slow.threads == set(), "nothing was called any more"
