"""Weekly tables of hours, in server time (R40)."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mas.errors import ParamError
from mas.timeunits import DAY_MS, MINUTE_MS, WEEK_MS, Ms

if TYPE_CHECKING:
    from collections.abc import Iterable

    Array = np.ndarray[Any, Any]

DAYS: Final = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
FIRST_SUNDAY: Final = 3 * DAY_MS
"""1970-01-01 was a Thursday."""


class Sessions:
    """The hours of a week in which something is open.

    Parameters
    ----------
    rows : iterable of str
        Such as ``"Mon-Thu 00:00-24:00"`` or ``"Fri 00:00-12:00, 13:00-21:00"``. An end above
        24:00 reaches into the next day, up to 48:00. No row at all means always.

    Raises
    ------
    ParamError
        A row cannot be read.
    """

    def __init__(self, rows: Iterable[str]) -> None:
        spans = sorted(part for row in rows for span in _spans(row) for part in _in_week(*span))
        self.always = not spans
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in spans:
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def open_at(self, at: Ms) -> bool:
        """Tell whether it is open at epoch millisecond `at`; an end is closed."""
        if self.always:
            return True
        within = (at - FIRST_SUNDAY) % WEEK_MS
        index = bisect_right(self._starts, within) - 1
        return index >= 0 and within < self._ends[index]

    def mask(self, times: Array) -> Array | None:
        """Return which of the times (ms) are open, None for all."""
        if self.always:
            return None
        within = (times - FIRST_SUNDAY) % WEEK_MS
        index = np.searchsorted(self._starts, within, side="right") - 1
        ends = np.append(self._ends, -1)  # index -1: before the first start of the week
        open_: Array = within < ends[index]
        return open_

    def next_open(self, at: Ms) -> Ms:
        """Return `at` when it is open then, else the time of the next opening, ms."""
        if self.open_at(at):
            return at
        within = (at - FIRST_SUNDAY) % WEEK_MS
        index = bisect_right(self._starts, within)
        if index < len(self._starts):
            return at - within + self._starts[index]
        return at - within + WEEK_MS + self._starts[0]

    def end_of_day(self, at: Ms) -> Ms:
        """Return when the last session of the day of `at` ends, at midnight the latest (R91)."""
        midnight = (at // DAY_MS + 1) * DAY_MS
        if self.always:
            return midnight
        last = (midnight - 1 - FIRST_SUNDAY) % WEEK_MS  # the last millisecond of that day
        index = bisect_right(self._starts, last) - 1
        if index < 0:
            return midnight
        end = midnight - 1 - last + self._ends[index]
        return end if at < end <= midnight else midnight


def _spans(row: str) -> list[tuple[int, int]]:
    """Return start and end of each span of a row, in ms from Sunday 00:00."""
    try:
        days, hours = row.split(maxsplit=1)
        first, _, last = days.partition("-")
        low, high = DAYS.index(first), DAYS.index(last or first)
        spans = [_span(text.strip()) for text in hours.split(",")]
    except ValueError:
        low, high, spans = 1, 0, []
    if low > high or not all(
        start < min(end, DAY_MS) and end <= 2 * DAY_MS for start, end in spans
    ):
        raise ParamError(
            f"sessions must look like 'Mon-Fri 09:00-12:00, 13:00-17:30' with days from "
            f"{DAYS[0]} to {DAYS[-1]}, was {row!r}"
        )
    return [
        (day * DAY_MS + start, day * DAY_MS + end)
        for day in range(low, high + 1)
        for start, end in spans
    ]


def _in_week(start: Ms, end: Ms) -> list[tuple[int, int]]:
    """Return a span cut at the end of the week: Saturday night reaches into Sunday."""
    return [(start, end)] if end <= WEEK_MS else [(start, WEEK_MS), (0, end - WEEK_MS)]


def _span(text: str) -> tuple[int, int]:
    start, end = (_minutes(part) for part in text.split("-"))
    return start * MINUTE_MS, end * MINUTE_MS


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
