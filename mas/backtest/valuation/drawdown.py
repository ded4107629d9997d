"""Drawdowns of balance and equity as MetaTrader's tester defines them (R237)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

DUST = 8
"""Digits that differences of money keep."""


class Drawdown(NamedTuple):
    """The drawdowns of one curve; money in account currency.

    Attributes
    ----------
    absolute : float
        First value minus the lowest one.
    maximal, maximal_percent : float
        The largest fall from a peak in money, and its percent of that peak.
    relative_percent, relative : float
        The largest fall from a peak in percent, and its money.
    """

    absolute: float = 0.0
    maximal: float = 0.0
    maximal_percent: float = 0.0
    relative_percent: float = 0.0
    relative: float = 0.0


class Drawdowns(NamedTuple):
    """Drawdowns over every deal and every tick, and the smallest margin level (R241).

    Attributes
    ----------
    margin_level : float
        Percent, the smallest while positions were open; 0.0 where none took margin.
    margin_level_time : int
        When it was, ms; 0 for never.
    """

    balance: Drawdown
    equity: Drawdown
    margin_level: float = 0.0
    margin_level_time: int = 0

    @classmethod
    def of(cls, values: Any) -> Drawdowns:
        """Return them from plain sequences, as a file keeps them."""
        balance, equity, level, at = values
        return cls(Drawdown(*balance), Drawdown(*equity), level, at)


class Fall:
    """Follows a curve, given piece by piece, from its first value.

    Of two equal falls the earlier one counts.
    """

    def __init__(self, first: float) -> None:
        self._first = self._peak = self._low = first
        self._money = (0.0, 0.0)
        self._share = (0.0, 0.0)

    def add(self, values: Array) -> None:
        """Go on with these values."""
        if not len(values):
            return
        peaks = np.maximum(np.maximum.accumulate(values), self._peak)
        falls, shares = fallen(peaks, values)
        deepest, steepest = int(falls.argmax()), int(shares.argmax())
        if falls[deepest] > self._money[0]:
            self._money = float(falls[deepest]), float(shares[deepest])
        if shares[steepest] > self._share[0]:
            self._share = float(shares[steepest]), float(falls[steepest])
        self._peak = float(peaks[-1])
        self._low = min(self._low, float(values.min()))

    def found(self, digits: int) -> Drawdown:
        """Return the drawdowns so far."""
        return Drawdown(
            round(self._first - self._low, digits), round(self._money[0], digits),
            100 * self._money[1], 100 * self._share[0], round(self._share[1], digits),
        )  # fmt: skip


def fallen(peaks: Array, values: Array) -> tuple[Array, Array]:
    """Return how far values are below peaks, in money and as a part of the peak."""
    falls = np.round(peaks - values, DUST)
    shares = np.divide(falls, peaks, out=np.zeros(len(falls)), where=peaks > 0)
    return falls, shares
