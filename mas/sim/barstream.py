"""A stream of ticks generated from bars, of which only those are ever made that somebody sees.

The extremes of the bars tell in which bar a level is reached; the tick in it, and the quote at any
time, follow from the legs of that one bar. So a run over ten years costs the memory of its bars.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from mas.history.barrows import Rows, rows_of
from mas.history.columns import NO_TICKS, Bars, Blocks, Ticks, joined
from mas.history.oneway import first_on, legs_of_one, price_on
from mas.history.paths import BLOCK, BarTicks
from mas.history.pyramid import Extremes, Pyramid
from mas.history.resample import divides, within
from mas.history.serverclock import UTC_CLOCK
from mas.sim.book import NEVER_ABOVE, Levels
from mas.sim.streams import NO_TIME, Quote
from mas.terminal import constants as c
from mas.timeunits import DAY_MS, Ms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mas.history.oneway import Leg
    from mas.history.serverclock import ServerClock
    from mas.sim.barcache import ClosedBars

    Array = np.ndarray[Any, Any]

KEPT = 256
"""Bars whose legs are kept: orders look at the quote several times."""


class BarStream:
    """The generated ticks of one symbol, with a cursor at the newest.

    Parameters
    ----------
    made : BarTicks
        What ticks there are.
    pyramid : Pyramid, optional
        Of the extremes of the bars, where it is at hand.
    timeframe : int
        Of the bars.
    by_last : bool
        Whether deals trigger (R53): then each tick has one at its bid.
    """

    step = 30 * DAY_MS
    shared = NO_TIME

    def __init__(
        self,
        made: BarTicks,
        pyramid: Pyramid | None = None,
        *,
        timeframe: int = c.TIMEFRAME_M1,
        by_last: bool = False,
    ) -> None:
        self.made = made
        self.closed: dict[tuple[Any, ...], ClosedBars] = {}
        self._timeframe, self._by_last = timeframe, by_last
        self._pyramid = pyramid
        self._times = made.times
        self._bar, self._rank = -1, 0
        self._from, self._until = -NEVER_ABOVE, self._start(0)
        self._quote: Quote | None = None
        self._found = (-1, 0)
        self._held = False
        self._extremes: tuple[int, int] | None = None
        self._legs = lru_cache(maxsize=KEPT)(self._legs_of)

    def __len__(self) -> int:
        return len(self.made)

    def quote(self, now: Ms) -> Quote | None:
        """Return the newest tick at or before `now`, the held one while it is its time."""
        if self._from <= now < self._until or (self._held and now == self._from):
            return self._quote
        return self._seek(*self._at(now))

    def next_after(self, now: Ms) -> Ms:
        """Return the time of the first tick after `now`; far away when there is none."""
        return self._time(*self._after(*self._at(now)))

    def find(self, after: Ms, near: Levels, *, by_last: bool) -> tuple[int, bool]:  # noqa: ARG002
        """Look for the first tick beyond a level among all that follow."""
        known = self._held or self._from <= after < self._until
        bar, rank = self._after(self._bar, self._rank) if known else self._after(*self._at(after))
        if rank:
            found = self._beyond(bar, rank, near)
            if found >= 0:
                return self._hit(bar, found)
            bar += 1
        bar = self.pyramid().first_beyond(near, bar)
        if bar < 0:
            return NEVER_ABOVE, False
        return self._hit(bar, self._beyond(bar, 0, near))

    def pyramid(self) -> Pyramid:
        """Return the extremes of the ticks of each bar."""
        if self._pyramid is None:
            low, high = self.made.extremes
            bids, spreads = _sides(low, high), self.made.spreads
            asks = bids if self._by_last else _sides(low + spreads, high + spreads)
            self._pyramid = Pyramid.of(bids, asks)
        return self._pyramid

    def hold(self) -> None:
        """Make the tick found last the newest one."""
        self._seek(*self._found)
        self._held = True

    def release(self) -> None:
        """Hold no tick any longer."""
        self._held = False

    def ticks(self, start: Ms, end: Ms) -> Ticks:
        """Return the ticks of start <= time < end."""
        first, last = self._at(start - 1), self._at(end - 1)
        if last[0] <= first[0] + 1:
            found = self._few(self._after(*first), last)
            if found is not None:
                return found
        pieces = list(self.windows(start, end))
        return joined(pieces) if pieces else self._dealt(NO_TICKS)

    def _few(self, first: tuple[int, int], last: tuple[int, int]) -> Ticks | None:
        """Return the ticks from one to another of its bar, None where that is a later one.

        A bar that is still forming is asked for again and again.
        """
        bar, rank = first
        if last < first:
            return self._dealt(NO_TICKS)
        if last[0] != bar:
            return None
        ranks = range(rank, last[1] + 1)
        times = np.array([self._time(bar, moment) for moment in ranks], np.int64)
        bids = np.array([self._bid(bar, moment) for moment in ranks], np.int32)
        return self._dealt(Ticks(times, bids, bids + self.made.spreads[bar]))

    def _dealt(self, ticks: Ticks) -> Ticks:
        """Return ticks with a deal each, where those trigger."""
        if not self._by_last:
            return ticks
        return ticks._replace(lasts=ticks.bids, volumes=np.zeros(len(ticks.times)))

    def windows(self, start: Ms, end: Ms) -> Iterator[Ticks]:
        """Yield the ticks of start <= time < end, some thousand bars at a time."""
        first = max(int(self._times.searchsorted(start, side="right")) - 1, 0)
        last = int(self._times.searchsorted(end))
        for at in range(first, last, BLOCK):
            upto = min(at + BLOCK, last)
            part = self.made.made(at, upto)
            if at == first or upto == last:
                part = part.part(slice(*part.times.searchsorted((start, end))))
            yield self._dealt(part)

    def count(self, start: Ms, end: Ms) -> int:
        """Return how many ticks there are of start <= time < end."""
        first, last = (self._index(*self._after(*self._at(moment - 1))) for moment in (start, end))
        return max(last - first, 0)

    def rows(self) -> Rows:
        """Return all ticks by their number."""
        return rows_of(self.made, self.pyramid())

    def quotes(self, times: Array) -> Ticks:
        """Return the newest tick at or before each time, bid and ask 0 before the first."""
        if not len(self._times):
            nothing = np.zeros(len(times), np.int64)
            return Ticks(nothing, nothing, nothing)
        bars = self._times.searchsorted(times, side="right") - 1
        early, bars = bars < 0, np.maximum(bars, 0)
        ranks = np.where(early, 0, self.made.ranks_at(bars, times))
        bids = np.where(early, 0, self.made.bids_at(bars, ranks))
        asks = np.where(early, 0, bids + self.made.spreads[bars])
        times = self.made.times_at(bars, ranks)
        return self._dealt(Ticks(times, bids.astype(np.int32), asks.astype(np.int32)))

    def blocks(self, start: Ms, end: Ms) -> Blocks | None:
        """Return the bars all of whose ticks are of start <= time < end."""
        first, last = (int(moment) for moment in self._times.searchsorted((start, end)))
        if last > first and self._time(last - 1, self._count(last - 1) - 1) >= end:
            last -= 1
        if last <= first:
            return None
        part, made = slice(first, last), self.made
        low, high = (moment[part] for moment in made.extremes)
        bars = np.arange(first, last)
        return Blocks(
            made.times[part], made.times_at(bars, made.counts[part] - 1), low, high,
            low + made.spreads[part], high + made.spreads[part],
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
        return found if within(found.times, self._timeframe, timeframe, clock) else None

    def settled(self) -> int:
        """Return that no tick is ever added."""
        return NEVER_ABOVE

    def extremes(self) -> tuple[int, int] | None:
        """Return the lowest bid and the highest ask of all ticks, None without any."""
        if self._extremes is None and len(self._times):
            low, high = self.made.extremes
            self._extremes = int(low.min()), int((high + self.made.spreads).max())
        return self._extremes

    def forget(self) -> None:
        """Nothing to do: no tick is kept."""

    def _bars_from(self, start: Ms, end: Ms) -> Bars:
        return self.made.bars.part(slice(*self._times.searchsorted((start, end))))

    # -- inside: a tick is a bar and a rank in it ----------------------------------------------

    def _seek(self, bar: int, rank: int) -> Quote | None:
        """Make a tick the newest one; bar -1 is before the first."""
        self._bar, self._rank, self._held = bar, rank, False
        if bar < 0:
            self._from, self._until, self._quote = -NEVER_ABOVE, self._start(0), None
            return None
        start, length, count = self._start(bar), self.made.length(bar), self._count(bar)
        self._from = start + rank * length // count
        last = rank + 1 == count
        self._until = self._start(bar + 1) if last else start + (rank + 1) * length // count
        bid = self._bid(bar, rank)
        ask = bid + self.made.spreads.item(bar)
        self._quote = Quote(self._from, bid, ask, bid if self._by_last else 0)
        return self._quote

    def _at(self, now: Ms) -> tuple[int, int]:
        """Return the newest tick at or before `now`."""
        bar = int(self._times.searchsorted(now, side="right")) - 1
        if bar < 0:
            return -1, 0
        count, since = self._count(bar), now - self._start(bar)
        return bar, min(count - 1, ((since + 1) * count - 1) // self.made.length(bar))

    def _after(self, bar: int, rank: int) -> tuple[int, int]:
        """Return the tick that follows."""
        if bar >= 0 and rank + 1 < self._count(bar):
            return bar, rank + 1
        return bar + 1, 0

    def _time(self, bar: int, rank: int) -> int:
        if not rank:
            return self._start(bar)
        return self._start(bar) + rank * self.made.length(bar) // self._count(bar)

    def _start(self, bar: int) -> int:
        return int(self._times.item(bar)) if bar < len(self._times) else NEVER_ABOVE

    def _count(self, bar: int) -> int:
        found: int = self.made.counts.item(bar)
        return found

    def _index(self, bar: int, rank: int) -> int:
        return int(self.made.offsets.item(bar)) + rank

    def _bid(self, bar: int, rank: int) -> int:
        """Return a bid; that of the first and of the last tick is open and close (R194)."""
        if not rank or rank == self._count(bar) - 1:
            return self.made.edge(bar, rank)
        return price_on(self._legs(bar), rank)

    def _beyond(self, bar: int, rank: int, near: Levels) -> int:
        """Return the first tick of a bar, from one on, that is beyond a level, -1 for none."""
        made = self.made
        spread = 0 if self._by_last else made.spreads.item(bar)
        low = max(near.bid_low, near.ask_low - spread)
        high = min(near.bid_high, near.ask_high - spread)
        lowest, highest = made.extremes
        if lowest.item(bar) > low and highest.item(bar) < high:
            return -1
        return first_on(self._legs(bar), rank, low, high)

    def _hit(self, bar: int, rank: int) -> tuple[int, bool]:
        self._found = (bar, rank)
        return self._time(bar, rank), True

    def _legs_of(self, bar: int) -> list[Leg]:
        return legs_of_one(self.made.corners_of(bar), self._count(bar), fine=self.made.fine)


def _sides(low: Array, high: Array) -> tuple[Extremes, Extremes]:
    return Extremes(low, lowest=True), Extremes(high, lowest=False)
