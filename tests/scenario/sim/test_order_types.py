"""Order types on an exchange, distances, freezing, limits, gaps (R53 to R77)."""

from __future__ import annotations

from typing import Any

import pytest

from mas.terminal import constants as c
from tests.scenario.sim.market import (
    BUY,
    BUY_LIMIT,
    BUY_SL,
    BUY_STOP,
    RETURN,
    SELL,
    SELL_LIMIT,
    SELL_SL,
    SELL_STOP,
    Market,
)

SLTP, MODIFY, REMOVE = c.TRADE_ACTION_SLTP, c.TRADE_ACTION_MODIFY, c.TRADE_ACTION_REMOVE
STOCK = {"tick_volume": 0.0}


def stock(bid: float = 100.0, ask: float = 100.10, last: float = 100.05, **more: Any) -> Market:
    market = Market("AAPL", spec=STOCK, quote=None, balance=1e6, **more)
    market.quote(bid, ask, last=last)
    return market


def put(market: Market, kind: int, price: float, **more: Any) -> Any:
    return market.place(kind, price, volume=10.0, type_filling=RETURN, **more)


@pytest.mark.parametrize(
    ("kind", "price", "quiet", "fires", "deals_at"),
    [
        # R53: (bid, ask, last); the last price triggers, the deal is made at ask or bid
        (BUY_STOP, 101.0, (101.5, 101.6, 100.9), (100.8, 100.9, 101.0), 100.9),
        (SELL_STOP, 99.0, (98.5, 98.6, 99.1), (99.2, 99.3, 99.0), 99.2),
        (BUY_LIMIT, 99.0, (98.5, 98.6, 99.1), (99.2, 99.3, 99.0), 99.0),
        (SELL_LIMIT, 101.0, (101.5, 101.6, 100.9), (100.8, 100.9, 101.0), 101.0),
    ],
)
def test_r53_the_last_price_triggers_on_an_exchange(
    kind: int, price: float, quiet: Any, fires: Any, deals_at: float
) -> None:
    market = stock()
    assert put(market, kind, price).retcode == 10009
    market.quote(*quiet[:2], last=quiet[2])
    assert market.deals() == []
    market.quote(*fires[:2], last=fires[2])
    assert [deal.price for deal in market.deals()] == [deals_at]


def test_r53_stops_and_floating_profit_look_at_the_last_price() -> None:
    market = stock()
    market.send(type=BUY, volume=10.0, sl=99.0, type_filling=RETURN)  # at 100.10
    market.quote(98.0, 98.1, last=99.5)
    assert market.position().profit == -6.0
    assert market.position().price_current == 99.5
    market.quote(98.7, 98.8, last=99.0)
    assert market.deals()[-1].price == 98.7


@pytest.mark.parametrize(
    ("kind", "price", "deals_at"),
    [(BUY_LIMIT, 100.50, 100.10), (BUY_LIMIT, 100.10, 100.10), (SELL_LIMIT, 99.0, 100.0)],
)
def test_r55_a_marketable_limit_deals_at_once_at_its_price_or_better(
    kind: int, price: float, deals_at: float
) -> None:
    market = stock()
    assert put(market, kind, price).retcode == 10009
    assert [deal.price for deal in market.deals()] == [deals_at]
    assert Market().place(BUY_LIMIT, 1.2).retcode == 10015, "elsewhere it is refused (R54)"


@pytest.mark.parametrize(
    ("kind", "price", "limit", "tick"),
    [
        (BUY_SL, 1.1020, 1.1015, (1.10130, 1.10140)),  # it waits
        (BUY_SL, 1.1020, 1.1015, (1.10300, 1.10310)),  # it is a limit now
        (SELL_SL, 1.0980, 1.0985, (1.09700, 1.09710)),
    ],
)
def test_r58_stop_limits_carry_over_what_they_have(
    kind: int, price: float, limit: float, tick: tuple[float, float]
) -> None:
    market = Market()
    buys = kind == BUY_SL
    order = market.place(
        kind, price, stoplimit=limit, magic=4, comment="carry",
        sl=1.0 if buys else 1.2, tp=1.2 if buys else 1.0,
        type_time=c.ORDER_TIME_DAY,
    ).order  # fmt: skip
    market.quote(*tick)
    (active,) = market.terminal.orders_get()
    assert active.ticket == order
    fired = tick[0] <= price if not buys else tick[1] >= price
    assert active.type == (kind - 4 if fired else kind)
    assert (active.magic, active.comment, active.type_time) == (4, "carry", c.ORDER_TIME_DAY)
    assert (active.sl, active.tp) == ((1.0, 1.2) if buys else (1.2, 1.0))
    assert market.deals() == []


def test_r58_a_limit_that_is_marketable_at_once_deals_on_the_same_tick() -> None:
    """On an exchange: the last price activates it while the ask is below the limit."""
    market = stock()
    put(market, BUY_SL, 101.0, stoplimit=100.8)
    market.quote(100.4, 100.5, last=101.0)
    assert [deal.price for deal in market.deals()] == [100.5]


@pytest.mark.parametrize(
    ("kind", "price", "code"),
    [
        # R61, stops level 50 points, bid 1.10000, ask 1.10010
        (BUY_LIMIT, 1.09960, 10009), (BUY_LIMIT, 1.09961, 10016),
        (BUY_STOP, 1.10060, 10009), (BUY_STOP, 1.10059, 10016),
        (SELL_LIMIT, 1.10050, 10009), (SELL_LIMIT, 1.10049, 10016),
        (SELL_STOP, 1.09950, 10009), (SELL_STOP, 1.09951, 10016),
    ],
)  # fmt: skip
def test_r61_the_distance_of_pending_prices(kind: int, price: float, code: int) -> None:
    assert Market(spec={"trade_stops_level": 50}).place(kind, price).retcode == code


@pytest.mark.parametrize(
    ("kind", "price", "stops", "code"),
    [
        # R62, stops level 50 points: measured from the order's price, of a stop-limit its limit's
        (BUY_LIMIT, 1.0900, {"sl": 1.0895}, 10009), (BUY_LIMIT, 1.0900, {"sl": 1.08951}, 10016),
        (BUY_LIMIT, 1.0900, {"tp": 1.0905}, 10009), (BUY_LIMIT, 1.0900, {"tp": 1.09049}, 10016),
        (SELL_STOP, 1.0900, {"sl": 1.0905}, 10009), (SELL_STOP, 1.0900, {"sl": 1.09049}, 10016),
        (SELL_STOP, 1.0900, {"tp": 1.0895}, 10009), (SELL_STOP, 1.0900, {"tp": 1.08951}, 10016),
        (BUY_SL, 1.1100, {"stoplimit": 1.1050, "sl": 1.1045}, 10009),
        (BUY_SL, 1.1100, {"stoplimit": 1.1050, "sl": 1.10451}, 10016),
        (BUY_LIMIT, 1.0900, {"sl": 1.0950}, 10016), (BUY_LIMIT, 1.0900, {"sl": -1.0}, 10016),
    ],
)  # fmt: skip
def test_r62_the_stops_of_pending_orders(
    kind: int, price: float, stops: dict[str, float], code: int
) -> None:
    assert Market(spec={"trade_stops_level": 50}).place(kind, price, **stops).retcode == code


@pytest.mark.parametrize(
    ("spec", "sl", "code"),
    [
        # R63: the level does not count on exchange execution; with none only the side does
        ({"trade_stops_level": 50, "trade_exemode": 3, "filling_mode": 1}, 1.09999, 10009),
        ({"trade_stops_level": 50}, 1.09999, 10016),
        ({}, 1.09999, 10009), ({}, 1.10000, 10016),
    ],
)  # fmt: skip
def test_r63_where_the_stops_level_counts(spec: dict[str, Any], sl: float, code: int) -> None:
    market = Market(spec=spec)
    assert market.send(type=BUY, sl=sl).retcode == code
    near = market.place(BUY_LIMIT, 1.10009).retcode
    assert near == (10016 if spec == {"trade_stops_level": 50} else 10009)


@pytest.mark.parametrize(("ask", "code"), [(1.09910, 10029), (1.09911, 10009)])
def test_r64_an_order_near_its_trigger_is_frozen(ask: float, code: int) -> None:
    """Freeze level 10: at 10 points it is frozen, at 11 it is not."""
    for request in ({"action": REMOVE}, {"action": MODIFY, "price": 1.05}):
        market = Market(spec={"trade_freeze_level": 10})
        order = market.place(BUY_LIMIT, 1.0990).order
        market.quote(ask - 0.0001, ask)
        assert market.send(**request, order=order).retcode == code


@pytest.mark.parametrize(("bid", "code"), [(1.09910, 10029), (1.09911, 10009)])
@pytest.mark.parametrize("stops", [{"sl": 1.0990}, {"tp": 1.0990 + 0.0020}])
def test_r65_a_position_near_its_stop_is_frozen(
    bid: float, code: int, stops: dict[str, float]
) -> None:
    """Its stops cannot be changed, and it can be neither reduced nor closed."""
    at = bid if "sl" in stops else round(2.2 - bid, 5)  # as far below a TP at 1.1010
    for request in (
        {"action": SLTP, "sl": 1.05}, {"type": SELL, "volume": 0.05}, {"type": SELL},
        {"action": c.TRADE_ACTION_CLOSE_BY},
    ):  # fmt: skip
        market = Market(spec={"trade_freeze_level": 10})
        ticket = market.send(type=BUY, **stops).order
        other = market.send(type=SELL).order
        market.quote(at, at + 0.0001)
        if stops == {"sl": 1.0990} or at < 1.1010:
            result = market.send(position=ticket, position_by=other, **request)
            assert result.retcode == code


def test_r67_the_number_of_pending_orders() -> None:
    market = Market(limit_orders=2)
    codes = [market.place(BUY_LIMIT, 1.0).retcode for _ in range(3)]
    assert codes == [10009, 10009, 10033]
    assert market.terminal.account_info().limit_orders == 2
    assert market.send(type=BUY).retcode == 10009


@pytest.mark.parametrize(
    ("kind", "price", "volume", "code"),
    [
        # R68: a limit of 5 lots, 5 long
        (BUY, 0.0, 0.1, 10034), (BUY_LIMIT, 1.0, 0.1, 10034), (SELL_LIMIT, 1.2, 5.0, 10009),
        (SELL_LIMIT, 1.2, 5.1, 10034), (SELL, 0.0, 5.0, 10009),
    ],
)  # fmt: skip
@pytest.mark.parametrize("mode", ["hedging", "netting"])
def test_r68_the_volume_limit_by_direction(
    mode: str, kind: int, price: float, volume: float, code: int
) -> None:
    market = Market(spec={"volume_limit": 5.0}, margin_mode=mode, balance=1e6)
    market.send(type=BUY, volume=5.0)
    if price:
        assert market.place(kind, price, volume=volume).retcode == code
    else:
        assert market.send(type=kind, volume=volume).retcode == code


def test_r69_the_number_of_positions() -> None:
    """Hedging counts pending orders, too; on netting an open symbol stays tradable."""
    hedging = Market(limit_positions=2)
    hedging.place(BUY_LIMIT, 1.0)
    ticket = hedging.send(type=BUY).order
    assert hedging.send(type=BUY).retcode == 10040
    assert hedging.place(BUY_LIMIT, 1.0).retcode == 10040
    assert hedging.send(type=SELL, position=ticket).retcode == 10009
    netting = Market(limit_positions=1, margin_mode="netting")
    netting.place(BUY_LIMIT, 1.0)
    assert netting.send(type=BUY).retcode == 10009
    assert netting.send(type=BUY).retcode == 10009
    assert netting.send(type=BUY, symbol="GBPUSD").retcode == 10040


def test_r70_the_smallest_volume_is_not_asked_of_a_close() -> None:
    market = Market(spec={"volume_min": 0.1, "volume_step": 0.01, "volume_max": 1.0}, balance=1e6)
    assert market.send(type=BUY, volume=0.05).retcode == 10014
    assert market.send(type=BUY, volume=1.01).retcode == 10014
    ticket = market.send(type=BUY, volume=0.14).order
    assert market.send(type=SELL, volume=0.1, position=ticket).retcode == 10009
    assert market.send(type=SELL, volume=0.04, position=ticket).retcode == 10009
    assert market.terminal.positions_total() == 0


@pytest.mark.parametrize(("improve", "limit", "take"), [(False, 1.099, 1.12), (True, 1.0901, 1.13)])
def test_r73_limits_and_take_profits_in_a_gap(improve: bool, limit: float, take: float) -> None:
    """R74: the setting is the tester's way."""
    market = Market(price_improvement=improve)
    market.place(BUY_LIMIT, 1.0990, tp=1.1200)
    market.quote(1.0900, 1.0901)
    assert market.deals()[-1].price == limit
    market.quote(1.1300, 1.1301)
    assert market.deals()[-1].price == take


def test_r75_one_tick_expiry_orders_by_ticket_then_stops_by_ticket() -> None:
    market = Market(balance=1e6)
    first = market.send(type=BUY, sl=1.0950).order
    second = market.send(type=BUY, sl=1.0960).order
    late = market.place(SELL_STOP, 1.0970).order
    later = market.place(SELL_STOP, 1.0980, tp=1.0945).order
    ends = market.clock.now_ms() // 1000 + 1
    gone = market.place(
        SELL_STOP, 1.0990, type_time=c.ORDER_TIME_SPECIFIED, expiration=ends
    ).order  # fmt: skip
    market.quote(1.0940, 1.0941)
    assert market.finished(gone).state == c.ORDER_STATE_EXPIRED
    dealt = [(deal.position_id, deal.entry) for deal in market.deals()[2:]]
    # the take profit of an order that has just dealt is tested on the same tick, by its ticket
    assert dealt == [(late, 0), (later, 0), (first, 1), (second, 1), (later, 1)]


def test_r76_where_one_quote_reaches_both_the_stop_loss_counts() -> None:
    """A long whose levels have both been passed cannot be; a spread can do it to a short."""
    market = Market()
    market.send(type=SELL, sl=1.1100, tp=1.0900)
    market.quote(1.0800, 1.1200)
    assert market.deals()[-1].reason == c.DEAL_REASON_SL


@pytest.mark.parametrize(("grid", "code"), [(5000.25, 10009), (5000.10, 10016)])
def test_r222_prices_lie_on_the_grid_of_the_tick_size(grid: float, code: int) -> None:
    """R35: also pending prices, 10015; prices compare after rounding to the digits."""
    market = Market("ES.F", quote=None, balance=1e6)
    market.quote(5100.0, 5100.25, last=5100.0)
    common = {"volume": 1.0, "type_filling": RETURN}
    assert market.send(type=BUY, sl=grid, **common).retcode == code
    placed = market.place(BUY_LIMIT, grid, **common).retcode
    assert placed == (10009 if code == 10009 else 10015)
    exact = Market()
    assert exact.place(BUY_LIMIT, 1.090001).retcode == 10009
    assert exact.terminal.orders_get()[0].price_open == 1.09
