"""Generated ticks by their number, for arithmetic over many at once that makes none of the others.

What is here answers as the columns of all ticks and their :class:`mas.history.pyramid.Pyramid` do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from mas.history.paths import BEYOND

if TYPE_CHECKING:
    from mas.history.paths import BarTicks
    from mas.history.pyramid import Extremes, Pyramid

    Array = np.ndarray[Any, Any]


class Column(Protocol):
    """A column of all ticks: an array, or what answers like one."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: Any, /) -> Any: ...


class Times(Column, Protocol):
    """The times of all ticks, ms, which never run back."""

    def searchsorted(self, times: Any, /, *, side: Any = "left") -> Any:
        """Return how many ticks are before each time, or with side right, at or before it."""
        ...


class Search(Protocol):
    """The lowest or the highest of a column."""

    def first_of_each(self, starts: Array, ends: Array, levels: Array) -> Array:
        """Return the first index in start <= index < end that reaches a level, -1 for none."""
        ...


class Rows(NamedTuple):
    """All ticks of a stream by their number."""

    times: Times
    bids: Column
    asks: Column
    bid_low: Search
    bid_high: Search
    ask_low: Search
    ask_high: Search

    def at(self, index: Array) -> tuple[Array, Array, Array]:
        """Return times, bids and asks of some ticks; negative indexes count from the end."""
        times = self.times
        if isinstance(times, _Times):
            return times.with_quotes(index)
        return times[index], self.bids[index], self.asks[index]


def rows_of(made: BarTicks, pyramid: Pyramid) -> Rows:
    """Return generated ticks by their number."""
    nothing = np.zeros(len(made.times), np.int32)
    low, high = pyramid.bid_low, pyramid.bid_high
    return Rows(
        _Times(made), _Bids(made), _Asks(made),
        _Search(made, low, nothing, lowest=True), _Search(made, high, nothing, lowest=False),
        _Search(made, pyramid.ask_low, made.spreads, lowest=True),
        _Search(made, pyramid.ask_high, made.spreads, lowest=False),
    )  # fmt: skip


class _Made:
    def __init__(self, made: BarTicks) -> None:
        self._made = made

    def __len__(self) -> int:
        return len(self._made)

    def __getitem__(self, index: Any) -> Any:
        """Return one of them, or those of an array of indexes; negative ones from the end."""
        given = np.asarray(index)
        found = self._of(*self._split(given.ravel())).reshape(given.shape)
        return found[()]

    def _split(self, index: Array) -> tuple[Array, Array]:
        return split(self._made, np.where(index < 0, index + len(self), index))

    def _of(self, bars: Array, ranks: Array) -> Array:
        raise NotImplementedError


class _Times(_Made):
    def _of(self, bars: Array, ranks: Array) -> Array:
        return self._made.times_at(bars, ranks)

    def with_quotes(self, index: Array) -> tuple[Array, Array, Array]:
        """Return times, bids and asks of some ticks."""
        made, (bars, ranks) = self._made, self._split(index)
        bids = made.bids_at(bars, ranks)
        return made.times_at(bars, ranks), bids, bids + made.spreads[bars]

    def searchsorted(self, times: Any, /, *, side: Any = "left") -> Any:
        """Return how many ticks are before each time, or with side right, at or before it."""
        given = np.asarray(times)
        latest = (given if side == "right" else given - 1).ravel()
        bars = self._made.times.searchsorted(latest, side="right") - 1
        there = np.maximum(bars, 0)
        index = self._made.offsets[there] + self._made.ranks_at(there, latest) + 1
        return np.where(bars < 0, 0, index).reshape(given.shape)[()]


class _Bids(_Made):
    def _of(self, bars: Array, ranks: Array) -> Array:
        return self._made.bids_at(bars, ranks)


class _Asks(_Made):
    def _of(self, bars: Array, ranks: Array) -> Array:
        asks: Array = self._made.bids_at(bars, ranks) + self._made.spreads[bars]
        return asks


class _Search:
    """Finds the first tick at a level: by the extremes of the bars, then inside the one found."""

    def __init__(self, made: BarTicks, extremes: Extremes, spreads: Array, *, lowest: bool) -> None:
        self._made = made
        self._extremes = extremes
        self._spreads = spreads
        self._lowest = lowest

    def first_of_each(self, starts: Array, ends: Array, levels: Array) -> Array:
        """Return the first index in start <= index < end that reaches a level, -1 for none."""
        found = np.full(len(starts), -1)
        asked = self._extremes.worth_asking(starts, ends, levels)
        if not len(asked):
            return found
        bars, ranks = split(self._made, starts[asked])
        inside = np.flatnonzero(ranks > 0)
        some = asked[inside]
        found[some] = self._inside(bars[inside], ranks[inside], levels[some])
        left = found[asked] < 0
        some, bars = asked[left], (bars + (ranks > 0))[left]
        until = split(self._made, ends[some] - 1)[0] + 1
        hit = self._extremes.first_of_each(bars, until, levels[some])
        some, hit = some[hit >= 0], hit[hit >= 0]
        found[some] = self._inside(hit, np.zeros(len(hit), np.int64), levels[some])
        return np.where(found < ends, found, -1)

    def _inside(self, bars: Array, ranks: Array, levels: Array) -> Array:
        """Return the first tick of each bar, from a rank on, at its level."""
        bids, never = levels - self._spreads[bars], np.full(len(bars), BEYOND)
        limits = (bids, never) if self._lowest else (-never, bids)
        found = self._made.first_beyond(bars, ranks, *limits)
        index: Array = np.where(found >= 0, self._made.offsets[bars] + found, -1)
        return index


def split(made: BarTicks, index: Array) -> tuple[Array, Array]:
    """Return bar and rank of ticks by their number."""
    bars = made.offsets.searchsorted(index, side="right") - 1
    return bars, index - made.offsets[bars]
