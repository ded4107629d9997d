"""Orders, deals and history (R114 to R123)."""

from __future__ import annotations

from typing import Any

import pytest

from mas.terminal import constants as c
from tests.scenario.sim.market import BUY, BUY_LIMIT, EVER, SELL, Market


def test_r115_a_market_order_leaves_an_order_and_a_deal() -> None:
    market = Market()
    result = market.send(type=BUY, magic=5, comment="mine")
    (order,), (deal,) = market.terminal.history_orders_get(0, EVER), market.deals()
    assert (order.ticket, order.state, order.volume_current) == (
        result.order, c.ORDER_STATE_FILLED, 0.0,
    )  # fmt: skip
    assert (deal.ticket, deal.order, deal.magic, deal.comment) == (
        result.deal, result.order, 5, "mine",
    )  # fmt: skip
    assert order.position_id == deal.position_id == market.position().identifier


def test_r114_the_states_of_an_order() -> None:
    market = Market()
    order = market.place(BUY_LIMIT, 1.0990).order
    assert market.terminal.orders_get()[0].state == c.ORDER_STATE_PLACED
    market.send(action=c.TRADE_ACTION_REMOVE, order=order)
    assert market.finished(order).state == c.ORDER_STATE_CANCELED
    filled = market.place(BUY_LIMIT, 1.0990).order
    market.quote(1.0980, 1.0981)
    assert market.finished(filled).state == c.ORDER_STATE_FILLED


def test_r116_finished_orders_are_selected_by_their_end_both_ends_included() -> None:
    market = Market()
    order = market.place(BUY_LIMIT, 1.0990).order
    market.clock.advance(100)
    market.send(action=c.TRADE_ACTION_REMOVE, order=order)
    done = market.finished(order)
    assert done.time_done - done.time_setup == 100
    history, at = market.terminal.history_orders_get, done.time_done_msc / 1000
    assert [one.ticket for one in history(at, at)] == [order]
    assert history(at + 0.001, EVER) == ()
    assert history(0, at - 0.001) == ()
    assert market.terminal.history_orders_total(at, at) == 1
    deal = market.terminal.history_deals_get(0, EVER)[0]
    moment = deal.time_msc / 1000
    assert market.terminal.history_deals_total(moment, moment) == 1
    assert market.terminal.history_deals_get(moment + 0.001, EVER) == ()


def test_r116_a_refused_request_leaves_no_trace() -> None:
    market = Market()
    market.send(type=BUY, volume=1e6)
    assert market.terminal.history_orders_get(0, EVER) == ()
    assert market.terminal.orders_get() == ()


def test_r117_tickets_grow_and_are_never_used_twice() -> None:
    market = Market()
    orders, deals = [], []
    for _ in range(5):
        result = market.send(type=BUY)
        orders.append(result.order)
        deals.append(result.deal)
        orders.append(market.send(type=SELL, position=result.order).order)
    assert orders == sorted(set(orders))
    assert deals == sorted(set(deals))
    assert market.terminal.history_deals_get(0, EVER)[0].ticket < deals[0], "the deposit"


def test_r118_prices_of_an_order() -> None:
    market = Market()
    order = market.place(BUY_LIMIT, 1.0990).order
    active = market.terminal.orders_get()[0]
    assert (active.price_open, active.price_current, active.volume_current) == (1.099, 1.1001, 0.1)
    market.quote(1.0980, 1.0985)
    done = market.finished(order)
    assert (done.price_open, done.price_current, done.volume_current) == (1.099, 1.099, 0.0)


def test_r119_reasons_of_orders_deals_and_positions() -> None:
    market = Market(balance=100_000.0)
    market.send(type=BUY, sl=1.0990)
    assert market.position().reason == c.POSITION_REASON_EXPERT
    market.send(type=SELL, tp=1.0985)
    market.quote(1.0980, 1.0981)
    deals = market.deals()
    assert [deal.reason for deal in deals] == [3, 3, 4, 5]
    orders = {one.ticket: one for one in market.terminal.history_orders_get(0, EVER)}
    assert [orders[deal.order].reason for deal in deals] == [3, 3, 4, 5]
    assert market.terminal.history_deals_get(0, EVER)[0].reason == c.DEAL_REASON_CLIENT


def test_r120_stops_make_an_order_and_a_deal_of_the_server() -> None:
    """The deal's price may differ from the level in its comment; the magic is the position's."""
    market = Market()
    ticket = market.send(type=BUY, sl=1.0990, magic=77).order
    market.quote(1.0980, 1.0981)
    deal = market.deals()[-1]
    assert (deal.comment, deal.price, deal.magic) == ("[sl 1.09900]", 1.098, 77)
    order = market.finished(deal.order)
    assert (order.type, order.comment, order.magic, order.position_id) == (
        SELL, "[sl 1.09900]", 77, ticket,
    )  # fmt: skip


def test_r121_the_first_deposit_is_a_deal_without_order_symbol_and_volume() -> None:
    deal = Market(balance=2_500.0).terminal.history_deals_get(0, EVER)[0]
    assert (deal.type, deal.order, deal.position_id, deal.entry, deal.reason) == (2, 0, 0, 0, 0)
    assert (deal.volume, deal.price, deal.profit, deal.symbol) == (0.0, 0.0, 2500.0, "")


@pytest.mark.parametrize(
    ("kind", "balance", "credit"),
    [
        # R121, R122: operations without a trade
        (c.DEAL_TYPE_BALANCE, 10_500.0, 0.0),
        (c.DEAL_TYPE_CREDIT, 10_000.0, 500.0),
        (c.DEAL_TYPE_BONUS, 10_500.0, 0.0),
    ],
)
def test_r121_deposits_credits_and_bonuses(kind: int, balance: float, credit: float) -> None:
    market = Market()
    deal = market.terminal.deposit(500.0, kind=kind, comment="gift")
    account = market.terminal.account_info()
    assert (deal.type, deal.comment) == (kind, "gift")
    assert (account.balance, account.credit, account.equity) == (balance, credit, 10_500.0)


@pytest.mark.parametrize(
    ("settings", "costs"),
    [
        # R123: a lot of 0.4 at 1.10010, two sides
        ({"commission": 3.5}, (-1.4, -1.4)),
        ({"commission": 2.0, "commission_mode": "order"}, (-2.0, -2.0)),
        # 0.4 lots are 44,004 USD at the ask and 44,000 at the bid; 0.01 percent of them
        ({"commission": 0.01, "commission_mode": "value"}, (-4.4, -4.4)),
        ({"commission": 0.0033, "commission_mode": "lot"}, (0.0, 0.0)),
    ],
)
def test_r123_each_side_has_its_commission(
    settings: dict[str, Any], costs: tuple[float, float]
) -> None:
    market = Market(**settings)
    ticket = market.send(type=BUY, volume=0.4).order
    assert market.balance() == pytest.approx(10_000 + costs[0]), "charged with the deal (R122)"
    market.send(type=SELL, volume=0.4, position=ticket)
    assert tuple(deal.commission for deal in market.deals()) == costs
    assert market.balance() == pytest.approx(10_000 - 4 + sum(costs))


def test_r123_a_symbol_may_have_its_own() -> None:
    market = Market(spec={"commission": 10.0}, commission=1.0)
    market.send(type=BUY, volume=1.0)
    market.send(type=BUY, volume=0.01, symbol="GBPUSD")
    assert [deal.commission for deal in market.deals()] == [-10.0, -0.01]


@pytest.mark.parametrize(
    ("charge", "kind", "until"),
    [
        # R122: commissions of a day or a month are deals of their own
        ("daily", c.DEAL_TYPE_COMMISSION_DAILY, "2026-01-06T00:00:01"),
        ("monthly", c.DEAL_TYPE_COMMISSION_MONTHLY, "2026-02-01T00:00:01"),
    ],
)
def test_r122_commissions_that_are_summed_up(charge: str, kind: int, until: str) -> None:
    market = Market(commission=3.0, commission_charge=charge, spec={"swap_mode": 0})
    ticket = market.send(type=BUY, volume=1.0).order
    market.send(type=SELL, volume=1.0, position=ticket)
    assert {deal.commission for deal in market.deals()} == {0.0}
    assert market.terminal.account_info().commission_blocked == 6.0
    before = market.balance()
    market.clock.set(until)
    assert market.balance() == before - 6.0
    deal = market.terminal.history_deals_get(0, EVER)[-1]
    assert (deal.type, deal.profit, deal.order, deal.symbol) == (kind, -6.0, 0, "")


def test_r122_the_parts_of_a_result_are_apart() -> None:
    spec = {"swap_mode": c.SYMBOL_SWAP_MODE_CURRENCY_DEPOSIT, "swap_long": -2.0}
    market = Market(spec=spec, commission=3.0)
    ticket = market.send(type=BUY, volume=1.0).order
    market.clock.advance(86_400)
    market.quote(1.10110, 1.10120)
    market.send(type=SELL, volume=1.0, position=ticket)
    deal = market.deals()[-1]
    assert (deal.profit, deal.swap, deal.commission, deal.fee) == (100.0, -2.0, -3.0, 0.0)
    assert market.balance() == 10_000 - 3 + 100 - 2 - 3


def test_r106_a_position_and_a_still_active_order_share_a_ticket() -> None:
    market = Market(spec={"tick_volume": 0.3})
    order = market.place(BUY_LIMIT, 1.0990, volume=0.5, type_filling=c.ORDER_FILLING_RETURN).order
    market.quote(1.0980, 1.0981)
    assert market.position().ticket == market.terminal.orders_get()[0].ticket == order


def test_r108_entries() -> None:
    market = Market()
    ticket = market.send(type=BUY, volume=0.2).order
    other = market.send(type=SELL, volume=0.1).order
    market.send(action=c.TRADE_ACTION_CLOSE_BY, position=ticket, position_by=other)
    market.send(type=SELL, volume=0.1, position=ticket)
    deals = market.deals()
    assert [deal.entry for deal in deals] == [0, 0, 3, 3, 1]
    assert [deal.profit for deal in deals if deal.entry == c.DEAL_ENTRY_IN] == [0.0, 0.0]
