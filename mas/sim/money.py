"""Amounts of money: the digits of currencies, and how amounts are rounded (R145)."""

from __future__ import annotations

from math import copysign, floor
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

CENTS = 2
"""Digits of a currency that is not listed."""
DIGITS = {"JPY": 0, "HUF": 0, "KRW": 0, "BTC": 8, "ETH": 8}
SCALES = [10.0**digits for digits in range(16)]


def digits_of(currency: str) -> int:
    """Return the digits in which a currency is counted."""
    return DIGITS.get(currency, CENTS)


def scale_of(currency: str) -> float:
    """Return the parts in which a unit of a currency is counted: 100 for cents."""
    return SCALES[digits_of(currency)]


def rounded(money: float, digits: int = CENTS) -> float:
    """Round half away from zero (R145)."""
    return half_up(money, SCALES[digits])


def half_up(money: float, scale: float) -> float:
    """Round half away from zero to one part in `scale`."""
    # The nudge undoes binary fractions such as 1.005, which is a little less than it says.
    return copysign(floor(abs(money) * scale + 0.5 + 1e-7), money) / scale


def half_up_all(money: Array, scale: float) -> Array:
    """Round each amount as :func:`half_up` does, to the last bit."""
    found: Array = np.abs(money)
    found *= scale  # in place: new memory for each step would take longer than the step
    found += 0.5
    found += 1e-7
    np.floor(found, out=found)
    np.copysign(found, money, out=found)
    found /= scale
    return found


def rounded_all(money: Array, digits: int = CENTS) -> Array:
    """Round each amount as :func:`rounded` does."""
    return half_up_all(money, SCALES[digits])
