"""Margin call and stop out (R150 to R156)."""

from __future__ import annotations

from typing import Any

import pytest

from mas.terminal import constants as c
from tests.scenario.sim.market import BUY, BUY_LIMIT, EVER, SELL, Market

PLAIN = {"currency_base": "USD", "currency_margin": ""}
"""A lot takes 1000 whatever the price, and a point of it is worth 1."""
RESERVING = {**PLAIN, "margin_rates": (1.0,) * 8}


def market(spec: dict[str, Any] | None = None, **settings: Any) -> Market:
    return Market("TEST", spec={**PLAIN, **(spec or {})}, quote=(1.0, 1.0), **settings)


def reasons(one: Market) -> list[int]:
    return [deal.reason for deal in one.deals()]


@pytest.mark.parametrize(
    ("settings", "quiet", "closes"),
    [
        # R150, R155: 2000 of balance, one lot: 50 percent of 1000 are left after 1500 points
        ({}, 0.98501, 0.98500),
        ({"stop_out": 30.0}, 0.98301, 0.98300),
        # money: the equity itself
        ({"stop_out_mode": "money", "stop_out": 700.0}, 0.98701, 0.98700),
    ],
)
def test_r155_at_or_below_the_level(settings: dict[str, Any], quiet: float, closes: float) -> None:
    one = market(balance=2_000.0, **settings)
    one.send(type=BUY, volume=1.0)
    one.quote(quiet, quiet)
    assert one.terminal.positions_total() == 1
    one.quote(closes, closes)
    assert one.terminal.positions_total() == 0
    deal = one.deals()[-1]
    assert (deal.reason, deal.price, deal.profit) == (
        c.DEAL_REASON_SO,
        closes,
        round((closes - 1) * 1e5, 2),
    )
    assert one.finished(deal.order).reason == c.ORDER_REASON_SO  # R119
    assert deal.comment.startswith("[so ")  # R120


@pytest.mark.parametrize(("mode", "code"), [("percent", 0), ("money", 1)])
def test_r150_the_levels_are_shown(mode: str, code: int) -> None:
    account = market(stop_out_mode=mode, stop_out=40.0, margin_call=90.0).terminal.account_info()
    shown = account.margin_so_mode, account.margin_so_so, account.margin_so_call
    assert shown == (code, 40.0, 90.0)


def test_r150_a_margin_call_only_warns() -> None:
    one = market(balance=2_000.0)
    one.send(type=BUY, volume=1.0)
    one.quote(0.98900, 0.98900)  # 90 percent
    assert one.terminal.positions_total() == 1
    assert one.send(type=SELL, volume=0.5).retcode == 10009, "a hedge takes no margin"


def test_r151_the_order_that_reserves_most_goes_first() -> None:
    one = market(RESERVING, balance=4_000.0)
    one.send(type=BUY, volume=1.0)
    small = one.place(BUY_LIMIT, 0.9, volume=0.5).order
    large = one.place(BUY_LIMIT, 0.9, volume=1.0).order
    one.quote(0.97250, 0.97250)  # equity 1250 of a margin of 2500
    assert [order.ticket for order in one.terminal.orders_get()] == [small]
    assert one.finished(large).state == c.ORDER_STATE_CANCELED
    assert one.terminal.positions_total() == 1, "it is enough"
    one.quote(0.96750, 0.96750)  # 750 of 1500
    assert one.terminal.orders_total() == 0
    assert one.terminal.positions_total() == 1
    one.quote(0.96500, 0.96500)  # 500 of 1000
    assert one.terminal.positions_total() == 0


def test_r151_orders_without_margin_stay() -> None:
    one = market(balance=2_000.0)
    one.send(type=BUY, volume=1.0)
    kept = one.place(BUY_LIMIT, 0.9, volume=1.0).order
    one.quote(0.98500, 0.98500)
    assert one.terminal.positions_total() == 0
    assert [order.ticket for order in one.terminal.orders_get()] == [kept]


def test_r151_the_largest_loss_goes_first_until_the_level_is_above() -> None:
    one = market(balance=4_000.0)
    first = one.send(type=BUY, volume=1.0).order
    one.quote(1.00500, 1.00500)
    dear = one.send(type=BUY, volume=1.0).order
    one.quote(0.98250, 0.98250)  # -1750 and -2250: nothing is left
    assert [deal.position_id for deal in one.deals()[2:]] == [dear, first]
    other = market(balance=4_000.0)
    first = other.send(type=BUY, volume=1.0).order
    other.quote(1.00500, 1.00500)
    dear = other.send(type=BUY, volume=1.0).order
    other.quote(0.98750, 0.98750)  # equity 1000 of 2000: without the dear one 1000 of 1000
    assert [deal.position_id for deal in other.deals()[2:]] == [dear]
    assert other.position().ticket == first


def test_r155_of_equal_losses_the_oldest_ticket_goes_first() -> None:
    one = market(balance=3_000.0)
    first = one.send(type=BUY, volume=1.0).order
    one.send(type=BUY, volume=1.0)
    one.quote(0.99000, 0.99000)  # 1000 of 2000
    assert [deal.position_id for deal in one.deals()[2:]] == [first]


def test_r155_the_swap_counts_in_the_loss() -> None:
    spec = {"swap_mode": c.SYMBOL_SWAP_MODE_CURRENCY_DEPOSIT, "swap_long": -400.0, "swap_short": 0}
    one = market(spec, balance=3_000.0)
    one.send(type=BUY, volume=1.0)
    one.clock.advance(86_400)
    assert one.terminal.account_info().equity == 2_600.0
    one.quote(0.97900, 0.97900)  # 2100 lost: 500 are left
    assert one.terminal.positions_total() == 0


@pytest.mark.parametrize(("on", "left"), [(True, 1), (False, 2)])
def test_r152_a_hedged_account_without_margin(on: bool, left: int) -> None:
    """The spread makes the equity negative; nothing needs margin."""
    one = market({"margin_hedged": 0.0}, balance=2_000.0, hedged_stop_out=on)
    one.send(type=BUY, volume=1.0)
    one.send(type=SELL, volume=1.0)
    assert one.terminal.account_info().margin == 0.0
    one.quote(0.99000, 1.01500)  # -1000 and -1500
    assert one.terminal.positions_total() in {left, 0}
    assert (one.terminal.positions_total() == 2) is not on


@pytest.mark.parametrize(("volume_max", "parts"), [(100.0, [1.0]), (0.4, [0.4, 0.4, 0.2])])
def test_r153_stop_out_in_steps_of_the_largest_volume(
    volume_max: float, parts: list[float]
) -> None:
    """R70; where a step is enough the rest survives."""
    one = market(
        {"volume_max": volume_max, "volume_min": 0.1}, margin_mode="netting", balance=2_000.0
    )
    for _ in range(5):
        one.send(type=BUY, volume=0.2)
    one.quote(0.98000, 0.98000)
    assert [deal.volume for deal in one.deals() if deal.reason == 6] == parts
    gentle = market({"volume_max": 0.4, "volume_min": 0.1}, margin_mode="netting", balance=2_000.0)
    for _ in range(5):
        gentle.send(type=BUY, volume=0.2)
    gentle.quote(0.98500, 0.98500)
    assert gentle.position().volume == 0.6


@pytest.mark.parametrize(("on", "balance"), [(True, 0.0), (False, -1_000.0)])
def test_r154_a_negative_balance_may_be_made_up(on: bool, balance: float) -> None:
    one = market(balance=2_000.0, negative_balance_protection=on)
    one.send(type=BUY, volume=1.0)
    one.quote(0.97000, 0.97000)
    assert one.balance() == balance
    last = one.terminal.history_deals_get(0, EVER)[-1]
    assert (last.type == c.DEAL_TYPE_BALANCE) is on


@pytest.mark.parametrize(("ends", "code"), [(True, 10017), (False, 10009)])
def test_r156_whether_a_stop_out_ends_the_account(ends: bool, code: int) -> None:
    one = market(balance=2_000.0, stop_out_ends=ends)
    one.send(type=BUY, volume=1.0)
    one.place(BUY_LIMIT, 0.9, volume=0.1)
    one.quote(0.98500, 0.98500)
    assert one.send(type=BUY, volume=0.1).retcode == code
    assert one.terminal.account_info().trade_allowed is not ends
    assert (one.terminal.orders_total() == 0) is ends


def test_r40_no_stop_out_while_the_symbol_is_closed() -> None:
    spec = {"trade_sessions": ("Mon-Fri 08:00-11:00, 12:00-21:00",)}
    one = market(spec, balance=2_000.0, hours="market")
    one.send(type=BUY, volume=1.0)
    one.clock.set("2026-01-05T11:30:00")
    one.terminal.feed("TEST", 0.98, 0.98)
    assert one.terminal.positions_total() == 1
    one.clock.set("2026-01-05T12:00:01")
    one.terminal.feed("TEST", 0.98, 0.98)
    assert one.terminal.positions_total() == 0


def test_r155_it_happens_at_the_tick_also_when_nobody_looks() -> None:
    """One jump of the clock over many ticks: the first one at the level counts."""
    one = market(balance=2_000.0)
    one.send(type=BUY, volume=1.0)
    began = one.clock.now_ms()
    for index, points in enumerate((300, 900, 1499, 1500, 1200, 1900)):
        price = round(1.0 - points / 100_000, 5)
        one.terminal.feed("TEST", price, price, time_msc=began + 1000 * (index + 1))
    one.clock.advance(60)
    assert one.terminal.positions_total() == 0
    assert (one.deals()[-1].price, one.deals()[-1].time_msc) == (0.985, began + 4000)
    assert reasons(one) == [3, 6]


def test_r156_what_an_ended_account_leaves_in_its_history() -> None:
    one = market(balance=2_000.0, stop_out_ends=True, negative_balance_protection=True)
    one.send(type=BUY, volume=1.0)
    order = one.place(BUY_LIMIT, 0.9, volume=0.1).order
    one.quote(0.97000, 0.97000)
    done = one.finished(order)
    assert (done.state, done.time_done_msc) == (c.ORDER_STATE_CANCELED, one.clock.now_ms())
    last = one.terminal.history_deals_get(0, EVER)[-1]
    assert (last.type, last.profit, last.comment) == (2, 1000.0, "negative balance compensation")
    assert one.deals()[-1].comment == "[so -100.00%/-1000.00/1000.00]"


def test_r154_a_positive_balance_gets_nothing() -> None:
    one = market(balance=2_000.0, negative_balance_protection=True)
    one.send(type=BUY, volume=1.0)
    one.quote(0.98500, 0.98500)
    assert one.balance() == 500.0
    assert one.terminal.history_deals_get(0, EVER)[-1].reason == 6
