"""What a client is told of its orders: of each answer, and of what changed without it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

import mas
from mas import mt5
from mas.core import core_of
from mas.sim import process_terminal
from mas.terminal import constants as c
from mas.terminal.types import OrderSendResult

AT = "2026-01-07T12:00:00"
ACCOUNT = {"account": 5, "password": "any", "server": "MAS-Sim"}
REAL = {"backtest_toggle": False, "symbol": "EURUSD"}


class Client(mas.MAS):
    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.dealt: list[tuple[str, dict[str, Any]]] = []

    def receive_order_status(self, order_id: str, data: dict[str, Any]) -> None:
        self.told.append((order_id, data))

    def receive_order_execution(self, order_id: str, data: dict[str, Any]) -> None:
        self.dealt.append((order_id, data))

    def look(self) -> None:
        core_of(self).refresh()


@pytest.fixture
def client() -> Iterator[Client]:
    made = Client(terminal=f"sim:?seed=7&at={AT}")
    assert made.login(ACCOUNT)
    yield made
    made.shutdown_mt5()


class Scripted:
    """The official package, whose next answer to a request is set by hand."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.answer: tuple[int, int, str] | None = None
        self.error = (1, "Success")

    def __getattr__(self, name: str) -> Any:
        return getattr(mt5, name)

    def last_error(self) -> tuple[int, str]:
        return self.error

    def order_send(self, request: dict[str, Any]) -> OrderSendResult | None:
        self.sent.append(request)
        if self.answer is None:
            return None
        retcode, order, comment = self.answer
        return OrderSendResult(
            retcode, 0, order, 0.0, 0.0, 0.0, 0.0, comment, 0, 0, request=request  # type: ignore[arg-type]
        )  # fmt: skip


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Client, Scripted]]:
    monkeypatch.setenv("MAS_SIM_SEED", "7")
    monkeypatch.setenv("MAS_SIM_CLOCK", AT)
    package = Scripted()
    monkeypatch.setitem(sys.modules, "MetaTrader5", package)
    made = Client(terminal="native:")
    assert made.login(ACCOUNT)
    yield made, package
    made.shutdown_mt5()


MARKET = {**REAL, "order_type": "buy", "volume": 0.1}
LIMIT = {**REAL, "order_type": "buy_limit", "volume": 0.1, "price": 1.05}
CLOSE_BY = {**MARKET, "position": 1, "position_by": 2}
CANCEL, MODIFY = {"order_id": 77}, {"order_id": 77, "price": 1.06}


@pytest.mark.parametrize(
    ("call", "order", "answer", "state", "number"),
    [
        ("send_order", MARKET, (10009, 55, "done"), c.ORDER_STATE_FILLED, 55),
        ("send_order", MARKET, (10010, 55, "part"), c.ORDER_STATE_PARTIAL, 55),
        ("send_order", MARKET, (10008, 55, "placed"), c.ORDER_STATE_PLACED, 55),
        ("send_order", MARKET, (10004, 0, "Requote"), c.ORDER_STATE_REJECTED, 0),
        ("send_order", LIMIT, (10009, 56, "done"), c.ORDER_STATE_PLACED, 56),
        ("send_order", LIMIT, (10015, 0, "Invalid price"), c.ORDER_STATE_REJECTED, 0),
        ("send_order", CLOSE_BY, (10009, 57, "done"), c.ORDER_STATE_FILLED, 57),
        ("cancel_order", CANCEL, (10009, 0, "done"), c.ORDER_STATE_CANCELED, 77),
        ("cancel_order", CANCEL, (10013, 0, "Invalid request"), c.ORDER_STATE_REJECTED, 77),
        ("modify_order", MODIFY, (10009, 0, "done"), c.ORDER_STATE_PLACED, 77),
    ],
)
def test_an_answer_is_told_as_it_came(
    scripted: tuple[Client, Scripted],
    call: str,
    order: dict[str, Any],
    answer: tuple[int, int, str],
    state: int,
    number: int,
) -> None:
    client, package = scripted
    package.answer = answer
    done = getattr(client, call)({**order, "backtest_toggle": False})
    ((order_id, told),) = client.told
    assert order_id == str(number)
    assert (told["status"], told["retcode"]) == (state, answer[0])
    good = answer[0] in {10008, 10009, 10010}
    assert bool(done) is good
    assert told["message"] == answer[2] if good else told["message"].startswith(answer[2])
    assert good or f"({answer[0]}): " in told["message"]
    assert told["request"] == package.sent[0]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ((-2, "Invalid arguments"), "Invalid arguments (-2); nothing was sent"),
        ((-10005, "IPC timeout"), "IPC timeout (-10005); it is not known whether it was executed"),
    ],
)
def test_no_answer_says_what_may_have_happened(
    scripted: tuple[Client, Scripted], error: tuple[int, str], words: str
) -> None:
    client, package = scripted
    package.error = error
    assert not client.send_order(MARKET)
    ((order_id, told),) = client.told
    assert (order_id, told["status"], told["retcode"]) == ("0", c.ORDER_STATE_STARTED, error[0])
    assert told["message"].startswith(words)
    assert told["request"]["symbol"] == "EURUSD"


def test_a_request_about_nothing_says_so(scripted: tuple[Client, Scripted]) -> None:
    """What is not known of a ticket stays empty; the server says that there is none."""
    client, package = scripted
    package.answer = (10013, 0, "Invalid request")
    empty = {
        "action": 0, "magic": 0, "order": 0, "symbol": "", "volume": 0.0, "price": 0.0,
        "stoplimit": 0.0, "sl": 0.0, "tp": 0.0, "deviation": 0, "type": 0, "type_filling": 0,
        "type_time": 0, "expiration": 0, "comment": "", "position": 0, "position_by": 0,
    }  # fmt: skip
    real = {"backtest_toggle": False}
    client.modify_order({**real, "order_id": 77, "price": 1.06, "sl": 1.01})
    client.cancel_order({**real, "order_id": 78})
    client.modify_position_sltp({**real, "position_id": 79, "tp": 1.2})
    # With an end it becomes an order that has one.
    client.modify_order({**real, "order_id": 77, "price": 1, "expiration": "2026-01-09 12:00"})
    assert [dict(sent) for sent in package.sent] == [
        {**empty, "action": 7, "order": 77, "price": 1.06, "sl": 1.01,
         "comment": "Modified by MAS"},
        {**empty, "action": 8, "order": 78, "comment": "Cancel by MAS"},
        {**empty, "action": 6, "position": 79, "tp": 1.2},
        {**empty, "action": 7, "order": 77, "price": 1.0, "type_time": 2,
         "expiration": 1_767_960_000, "comment": "Modified by MAS"},
    ]  # fmt: skip


def test_a_symbol_out_of_market_watch_is_put_there_for_its_price(
    scripted: tuple[Client, Scripted],
) -> None:
    client, package = scripted
    package.answer = (10009, 55, "done")
    assert mt5.symbol_select("GBPUSD", False)
    assert mt5.symbol_info_tick("GBPUSD") is None
    client.send_order({**MARKET, "symbol": "GBPUSD", "comment": "c" * 26 + "more"})
    client.send_order({**MARKET, "symbol": "NOSUCH"})
    tick = mt5.symbol_info_tick("GBPUSD")
    assert [sent["price"] for sent in package.sent] == [tick.ask, 0.0]
    assert package.sent[0]["comment"] == "c" * 26, "longer ones are refused by some builds (R7)"


def test_an_order_placed_by_hand_is_told_in_the_words_of_a_request(client: Client) -> None:
    hand: Any = process_terminal(ACCOUNT["account"])
    tick = hand.symbol_info_tick("EURUSD")
    request = {
        "action": 5, "magic": 8, "symbol": "EURUSD", "volume": 0.2, "type": 6,
        "price": round(tick.ask + 0.005, 5), "stoplimit": round(tick.ask - 0.003, 5),
        "sl": round(tick.ask - 0.009, 5), "tp": round(tick.ask + 0.008, 5), "deviation": 0,
        "type_filling": 2, "type_time": 2, "expiration": 1_767_787_800, "comment": "by hand",
    }  # fmt: skip
    placed = hand.order_send(request).order
    client.look()
    own = {"order": placed, "position": 0, "position_by": 0}
    told = {"status": 1, "retcode": 10009, "message": "order placed", "request": request | own}
    assert client.told == [(str(placed), told)]
    client.look()
    assert len(client.told) == 1, "told once"
    hand.clock.advance(700)  # its end was at 12:10
    client.look()
    told |= {"status": 6, "message": "order expired"}
    assert client.told[1:] == [(str(placed), told)]


def test_what_happens_by_hand_is_told_to_the_end(client: Client) -> None:
    hand: Any = process_terminal(ACCOUNT["account"])
    tick = hand.symbol_info_tick("EURUSD")
    limit = {"action": 5, "symbol": "EURUSD", "volume": 0.1, "type": 2, "type_time": 0}
    gone = hand.order_send({**limit, "price": 1.0}).order
    above = round(tick.bid + 0.00005, 5)
    near = hand.order_send({**limit, "type": 3, "price": above}).order
    client.look()
    hand.order_send({"action": 8, "order": gone})
    hand.clock.advance(600)
    client.look()
    assert [(order, told["message"]) for order, told in client.told] == [
        (str(gone), "order placed"), (str(near), "order placed"),
        (str(gone), "order cancelled"), (str(near), "order filled"),
    ]  # fmt: skip
    ((order, deal),) = client.dealt
    assert (order, deal["volume"], deal["entry"]) == (str(near), 0.1, "in")
