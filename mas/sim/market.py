"""The market inside the simulated terminal: newest quotes, and ticks between two moments."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from mas.history.synthetic import HOUR, SyntheticMarket

if TYPE_CHECKING:
    from mas.sim.symbols import Symbol

    Array = np.ndarray[Any, Any]
    Ticks = tuple[Array, Array, Array]


class Quote(NamedTuple):
    """The newest tick of a symbol: milliseconds, points, points."""

    time_msc: int
    bid: int
    ask: int


class Stream(Protocol):
    """The ticks of one symbol."""

    def quote(self, now: int) -> Quote | None:
        """Return the newest tick at or before `now`."""
        ...

    def next_after(self, now: int) -> int:
        """Return a time before which no tick follows `now`; may be early, never late."""
        ...

    def ticks(self, start: int, end: int) -> Ticks:
        """Return the ticks of start <= time < end: times, bids, asks."""
        ...


class SyntheticStream:
    """The synthetic market of one symbol, with a cursor at the newest tick."""

    def __init__(self, symbol: Symbol, *, seed: int, weekends: bool) -> None:
        self._market = SyntheticMarket(symbol.name, symbol.character, seed=seed, weekends=weekends)
        self.ticks = self._market.ticks
        self._from = self._until = 0
        self._quote = Quote(0, 0, 0)

    def quote(self, now: int) -> Quote | None:
        """Return the newest tick at or before `now`."""
        if not self._from <= now < self._until:
            self._seek(now)
        return self._quote

    def next_after(self, now: int) -> int:
        """Return the time of the tick after `now`, or the end of its hour."""
        if not self._from <= now < self._until:
            self._seek(now)
        return self._until

    def is_open(self, now: int) -> bool:
        """Tell whether the market is open at that time."""
        return self._market.is_open(now // HOUR)

    def _seek(self, now: int) -> None:
        """Find the tick at `now` and the time until which it is the newest."""
        self._quote = Quote(*self._market.last(now))
        times = self._market.hour(now // HOUR)[0]
        index = int(np.searchsorted(times, now, side="right"))
        end_of_hour = (now // HOUR + 1) * HOUR
        self._until = int(times[index]) if index < len(times) else end_of_hour
        self._from = self._quote.time_msc


class FedStream:
    """Ticks that a test or a lesson feeds by hand."""

    def __init__(self) -> None:
        self._times: list[int] = []
        self._bids: list[int] = []
        self._asks: list[int] = []

    def feed(self, time_msc: int, bid: int, ask: int) -> None:
        """Append a tick; time never runs back."""
        if self._times and time_msc < self._times[-1]:
            raise ValueError(f"ticks cannot go back: {time_msc} ms is before {self._times[-1]} ms")
        self._times.append(time_msc)
        self._bids.append(bid)
        self._asks.append(ask)

    def quote(self, now: int) -> Quote | None:
        """Return the newest tick at or before `now`."""
        index = bisect_right(self._times, now) - 1
        if index < 0:
            return None
        return Quote(self._times[index], self._bids[index], self._asks[index])

    def next_after(self, now: int) -> int:
        """Return the time of the tick after `now`; far away when there is none."""
        index = bisect_right(self._times, now)
        return self._times[index] if index < len(self._times) else 1 << 62

    def ticks(self, start: int, end: int) -> Ticks:
        """Return the ticks of start <= time < end."""
        first, last = bisect_right(self._times, start - 1), bisect_right(self._times, end - 1)
        columns = (self._times, self._bids, self._asks)
        times, bids, asks = (np.array(column[first:last], np.int64) for column in columns)
        return times, bids, asks


class Market:
    """All symbols on one clock."""

    def __init__(self, symbols: dict[str, Symbol], *, seed: int, weekends: bool) -> None:
        self.symbols = symbols
        self._streams: dict[str, Stream] = {
            name: SyntheticStream(symbol, seed=seed, weekends=weekends)
            for name, symbol in symbols.items()
        }

    def stream(self, symbol: str) -> Stream:
        """Return the ticks of a symbol."""
        return self._streams[symbol]

    def quote(self, symbol: str, now: int) -> Quote | None:
        """Return the newest tick of a symbol."""
        return self._streams[symbol].quote(now)

    def is_open(self, symbol: str, now: int) -> bool:
        """Tell whether a symbol trades at that time; a fed one always does."""
        stream = self._streams[symbol]
        return stream.is_open(now) if isinstance(stream, SyntheticStream) else True

    def feed(self, symbol: str, bid: float, ask: float, time_msc: int) -> None:
        """Append a tick by hand; the symbol has no synthetic ticks from then on."""
        stream = self._streams[symbol]
        if not isinstance(stream, FedStream):
            stream = self._streams[symbol] = FedStream()
        spec = self.symbols[symbol]
        stream.feed(time_msc, spec.points(bid), spec.points(ask))
