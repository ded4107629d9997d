"""A symbol whose prices are stored with more digits than its specification has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mas.terminal import constants as c

if TYPE_CHECKING:
    from mas.sim import Symbol

IN_POINTS = frozenset(
    {
        c.SYMBOL_SWAP_MODE_POINTS,
        c.SYMBOL_SWAP_MODE_REOPEN_CURRENT,
        c.SYMBOL_SWAP_MODE_REOPEN_BID,
    }
)
"""Swap modes that count points of the price."""


def with_digits(symbol: Symbol, digits: int) -> Symbol:
    """Return a symbol with so many more digits, whose points are smaller by as much.

    What is counted in points is worth the same money as before: levels, spread, swap. A step of
    one point becomes the new point; a longer one stays.
    """
    more = digits - symbol.digits
    factor = 10**more
    by_point = symbol.tick_points == 1
    swaps = factor if symbol.swap_mode in IN_POINTS else 1
    point = float(round(10.0**-digits, digits))
    return replace(
        symbol,
        digits=digits,
        trade_tick_size=0.0 if by_point else symbol.trade_tick_size,
        trade_tick_value=symbol.trade_tick_value / (factor if by_point else 1),
        trade_stops_level=symbol.trade_stops_level * factor,
        trade_freeze_level=symbol.trade_freeze_level * factor,
        swap_long=symbol.swap_long * swaps,
        swap_short=symbol.swap_short * swaps,
        market=replace(symbol.market, point=point, spread=symbol.market.spread * factor),
    )
