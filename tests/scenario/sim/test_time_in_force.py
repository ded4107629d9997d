"""How long orders live (R90 to R95)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mas.terminal import constants as c
from tests.scenario.sim.market import BUY, BUY_LIMIT, SELL_LIMIT, Market

GTC, DAY = c.ORDER_TIME_GTC, c.ORDER_TIME_DAY
SPECIFIED, SPECIFIED_DAY = c.ORDER_TIME_SPECIFIED, c.ORDER_TIME_SPECIFIED_DAY


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def ended(market: Market, ticket: int) -> str:
    """Return when an order expired."""
    market.terminal.orders_total()  # the market runs up to now
    done = market.finished(ticket)
    assert done.state == c.ORDER_STATE_EXPIRED  # R95
    return datetime.fromtimestamp(done.time_done, UTC).isoformat()[:19]


def test_r90_gtc_stays_until_it_is_cancelled() -> None:
    market = Market()
    order = market.place(BUY_LIMIT, 1.0, type_time=GTC)
    market.clock.advance(86_400 * 40)
    assert [one.ticket for one in market.terminal.orders_get()] == [order.order]
    assert market.terminal.orders_get()[0].time_expiration == 0


@pytest.mark.parametrize(
    ("mode", "order_left", "stops_left"),
    [
        # R90: keep; delete orders and stops; delete orders only
        (c.SYMBOL_ORDERS_GTC, 1, (1.05, 1.2)),
        (c.SYMBOL_ORDERS_DAILY, 0, (0.0, 0.0)),
        (c.SYMBOL_ORDERS_DAILY_NO_STOPS, 0, (1.05, 1.2)),
    ],
)
def test_r90_what_the_end_of_the_day_deletes(
    mode: int, order_left: int, stops_left: tuple[float, float]
) -> None:
    market = Market(spec={"order_gtc_mode": mode})
    market.send(type=BUY, sl=1.05, tp=1.2)
    market.place(BUY_LIMIT, 1.0)
    market.clock.set("2026-01-05T23:59:59")
    assert market.terminal.orders_total() == 1
    assert market.position().sl == 1.05
    market.clock.advance(1)
    assert market.terminal.orders_total() == order_left
    assert (market.position().sl, market.position().tp) == stops_left


def test_r91_day_ends_with_the_day_and_shows_its_midnight() -> None:
    market = Market()
    order = market.place(BUY_LIMIT, 1.0, type_time=DAY)
    assert market.terminal.orders_get()[0].time_expiration == seconds("2026-01-05T00:00:00")
    market.clock.set("2026-01-05T23:59:58")
    assert market.terminal.orders_total() == 1
    market.clock.advance(10)
    assert ended(market, order.order) == "2026-01-05T23:59:59"


def test_r91_day_ends_when_the_symbols_trading_does() -> None:
    """The example: 21:00."""
    spec = {"trade_sessions": ("Mon-Fri 08:00-12:00, 13:00-21:00",)}
    market = Market(spec=spec, hours="market")
    order = market.place(BUY_LIMIT, 1.0, type_time=DAY)
    market.clock.set("2026-01-05T20:59:59")
    assert market.terminal.orders_total() == 1
    market.clock.advance(2)
    assert ended(market, order.order) == "2026-01-05T21:00:00"


def test_r92_specified_ends_at_its_second() -> None:
    market = Market()
    ends = seconds("2026-01-07T15:30:00")
    order = market.place(BUY_LIMIT, 1.0, type_time=SPECIFIED, expiration=ends)
    assert market.terminal.orders_get()[0].time_expiration == ends
    market.clock.set("2026-01-07T15:29:59")
    assert market.terminal.orders_total() == 1
    market.clock.advance(30)
    assert ended(market, order.order) == "2026-01-07T15:30:00"


def test_r92_specified_day_ends_with_that_day() -> None:
    market = Market()
    day = seconds("2026-01-07T00:00:00")
    order = market.place(BUY_LIMIT, 1.0, type_time=SPECIFIED_DAY, expiration=day)
    market.clock.set("2026-01-07T23:59:58")
    assert market.terminal.orders_total() == 1
    market.clock.advance(5)
    assert ended(market, order.order) == "2026-01-07T23:59:59"


def test_r92_a_specified_day_that_ends_outside_trading_ends_with_the_next_session() -> None:
    spec = {"trade_sessions": ("Mon-Fri 08:00-21:00",)}
    market = Market(spec=spec, hours="market")
    friday = seconds("2026-01-09T00:00:00")
    order = market.place(BUY_LIMIT, 1.0, type_time=SPECIFIED_DAY, expiration=friday)
    market.clock.set("2026-01-12T07:59:59")
    assert market.terminal.orders_total() == 1
    market.clock.advance(2)
    assert ended(market, order.order) == "2026-01-12T08:00:00"


@pytest.mark.parametrize(
    ("mask", "kind", "expiration", "code"),
    [
        # R93: the bits 1, 2, 4, 8 are those of the types 0, 1, 2, 3
        (15, GTC, 0, 10009),
        (14, GTC, 0, 10022),
        (1 << DAY, DAY, 0, 10009),
        (13, DAY, 0, 10022),
        (1 << SPECIFIED, SPECIFIED, seconds("2026-01-06T00:00:00"), 10009),
        (11, SPECIFIED, seconds("2026-01-06T00:00:00"), 10022),
        (15, SPECIFIED, 0, 10022),
        (15, SPECIFIED, seconds("2026-01-05T10:00:01"), 10022),  # it is that second
        (15, SPECIFIED, seconds("2026-01-05T10:00:02"), 10009),
        (1 << SPECIFIED_DAY, SPECIFIED_DAY, seconds("2026-01-05T00:00:00"), 10009),
        (7, SPECIFIED_DAY, seconds("2026-01-05T00:00:00"), 10022),
        (15, SPECIFIED_DAY, seconds("2026-01-04T23:59:59"), 10022),
        (15, 4, 0, 10022),
    ],
)
def test_r93_expirations(mask: int, kind: int, expiration: int, code: int) -> None:
    market = Market(spec={"expiration_mode": mask})
    result = market.place(BUY_LIMIT, 1.0, type_time=kind, expiration=expiration)
    assert result.retcode == code


def test_r94_an_order_expires_before_it_can_trigger_on_the_tick_of_that_time() -> None:
    market = Market()
    ends = seconds("2026-01-05T10:00:05")
    order = market.place(SELL_LIMIT, 1.1010, type_time=SPECIFIED, expiration=ends)
    market.clock.set("2026-01-05T10:00:05")
    market.terminal.feed("EURUSD", 1.1020, 1.1021)
    assert market.deals() == []
    assert market.finished(order.order).state == c.ORDER_STATE_EXPIRED


def test_r94_a_tick_just_before_the_end_still_triggers() -> None:
    market = Market()
    ends = seconds("2026-01-05T10:00:05")
    market.place(SELL_LIMIT, 1.1010, type_time=SPECIFIED, expiration=ends)
    market.clock.set("2026-01-05T10:00:04")
    market.terminal.feed("EURUSD", 1.1020, 1.1021)
    assert len(market.deals()) == 1


def test_r21_a_change_of_the_expiration_counts() -> None:
    market = Market()
    order = market.place(BUY_LIMIT, 1.0, type_time=GTC).order
    ends = seconds("2026-01-05T12:00:00")
    changed = market.send(
        action=c.TRADE_ACTION_MODIFY, order=order, price=1.0, type_time=SPECIFIED, expiration=ends
    )
    assert changed.retcode == 10009
    market.clock.set("2026-01-05T12:00:00")
    assert ended(market, order) == "2026-01-05T12:00:00"


def test_r21_all_that_a_change_sets() -> None:
    market = Market()
    order = market.place(
        c.ORDER_TYPE_BUY_STOP_LIMIT, 1.2, stoplimit=1.19, sl=1.0, tp=1.3, type_time=DAY
    ).order
    ends = seconds("2026-01-08T00:00:00")
    result = market.send(
        action=c.TRADE_ACTION_MODIFY, order=order, price=1.21, stoplimit=1.18, sl=1.05, tp=1.35,
        type_time=SPECIFIED_DAY, expiration=ends,
    )  # fmt: skip
    assert (result.retcode, result.order) == (10009, order)
    (active,) = market.terminal.orders_get()
    assert (active.price_open, active.price_stoplimit, active.sl, active.tp) == (
        1.21, 1.18, 1.05, 1.35,
    )  # fmt: skip
    assert (active.type_time, active.time_expiration) == (SPECIFIED_DAY, ends)
    market.send(action=c.TRADE_ACTION_REMOVE, order=order)
    done = market.finished(order)
    assert (done.state, done.time_done_msc) == (c.ORDER_STATE_CANCELED, market.clock.now_ms())


def test_r54_a_change_that_makes_a_limit_marketable_deals_at_once() -> None:
    market = Market()
    order = market.place(BUY_LIMIT, 1.05).order
    market.send(action=c.TRADE_ACTION_MODIFY, order=order, price=1.1001)
    assert [deal.price for deal in market.deals()] == [1.1001]
