"""Logins that fail, and what a client without a session answers (§2)."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

import mas
from mas import mt5
from mas.core import core_of
from mas.sim import process_terminal

LOGIN = {"account": 123_456, "password": "any", "server": "MAS-Sim"}
WRONG = {"account": 123_456, "password": "any", "server": "Broker-Live", "timeout": 500}
ORDER = {"backtest_toggle": False, "symbol": "EURUSD", "order_type": "buy", "volume": 0.1}
TEST = {**ORDER, "backtest_toggle": True}
BARS = {
    "symbol": "EURUSD", "timeframe": "H1", "from": "2026-01-05", "to": "2026-01-05 06:00",
    "backtest_toggle": True,
    "profile": "account",
}  # fmt: skip


class Client(mas.MAS):
    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.told: list[tuple[str, str]] = []

    def receive_order_execution(self, order_id: str, execution_data: dict[str, Any]) -> None:
        self.told.append((order_id, execution_data["symbol"]))


def until(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def watchers() -> int:
    """Return how many sessions look at their terminals."""
    return sum(thread.name == "mas-watch" for thread in threading.enumerate())


@pytest.mark.parametrize("url", ["sim:", "sim:?seed=3&at=2026-01-05T10:00"])
@pytest.mark.parametrize("wrong", [WRONG, {**WRONG, "account": 5}, {**WRONG, "account": "YOURS"}])
def test_a_login_that_fails_leaves_the_session(url: str, wrong: dict[str, Any]) -> None:
    client = Client(terminal=url)
    assert client.login(LOGIN)
    order = client.send_order(ORDER)
    client.subscribe_ticks({"symbol": "EURUSD"})
    session, feeds = core_of(client).accounts.session, dict(core_of(client).subscriptions._feeds)
    answer = client.login(wrong)
    assert not answer
    assert core_of(client).accounts.session is session
    assert core_of(client).subscriptions._feeds == feeds
    assert core_of(client).state.connection.status == "connected"
    assert client.get_account_info()["login"] == LOGIN["account"]
    assert len(client.get_positions()) == 1
    assert client.send_order({**ORDER, "order_type": "sell", "order_id": order})
    assert client.reconnect_mt5() is True, "with the login that was good"
    assert client.get_account_info()["login"] == LOGIN["account"]
    assert len(client.get_order_history()) == 3
    terminal = process_terminal(LOGIN["account"])
    terminal.order_send({"action": 1, "symbol": "GBPUSD", "volume": 0.2, "type": 1})
    core_of(client).refresh()
    until(lambda: "GBPUSD" in {symbol for _, symbol in client.told})
    client.shutdown_mt5()


def test_a_reconnect_that_fails_leaves_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    assert client.login(LOGIN)
    session = core_of(client).accounts.session
    core_of(client).use_terminal("mt5linux://127.0.0.1:9")
    assert not client.login(LOGIN)
    assert client.reconnect_mt5() is True, "where the login was good"
    session = core_of(client).accounts.session
    monkeypatch.setenv("MAS_TERMINAL", "mt5linux://127.0.0.1:9")
    assert client.reconnect_mt5() is False
    assert core_of(client).accounts.session is session
    assert client.check_connection() is True
    assert client.send_order(ORDER)
    client.shutdown_mt5()


def test_only_switching_closes_first() -> None:
    client = Client()
    assert client.login(LOGIN)
    assert client.switch_account(WRONG) is False
    assert core_of(client).logged_in is False
    assert core_of(client).state.connection.status == "disconnected"
    assert client.get_positions() == []
    assert client.switch_account({**LOGIN, "account": 6}) is True
    with pytest.raises(mas.ParamError, match="server is missing"):
        client.switch_account({"account": 7, "password": "x"})
    assert client.get_account_info()["login"] == 6, "nothing was asked of the terminal"
    client.shutdown_mt5()


def test_another_login_replaces_the_session_and_loses_no_event() -> None:
    client = Client()
    assert client.login(LOGIN)
    held = core_of(client).accounts.session.teller
    with held.held():  # a callback that takes its time
        process_terminal(LOGIN["account"]).order_send(
            {"action": 1, "symbol": "GBPUSD", "volume": 0.2, "type": 1}
        )
        until(lambda: held.waiting)
        assert client.told == []
    held._held += 1  # nobody has delivered it when the next login comes
    process_terminal(LOGIN["account"]).order_send(
        {"action": 1, "symbol": "USDJPY", "volume": 0.2, "type": 1}
    )
    until(lambda: held.waiting)
    held._held -= 1
    assert client.login({**LOGIN, "account": 6})
    assert [symbol for _, symbol in client.told] == ["GBPUSD", "USDJPY"]
    assert client.get_account_info()["login"] == 6
    assert client.get_positions() == []
    assert client.send_order(ORDER)
    assert core_of(client).state.connection.login == 6
    assert len(client.told) == 3
    client.shutdown_mt5()


def test_logging_in_to_the_same_account_again_tells_nothing_twice() -> None:
    client = Client()
    assert client.login(LOGIN)
    client.send_order(ORDER)
    pending = client.send_order({**ORDER, "order_type": "buy_limit", "price": 0.5})
    statuses: list[str] = []
    client.receive_order_status = lambda order_id, _: statuses.append(order_id)  # type: ignore[method-assign]
    assert client.login(LOGIN)
    core_of(client).refresh()
    assert (len(client.told), statuses) == (1, []), "what is there is known"
    assert client.cancel_order({"order_id": pending})
    client.send_order(ORDER)
    assert (len(client.told), statuses[0], len(statuses)) == (2, pending, 2)
    client.shutdown_mt5()


ANSWERS: dict[str, tuple[dict[str, Any] | None, Any]] = {
    "get_account_info": ({}, {"error": "Failed to retrieve account information"}),
    "get_positions": ({}, []),
    "get_pending_orders": ({}, []),
    "get_orders_total": (None, 0),
    "get_history_orders": ({}, []),
    "get_history_orders_total": ({}, 0),
    "get_order_history": ({}, []),
    "get_symbols": ({}, []),
    "get_symbols_total": (None, 0),
    "get_version": (None, {}),
    "check_connection": (None, False),
    "order_check": ({"symbol": "EURUSD", "order_type": "buy", "volume": 0.1}, {}),
    "calc_order_margin": (
        {"action": "buy", "symbol": "EURUSD", "volume": 0.1, "price": 1.1}, -1.0,
    ),
    "calc_order_profit": (
        {
            "action": "buy", "symbol": "EURUSD", "volume": 0.1, "price_open": 1.1,
            "price_close": 1.2,
        }, -1.0,
    ),
    "subscribe_market_book": ({"symbol": "EURUSD"}, False),
    "get_market_book": ({"symbol": "EURUSD"}, []),
    "cancel_order": ({"order_id": 5}, False),
    "modify_position_sltp": ({"position_id": 5, "sl": 1.0}, False),
}  # fmt: skip
"""What each call answers when nobody is logged in."""


def test_after_a_failed_login_no_play_money_answers(caplog: pytest.LogCaptureFixture) -> None:
    client = Client()
    client.send_order(TEST)
    assert len(client.get_positions()) == 1, "never tried to log in: its simulated account"
    assert not client.login({**LOGIN, "account": "YOUR_ACCOUNT"})
    for call, (params, answer) in ANSWERS.items():
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            got = getattr(client, call)() if params is None else getattr(client, call)(params)
        assert got == answer, call
        (line,) = caplog.records
        assert line.getMessage().startswith(f"{call}: not logged in"), call
    assert client.get_bars_from_pos({"symbol": "EURUSD", "timeframe": "M1", "count": 5}).empty
    assert not client.send_order(ORDER)
    assert client.login(LOGIN)
    assert client.get_account_info()["login"] == LOGIN["account"]
    client.shutdown_mt5()
    assert "error" in client.get_account_info(), "nor after a logout"


def test_backtests_work_all_the_same_after_a_failed_login() -> None:
    class Strategy(Client):
        seen: Any = None

        def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
            if self.seen is None:
                self.order = self.send_order(TEST)
                self.seen = len(self.get_positions()), self.get_account_info()["balance"]

    client = Strategy()
    assert not client.login({**LOGIN, "account": "YOUR_ACCOUNT"})
    order = client.send_order(TEST)
    assert order
    assert len(client.get_positions({"backtest_toggle": True})) == 1
    assert client.modify_position_sltp({"position_id": order, "sl": 0.5}) is True
    assert [row["ticket"] for row in client.get_positions({"ticket": order})] == [int(order)]
    client.subscribe_bars({**BARS, "captital": 700})
    assert client.seen == (1, 700.0)
    assert client.get_positions() == []
    assert len(client.get_positions({"backtest_toggle": True})) == 1
    assert len(client.get_positions({"ticket": client.order})) == 1


# -- the official package: one terminal for the whole process -------------------------------------


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setitem(sys.modules, "MetaTrader5", mt5)
    monkeypatch.setattr(mt5, "_process", mt5._Process())
    return mt5


def test_a_failed_login_of_the_package_gives_the_account_back(package: ModuleType) -> None:
    client = Client(terminal="native:")
    assert client.login(LOGIN)
    assert client.send_order(ORDER)
    refused = client.login({**LOGIN, "server": "Nowhere", "account": 6})
    assert "Authorization failed" in str(refused)
    assert client.get_account_info()["login"] == LOGIN["account"]
    assert len(client.get_positions()) == 1
    assert client.send_order(ORDER)
    core_of(client).refresh()
    assert core_of(client).state.connection.status == "connected"
    assert len(client.told) == 2
    assert watchers() == 1
    client.shutdown_mt5()
    assert package.terminal_info() is None, "with the session the package's connection ends"


def test_a_new_login_of_the_package_is_not_closed_with_the_old_one(package: ModuleType) -> None:
    client = Client(terminal="native:")
    assert client.login(LOGIN)
    client.send_order(ORDER)
    assert client.login({**LOGIN, "account": 6})
    assert client.check_connection() is True
    assert client.get_account_info()["login"] == 6
    core_of(client).refresh()
    assert len(client.told) == watchers() == 1
    assert client.send_order(ORDER)
    assert len(client.told) == 2
    client.shutdown_mt5()


def test_unsubscribing_takes_the_dict_that_subscribed() -> None:
    client = Client(terminal="sim:?seed=3&at=2026-01-05T10:00:58")
    assert client.login(LOGIN)
    ticks = {
        "symbol": "EURUSD", "interval_ms": 10, "flags": "ALL", "backtest_toggle": False,
        "captital": 1000,
    }  # fmt: skip
    bars = {**BARS, "backtest_toggle": False, "interval_ms": 20}
    feeds = core_of(client).subscriptions._feeds
    client.subscribe_ticks(ticks)
    client.subscribe_bars(bars)
    assert len(feeds) == 2
    client.unsubscribe_ticks({**ticks, "backtest_toggle": True})
    client.unsubscribe_bars(BARS)
    assert len(feeds) == 2, "a backtest has ended already; live ones go on"
    client.unsubscribe_ticks(ticks)
    client.unsubscribe_bars(bars)
    assert not feeds
    client.subscribe_bars({"symbol": "EURUSD", "timeframe": "M1"})
    client.unsubscribe_bars({"symbol": "EURUSD", "timeframe": "M1"})
    assert not feeds
    with pytest.raises(mas.ParamError, match="did you mean 'symbol'"):
        client.unsubscribe_ticks({"symbl": "EURUSD"})
    client.shutdown_mt5()
