"""No call of a running client reaches another terminal, whatever it calls with whatever ticket."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mas
from mas import mt5
from mas.backtest.run import RUN_TICKETS
from mas.core import core_of
from mas.sim import SimTerminal, process_terminal

LOGIN = {"account": 123_456, "password": "any", "server": "MAS-Sim"}
AT = "sim:?seed=3&at=2026-03-02T10:00:00&balance=1000000"
BARS = {
    "symbol": "EURUSD", "timeframe": "H1", "from": "2026-01-05", "to": "2026-01-05 05:00",
    "model": "ohlc", "captital": 5_000, "stop_on_error": True, "backtest_toggle": True,
}  # fmt: skip
OWN = {"journal", "lock", "save", "server_now", "prices"}

FIRST = RUN_TICKETS[0]
tickets = st.integers(FIRST, FIRST + 6) | st.integers(1_000_001, 1_000_004)
toggles = st.sampled_from([{}, {"backtest_toggle": None}, *[{"backtest_toggle": False}] * 2,
                           {"backtest_toggle": True}])  # fmt: skip
prices = st.sampled_from([0.5, 0.9, 1.5, 1.9])
symbols = st.just("EURUSD") | st.sampled_from(["GBPUSD", "NOPE"])


def fields(**fixed: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Return parameters with one of the toggles."""
    whole = st.fixed_dictionaries(fixed)
    return st.tuples(whole, toggles).map(lambda both: {**both[0], **both[1]})


def call(name: str, params: st.SearchStrategy[Any] | None = None) -> st.SearchStrategy[Any]:
    return st.tuples(st.just(name), st.none() if params is None else params)


market = fields(
    symbol=symbols, order_type=st.sampled_from(["buy", "sell"]), volume=st.just(0.1),
)  # fmt: skip
closing = fields(
    symbol=symbols, order_type=st.sampled_from(["buy", "sell"]), volume=st.just(0.1),
    order_id=tickets,
)  # fmt: skip
pending = fields(
    symbol=symbols, order_type=st.sampled_from(["buy_limit", "sell_limit", "buy_stop"]),
    volume=st.just(0.1), price=prices,
)  # fmt: skip
trades = (market | closing | pending).map(
    lambda asked: {**asked, "backtest_toggle": bool(asked.get("backtest_toggle"))}
)
of_mt5 = st.sampled_from(
    [
        ("order_send", {"action": 1, "symbol": "EURUSD", "volume": 0.1, "type": 0}),
        *(("order_send", {"action": 8, "order": FIRST + number}) for number in range(6)),
        *(("order_send", {"action": 6, "position": FIRST + n, "sl": 0.4}) for n in range(6)),
        ("positions_get", None), ("orders_get", None), ("account_info", None),
        ("shutdown", None), ("initialize", None), ("login", 123_456), ("login", 9),
        ("Close", "EURUSD"), ("Buy", ("EURUSD", 0.1)), ("symbol_info_tick", "EURUSD"),
        ("history_deals_get", (0, 4_000_000_000)), ("market_book_add", "EURUSD"),
    ]
)  # fmt: skip
of_client = st.one_of(
    *[call("send_order", trades)] * 3,
    call("cancel_order", fields(order_id=tickets)),
    call("modify_order", fields(order_id=tickets, price=prices)),
    *[call("modify_position_sltp", fields(position_id=tickets, sl=prices))] * 2,
    call("get_positions", fields(ticket=tickets) | fields()),
    call("get_pending_orders", fields(ticket=tickets) | fields()),
    call("get_order_history", fields(ticket=tickets) | fields(position=tickets) | fields()),
    call("get_history_orders", fields(ticket=tickets) | fields()),
    call("get_history_orders_total", fields()),
    call("get_account_info", fields()),
    call("get_bars_from_pos", fields(symbol=symbols, timeframe=st.just("M5"), count=st.just(3))),
    call("order_check", fields(symbol=symbols, order_type=st.just("buy"), volume=st.just(0.1))),
    call("subscribe_market_book", fields(symbol=symbols)),
    call("get_market_book", fields(symbol=symbols)),
    call("unsubscribe_market_book", fields(symbol=symbols)),
    call("get_symbols", fields()),
    *(
        call(name)
        for name in (
            "get_orders_total", "get_symbols_total", "check_connection", "initialize_mt5",
            "reconnect_mt5", "shutdown_mt5", "get_version", "stop_all_subscriptions", "refresh",
        )
    ),
    call("login", st.sampled_from([LOGIN, {**LOGIN, "account": 9}])),
    call("switch_account", st.sampled_from([LOGIN, {**LOGIN, "account": 9}])),
    call("subscribe_ticks", st.just({"symbol": "EURUSD"})),
    call("subscribe_bars", st.just({"symbol": "EURUSD", "timeframe": "M1"})),
    call("unsubscribe_bars", st.just(BARS)),
    call("tick", symbols),
    call("symbol_info", symbols),
    call("watch", st.just("EURUSD")),
    call("unwatch", st.just("EURUSD")),
)  # fmt: skip
calls = st.lists(
    st.tuples(st.sampled_from(["client", "other"]), of_client)
    | st.tuples(st.sampled_from(["mt5", "terminal"]), of_mt5),
    min_size=1,
    max_size=12,
)


OF_CORE = {"refresh", "tick", "symbol_info", "watch", "unwatch"}


def apply(whom: Any, name: str, params: Any) -> Any:
    if name in OF_CORE:
        whom = core_of(whom)
    if params is None:
        return getattr(whom, name)()
    return getattr(whom, name)(*params if isinstance(params, tuple) else (params,))


class Player(mas.MAS):
    """Calls in each of its callbacks what an example says."""

    todo: Iterator[Any] = iter(())
    other: mas.MAS
    done = 0

    def _next(self) -> None:
        whom, (name, params) = next(self.todo)
        known = {
            "client": self,
            "other": self.other,
            "mt5": mt5,
            "terminal": core_of(self).terminal,
        }
        if whom == "terminal" and not hasattr(SimTerminal, name):
            whom = "mt5"  # the package's own conveniences
        self.done += 1
        apply(known[whom], name, params)

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        for _ in range(4):
            self._next()

    def receive_order_execution(self, order_id: str, execution_data: dict[str, Any]) -> None:
        if self.done < 60:
            self._next()


def spied(terminal: SimTerminal, called: list[str]) -> None:
    """Note what is called of a terminal, but for the looking of the sessions' own threads."""

    def noting(name: str, made: Callable[..., Any]) -> Callable[..., Any]:
        def note(*given: Any, **named: Any) -> Any:
            if not threading.current_thread().name.startswith("mas-"):
                called.append(name)
            return made(*given, **named)

        return note

    for name in dir(terminal):
        made = getattr(terminal, name)
        if not name.startswith("_") and name not in OWN and callable(made):
            setattr(terminal, name, noting(name, made))


def facts(terminal: SimTerminal) -> Any:
    account = terminal.broker.account
    return (
        account.balance, repr(account.positions), repr(account.orders), len(account.deals),
        account.finished_count, account.next_order, terminal.connected, set(terminal.books),
    )  # fmt: skip


@pytest.fixture
def player() -> Iterator[Player]:
    """Return a client whose live account has the very tickets that its runs will have."""
    client, other = Player(name="player", terminal=AT), mas.MAS(name="other", terminal=AT)
    assert client.login(LOGIN)
    assert other.login(LOGIN)
    process_terminal(LOGIN["account"]).broker.account.next_order = FIRST
    order = {"backtest_toggle": False, "symbol": "EURUSD", "order_type": "buy", "volume": 0.1}
    for number in range(3):
        assert client.send_order(order) == str(FIRST + 2 * number)
        assert client.send_order({**order, "order_type": "buy_limit", "price": 0.7})
    client.other = other
    assert mt5.initialize()
    yield client
    other.shutdown_mt5()
    client.shutdown_mt5()


def test_no_call_reaches_another_terminal(player: Player) -> None:
    """Also with colliding tickets, an explicit toggle, through another client, and ``mas.mt5``."""
    live, paper = process_terminal(LOGIN["account"]), process_terminal()
    called: list[str] = []
    spied(live, called)
    spied(paper, called)
    before = facts(live), facts(paper)
    session, feeds = core_of(player).accounts.session, core_of(player).subscriptions._feeds

    @given(calls)
    def law(todo: list[Any]) -> None:
        player.todo, player.done = cycle(todo), 0
        player.subscribe_bars(BARS)
        assert player.done >= 20
        assert called == []
        assert (facts(live), facts(paper)) == before
        assert core_of(player).accounts.session is session
        assert not feeds

    law()


def test_a_client_that_trades_live_meanwhile_is_not_concerned(player: Player) -> None:
    """Its account is what the same orders make of it without any run beside it."""

    def traded(orders: list[Any], login: int) -> Any:
        trader = mas.MAS(name=f"trader {login}", terminal=AT)
        assert trader.login({**LOGIN, "account": login})
        process_terminal(login).broker.account.next_order = FIRST
        answers = [apply(trader, *one) for one in orders]
        account = process_terminal(login).broker.account
        found = [str(answers), repr(account.positions), repr(account.orders), account.balance]
        trader.shutdown_mt5()
        return found

    live = st.one_of(
        call("send_order", trades),
        call("cancel_order", st.fixed_dictionaries({"order_id": tickets})),
        call("modify_position_sltp", st.fixed_dictionaries({"position_id": tickets, "sl": prices})),
        call("get_pending_orders"),
    )

    @settings(max_examples=settings().max_examples // 5)  # three logins each
    @given(calls, st.lists(live, min_size=1, max_size=8))
    def law(todo: list[Any], orders: list[Any]) -> None:
        alone = traded(orders, 7)
        player.todo, player.done = cycle(todo), 0
        thread = threading.Thread(target=player.subscribe_bars, args=(BARS,))
        thread.start()
        beside = traded(orders, 7)
        thread.join()
        assert beside == alone

    law()
