"""Ticks and bars as columns: what the store keeps, the engine plays and importers make.

Times are int64 milliseconds since 1970-01-01 UTC, prices whole points of the symbol's digits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]


class Ticks(NamedTuple):
    """Ticks, oldest first; the last two columns are None where nothing is dealt.

    Attributes
    ----------
    times : array of int64, (n,)
        Milliseconds.
    bids, asks, lasts : array of int, (n,)
        Points.
    volumes : array of float, (n,)
        Lots of the deal; 0 for a quote.
    """

    times: Array
    bids: Array
    asks: Array
    lasts: Array | None = None
    volumes: Array | None = None

    def part(self, chosen: Any) -> Ticks:
        """Return some of the rows: a slice, a mask or indexes."""
        return Ticks._make(None if column is None else column[chosen] for column in self)

    def sides(self, *, by_last: bool) -> tuple[Array, Array]:
        """Return the two prices that trigger: bid and ask, or twice the last deal (R53)."""
        if by_last and self.lasts is not None:
            return self.lasts, self.lasts
        return self.bids, self.asks


class Bars(NamedTuple):
    """Bars, oldest first, stamped with the time of their start (R178).

    Attributes
    ----------
    times : array of int64, (n,)
        Milliseconds.
    opens, highs, lows, closes : array of int, (n,)
        Points.
    volumes : array of int, (n,)
        Ticks in the bar; 0 when it is not known.
    spreads : array of int, (n,)
        Points; 0 when it is not known.
    reals : array of float, (n,)
        Lots dealt; None where nothing is.
    """

    times: Array
    opens: Array
    highs: Array
    lows: Array
    closes: Array
    volumes: Array
    spreads: Array
    reals: Array | None = None

    def part(self, chosen: Any) -> Bars:
        """Return some of the rows: a slice, a mask or indexes."""
        return Bars._make(None if column is None else column[chosen] for column in self)


class Blocks(NamedTuple):
    """The extremes of consecutive runs of ticks, oldest first.

    Attributes
    ----------
    firsts, lasts : array of int64, (n,)
        Time of the first and of the last tick, ms; the last of one may be the first of the next.
    bid_lows, bid_highs, ask_lows, ask_highs : array of int, (n,)
        Points.
    """

    firsts: Array
    lasts: Array
    bid_lows: Array
    bid_highs: Array
    ask_lows: Array
    ask_highs: Array

    def part(self, chosen: Any) -> Blocks:
        """Return some of the rows: a slice, a mask or indexes."""
        return Blocks._make(column[chosen] for column in self)


Columns = Ticks | Bars
EMPTY = np.empty(0, np.int64)
NO_TICKS = Ticks(EMPTY, EMPTY, EMPTY)
NO_BARS = Bars(*[EMPTY] * 7)


def rising(pieces: list[Array]) -> Array:
    """Return the different numbers of some arrays, rising, far faster than ``np.unique``."""
    whole = np.sort(np.concatenate(pieces), kind="stable")
    if not len(whole):
        return whole
    found: Array = whole[np.append(True, whole[1:] != whole[:-1])]
    return found


def newest(ticks: Ticks, times: Array) -> Ticks:
    """Return the newest of some ticks at each time, bid and ask 0 before the first."""
    index = ticks.times.searchsorted(times, side="right") - 1
    if not len(ticks.times):
        nothing = np.zeros(len(index), np.int64)
        return Ticks(nothing, nothing, nothing)
    found = ticks.part(np.maximum(index, 0))
    early = index < 0
    if early.any():
        found = found._replace(
            bids=np.where(early, 0, found.bids),
            asks=np.where(early, 0, found.asks),
            lasts=None if found.lasts is None else np.where(early, 0, found.lasts),
        )
    return found


def joined(pieces: list[Any]) -> Any:
    """Return several Ticks, or several Bars, as one; columns that a piece has not are 0 there."""
    if len(pieces) == 1:
        return pieces[0]
    columns: list[Array | None] = []
    for column in zip(*pieces, strict=True):
        if all(part is None for part in column):
            columns.append(None)
            continue
        filled = [
            np.zeros(len(piece[0])) if part is None else part
            for piece, part in zip(pieces, column, strict=True)
        ]
        columns.append(np.concatenate(filled))
    return pieces[0]._make(columns)
