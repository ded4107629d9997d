"""Fillings against the offers of a book, or of a tick (R84 to R89, R106)."""

from __future__ import annotations

from typing import Any

import pytest

from mas.terminal import constants as c
from tests.scenario.sim.market import (
    BOC,
    BUY,
    BUY_LIMIT,
    BUY_SL,
    BUY_STOP,
    FOK,
    IOC,
    RETURN,
    SELL,
    Market,
)

EXCHANGE = {"trade_exemode": c.SYMBOL_TRADE_EXECUTION_EXCHANGE, "filling_mode": 7}
ASKS = ((1, 1.10010, 0.5), (1, 1.10020, 0.5), (1, 1.10030, 1.0))
BIDS = ((2, 1.10000, 0.5), (2, 1.09990, 1.5))


def exchange(**more: Any) -> Market:
    """A symbol on exchange execution, whose newest quote has a book."""
    market = Market(spec={**EXCHANGE, **more}, balance=100_000.0)
    book(market)
    return market


def book(market: Market, bid: float = 1.1, ask: float = 1.1001) -> None:
    market.quote(bid, ask, book=ASKS + BIDS)


@pytest.mark.parametrize(
    ("exemode", "mask", "allowed"),
    [
        # R85: which of FOK, IOC, RETURN a market order may have
        (c.SYMBOL_TRADE_EXECUTION_REQUEST, 0, {FOK, IOC, RETURN}),
        (c.SYMBOL_TRADE_EXECUTION_INSTANT, 0, {FOK, IOC, RETURN}),
        (c.SYMBOL_TRADE_EXECUTION_MARKET, 0, set()),
        (c.SYMBOL_TRADE_EXECUTION_MARKET, 1, {FOK}),
        (c.SYMBOL_TRADE_EXECUTION_MARKET, 2, {IOC}),
        (c.SYMBOL_TRADE_EXECUTION_MARKET, 3, {FOK, IOC}),
        (c.SYMBOL_TRADE_EXECUTION_EXCHANGE, 0, {RETURN}),
        (c.SYMBOL_TRADE_EXECUTION_EXCHANGE, 3, {FOK, IOC, RETURN}),
    ],
)
def test_r85_fillings_of_market_orders(exemode: int, mask: int, allowed: set[int]) -> None:
    """R84: bit 1 of the mask is the value 0 of a request, bit 2 the value 1, bit 4 the value 3."""
    market = Market(spec={"trade_exemode": exemode, "filling_mode": mask})
    found = {
        filling
        for filling in (FOK, IOC, RETURN, BOC)
        if market.send(type=BUY, price=1.1001, type_filling=filling).retcode == 10009
    }
    assert found == allowed


def test_r85_the_older_help_allows_fok_alone_on_instant_execution() -> None:
    spec = {"trade_exemode": c.SYMBOL_TRADE_EXECUTION_INSTANT}
    market = Market(spec=spec, instant_fok_only=True)
    codes = [
        market.send(type=BUY, price=1.1001, type_filling=one).retcode for one in (FOK, IOC, RETURN)
    ]
    assert codes == [10009, 10030, 10030]


@pytest.mark.parametrize(("strict", "codes"), [(False, [10009, 10009]), (True, [10030, 10030])])
def test_r86_pending_orders_with_fok_and_ioc(strict: bool, codes: list[int]) -> None:
    market = Market(pending_return_only=strict)
    found = [market.place(BUY_LIMIT, 1.09, type_filling=one).retcode for one in (FOK, IOC)]
    assert found == codes
    assert market.place(BUY_LIMIT, 1.09, type_filling=RETURN).retcode == 10009


def test_r86_boc_is_for_limits_that_the_mask_allows() -> None:
    assert Market().place(BUY_LIMIT, 1.09, type_filling=BOC).retcode == 10030
    market = Market(spec={"filling_mode": 7})
    assert market.place(BUY_LIMIT, 1.09, type_filling=BOC).retcode == 10009
    assert market.place(BUY_STOP, 1.11, type_filling=BOC).retcode == 10030
    result = market.place(BUY_SL, 1.11, stoplimit=1.105, type_filling=BOC)
    assert result.retcode == 10009


def test_r86_boc_is_cancelled_where_it_would_deal_at_once() -> None:
    market = exchange()
    result = market.place(BUY_LIMIT, 1.1005, type_filling=BOC)
    assert result.retcode == 10006
    assert market.terminal.orders_get() == ()
    assert market.finished(result.order).state == c.ORDER_STATE_CANCELED
    assert market.deals() == []


def test_r86_a_boc_stop_limit_is_cancelled_when_its_limit_would_deal_at_once() -> None:
    market = Market(spec={"filling_mode": 7})
    result = market.place(BUY_SL, 1.1020, stoplimit=1.1015, type_filling=BOC)
    market.quote(1.10190, 1.10200)
    (order,) = market.terminal.orders_get()
    assert (order.type, order.type_filling) == (BUY_LIMIT, BOC)
    other = market.place(BUY_SL, 1.1030, stoplimit=1.1029, type_filling=BOC)
    market.clock.advance(1)
    market.terminal.feed("EURUSD", 1.1020, 1.1030, book=((1, 1.1030, 1.0),))
    assert market.terminal.orders_get(ticket=other.order) != ()
    assert market.terminal.orders_get(ticket=result.order) != ()


@pytest.mark.parametrize(
    ("filling", "volume", "code", "dealt", "state", "left"),
    [
        # R87, R88, R89: half a lot each at 1.10010 and 1.10020, one lot at 1.10030
        (FOK, 0.8, 10009, [(1.10010, 0.5), (1.10020, 0.3)], c.ORDER_STATE_FILLED, 0.0),
        (FOK, 2.5, 10006, [], c.ORDER_STATE_CANCELED, 2.5),
        (IOC, 0.4, 10009, [(1.10010, 0.4)], c.ORDER_STATE_FILLED, 0.0),
        (IOC, 2.5, 10010, [(1.10010, 0.5), (1.10020, 0.5), (1.10030, 1.0)],
         c.ORDER_STATE_CANCELED, 0.5),
        (RETURN, 1.0, 10009, [(1.10010, 0.5), (1.10020, 0.5)], c.ORDER_STATE_FILLED, 0.0),
    ],
)  # fmt: skip
def test_r87_fillings_against_a_book(
    filling: int, volume: float, code: int, dealt: list[Any], state: int, left: float
) -> None:
    market = exchange()
    result = market.send(type=BUY, volume=volume, type_filling=filling)
    assert result.retcode == code
    assert [(deal.price, deal.volume) for deal in market.deals()] == dealt
    order = market.finished(result.order)
    assert (order.state, order.volume_current) == (state, left)  # R114, R118
    assert result.volume == pytest.approx(sum(volume for _, volume in dealt))
    if dealt:
        mean = sum(price * part for price, part in dealt) / sum(part for _, part in dealt)
        assert result.price == pytest.approx(mean, abs=6e-6)
        assert market.position().price_open == pytest.approx(mean, abs=1e-9)


def test_r87_return_leaves_the_rest_active_until_there_are_offers() -> None:
    market = exchange()
    result = market.send(type=BUY, volume=2.5, type_filling=RETURN)
    assert (result.retcode, result.volume) == (10010, 2.0)
    (order,) = market.terminal.orders_get()
    assert (order.ticket, order.state, order.volume_current) == (
        result.order, c.ORDER_STATE_PARTIAL, 0.5,
    )  # fmt: skip
    assert market.position().ticket == order.ticket  # R106
    market.quote(1.10100, 1.10110, book=((1, 1.1011, 0.2),))
    assert market.terminal.orders_get()[0].volume_current == pytest.approx(0.3)
    market.quote(1.10200, 1.10210, book=((1, 1.1021, 9.0),))
    assert market.terminal.orders_get() == ()
    assert market.position().volume == 2.5
    assert [deal.price for deal in market.deals()][-2:] == [1.1011, 1.1021]
    assert market.finished(result.order).state == c.ORDER_STATE_FILLED


def test_r35_return_without_any_offer_is_placed() -> None:
    market = Market(spec=EXCHANGE)
    market.quote(1.1, 1.1001, book=((2, 1.1, 1.0),))
    result = market.send(type=BUY, volume=1.0, type_filling=RETURN)
    assert (result.retcode, result.deal) == (10008, 0)  # R37
    assert market.terminal.orders_get()[0].state == c.ORDER_STATE_PLACED
    removed = market.send(action=c.TRADE_ACTION_REMOVE, order=result.order)
    assert removed.retcode == 10009
    changed = market.send(type=BUY, volume=1.0, type_filling=RETURN)
    modify = {"action": c.TRADE_ACTION_MODIFY, "order": changed.order, "price": 1.1}
    assert market.terminal.order_send(modify).retcode == 10035  # R22: it is no pending order


def test_r88_without_a_book_or_volume_the_liquidity_has_no_limit() -> None:
    market = Market(balance=10_000_000.0)
    for filling in (FOK, IOC):
        result = market.send(type=BUY, volume=100.0, type_filling=filling)
        assert (result.retcode, result.volume) == (10009, 100.0)


def test_r88_a_tick_offers_its_volume_once() -> None:
    market = Market(spec={"tick_volume": 1.0}, balance=100_000.0)
    first = market.send(type=BUY, volume=0.7, type_filling=IOC)
    second = market.send(type=BUY, volume=0.7, type_filling=IOC)
    third = market.send(type=BUY, volume=0.7, type_filling=IOC)
    assert [one.retcode for one in (first, second, third)] == [10009, 10010, 10006]
    assert [deal.volume for deal in market.deals()] == [0.7, 0.3]
    assert market.send(type=SELL, volume=0.7, type_filling=FOK).retcode == 10009, "another side"
    market.quote(1.1, 1.1001)
    assert market.send(type=BUY, volume=0.7, type_filling=FOK).retcode == 10009, "another tick"


def test_r87_a_limit_fills_in_parts_with_each_tick() -> None:
    market = Market(spec={"tick_volume": 0.4}, balance=100_000.0)
    order = market.place(BUY_LIMIT, 1.0990, volume=1.0, type_filling=RETURN, sl=1.0900)
    for bid in (1.09880, 1.09870):
        market.quote(bid, bid + 0.0001)
    (left,) = market.terminal.orders_get()
    assert (left.ticket, left.state, left.volume_current) == (
        order.order, c.ORDER_STATE_PARTIAL, pytest.approx(0.2),
    )  # fmt: skip
    market.send(action=c.TRADE_ACTION_REMOVE, order=order.order)
    done = market.finished(order.order)
    assert (done.state, done.volume_current) == (c.ORDER_STATE_CANCELED, pytest.approx(0.2))
    assert market.position().volume == pytest.approx(0.8)
    assert {deal.price for deal in market.deals()} == {1.099}


@pytest.mark.parametrize(
    ("filling", "dealt", "state"),
    [(FOK, [], c.ORDER_STATE_CANCELED), (IOC, [0.4], c.ORDER_STATE_CANCELED)],
)
def test_r87_a_triggered_stop_deals_what_its_filling_allows(
    filling: int, dealt: list[float], state: int
) -> None:
    market = Market(spec={"tick_volume": 0.4}, balance=100_000.0)
    order = market.place(BUY_STOP, 1.1020, volume=1.0, type_filling=filling)
    market.quote(1.10200, 1.10210)
    assert [deal.volume for deal in market.deals()] == dealt
    assert market.finished(order.order).state == state


def test_r87_a_triggered_stop_with_return_goes_on_as_a_market_order() -> None:
    market = Market(spec={"tick_volume": 0.4}, balance=100_000.0)
    order = market.place(BUY_STOP, 1.1020, volume=1.0, type_filling=RETURN)
    market.quote(1.10200, 1.10210)
    market.quote(1.10100, 1.10110)
    market.quote(1.10000, 1.10010)
    assert [(deal.price, deal.volume) for deal in market.deals()] == [
        (1.1021, 0.4), (1.1011, 0.4), (1.1001, pytest.approx(0.2)),
    ]  # fmt: skip
    assert market.finished(order.order).state == c.ORDER_STATE_FILLED


def test_r66_a_stop_loss_that_finds_no_offer_fires_again() -> None:
    market = Market(spec={"tick_volume": 0.4}, balance=100_000.0)
    market.send(type=BUY, volume=0.4, sl=1.0990, type_filling=IOC)
    market.quote(1.0980, 1.0981, book=((1, 1.0981, 1.0),))  # nobody buys
    assert market.position().sl == 1.099
    market.quote(1.0970, 1.0971)
    assert market.terminal.positions_get() == ()
    assert market.deals()[-1].price == 1.097


def test_r35_a_close_that_others_already_make_is_refused() -> None:
    """10039: what is left of a closing order covers the position's volume."""
    market = exchange()
    opened = market.send(type=BUY, volume=1.0, type_filling=FOK).order
    market.quote(1.1, 1.1001, book=((2, 1.1, 0.3),))
    closing = market.send(type=SELL, volume=1.0, position=opened, type_filling=RETURN)
    assert (closing.retcode, closing.volume) == (10010, 0.3)
    assert market.position().volume == pytest.approx(0.7)
    again = market.send(type=SELL, volume=0.5, position=opened, type_filling=RETURN)
    assert again.retcode == 10039
    market.quote(1.1, 1.1001, book=((2, 1.1, 5.0),))
    assert market.terminal.positions_get() == ()
    assert market.terminal.orders_get() == ()


def test_r14_the_book_is_shown_from_the_highest_price_down() -> None:
    market = exchange()
    market.terminal.market_book_add("EURUSD")
    rows = market.terminal.market_book_get("EURUSD")
    assert [row.price for row in rows] == [1.1003, 1.1002, 1.1001, 1.1, 1.0999]
    assert [row.type for row in rows] == [1, 1, 1, 2, 2]
    assert [row.volume_dbl for row in rows] == [1.0, 0.5, 0.5, 0.5, 1.5]
