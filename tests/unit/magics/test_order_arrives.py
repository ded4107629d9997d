"""One order through every door: cell, ticket, client and ``mas.mt5`` give the terminal one request.

The doors stand before the official package (``native:``), whose part the simulated one plays. What
arrived is read from the terminal's answer, which holds the request as the terminal understood it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import mas
from mas import mt5
from mas.terminal.types import TradeRequest
from masjupyter.widgets import OrderTicket

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.magics.conftest import Cells

ACCOUNT = {"account": 1_000_000, "password": "any", "server": "MAS-Sim", "timeout": 5000}
LATER = 1_767_960_000  # 2026-01-09 12:00, the market stands at two days before
COMMON = {"symbol": "EURUSD", "magic": 42, "comment": 'it\'s a "seam"'}


def pending(order_type: str, number: int, action: float, **levels: float) -> tuple[Any, Any]:
    """Return a pending order in the documented words, and as the terminal is to get it."""
    given = {
        **COMMON, "order_type": order_type, "volume": 0.13, "deviation": 7, **levels,
        "type_time": 2, "expiration": "2026-01-09 12:00", "type_filling": 2,
    }  # fmt: skip
    asked = {
        **COMMON, "action": 5, "type": number, "volume": 0.13, "deviation": 7, **levels,
        "type_time": 2, "expiration": LATER, "type_filling": 2,
    }  # fmt: skip
    return given, asked


def orders() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Return orders in the documented words, and the fields of the request that they mean."""
    tick = mt5.symbol_info_tick("EURUSD")
    stops = {"sl": round(tick.bid - 0.01, 5), "tp": round(tick.bid + 0.02, 5)}
    others = {"sl": round(tick.bid + 0.01, 5), "tp": round(tick.bid - 0.02, 5)}
    above, below = round(tick.bid + 0.005, 5), round(tick.bid - 0.005, 5)
    return {
        "buy": (
            {**COMMON, "order_type": "buy", "volume": 0.2, "deviation": 7, **stops,
             "type_filling": 1},
            {**COMMON, "action": 1, "type": 0, "volume": 0.2, "price": tick.ask, "deviation": 7,
             **stops, "type_filling": 1},
        ),
        "sell": (
            {**COMMON, "order_type": "sell", "volume": 0.3, **others},
            {**COMMON, "action": 1, "type": 1, "volume": 0.3, "price": tick.bid, "deviation": 10,
             **others},
        ),
        "buy limit": pending("buy_limit", 2, 5, price=below, sl=stops["sl"], tp=stops["tp"]),
        "sell limit": pending("sell_limit", 3, 5, price=above, sl=others["sl"], tp=others["tp"]),
        "buy stop": pending("buy_stop", 4, 5, price=above, sl=stops["sl"], tp=stops["tp"]),
        "sell stop": pending("sell_stop", 5, 5, price=below, sl=others["sl"], tp=others["tp"]),
        "buy stop limit": pending("buy_stop_limit", 6, 5, price=above, stoplimit=below),
        "sell stop limit": pending("sell_stop_limit", 7, 5, price=below, stoplimit=above),
    }  # fmt: skip


def request(asked: dict[str, Any]) -> TradeRequest:
    """Return all fields; those that are not asked for are empty."""
    empty = dict.fromkeys(TradeRequest._fields, 0) | dict.fromkeys(
        ("volume", "price", "stoplimit", "sl", "tp"), 0.0
    )
    return TradeRequest(**{**empty, "symbol": "", "comment": "", **asked})


class Package:
    """The official package on a computer with a terminal; notes the requests that arrive there."""

    def __init__(self) -> None:
        self.arrived: list[TradeRequest] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(mt5, name)

    def order_send(self, *given: Any, **named: Any) -> Any:
        answer = mt5.order_send(*given, **named)
        assert answer is not None, mt5.last_error()
        assert answer.retcode in {10008, 10009}, answer
        self.arrived.append(answer.request)
        return answer


@pytest.fixture
def package(cells: Cells, monkeypatch: pytest.MonkeyPatch) -> Package:
    found = Package()
    monkeypatch.setitem(sys.modules, "MetaTrader5", found)
    mt5.initialize()
    cells.desk.login(**ACCOUNT, terminal="native:")
    return found


def through_yaml(cells: Cells, package: Package, order: dict[str, Any]) -> None:
    cells.good("%%mas_order\n" + yaml.safe_dump(order))


def through_pairs(cells: Cells, package: Package, order: dict[str, Any]) -> None:
    cells.good("%%mas_order\n" + "\n".join(f"{name} = {value}" for name, value in order.items()))


def through_python(cells: Cells, package: Package, order: dict[str, Any]) -> None:
    cells.shell.user_ns["lots"] = order["volume"]
    cells.good("%%mas_order\n" + repr({**order, "volume": "L"}).replace("'L'", "lots"))


def through_a_line(cells: Cells, package: Package, order: dict[str, Any]) -> None:
    given = {**order}
    words = [given.pop(name) for name in ("order_type", "volume", "symbol")]
    # IPython's line takes a quote inside other quotes only.
    rest = [f"{name}={value!r}" for name, value in given.items() if name != "comment"]
    cells.shell.user_ns["note"] = order["comment"]
    cells.good(f"%mas_order {words[0]} {words[1]} {words[2]} {' '.join(rest)} comment={{note}}")


def through_the_client(cells: Cells, package: Package, order: dict[str, Any]) -> None:
    class Trader(mas.MAS):
        pass

    trader = Trader(terminal="native:")
    assert trader.login(ACCOUNT)
    try:
        assert trader.send_order({"backtest_toggle": False, **order})
    finally:
        trader.shutdown_mt5()


def through_mt5(cells: Cells, package: Package, order: dict[str, Any]) -> None:
    (asked,) = [asked for given, asked in orders().values() if given == order]
    package.order_send(asked)


DOORS = [
    through_yaml, through_pairs, through_python, through_a_line, through_the_client, through_mt5,
]  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_every_field_arrives(
    door: Callable[[Cells, Package, dict[str, Any]], None], cells: Cells, package: Package
) -> None:
    for name, (given, asked) in orders().items():
        door(cells, package, given)
        assert package.arrived.pop() == request(asked), name
    assert package.arrived == []


def test_the_ticket_sends_what_its_form_says(cells: Cells, package: Package) -> None:
    kinds = {"buy": "market", "sell": "market"}
    for name, (given, asked) in orders().items():
        side, _, kind = name.partition(" ")
        form = OrderTicket(cells.desk, "EURUSD")
        form.type.value = kind or kinds[name]
        for field in ("volume", "price", "stoplimit", "sl", "tp"):
            getattr(form, field).value = given.get(field, 0.0)
        getattr(form, side).click()
        own = {"deviation": 10, "magic": 123456, "comment": "MAS Order"}
        shown = ("action", "symbol", "type", "volume", "price", "stoplimit", "sl", "tp")
        wanted = {field: asked[field] for field in shown if field in asked}
        assert package.arrived == [request(own | wanted)], form._answer.value
        package.arrived.clear()
        form.close()


def test_closes_and_changes_arrive_with_what_they_leave_alone(
    cells: Cells, package: Package
) -> None:
    client = cells.desk.client
    below = orders()["buy limit"][1]
    bought = package.order_send(orders()["buy"][1])
    sold = package.order_send(orders()["sell"][1])
    placed = package.order_send(below)
    package.arrived.clear()
    tick = mt5.symbol_info_tick("EURUSD")

    tp = orders()["buy"][1]["tp"]
    same = {"action": 6, "symbol": "EURUSD", "position": bought.order}
    cells.good(f"%mas_modify {bought.order} --sl 1.0")
    assert package.arrived == [request({**same, "sl": 1.0, "tp": tp})]
    package.arrived.clear()
    assert client.modify_position_sltp({"position_id": bought.order, "tp": tp + 0.001})
    assert package.arrived == [request({**same, "sl": 1.0, "tp": tp + 0.001})]
    package.arrived.clear()

    cells.good(f"%mas_modify {placed.order} --price {below['price'] - 0.001:.5f}")
    changed = {name: below[name] for name in ("sl", "tp", "type_time", "expiration")}
    changed |= {
        "action": 7,
        "symbol": "EURUSD",
        "order": placed.order,
        "comment": "Modified by MAS",
    }
    assert package.arrived == [request({**changed, "price": round(below["price"] - 0.001, 5)})]
    package.arrived.clear()
    assert client.modify_order(
        {"order_id": placed.order, "price": below["price"], "tp": 0, "comment": "again",
         "expiration": "2026-01-09 13:00"}
    )  # fmt: skip
    changed |= {"comment": "again", "tp": 0.0, "expiration": LATER + 3600}
    assert package.arrived == [request({**changed, "price": below["price"]})]
    package.arrived.clear()

    cells.good(f"%mas_cancel {placed.order}")
    gone = {"action": 8, "symbol": "EURUSD", "order": placed.order, "comment": "Cancel by MAS"}
    assert package.arrived == [request(gone)]
    package.arrived.clear()

    cells.good(f"%mas_close {bought.order} --volume 0.05")
    half = {
        "action": 1, "symbol": "EURUSD", "type": 1, "volume": 0.05, "price": tick.bid, "magic": 42,
        "deviation": 10, "comment": "MAS Order", "position": bought.order,
    }  # fmt: skip
    assert package.arrived == [request(half)]
    package.arrived.clear()
    given = {"backtest_toggle": False, "symbol": "EURUSD", "order_type": "sell", "volume": 0.05}
    assert client.send_order({**given, "order_id": bought.order, "magic": 42})
    assert package.arrived == [request(half)]
    package.arrived.clear()

    by = {"position": bought.order, "position_by": sold.order, "comment": "by", "magic": 9}
    assert client.send_order({**given, **by})
    assert package.arrived == [request({"action": 10, **by})]
