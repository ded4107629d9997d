"""What positions bring at many prices at once: the rules of :mod:`mas.sim.money` on arrays.

The same operations in the same order, so both give the same numbers to the last bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mas.sim.money import CENTS, DIGITS, SCALES
from mas.sim.symbols import FOREX_MODES

if TYPE_CHECKING:
    from collections.abc import Callable

    from mas.sim.money import Money
    from mas.sim.symbols import Symbol

    Array = np.ndarray[Any, Any]
    Quoted = Callable[[str], tuple[Array, Array]]
    """Returns bids and asks of a symbol as prices, 0 for none."""

DUST = 1e-9


class Terms(NamedTuple):
    """How results in one symbol are counted.

    Attributes
    ----------
    digits : int
        Of the account's currency.
    inverse : bool
        Whether the inverse of the closing price converts, for the pair itself is the way (R141).
    steps : sequence of (symbol, inverted)
        Whose quotes convert else; none in the account's currency.
    by_market : bool
        Whether the side follows from gain and loss in all modes (R142).
    """

    symbol: Symbol
    digits: int
    inverse: bool = False
    steps: tuple[tuple[str, bool], ...] = ()
    by_market: bool = False

    @property
    def monotone(self) -> bool:
        """Whether a better price never gives a worse result."""
        return not self.steps and self.symbol.per_price >= 0

    def steady(self, volume: float) -> bool:
        """Tell whether one point moves the rounded leg of a volume by a unit of its currency."""
        digits = DIGITS.get(self.symbol.currency_profit, CENTS)
        moved = volume * self.symbol.per_price * self.symbol.point
        return moved * SCALES[digits] >= 1 - DUST


class Legs(NamedTuple):
    """Positions or parts of them, and the price at which each is valued: one row each."""

    longs: Array
    volumes: Array
    opened: Array
    closed: Array


def terms_of(money: Money, symbol: Symbol) -> Terms:
    """Return how an account counts results in a symbol."""
    inverse, steps = money.conversion(symbol)
    return Terms(symbol, money.digits, inverse, steps, money.by_market)


def rounded_all(money: Array, digits: int) -> Array:
    """Round half away from zero, as :func:`mas.sim.money.rounded` does (R145)."""
    scale = SCALES[digits]
    found: Array = np.abs(money)
    found *= scale  # in place: new memory for each step would take longer than the step
    found += 0.5
    found += 1e-7
    np.floor(found, out=found)
    np.copysign(found, money, out=found)
    found /= scale
    return found


def results(terms: Terms, legs: Legs, quoted: Quoted | None = None) -> Array:
    """Return what :meth:`mas.sim.money.Money.profit` returns for each row (R140 to R145).

    Parameters
    ----------
    quoted : callable, optional
        Needed where `terms` has steps.
    """
    symbol = terms.symbol
    digits = DIGITS.get(symbol.currency_profit, CENTS)
    longs, volumes, opened, closed = legs
    if symbol.trade_calc_mode in FOREX_MODES:
        size = symbol.trade_contract_size * volumes
        gain = rounded_all(closed * size, digits) - rounded_all(opened * size, digits)
        gain = np.where(longs, gain, -gain)
        asks = longs
    else:
        gain = rounded_all((closed - opened) * volumes * symbol.per_price, digits)
        gain = np.where(longs, gain, -gain)
        asks = gain < 0
    if not terms.inverse and not terms.steps:
        return rounded_all(gain, terms.digits)
    if terms.by_market:
        asks = gain < 0
    return rounded_all(gain * _rates(terms, closed, asks, quoted), terms.digits)


def _rates(terms: Terms, closed: Array, asks: Array, quoted: Quoted | None) -> Array:
    """Return the rate of each row to the account's currency, 0 where it is not known."""
    if terms.inverse:
        return _inverse(closed)
    rate = np.ones(len(closed))
    for name, inverted in terms.steps:
        if quoted is None:
            raise ValueError(f"results in {terms.symbol.name} need the quotes of {name}")
        low, high = quoted(name)
        rate *= _inverse(np.where(asks, low, high)) if inverted else np.where(asks, high, low)
    return rate


def _inverse(prices: Array) -> Array:
    found: Array = np.divide(1.0, prices, out=np.zeros(len(prices)), where=prices != 0)
    return found
