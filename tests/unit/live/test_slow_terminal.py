"""A terminal that is slow to answer questions holds up neither quotes nor orders."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

import mas
from mas.core import core_of
from mas.sim import process_terminal
from tests.unit.live.slow_terminal import SlowTerminal

LOGIN = {"account": 123_456, "password": "any", "server": "MAS-Sim"}
ORDER = {"symbol": "EURUSD", "order_type": "buy", "volume": 0.1, "backtest_toggle": False}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[mas.MAS]:
    monkeypatch.setattr("mas.sim.process.SimTerminal", SlowTerminal)
    SlowTerminal.slow_down()
    one = mas.MAS(terminal="sim:?seed=3&at=2026-03-02T10:00:00")
    assert one.login(LOGIN)
    yield one
    SlowTerminal.may.set()
    one.shutdown_mt5()


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: len(
            client.get_bars_from_pos({"symbol": "EURUSD", "timeframe": "M1", "count": 5})
        ),
        lambda client: client.order_check({"symbol": "EURUSD", "order_type": "buy", "volume": 0.1})[
            "retcode"
        ],
    ],
    ids=["bars", "order_check"],
)
def test_a_slow_answer_holds_up_neither_quotes_nor_orders(client: mas.MAS, ask: Any) -> None:
    terminal: Any = process_terminal(LOGIN["account"])
    assert isinstance(terminal, SlowTerminal)
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.append(ask(client)))
    asking.start()
    assert SlowTerminal.asked.wait(20)
    core_of(client).watch("EURUSD")
    core_of(client).refresh()
    before = core_of(client).state.quotes["EURUSD"]
    terminal.clock.advance(60)
    core_of(client).refresh()
    assert core_of(client).state.quotes["EURUSD"].time_msc > before.time_msc
    assert client.send_order(ORDER)
    core_of(client).refresh()
    assert len(core_of(client).state.positions) == 1
    assert answers == [], "the slow answer is still to come"
    SlowTerminal.may.set()
    asking.join()
    assert answers in ([5], [0])


def test_the_reason_of_a_failure_is_that_of_the_call_that_failed(client: mas.MAS) -> None:
    """Another thread's call in between would leave its own reason in ``last_error``."""
    terminal: Any = process_terminal(LOGIN["account"])
    session = core_of(client).accounts.session

    def fails(asked: Any) -> Any:
        asked.symbol_info("NONE")
        done = threading.Thread(target=asked.symbols_total)  # as a look of the watcher
        if not calls:
            done.start()
            done.join()
        calls.append(1)

    calls: list[int] = []
    with pytest.raises(mas.TerminalError, match="Not found"):
        session.call(fails)
    assert terminal.last_error()[0] != 1
