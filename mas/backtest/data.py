"""What a run over history is made of: ticks of a symbol, and the bars that it pushes."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from mas.contract_rows import timeframe_code
from mas.errors import DataError
from mas.history.paths import BarTicks
from mas.history.resample import close_times, merged, minutes, opens, seconds_of, within
from mas.history.serverclock import UTC_CLOCK
from mas.sim.arrays import ArrayStream
from mas.sim.barstream import BarStream
from mas.terminal import constants as c
from mas.timeunits import HOUR_MS, Ms

if TYPE_CHECKING:
    from mas.history.columns import Bars, Ticks
    from mas.history.pyramid import Pyramid
    from mas.history.serverclock import ServerClock
    from mas.sim.symbols import Symbol

    Array = np.ndarray[Any, Any]

FAR = np.iinfo(np.int64).max
KEPT_BARS = 4
"""Bars of so many timeframes and periods are kept for the next run over the same."""


class Replay:
    """The history of one symbol in a run.

    Parameters
    ----------
    made_of : Ticks or BarTicks
        Its ticks, from before the run begins where there are any; or those that are generated
        from bars where somebody looks.
    source : str
        Where they come from, in words for the report.
    bars : Bars, optional
        The bars of which those of longer timeframes are made. Default: those that the ticks are
        generated from, or minutes of the ticks.
    firsts : array of int64, optional
        Time of the first tick of each of these bars, ms. Default: the bars' own times.
    timeframe : int
        Of `bars`.

    Attributes
    ----------
    server : ServerClock
        By which the bars that are pushed begin and end (R182).
    """

    def __init__(  # noqa: PLR0913
        self,
        symbol: Symbol,
        made_of: Ticks | BarTicks,
        source: str,
        *,
        bars: Bars | None = None,
        firsts: Array | None = None,
        timeframe: int = c.TIMEFRAME_M1,
        pyramid: Pyramid | None = None,
    ) -> None:
        self.symbol = symbol
        self._made_of = made_of
        self.source = source
        self.timeframe = timeframe
        if isinstance(made_of, BarTicks):
            bars = made_of.bars
        elif bars is None:
            by_last = symbol.chart_mode == c.SYMBOL_CHART_MODE_LAST
            bars, firsts = minutes(made_of, by_last=by_last)
        self._bars: Bars = bars
        self._firsts = bars.times if firsts is None else firsts
        self.stream = self._stream(pyramid)
        self.server: ServerClock = UTC_CLOCK
        self._made: dict[tuple[int, int, int, str], tuple[Bars, Array]] = {}

    def fresh(self) -> Replay:
        """Return the same history for another run, sharing what is in memory."""
        other = copy.copy(self)
        other.stream = self._stream(self.stream.pyramid())
        other.stream.closed = self.stream.closed
        return other

    def _stream(self, pyramid: Pyramid | None) -> ArrayStream | BarStream:
        if isinstance(self._made_of, BarTicks):
            by_last = self.symbol.by_last
            return BarStream(self._made_of, pyramid, timeframe=self.timeframe, by_last=by_last)
        return ArrayStream(self._made_of, self._bars, pyramid, timeframe=self.timeframe)

    def data(self) -> list[Any]:
        """Return the columns of which all of it is made: bars, and ticks that are not of them."""
        ticks = () if isinstance(self._made_of, BarTicks) else self._made_of
        return [*self._bars, *ticks]

    def last(self, end: Ms) -> int:
        """Return the time of the last tick before `end`, ms; `end` itself where there is none."""
        quote = self.stream.quote(end - 1)
        return end if quote is None else quote.time_msc

    def bars(self, timeframe: int, start: Ms, end: Ms) -> tuple[Bars, Array]:
        """Return the bars that open at start <= time < end, and when each is pushed.

        A bar is pushed with the first tick after it has closed, so an order sent from its
        callback deals at the first quote after the close. A bar that closes after `end` is left
        out; one that no tick of the period follows is pushed when its time is over, and in the
        period's last millisecond at the latest, where the newest quote is the last one known.
        """
        key = (timeframe, start, end, self.server.name)
        found = self._made.get(key)
        if found is None:
            found = self._made_bars(timeframe, start, end)
            for old in list(self._made)[: 1 - KEPT_BARS]:
                self._made.pop(old, None)
            self._made[key] = found
        return found

    def _made_bars(self, timeframe: int, start: Ms, end: Ms) -> tuple[Bars, Array]:
        part = slice(*self._bars.times.searchsorted((start, end)))
        made, closes_at = self._cut(self._bars.part(part), timeframe)
        chosen = slice(
            int(made.times.searchsorted(start)), int(closes_at.searchsorted(end, side="right"))
        )
        made, closes_at = made.part(chosen), closes_at[chosen]
        following = np.append(self._firsts, FAR)[self._bars.times.searchsorted(closes_at)]
        pushed = np.where(following == FAR, closes_at, following)
        return made, np.minimum(pushed, end - 1)

    def closes(self, timeframe: int, start: Ms, end: Ms) -> Array:
        """Return when the bars of :meth:`bars` are over, ms."""
        times = self.bars(timeframe, start, end)[0].times
        if timeframe == self.timeframe and _begin_elsewhere(times, timeframe, self.server):
            return _own_ends(times, seconds_of(timeframe) * 1000)
        return close_times(times, timeframe, self.server)

    def _cut(self, bars: Bars, timeframe: int) -> tuple[Bars, Array]:
        """Return bars as those of a timeframe, and when each is over.

        Stored bars that do not begin with a period of the server stay as they are; longer ones
        that some of them would reach over cannot be made.
        """
        length, server = seconds_of(self.timeframe) * 1000, self.server
        if timeframe == self.timeframe and _begin_elsewhere(bars.times, timeframe, server):
            return bars, _own_ends(bars.times, length)
        if timeframe != self.timeframe and not within(
            bars.times, self.timeframe, timeframe, server
        ):
            name, longer = timeframe_code(self.timeframe), timeframe_code(timeframe)
            raise DataError(
                f"{name} bars of {self.symbol.name} reach over the ends of {longer} bars at "
                f"server_zone {server.name!r}: import shorter ones, or set server_zone to the "
                "clock by which they begin"
            )
        made = merged(bars, timeframe, server)
        return made, close_times(made.times, timeframe, server)


def _begin_elsewhere(times: Array, timeframe: int, server: ServerClock) -> bool:
    """Tell whether any bar begins at another time than a period of the server."""
    return bool(np.any(opens(times, timeframe, server) * 1000 != times))


def _own_ends(times: Array, length: int) -> Array:
    """Return when bars are over that are so long, or an hour longer where a clock was put back."""
    ends = times + length
    following = np.append(times[1:], FAR)[: len(times)]
    later: Array = np.where((following > ends) & (following <= ends + HOUR_MS), following, ends)
    return later
