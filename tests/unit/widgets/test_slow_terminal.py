"""Panels only read state: a slow chart or ticket holds up no quote, no button and no order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mas.sim import process_terminal
from masjupyter import widgets
from masjupyter.desk import Desk
from tests.unit.live.slow_terminal import SlowTerminal

ACCOUNT = 1_000_000
BUY = {"symbol": "EURUSD", "order_type": "buy", "volume": 0.1}


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr("mas.sim.process.SimTerminal", SlowTerminal)
    SlowTerminal.may.set()
    one = Desk()
    one.login(
        account=ACCOUNT, password="any", server="MAS-Sim", timeout=5000,
        terminal="sim:?seed=7&at=2026-01-05T10:00:00",
    )  # fmt: skip
    yield one
    SlowTerminal.may.set()
    one.close()


def until(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@pytest.mark.parametrize("slow", ["chart", "ticket"])
def test_a_slow_panel_holds_up_neither_quotes_nor_orders(desk: Desk, slow: str) -> None:
    terminal = process_terminal(ACCOUNT)
    quotes = widgets.Quotes(desk, ["EURUSD"])
    executions = widgets.Executions(desk)
    panel: Any = (
        widgets.PriceChart(desk, "EURUSD")
        if slow == "chart"
        else widgets.OrderTicket(desk, "EURUSD")
    )
    SlowTerminal.slow_down()
    if slow == "ticket":
        panel.volume.value = 0.2  # the form is checked anew
    terminal.clock.advance(60)
    assert SlowTerminal.asked.wait(10), "the terminal was asked, and does not answer"
    for minute in range(3):
        sent = quotes._sequence
        terminal.clock.advance(60)
        until(lambda sent=sent: quotes._sequence > sent)
        assert desk.send(BUY).ok
        until(lambda minute=minute: len(executions._rows) == minute + 1)
    if slow == "ticket":
        panel.buy.click()
        assert "Request executed" in panel._answer.value
    assert not SlowTerminal.may.is_set()


def test_what_was_asked_meanwhile_is_shown_in_the_end(desk: Desk) -> None:
    terminal = process_terminal(ACCOUNT)
    chart = widgets.PriceChart(desk, "EURUSD", bars=20)
    newest = chart._times[-1]
    SlowTerminal.slow_down()
    terminal.clock.advance(60)
    assert SlowTerminal.asked.wait(10)
    terminal.clock.advance(60)
    desk.core.refresh()
    SlowTerminal.may.set()
    until(lambda: (chart._times[-1] - newest).item().total_seconds() == 120)


def test_no_panel_calls_the_terminal_on_the_writers_thread(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    called: list[str] = []
    session = desk.core.live_session()
    for name in ("call", "ask", "raw", "poll", "send"):
        real = getattr(session, name)

        def spy(*args: Any, real: Any = real, name: str = name) -> Any:
            if threading.current_thread().name == "mas-publish":
                called.append(name)
            return real(*args)

        monkeypatch.setattr(session, name, spy)
    panels = [
        widgets.AccountCard(desk), widgets.OrderCard(desk, desk.send(BUY)),
        widgets.Quotes(desk, ["EURUSD", "USDJPY"]), widgets.Positions(desk),
        widgets.PendingOrders(desk), widgets.Executions(desk), widgets.PriceChart(desk, "EURUSD"),
        widgets.OrderTicket(desk, "XAUUSD"),
    ]  # fmt: skip
    process_terminal(ACCOUNT).order_send(
        {"action": 1, "symbol": "GBPUSD", "volume": 0.3, "type": 1}
    )
    until(lambda: len(panels[3]._rows) == 2)
    panels[-1].symbol.value = "GBPUSD"
    process_terminal(ACCOUNT).clock.advance(60)
    until(lambda: "BUY 1" in panels[-1].buy.description)
    desk.publisher.close()
    assert called == []
