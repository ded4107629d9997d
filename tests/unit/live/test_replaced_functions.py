"""A terminal whose functions were replaced is asked through them, for orders as for all else."""

from __future__ import annotations

from typing import Any

import pytest

import mas
from mas.clock import ManualClock
from mas.sim import SimTerminal
from mas.sim.order_entry import SimOrderEntry
from mas.terminal.order_entry import FunctionOrderEntry, order_entry_of

ORDER = {"backtest_toggle": False, "symbol": "EURUSD", "order_type": "buy", "volume": 0.1}


class Dead(SimTerminal):
    """Its trade server answers nothing."""

    def order_send(self, *args: Any, **fields: Any) -> Any:
        return None

    def last_error(self) -> tuple[int, str]:
        return -10004, "No IPC connection"


class Limited(SimTerminal):
    """Lets no order of more than a tenth of a lot through, and counts them."""

    count = 0

    def order_send(self, request: Any = None, /, **fields: Any) -> Any:
        type(self).count += 1
        if request and request["volume"] > 0.1:
            request = {**request, "volume": 0.1}
        return super().order_send(request, **fields)


def logged_in(monkeypatch: pytest.MonkeyPatch, kind: type[SimTerminal]) -> mas.MAS:
    monkeypatch.setattr("mas.sim.process.SimTerminal", kind)
    client = mas.MAS()
    assert client.login({"account": 6, "password": "p", "server": "MAS-Sim"})
    return client


def test_what_a_dead_server_was_sent_is_not_dealt(monkeypatch: pytest.MonkeyPatch) -> None:
    client = logged_in(monkeypatch, Dead)
    answer = client.send_order(ORDER)
    assert not answer
    assert "No IPC connection (-10004)" in str(answer)
    assert client.get_positions({"backtest_toggle": False}) == []
    client.shutdown_mt5()


def test_a_guard_is_not_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    Limited.count = 0
    client = logged_in(monkeypatch, Limited)
    assert client.send_order({**ORDER, "volume": 5.0})
    (position,) = client.get_positions({"backtest_toggle": False})
    assert (position["volume"], Limited.count) == (0.1, 1)
    client.shutdown_mt5()


def test_a_function_of_one_object_counts_too() -> None:
    terminal: Any = SimTerminal(clock=ManualClock(0))
    assert isinstance(order_entry_of(terminal), SimOrderEntry)
    terminal.symbol_info_tick = lambda symbol: None
    assert isinstance(order_entry_of(terminal), FunctionOrderEntry)


@pytest.mark.parametrize("name", ["copy_rates_from_pos", "order_check"])
def test_functions_that_no_order_asks_change_nothing(name: str) -> None:
    kind = type("Other", (SimTerminal,), {name: lambda self, *args: None})
    assert isinstance(order_entry_of(kind(clock=ManualClock(0))), SimOrderEntry)
