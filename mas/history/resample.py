"""Bars of any timeframe, from ticks or from bars of a shorter one (R178 to R182).

Times are UTC; periods begin and end by a server's clock, which is UTC unless it is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mas.history.columns import NO_BARS, Bars, Ticks, joined
from mas.history.serverclock import UTC_CLOCK
from mas.terminal import constants as c
from mas.timeunits import DAY_S, WEEK_S

if TYPE_CHECKING:
    from mas.history.serverclock import ServerClock

    Array = np.ndarray[Any, Any]

CHUNK = 1 << 20
"""Ticks folded at a time."""
SUNDAY = 3 * DAY_S
"""Seconds from 1970-01-01, a Thursday, to the first Sunday."""


def seconds_of(timeframe: int) -> int:
    """Return the length of a period in seconds, a month counted as 30 days (R181)."""
    if timeframe == c.TIMEFRAME_MN1:
        return 30 * DAY_S
    if timeframe == c.TIMEFRAME_W1:
        return WEEK_S
    return 60 * timeframe if timeframe < c.TIMEFRAME_H1 else 3600 * (timeframe & 0xFFF)


MOST_BARS = 5000
"""Bars of a symbol in a chart."""
STEPS = tuple(
    getattr(c, f"TIMEFRAME_{name}") for name in ("M1", "M5", "M15", "M30", "H1", "H4", "D1", "W1")
)


def step_of(first: int, last: int) -> int:
    """Return the shortest timeframe of which a period, ms, has no more than MOST_BARS bars."""
    fits = [step for step in STEPS if (last - first) / 1000 / seconds_of(step) <= MOST_BARS]
    return int(fits[0] if fits else STEPS[-1])


def opens(times: Array, timeframe: int, clock: ServerClock = UTC_CLOCK) -> Array:
    """Return the start of the period that holds each time (ms), in seconds (R182).

    A period in which the server's clock is moved is shorter or longer by that; one whose start
    the clock shows twice begins twice.
    """
    if clock.utc or _as_utc(timeframe, clock):
        return _floored(times // 1000, timeframe)
    shown = clock.to_server(times)
    floored = _floored(shown // 1000, timeframe) * 1000
    began: Array = times - (shown - floored)
    if clock.fixed is None:
        since, _ = clock.spans(times)
        began = np.where(began >= since, began, clock.to_utc(floored))
    return began // 1000


def close_times(opened: Array, timeframe: int, clock: ServerClock = UTC_CLOCK) -> Array:
    """Return when bars that opened at those times (ms) are over: when the next period begins."""
    if clock.utc or _as_utc(timeframe, clock):
        return _next_period(opened, timeframe)
    shown = clock.to_server(opened)
    following = _next_period(_floored(shown // 1000, timeframe) * 1000, timeframe)
    ends: Array = opened + (following - shown)
    if clock.fixed is not None:
        return ends
    _, moved = clock.spans(opened)
    across = ends > moved
    if across.any():
        # The clock is moved within the period, which that may end at once.
        at = moved[across]
        again = opens(at, timeframe, clock) * 1000 == at
        ends[across] = np.where(again, at, clock.to_utc(following[across]))
    return ends


def _as_utc(timeframe: int, clock: ServerClock) -> bool:
    """Tell whether periods begin as they do in UTC: they divide all that the clock is ahead."""
    if timeframe >= c.TIMEFRAME_D1:
        return False
    return clock.divides(seconds_of(timeframe) * 1000)


def _floored(seconds: Array, timeframe: int) -> Array:
    """Return the start of the period that holds each time, both in seconds."""
    if timeframe == c.TIMEFRAME_MN1:
        months = seconds.astype("datetime64[s]").astype("datetime64[M]")
        return months.astype("datetime64[s]").astype(np.int64)
    if timeframe == c.TIMEFRAME_W1:
        return (seconds - SUNDAY) // WEEK_S * WEEK_S + SUNDAY
    length = seconds_of(timeframe)
    return seconds // length * length


def _next_period(starts: Array, timeframe: int) -> Array:
    """Return the start of the period that follows each, both in ms."""
    if timeframe == c.TIMEFRAME_MN1:
        months = starts.astype("datetime64[ms]").astype("datetime64[M]") + np.timedelta64(1, "M")
        return months.astype("datetime64[ms]").astype(np.int64)
    return starts + seconds_of(timeframe) * 1000


def divides(shorter: int, longer: int) -> bool:
    """Tell whether bars of one timeframe can be made of bars of another."""
    if shorter == longer:
        return True
    if c.TIMEFRAME_W1 in {shorter, longer} or c.TIMEFRAME_MN1 in {shorter, longer}:
        return shorter not in {c.TIMEFRAME_W1, c.TIMEFRAME_MN1}
    return seconds_of(longer) % seconds_of(shorter) == 0


def within(times: Array, shorter: int, longer: int, clock: ServerClock = UTC_CLOCK) -> bool:
    """Tell whether each bar of one timeframe lies in one period of another, by a server's clock.

    Bars that begin by another clock, such as stored days, may not; those that do not must not be
    made into longer ones, which would know what comes after their close.
    """
    if shorter == c.TIMEFRAME_M1:
        return True
    whole = opens(times, shorter, clock) * 1000 == times
    ends = np.where(whole, close_times(times, shorter, clock), times + seconds_of(shorter) * 1000)
    return bool(np.all(opens(times, longer, clock) == opens(ends - 1, longer, clock)))


def fold(
    ticks: Ticks, timeframe: int, *, by_last: bool = False, clock: ServerClock = UTC_CLOCK
) -> Bars:
    """Return the bars of some ticks.

    They are made of bids, or of deals with `by_last` (R179); the spread is the first tick's
    (R180).
    """
    if by_last and ticks.lasts is not None:
        ticks = ticks.part(ticks.lasts > 0)
    times, bids, asks, lasts, volumes = ticks
    if not len(times):
        return NO_BARS
    prices = lasts if by_last and lasts is not None else bids
    periods = opens(times, timeframe, clock)
    first, last = _groups(periods)
    return Bars(
        periods[first] * 1000,
        prices[first],
        np.maximum.reduceat(prices, first),
        np.minimum.reduceat(prices, first),
        prices[last],
        last - first + 1,
        asks[first] - bids[first],
        None if volumes is None else np.add.reduceat(volumes, first),
    )


def minutes(ticks: Ticks, *, by_last: bool = False) -> tuple[Bars, Array]:
    """Return the minute bars of ticks, and the time of the first tick of each (ms)."""
    pieces, firsts = [], []
    at, count = 0, len(ticks.times)
    while at < count:
        upto = at + CHUNK
        if upto < count:  # whole minutes only
            edge = int(ticks.times[upto]) // 60_000 * 60_000
            upto = int(ticks.times.searchsorted(edge))
            if upto <= at:
                upto = int(ticks.times.searchsorted(edge + 60_000))
        part = ticks.part(slice(at, upto))
        bars = fold(part, c.TIMEFRAME_M1, by_last=by_last)
        pieces.append(bars)
        firsts.append(part.times[part.times.searchsorted(bars.times)])
        at = upto
    if not pieces:
        return NO_BARS, np.empty(0, np.int64)
    return joined(pieces), np.concatenate(firsts)


def merged(bars: Bars, timeframe: int, clock: ServerClock = UTC_CLOCK) -> Bars:
    """Return bars as bars of a longer period; those that share one become one."""
    if not len(bars.times):
        return bars
    periods = opens(bars.times, timeframe, clock)
    first, last = _groups(periods)
    return Bars(
        periods[first] * 1000,
        bars.opens[first],
        np.maximum.reduceat(bars.highs, first),
        np.minimum.reduceat(bars.lows, first),
        bars.closes[last],
        np.add.reduceat(bars.volumes, first),
        bars.spreads[first],
        None if bars.reals is None else np.add.reduceat(bars.reals, first),
    )


def _groups(periods: Array) -> tuple[Array, Array]:
    """Return the index of the first and of the last row of each period."""
    first = np.flatnonzero(np.diff(periods, prepend=periods[0] - 1))
    return first, np.append(first[1:], len(periods)) - 1
