"""Netting accounts: one position a symbol (R100 to R103)."""

from __future__ import annotations

import pytest

from mas.terminal import constants as c
from tests.scenario.sim.market import BUY, BUY_LIMIT, SELL, SELL_LIMIT, Market


@pytest.fixture(params=["netting", "exchange"])
def market(request: pytest.FixtureRequest) -> Market:
    return Market(margin_mode=request.param, balance=100_000.0)


@pytest.mark.parametrize(("mode", "code"), [("netting", 0), ("exchange", 1), ("hedging", 2)])
def test_r100_margin_modes(mode: str, code: int) -> None:
    assert Market(margin_mode=mode).terminal.account_info().margin_mode == code


def test_r101_the_same_direction_adds_at_the_average_price(market: Market) -> None:
    first = market.send(type=BUY, volume=1.0)
    market.quote(1.10300, 1.10310)
    second = market.send(type=BUY, volume=0.5)
    position = market.position()
    # two parts of 1.10010 and one of 1.10310
    assert position.price_open == pytest.approx(1.10110, abs=1e-9)
    assert (position.volume, position.ticket, position.identifier) == (
        1.5, first.order, first.order,
    )  # fmt: skip
    assert [deal.entry for deal in market.deals()] == [c.DEAL_ENTRY_IN] * 2  # R108
    assert {deal.position_id for deal in market.deals()} == {first.order}
    assert market.finished(second.order).position_id == first.order


def test_r101_a_volume_with_binary_dust_closes_and_reverses_nothing(market: Market) -> None:
    """What a strategy computes, such as 3 * 0.2, is the volume that it means."""
    market.send(type=BUY, volume=0.6)
    answer = market.send(type=SELL, volume=3 * 0.2)
    assert 3 * 0.2 > 0.6
    assert market.terminal.positions_total() == 0
    assert (answer.volume, market.deals()[-1].volume) == (0.6, 0.6)
    assert market.deals()[-1].entry == c.DEAL_ENTRY_OUT
    assert market.finished(answer.order).volume_initial == 0.6


def test_r101_the_opposite_direction_reduces_and_closes(market: Market) -> None:
    market.send(type=BUY, volume=1.0)
    market.quote(1.10110, 1.10120)
    market.send(type=SELL, volume=0.4)
    assert market.position().volume == 0.6
    assert market.position().price_open == 1.10010
    market.send(type=SELL, volume=0.6)
    assert market.terminal.positions_get() == ()
    # 100 points: 100 USD a lot
    assert [deal.profit for deal in market.deals()] == [0.0, 40.0, 60.0]
    assert [deal.entry for deal in market.deals()] == [0, 1, 1]


def test_r102_a_larger_opposite_order_turns_the_position_round(market: Market) -> None:
    first = market.send(type=BUY, volume=1.0, magic=1, sl=1.0900)
    opened = market.position().time_msc
    market.quote(1.10110, 1.10120)
    second = market.send(type=SELL, volume=1.5, magic=2, tp=1.0800)
    deal = market.deals()[-1]
    assert (deal.entry, deal.volume, deal.profit, deal.price) == (
        c.DEAL_ENTRY_INOUT, 1.5, 100.0, 1.10110,
    )  # fmt: skip
    position = market.position()
    assert (position.identifier, position.ticket) == (first.order, second.order)  # R105
    assert (position.type, position.volume, position.price_open) == (1, 0.5, 1.10110)
    assert position.time_msc > opened
    assert (position.sl, position.tp, position.magic) == (0.0, 1.08, 2)  # R24, R103
    assert deal.position_id == first.order
    found = market.terminal.history_deals_get(position=first.order)
    assert [one.entry for one in found] == [c.DEAL_ENTRY_IN, c.DEAL_ENTRY_INOUT]


def test_r103_adding_takes_the_stops_of_the_new_order(market: Market) -> None:
    market.send(type=BUY, volume=1.0, sl=1.0900, tp=1.2000, magic=5)
    market.send(type=BUY, volume=1.0, tp=1.3000, magic=6)
    position = market.position()
    assert (position.sl, position.tp, position.magic) == (0.0, 1.3, 6)  # R24: the last deal's
    market.send(type=SELL, volume=0.5, sl=1.2500, magic=7)
    assert (market.position().sl, market.position().tp) == (0.0, 1.3), "a reduction changes none"


@pytest.mark.parametrize(("mode", "kept"), [("netting", 1.08), ("exchange", 0.0)])
def test_r103_stops_overnight(mode: str, kept: float) -> None:
    market = Market(margin_mode=mode, balance=100_000.0)
    market.send(type=BUY, volume=1.0, sl=1.0800, tp=1.2000)
    market.clock.advance(15 * 3600)
    assert market.position().sl == kept


def test_r23_the_symbol_alone_names_the_position(market: Market) -> None:
    """Also for SLTP; a position in the request is not needed (R20)."""
    market.send(type=BUY, volume=1.0)
    result = market.send(action=c.TRADE_ACTION_SLTP, sl=1.0900)
    assert result.retcode == 10009
    assert market.position().sl == 1.09
    assert market.send(type=SELL, volume=1.0, position=4711).retcode == 10009
    assert market.terminal.positions_get() == ()


def test_r25_close_by_is_for_hedging_accounts(market: Market) -> None:
    market.send(type=BUY, volume=1.0)
    ticket = market.position().ticket
    result = market.send(action=c.TRADE_ACTION_CLOSE_BY, position=ticket, position_by=ticket)
    assert result.retcode in {10013, 10035}
    assert market.position().volume == 1.0


def test_r101_pending_orders_meet_the_position(market: Market) -> None:
    market.send(type=BUY, volume=1.0)
    market.place(SELL_LIMIT, 1.1020, volume=0.4)
    market.place(BUY_LIMIT, 1.0980, volume=0.3)
    market.quote(1.10200, 1.10210)
    assert market.position().volume == 0.6
    market.quote(1.09790, 1.09800)
    # two parts of 1.10010 and one of 1.09800
    assert market.position().volume == 0.9
    assert market.position().price_open == pytest.approx(1.0994, abs=1e-9)


def test_r105_the_ticket_is_the_opening_orders_and_the_identifier_stays(market: Market) -> None:
    result = market.send(type=BUY, volume=1.0)
    for kind, volume in ((SELL, 2.0), (BUY, 2.0)):
        market.send(type=kind, volume=volume)
        assert market.position().identifier == result.order
    assert market.position().ticket != result.order
    assert market.position().volume == 1.0


def test_r107_time_update_moves_with_the_volume_only(market: Market) -> None:
    market.send(type=BUY, volume=1.0)
    opened = market.position().time_update_msc
    market.clock.advance(60)
    market.send(action=c.TRADE_ACTION_SLTP, sl=1.0900)
    assert market.position().time_update_msc == opened
    market.send(type=BUY, volume=1.0)
    assert market.position().time_update_msc == market.clock.now_ms()


def test_r107_neither_stops_nor_swap_nor_a_refusal_move_it() -> None:
    """A part that is closed does; all on a hedging account."""
    spec = {"swap_mode": c.SYMBOL_SWAP_MODE_CURRENCY_DEPOSIT, "swap_long": -6.0}
    market = Market(balance=100_000.0, spec=spec)
    ticket = market.send(type=BUY, volume=1.0).order
    opened = market.clock.now_ms()
    for change in ({"sl": 1.09}, {"sl": 1.09, "tp": 1.2}, {"tp": 1.2}, {}):
        market.clock.advance(60)
        market.send(action=c.TRADE_ACTION_SLTP, position=ticket, **change)
        position = market.position()
        assert (position.time_msc, position.time_update_msc) == (opened, opened)
    market.clock.advance(86_400)
    assert (market.position().swap, market.position().time_update_msc) == (-6.0, opened)
    market.send(type=SELL, volume=2.0, position=ticket)
    assert market.position().time_update_msc == opened
    market.send(type=SELL, volume=0.4, position=ticket)
    position = market.position()
    assert (position.time_msc, position.time_update_msc) == (opened, market.clock.now_ms())


def test_r102_what_a_reversal_leaves_behind() -> None:
    spec = {"swap_mode": c.SYMBOL_SWAP_MODE_CURRENCY_DEPOSIT, "swap_long": -6.0, "swap_short": 0.0}
    market = Market(margin_mode="netting", balance=100_000.0, spec=spec)
    market.send(type=BUY, volume=1.0, comment="old")
    market.clock.advance(86_400)
    market.quote(1.10110, 1.10120)
    now = market.clock.now_ms()
    market.send(type=SELL, volume=1.5, comment="new")
    deal = market.deals()[-1]
    assert (deal.swap, deal.profit, deal.type, deal.comment) == (-6.0, 100.0, SELL, "new")
    position = market.position()
    assert (position.swap, position.comment, position.volume) == (0.0, "new", 0.5)
    assert (position.time_msc, position.time_update_msc) == (now, now)
    assert market.terminal.account_info().margin == 550.55  # half a lot at 1.10110
    assert market.balance() == 100_094.0


def test_r101_the_margin_follows_the_volume() -> None:
    """R128: each change of the volume fixes it anew, at the deal's price."""
    market = Market(margin_mode="netting", quote=(1.0999, 1.1000), balance=100_000.0)
    market.send(type=BUY, volume=1.0)
    assert market.terminal.account_info().margin == 1100.0
    market.quote(1.1999, 1.2000)
    market.send(type=BUY, volume=1.0)
    assert market.terminal.account_info().margin == 2400.0
    market.send(type=SELL, volume=1.5)
    assert market.terminal.account_info().margin == 599.95
    assert market.position().time_update_msc == market.clock.now_ms()
