"""Bars and ticks as the arrays that the terminal gives out (R170 to R182)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mas.sim.streams import Quote
from mas.terminal import constants as c
from mas.terminal.types import RATES_DTYPE, TICKS_DTYPE
from mas.timeunits import HOUR_MS, Ms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mas.history.columns import Bars, Ticks
    from mas.sim.streams import Stream
    from mas.sim.symbols import Symbol

    Array = np.ndarray[Any, Any]

RATES, TICKS = np.dtype(RATES_DTYPE), np.dtype(TICKS_DTYPE)
ROWS = 1 << 20
"""Ticks that are turned into a table at a time."""
MOST_TICKS = 10_000_000
"""Ticks that one call returns at the most, 60 bytes each."""
DEAL = c.TICK_FLAG_LAST | c.TICK_FLAG_VOLUME
"""What changes with a deal."""


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
    _fill(table, symbol, found, before)
    return table


def _fill(table: Array, symbol: Symbol, found: Ticks, before: Quote | None) -> None:
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


def ticks_of(
    symbol: Symbol, stream: Stream, period: tuple[int, int], wanted: int, most: int
) -> Array | None:
    """Return the first ticks of a period as the array of ``copy_ticks_*``; None for too many.

    Parameters
    ----------
    period : (int, int)
        First and last millisecond.
    wanted : int
        Flags of which a tick must have one; 0 for all ticks.
    most : int
        Ticks at the most.
    """
    before, left = stream.quote(period[0] - 1), min(most, MOST_TICKS + 1)
    found: list[Any] = []
    for piece in _pieces(stream, *period):
        if wanted == DEAL and piece.lasts is None:
            break  # nothing is ever dealt there
        if wanted:
            table = ticks(symbol, piece, before)
            before = last_of(piece)
            found.append(table[(table["flags"] & wanted) != 0][:left])
            left -= len(found[-1])
        else:
            found.append(piece.part(slice(0, left)))
            left -= len(found[-1].times)
        if left <= 0:
            break
    if left <= 0 < most - MOST_TICKS:
        return None
    if wanted:
        return np.concatenate(found) if found else np.empty(0, TICKS)
    return _table(symbol, found, before)


def _table(symbol: Symbol, found: list[Ticks], before: Quote | None) -> Array:
    """Return pieces of ticks as one array, without a second copy of it."""
    table, at = np.zeros(sum(len(item.times) for item in found), TICKS), 0
    for item in found:
        _fill(table[at : at + len(item.times)], symbol, item, before)
        before, at = last_of(item), at + len(item.times)
    return table


def _pieces(stream: Stream, start: Ms, end: Ms) -> Iterator[Ticks]:
    """Yield the ticks of start <= time <= end, none too many at once; none is empty."""
    span = HOUR_MS
    while start <= end:
        upto = min(start + span, end + 1)
        found = stream.ticks(start, upto)
        for at in range(0, len(found.times), ROWS):
            yield found.part(slice(at, at + ROWS))
        start, span = upto, min(2 * span, stream.step)


def last_of(found: Ticks) -> Quote:
    """Return the last of some ticks."""
    _, bids, asks, lasts, _ = found
    return Quote(
        int(found.times[-1]), int(bids[-1]), int(asks[-1]), 0 if lasts is None else int(lasts[-1])
    )
