"""The gateway by itself, as it will stand next to a terminal: one follower, no client, no panel."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mas.clock import ManualClock
from mas.errors import NotConnectedError, TerminalError
from mas.events import Execution, OrderStatus
from mas.journal import Journal
from mas.live.gateway.gateway import AccountSnapshot, Gateway
from mas.live.gateway.watcher import Watcher
from mas.orders import build
from mas.schema import parse_order
from mas.sim import SimSettings, SimTerminal
from mas.state import Connection
from mas.terminal.direct import DirectLink

CONNECTED = Connection("connected", "MAS-Sim", 7)
BUY = {"symbol": "EURUSD", "order_type": "buy", "volume": 0.1}
HAND = {"action": 1, "symbol": "GBPUSD", "volume": 0.2, "type": 1}


class Cut(SimTerminal):
    """A terminal whose line can be cut."""

    is_cut = False
    server_is_there = True

    def orders_get(self, *args: Any, **named: Any) -> Any:
        if self.is_cut:
            raise TerminalError("the line is cut", code=-10_004)
        return super().orders_get(*args, **named)

    def terminal_info(self) -> Any:
        return super().terminal_info()._replace(connected=self.server_is_there)


class Follower:
    """Keeps what it is told, in its order."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []

    def connection_changed(self, connection: Connection) -> None:
        self.told.append(("connection", connection))

    def looked(self, standing: AccountSnapshot) -> None:
        self.told.append(("looked", standing))

    def status(self, status: OrderStatus) -> None:
        self.told.append(("status", status))

    def execution(self, execution: Execution) -> None:
        self.told.append(("execution", execution))

    def of(self, kind: str) -> list[Any]:
        return [fact for name, fact in self.told if name == kind]

    @property
    def standing(self) -> AccountSnapshot:
        return self.of("looked")[-1]


class Bench:
    """One account, and a gateway to it; ``again`` is the next process of the same consumer."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock("2026-01-07T12:00:00")
        self.terminal = Cut(SimSettings(seed=7), clock=self.clock)
        self.terminal.initialize()
        self.journal = Journal(folder / "journal.db")
        self.follower, self.gateway = self.again()

    def again(self, *, start: bool = True) -> tuple[Follower, Gateway]:
        self.record = self.journal.open_session("MAS-Sim", 7, "bench")
        follower = Follower()
        gateway = Gateway(DirectLink(self.terminal), self.record, follower, clock=self.clock)
        if start:
            gateway.start()
        return follower, gateway

    def send(self, order: dict[str, Any]) -> OrderStatus:
        parsed = parse_order({"backtest_toggle": False, **order})
        return self.gateway.send(lambda terminal: build.new_order(parsed, terminal), None)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.journal.close()


def until(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def test_an_answer_is_told_with_its_deals_and_not_again_by_the_look(bench: Bench) -> None:
    status = bench.send(BUY)
    assert [name for name, _ in bench.follower.told[-2:]] == ["status", "execution"]
    (execution,) = bench.follower.of("execution")
    assert (execution.order, execution.symbol, execution.type) == (status.order, "EURUSD", "buy")
    bench.gateway.look()
    assert bench.follower.of("execution") == [execution]
    assert bench.follower.of("status") == [status]
    (position,) = bench.follower.standing.positions
    assert (position.symbol, position.volume) == ("EURUSD", 0.1)


def test_what_a_hand_does_in_the_terminal_is_found_once(bench: Bench) -> None:
    bench.terminal.order_send(HAND)
    bench.terminal.order_send({**HAND, "action": 5, "type": 2, "price": 1.0})
    for _ in range(3):
        bench.gateway.look()
    assert [execution.symbol for execution in bench.follower.of("execution")] == ["GBPUSD"]
    (placed,) = bench.follower.of("status")
    assert (placed.status, placed.request.volume, placed.message) == (1, 0.2, "order placed")
    bench.terminal.order_send({"action": 8, "order": placed.order})
    bench.gateway.look()
    bench.gateway.look()
    assert [status.message for status in bench.follower.of("status")] == [
        "order placed", "order cancelled",
    ]  # fmt: skip


def test_each_look_has_the_symbols_that_anything_is_about(bench: Bench) -> None:
    assert bench.follower.standing.symbols == {}
    bench.gateway.watch("USDJPY")
    bench.terminal.order_send(HAND)
    bench.terminal.order_send(
        {"action": 5, "symbol": "XAUUSD", "volume": 0.1, "type": 2, "price": 9.0}
    )
    bench.send({**BUY, "volume": 1000.0})  # refused: its card shows prices all the same
    bench.gateway.look()
    found = bench.follower.standing.symbols
    assert {name: info.digits for name, info in found.items()} == {
        "USDJPY": 3, "GBPUSD": 5, "XAUUSD": 2, "EURUSD": 5,
    }  # fmt: skip
    bench.gateway.look()
    assert bench.follower.standing.symbols is found, "they are read once"


def test_quotes_are_told_while_somebody_watches(bench: Bench) -> None:
    bench.gateway.watch("EURUSD")
    bench.gateway.watch("EURUSD")
    bench.gateway.watch("NONE")
    bench.gateway.look()
    assert set(bench.follower.standing.quotes) == {"EURUSD"}
    bench.gateway.unwatch("EURUSD")
    bench.gateway.look()
    assert set(bench.follower.standing.quotes) == {"EURUSD"}
    bench.gateway.unwatch("EURUSD")
    bench.gateway.unwatch("EURUSD")
    bench.gateway.look()
    assert bench.follower.standing.quotes == {}


def test_a_look_of_ones_own_is_called_until_it_is_removed(bench: Bench) -> None:
    seen: list[Any] = []
    bench.gateway.add_look(seen.append)
    bench.gateway.look()
    bench.gateway.remove_look(seen.append)
    bench.gateway.look()
    assert seen == [bench.terminal]


def test_what_came_before_is_known_and_what_was_not_delivered_is_told_again(bench: Bench) -> None:
    first, second = bench.send(BUY), bench.send(BUY)
    bench.gateway.delivered(bench.follower.of("execution")[0])
    bench.gateway.look()  # writes down what was delivered; then the process dies
    follower, _ = bench.again()
    assert [execution.order for execution in follower.of("execution")] == [second.order]
    assert first.order != second.order
    bench.record.close()
    bench.journal.execute("UPDATE session SET closed = 1")
    follower, _ = bench.again()
    assert follower.of("execution") == follower.of("status") == []


def test_pending_orders_of_before_are_not_told(bench: Bench) -> None:
    bench.terminal.order_send({**HAND, "action": 5, "type": 2, "price": 1.0})
    bench.journal.execute("UPDATE session SET closed = 1")
    follower, gateway = bench.again()
    assert follower.of("status") == []
    assert len(follower.standing.orders) == 1
    gateway.look()
    assert follower.of("status") == []


def test_the_journal_has_each_request_before_it_is_sent_and_its_answer(bench: Bench) -> None:
    refused = bench.send({**BUY, "volume": 1000.0})
    assert not refused.ok
    assert bench.follower.of("status") == [refused]
    assert bench.record.unanswered() == []

    def lose(terminal: Any) -> Any:
        order = parse_order({"backtest_toggle": False, **BUY})
        request = build.new_order(order, terminal)
        bench.terminal.connected = False  # the answer will be lost
        return request

    status = bench.gateway.send(lose, None)
    bench.terminal.connected = True
    assert "it is not known whether it was executed" in status.message
    assert bench.follower.of("status") == [refused, status]
    (open_,) = bench.record.unanswered()
    assert (open_["request"]["symbol"], open_["request"]["volume"]) == ("EURUSD", 0.1)
    assert bench.follower.of("execution") == []


def test_a_failed_question_has_its_reason(bench: Bench) -> None:
    with pytest.raises(TerminalError, match="Not found"):
        bench.gateway.required(lambda terminal: terminal.symbol_info("NONE"))
    assert bench.gateway.required(lambda terminal: terminal.symbols_total()) > 0
    assert bench.gateway.read(lambda terminal: terminal.symbol_info("NONE")) is None


# -- the watcher -----------------------------------------------------------------------------------


@pytest.fixture
def watched(bench: Bench) -> Iterator[tuple[Bench, Watcher, list[Any]]]:
    """Return a watcher that looks all the time, and what it opens a lost link by."""
    doors: list[Any] = []

    def reopen() -> DirectLink:
        doors.append(threading.current_thread().name)
        if bench.terminal.is_cut:
            raise NotConnectedError("nobody answers")
        return DirectLink(bench.terminal)

    watcher = Watcher(bench.gateway, bench.follower, reopen, CONNECTED, interval=0.005)
    yield bench, watcher, doors
    watcher.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "mas-watch"]


def statuses(bench: Bench) -> list[str]:
    found = [connection.status for connection in bench.follower.of("connection")]
    return [now for now, before in zip(found, ["", *found], strict=False) if now != before]


def test_the_watcher_looks_until_it_is_stopped(watched: tuple[Bench, Watcher, list[Any]]) -> None:
    bench, watcher, _ = watched
    bench.terminal.order_send(HAND)
    until(lambda: bench.follower.of("execution"))
    watcher.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "mas-watch"]


def test_a_lost_link_is_said_and_opened_again(watched: tuple[Bench, Watcher, list[Any]]) -> None:
    bench, _, doors = watched
    closed: list[Any] = []
    bench.gateway.link = DirectLink(bench.terminal, on_close=lambda: closed.append(1))
    bench.terminal.is_cut = True
    until(lambda: statuses(bench) == ["connected", "lost"])
    lost = next(one for one in bench.follower.of("connection") if one.status == "lost")
    assert (lost.server, lost.login) == ("MAS-Sim", 7)
    assert "the line is cut" in lost.detail
    until(lambda: "nobody answers" in bench.follower.of("connection")[-1].detail)
    bench.terminal.order_send(HAND)
    bench.terminal.is_cut = False
    until(lambda: statuses(bench) == ["connected", "lost", "connected"])
    until(lambda: bench.follower.of("execution"))
    assert closed == [1]
    assert set(doors) == {"mas-watch"}


def test_a_terminal_without_its_trade_server_is_no_broken_link(
    watched: tuple[Bench, Watcher, list[Any]],
) -> None:
    bench, _, doors = watched
    bench.terminal.server_is_there = False
    until(lambda: statuses(bench) == ["connected", "lost"])
    assert "no link to its trade server" in bench.follower.of("connection")[-1].detail
    bench.terminal.server_is_there = True
    until(lambda: statuses(bench) == ["connected", "lost", "connected"])
    assert doors == []


def test_a_pause_is_a_pause(watched: tuple[Bench, Watcher, list[Any]]) -> None:
    bench, watcher, doors = watched
    watcher.pause()
    looks = len(bench.follower.of("looked"))
    bench.terminal.is_cut = True
    for _ in range(2):  # the second is taken up when the first round is over
        watcher.poke()
        until(lambda: not watcher._wake.is_set())
    bench.terminal.is_cut = False
    assert len(bench.follower.of("looked")) == looks
    watcher.resume()
    watcher.poke()
    until(lambda: len(bench.follower.of("looked")) > looks)
    assert doors == []
