"""Specifications of the symbols that the simulated terminal trades."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from mas.history.synthetic import Character
from mas.terminal import constants as c


@dataclass(frozen=True)
class Symbol:
    """What a broker fixes about a symbol; the names are those of ``symbol_info``.

    Attributes
    ----------
    contract_size : float
        Units of the base currency, or ounces, in one lot.
    trade_stops_level, trade_freeze_level : int
        Points.
    margin_hedged : float
        Contract size per lot of covered volume (R131).
    character : Character
        How the synthetic market moves it.
    """

    name: str
    description: str
    digits: int
    currency_base: str
    currency_profit: str
    character: Character
    contract_size: float = 100_000.0
    calc_mode: int = c.SYMBOL_CALC_MODE_FOREX
    volume_min: float = 0.01
    volume_max: float = 100.0
    volume_step: float = 0.01
    trade_mode: int = c.SYMBOL_TRADE_MODE_FULL
    trade_exemode: int = c.SYMBOL_TRADE_EXECUTION_MARKET
    trade_stops_level: int = 0
    trade_freeze_level: int = 0
    filling_mode: int = c.SYMBOL_FILLING_FOK | c.SYMBOL_FILLING_IOC
    expiration_mode: int = 15
    order_mode: int = 127
    margin_hedged: float = 100_000.0
    path: str = "Forex"

    @cached_property
    def point(self) -> float:
        """The smallest step of the price."""
        return float(round(10.0**-self.digits, self.digits))

    @cached_property
    def currency_margin(self) -> str:
        """The currency in which margin is counted first (R124)."""
        forex = self.calc_mode == c.SYMBOL_CALC_MODE_FOREX
        return self.currency_base if forex else self.currency_profit

    def points(self, price: float) -> int:
        """Return a price in whole points."""
        return round(price / self.point)

    def price(self, points: float) -> float:
        """Return the price of so many points."""
        return float(round(points * self.point, self.digits))


def _forex(name: str, words: str, digits: int, base: float, *, spread: float) -> Symbol:
    point = 10.0**-digits
    character = Character(base=base, point=point, volatility=0.08, spread=spread)
    return Symbol(name, words, digits, name[:3], name[3:], character, path=f"Forex\\{name}")


BUILT_IN: Final[dict[str, Symbol]] = {
    symbol.name: symbol
    for symbol in (
        _forex("EURUSD", "Euro vs US Dollar", 5, 1.085, spread=9),
        _forex("GBPUSD", "Pound Sterling vs US Dollar", 5, 1.27, spread=12),
        _forex("USDJPY", "US Dollar vs Japanese Yen", 3, 148.0, spread=11),
        Symbol(
            "XAUUSD",
            "Gold vs US Dollar",
            2,
            "XAU",
            "USD",
            Character(base=2350.0, point=0.01, volatility=0.15, spread=22),
            contract_size=100.0,
            calc_mode=c.SYMBOL_CALC_MODE_CFDLEVERAGE,
            volume_max=50.0,
            margin_hedged=100.0,
            path="Metals\\XAUUSD",
        ),
    )
}
