"""Margin by calculation mode and by account mode (R124 to R136)."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from mas.clock import ManualClock
from mas.errors import ParamError
from mas.sim import SimSettings, SimTerminal, built_in
from mas.terminal import constants as c
from tests.scenario.sim.market import (
    BUY,
    BUY_LIMIT,
    BUY_STOP,
    SELL,
    SELL_LIMIT,
    SELL_STOP,
    Market,
)

ALL = (1.0,) * 8


def margin(market: Market) -> float:
    return float(market.terminal.account_info().margin)


@pytest.mark.parametrize(
    ("mode", "spec", "wanted"),
    [
        # R124: 2 lots of 1000 at an ask of 50, 1:100, margin rate 1
        (c.SYMBOL_CALC_MODE_FOREX_NO_LEVERAGE, {"currency_base": "USD"}, 2000.0),
        (c.SYMBOL_CALC_MODE_CFD, {}, 100_000.0),
        (c.SYMBOL_CALC_MODE_CFDLEVERAGE, {}, 1000.0),
        # tick value over tick size 0.5 / 0.01
        (c.SYMBOL_CALC_MODE_CFDINDEX, {"trade_tick_value": 0.5}, 5_000_000.0),
        (c.SYMBOL_CALC_MODE_FUTURES, {"trade_tick_value": 1.0, "margin_initial": 700.0}, 1400.0),
        (c.SYMBOL_CALC_MODE_EXCH_FUTURES,
         {"trade_tick_value": 1.0, "margin_initial": 700.0, "margin_maintenance": 600.0}, 1200.0),
        (c.SYMBOL_CALC_MODE_EXCH_OPTIONS, {"trade_tick_value": 1.0}, 100_000.0),
        (c.SYMBOL_CALC_MODE_EXCH_OPTIONS_MARGIN,
         {"trade_tick_value": 1.0, "margin_initial": 80.0}, 160.0),
        (c.SYMBOL_CALC_MODE_EXCH_STOCKS, {}, 100_000.0),
        (c.SYMBOL_CALC_MODE_EXCH_STOCKS_MOEX, {}, 100_000.0),
        (c.SYMBOL_CALC_MODE_SERV_COLLATERAL, {}, 0.0),
        # R126: a fixed margin replaces the formula; leverage counts for forex and leveraged CFDs
        (c.SYMBOL_CALC_MODE_CFD, {"margin_initial": 300.0}, 600.0),
        (c.SYMBOL_CALC_MODE_CFDLEVERAGE, {"margin_initial": 300.0}, 6.0),
        (c.SYMBOL_CALC_MODE_CFD, {"margin_rates": (0.25, *ALL[1:])}, 25_000.0),
    ],
)  # fmt: skip
def test_r124_margin_of_each_mode(mode: int, spec: dict[str, Any], wanted: float) -> None:
    fields = {
        "trade_calc_mode": mode, "digits": 2, "trade_tick_size": 0.01, "currency_base": "USD",
        "currency_margin": "", "trade_contract_size": 1000.0, "margin_rates": ALL,
        "margin_hedged": 0.0, **spec,
    }  # fmt: skip
    market = Market("TEST", spec=fields, quote=None, balance=1e9)
    market.quote(49.99, 50.0, last=50.0)
    assert market.send(type=BUY, volume=2.0).retcode == 10009
    assert margin(market) == wanted


def test_r124_collateral_counts_as_assets() -> None:
    spec = {
        "trade_calc_mode": c.SYMBOL_CALC_MODE_SERV_COLLATERAL, "trade_liquidity_rate": 0.8,
        "trade_contract_size": 10.0, "digits": 2, "trade_tick_size": 0.01, "currency_base": "USD",
        "currency_margin": "",
    }  # fmt: skip
    market = Market("TEST", spec=spec, quote=(100.0, 100.1))
    market.send(type=BUY, volume=3.0)
    account = market.terminal.account_info()
    assert (account.assets, account.margin, account.profit) == (2400.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "mode", [c.SYMBOL_CALC_MODE_EXCH_BONDS, c.SYMBOL_CALC_MODE_EXCH_BONDS_MOEX]
)
def test_r124_exchange_bonds_are_refused_as_symbols(mode: int) -> None:
    with pytest.raises(ParamError, match="exchange bonds"):
        dataclasses.replace(built_in()["EURUSD"], trade_calc_mode=mode)


def test_r127_the_published_example() -> None:
    """One lot of EURUSD at 1.2790, 1:100, a USD account: 1279 USD."""
    market = Market(quote=(1.2788, 1.2790), balance=100_000.0)
    market.send(type=BUY, volume=1.0)
    assert margin(market) == 1279.00
    assert market.terminal.order_calc_margin(BUY, "EURUSD", 1.0, 1.2790) == 1279.00


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [(BUY, 1250.0), (SELL, 1240.0)],  # R127: GBP to USD at the ask for buys, the bid for sells
)
def test_r127_margin_converts_at_the_side_of_the_order(kind: int, wanted: float) -> None:
    market = Market("GBPJPY", quote=(185.0, 185.1), balance=100_000.0)
    market.quote(1.2400, 1.2500, symbol="GBPUSD")
    market.send(type=kind, volume=1.0)
    assert margin(market) == wanted


def test_r128_the_rate_is_fixed_while_the_volume_is() -> None:
    market = Market(quote=(1.1999, 1.2000), balance=100_000.0)
    ticket = market.send(type=BUY, volume=1.0).order
    market.quote(1.3000, 1.3001)
    assert margin(market) == 1200.0
    market.send(type=SELL, volume=0.5, position=ticket)
    assert margin(market) == 650.0, "the volume has changed: the deal's price converts"


def test_r129_pending_orders_reserve_where_their_rate_is_not_zero() -> None:
    market = Market(spec={"margin_rates": (1, 1, 0.5, 0.5, 0, 0, 0, 0)}, balance=100_000.0)
    order = market.place(BUY_LIMIT, 1.0, volume=1.0).order
    assert margin(market) == 500.0
    market.place(BUY_STOP, 1.2, volume=1.0)
    assert margin(market) == 500.0
    market.send(action=c.TRADE_ACTION_REMOVE, order=order)
    assert margin(market) == 0.0
    plain = Market()
    plain.place(BUY_LIMIT, 1.0, volume=1.0)
    assert margin(plain) == 0.0, "OTC symbols reserve nothing"


@pytest.mark.parametrize(
    ("orders", "wanted"),
    [
        # R130, all at 1.0 and 1:100: a lot is 1000
        ([(BUY, 1.0), (SELL_LIMIT, 0.6)], 1000.0),
        ([(BUY, 1.0), (SELL_LIMIT, 1.5)], 1500.0),
        ([(BUY, 1.0), (BUY_LIMIT, 0.5)], 1500.0),
        ([(BUY, 1.0), (BUY_LIMIT, 0.5), (SELL_LIMIT, 1.2)], 1500.0),
        ([(BUY, 1.0), (BUY_STOP, 0.3), (SELL_STOP, 0.4)], 1700.0),
        ([(BUY_LIMIT, 0.5), (SELL_LIMIT, 0.7)], 700.0),
    ],
)
def test_r130_netting_counts_the_larger_side_and_all_stops(
    orders: list[tuple[int, float]], wanted: float
) -> None:
    spec = {"currency_base": "USD", "margin_rates": ALL, "currency_margin": ""}
    market = Market("TEST", spec=spec, quote=(1.0, 1.0), margin_mode="netting", balance=100_000.0)
    prices = {BUY_LIMIT: 0.9, SELL_LIMIT: 1.1, BUY_STOP: 1.1, SELL_STOP: 0.9}
    for kind, volume in orders:
        sent = market.place(kind, prices[kind], volume=volume) if kind > 1 else market.send(
            type=kind, volume=volume
        )  # fmt: skip
        assert sent.retcode == 10009
    assert margin(market) == wanted


@pytest.mark.parametrize(("volume", "code"), [(1.0, 10009), (1.9, 10009), (2.2, 10019)])
def test_r130_an_opposite_order_needs_money_only_for_what_is_larger(
    volume: float, code: int
) -> None:
    spec = {"currency_base": "USD", "currency_margin": ""}
    market = Market("TEST", spec=spec, quote=(1.0, 1.0), margin_mode="netting", balance=2_000.0)
    market.send(type=BUY, volume=1.0)
    assert market.send(type=SELL, volume=volume).retcode == code


@pytest.mark.parametrize(
    ("hedged", "wanted"),
    [(100_000.0, 1000.0), (50_000.0, 500.0), (0.0, 0.0)],  # R132: half the value halves it
)
def test_r132_covered_volume_counts_once(hedged: float, wanted: float) -> None:
    spec = {"currency_base": "USD", "currency_margin": "", "margin_hedged": hedged}
    market = Market("TEST", spec=spec, quote=(1.0, 1.0), balance=100_000.0)
    market.send(type=BUY, volume=1.0)
    assert margin(market) == 1000.0
    market.send(type=SELL, volume=1.0)
    assert margin(market) == wanted


def test_r131_the_uncovered_volume_is_the_larger_legs() -> None:
    spec = {"currency_base": "USD", "currency_margin": "", "margin_rates": (2, 4, 0, 0, 0, 0, 0, 0)}
    market = Market("TEST", spec=spec, quote=(1.0, 1.0), balance=100_000.0)
    market.send(type=SELL, volume=3.0)
    market.send(type=BUY, volume=2.0)
    # two covered lots at the mean rate 3, one uncovered at the sells' rate 4
    assert margin(market) == 2 * 3 * 1000 + 4 * 1000


def test_r133_the_published_figures_of_hedged_positions() -> None:
    """Covered 1343.36 and uncovered 895.54: 2238.90."""
    spec = {"margin_rates": (2, 4, 0, 0, 0, 0, 0, 0), "margin_hedged": 100_000.0}
    market = Market(spec=spec, quote=(1.11943, 1.11953), leverage=500, balance=100_000.0)
    for _ in range(3):
        market.send(type=SELL, volume=1.0)
    for _ in range(2):
        market.send(type=BUY, volume=1.0)
    assert margin(market) == 2238.90


def test_r133_the_published_figures_of_one_direction() -> None:
    """One lot at 15.436 and two at 15.432, contract 5000, leveraged CFD 1:100: 2315.00."""
    market = Market("XAGUSD", quote=(15.435, 15.436), balance=100_000.0)
    market.send(type=BUY, volume=1.0)
    market.quote(15.431, 15.432)
    market.send(type=BUY, volume=2.0)
    assert margin(market) == 2315.00


def test_r134_the_larger_leg() -> None:
    spec = {"currency_base": "USD", "currency_margin": "", "margin_hedged_use_leg": True}
    market = Market("TEST", spec=spec, quote=(1.0, 1.0), balance=100_000.0)
    market.send(type=BUY, volume=1.0)
    market.send(type=SELL, volume=1.5)
    assert margin(market) == 1500.0
    assert market.terminal.symbol_info("TEST").margin_hedged_use_leg is True


@pytest.mark.parametrize(("counts", "free"), [(True, 9390.0), (False, 8900.0)])
def test_r135_free_margin_and_level(counts: bool, free: float) -> None:
    market = Market(free_margin_with_profit=counts, quote=(1.0999, 1.1000))
    market.send(type=BUY, volume=1.0)
    market.quote(1.1049, 1.1050)
    account = market.terminal.account_info()
    assert (account.equity, account.margin) == (10_490.0, 1100.0)
    assert account.margin_free == free
    assert account.margin_level == pytest.approx(100 * 10_490 / 1100)
    assert Market().terminal.account_info().margin_level == 0.0


def test_r136_order_calc_margin_ignores_what_is_open() -> None:
    market = Market(balance=100_000.0)
    market.send(type=BUY, volume=5.0)
    calc = market.terminal.order_calc_margin
    assert calc(SELL, "EURUSD", 1.0, 1.2) == 1200.0
    assert calc(BUY, "NOPE", 1.0, 1.2) is None
    assert calc(BUY, "EURUSD", -1.0, 1.2) is None
    assert calc(9, "EURUSD", 1.0, 1.2) is None


@pytest.mark.parametrize(("balance", "code"), [(1100.11, 10009), (1100.09, 10019)])
def test_r125_the_money_is_checked_when_an_order_deals(balance: float, code: int) -> None:
    """One lot at 1.10010 takes 1100.10; the spread is not yet lost."""
    market = Market(balance=balance)
    assert market.send(type=BUY, volume=1.0).retcode == code


def test_r125_and_when_a_pending_one_is_placed_with_a_rate_and_again_when_it_deals() -> None:
    rates = (1, 1, 1, 1, 1, 1, 1, 1)
    market = Market(spec={"margin_rates": rates}, balance=1_000.0)
    assert market.place(BUY_LIMIT, 1.0, volume=1.01).retcode == 10019
    assert market.place(BUY_LIMIT, 1.0, volume=0.9).retcode == 10009
    free = Market(balance=1_000.0)
    order = free.place(BUY_LIMIT, 1.0990, volume=1.0).order
    free.quote(1.0980, 1.0981)
    assert free.finished(order).state == c.ORDER_STATE_REJECTED  # R77
    assert free.deals() == []


def test_r143_a_symbol_that_cannot_be_converted_is_refused_at_the_start() -> None:
    lonely = {"EURUSD": built_in()["EURUSD"]}
    with pytest.raises(ParamError, match="no forex symbol converts EUR to JPY"):
        SimTerminal(SimSettings(currency="JPY"), clock=ManualClock(0), symbols=lonely)
