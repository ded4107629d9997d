"""Changes become a few batches; one thread writes; nothing stays behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from mas.events import Execution
from mas.state import Connection, State
from masjupyter.publisher import PERIOD, Publisher


def execution(deal: int) -> Execution:
    return Execution(
        deal=deal, order=1, position=1, symbol="EURUSD", type="buy", entry="in", reason="expert",
        price=1.1, volume=0.1, time_msc=0,
    )  # fmt: skip


class Panel:
    def __init__(self, *topics: str, act: Callable[[], None] = lambda: None) -> None:
        self.topics = frozenset(topics)
        self.seen: list[int] = []
        self.threads: set[str] = set()
        self._act = act

    def refresh(self, state: State) -> None:
        self.threads.add(threading.current_thread().name)
        self.seen.append(len(state.executions))
        self._act()


def until(condition: Callable[[], object], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.002)


def writers() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "mas-publish" and one.is_alive()]


def test_many_changes_become_few_batches_and_the_last_shows_the_present() -> None:
    state, panel = State(), Panel("execution")
    publisher = Publisher(state)
    publisher.attach(panel)
    began = time.monotonic()
    for deal in range(400):
        state.add_execution(execution(deal))
        time.sleep(0.001)
    until(lambda: panel.seen[-1:] == [400])
    took = time.monotonic() - began
    assert len(panel.seen) <= took / PERIOD + 2
    assert panel.threads == {"mas-publish"}
    publisher.close()


def test_only_the_topics_of_a_panel_wake_it() -> None:
    state, panel, woken = State(), Panel("positions"), Panel("execution")
    publisher = Publisher(state)
    publisher.attach(panel)
    publisher.attach(woken)
    until(lambda: panel.seen == woken.seen == [0])  # once, to show the present
    for deal in (1, 2):  # the batch after the one in which it would have been
        state.add_execution(execution(deal))
        until(lambda deal=deal: woken.seen[-1] == deal)
    assert panel.seen == [0]
    publisher.mark(panel)
    until(lambda: panel.seen == [0, 2])
    publisher.close()


def test_nothing_is_left_after_the_last_panel() -> None:
    state = State()
    publisher = Publisher(state)
    one, two = Panel("execution"), Panel("connection")
    publisher.attach(one)
    publisher.attach(two)
    assert len(writers()) == 1
    publisher.detach(one)
    assert len(writers()) == 1
    publisher.detach(two)
    until(lambda: not writers())
    assert state._listeners == ()
    state.set_connection(Connection("connected", "MAS-Sim", 1))
    publisher.attach(one)
    until(lambda: one.seen)
    publisher.close()
    until(lambda: not writers())
    assert state._listeners == ()


def test_a_broken_panel_does_not_blind_the_others() -> None:
    def broken() -> None:
        raise ZeroDivisionError

    state, bad, good = State(), Panel("execution", act=broken), Panel("execution")
    publisher = Publisher(state)
    publisher.attach(bad)
    publisher.attach(good)
    state.add_execution(execution(1))
    until(lambda: good.seen[-1:] == [1])
    publisher.close()


def test_a_panel_may_leave_while_it_is_refreshed() -> None:
    state = State()
    publisher = Publisher(state)
    panel = Panel("execution", act=lambda: publisher.detach(panel))
    publisher.attach(panel)
    until(lambda: not writers())
    assert len(panel.seen) == 1
    assert state._listeners == ()


def test_panels_come_and_go_on_many_threads() -> None:
    state = State()
    publisher = Publisher(state)

    def work() -> None:
        for _ in range(40):
            panel = Panel("execution")
            publisher.attach(panel)
            state.add_execution(execution(1))
            publisher.detach(panel)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
        assert not thread.is_alive()
    until(lambda: not writers())
    assert state._listeners == ()
