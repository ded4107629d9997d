"""What is odd about some history: gaps, crossed quotes, outliers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mas.clock import naive_utc
from mas.history.columns import Bars, Columns, Ticks, joined
from mas.history.resample import close_times
from mas.timeunits import DAY_MS, HOUR_MS

if TYPE_CHECKING:
    from datetime import datetime

    Array = np.ndarray[Any, Any]

SATURDAY_NOON = 2 * DAY_MS + 12 * HOUR_MS
"""From 1970-01-01, a Thursday."""
WEEKEND = 80 * HOUR_MS
"""Longest pause over a Saturday that is taken for a weekend."""
LEAP = 0.005
"""Share of the price by which a tick must leave both its neighbours to be an outlier."""
STRETCH = 20
"""So many usual ranges must a bar's shadow be long to be an outlier."""
SHOWN = 10
ROWS = 1 << 20
"""Ticks looked at at a time."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A pause without data, weekends apart; naive UTC."""

    start: datetime
    end: datetime

    @property
    def hours(self) -> float:
        """Its length."""
        return (self.end - self.start).total_seconds() / 3600


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in some history.

    Attributes
    ----------
    rows : int
        Ticks or bars.
    start, end : datetime
        The first and the last, naive UTC.
    gaps : tuple of Gap
        Pauses longer than an hour (ticks), or than an hour and three bars (bars), no weekends.
    weekends : int
        Pauses over a Saturday.
    crossed : int
        Ticks whose ask is below the bid.
    no_spread : int
        Ticks whose ask is the bid.
    outliers : int
        Ticks that leave both neighbours by more than half a percent and come back; bars with a
        shadow of more than twenty usual ranges.
    outlier_times : tuple of datetime
        The first ten of them.
    """

    rows: int
    start: datetime
    end: datetime
    gaps: tuple[Gap, ...]
    weekends: int
    crossed: int
    no_spread: int
    outliers: int
    outlier_times: tuple[datetime, ...]


def inspect(columns: Columns, timeframe: int = 0) -> Findings:
    """Look through history; `timeframe` is that of bars."""
    if isinstance(columns, Ticks):
        inspector = TickInspector()
        for at in range(0, len(columns.times), ROWS):
            inspector.add(columns.part(slice(at, at + ROWS)))
        return inspector.findings()
    times = columns.times
    ends = close_times(times, timeframe)
    gaps, weekends = _gaps(times, ends, HOUR_MS + 3 * int(np.median(ends - times)))
    odd = _shadows(columns)
    return Findings(
        rows=len(times), start=naive_utc(int(times[0])), end=naive_utc(int(times[-1])),
        gaps=gaps, weekends=weekends, crossed=0, no_spread=0, outliers=len(odd),
        outlier_times=tuple(naive_utc(int(times[at])) for at in odd[:SHOWN]),
    )  # fmt: skip


class TickInspector:
    """Looks through ticks that come piece by piece.

    Attributes
    ----------
    rows, first, last : int
        How many there were, and the times of the first and the last, ms.
    """

    def __init__(self) -> None:
        self.rows = self.first = self.last = 0
        self._gaps: list[Gap] = []
        self._weekends = self._crossed = self._no_spread = self._outliers = 0
        self._outlier_times: list[datetime] = []
        self._before: Ticks | None = None

    def add(self, ticks: Ticks) -> None:
        """Look at the next rows."""
        if not len(ticks.times):
            return
        self.first = self.first if self.rows else int(ticks.times[0])
        self.last = int(ticks.times[-1])
        self.rows += len(ticks.times)
        self._crossed += int(np.count_nonzero(ticks.asks < ticks.bids))
        self._no_spread += int(np.count_nonzero(ticks.asks == ticks.bids))
        quotes = Ticks(*ticks[:3])
        known = 0
        if self._before is not None:
            known = len(self._before.times)
            quotes = joined([self._before, quotes])
        times = quotes.times[max(known - 1, 0) :]
        gaps, weekends = _gaps(times, times, HOUR_MS)
        self._gaps += gaps
        self._weekends += weekends
        odd = _leaps(quotes)  # the last row of a piece is looked at with the next
        self._outliers += len(odd)
        self._outlier_times += [naive_utc(int(quotes.times[at])) for at in odd[:SHOWN]]
        self._before = quotes.part(slice(-2, None))

    def findings(self) -> Findings:
        """Return what was found."""
        return Findings(
            rows=self.rows, start=naive_utc(self.first), end=naive_utc(self.last),
            gaps=tuple(self._gaps), weekends=self._weekends, crossed=self._crossed,
            no_spread=self._no_spread, outliers=self._outliers,
            outlier_times=tuple(self._outlier_times[:SHOWN]),
        )  # fmt: skip


def _gaps(times: Array, ends: Array, longest: int) -> tuple[tuple[Gap, ...], int]:
    """Return the pauses between the end of a row and the next one, and how many are weekends."""
    pauses = times[1:] - ends[:-1]
    long = np.flatnonzero(pauses > longest)
    start, end = ends[long], times[long + 1]
    week = 7 * DAY_MS
    noon = (start - SATURDAY_NOON + week - 1) // week * week + SATURDAY_NOON
    weekend = (noon <= end) & (end - start <= WEEKEND)
    found = [
        Gap(naive_utc(int(opened)), naive_utc(int(other)))
        for opened, other in zip(start[~weekend], end[~weekend], strict=True)
    ]
    return tuple(found), int(np.count_nonzero(weekend))


def _leaps(ticks: Ticks) -> Array:
    """Return the indexes of ticks that leave both neighbours and come back."""
    odd = []
    for prices in (ticks.bids, ticks.asks):
        if len(prices) < 3:
            continue
        middle = prices[1:-1].astype(np.int64)
        before, after = middle - prices[:-2], middle - prices[2:]
        far = np.minimum(np.abs(before), np.abs(after)) > LEAP * middle
        odd.append(np.flatnonzero(far & ((before > 0) == (after > 0))) + 1)
    return np.unique(np.concatenate(odd)) if odd else np.empty(0, np.int64)


def _shadows(bars: Bars) -> Array:
    """Return the indexes of bars with a shadow that is far too long."""
    usual = float(np.median(bars.highs - bars.lows))
    upper = bars.highs - np.maximum(bars.opens, bars.closes)
    lower = np.minimum(bars.opens, bars.closes) - bars.lows
    return np.flatnonzero(np.maximum(upper, lower) > STRETCH * max(usual, 1.0))
