"""While a backtest is on, whatever its client and its callbacks call means the run (§3)."""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

import mas
from mas import mt5
from mas.core import core_of
from mas.sim import SimTerminal, process_terminal

LOGIN = {"account": 123_456, "password": "any", "server": "MAS-Sim"}
LIVE = "sim:?seed=3&at=2026-03-02T10:00:00"
BARS = {
    "symbol": "EURUSD", "timeframe": "H1", "from": "2026-01-05", "to": "2026-01-05 06:00",
    "captital": 5_000, "stop_on_error": True, "backtest_toggle": True,
    "profile": "account",
}  # fmt: skip
ORDER = {"backtest_toggle": True, "symbol": "EURUSD", "order_type": "buy", "volume": 0.1}
PENDING = {**ORDER, "order_type": "buy_limit", "price": 0.9}


class Client(mas.MAS):
    """Does in its first bar what a test asks for."""

    act: Callable[[Client], Any] = staticmethod(lambda _: None)
    first = True
    answer: Any = None

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        if self.first:
            self.first = False
            self.answer = self.act(self)

    def play(self, act: Callable[[Client], Any]) -> Any:
        self.act, self.first = act, True
        self.subscribe_bars(BARS)
        return self.answer


def until(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


class Spy:
    """Notes what is called of a terminal, but for the looking of the session's own threads."""

    def __init__(self, terminal: SimTerminal) -> None:
        self.called: list[str] = []
        self._terminal = terminal
        for name in dir(terminal):
            if not name.startswith("_") and name not in {"lock", "save", "server_now", "prices"}:
                made = getattr(terminal, name)
                if callable(made) and not isinstance(made, type):
                    setattr(terminal, name, self._noting(name, made))

    def _noting(self, name: str, made: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            if not threading.current_thread().name.startswith("mas-"):
                self.called.append(name)
            return made(*given, **named)

        return call


@pytest.fixture
def live() -> Iterator[Client]:
    """Return a client with an open position, a pending order and a stop on its live account."""
    client = Client(terminal=LIVE)
    assert client.login(LOGIN)
    live = {**ORDER, "backtest_toggle": False}
    assert client.send_order(live)
    assert client.send_order({**PENDING, "backtest_toggle": False})
    (position,) = client.get_positions()
    assert client.modify_position_sltp({"position_id": position["ticket"], "sl": 0.8})
    yield client
    client.shutdown_mt5()


def account_of(client: Client) -> Any:
    terminal = process_terminal(LOGIN["account"])
    return (
        terminal.account_info(), terminal.positions_get(), terminal.orders_get(),
        len(terminal.broker.account.deals), terminal.broker.account.next_order,
    )  # fmt: skip


def test_no_call_of_a_callback_reaches_the_live_terminal(live: Client) -> None:
    before = account_of(live)
    (position,), (order,) = live.get_positions(), live.get_pending_orders()
    spy = Spy(process_terminal(LOGIN["account"]))

    def act(client: Client) -> list[Any]:
        t, p = order["ticket"], position["ticket"]
        one = {"order_id": t, "price": 0.95}
        core = core_of(client)
        return [
            client.cancel_order({"order_id": t}), client.modify_order(one),
            client.modify_position_sltp({"position_id": p, "sl": 0.7}),
            client.send_order({**ORDER, "order_type": "sell", "position": p}),
            client.send_order({**ORDER, "backtest_toggle": False}),
            client.cancel_order({"order_id": t, "backtest_toggle": False}),
            client.get_positions({"ticket": p}), client.get_pending_orders(),
            client.get_account_info({"backtest_toggle": False})["balance"],
            client.get_order_history({"position": p}), client.get_history_orders(),
            client.check_connection(), client.initialize_mt5(), client.get_version(),
            core.tick("EURUSD"), core.symbol_info("EURUSD"), core.refresh(),
            core.watch("EURUSD"), core.unwatch("EURUSD"),
            core.terminal.positions_get(), core.state.positions,
            core.live_session().ask(lambda t: t.orders_total()),
            client.order_check({"symbol": "EURUSD", "order_type": "buy", "volume": 0.1}),
            client.subscribe_market_book({"symbol": "EURUSD"}),
            mt5.positions_get(), mt5.account_info(), mt5.order_send({"action": 8, "order": t}),
        ]  # fmt: skip

    answers = live.play(act)
    assert spy.called == []
    assert account_of(live) == before
    assert answers[:4] == [False, False, False, answers[3]]
    assert not answers[3]
    assert answers[4]
    assert answers[5:8] == [False, [], []]
    assert answers[8] == 5_000.0
    assert answers[9] == []
    assert answers[11:13] == [True, True]


def test_history_and_quotes_inside_are_those_of_the_moment(live: Client) -> None:
    def act(client: Client) -> Any:
        bars = client.get_bars_from_pos({"symbol": "EURUSD", "timeframe": "M1", "count": 5})
        return (
            bars["time"].max(),
            core_of(client).tick("EURUSD").time,
            mt5.symbol_info_tick("EURUSD").time,
        )

    newest, *ticks = live.play(act)
    assert str(newest)[:13] in {"2026-01-05 00", "2026-01-05 01"}
    assert all(1_767_574_700 < time < 1_767_574_860 for time in ticks), ticks  # 01:00


def test_backtest_toggle_false_deals_in_the_run_with_one_warning(
    live: Client, caplog: pytest.LogCaptureFixture
) -> None:
    order = {**ORDER, "backtest_toggle": False}
    with caplog.at_level(logging.WARNING):
        live.play(lambda client: [client.send_order(order) for _ in range(3)])
        assert len(live.result.deals) == 4
        assert [r.message for r in caplog.records if "it means the run" in r.message] != []
        assert sum("it means the run" in r.message for r in caplog.records) == 1
        live.play(lambda client: client.send_order(order))
    assert sum("it means the run" in r.message for r in caplog.records) == 2, "one for each run"


def test_a_callback_cannot_change_the_session(live: Client) -> None:
    session = core_of(live).accounts.session

    def act(client: Client) -> Any:
        return (
            client.login({**LOGIN, "account": 5}), client.switch_account({**LOGIN, "account": 5}),
            client.reconnect_mt5(), client.shutdown_mt5(),
        )  # fmt: skip

    login, switch, reconnect, shut = live.play(act)
    assert not login
    assert "backtest is on" in str(login)
    assert (switch, reconnect, shut) == (False, False, None)
    assert core_of(live).accounts.session is session
    assert live.check_connection() is True
    assert live.switch_account({**LOGIN, "account": 5}) is True


def test_the_functions_of_mt5_cannot_change_the_account(mas_home: Any) -> None:
    assert mt5.initialize()
    before = mt5.account_info()

    def act(_: Client) -> Any:
        other = mt5.login(77, server="MAS-Sim")
        error = mt5.last_error()
        mt5.shutdown()
        return (
            mt5.initialize(), other, error[0], mt5.initialize(login=77, server="MAS-Sim"),
            mt5.positions_total(), mt5.Buy("EURUSD", 0.1).retcode, mt5.positions_total(),
            mt5.account_info().balance,
        )  # fmt: skip

    client = Client()
    began, other, error, again, none, bought, one, balance = client.play(act)
    assert (began, other, error, again, none, bought, one) == (True, False, -6, False, 0, 10009, 1)
    assert balance == 5_000.0 != before.balance
    assert mt5.account_info() == before
    assert mt5.positions_total() == 0
    assert len(client.result.deals) == 2
    assert not (mas_home / "paper" / "77.db").exists()


def test_another_client_inside_a_callback_means_the_run_too(live: Client) -> None:
    before = account_of(live)
    player = Client()

    def act(_: Client) -> Any:
        return live.send_order({**ORDER, "backtest_toggle": False}), live.get_positions()

    order, positions = player.play(act)
    assert [row["ticket"] for row in positions] == [int(order)]
    assert account_of(live) == before
    assert len(live.get_positions()) == 1, "outside of it the live account answers"


def test_live_subscriptions_are_not_touched_from_inside(
    live: Client, caplog: pytest.LogCaptureFixture
) -> None:
    live.subscribe_ticks({"symbol": "EURUSD"})
    feeds = dict(core_of(live).subscriptions._feeds)

    def act(client: Client) -> None:
        for _ in range(2):
            client.subscribe_ticks({"symbol": "GBPUSD"})
            client.subscribe_bars({"symbol": "GBPUSD", "timeframe": "M1"})
            client.unsubscribe_ticks({"symbol": "EURUSD"})
            client.stop_all_subscriptions()

    with caplog.at_level(logging.WARNING):
        live.play(act)
    assert core_of(live).subscriptions._feeds == feeds
    told = [record.message for record in caplog.records if "changes nothing" in record.message]
    assert len(told) == 4


def test_the_state_inside_is_that_of_the_run(live: Client) -> None:
    def act(client: Client) -> Any:
        order = client.send_order(ORDER)
        state = core_of(client).state
        return order, state.positions[0].ticket, state.orders, state.account.equity < 5_000

    order, ticket, orders, lost = live.play(act)
    assert (ticket, orders, lost) == (int(order), (), True)
    assert core_of(live).state.account.login == LOGIN["account"]
    live.state = "a name of the subclass's own"  # type: ignore[attr-defined]
    assert live.play(lambda client: client.state) == "a name of the subclass's own"
    assert live.reconnect_mt5() is True


def test_a_run_inside_a_run_is_refused_with_one_line(live: Client) -> None:
    def act(client: Client) -> str:
        errors = []
        for start in (
            lambda: client.subscribe_bars(BARS),
            lambda: client.backtest({**RUN, "bars": [("EURUSD", "H1")]}),
            lambda: Client().backtest({**RUN, "ticks": ["EURUSD"]}),
        ):
            with pytest.raises(mas.MasError, match="a backtest is on already") as caught:
                start()
            errors.append(str(caught.value))
        assert "\n" not in "".join(errors)
        return client.send_order(ORDER)

    RUN = {"from": "2026-01-05", "to": "2026-01-06"}
    assert live.play(act)
    assert len(live.result.deals) == 2


def test_a_run_that_is_stopped_leaves_nothing_behind(live: Client) -> None:
    before = account_of(live)

    def act(_: Client) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        live.play(act)
    assert live.get_account_info()["login"] == LOGIN["account"]
    assert account_of(live) == before
    assert live.play(lambda client: client.get_positions()) == []


def test_afterwards_a_ticket_means_who_holds_it(live: Client) -> None:
    order = live.play(lambda client: client.send_order(PENDING))
    bought = live.play(lambda client: (client.send_order(ORDER), client.send_order(PENDING)))
    position, order = bought
    before = account_of(live)
    assert int(order) not in {row["ticket"] for row in live.get_pending_orders()}
    assert [row["ticket"] for row in live.get_pending_orders({"ticket": order})] == [int(order)]
    assert [row["ticket"] for row in live.get_positions({"ticket": position})] == [int(position)]
    assert [row["order"] for row in live.get_order_history({"ticket": position})] == [int(position)]
    assert len(live.get_order_history({"position": position})) == 1
    assert live.modify_order({"order_id": order, "price": 0.91}) is True
    assert live.modify_position_sltp({"position_id": position, "sl": 0.7}) is True
    assert live.cancel_order({"order_id": order}) is True
    assert account_of(live) == before
    assert live.get_account_info()["login"] == LOGIN["account"]


def test_tickets_come_from_ranges_of_their_own(live: Client) -> None:
    other = Client()
    own = other.send_order(ORDER)
    own_deal = other.get_order_history()[-1]["ticket"]
    run = live.play(lambda client: client.send_order(ORDER))
    deals = (
        live.result.deals["deal"] if "deal" in live.result.deals else live.result.deals["ticket"]
    )
    paper = live.get_positions()[0]["ticket"]
    paper_deal = live.get_order_history({"position": paper})[0]["ticket"]
    firsts = [paper, paper_deal, int(own), int(own_deal), int(run), int(deals.max())]
    assert firsts == sorted(firsts)
    assert all(b - a > 900_000 for a, b in pairwise(firsts))
    again = live.play(lambda client: client.send_order(ORDER))
    assert again == run, "the same run, the same tickets"


def test_a_live_callback_waits_until_the_run_has_ended(live: Client) -> None:
    told: list[tuple[str, bool]] = []
    on = False

    def execution(order_id: str, data: dict[str, Any]) -> None:
        told.append((data["symbol"], on))

    live.receive_order_execution = execution  # type: ignore[method-assign]
    found = core_of(live).live_session().state

    def act(client: Client) -> None:
        nonlocal on
        on = True
        terminal = process_terminal(LOGIN["account"])
        terminal.order_send({"action": 1, "symbol": "GBPUSD", "volume": 0.2, "type": 1})
        until(lambda: [deal.symbol for deal in found.executions][-1:] == ["GBPUSD"])
        client.send_order(ORDER)
        assert told == []
        on = False

    live.play(act)
    assert [symbol for symbol, _ in told] == ["EURUSD", "GBPUSD"]
    assert not any(during for _, during in told)


# -- several threads ----------------------------------------------------------------------------


class Waiting(Client):
    """Waits in its first bar until a test has looked at it."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.inside, self.go = threading.Event(), threading.Event()
        self.executed: list[tuple[int, str]] = []

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        if self.first:
            self.first = False
            self.inside.set()
            assert self.go.wait(20)

    def receive_order_execution(self, order_id: str, execution_data: dict[str, Any]) -> None:
        self.executed.append((threading.get_ident(), order_id))


@pytest.fixture
def played() -> Iterator[tuple[Waiting, threading.Thread]]:
    client = Waiting(terminal=LIVE)
    assert client.login(LOGIN)
    thread = threading.Thread(target=client.subscribe_bars, args=(BARS,))
    thread.start()
    assert client.inside.wait(20)
    yield client, thread
    client.go.set()
    thread.join()
    client.shutdown_mt5()


def test_calls_from_other_threads_of_the_client_mean_its_run(
    played: tuple[Waiting, threading.Thread],
) -> None:
    client, thread = played
    before = account_of(client)
    order = client.send_order({**ORDER, "backtest_toggle": False})
    assert order
    assert [row["ticket"] for row in client.get_positions()] == [int(order)]
    assert client.executed == [], "delivered by the run, when its callback has returned"
    assert "backtest is on" in str(client.login({**LOGIN, "account": 5}))
    with pytest.raises(mas.MasError, match="a backtest is on already"):
        client.subscribe_bars(BARS)
    assert account_of(client) == before
    client.go.set()
    thread.join()
    assert [ticket for _, ticket in client.executed] == [order]
    assert client.executed[0][0] != threading.get_ident()
    assert client.get_positions() == []


def test_panels_of_the_client_go_on_showing_the_live_account(
    played: tuple[Waiting, threading.Thread],
) -> None:
    """The desk's client, whose calls do not follow a run, is the panels'."""
    client, _ = played
    core = core_of(client)
    assert core.live_session() is not core.accounts.session, "the run's, from any thread"
    assert core.terminal.account_info().login != LOGIN["account"]
    core.accounts.follows_run = False
    assert core.live_session() is core.accounts.session
    assert core.terminal.account_info().login == LOGIN["account"]
    assert core.tick("EURUSD").time == core.terminal.symbol_info_tick("EURUSD").time
    core.watch("EURUSD")
    core.refresh()
    assert core.state.quotes["EURUSD"].time > 1_772_000_000
    core.unwatch("EURUSD")


def test_other_clients_are_not_concerned(played: tuple[Waiting, threading.Thread]) -> None:
    other = Client(name="other", terminal=LIVE)
    assert other.login(LOGIN)
    order = other.send_order({**ORDER, "backtest_toggle": False})
    assert [row["ticket"] for row in other.get_positions()] == [int(order)]
    assert mt5.positions_total() == 0
    assert other.play(lambda client: client.get_positions()) == [], "two runs side by side"
    other.shutdown_mt5()


def test_many_threads_trade_in_one_run() -> None:
    class Crowd(Waiting):
        def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
            self.inside.set()
            time.sleep(0.0005)

    client, orders = Crowd(), []

    def trade() -> None:
        assert client.inside.wait(20)
        for _ in range(20):
            orders.append(client.send_order({**ORDER, "backtest_toggle": False, "volume": 0.01}))

    threads = [threading.Thread(target=trade) for _ in range(4)]
    for thread in threads:
        thread.start()
    client.subscribe_bars({**BARS, "timeframe": "M1", "captital": 1_000_000})
    for thread in threads:
        thread.join()
    assert all(orders)
    assert len(set(orders)) == 80
    told = [ticket for _, ticket in client.executed]
    assert len(told) == len(set(told))
    assert set(told) <= set(orders)


def in_a_thread(fn: Any) -> Any:
    """Return what a function returns on a thread of its own, started now."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(fn()))
    thread.start()
    thread.join()
    return found[0]


def test_a_thread_that_a_callback_starts_reaches_no_live_account(
    live: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """It has not the context of the callback: what it asks of another account is refused."""
    assert mt5.initialize()
    before = account_of(live), mt5.positions_total()
    player = Client()
    request = {"action": 1, "symbol": "EURUSD", "volume": 0.1, "type": 0, "type_filling": 0}

    def act(client: Client) -> Any:
        return in_a_thread(
            lambda: (
                live.send_order({**ORDER, "backtest_toggle": False}),
                mt5.order_send(request),
                mt5.initialize(),
                mt5.login(77, server="MAS-Sim"),
                live.get_positions(),
                core_of(client).terminal.order_send(request).retcode,
                len(core_of(client).state.positions),
                client.send_order(ORDER),
            )
        )

    other, sent, began, logged, positions, own, seen, last = player.play(act)
    assert (bool(other), sent, began, logged, positions) == (False, None, False, False, [])
    assert (own, seen, bool(last)) == (10009, 1, True), "its own client means the run"
    assert (account_of(live), mt5.positions_total()) == before
    assert "a thread that was started meanwhile asked for the live account" in caplog.text


def test_threads_that_were_there_before_go_on(live: Client) -> None:
    ask, answer = threading.Event(), threading.Event()
    found: list[Any] = []

    def work() -> None:
        ask.wait(10)
        found.append(live.send_order({**ORDER, "backtest_toggle": False}))
        answer.set()

    thread = threading.Thread(target=work)
    thread.start()

    def act(_: Client) -> bool:
        ask.set()
        return answer.wait(10)

    assert Client().play(act)
    thread.join()
    assert found[0] in {str(one["ticket"]) for one in live.get_positions()}


def test_what_a_callback_leaves_behind_is_no_part_of_the_run(live: Client) -> None:
    """A task that it made keeps its context; after the run its calls mean the live account."""
    kept: list[Any] = []
    live.play(lambda _: kept.append(contextvars.copy_context()))
    deals = len(live.result.deals)
    ticket = kept[0].run(lambda: live.send_order({**ORDER, "backtest_toggle": False}))
    assert ticket
    assert len(live.result.deals) == deals
    held = live.get_positions({"backtest_toggle": False})
    assert ticket in {str(one["ticket"]) for one in held}
