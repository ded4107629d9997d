"""Callbacks: in order, one at a time, none lost, whatever they raise."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import pytest

from mas.teller import Teller


def test_deliveries_keep_their_order() -> None:
    told: list[int] = []
    teller = Teller()
    for number in range(100):
        teller.put("callback", lambda number=number: told.append(number))
    teller.drain()
    assert told == list(range(100))


def test_an_event_made_by_a_callback_comes_after_it() -> None:
    told: list[str] = []
    teller = Teller()

    def first() -> None:
        teller.put("callback", lambda: told.append("its own event"))
        teller.drain()  # what send_order does inside a callback
        told.append("first")

    teller.put("first", first)
    teller.put("callback", lambda: told.append("second"))
    teller.drain()
    assert told == ["first", "second", "its own event"]


def test_a_callback_that_raises_is_reported_and_the_next_is_delivered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told: list[str] = []
    teller = Teller()
    teller.put("callback", lambda: 1 / 0)
    teller.put("callback", lambda: told.append("next"))
    with caplog.at_level(logging.ERROR):
        teller.drain()
    assert told == ["next"]
    assert "ZeroDivisionError" in caplog.text


def test_an_interrupt_leaves_the_rest_for_the_next_drain() -> None:
    told: list[str] = []
    teller = Teller()

    def interrupted() -> None:
        raise KeyboardInterrupt

    teller.put("interrupted", interrupted)
    teller.put("callback", lambda: told.append("kept"))
    with pytest.raises(KeyboardInterrupt):
        teller.drain()
    teller.drain()
    assert told == ["kept"]


def test_many_threads_never_run_two_callbacks_at_once() -> None:
    running, most, told = 0, 0, []
    teller = Teller()

    def callback(number: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.0005)
        told.append(number)
        running -= 1

    def work(start: int) -> None:
        for number in range(start, start + 25):
            teller.put("callback", lambda number=number: callback(number))
            teller.drain()

    threads = [threading.Thread(target=work, args=(100 * n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert sorted(told) == sorted(100 * n + k for n in range(6) for k in range(25))


def test_background_delivery_waits_for_the_thread_that_sends() -> None:
    threads: list[str] = []
    teller, told = Teller(), threading.Event()
    end = teller.in_background("push")

    def deliver() -> None:
        threads.append(threading.current_thread().name)
        told.set()

    def send() -> str:
        teller.put("deliver", deliver)
        teller._wake.set()  # the thread looks, and leaves it to who sends
        while teller._wake.is_set():
            time.sleep(0)
        assert threads == []
        return "answer"

    assert teller.sending(send) == "answer"
    assert threads == [threading.current_thread().name]
    told.clear()
    teller.put("deliver", deliver)
    assert told.wait(5)
    assert threads[1] == "push"
    end()


def test_the_end_waits_for_nothing_and_delivers_the_rest() -> None:
    told: list[str] = []
    teller = Teller()
    end = teller.in_background("push")
    with teller.held():
        teller.put("callback", lambda: told.append("rest"))
        end()  # it has nothing to wait for
        assert told == []
    assert told == ["rest"]
    assert not [thread for thread in threading.enumerate() if thread.name == "push"]


def test_what_came_before_the_thread_is_delivered_by_it() -> None:
    teller, told = Teller(), threading.Event()
    teller.put("callback", told.set)
    end = teller.in_background("push")
    assert told.wait(5)
    end()


def test_a_callback_may_end_the_background_delivery() -> None:
    told: list[str] = []
    teller, done = Teller(), threading.Event()
    end = teller.in_background("push")
    with teller.held():
        teller.put("callback", end)
        teller.put("callback", lambda: (told.append(threading.current_thread().name), done.set()))
    assert done.wait(5)
    assert len(told) == 1


def test_in_place_only_the_run_delivers() -> None:
    """Another thread's order, and a callback's own, are told when the callback has returned."""
    told: list[Any] = []
    failed: list[tuple[str, str]] = []
    teller = Teller(lambda callback, error: failed.append((callback, str(error))))

    def receive_bars(symbol: str, data: Any, is_end: bool) -> None:
        teller.put("receive_order_status", lambda: told.append("status"))
        other = threading.Thread(target=teller.drain)
        other.start()
        other.join()
        teller.drain()
        told.append((symbol, data, is_end))
        raise ValueError("a strategy may raise anything")

    with teller.in_place():
        teller.put("receive_bars", lambda: receive_bars("EURUSD", {"close": 1.1}, True))
        teller.tell()
        assert told == [("EURUSD", {"close": 1.1}, True), "status"]
        teller.put("receive_order_status", lambda: 1 / 0)
        teller.drain()
        assert len(failed) == 1
        teller.tell()
    assert failed == [
        ("receive_bars", "a strategy may raise anything"),
        ("receive_order_status", "division by zero"),
    ]
    teller.put("receive_order_status", lambda: told.append("afterwards"))
    teller.drain()
    assert told[-1] == "afterwards"
