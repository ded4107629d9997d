"""Prices in, deals out: the rules of mt5_semantics.md that the terminal keeps, each by number."""

from __future__ import annotations

from typing import Any

import pytest

from mas.clock import ManualClock
from mas.sim import SimSettings, SimTerminal
from mas.terminal import constants as c
from tests.scenario.sim.market import (
    BUY,
    BUY_LIMIT,
    BUY_SL,
    BUY_STOP,
    SELL,
    SELL_LIMIT,
    SELL_SL,
    SELL_STOP,
    Market,
)


@pytest.fixture
def market() -> Market:
    return Market()


def test_r50_buys_deal_at_the_ask_sells_at_the_bid(market: Market) -> None:
    assert market.send(type=BUY).price == 1.10010
    assert market.send(type=SELL).price == 1.10000


@pytest.mark.parametrize(
    ("kind", "price", "quiet", "fires", "deals_at"),
    [
        # R51, R71, R72, R74: trigger side; stops take the market, limits their own price
        (BUY_LIMIT, 1.0990, (1.09895, 1.09905), (1.09885, 1.09895), 1.0990),
        (BUY_LIMIT, 1.0990, (1.09895, 1.09901), (1.09800, 1.09810), 1.0990),
        (SELL_LIMIT, 1.1010, (1.10095, 1.10105), (1.10100, 1.10110), 1.1010),
        (BUY_STOP, 1.1010, (1.10085, 1.10095), (1.10095, 1.10105), 1.10105),
        (BUY_STOP, 1.1010, (1.10085, 1.10099), (1.10300, 1.10310), 1.10310),
        (SELL_STOP, 1.0990, (1.09905, 1.09915), (1.09890, 1.09900), 1.09890),
        (SELL_STOP, 1.0990, (1.09901, 1.09911), (1.09700, 1.09710), 1.09700),
    ],
)
def test_pending_orders_fire_on_their_side(
    market: Market,
    kind: int,
    price: float,
    quiet: tuple[float, float],
    fires: tuple[float, float],
    deals_at: float,
) -> None:
    order = market.place(kind, price)
    assert (order.retcode, order.deal, order.price, order.volume) == (10009, 0, 0.0, 0.1)  # R36
    market.quote(*quiet)
    assert market.deals() == []
    market.quote(*fires)
    (deal,) = market.deals()
    assert (deal.price, deal.order, deal.entry) == (deals_at, order.order, c.DEAL_ENTRY_IN)
    position = market.terminal.positions_get()[0]
    assert position.ticket == position.identifier == order.order  # R105
    done = market.terminal.history_orders_get(ticket=order.order)[0]
    assert (done.state, done.volume_current) == (c.ORDER_STATE_FILLED, 0.0)  # R114, R118
    assert market.terminal.orders_total() == 0


def test_price_improvement_gives_limits_the_gap() -> None:
    """R74, the setting."""
    market = Market(price_improvement=True)
    market.place(BUY_LIMIT, 1.0990)
    market.quote(1.09800, 1.09810)
    assert market.deals()[0].price == 1.09810


@pytest.mark.parametrize(
    ("kind", "price", "limit", "activates", "fills", "deals_at"),
    [
        # R57: stage one at the stop price, stage two a limit of the same ticket
        (BUY_SL, 1.1020, 1.1010, (1.10195, 1.10205), (1.10090, 1.10100), 1.1010),
        (SELL_SL, 1.0980, 1.0990, (1.09795, 1.09805), (1.09900, 1.09910), 1.0990),
    ],
)
def test_r57_a_stop_limit_in_two_stages(
    market: Market,
    kind: int,
    price: float,
    limit: float,
    activates: tuple[float, float],
    fills: tuple[float, float],
    deals_at: float,
) -> None:
    order = market.place(kind, price, stoplimit=limit)
    assert order.retcode == 10009
    market.quote(*activates)
    assert market.deals() == []
    (waiting,) = market.terminal.orders_get()
    assert (waiting.ticket, waiting.type) == (order.order, kind - 4)
    assert (waiting.price_open, waiting.type_filling) == (limit, c.ORDER_FILLING_RETURN)
    market.quote(*fills)
    assert [deal.price for deal in market.deals()] == [deals_at]


@pytest.mark.parametrize(
    ("kind", "sl", "tp", "quote", "reason", "price", "profit"),
    [
        # R52: long closed at the bid, short at the ask; R71 a gapped stop takes the market
        (BUY, 1.0990, 1.1020, (1.09900, 1.09910), 4, 1.0990, -11.00),
        (BUY, 1.0990, 1.1020, (1.09500, 1.09510), 4, 1.0950, -51.00),
        (BUY, 1.0990, 1.1020, (1.10200, 1.10210), 5, 1.1020, 19.00),
        (BUY, 1.0990, 1.1020, (1.10500, 1.10510), 5, 1.1020, 19.00),
        (SELL, 1.1010, 1.0980, (1.10090, 1.10100), 4, 1.1010, -10.00),
        (SELL, 1.1010, 1.0980, (1.09790, 1.09800), 5, 1.0980, 20.00),
    ],
)
def test_r52_stops_close_the_whole_position(
    market: Market,
    kind: int,
    sl: float,
    tp: float,
    quote: tuple[float, float],
    reason: int,
    price: float,
    profit: float,
) -> None:
    order = market.send(type=kind, sl=sl, tp=tp, magic=7)
    market.quote(*quote)
    assert market.terminal.positions_total() == 0
    closed = market.deals()[-1]
    assert (closed.reason, closed.price, closed.profit) == (reason, price, profit)
    assert (closed.entry, closed.magic, closed.position_id) == (1, 7, order.order)  # R120
    level = sl if reason == 4 else tp
    assert closed.comment == f"[{'sl' if reason == 4 else 'tp'} {level:.5f}]"  # R120
    assert market.balance() == 10_000 + profit


def test_r75_an_order_filled_on_a_tick_has_its_stop_tested_on_that_tick(market: Market) -> None:
    market.place(BUY_STOP, 1.1010, sl=1.1005)
    market.quote(1.1004, 1.1011)
    assert [deal.entry for deal in market.deals()] == [0, 1]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        # R35, R54, R56, R60: the first check that fails decides (R32)
        ({"type": BUY, "volume": 0.001}, 10014),
        ({"type": BUY, "volume": 0.015}, 10014),
        ({"type": BUY, "volume": 1000.0}, 10014),
        ({"type": BUY, "symbol": "NOPE"}, 10013),
        ({"type": BUY, "action": 99}, 10013),
        ({"type": BUY_LIMIT}, 10035),
        ({"type": BUY, "type_filling": 2}, 10030),
        ({"type": BUY, "type_filling": 3}, 10030),
        ({"type": BUY, "sl": 1.1001}, 10016),
        ({"type": BUY, "tp": 1.1000}, 10016),
        ({"type": SELL, "sl": 1.1000}, 10016),
        ({"type": BUY, "volume": 50.0}, 10019),
        ({"type": BUY, "position": 5}, 10036),
        ({"action": 5, "type": BUY, "price": 1.09}, 10035),
        ({"action": 5, "type": BUY_LIMIT, "price": 1.2}, 10015),
        ({"action": 5, "type": BUY_STOP, "price": 1.1}, 10015),
        ({"action": 5, "type": BUY_STOP, "price": 1.1001}, 10015),
        ({"action": 5, "type": SELL_STOP, "price": 1.2}, 10015),
        ({"action": 5, "type": BUY_SL, "price": 1.101}, 10015),
        ({"action": 5, "type": BUY_SL, "price": 1.101, "stoplimit": 1.102}, 10015),
        ({"action": 5, "type": BUY_LIMIT, "price": 1.09, "type_time": 2}, 10022),
        ({"action": 5, "type": BUY_LIMIT, "price": 1.09, "sl": 1.0900}, 10016),
        ({"action": 7, "order": 5, "price": 1.0}, 10013),
        ({"action": 8, "order": 5}, 10013),
        ({"action": 6, "position": 5, "sl": 1.0}, 10036),
        ({"action": 10, "position": 5, "position_by": 6}, 10036),
    ],
)
def test_refusals(market: Market, request_: dict[str, Any], code: int) -> None:
    before = market.terminal.account_info()
    result = market.send(**request_)
    assert result.retcode == code
    assert (result.deal, result.order, result.volume, result.price) == (0, 0, 0.0, 0.0)  # R36
    assert market.terminal.account_info() == before
    assert market.deals() == []
    checked = {"action": 1, "symbol": "EURUSD", "volume": 0.1, **request_}
    assert market.terminal.order_check(checked).retcode == code  # R33


def test_r15_a_check_that_passes_is_zero_and_changes_nothing(market: Market) -> None:
    result = market.terminal.order_check(
        {"action": 1, "symbol": "EURUSD", "volume": 1.0, "type": BUY}
    )
    assert (result.retcode, result.comment) == (0, "Done")
    assert result.margin == 1100.10  # R34, R127: 100,000 EUR at the ask, 1:100
    assert market.deals() == []


def test_r21_sltp_and_modify_delete_what_is_omitted(market: Market) -> None:
    opened = market.send(type=BUY, sl=1.09, tp=1.12)
    assert market.send(action=6, position=opened.order, sl=1.095).retcode == 10009
    position = market.terminal.positions_get()[0]
    assert (position.sl, position.tp) == (1.095, 0.0)
    assert market.send(action=6, position=opened.order, sl=1.095).retcode == 10025
    pending = market.place(BUY_LIMIT, 1.09, sl=1.08, tp=1.12)
    assert market.send(action=7, order=pending.order, price=1.091).retcode == 10009
    order = market.terminal.orders_get()[0]
    assert (order.price_open, order.sl, order.tp) == (1.091, 0.0, 0.0)


def test_r23_r104_closes_go_against_their_position(market: Market) -> None:
    opened = market.send(type=BUY, volume=0.3)
    assert market.send(type=SELL, volume=0.1).retcode == 10009  # a position of its own
    assert market.terminal.positions_total() == 2
    assert market.send(type=BUY, volume=0.1, position=opened.order).retcode == 10013
    assert market.send(type=SELL, volume=0.4, position=opened.order).retcode == 10038
    market.quote(1.1011, 1.1012)
    assert market.send(type=SELL, volume=0.1, position=opened.order).retcode == 10009
    position = market.terminal.positions_get(ticket=opened.order)[0]
    assert (position.volume, position.price_open) == (0.2, 1.1001)
    assert market.deals()[-1].profit == 10.00


def test_r110_close_by_saves_one_spread(market: Market) -> None:
    long = market.send(type=BUY, volume=0.3)
    short = market.send(type=SELL, volume=0.1)
    done = market.send(action=10, position=long.order, position_by=short.order)
    assert done.retcode == 10009
    first, second = market.deals()[-2:]
    assert (first.entry, second.entry) == (3, 3)
    assert (first.price, second.price) == (1.1000, 1.1001)
    assert (first.profit, second.profit) == (-1.00, 0.0)
    assert [one.volume for one in market.terminal.positions_get()] == [0.2]
    order = market.terminal.history_orders_get(ticket=done.order)[0]
    assert (order.type, order.position_id, order.position_by_id) == (
        8, long.order, short.order,
    )  # fmt: skip


def test_r94_r95_an_order_expires_before_it_can_trigger(market: Market) -> None:
    now = market.clock.now_ms() // 1000
    order = market.place(BUY_LIMIT, 1.09, type_time=2, expiration=now + 10)
    market.clock.advance(9)
    market.quote(1.0899, 1.0900)
    assert market.deals() == []
    done = market.terminal.history_orders_get(ticket=order.order)[0]
    assert (done.state, done.time_done) == (c.ORDER_STATE_EXPIRED, now + 10)


def test_r77_an_activation_without_money_is_rejected(market: Market) -> None:
    pending = market.place(SELL_LIMIT, 1.1050, volume=5.0)
    market.send(type=SELL, volume=3.0)
    market.quote(1.1050, 1.1051)  # 8,470 of equity, 3,300 of margin; 5 lots need 5,525
    done = market.terminal.history_orders_get(ticket=pending.order)[0]
    assert done.state == c.ORDER_STATE_REJECTED


def test_r121_the_deposit_is_a_balance_deal(market: Market) -> None:
    deposit = market.terminal.history_deals_get(0, 4e9)[0]
    assert (deposit.type, deposit.order, deposit.profit) == (2, 0, 10_000.0)


def test_r127_r128_margin_at_the_ask_and_fixed(market: Market) -> None:
    market.send(type=BUY, volume=1.0)
    assert market.terminal.account_info().margin == 1100.10
    market.quote(1.2, 1.2001)
    assert market.terminal.account_info().margin == 1100.10
    assert market.terminal.order_calc_margin(BUY, "EURUSD", 1.0, 1.2790) == 1279.00


def test_r131_r132_covered_volume_counts_once(market: Market) -> None:
    market.send(type=BUY, volume=1.0)
    market.send(type=SELL, volume=1.0)
    assert market.terminal.account_info().margin == 1100.05


def test_r140_r141_profit_in_another_currency() -> None:
    market = Market()
    market.quote(150.000, 150.010, "USDJPY")
    opened = market.send(type=BUY, symbol="USDJPY")
    market.quote(151.000, 151.010, "USDJPY")
    market.send(type=SELL, symbol="USDJPY", position=opened.order)
    # (151.000 - 150.010) * 10,000 = 9,900 JPY, at the bid of the deal
    assert market.deals()[-1].profit == round(9900 / 151.000, 2)
    assert market.terminal.order_calc_profit(BUY, "EURUSD", 0.1, 1.09, 1.095) == 50.00


def test_r135_equity_and_level(market: Market) -> None:
    assert market.terminal.account_info().margin_level == 0.0
    market.send(type=BUY, volume=1.0)
    info = market.terminal.account_info()
    assert (info.profit, info.equity, info.margin_free) == (-10.0, 9990.0, 8889.9)
    assert info.margin_level == 100 * 9990.0 / 1100.10


def test_r151_r155_stop_out_closes_the_worst_first() -> None:
    market = Market(balance=1500.0)
    bad = market.send(type=BUY, volume=0.9)
    good = market.send(type=SELL, volume=0.3)
    market.quote(1.0830, 1.0831)
    closed = market.deals()[-1]
    assert (closed.reason, closed.position_id) == (c.DEAL_REASON_SO, bad.order)
    assert closed.comment.startswith("[so ")
    assert [one.ticket for one in market.terminal.positions_get()] == [good.order]


def test_r13_quotes_need_market_watch(market: Market) -> None:
    assert market.terminal.symbol_select("GBPUSD", False)
    assert market.terminal.symbol_info_tick("GBPUSD") is None
    assert market.terminal.symbol_info("GBPUSD").visible is False
    assert market.terminal.symbol_select("GBPUSD", True)
    assert market.terminal.symbol_info_tick("GBPUSD") is not None
    market.send(type=BUY)
    assert market.terminal.symbol_select("EURUSD", False) is False


@pytest.mark.parametrize(
    ("group", "names"),
    [
        ("*USD*", {"EURUSD", "GBPUSD", "USDJPY", "XAUUSD"}),
        ("*USD,!XAU*", {"EURUSD", "GBPUSD"}),
        ("USD*", {"USDJPY"}),
        ("EURUSD", {"EURUSD"}),
        ("!EURUSD,*", {"EURUSD", "GBPUSD", "USDJPY", "XAUUSD"}),
    ],
)
def test_r9_masks_from_left_to_right(market: Market, group: str, names: set[str]) -> None:
    known = {"EURUSD", "GBPUSD", "USDJPY", "XAUUSD"}
    found = {one.name for one in market.terminal.symbols_get(group)}
    assert found & known == names


def test_r40_the_market_closes_at_weekends_only_when_set() -> None:
    for hours, code in (("always", 10009), ("market", 10018)):
        clock = ManualClock("2026-01-04T10:00:00")  # a Sunday
        terminal = SimTerminal(SimSettings(hours=hours), clock=clock)
        terminal.initialize()
        request = {"action": 1, "symbol": "EURUSD", "volume": 0.1, "type": BUY}
        assert terminal.order_send(request).retcode == code


def test_r14_the_book_needs_its_subscription(market: Market) -> None:
    assert market.terminal.market_book_get("EURUSD") is None
    assert market.terminal.market_book_add("EURUSD")
    sell, buy = market.terminal.market_book_get("EURUSD")
    assert (sell.type, sell.price, buy.type, buy.price) == (1, 1.1001, 2, 1.1)
