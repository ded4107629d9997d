"""The clock on a trade server's wall: what its days, weeks, sessions and bars go by (R182, R183).

Everything inside is UTC. Server time is what that clock shows, written as if it were UTC, in
milliseconds; it is needed where a rule speaks of the server's day, and where the functions of the
MetaTrader5 package give times out or take them in.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, overload
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from mas.errors import ParamError
from mas.timeunits import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Ms

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST = 4_165_516_800_000
"""2102-01-01: after that the last offset holds."""
STEP = 3 * DAY_MS
"""No zone has changed its offset twice in so short a time."""
MOST_HOURS = 15
FIXED = re.compile(r"(?:UTC|GMT)?\s*([+-]?)(\d{1,2})(?::([0-5]\d)|(\.\d+))?", re.IGNORECASE)
NEW_YORK_CLOSE = "New York close"
"""Midnight is 17:00 in New York, in winter and in summer: New York's clock and seven hours."""
FAR = 1 << 62


class ServerClock:
    """What a server's clock shows at a moment, and when it shows a time.

    A time that the clock shows twice, because it is put back, is taken for the first of the two
    moments; one that it leaves out for the moment at which it is put forward.

    Parameters
    ----------
    name : str
        As :func:`server_clock` takes it.
    starts : list of int
        Moments (UTC, ms) from which each offset holds, but for the first.
    offsets : list of int
        Server time minus UTC, ms.

    Attributes
    ----------
    utc : bool
        Whether it shows UTC at all times: then there is nothing to convert.
    """

    def __init__(self, name: str, starts: list[int], offsets: list[int]) -> None:
        self.name = name
        self.utc = not starts and not offsets[0]
        self.fixed = offsets[0] if not starts else None
        """The one offset, ms; None where summer and winter differ."""
        self._starts, self._offsets = [-FAR, *starts], offsets
        self._ends = [at + offset for at, offset in zip(starts, offsets[:-1], strict=True)]
        self._arrays = tuple(np.array(moment, np.int64) for moment in (starts, offsets, self._ends))
        self._span = (FAR, -FAR, 0)

    def __repr__(self) -> str:
        return f"<ServerClock {self.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return server_clock, (self.name,)

    def divides(self, length: int) -> bool:
        """Tell whether it is ahead of UTC by a multiple of `length`, ms, at all times."""
        return all(offset % length == 0 for offset in self._offsets)

    # -- moments to server time ------------------------------------------------------------------

    def offset(self, at: Ms) -> int:
        """Return server time minus UTC at a moment, ms."""
        if self.fixed is not None:
            return self.fixed
        start, end, offset = self._span
        if not start <= at < end:
            start, end, offset = self._span = self._span_at(at)
        return offset

    @overload
    def to_server(self, at: Ms) -> Ms: ...
    @overload
    def to_server(self, at: Array) -> Array: ...
    def to_server(self, at: Ms | Array) -> int | Array:
        """Return what the clock shows at a moment, or at each of an array, ms."""
        if self.utc:
            return at
        return at + (self.offsets(at) if isinstance(at, np.ndarray) else self.offset(at))

    def offsets(self, at: Array) -> Any:
        """Return server time minus UTC at each moment, ms."""
        if self.fixed is not None:
            return self.fixed
        starts, offsets, _ = self._arrays
        return offsets[starts.searchsorted(at, side="right")]

    def spans(self, at: Array) -> tuple[Array, Array]:
        """Return from when and until when the offset at each moment holds, ms."""
        starts = self._arrays[0]
        index = starts.searchsorted(at, side="right")
        padded = np.concatenate([[-FAR], starts, [FAR]])
        return padded[index], padded[index + 1]

    def _span_at(self, at: Ms) -> tuple[int, int, int]:
        index = bisect_right(self._starts, at) - 1
        ends = self._starts[index + 1] if index + 1 < len(self._starts) else FAR
        return self._starts[index], ends, self._offsets[index]

    # -- server time to moments ------------------------------------------------------------------

    @overload
    def to_utc(self, shown: int) -> Ms: ...
    @overload
    def to_utc(self, shown: Array) -> Array: ...
    def to_utc(self, shown: int | Array) -> int | Array:
        """Return the moment at which the clock shows a time, or each of an array, ms."""
        if self.fixed is not None:
            return shown - self.fixed if self.fixed else shown
        if isinstance(shown, np.ndarray):
            starts, offsets, ends = self._arrays
            index = ends.searchsorted(shown, side="right")
            moments: Array = np.maximum(
                shown - offsets[index], np.concatenate([[-FAR], starts])[index]
            )
            return moments
        at = bisect_right(self._ends, shown)
        return max(shown - self._offsets[at], self._starts[at])

    # -- days ------------------------------------------------------------------------------------

    def day(self, at: Ms) -> int:
        """Return the server's day at a moment, counted from 1970-01-01."""
        return self.to_server(at) // DAY_MS

    def next_midnight(self, at: Ms) -> Ms:
        """Return the next moment after `at` at which a server's day ends, ms.

        A day that has ended does not end again when the clock is put back over midnight.
        """
        if self.fixed is not None:
            return ((at + self.fixed) // DAY_MS + 1) * DAY_MS - self.fixed
        day = self.day(at) + 1
        while (found := self.to_utc(day * DAY_MS)) <= at:
            day += 1
        return found

    def midnights(self, after: Ms, until: Ms) -> Array:
        """Return all ends of days with after < moment <= until, ms."""
        days = np.arange(self.day(after), self.day(until) + 2) * DAY_MS
        found = self.to_utc(days)
        return found[(found > after) & (found <= until)]


UTC_CLOCK = ServerClock("UTC", [], [0])
"""The clock of a server that keeps UTC."""


def server_clock(name: str) -> ServerClock:
    """Return the clock of a server by its zone.

    Parameters
    ----------
    name : str
        ``"UTC"``; a fixed offset such as ``"+3"``, ``"UTC+3"`` or ``"+05:30"``; a zone such as
        ``"Europe/Athens"``; or ``"New York close"``, whose midnight is 17:00 in New York.

    Raises
    ------
    ParamError
        There is no such zone.
    """
    return _clock(name.strip())


@lru_cache(maxsize=64)
def _clock(name: str) -> ServerClock:
    if name.upper() in {"UTC", "GMT", "Z"}:
        return UTC_CLOCK
    minutes = _fixed(name)
    if minutes is not None:
        return fixed_clock(minutes)
    if name.casefold() == NEW_YORK_CLOSE.casefold():
        return _of_zone(NEW_YORK_CLOSE, ZoneInfo("America/New_York"), 7 * HOUR_MS)
    try:
        return _of_zone(name, ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ParamError(
            f"server_zone must be 'UTC', an offset such as '+3' or '+05:30', a zone such as "
            f"'Europe/Athens', or '{NEW_YORK_CLOSE}', was {name!r}",
            field="server_zone",
            value=name,
        ) from None


def fixed_clock(minutes: int) -> ServerClock:
    """Return a clock that is so many minutes ahead of UTC all the year."""
    return ServerClock(offset_name(minutes), [], [minutes * MINUTE_MS]) if minutes else UTC_CLOCK


def offset_name(minutes: int) -> str:
    """Return ``"UTC+3"`` or ``"UTC-05:30"`` for minutes ahead of UTC."""
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "-"
    return f"UTC{sign}{hours:02d}:{rest:02d}" if rest else f"UTC{sign}{hours}"


def _fixed(name: str) -> int | None:
    """Return the minutes of a fixed offset, None for anything else."""
    found = FIXED.fullmatch(name)
    if found is None:
        return None
    sign, hours, minutes, part = found.groups()
    total = int(hours) * 60 + int(minutes or 0) + round(float(part or 0) * 60)
    return None if total >= MOST_HOURS * 60 else -total if sign == "-" else total


def _of_zone(name: str, zone: ZoneInfo, more: int = 0) -> ServerClock:
    """Return the clock of a zone, ahead of it by `more` ms."""

    def offset(at: Ms) -> int:
        moved = (EPOCH + timedelta(milliseconds=at)).astimezone(zone).utcoffset()
        assert moved is not None  # noqa: S101  a ZoneInfo always has one
        return round(moved / timedelta(milliseconds=1)) + more

    starts: list[int] = []
    offsets = [offset(0)]
    for at in range(STEP, LAST, STEP):
        now = offset(at)
        if now != offsets[-1]:
            starts.append(_change(offset, at - STEP, at))
            offsets.append(now)
    return ServerClock(name, starts, offsets)


def _change(offset: Any, low: int, high: int) -> int:
    """Return the first moment, whole seconds, at which the offset is that of `high`."""
    new = offset(high)
    while high - low > SECOND_MS:
        middle = (low + high) // (2 * SECOND_MS) * SECOND_MS
        low, high = (low, middle) if offset(middle) == new else (middle, high)
    return high
