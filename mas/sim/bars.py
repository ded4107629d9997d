"""Bars and ticks as the arrays that the terminal gives out (R170 to R182)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mas.terminal import constants as c
from mas.terminal.types import RATES_DTYPE, TICKS_DTYPE

if TYPE_CHECKING:
    from mas.history.columns import Bars, Ticks
    from mas.sim.streams import Quote
    from mas.sim.symbols import Symbol

    Array = np.ndarray[Any, Any]

RATES, TICKS = np.dtype(RATES_DTYPE), np.dtype(TICKS_DTYPE)
MINUTE = 60_000


def priced(bars: Bars, digits: int) -> Array:
    """Return bars as the array of ``copy_rates_*``."""
    table = np.zeros(len(bars.times), RATES)
    table["time"] = bars.times // 1000
    for name, column in zip(("open", "high", "low", "close"), bars[1:5], strict=True):
        table[name] = column / 10.0**digits
    table["tick_volume"], table["spread"] = bars.volumes, bars.spreads
    if bars.reals is not None:
        table["real_volume"] = bars.reals
    return table


def ticks(symbol: Symbol, found: Ticks, before: Quote | None) -> Array:
    """Return ticks as the array of ``copy_ticks_*``, each with what it changed (R170).

    Parameters
    ----------
    before : Quote or None
        The tick before the first, with which that one is compared.
    """
    table = np.zeros(len(found.times), TICKS)
    table["time"], table["time_msc"] = found.times // 1000, found.times
    flags = np.zeros(len(table), np.uint32)
    for name, flag, column, old in (
        ("bid", c.TICK_FLAG_BID, found.bids, before.bid if before else 0),
        ("ask", c.TICK_FLAG_ASK, found.asks, before.ask if before else 0),
        ("last", c.TICK_FLAG_LAST, found.lasts, before.last if before else 0),
    ):
        if column is not None:
            table[name] = np.round(column * symbol.point, symbol.digits)
            flags |= np.where(np.diff(column, prepend=old) != 0, flag, 0).astype(np.uint32)
    if found.volumes is not None:
        table["volume_real"], table["volume"] = found.volumes, found.volumes
        flags |= np.where(found.volumes > 0, c.TICK_FLAG_VOLUME, 0).astype(np.uint32)
    # A quote that repeats the one before is still a quote.
    table["flags"] = np.where(flags == 0, c.TICK_FLAG_BID | c.TICK_FLAG_ASK, flags)
    return table
