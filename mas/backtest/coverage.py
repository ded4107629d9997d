"""Whether stored history covers a period: trading hours without a row, weekends and holidays apart.

The hours that are asked for are those in which the symbol trades: its sessions, for currencies
from Monday to Friday 21:00 UTC (brokers differ on Sunday evenings, and files may have a server's
clock), without the days around Christmas and New Year. So many of them in a row as there are in
one trading day may be missing, and no more than a tenth of a short period.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from mas.history.derived import of_ticks
from mas.history.resample import seconds_of
from mas.history.store import TICKS
from mas.schema.words import TIMEFRAMES
from mas.timeunits import DAY_MS, HOUR_MS, MINUTE_MS, Ms

if TYPE_CHECKING:
    from mas.history.store import Stored
    from mas.sim import Symbol

    Array = np.ndarray[Any, Any]
    Span = tuple[int, int]

SHORT = 10 * DAY_MS
"""Periods up to it are looked at by the minute, longer ones by the hour."""
PART = 0.1
"""Share of a period that may be missing in a row."""
LEAST = 15 * MINUTE_MS
"""Pauses of a quiet market."""
FRIDAY, SATURDAY, SUNDAY = 5, 6, 0
FRIDAY_END = 21 * HOUR_MS
SATURDAY_NOON = 2 * DAY_MS + 12 * HOUR_MS
"""From 1970-01-01, a Thursday."""
HOLIDAYS = frozenset({(12, 24), (12, 25), (12, 26), (12, 31), (1, 1), (1, 2)})
"""Month and day; the last of them where the holiday fell on a weekend."""


def length_of(stored: Stored) -> int:
    """Return the length of stored bars in ms, 0 for ticks."""
    return 0 if stored.kind == TICKS else seconds_of(TIMEFRAMES[stored.kind]) * 1000


@lru_cache(maxsize=32)
def gaps(stored: Stored, symbol: Symbol, start: Ms, end: Ms) -> list[Span]:
    """Return the parts of start <= time < end, ms, in which rows are missing; none if covered."""
    step = MINUTE_MS if end - start <= SHORT else HOUR_MS
    slots = np.arange(start // step, -(-end // step)) * step
    asked = slots[_trading(symbol, slots, stored)]
    length = length_of(stored) or 1
    outside = (asked + step <= stored.first) | (asked >= stored.last + length)
    return _runs(asked, outside, step) or _runs(asked, _empty(asked, stored, step), step)


def _empty(asked: Array, stored: Stored, step: int) -> Array:
    """Tell of each slot whether it has no row; of ticks their minutes are looked at."""
    ticks = stored.kind == TICKS
    times = of_ticks(stored).bars.times if ticks else stored.read().times
    length = length_of(stored) or MINUTE_MS
    before = times.searchsorted(asked - length, side="right")
    return cast("Array", before >= times.searchsorted(asked + step))


def _runs(asked: Array, empty: Array, step: int) -> list[Span]:
    """Return the runs of empty slots that are too long."""
    if not empty.any():
        return []
    changes = np.flatnonzero(np.diff(empty, prepend=False, append=False))
    firsts, lasts = changes[::2], changes[1::2] - 1
    long = (lasts - firsts + 1) * step > _tolerated(asked, step)
    return [
        (int(asked[first]), int(asked[last]) + step)
        for first, last in zip(firsts[long], lasts[long], strict=True)
    ]


def _tolerated(asked: Array, step: int) -> float:
    """Return how much of the trading time may be missing in a row, ms."""
    days = np.unique(asked // DAY_MS, return_counts=True)[1]
    day = int(days.max()) * step
    return min(day, max(PART * len(asked) * step, LEAST))


def _trading(symbol: Symbol, slots: Array, stored: Stored) -> Array:
    """Return which slots, by their start in ms, the symbol trades in."""
    days = slots // DAY_MS
    weekday = (days + 4) % 7
    open_ = symbol.trading.mask(slots)
    asked = np.ones(len(slots), np.bool_) if open_ is None else open_
    if not (symbol.trading.open_at(SATURDAY_NOON) and _has_weekends(stored)):
        asked &= (weekday != SATURDAY) & (weekday != SUNDAY)
        asked &= (weekday != FRIDAY) | (slots % DAY_MS < FRIDAY_END)
        asked &= ~_holidays(days)
    return cast("Array", asked)


def _has_weekends(stored: Stored) -> bool:
    """Tell whether a market that could trade on Saturdays did; yes where none could be seen."""
    first, last = stored.first // DAY_MS + 1, stored.last // DAY_MS
    saturdays = np.arange(first + (SATURDAY - (first + 4) % 7) % 7, last, 7) * DAY_MS
    times = stored.read().times
    found = times.searchsorted(saturdays) < times.searchsorted(saturdays + DAY_MS)
    return not len(found) or bool(found.any())


def _holidays(days: Array) -> Array:
    """Return which days, counted from 1970, are holidays."""
    different, place = np.unique(days, return_inverse=True)
    dates = different.astype("datetime64[D]").tolist()
    free = np.array([(date.month, date.day) in HOLIDAYS for date in dates], np.bool_)
    return cast("Array", free[place])
