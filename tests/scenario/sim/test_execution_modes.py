"""Whose price counts: request, instant, market and exchange execution (R80 to R82, R205)."""

from __future__ import annotations

import pytest

from mas.terminal import constants as c
from tests.scenario.sim.market import BUY, BUY_LIMIT, RETURN, SELL, Market

REQUEST, INSTANT = c.SYMBOL_TRADE_EXECUTION_REQUEST, c.SYMBOL_TRADE_EXECUTION_INSTANT
MARKET, EXCHANGE = c.SYMBOL_TRADE_EXECUTION_MARKET, c.SYMBOL_TRADE_EXECUTION_EXCHANGE


@pytest.mark.parametrize("mode", [REQUEST, INSTANT])
@pytest.mark.parametrize(
    ("kind", "price", "deviation", "code", "dealt"),
    [
        # R82: bid 1.10000, ask 1.10010
        (BUY, 1.10010, 0, 10009, 1.10010),
        (BUY, 1.10007, 3, 10009, 1.10010),
        (BUY, 1.10006, 3, 10004, 0.0),
        (BUY, 1.10013, 3, 10009, 1.10010),
        (SELL, 1.10000, 0, 10009, 1.10000),
        (SELL, 1.10010, 10, 10009, 1.10000),
        (SELL, 1.10011, 10, 10004, 0.0),
        (BUY, 0.0, 10, 10015, 0.0),  # R35: a price is needed
    ],
)
def test_r82_the_price_asked_for_and_the_deviation(
    mode: int, kind: int, price: float, deviation: int, code: int, dealt: float
) -> None:
    market = Market(spec={"trade_exemode": mode})
    result = market.send(type=kind, price=price, deviation=deviation)
    assert (result.retcode, result.price) == (code, dealt)
    if code == 10004:  # R35: a requote carries the new quotes
        assert (result.bid, result.ask) == (1.1, 1.1001)
        assert market.terminal.positions_get() == ()


@pytest.mark.parametrize("mode", [MARKET, EXCHANGE])
def test_r81_market_and_exchange_execution_look_at_neither_price_nor_deviation(mode: int) -> None:
    """R80: the broker's price is accepted in advance."""
    market = Market(spec={"trade_exemode": mode})
    result = market.send(type=BUY, price=0.5, deviation=0)
    assert (result.retcode, result.price) == (10009, 1.1001)
    assert market.send(type=SELL).price == 1.1


@pytest.mark.parametrize("mode", [REQUEST, INSTANT, MARKET, EXCHANGE])
def test_r80_the_mode_is_shown(mode: int) -> None:
    market = Market(spec={"trade_exemode": mode})
    assert market.terminal.symbol_info("EURUSD").trade_exemode == mode


@pytest.mark.parametrize(("allowed", "code"), [(True, 10009), (False, 10016)])
@pytest.mark.parametrize("mode", [MARKET, EXCHANGE])
def test_r26_stops_with_a_deal(mode: int, allowed: bool, code: int) -> None:
    market = Market(spec={"trade_exemode": mode}, stops_on_market_entry=allowed)
    assert market.send(type=BUY, sl=1.09).retcode == code
    assert market.send(type=BUY).retcode == 10009
    assert market.place(BUY_LIMIT, 1.09, sl=1.08).retcode == 10009, "pending orders are not meant"


@pytest.mark.parametrize(("meaning", "code"), [("fok", 10030), ("return", 10009)])
def test_r27_an_absent_filling(meaning: str, code: int) -> None:
    """On exchange execution without the FOK bit, where RETURN is always allowed."""
    spec = {"trade_exemode": EXCHANGE, "filling_mode": 0}
    market = Market(spec=spec, absent_filling=meaning)
    result = market.send(type=BUY)
    assert result.retcode == code
    assert result.request.type_filling == (RETURN if meaning == "return" else 0)


def test_r205_the_price_is_taken_when_the_request_arrives() -> None:
    market = Market(latency_ms=500)
    began = market.clock.now_ms()
    market.terminal.feed("EURUSD", 1.2, 1.2001, time_msc=began + 499)
    market.terminal.feed("EURUSD", 1.3, 1.3001, time_msc=began + 501)
    result = market.send(type=BUY)
    assert result.price == 1.2001
    assert market.clock.now_ms() == began + 500
    assert market.position().time_msc == began + 500


def test_r205_orders_may_trigger_on_the_way() -> None:
    """R202: the time of the call is played forward; R35: 10023 when the order is gone by then."""
    market = Market(latency_ms=500)
    order = market.place(BUY_LIMIT, 1.0990).order
    began = market.clock.now_ms()
    market.terminal.feed("EURUSD", 1.0980, 1.0981, time_msc=began + 200)
    removed = market.send(action=c.TRADE_ACTION_REMOVE, order=order)
    assert removed.retcode == 10023
    assert market.position().ticket == order


def test_r205_the_first_refusal_comes_without_delay() -> None:
    market = Market(latency_ms=500)
    began = market.clock.now_ms()
    assert market.send(type=BUY, volume=0.0).retcode == 10014
    assert market.clock.now_ms() == began


def test_r205_a_requote_is_a_matter_of_the_latency() -> None:
    spec = {"trade_exemode": INSTANT}
    market = Market(spec=spec, latency_ms=100)
    market.terminal.feed("EURUSD", 1.1005, 1.1006, time_msc=market.clock.now_ms() + 50)
    result = market.send(type=BUY, price=1.1001, deviation=10)
    assert (result.retcode, result.ask) == (10004, 1.1006)
