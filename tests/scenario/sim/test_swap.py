"""What nights cost (R160 to R167). 2026-01-05 is a Monday."""

from __future__ import annotations

from typing import Any

import pytest

from mas.terminal import constants as c
from tests.scenario.sim.market import BUY, SELL, Market

PER_LOT = c.SYMBOL_SWAP_MODE_CURRENCY_DEPOSIT
DAILY = {"swap_mode": PER_LOT, "swap_long": -5.0, "swap_short": 2.0}


def night(mode: int, long: float, short: float = 0.0, **spec: Any) -> dict[str, Any]:
    return {"swap_mode": mode, "swap_long": long, "swap_short": short, **spec}


def held(market: Market, kind: int, volume: float, nights: int = 1) -> float:
    """Return the swap of a position after some nights."""
    market.send(type=kind, volume=volume)
    market.clock.advance(86_400 * nights)
    return float(market.terminal.positions_get()[-1].swap)


def test_r161_the_published_example() -> None:
    """5 lots of USDTRY, a point of 5 TRY = 1.14 USD, long -11.35: -12.94 USD."""
    spec = night(c.SYMBOL_SWAP_MODE_POINTS, -11.35, currency_base="USD", currency_profit="TRY")
    market = Market("USDTRY", spec={**spec, "currency_margin": ""}, quote=None, balance=1e6)
    market.quote(4.3859, 4.3860)
    assert held(market, BUY, 5.0) == -12.94


@pytest.mark.parametrize(
    ("volume", "rate", "count", "wanted"),
    [
        # a point of 0.06 lots is worth 6 JPY, 0.0400 USD at 150: nothing is rounded on the way
        (0.06, -7.0, 1, -0.28),
        (0.01, 7.55, 1, 0.05),
        # R165: 0.05 lots, three nights: 3 * 0.2517 = 0.755, not 3 * 0.25
        (0.05, 7.55, 3, 0.76),
        (1.25, 7.546, 1, 6.29),
    ],
)
def test_r161_rounded_once_at_the_end_times_the_nights(
    volume: float, rate: float, count: int, wanted: float
) -> None:
    spec = night(c.SYMBOL_SWAP_MODE_POINTS, rate, swap_days=(0, count, 0, 0, 0, 0, 0))
    market = Market("USDJPY", spec=spec, quote=(150.0, 150.0), balance=1e6)
    assert held(market, BUY, volume) == wanted


@pytest.mark.parametrize(("rate", "wanted"), [(10.0, 6.66), (-10.0, -6.68)])
def test_r161_converted_at_the_side_that_is_worse(rate: float, wanted: float) -> None:
    """1,000 JPY: a gain buys USD at the ask 150.2, a loss is paid at the bid 149.8."""
    spec = night(c.SYMBOL_SWAP_MODE_POINTS, rate)
    market = Market("USDJPY", spec=spec, quote=(149.8, 150.2), balance=1e6)
    assert held(market, BUY, 1.0) == wanted


@pytest.mark.parametrize(
    ("mode", "kind", "rate", "wanted"),
    [
        # EURUSD at 1.1000/1.1000, 2 lots
        (c.SYMBOL_SWAP_MODE_DISABLED, BUY, -5.0, 0.0),
        (c.SYMBOL_SWAP_MODE_POINTS, BUY, -6.5, -13.0),  # R161: a point is worth 1 USD a lot
        (c.SYMBOL_SWAP_MODE_POINTS, SELL, 1.5, 3.0),
        (c.SYMBOL_SWAP_MODE_CURRENCY_SYMBOL, BUY, -5.0, -11.0),  # R162: 10 EUR
        (c.SYMBOL_SWAP_MODE_CURRENCY_MARGIN, BUY, -5.0, -11.0),
        (c.SYMBOL_SWAP_MODE_CURRENCY_DEPOSIT, BUY, -5.0, -10.0),
        # R163: 200,000 EUR at 3.6 percent a year of 360 days: 20 EUR a night
        (c.SYMBOL_SWAP_MODE_INTEREST_CURRENT, BUY, -3.6, -22.0),
        (c.SYMBOL_SWAP_MODE_INTEREST_OPEN, SELL, 3.6, 22.0),
    ],
)
def test_r162_swap_of_each_mode(mode: int, kind: int, rate: float, wanted: float) -> None:
    market = Market(spec=night(mode, rate, rate), quote=(1.1, 1.1), balance=1e6)
    assert held(market, kind, 2.0) == wanted


@pytest.mark.parametrize(
    ("mode", "wanted"),
    # R163: 3 contracts of 10, opened at 100, closing at 120, 3.6 percent: 30 * P * 0.0001
    [(c.SYMBOL_SWAP_MODE_INTEREST_CURRENT, -0.36), (c.SYMBOL_SWAP_MODE_INTEREST_OPEN, -0.3)],
)
def test_r163_interest_of_a_cfd_takes_the_current_or_the_open_price(
    mode: int, wanted: float
) -> None:
    spec = night(
        mode, -3.6, trade_calc_mode=c.SYMBOL_CALC_MODE_CFD, trade_contract_size=10.0, digits=2,
        trade_tick_size=0.01, currency_base="USD", currency_margin="",
    )  # fmt: skip
    market = Market("TEST", spec=spec, quote=(100.0, 100.0), balance=1e6)
    market.send(type=BUY, volume=3.0)
    market.quote(120.0, 120.0)
    market.clock.advance(86_400)
    assert market.position().swap == wanted


def test_r163_the_days_of_a_year_are_the_symbols() -> None:
    spec = night(c.SYMBOL_SWAP_MODE_INTEREST_OPEN, -3.65, swap_year_days=365)
    market = Market(spec=spec, quote=(1.1, 1.1), balance=1e6)
    assert held(market, BUY, 1.0) == -11.0


@pytest.mark.parametrize(
    ("mode", "kind", "again", "booked"),
    [
        # R164: closed at the bid 1.1020, or the ask 1.1030, and opened 10 or 4 points away
        (c.SYMBOL_SWAP_MODE_REOPEN_CURRENT, BUY, 1.1021, 200.0),
        (c.SYMBOL_SWAP_MODE_REOPEN_CURRENT, SELL, 1.10304, -300.0),
        (c.SYMBOL_SWAP_MODE_REOPEN_BID, SELL, 1.10204, -200.0),
    ],
)
def test_r164_swap_by_reopening(mode: int, kind: int, again: float, booked: float) -> None:
    market = Market(spec=night(mode, -10.0, 4.0), quote=(1.1, 1.1), balance=1e6)
    ticket = market.send(type=kind, volume=1.0).order
    market.quote(1.1020, 1.1030)
    market.clock.advance(86_400)
    position = market.position()
    assert (position.ticket, position.identifier) == (ticket, ticket)
    assert (position.price_open, position.swap) == (again, 0.0)
    out, into = market.deals()[-2:]
    assert (out.entry, out.profit, out.reason) == (c.DEAL_ENTRY_OUT, booked, c.DEAL_REASON_ROLLOVER)
    assert (into.entry, into.price, into.profit) == (c.DEAL_ENTRY_IN, again, 0.0)
    assert market.balance() == 1e6 + booked


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        # R165: nights Mon 1, Tue 1, Wed 3, Thu 1, Fri 1, none at the weekend, from Monday on
        ({}, [1, 2, 5, 6, 7, 7, 7, 8]),
        ({"swap_rollover3days": c.DAY_OF_WEEK_FRIDAY}, [1, 2, 3, 4, 7, 7, 7, 8]),
        # R166: the first number is Sunday's
        ({"swap_days": (7, 0, 0, 0, 0, 0, 0)}, [0, 0, 0, 0, 0, 0, 7, 7]),
        # holidays: the day before has their nights as well, Friday those of Monday
        ({"swap_holidays": ("2026-01-08",)}, [1, 2, 6, 6, 7, 7, 7, 8]),
        ({"swap_holidays": ("2026-01-07", "2026-01-08")}, [1, 6, 6, 6, 7, 7, 7, 8]),
        ({"swap_holidays": ("2026-01-12",)}, [1, 2, 5, 6, 8, 8, 8, 8]),
        ({"swap_holidays": ("2026-01-10",)}, [1, 2, 5, 6, 7, 7, 7, 8]),
    ],
)
def test_r165_the_nights_of_a_week(spec: dict[str, Any], wanted: list[int]) -> None:
    market = Market(spec={**night(PER_LOT, -1.0), **spec}, balance=1e6)
    market.send(type=BUY, volume=1.0)
    found = []
    for _ in range(8):
        market.clock.advance(86_400)
        found.append(-int(market.position().swap))
    assert found == wanted


def test_r166_the_triple_day_is_shown_as_sunday_zero() -> None:
    assert Market().terminal.symbol_info("EURUSD").swap_rollover3days == 3


def test_r167_the_charge_comes_when_the_clock_passes_midnight() -> None:
    """R160: to a position that is still open."""
    market = Market(spec=DAILY, balance=1e6)
    early = market.send(type=BUY, volume=1.0).order
    market.send(type=BUY, volume=1.0)
    market.clock.set("2026-01-05T23:59:59")
    assert [one.swap for one in market.terminal.positions_get()] == [0.0, 0.0]
    market.send(type=SELL, volume=1.0, position=early)
    market.clock.advance(1)
    assert market.position().swap == -5.0
    assert market.terminal.account_info().equity == market.balance() - 10.0 - 5.0


def test_r167_the_quotes_of_the_day_count_not_those_after_it() -> None:
    spec = night(c.SYMBOL_SWAP_MODE_CURRENCY_SYMBOL, -5.0)
    market = Market(spec=spec, quote=(1.1, 1.1), balance=1e6)
    market.send(type=BUY, volume=2.0)
    midnight = 1_767_657_600_000
    market.terminal.feed("EURUSD", 1.5, 1.5, time_msc=midnight + 1)
    market.clock.advance(86_400)
    assert market.position().swap == -11.0


def test_r167_a_tick_of_midnight_is_of_the_next_day() -> None:
    """Also where it converts, and where a swap is booked by reopening."""
    for mode, wanted in (
        (c.SYMBOL_SWAP_MODE_POINTS, 5.0),
        (c.SYMBOL_SWAP_MODE_REOPEN_CURRENT, 0.0),
    ):
        market = Market("USDJPY", spec=night(mode, 5.0), quote=(100.0, 100.0), balance=1e6)
        market.send(type=BUY, volume=1.0)
        market.quote(100.0, 100.0)
        market.terminal.feed("USDJPY", 200.0, 200.0, time_msc=1_767_657_600_000)
        market.clock.advance(86_400)
        assert market.position().swap == wanted
    assert market.deals()[-2].price == 100.0


def test_r160_one_jump_over_many_nights_is_many_nights() -> None:
    jumping, stepping = (Market(spec=DAILY, balance=1e6) for _ in range(2))
    for market in (jumping, stepping):
        market.send(type=BUY, volume=1.0)
        market.send(type=SELL, volume=0.5)
    jumping.clock.advance(86_400 * 20)
    for _ in range(20 * 24):
        stepping.clock.advance(3600)
        stepping.terminal.positions_total()
    assert jumping.terminal.positions_get() == stepping.terminal.positions_get()
    # 15 weekdays from the 5th to the 24th, three of them Wednesdays, which count twice more
    assert jumping.terminal.positions_get()[0].swap == -5.0 * (15 + 2 * 3)


def test_r160_the_balance_gets_the_swap_with_the_close() -> None:
    market = Market(spec=DAILY, quote=(1.1, 1.1), balance=1e6)
    ticket = market.send(type=SELL, volume=1.0).order
    market.clock.advance(86_400)
    assert market.balance() == 1e6
    market.send(type=BUY, volume=1.0, position=ticket)
    assert market.balance() == 1e6 + 2.0
    assert market.deals()[-1].swap == 2.0


def test_r164_the_orders_and_deals_of_a_reopening() -> None:
    spec = night(c.SYMBOL_SWAP_MODE_REOPEN_CURRENT, -10.0)
    market = Market(spec=spec, quote=(1.1, 1.1), balance=1e6)
    ticket = market.send(type=BUY, volume=1.0, magic=8, sl=1.0).order
    market.quote(1.1020, 1.1030)
    market.clock.advance(86_400)
    midnight = 1_767_657_600_000
    out, into = market.deals()[-2:]
    assert (out.type, out.volume, out.price, out.magic, out.comment) == (
        SELL, 1.0, 1.102, 8, "rollover",
    )  # fmt: skip
    assert (into.type, into.volume, into.price, into.magic) == (BUY, 1.0, 1.1021, 8)
    assert {out.position_id, into.position_id} == {ticket}
    assert (out.time_msc, into.time_msc) == (midnight, midnight)
    assert (out.commission, out.swap, out.fee, out.symbol) == (0.0, 0.0, 0.0, "EURUSD")
    assert into.order == out.order + 1
    for deal in (out, into):
        order = market.finished(deal.order)
        assert (order.state, order.volume_initial, order.volume_current) == (4, 1.0, 0.0)
        assert (order.type, order.reason, order.comment, order.magic) == (
            deal.type, 0, "rollover", 8,
        )  # fmt: skip
        assert (order.position_id, order.price_open, order.price_current) == (
            ticket, deal.price, deal.price,
        )  # fmt: skip
        assert order.time_done_msc == order.time_setup_msc == midnight
    position = market.position()
    assert (position.sl, position.volume) == (1.0, 1.0)
    assert market.terminal.account_info().margin == 1102.1
