"""Bars of one symbol and timeframe: closed ones are kept, the forming one follows the clock.

What is kept may reach beyond the clock, so that a run adds to it seldom; what is given out never
does. The forming bar is made of what is before the clock's minute, which is kept as well, and of
the ticks of that minute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mas.history.columns import NO_BARS, Bars, joined
from mas.history.resample import close_times, fold, merged, opens, seconds_of
from mas.history.serverclock import UTC_CLOCK
from mas.sim.bars import RATES, priced
from mas.sim.forming import Forming, grown, of_bars, of_ticks
from mas.terminal import constants as c
from mas.timeunits import MINUTE_MS

if TYPE_CHECKING:
    from mas.history.columns import Ticks
    from mas.history.serverclock import ServerClock
    from mas.sim.streams import Stream
    from mas.sim.symbols import Symbol

    Array = np.ndarray[Any, Any]

OLDEST = 0
"""No bar opens before 1970."""
PIECE = 128 * 86_400_000
"""Milliseconds that are made into bars at a time."""
MOST_KEPT = 2_000_000
"""Closed bars kept of one symbol and timeframe, 68 bytes each."""
AHEAD, MOST_AHEAD = 16, 1 << 16
"""Periods that are added beyond the clock: the second time, and at the most."""
FAR = 64
"""Periods between what is kept and what is asked for from which on it is made apart."""
NOTHING = np.empty(0, RATES)


class Kept(NamedTuple):
    """Closed bars: of all periods that open at low <= time < high.

    Attributes
    ----------
    opens : array of int64
        When they open, ms.
    table : array
        The same bars as ``copy_rates_*`` returns them.
    """

    low: int
    high: int
    opens: Array
    table: Array


class ClosedBars:
    """The closed bars of one symbol and timeframe, as far as they were asked for.

    Runs over one history share them: they only ever grow, and are exchanged as a whole.

    Parameters
    ----------
    clock : ServerClock
        By which periods begin.
    """

    def __init__(self, symbol: Symbol, timeframe: int, clock: ServerClock = UTC_CLOCK) -> None:
        self.symbol, self.timeframe, self.clock = symbol, timeframe, clock
        self.length = seconds_of(timeframe) * 1000
        self.by_last = symbol.chart_mode == c.SYMBOL_CHART_MODE_LAST
        self.kept: Kept | None = None

    def period(self, time: int) -> tuple[int, int]:
        """Return start and end of the period that holds a time, ms."""
        opened = opens(np.array([time]), self.timeframe, self.clock) * 1000
        return int(opened[0]), int(close_times(opened, self.timeframe, self.clock)[0])

    def reach(self, stream: Stream, low: int, high: int) -> Kept:
        """Return what is kept, grown to all bars that open at low <= time < high.

        Parameters
        ----------
        low, high : int
            Starts of periods, ms; no tick before `high` is still to come.
        """
        kept = self.kept or Kept(high, high, np.empty(0, np.int64), NOTHING)
        if low < kept.low or high > kept.high:
            before, after = self.made(stream, low, kept.low), self.made(stream, kept.high, high)
            tables = (self.priced(before), kept.table, self.priced(after))
            kept = Kept(
                min(low, kept.low),
                max(high, kept.high),
                np.concatenate([before.times, kept.opens, after.times]),
                np.concatenate(tables),
            )
        self.kept = _newer_half(kept) if len(kept.opens) > MOST_KEPT else kept
        return kept

    def made(self, stream: Stream, start: int, end: int, *, at_hand: bool = True) -> Bars:
        """Return the bars of the ticks of start <= time < end, whole minutes, ms.

        Parameters
        ----------
        at_hand : bool
            The period is one of whole bars, so that they may be made of longer ones than minutes.
        """
        pieces = []
        for at in range(start, end, PIECE):
            upto = min(at + PIECE, end)
            bars = stream.bars_for(self.timeframe, at, upto, self.clock) if at_hand else None
            if bars is None:
                bars = stream.minute_bars(at, upto)
            pieces.append(self.of_ticks(stream, at, upto) if bars is None else self.merged(bars))
        return self.joined(*pieces)

    def of_ticks(self, stream: Stream, start: int, end: int) -> Bars:
        """Return the bars of the ticks of start <= time < end, ms."""
        step = min(stream.step, PIECE)
        return self.joined(
            *(self.folded(stream.ticks(at, min(at + step, end))) for at in range(start, end, step))
        )

    def folded(self, ticks: Ticks) -> Bars:
        """Return the bars of ticks."""
        return fold(ticks, self.timeframe, by_last=self.by_last, clock=self.clock)

    def merged(self, bars: Bars) -> Bars:
        """Return shorter bars as bars of this timeframe."""
        if self.timeframe == c.TIMEFRAME_M1:
            return bars
        return merged(bars, self.timeframe, self.clock)

    def joined(self, *pieces: Bars) -> Bars:
        """Return bars as one; a period may lie in two pieces."""
        found = [piece for piece in pieces if len(piece.times)]
        if len(found) < 2:
            return found[0] if found else NO_BARS
        return merged(joined(found), self.timeframe, self.clock)

    def another(self) -> ClosedBars:
        """Return a place for bars of the same kind."""
        return ClosedBars(self.symbol, self.timeframe, self.clock)

    def priced(self, bars: Bars) -> Array:
        """Return bars as the array of ``copy_rates_*``."""
        return priced(bars, self.symbol.digits)

    def far(self, low: int, high: int) -> bool:
        """Tell whether a period lies so far from what is kept that it is better made apart."""
        kept = self.kept
        if kept is None:
            return False
        gap = max(kept.low - high, low - kept.high)
        return gap > max(FAR * self.length, 4 * (high - low))


def _newer_half(kept: Kept) -> Kept:
    cut = len(kept.opens) // 2
    return Kept(int(kept.opens[cut]), kept.high, kept.opens[cut:].copy(), kept.table[cut:].copy())


class BarHistory:
    """What a terminal knows of the bars of one symbol and timeframe as its clock goes.

    Parameters
    ----------
    closed : ClosedBars
        Of the same ticks; other terminals may use it as well.
    """

    def __init__(self, stream: Stream, closed: ClosedBars) -> None:
        self.stream = stream
        self._closed = closed
        self._apart: ClosedBars | None = None
        self._ahead = 0
        self._span = (0, 0)
        self._base: tuple[int, int, Forming | None] = (0, 0, None)

    def newest(self, count: int, until: int, now: int, *, skip: int = 0) -> Array:
        """Return `count` bars that open at or before `until`, but for the newest `skip` of them.

        Parameters
        ----------
        until, now : int
            Milliseconds; nothing after `now` is in a bar.
        """
        if until < OLDEST:
            return NOTHING
        edge = self._edge(now)
        last = self._forming(edge, now) if until >= edge else NOTHING
        table, end = self._before(min(until + 1, edge), count + skip - len(last))
        if skip:
            end -= max(skip - len(last), 0)
            last = last[: max(len(last) - skip, 0)]
        last = last[-count:]
        return _together(table[max(end - count + len(last), 0) : max(end, 0)], last)

    def between(self, start: int, end: int, now: int) -> Array:
        """Return the bars that open at start <= time <= end, ms, oldest first."""
        start, end = max(start, OLDEST), min(end, now)
        if end < start:
            return NOTHING
        edge = self._edge(now)
        last = self._forming(edge, now) if start <= edge <= end else NOTHING
        if start >= edge:
            return last
        top = min(end + 1, edge)
        low, high = self._closed.period(start)[0], self._closed.period(top - 1)[1]
        closed = self._near(low, high)
        kept = closed.kept
        if kept is None or low < kept.low or high > kept.high:
            kept = closed.reach(self.stream, low, high)
        return _together(kept.table[slice(*kept.opens.searchsorted((start, top)))], last)

    def _edge(self, now: int) -> int:
        """Return the end of the closed bars: the start of the forming one.

        It is earlier where ticks may still be added behind the clock.
        """
        start, end = self._span
        if not start <= now < end:
            start, end = self._span = self._closed.period(now)
        settled = self.stream.settled()
        return start if settled >= start else self._closed.period(settled)[0]

    def _before(self, top: int, need: int) -> tuple[Array, int]:
        """Return closed bars and the number of them that open before `top`, ms.

        They are `need` at the least, where there are so many.
        """
        closed = self._near(top - need * self._closed.length, top)
        kept = closed.kept
        if kept is None or top > kept.high:
            high = closed.period(top - 1)[1]
            if closed is self._closed:
                high = max(high, self._further(high))
            kept = closed.reach(self.stream, high if kept is None else kept.low, high)
        wider = 1
        while True:
            end = int(kept.opens.searchsorted(top))
            if end >= need or kept.low <= OLDEST:
                return kept.table, end
            low = kept.low - (need - end + 2) * closed.length * wider
            kept = closed.reach(self.stream, closed.period(max(low, OLDEST))[0], kept.high)
            wider *= 2

    def _near(self, low: int, high: int) -> ClosedBars:
        """Return where bars of a period are kept: apart when it is far from the others."""
        if not self._closed.far(low, high):
            return self._closed
        if self._span[0] <= high:  # the newest are asked for: the others are left behind
            self._closed.kept = None
            return self._closed
        if self._apart is None or self._apart.far(low, high):
            self._apart = self._closed.another()
        return self._apart

    def _further(self, high: int) -> int:
        """Return up to when bars are closed in advance, so that a run seldom has to."""
        ahead = min(high + self._ahead * self._closed.length, self.stream.settled())
        self._ahead = min(max(2 * self._ahead, AHEAD), MOST_AHEAD)
        return self._closed.period(ahead)[0]

    def _forming(self, edge: int, now: int) -> Array:
        """Return the bar that opens at `edge` as of `now`, none before its first tick.

        All ticks from `edge` on are in its period: in a later one there is none yet.
        """
        stream, by_last = self.stream, self._closed.by_last
        whole = max(min(now + 1, stream.settled()) // MINUTE_MS * MINUTE_MS, edge)
        start, upto, bar = self._base
        if start != edge or upto > whole:
            upto, bar = edge, None
        if upto < whole:
            bars = stream.minute_bars(upto, whole)
            if bars is not None:
                bar = grown(bar, of_bars(bars))
            else:
                step = min(stream.step, PIECE)
                for at in range(upto, whole, step):
                    ticks = stream.ticks(at, min(at + step, whole))
                    bar = grown(bar, of_ticks(ticks, by_last=by_last))
        self._base = (edge, whole, bar)
        bar = grown(bar, of_ticks(stream.ticks(whole, now + 1), by_last=by_last))
        if bar is None:
            return NOTHING
        scale = self._closed.symbol.scale
        row = np.empty(1, RATES)
        row[0] = (
            edge // 1000, bar[0] / scale, bar[1] / scale, bar[2] / scale, bar[3] / scale, *bar[4:],
        )  # fmt: skip
        return row


def _together(table: Array, last: Array) -> Array:
    """Return two tables as a new one."""
    found = np.empty(len(table) + len(last), RATES)
    # As bytes: numpy copies a table of named fields one field after the other.
    cut = len(table) * RATES.itemsize
    plain = found.view(np.uint8)
    plain[:cut], plain[cut:] = table.view(np.uint8), last.view(np.uint8)
    return found
