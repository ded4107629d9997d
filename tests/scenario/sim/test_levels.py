"""How near prices may lie, to the point: stop-limits and the stops level (R56, R60)."""

from __future__ import annotations

from typing import Any

import pytest

from mas.terminal import constants as c
from tests.scenario.sim.market import BUY, BUY_SL, SELL, SELL_SL, Market

DONE, INVALID_PRICE, INVALID_STOPS = 10009, 10015, 10016


@pytest.mark.parametrize(
    ("kind", "price", "limit", "code"),
    [
        # the market is 1.10000 / 1.10010: a buy's price lies above the ask
        (BUY_SL, 1.10011, 1.10010, DONE),
        (BUY_SL, 1.10010, 1.10000, INVALID_PRICE),
        (BUY_SL, 1.09990, 1.09980, INVALID_PRICE),
        # and its limit below its price
        (BUY_SL, 1.10100, 1.10099, DONE),
        (BUY_SL, 1.10100, 1.10100, INVALID_PRICE),
        (BUY_SL, 1.10100, 1.10101, INVALID_PRICE),
        (BUY_SL, 1.10100, 0.0, INVALID_PRICE),
        # a sell's price lies below the bid, its limit above its price
        (SELL_SL, 1.09999, 1.10000, DONE),
        (SELL_SL, 1.10000, 1.10010, INVALID_PRICE),
        (SELL_SL, 1.10020, 1.10030, INVALID_PRICE),
        (SELL_SL, 1.09900, 1.09901, DONE),
        (SELL_SL, 1.09900, 1.09900, INVALID_PRICE),
        (SELL_SL, 1.09900, 1.09899, INVALID_PRICE),
    ],
)
def test_r56_the_two_prices_of_a_stop_limit(
    kind: int, price: float, limit: float, code: int
) -> None:
    """The same when it is placed and when it is changed."""
    market = Market()
    assert market.place(kind, price, stoplimit=limit).retcode == code
    market = Market()
    good = (1.10500, 1.10400) if kind == BUY_SL else (1.09500, 1.09600)
    order = market.place(kind, good[0], stoplimit=good[1]).order
    change = {"action": c.TRADE_ACTION_MODIFY, "order": order, "price": price, "stoplimit": limit}
    assert market.send(**change).retcode == code
    if code != DONE:
        (left,) = market.terminal.orders_get()
        assert (left.price_open, left.price_stoplimit) == good


@pytest.mark.parametrize(
    ("kind", "stops", "code"),
    [
        # 50 points; a long is measured from the bid 1.10000, a short from the ask 1.10010
        (BUY, {"sl": 1.09950}, DONE),
        (BUY, {"sl": 1.09951}, INVALID_STOPS),
        (BUY, {"tp": 1.10050}, DONE),
        (BUY, {"tp": 1.10049}, INVALID_STOPS),
        (BUY, {"sl": 1.10100}, INVALID_STOPS),
        (BUY, {"tp": 1.09900}, INVALID_STOPS),
        (BUY, {"sl": 1.09950, "tp": 1.10049}, INVALID_STOPS),
        (SELL, {"sl": 1.10060}, DONE),
        (SELL, {"sl": 1.10059}, INVALID_STOPS),
        (SELL, {"tp": 1.09960}, DONE),
        (SELL, {"tp": 1.09961}, INVALID_STOPS),
        (SELL, {"sl": 1.09900}, INVALID_STOPS),
        (SELL, {"tp": 1.10100}, INVALID_STOPS),
    ],
)
def test_r60_the_stops_level_to_the_point(kind: int, stops: dict[str, Any], code: int) -> None:
    """With a deal, and for a position that is open."""
    market = Market(spec={"trade_stops_level": 50})
    assert market.send(type=kind, **stops).retcode == code
    market = Market(spec={"trade_stops_level": 50})
    ticket = market.send(type=kind).order
    change = {"action": c.TRADE_ACTION_SLTP, "position": ticket, **stops}
    assert market.send(**change).retcode == code
    position = market.position()
    wanted = stops if code == DONE else {}
    assert (position.sl, position.tp) == (wanted.get("sl", 0.0), wanted.get("tp", 0.0))
