"""Profit and its conversion (R140 to R145), on accounts in USD, EUR and JPY."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from mas.sim import built_in
from mas.sim.conversion import Conversion, Converter
from mas.sim.money import rounded
from mas.terminal import constants as c
from tests.scenario.sim.market import BUY, SELL, Market


@pytest.mark.parametrize(
    ("money", "digits", "wanted"),
    [
        (1.005, 2, 1.01), (-1.005, 2, -1.01), (2.5, 0, 3.0), (-2.5, 0, -3.0), (1.0049, 2, 1.0),
        (0.125, 2, 0.13), (-0.0049, 2, 0.0), (1e9 + 0.005, 2, 1e9 + 0.01),
    ],
)  # fmt: skip
def test_r145_money_rounds_half_away_from_zero(money: float, digits: int, wanted: float) -> None:
    assert rounded(money, digits) == wanted


def test_r140_forex_rounds_each_leg() -> None:
    """0.01 lots of USDJPY: 148,000 and 148,010.6 yen round to 148,000 and 148,011."""
    market = Market("USDJPY", quote=(148.0, 148.0), currency="JPY", balance=1e6)
    calc = market.terminal.order_calc_profit
    assert calc(BUY, "USDJPY", 0.01, 148.0, 148.0106) == 11.0
    assert calc(BUY, "USDJPY", 0.01, 148.0004, 148.0106) == 11.0  # 148,000.4 and 148,010.6


def test_r141_the_published_example() -> None:
    """USD account, a USDCHF buy closed at the bid b: profit in CHF / b."""
    market = Market("USDCHF", quote=(0.8999, 0.9000), balance=100_000.0)
    ticket = market.send(type=BUY, volume=1.0).order
    market.quote(0.9100, 0.9101)
    market.send(type=SELL, volume=1.0, position=ticket)
    assert market.deals()[-1].profit == round(1000 / 0.9100, 2)
    ticket = market.send(type=SELL, volume=1.0).order  # at 0.9100
    market.quote(0.9199, 0.9200)
    market.send(type=BUY, volume=1.0, position=ticket)
    assert market.deals()[-1].profit == round(-1000 / 0.9200, 2)


@pytest.mark.parametrize(
    ("currency", "rates", "kind", "wanted"),
    [
        # 1 lot of EURGBP, 100 points up to 0.8600/0.8602: GBP 1000 and, sold at 0.8500, -1020
        # R141: buys close at the ask of GBPUSD, sells at its bid
        ("USD", {"GBPUSD": (1.25, 1.26)}, BUY, 980 * 1.26),
        ("USD", {"GBPUSD": (1.25, 1.26)}, SELL, -1020 * 1.25),
        # the traded pair converts to EUR by itself, inverted
        ("EUR", {}, BUY, 980 / 0.8600),
        ("EUR", {}, SELL, -1020 / 0.8602),
        ("JPY", {"GBPJPY": (190.0, 190.5)}, BUY, 980 * 190.5),
        ("JPY", {"GBPJPY": (190.0, 190.5)}, SELL, -1020 * 190.0),
    ],
)
def test_r141_forex_converts_at_the_side_of_the_closing_deal(
    currency: str, rates: dict[str, tuple[float, float]], kind: int, wanted: float
) -> None:
    market = Market("EURGBP", quote=(0.8500, 0.8502), currency=currency, balance=1e7)
    for name, (bid, ask) in rates.items():
        market.quote(bid, ask, symbol=name)
    ticket = market.send(type=kind, volume=1.0).order
    market.quote(0.8600, 0.8602)
    market.send(type=1 - kind, volume=1.0, position=ticket)
    digits = 0 if currency == "JPY" else 2
    assert market.deals()[-1].profit == round(wanted, digits)


@pytest.mark.parametrize(("kind", "wanted"), [(BUY, 980 * 1.25), (SELL, -1020 * 1.26)])
def test_r142_by_market_a_gain_takes_the_bid_and_a_loss_the_ask(kind: int, wanted: float) -> None:
    market = Market(
        "EURGBP", quote=(0.8500, 0.8502), profit_conversion="market", balance=1e6
    )  # fmt: skip
    market.quote(1.25, 1.26, symbol="GBPUSD")
    ticket = market.send(type=kind, volume=1.0).order
    market.quote(0.8600, 0.8602)
    market.send(type=1 - kind, volume=1.0, position=ticket)
    assert market.deals()[-1].profit == wanted


@pytest.mark.parametrize(("close", "wanted"), [(16_100.0, 100 * 1.08), (15_900.0, -100 * 1.09)])
def test_r142_a_cfd_converts_at_the_worse_rate(close: float, wanted: float) -> None:
    market = Market("GER40", quote=(16_000.0, 16_000.0), balance=1e6)
    market.quote(1.08, 1.09, symbol="EURUSD")
    ticket = market.send(type=BUY, volume=1.0).order
    market.quote(close, close)
    market.send(type=SELL, volume=1.0, position=ticket)
    size = built_in()["GER40"].trade_contract_size
    assert market.deals()[-1].profit == round(wanted * size, 2)


def test_r142_the_value_of_a_tick_is_worth_less_to_the_winner() -> None:
    market = Market("GER40", quote=(16_000.0, 16_000.0), balance=1e6)
    market.quote(1.08, 1.09, symbol="EURUSD")
    info, spec = market.terminal.symbol_info("GER40"), built_in()["GER40"]
    one = spec.trade_tick_size * spec.trade_contract_size
    assert info.trade_tick_value == info.trade_tick_value_profit == pytest.approx(one * 1.08)
    assert info.trade_tick_value_loss == pytest.approx(one * 1.09)


@pytest.mark.parametrize(
    ("symbol", "quote", "wanted"),
    [
        ("EURUSD", (1.1, 1.1001), 1.0),
        ("USDJPY", (150.0, 150.0), 100 / 150),
        ("ES.F", (5000.0, 5000.25), 12.5),
    ],
)
def test_r144_the_value_of_a_tick(symbol: str, quote: tuple[float, float], wanted: float) -> None:
    market = Market(symbol, quote=None)
    market.quote(*quote, last=quote[0])
    assert market.terminal.symbol_info(symbol).trade_tick_value == pytest.approx(wanted)


def test_r124_a_future_counts_ticks() -> None:
    """Four ticks of 0.25 at 12.5 USD, two contracts."""
    market = Market("ES.F", quote=None, balance=1e6)
    market.quote(5000.0, 5000.25, last=5000.0)
    ticket = market.send(type=BUY, volume=2.0, type_filling=c.ORDER_FILLING_RETURN).order
    market.quote(5001.25, 5001.5, last=5001.25)
    assert market.position().profit == 100.0
    market.send(type=SELL, volume=2.0, position=ticket, type_filling=c.ORDER_FILLING_RETURN)
    assert sum(deal.profit for deal in market.deals()) == 100.0


class Rates:
    """Quotes of made pairs."""

    def __init__(self, quotes: dict[str, tuple[float, float]]) -> None:
        self.quotes = quotes

    def prices(self, symbol: str) -> tuple[float, float] | None:
        return self.quotes.get(symbol)

    def quoted(self, symbol: str) -> bool:
        return symbol in self.quotes


def pair(name: str) -> Any:
    base = built_in()["EURUSD"]
    return dataclasses.replace(
        base, name=name, currency_base=name[:3], currency_profit=name[3:6], currency_margin=""
    )


@pytest.mark.parametrize(
    ("names", "source", "target", "suffix", "ask", "wanted"),
    [
        # R143: direct; reverse; same suffix first; then by the alphabet; through USD
        ({"EURUSD": (1.1, 1.2)}, "EUR", "USD", "", True, 1.2),
        ({"EURUSD": (1.1, 1.2)}, "USD", "EUR", "", True, 1 / 1.1),
        ({"EURUSD": (1.1, 1.2)}, "USD", "EUR", "", False, 1 / 1.2),
        ({"EURUSD": (1.1, 1.2), "EURUSD.m": (1.3, 1.4)}, "EUR", "USD", ".m", False, 1.3),
        ({"EURUSD.z": (1.1, 1.2), "EURUSD.b": (1.3, 1.4)}, "EUR", "USD", "", False, 1.3),
        ({"GBPUSD": (1.2, 1.3), "USDJPY": (150, 151)}, "GBP", "JPY", "", True, 1.3 * 151),
        ({"GBPUSD": (1.2, 1.3), "USDJPY": (150, 151)}, "JPY", "GBP", "", False, 1 / 151 / 1.3),
        # through another currency where USD leads nowhere; both steps at the same side
        ({"GBPUSD": (1.2, 1.3), "GBPJPY": (190, 191)}, "JPY", "USD", "", True, 1 / 190 * 1.3),
        ({"GBPUSD": (1.2, 1.3), "GBPJPY": (190, 191)}, "JPY", "USD", "", False, 1 / 191 * 1.2),
        ({"GBPUSD": (1.2, 1.3)}, "GBP", "CHF", "", True, 0.0),
    ],
)
def test_r143_the_search_for_a_rate(
    names: dict[str, tuple[float, float]],
    source: str,
    target: str,
    suffix: str,
    ask: bool,
    wanted: float,
) -> None:
    converter = Converter([pair(name) for name in names], Rates(names))
    found = Conversion(converter, source, target, pair("AUDNZD" + suffix))
    assert found.rate(0.0, ask) == pytest.approx(wanted)
