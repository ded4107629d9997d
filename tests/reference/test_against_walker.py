"""Curve, drawdowns, MFE and MAE of random accounts, against a walk over every tick."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mas.backtest.valuation.over_time import ValuationOverTime
from mas.clock import ManualClock
from mas.history.columns import Ticks
from mas.sim import SimSettings, SimTerminal, built_in
from mas.sim.arrays import ArrayStream
from mas.terminal import constants as c
from tests.reference import walker

START = 1_767_607_200_000  # 2026-01-05 10:00, a Monday
SPAN = 4 * 24 * 3_600_000
MIDS = {"EURUSD": 110_000, "USDJPY": 150_000, "GBPJPY": 190_500, "GBPUSD": 127_000,
        "EURJPY": 165_000, "ACME": 5_000}  # fmt: skip
WORLDS = {
    "USD": (
        ["EURUSD"], ["USDJPY"], ["EURUSD", "GBPUSD"], ["GBPJPY", "GBPUSD", "USDJPY"],
        ["ACME", "EURUSD"],
    ),
    "EUR": (["EURUSD"], ["EURUSD", "GBPUSD"], ["EURUSD", "USDJPY"], ["ACME", "EURUSD"]),
    "JPY": (["USDJPY"], ["EURUSD", "USDJPY"], ["GBPJPY", "GBPUSD", "USDJPY"]),
}  # fmt: skip
SWAPS = ((0, 0.0, 0.0), (1, -7.3, 2.1), (2, -1.5, 0.7), (4, -3.3, -0.4))


def specifications(names: list[str], swap: tuple[int, float, float]) -> dict[str, Any]:
    """Return the symbols of one world; a share stands beside the pairs."""
    known = built_in()
    share = dataclasses.replace(
        known["EURUSD"], name="ACME", digits=2, currency_base="USD", currency_profit="USD",
        currency_margin="USD", trade_calc_mode=c.SYMBOL_CALC_MODE_EXCH_STOCKS,
        trade_contract_size=1000.0, trade_tick_size=0.01,
    )  # fmt: skip
    known["ACME"] = share
    mode, long, short = swap
    return {
        name: dataclasses.replace(known[name], swap_mode=mode, swap_long=long, swap_short=short)
        for name in names
    }


def market(names: list[str], rng: Any, count: int) -> dict[str, Ticks]:
    """Return random ticks, all at times of their own."""
    found = {}
    for index, name in enumerate(names):
        times = START + np.unique(np.append(0, rng.integers(1, SPAN // 10, count))) * 10 + index
        steps = rng.normal(0, MIDS[name] * 5e-4, len(times))
        bids = np.rint(MIDS[name] + np.cumsum(steps)).astype(np.int64)
        asks = bids + rng.integers(0, 30, len(times))
        lasts = np.where(rng.random(len(times)) < 0.5, bids, asks) if name == "ACME" else None
        volumes = None if lasts is None else np.ones(len(times))
        found[name] = Ticks(times, bids, asks, lasts, volumes)
    return found


def trade(terminal: SimTerminal, clock: ManualClock, names: list[str], rng: Any) -> None:
    """Do something at random at each of some moments, most of them between ticks."""
    for at in np.sort(rng.integers(100, SPAN, 40)).tolist():
        clock.set(START + at)
        name = names[rng.integers(0, len(names))]
        request = _wish(terminal, name, rng)
        if request is not None:
            assert terminal.order_send(request) is not None
    clock.set(START + SPAN)
    terminal.positions_total()


def _wish(terminal: SimTerminal, name: str, rng: Any) -> dict[str, Any] | None:
    tick, spec = terminal.symbol_info_tick(name), terminal.broker.market.symbols[name]
    if tick is None:
        return None
    kind = int(rng.integers(0, 2))
    reach = float(rng.uniform(0.0005, 0.01)) * tick.bid
    request = {
        "symbol": name, "type": kind, "volume": round(0.01 * int(rng.integers(1, 90)), 2),
        "type_filling": c.ORDER_FILLING_FOK, "action": c.TRADE_ACTION_DEAL,
    }  # fmt: skip
    held = [one for one in terminal.positions_get() or () if one.symbol == name]
    what = int(rng.integers(0, 6))
    if what == 0 and held:
        return request | {
            "action": c.TRADE_ACTION_SLTP, "position": held[0].ticket,
            "sl": round(tick.bid - reach * (1 - 2 * held[0].type), spec.digits),
            "tp": round(tick.bid + reach * (1 - 2 * held[0].type), spec.digits),
        }  # fmt: skip
    if what == 1:
        below = bool(rng.integers(0, 2))
        types = (2, 5) if below else (3, 4)  # buy limit, sell stop; sell limit, buy stop
        price = round(tick.bid - reach if below else tick.ask + reach, spec.digits)
        kind = types[rng.integers(0, 2)]
        return request | {"action": c.TRADE_ACTION_PENDING, "type": kind, "price": price,
                          "type_filling": c.ORDER_FILLING_RETURN}  # fmt: skip
    if what in {2, 3} and held:
        one = held[int(rng.integers(0, len(held)))]
        part = max(round(one.volume * float(rng.choice([0.3, 0.5, 1.0])), 2), 0.01)
        return request | {"type": 1 - one.type, "position": one.ticket, "volume": part}
    other = [one for one in held if held and one.type != held[0].type]
    if what == 4 and other:
        return {"action": c.TRADE_ACTION_CLOSE_BY, "position": held[0].ticket,
                "position_by": other[0].ticket, "symbol": name}  # fmt: skip
    return request


def slow(specs: dict[str, Any], ticks: dict[str, Ticks], terminal: SimTerminal) -> walker.Walker:
    """Walk over everything."""
    symbols = {
        name: walker.Symbol(
            name, one.digits, one.currency_base, one.currency_profit,
            Fraction(one.trade_contract_size), name != "ACME", one.swap_mode,
            (Fraction(str(one.swap_long)), Fraction(str(one.swap_short))), one.swap_rollover3days,
        )
        for name, one in specs.items()
    }  # fmt: skip
    rows = []
    for name, one in ticks.items():
        scale = 10 ** specs[name].digits
        lasts = one.bids if one.lasts is None else one.lasts
        for time, *prices in zip(*(x.tolist() for x in (*one[:3], lasts)), strict=True):
            rows.append((time, name, tuple(Fraction(price, scale) for price in prices)))
    settings = terminal.settings
    found = walker.Walker(settings.currency, settings.profit_conversion == "market", symbols)
    found.go(sorted(rows, key=lambda one: one[0]), terminal.broker.account.deals, START + SPAN)
    return found


@given(
    seed=st.integers(0, 2**32 - 1),
    currency=st.sampled_from(sorted(WORLDS)),
    world=st.integers(0, 10),
    swap=st.sampled_from(SWAPS),
    settings=st.fixed_dictionaries({
        "margin_mode": st.sampled_from(["hedging", "netting", "exchange"]),
        "commission": st.sampled_from([0.0, 3.5]),
        "commission_mode": st.sampled_from(["lot", "value", "order"]),
        "commission_charge": st.sampled_from(["deal", "daily"]),
        "leverage": st.sampled_from([20, 500]),
        "profit_conversion": st.sampled_from(["deal", "market"]),
        "stop_out": st.sampled_from([50.0, 95.0]),
        "price_improvement": st.booleans(),
        "balance": st.sampled_from([2_000.0, 30_000.0]),
    }),
    count=st.sampled_from([40, 300, 1500]),
)  # fmt: skip
@example(  # a positive swap and the day's commission at one midnight
    seed=484,
    currency="JPY",
    world=8,
    swap=(1, -7.3, 2.1),
    count=40,
    settings={
        "margin_mode": "hedging",
        "commission": 3.5,
        "commission_mode": "value",
        "commission_charge": "daily",
        "leverage": 20,
        "profit_conversion": "deal",
        "stop_out": 50.0,
        "price_improvement": False,
        "balance": 30_000.0,
    },
)
def test_random_strategies_with_random_settings(
    seed: int, currency: str, world: int, swap: Any, settings: dict[str, Any], count: int
) -> None:
    names = WORLDS[currency][world % len(WORLDS[currency])]
    rng = np.random.default_rng(seed)
    specs, ticks = specifications(names, swap), market(names, rng, count)
    if currency == "JPY":
        settings = settings | {"balance": settings["balance"] * 150}
    clock = ManualClock(START)
    terminal = SimTerminal(
        SimSettings(currency=currency, **settings), clock=clock, symbols=dict(specs)
    )
    terminal.initialize()
    for name, one in ticks.items():
        terminal.market.replay(name, ArrayStream(one))
    trade(terminal, clock, names, rng)
    expected, valuation = (
        slow(specs, ticks, terminal),
        ValuationOverTime(terminal.broker, START + SPAN),
    )
    compare(expected, valuation)


def compare(expected: walker.Walker, valuation: ValuationOverTime) -> None:
    """Compare everything, to the cent."""
    newest = {time: (float(balance), float(equity)) for time, balance, equity in expected.curve}
    times = np.array(sorted(newest), np.int64)
    curve = valuation.curve(times)
    digits = expected.digits
    assert curve.balance.tolist() == [round(newest[at][0], digits) for at in times.tolist()]
    assert curve.equity.tolist() == [round(newest[at][1], digits) for at in times.tolist()]
    deposit = expected.curve[0][1]
    found = valuation.drawdowns()
    assert found.equity == pytest.approx(_fallen([deposit, *(one[2] for one in expected.curve)]))
    assert valuation.excursions() == {
        identifier: tuple(float(walker.rounded(one, digits)) for one in (max(known), min(known)))
        for identifier, known in sorted(expected.results.items())
    }


def _fallen(values: list[Fraction]) -> tuple[float, ...]:
    """Return the five figures of R237."""
    peak = low = values[0]
    money, share = (Fraction(0), Fraction(0)), (Fraction(0), Fraction(0))
    for value in values:
        peak, low = max(peak, value), min(low, value)
        fall = peak - value
        if fall > money[0]:
            money = fall, fall / peak
        if fall / peak > share[0]:
            share = fall / peak, fall
    found = (values[0] - low, money[0], 100 * money[1], 100 * share[0], share[1])
    return tuple(float(one) for one in found)
