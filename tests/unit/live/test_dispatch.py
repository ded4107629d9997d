"""Callbacks: in order, one at a time, none lost, whatever they raise."""

from __future__ import annotations

import logging
import threading
import time

import pytest

from mas.live.dispatch import Dispatcher


def test_deliveries_keep_their_order() -> None:
    told: list[int] = []
    dispatcher = Dispatcher()
    for number in range(100):
        dispatcher.put(lambda number=number: told.append(number))
    dispatcher.drain()
    assert told == list(range(100))


def test_an_event_made_by_a_callback_comes_after_it() -> None:
    told: list[str] = []
    dispatcher = Dispatcher()

    def first() -> None:
        dispatcher.put(lambda: told.append("its own event"))
        dispatcher.drain()  # what send_order does inside a callback
        told.append("first")

    dispatcher.put(first)
    dispatcher.put(lambda: told.append("second"))
    dispatcher.drain()
    assert told == ["first", "second", "its own event"]


def test_a_callback_that_raises_is_reported_and_the_next_is_delivered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told: list[str] = []
    dispatcher = Dispatcher()
    dispatcher.put(lambda: 1 / 0)
    dispatcher.put(lambda: told.append("next"))
    with caplog.at_level(logging.ERROR):
        dispatcher.drain()
    assert told == ["next"]
    assert "ZeroDivisionError" in caplog.text


def test_an_interrupt_leaves_the_rest_for_the_next_drain() -> None:
    told: list[str] = []
    dispatcher = Dispatcher()

    def interrupted() -> None:
        raise KeyboardInterrupt

    dispatcher.put(interrupted)
    dispatcher.put(lambda: told.append("kept"))
    with pytest.raises(KeyboardInterrupt):
        dispatcher.drain()
    dispatcher.drain()
    assert told == ["kept"]


def test_many_threads_never_run_two_callbacks_at_once() -> None:
    running, most, told = 0, 0, []
    dispatcher = Dispatcher()

    def callback(number: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.0005)
        told.append(number)
        running -= 1

    def work(start: int) -> None:
        for number in range(start, start + 25):
            dispatcher.put(lambda number=number: callback(number))
            dispatcher.drain()

    threads = [threading.Thread(target=work, args=(100 * n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert sorted(told) == sorted(100 * n + k for n in range(6) for k in range(25))


def test_background_delivery_waits_for_the_thread_that_sends() -> None:
    threads: list[str] = []
    dispatcher = Dispatcher()
    stop = threading.Event()

    def push() -> None:
        while not stop.is_set():
            if dispatcher.wait(0.01):
                dispatcher.drain()

    pusher = threading.Thread(target=push, name="push")
    pusher.start()
    try:
        with dispatcher.sending():
            dispatcher.put(lambda: threads.append(threading.current_thread().name))
            time.sleep(0.05)  # the pusher has every chance to take it
            assert threads == []
        assert threads == [threading.current_thread().name]
        dispatcher.put(lambda: threads.append(threading.current_thread().name))
        deadline = time.monotonic() + 5
        while len(threads) < 2 and time.monotonic() < deadline:
            time.sleep(0.005)
        assert threads[1] == "push"
    finally:
        stop.set()
        pusher.join()


def test_the_end_wakes_who_waits() -> None:
    dispatcher = Dispatcher()
    began = time.monotonic()
    waiting = threading.Thread(target=dispatcher.wait, args=(60,))
    waiting.start()
    dispatcher.end()
    waiting.join()
    assert time.monotonic() - began < 30
    assert dispatcher.wait(60)
