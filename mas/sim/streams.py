"""Where the ticks of a symbol come from: the synthetic market, or a hand that feeds them."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from mas.history.columns import NO_TICKS, Bars, Blocks, Ticks, joined, newest
from mas.history.resample import fold
from mas.history.serverclock import UTC_CLOCK
from mas.history.synthetic import SyntheticMarket
from mas.sim.book import NEVER_ABOVE, Levels
from mas.terminal import constants as c
from mas.timeunits import HOUR_MS, MINUTE_MS, Ms

if TYPE_CHECKING:
    from mas.history.serverclock import ServerClock
    from mas.sim.symbols import Symbol

    Array = np.ndarray[Any, Any]


NO_TIME = -1


class Quote(NamedTuple):
    """The newest tick of a symbol: milliseconds, points, and the last deal where there is one."""

    time_msc: int
    bid: int
    ask: int
    last: int = 0
    volume: float = 0.0


class Stream(Protocol):
    """The ticks of one symbol.

    Several ticks may have the same time. While one of them is held it is the newest; the ones
    after it are still to come.

    Attributes
    ----------
    step : int
        Longest period, ms, that should be asked for at once.
    shared : int
        Time, ms, of which only some of the ticks have come so far; NO_TIME for none.
    closed : dict
        The closed bars that were made of it, by what distinguishes them.
    """

    step: int
    shared: int
    closed: dict[tuple[Any, ...], Any]

    def quote(self, now: Ms) -> Quote | None:
        """Return the newest tick at or before `now`, the held one while it is its time."""
        ...

    def find(self, after: Ms, near: Levels, *, by_last: bool) -> tuple[int, bool]:
        """Look for the first tick beyond a level.

        Parameters
        ----------
        after : int
            Ticks up to that time have been looked at, and so have those up to the held one.

        Returns
        -------
        time, found : int, bool
            The tick's time; or a time up to which there surely is none. The time `shared` and
            False for one of its ticks that is still to come.
        """
        ...

    def hold(self) -> None:
        """Make the tick found last the newest one."""
        ...

    def release(self) -> None:
        """Hold no tick any longer."""
        ...

    def next_after(self, now: Ms) -> Ms:
        """Return a time before which no tick follows `now`; may be early, never late."""
        ...

    def ticks(self, start: Ms, end: Ms) -> Ticks:
        """Return the ticks of start <= time < end."""
        ...

    def quotes(self, times: Array) -> Ticks:
        """Return the newest tick at or before each time, ms, rising; bid and ask 0 for none."""
        ...

    def blocks(self, start: Ms, end: Ms) -> Blocks | None:
        """Return consecutive blocks of ticks that lie in start <= time < end, None without any.

        Ticks before the first and after the last of them are in no block.
        """
        ...

    def minute_bars(self, start: Ms, end: Ms) -> Bars | None:
        """Return the minute bars that open at start <= time < end, None where none are at hand."""
        ...

    def bars_for(
        self, timeframe: int, start: Ms, end: Ms, clock: ServerClock = UTC_CLOCK
    ) -> Bars | None:
        """Return bars that open at start <= time < end, of which those of a timeframe are made.

        They may be longer than minutes. None where they are not at hand: then the minute bars
        make them, or the ticks.
        """
        ...

    def settled(self) -> int:
        """Return a time, ms, before which no tick is added any more."""
        ...

    def extremes(self) -> tuple[int, int] | None:
        """Return the lowest bid and the highest ask of all ticks, None if they are not known."""
        ...


class SyntheticStream:
    """The synthetic market of one symbol, with a cursor at the newest tick.

    Parameters
    ----------
    always : bool
        Whether there are quotes at all hours, not only in the symbol's quote sessions.
    server : ServerClock
        By which the quote sessions go.
    since : int
        From when on `always` holds, ms: what is before is a normal week. Out of sessions the
        first quote comes at that moment.
    """

    step = 24 * HOUR_MS
    shared = NO_TIME

    def __init__(
        self,
        symbol: Symbol,
        *,
        seed: int,
        always: bool,
        server: ServerClock = UTC_CLOCK,
        since: Ms = NO_TIME,
    ) -> None:
        self._symbol = symbol
        self._market = SyntheticMarket(symbol.name, symbol.market, seed=seed)
        self._since = since if always else NEVER_ABOVE
        self._server = server
        self._from = self._until = 0
        self._quote = Quote(0, 0, 0)
        self._hour = lru_cache(maxsize=256)(self._hour_of)
        self.closed: dict[tuple[Any, ...], Any] = {}

    def quote(self, now: Ms) -> Quote | None:
        """Return the newest tick at or before `now`."""
        if not self._from <= now < self._until:
            self._seek(now)
        return self._quote

    def next_after(self, now: Ms) -> Ms:
        """Return the time of the tick after `now`, or the end of its hour."""
        if not self._from <= now < self._until:
            self._seek(now)
        return self._until

    def find(self, after: Ms, near: Levels, *, by_last: bool) -> tuple[int, bool]:
        """Look for the first tick beyond a level, within the hour that follows `after`."""
        hour = (after + 1) // HOUR_MS
        ticks = self._hour(hour)
        start = int(np.searchsorted(ticks.times, after, side="right"))
        index = first_beyond(*ticks.sides(by_last=by_last), near, start)
        return ((hour + 1) * HOUR_MS - 1, False) if index < 0 else (int(ticks.times[index]), True)

    def hold(self) -> None:
        """Nothing to do: no two ticks have the same time."""

    def release(self) -> None:
        """Nothing to do: no two ticks have the same time."""

    def ticks(self, start: Ms, end: Ms) -> Ticks:
        """Return the ticks of start <= time < end."""
        hours = [self._hour(hour) for hour in range(start // HOUR_MS, (end - 1) // HOUR_MS + 1)]
        if not hours:
            empty = np.empty(0, np.int64)
            return Ticks(empty, empty, empty)
        columns = (
            None if column[0] is None else np.concatenate(column)
            for column in zip(*hours, strict=True)
        )
        whole = Ticks._make(columns)
        return whole.part(slice(*np.searchsorted(whole.times, (start, end))))

    def quotes(self, times: Array) -> Ticks:
        """Return the newest tick at or before each time; the market has no first one."""
        if not len(times):
            return NO_TICKS
        self._seek(int(times[0]))
        return newest(self.ticks(self._from, int(times[-1]) + 1), times)

    def blocks(self, start: Ms, end: Ms) -> None:
        """Return None: ticks are made when they are asked for."""

    def minute_bars(self, start: Ms, end: Ms) -> Bars | None:
        """Return the minute bars that open at start <= time < end, None where deals make them."""
        if self._symbol.by_last:
            return None
        found = self._market.bars(start, end)
        open_ = self._open(found.times)
        if open_ is None:
            return found
        found, opening = found.part(open_), self._since // MINUTE_MS * MINUTE_MS
        if not start <= opening < end or self._in_session(opening):
            return found
        at = int(found.times.searchsorted(opening))
        first = fold(self.ticks(opening, opening + MINUTE_MS), c.TIMEFRAME_M1)
        rest = int(found.times.searchsorted(opening + MINUTE_MS))
        whole: Bars = joined([found.part(slice(0, at)), first, found.part(slice(rest, None))])
        return whole

    def bars_for(self, timeframe: int, start: Ms, end: Ms, clock: ServerClock = UTC_CLOCK) -> None:
        """Return None: minute bars are at hand."""

    def settled(self) -> int:
        """Return that no tick is ever added."""
        return NEVER_ABOVE

    def extremes(self) -> None:
        """Return None: the market has no end."""

    def _hour_of(self, hour: int) -> Ticks:
        """Return the ticks of one hour."""
        start, end = hour * HOUR_MS, (hour + 1) * HOUR_MS
        minutes = self._open(np.arange(start, end, MINUTE_MS))
        if minutes is not None and not minutes.any() and end <= self._since:
            found = NO_TICKS
        else:
            found = Ticks(*self._market.ticks(start, end))
            open_ = self._open(found.times)
            if open_ is not None:
                found = found.part(open_)
            if start <= self._since < end and not self._in_session(self._since):
                found = self._opened(found)
        return _dealt(self._symbol, found) if self._symbol.by_last else found

    def _opened(self, found: Ticks) -> Ticks:
        """Return the ticks of an hour in which the market opens out of sessions."""
        before = self._market.ticks(self._since - HOUR_MS, self._since + 1)
        first = Ticks(*(column[-1:] for column in before))._replace(times=np.array([self._since]))
        at, rest = found.times.searchsorted((self._since, self._since + 1))
        whole: Ticks = joined([found.part(slice(0, at)), first, found.part(slice(rest, None))])
        return whole

    def _open(self, times: Array) -> Array | None:
        """Return at which times there are quotes, None for all (R40)."""
        if self._since == NO_TIME:
            return None
        clock = self._symbol.session_clock(self._server)
        open_ = self._symbol.quoting.mask(clock.to_server(times))
        return None if open_ is None else open_ | (times >= self._since)

    def _in_session(self, time: Ms) -> bool:
        clock = self._symbol.session_clock(self._server)
        return self._symbol.quoting.open_at(clock.to_server(time))

    def _seek(self, now: Ms) -> None:
        """Find the tick at `now` and the time until which it is the newest."""
        hour = now // HOUR_MS
        ticks = self._hour(hour)
        index = int(np.searchsorted(ticks.times, now, side="right"))
        end_of_hour = (hour + 1) * HOUR_MS
        self._until = int(ticks.times[index]) if index < len(ticks.times) else end_of_hour
        while not index:
            hour -= 1
            ticks = self._hour(hour)
            index = len(ticks.times)
        self._quote = _quote(ticks, index - 1)
        self._from = self._quote.time_msc


def _dealt(symbol: Symbol, ticks: Ticks) -> Ticks:
    """Return ticks with a deal each, at the bid or the ask and of a volume that follow from it."""
    mixed = (ticks.times // 10 * 2_654_435_761) % (1 << 32)
    step = symbol.tick_points
    bids = ticks.bids // step * step
    asks = np.maximum(-(-ticks.asks // step) * step, bids + step)
    lasts = np.where(mixed & 64, asks, bids)
    return Ticks(ticks.times, bids, asks, lasts, (1.0 + (mixed >> 8) % 20) * symbol.volume_step)


def _quote(ticks: Ticks, index: int) -> Quote:
    time, bid, ask = (int(column[index]) for column in ticks[:3])
    if ticks.lasts is None or ticks.volumes is None:
        return Quote(time, bid, ask)
    return Quote(time, bid, ask, int(ticks.lasts[index]), float(ticks.volumes[index]))


class FedStream:
    """Ticks that a test or a lesson feeds by hand."""

    step = NEVER_ABOVE
    shared = NO_TIME

    def __init__(self) -> None:
        self._times: list[int] = []
        self._quotes: list[Quote] = []
        self._columns: Ticks | None = None
        self.closed: dict[tuple[Any, ...], Any] = {}
        self._found = self._done = -1
        self._held = False

    def feed(self, quote: Quote) -> None:
        """Append a tick; time never runs back."""
        if self._times and quote.time_msc < self._times[-1]:
            last = self._times[-1]
            raise ValueError(f"ticks cannot go back: {quote.time_msc} ms is before {last} ms")
        self._times.append(quote.time_msc)
        self._quotes.append(quote)
        self._columns = None

    def quote(self, now: Ms) -> Quote | None:
        """Return the newest tick at or before `now`, the held one while it is its time."""
        if self._held and now == self._times[self._done]:
            return self._quotes[self._done]
        if self._times and self._times[-1] <= now:
            return self._quotes[-1]
        index = bisect_right(self._times, now) - 1
        return self._quotes[index] if index >= 0 else None

    def next_after(self, now: Ms) -> Ms:
        """Return the time of the tick after `now`; far away when there is none."""
        index = bisect_right(self._times, now)
        return self._times[index] if index < len(self._times) else 1 << 62

    def find(self, after: Ms, near: Levels, *, by_last: bool) -> tuple[int, bool]:
        """Look for the first tick beyond a level among all that are fed."""
        start = bisect_right(self._times, after)
        if self._held:
            start = max(start, self._done + 1)
        if start >= len(self._times):
            return NEVER_ABOVE, False
        columns = self._whole()
        self._found = first_beyond(*columns.sides(by_last=by_last), near, start)
        return (self._times[self._found], True) if self._found >= 0 else (NEVER_ABOVE, False)

    def hold(self) -> None:
        """Make the tick found last the newest one."""
        self._done, self._held = self._found, True

    def release(self) -> None:
        """Hold no tick any longer."""
        self._held = False

    def ticks(self, start: Ms, end: Ms) -> Ticks:
        """Return the ticks of start <= time < end."""
        first, last = bisect_right(self._times, start - 1), bisect_right(self._times, end - 1)
        return self._whole().part(slice(first, last))

    def quotes(self, times: Array) -> Ticks:
        """Return the newest tick at or before each time, bid and ask 0 before the first."""
        return newest(self._whole(), times)

    def blocks(self, start: Ms, end: Ms) -> None:
        """Return None: they are few."""

    def minute_bars(self, start: Ms, end: Ms) -> Bars | None:  # noqa: ARG002
        """Return None: bars are made of the ticks."""
        return None

    def bars_for(self, timeframe: int, start: Ms, end: Ms, clock: ServerClock = UTC_CLOCK) -> None:
        """Return None: bars are made of the ticks."""

    def settled(self) -> int:
        """Return the time of the last tick, of which there may be another."""
        return self._times[-1] if self._times else 0

    def extremes(self) -> None:
        """Return None: more ticks may be fed."""

    def _whole(self) -> Ticks:
        """Return all ticks as columns."""
        if self._columns is None:
            table = list(zip(*self._quotes, strict=True)) or [()] * len(Quote._fields)
            *whole, volumes = table
            self._columns = Ticks._make(
                [*(np.array(column, np.int64) for column in whole), np.array(volumes, float)]
            )
        return self._columns


def first_beyond(bids: Array, asks: Array, near: Levels, start: int) -> int:
    """Return the index of the first tick from `start` on that is beyond a level, -1 for none."""
    for at in range(start, len(bids), BLOCK):
        low, high = bids[at : at + BLOCK], asks[at : at + BLOCK]
        hit = (low <= near.bid_low) | (low >= near.bid_high)
        hit |= (high <= near.ask_low) | (high >= near.ask_high)
        index = int(np.argmax(hit))
        if hit[index]:
            return at + index
    return -1


BLOCK = 4096
"""Ticks that are compared at once."""
