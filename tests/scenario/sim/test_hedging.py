"""Hedging accounts: a position for each opening deal, and closing by another (R104 to R113)."""

from __future__ import annotations

from typing import Any

import pytest

from mas.terminal import constants as c
from tests.scenario.sim.market import BUY, SELL, Market

CLOSE_BY = c.TRADE_ACTION_CLOSE_BY
PER_NIGHT = {"swap_mode": c.SYMBOL_SWAP_MODE_CURRENCY_DEPOSIT, "swap_long": -7.0, "swap_short": 3.0}


def market(**more: Any) -> Market:
    return Market(balance=100_000.0, **more)


def test_r104_each_opening_deal_makes_its_own_position() -> None:
    """R23: without a position an opposite deal opens another."""
    one = market()
    tickets = [one.send(type=kind, volume=0.3).order for kind in (BUY, BUY, SELL)]
    found = one.terminal.positions_get()
    assert [position.ticket for position in found] == tickets  # R105, R18
    assert [position.type for position in found] == [0, 0, 1]


def test_r104_a_partial_close_keeps_ticket_price_and_stops() -> None:
    one = market()
    ticket = one.send(type=BUY, volume=1.0, sl=1.05, tp=1.2, magic=3).order
    one.quote(1.10110, 1.10120)
    closed = one.send(type=SELL, volume=0.25, position=ticket, magic=4)
    position = one.position()
    assert (position.ticket, position.identifier, position.volume) == (ticket, ticket, 0.75)
    assert (position.price_open, position.sl, position.tp, position.magic) == (
        1.1001, 1.05, 1.2, 3,
    )  # fmt: skip
    deal = one.deals()[-1]
    assert (deal.entry, deal.profit, deal.magic, deal.position_id) == (1, 25.0, 4, ticket)
    assert one.finished(closed.order).position_id == ticket


def test_r104_a_close_never_turns_a_position_round() -> None:
    one = market()
    ticket = one.send(type=BUY, volume=1.0).order
    assert one.send(type=SELL, volume=1.5, position=ticket).retcode == 10038
    assert one.send(type=BUY, volume=0.5, position=ticket).retcode == 10013
    assert one.position().volume == 1.0


def test_r109_close_by_takes_the_smaller_volume() -> None:
    one = market()
    long = one.send(type=BUY, volume=1.0).order
    short = one.send(type=SELL, volume=0.4).order
    result = one.send(action=CLOSE_BY, position=long, position_by=short)
    assert (result.retcode, result.volume) == (10009, 0.4)
    assert (one.position().ticket, one.position().volume) == (long, 0.6)


def test_r110_close_by_is_one_order_and_two_deals() -> None:
    one = market()
    long = one.send(type=BUY, volume=1.0).order  # at 1.10010
    one.quote(1.10300, 1.10310)
    short = one.send(type=SELL, volume=1.0).order  # at 1.10300
    one.quote(1.05000, 1.05010)  # plays no part
    result = one.send(action=CLOSE_BY, position=long, position_by=short, magic=9, comment="by")
    first, second = one.deals()[-2:]
    assert (first.order, second.order) == (result.order, result.order)
    assert (first.entry, second.entry) == (c.DEAL_ENTRY_OUT_BY, c.DEAL_ENTRY_OUT_BY)  # R108
    assert (first.position_id, first.type, first.price, first.profit) == (long, SELL, 1.103, 290.0)
    assert (second.position_id, second.type, second.price, second.profit) == (
        short, BUY, 1.1001, 0.0,
    )  # fmt: skip
    order = one.finished(result.order)
    assert (order.type, order.price_open, order.position_id, order.position_by_id) == (
        c.ORDER_TYPE_CLOSE_BY, 1.103, long, short,
    )  # fmt: skip
    assert (order.magic, order.comment, order.state) == (9, "by", c.ORDER_STATE_FILLED)
    assert one.terminal.positions_get() == ()


def test_r111_the_close_by_order_belongs_to_the_first_position() -> None:
    one = market()
    long, short = one.send(type=BUY).order, one.send(type=SELL).order
    closing = one.send(action=CLOSE_BY, position=long, position_by=short).order
    history = one.terminal.history_orders_get
    assert closing in {order.ticket for order in history(position=long)}
    assert closing not in {order.ticket for order in history(position=short)}
    assert len(one.terminal.history_deals_get(position=short)) == 2


def test_r112_each_deal_of_a_close_by_takes_its_own_swap_and_no_commission() -> None:
    one = market(spec=PER_NIGHT, commission=5.0)
    long = one.send(type=BUY, volume=1.0).order
    short = one.send(type=SELL, volume=0.5).order
    one.clock.advance(86_400)
    assert [position.swap for position in one.terminal.positions_get()] == [-7.0, 1.5]
    one.send(action=CLOSE_BY, position=long, position_by=short)
    first, second = one.deals()[-2:]
    assert (first.swap, second.swap) == (-3.5, 1.5)  # half of the larger position's
    assert (first.commission, second.commission) == (0.0, 0.0)
    assert one.position().swap == -3.5


def test_r113_a_partial_close_releases_its_share_of_the_swap() -> None:
    one = market(spec=PER_NIGHT)
    ticket = one.send(type=BUY, volume=1.0).order
    one.clock.advance(86_400)
    one.send(type=SELL, volume=0.3, position=ticket)
    assert one.deals()[-1].swap == -2.1
    assert one.position().swap == -4.9
    one.send(type=SELL, volume=0.7, position=ticket)
    assert one.deals()[-1].swap == -4.9


@pytest.mark.parametrize(
    ("position", "by", "code"),
    [
        ("long", "long", 10013), ("long", "other", 10013), ("long", "same", 10013),
        ("long", "none", 10036), ("none", "short", 10036), ("long", "short", 10009),
    ],
)  # fmt: skip
def test_r25_what_a_close_by_needs(position: str, by: str, code: int) -> None:
    """R20: two opposite positions of one symbol."""
    one = market()
    tickets = {
        "long": one.send(type=BUY).order,
        "same": one.send(type=BUY).order,
        "short": one.send(type=SELL).order,
        "other": one.send(type=SELL, symbol="GBPUSD").order,
        "none": 99,
    }
    result = one.send(action=CLOSE_BY, position=tickets[position], position_by=tickets[by])
    assert result.retcode == code


def test_r25_a_symbol_may_forbid_it() -> None:
    one = market(spec={"order_mode": 63})
    long, short = one.send(type=BUY).order, one.send(type=SELL).order
    assert one.send(action=CLOSE_BY, position=long, position_by=short).retcode == 10035


@pytest.mark.parametrize(("fifo", "code"), [(True, 10045), (False, 10009)])
def test_r35_first_in_first_out(fifo: bool, code: int) -> None:
    one = market(fifo_close=fifo)
    first, second = one.send(type=BUY).order, one.send(type=BUY).order
    assert one.send(type=SELL, position=second).retcode == code
    assert one.send(type=SELL, position=first).retcode == 10009
    if fifo:
        assert one.send(type=SELL, position=second).retcode == 10009
    assert one.terminal.account_info().fifo_close is fifo


def test_r35_hedging_can_be_prohibited() -> None:
    one = market(hedge_prohibited=True)
    ticket = one.send(type=BUY).order
    assert one.send(type=SELL).retcode == 10046
    assert one.place(c.ORDER_TYPE_SELL_LIMIT, 1.2).retcode == 10046
    assert one.send(type=BUY).retcode == 10009
    assert one.send(type=SELL, position=ticket).retcode == 10009, "a close is none"
    assert one.send(type=SELL, symbol="GBPUSD").retcode == 10009, "another symbol is none"
