"""A stream over stored ticks: columns of any length, searched by their extremes."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, Any

import numpy as np

from mas.history.barrows import Rows
from mas.history.columns import Bars, Blocks, Ticks, newest
from mas.history.pyramid import FAN, Pyramid
from mas.history.resample import divides, within
from mas.history.serverclock import UTC_CLOCK
from mas.sim.book import NEVER_ABOVE, Levels
from mas.sim.streams import NO_TIME, Quote
from mas.terminal import constants as c

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mas.history.serverclock import ServerClock
    from mas.sim.barcache import ClosedBars
    from mas.timeunits import Ms

DONT_NEED = getattr(mmap, "MADV_DONTNEED", None)
"""Windows has no such thing, and trims by itself."""
OFTEN = 2000
"""Ticks that are looked at before the pages they are on are let go."""


class ArrayStream:
    """The ticks of one symbol in columns, with a cursor at the newest.

    Parameters
    ----------
    columns : Ticks
        Times that never run back; memory-mapped ones stay where they are.
    bars : Bars, optional
        Bars of them, where they are at hand.
    pyramid : Pyramid, optional
        Of bids and asks, where it is at hand.
    timeframe : int
        Of `bars`.
    """

    step = NEVER_ABOVE
    shared = NO_TIME

    def __init__(
        self,
        columns: Ticks,
        bars: Bars | None = None,
        pyramid: Pyramid | None = None,
        *,
        timeframe: int = c.TIMEFRAME_M1,
    ) -> None:
        self._bars = None if bars is None else Bars._make(map(_plain, bars))
        self._timeframe = timeframe
        self.closed: dict[tuple[Any, ...], ClosedBars] = {}
        self._maps = [column for column in columns if isinstance(column, np.memmap)]
        self._touched = 0
        self._extremes: tuple[int, int] | None = None
        # Views as plain arrays: a memory map pays a tenth of a microsecond for each number.
        self._columns = Ticks._make(map(_plain, columns))
        self._times: NDArray[np.int64] = self._columns.times
        self._pyramids: dict[bool, Pyramid] = {} if pyramid is None else {False: pyramid}
        self._at = -1
        self._from, self._until = -NEVER_ABOVE, self._time(0)
        self._quote: Quote | None = None
        self._found = -1
        self._held = False
        self._come = self._seen = -1
        """Indexes of the newest tick of the time `shared`, and of the newest that was looked at."""
        self._left = NO_TIME, -1
        """The time that was shared before, and its newest tick then."""

    def __len__(self) -> int:
        return len(self._times)

    def quote(self, now: Ms) -> Quote | None:
        """Return the newest tick at or before `now`, the held one while it is its time."""
        if self._from <= now < self._until or (self._held and now == self._from):
            return self._quote
        if now == self.shared:
            return self._quote if self._at == self._come else self._seek(self._come)
        return self._seek(int(self._times.searchsorted(now, side="right")) - 1)

    def next_after(self, now: Ms) -> Ms:
        """Return the time of the first tick after `now`; far away when there is none."""
        return self._time(int(self._times.searchsorted(now, side="right")))

    def find(self, after: Ms, near: Levels, *, by_last: bool) -> tuple[int, bool]:
        """Look for the first tick beyond a level among all that follow."""
        self._found = self.pyramid(by_last=by_last).first_beyond(near, self._start(after))
        if self._found < 0:
            return NEVER_ABOVE, False
        at = int(self._times[self._found])
        return at, at != self.shared or self._found <= self._come

    def _start(self, after: Ms) -> int:
        """Return the index of the first tick that has not been looked at."""
        if self._held:
            return self._at + 1
        if after == self.shared:
            return self._seen + 1
        if after == self._left[0]:
            return self._left[1] + 1
        if self._from <= after < self._until:
            return self._at + 1
        return int(self._times.searchsorted(after, side="right"))

    def come(self, index: int) -> None:
        """Make a tick the newest one of its time; those after it are still to come."""
        time = int(self._times[index])
        if time == self.shared:
            self._seen = self._come
        else:
            self._left = self.shared, self._come
            self.shared, self._seen = time, index
        self._come = index
        self._until = self._from  # what is the newest quote has to be asked anew

    def pyramid(self, *, by_last: bool = False) -> Pyramid:
        """Return the extremes of the two prices that trigger."""
        pyramid = self._pyramids.get(by_last)
        if pyramid is None:
            pyramid = self._pyramids[by_last] = Pyramid(*self._columns.sides(by_last=by_last))
        return pyramid

    def hold(self) -> None:
        """Make the tick found last the newest one."""
        self._seek(self._found)
        self._held = True

    def release(self) -> None:
        """Hold no tick any longer; those that have come have been looked at."""
        self._held = False
        self._seen = self._come

    def ticks(self, start: Ms, end: Ms) -> Ticks:
        """Return the ticks of start <= time < end that have come."""
        first, last = self._times.searchsorted((start, end))
        if end == self.shared + 1:
            last = self._come + 1
        return self._columns.part(slice(first, last))

    @property
    def columns(self) -> Ticks:
        """All ticks."""
        return self._columns

    def count(self, start: Ms, end: Ms) -> int:
        """Return how many ticks there are of start <= time < end."""
        first, last = self._times.searchsorted((start, end))
        return max(int(last - first), 0)

    def rows(self) -> Rows:
        """Return all ticks by their number."""
        sides = self.pyramid()
        return Rows(
            self._times, self._columns.bids, self._columns.asks,
            sides.bid_low, sides.bid_high, sides.ask_low, sides.ask_high,
        )  # fmt: skip

    def quotes(self, times: NDArray[np.int64]) -> Ticks:
        """Return the newest tick at or before each time, bid and ask 0 before the first."""
        return newest(self._columns, times)

    def blocks(self, start: Ms, end: Ms) -> Blocks | None:
        """Return the blocks of the pyramid that lie in start <= time < end."""
        first, last = (int(moment) for moment in self._times.searchsorted((start, end)))
        whole = slice(-(-first // FAN), last // FAN)
        if whole.stop <= whole.start:
            return None
        pyramid, times = self.pyramid(), self._times
        return Blocks(
            times[whole.start * FAN : whole.stop * FAN : FAN],
            times[(whole.start + 1) * FAN - 1 : whole.stop * FAN : FAN],
            pyramid.bid_low.blocks[whole], pyramid.bid_high.blocks[whole],
            pyramid.ask_low.blocks[whole], pyramid.ask_high.blocks[whole],
        )  # fmt: skip

    def minute_bars(self, start: Ms, end: Ms) -> Bars | None:
        """Return the minute bars that open at start <= time < end, None where none are at hand."""
        return self._bars_from(start, end) if self._timeframe == c.TIMEFRAME_M1 else None

    def bars_for(
        self, timeframe: int, start: Ms, end: Ms, clock: ServerClock = UTC_CLOCK
    ) -> Bars | None:
        """Return bars that open at start <= time < end, of which those of a timeframe are made."""
        if not divides(self._timeframe, timeframe):
            return None
        found = self._bars_from(start, end)
        if found is None or not within(found.times, self._timeframe, timeframe, clock):
            return None
        return found

    def settled(self) -> int:
        """Return that no tick is ever added."""
        return NEVER_ABOVE

    def extremes(self) -> tuple[int, int] | None:
        """Return the lowest bid and the highest ask of all ticks, None without any."""
        if self._extremes is None and len(self._times):
            pyramid = self.pyramid()
            self._extremes = (pyramid.bid_low.most, pyramid.ask_high.most)
        return self._extremes

    def forget(self) -> None:
        """Let the pages of memory-mapped columns go; they are read again when they are needed."""
        self._touched = 0
        for array in self._maps:
            pages = getattr(array, "_mmap", None)
            if pages is not None and DONT_NEED is not None:
                pages.madvise(DONT_NEED)

    def _bars_from(self, start: Ms, end: Ms) -> Bars | None:
        if self._bars is None:
            return None
        return self._bars.part(slice(*self._bars.times.searchsorted((start, end))))

    def _seek(self, index: int) -> Quote | None:
        """Make a tick the newest one; -1 is before the first."""
        self._touched += 1
        if self._touched > OFTEN:
            self.forget()
        self._at, self._held = index, False
        self._until = self._time(index + 1)
        if index < 0:
            self._from, self._quote = -NEVER_ABOVE, None
            return None
        self._from = self._time(index)
        _, bids, asks, lasts, volumes = self._columns
        bid, ask = int(bids[index]), int(asks[index])
        if lasts is None or volumes is None:
            self._quote = Quote(self._from, bid, ask)
        else:
            self._quote = Quote(self._from, bid, ask, int(lasts[index]), float(volumes[index]))
        return self._quote

    def _time(self, index: int) -> int:
        return int(self._times[index]) if index < len(self._times) else NEVER_ABOVE


def _plain(column: NDArray[Any] | None) -> NDArray[Any] | None:
    """Return a view of a column as a plain array."""
    return None if column is None else np.asarray(column).view(np.ndarray)
