"""How calls are made and answered (R7 to R27), on the terminal and on ``mas.mt5``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mas import mt5
from mas.terminal import constants as c
from tests.scenario.sim.market import BUY, BUY_LIMIT, BUY_SL, EVER, SELL, SELL_LIMIT, Market


@pytest.mark.parametrize(
    ("limit", "length", "fits"), [(31, 31, True), (31, 32, False), (27, 28, False)]
)
def test_r7_the_longest_comment(limit: int, length: int, fits: bool) -> None:
    market = Market(comment_length=limit)
    result = market.send(type=BUY, comment="x" * length)
    assert (result is not None) is fits
    if not fits:
        assert market.terminal.last_error() == (-2, 'Invalid "comment" argument')


def test_r8_symbol_comes_before_ticket_and_filters_have_names() -> None:
    market = Market()
    ticket = market.send(type=BUY).order
    other = market.send(type=BUY, symbol="GBPUSD").order
    get = market.terminal.positions_get
    assert [one.ticket for one in get(symbol="GBPUSD", ticket=ticket)] == [other]
    assert [one.ticket for one in get(ticket=ticket)] == [ticket]
    assert [one.ticket for one in get(group="GBP*")] == [other]
    assert get("EURUSD") is None
    assert market.terminal.last_error()[0] == c.RES_E_INVALID_PARAMS
    assert market.terminal.orders_get("EURUSD") is None


def test_r10_the_three_forms_of_history_queries() -> None:
    market = Market()
    ticket = market.send(type=BUY).order
    closing = market.send(type=SELL, position=ticket)
    other = market.send(type=BUY).order
    deals, orders = market.terminal.history_deals_get, market.terminal.history_orders_get
    assert len(deals(0, EVER)) == 4
    assert len(deals(0, EVER, group="*USD")) == 3
    assert [one.ticket for one in orders(position=other)] == [other]
    assert len(deals(position=ticket)) == 2
    assert [one.ticket for one in deals(ticket=closing.order)] == [closing.deal]
    assert deals(ticket=closing.deal) == (), "a deal's ticket finds nothing"
    assert [one.ticket for one in orders(position=ticket)] == [ticket, closing.order]
    assert [one.ticket for one in orders(ticket=ticket)] == [ticket]
    for get in (deals, orders):
        assert get() is None
        assert market.terminal.last_error()[0] == c.RES_E_INVALID_PARAMS


def test_r11_results_are_tuples_that_cannot_be_changed() -> None:
    market = Market()
    result = market.send(type=BUY, magic=3)
    with pytest.raises(AttributeError):
        result.retcode = 0
    assert result[0] == result.retcode == result._asdict()["retcode"]
    assert result.request.magic == 3
    assert result == tuple(result)


def test_r17_the_functions_of_the_module_share_one_terminal() -> None:
    assert mt5.initialize()
    sent = mt5.order_send(
        {"action": 1, "symbol": "EURUSD", "volume": 0.1, "type": 0, "comment": "shared"}
    )
    assert [one.ticket for one in mt5.positions_get()] == [sent.order]
    mt5.shutdown()


def test_r18_the_order_of_results() -> None:
    market = Market()
    tickets = [market.send(type=BUY, symbol=name).order for name in ("GBPUSD", "EURUSD", "USDJPY")]
    assert [one.ticket for one in market.terminal.positions_get()] == sorted(tickets)
    orders = [market.place(BUY_LIMIT, 1.0).order for _ in range(3)]
    for ticket in (orders[2], orders[0], orders[1]):
        market.send(action=c.TRADE_ACTION_REMOVE, order=ticket)
    done = market.terminal.history_orders_get(0, EVER)
    assert [one.ticket for one in done if one.ticket in orders] == orders, "one time: by ticket"
    names = [one.name for one in market.terminal.symbols_get()]
    assert names[:4] == ["EURUSD", "GBPUSD", "USDJPY", "XAUUSD"]


def test_r5_numbers_of_other_kinds_are_read() -> None:
    market = Market()
    result = market.send(type=np.int64(BUY), volume=np.float64(0.1), magic=np.int32(5), sl=1)
    assert (result.retcode, result.request.magic) == (10009, 5)
    whole = market.send(type=BUY, volume=np.int64(1), sl=np.int16(1), tp=np.uint8(2))
    assert (whole.retcode, whole.request.sl, whole.request.tp) == (10009, 1.0, 2.0)
    for field, value in {
        "type": 0.0,
        "volume": "0.1",
        "symbol": 5,
        "magic": -1,
        "sl": float("nan"),
    }.items():
        assert market.send(**{"type": BUY, field: value}) is None
        assert market.terminal.last_error() == (-2, f'Invalid "{field}" argument')
    assert market.terminal.order_send([1]) is None
    assert market.terminal.order_send() is not None, "no field at all is a request of zeros"


@pytest.mark.parametrize(
    ("action", "ignored"),
    [
        # R20: what each action does not look at may be anything
        ("deal", {"stoplimit": 5.0, "expiration": 1, "order": 99, "price": 0.01, "deviation": 0}),
        ("pending", {"deviation": 5, "position": 99}),
        ("sltp", {"volume": 7.0, "price": 3.0, "type": 5}),
        ("modify", {"symbol": "GBPUSD", "volume": 7.0, "type": 5}),
        ("remove", {"symbol": "NOPE", "volume": -1.0, "price": 3.0, "sl": 9.0}),
        ("close_by", {"symbol": "NOPE", "volume": 7.0, "price": 3.0}),
    ],
)
def test_r20_what_an_action_ignores(action: str, ignored: dict[str, Any]) -> None:
    market = Market()
    long, short = market.send(type=BUY).order, market.send(type=SELL).order
    order = market.place(BUY_LIMIT, 1.05).order
    requests = {
        "deal": {"type": BUY},
        "pending": {"action": 5, "type": SELL_LIMIT, "price": 1.2},
        "sltp": {"action": 6, "position": long, "sl": 1.0},
        "modify": {"action": 7, "order": order, "price": 1.04},
        "remove": {"action": 8, "order": order},
        "close_by": {"action": 10, "position": long, "position_by": short},
    }
    assert market.send(**{**requests[action], **ignored}).retcode == 10009


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        # R20: what each action needs
        ({"symbol": ""}, 10013), ({"action": 5, "type": BUY_LIMIT}, 10015),
        ({"action": 5, "type": BUY_SL, "price": 1.2}, 10015),
        ({"action": 5, "type": BUY_LIMIT, "price": 1.0, "type_time": 2}, 10022),
        ({"action": 6, "sl": 1.0}, 10013), ({"action": 7, "price": 1.0}, 10013),
        ({"action": 8}, 10013), ({"action": 10}, 10013),
    ],
)  # fmt: skip
def test_r20_what_an_action_needs(request_: dict[str, Any], code: int) -> None:
    assert Market().send(**{"type": BUY, **request_}).retcode == code


def test_r21_stops_that_are_not_resent_are_deleted() -> None:
    market = Market()
    ticket = market.send(type=BUY, sl=1.0, tp=1.2).order
    market.send(action=c.TRADE_ACTION_SLTP, position=ticket, sl=1.01)
    assert (market.position().sl, market.position().tp) == (1.01, 0.0)
    order = market.place(BUY_LIMIT, 1.05, sl=1.0, tp=1.2).order
    market.send(action=c.TRADE_ACTION_MODIFY, order=order, price=1.05, tp=1.3)
    active = market.terminal.orders_get()[0]
    assert (active.sl, active.tp) == (0.0, 1.3)


def test_r22_type_and_volume_of_an_order_never_change() -> None:
    market = Market()
    order = market.place(BUY_LIMIT, 1.05, volume=0.3).order
    changed = market.send(
        action=c.TRADE_ACTION_MODIFY, order=order, price=1.04, type=SELL_LIMIT, volume=5.0
    )
    assert changed.retcode == 10009
    active = market.terminal.orders_get()[0]
    assert (active.type, active.volume_initial, active.price_open) == (BUY_LIMIT, 0.3, 1.04)


def test_r24_magic_goes_from_the_order_to_deal_and_position() -> None:
    market = Market()
    market.place(BUY_LIMIT, 1.0990, magic=42)
    market.quote(1.0980, 1.0981)
    assert (market.deals()[0].magic, market.position().magic) == (42, 42)
    market.send(action=c.TRADE_ACTION_SLTP, position=market.position().ticket, sl=1.0, magic=7)
    assert market.position().magic == 42


def test_r31_check_and_send_agree_on_what_is_allowed() -> None:
    """R30: and a passed check promises nothing about the quote of the next moment."""
    market = Market(spec={"trade_exemode": c.SYMBOL_TRADE_EXECUTION_INSTANT})
    request = {"action": 1, "symbol": "EURUSD", "volume": 0.1, "type": BUY, "price": 1.1001}
    assert market.terminal.order_check(request).retcode == 0
    market.quote(1.2, 1.2001)
    assert market.terminal.order_check(request).retcode == 0
    assert market.terminal.order_send(request).retcode == 10004


@pytest.mark.parametrize(
    "answer",
    ["position", "order", "deal", "finished", "account", "terminal", "symbol", "tick", "book"],
)
def test_r11_every_answer_has_plain_values(answer: str) -> None:
    market = Market()
    market.send(type=BUY)
    market.place(BUY_LIMIT, 1.0)
    terminal = market.terminal
    terminal.market_book_add("EURUSD")
    found = {
        "position": terminal.positions_get()[0],
        "order": terminal.orders_get()[0],
        "deal": terminal.history_deals_get(0, EVER)[-1],
        "finished": terminal.history_orders_get(0, EVER)[0],
        "account": terminal.account_info(),
        "terminal": terminal.terminal_info(),
        "symbol": terminal.symbol_info("EURUSD"),
        "tick": terminal.symbol_info_tick("EURUSD"),
        "book": terminal.market_book_get("EURUSD")[0],
    }[answer]
    assert {type(value) for value in found} <= {int, float, str, bool}
