"""One order through the whole path: client, parameters, journal, link, simulated terminal, push."""

from __future__ import annotations

import time

import pytest

from mas import MAS
from mas.core import core_of

ORDER = {
    "backtest_toggle": False,
    "symbol": "EURUSD",
    "order_type": "buy",
    "volume": 0.01,
}
LOGIN = {"account": 90_000_001, "password": "any", "server": "MAS-Sim"}
ROUNDS = {"rounds": 300, "iterations": 1, "warmup_rounds": 20}


class Listener(MAS):
    """Notes when its callback ran."""

    told_at = 0.0

    def receive_order_execution(self, order_id, execution_data):
        self.told_at = time.perf_counter()


@pytest.fixture
def client():
    client = Listener()
    assert client.login(LOGIN)
    yield client
    client.shutdown_mt5()


def _flatten(client, order=ORDER):
    """Close what is open, so that each round meets the same account."""
    for position in client.get_positions({"backtest_toggle": order["backtest_toggle"]}):
        side = "sell" if position["type"] == 0 else "buy"
        close = {"order_type": side, "position": position["ticket"], "volume": position["volume"]}
        assert client.send_order(order | close)


@pytest.mark.benchmark(group="order (one call)")
def test_floor_empty_function(benchmark):
    benchmark.pedantic(lambda order: None, (ORDER,), **ROUNDS)


@pytest.mark.benchmark(group="order (one call)")
def test_send_order_with_journal(benchmark, client):
    def send():
        assert client.send_order(ORDER)

    benchmark.pedantic(send, setup=lambda: _flatten(client), **ROUNDS)


@pytest.mark.benchmark(group="order (one call)")
def test_send_order_on_the_clients_own_account(benchmark):
    client = Listener()
    order = ORDER | {"backtest_toggle": True}

    def send():
        assert client.send_order(order)

    benchmark.pedantic(send, setup=lambda: _flatten(client, order), **ROUNDS)


@pytest.mark.benchmark(group="push (from the call of send_order)")
def test_floor_the_callback_itself(benchmark):
    client = Listener()
    benchmark.pedantic(client.receive_order_execution, ("1", {}), **ROUNDS)


@pytest.mark.benchmark(group="push (from the call of send_order)")
def test_push_to_callback(benchmark, client):
    """Time until the callback runs; `send_order` returns right after it."""
    waits = []

    def send():
        asked = time.perf_counter()
        assert client.send_order(ORDER)
        waits.append(client.told_at - asked)

    benchmark.pedantic(send, setup=lambda: _flatten(client), **ROUNDS)
    assert min(waits) > 0, "the callback ran before send_order returned"
    benchmark.extra_info["median seconds to the callback"] = sorted(waits)[len(waits) // 2]


@pytest.mark.benchmark(group="push (found by the watcher)")
def test_floor_a_refresh_that_finds_nothing(benchmark, client):
    benchmark.pedantic(core_of(client).refresh, **ROUNDS)


@pytest.mark.benchmark(group="push (found by the watcher)")
def test_foreign_deal_to_callback(benchmark, client):
    """A deal made by hand in the terminal, until `refresh` has told the callback."""
    from mas.sim import process_terminal

    terminal = process_terminal(LOGIN["account"])

    def trade_by_hand():
        _flatten(client)
        client.told_at = 0.0
        request = {"action": 1, "symbol": "EURUSD", "volume": 0.01, "type": 0, "type_filling": 0}
        tick = terminal.symbol_info_tick("EURUSD")
        assert terminal.order_send(request | {"price": tick.ask, "deviation": 100})

    def refresh():
        core_of(client).refresh()

    benchmark.pedantic(refresh, setup=trade_by_hand, **ROUNDS)
    assert client.told_at
