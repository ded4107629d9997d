"""Lets the market run: finds the ticks at which anything happens, and stops only there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mas.sim.book import ANY, NEVER_ABOVE, NOTHING, Levels
from mas.sim.streams import Stream  # noqa: TC001  the compiled Searched reads its annotations

if TYPE_CHECKING:
    from mas.sim.broker import Broker
    from mas.sim.market import Market
    from mas.timeunits import Ms

NEVER = NEVER_ABOVE


class Searched(NamedTuple):
    """What a search has shown: no tick of a stream before a time, ms, is beyond some levels."""

    stream: Stream
    near: Levels
    until: int

    def holds(self, stream: Stream, near: Levels, now: Ms) -> bool:
        """Tell whether that is still ahead, and no level of a new search is nearer."""
        known = self.near
        return (
            self.until > now
            and self.stream is stream
            and near.bid_low <= known.bid_low
            and near.bid_high >= known.bid_high
            and near.ask_low <= known.ask_low
            and near.ask_high >= known.ask_high
        )


class Runner:
    """Advances a broker through the ticks of its market.

    Between two calls only the first tick has to be known at which anything happens: all price
    conditions on a symbol fold into four numbers, and the stop out is a band of prices within
    which it is impossible. The streams find the first tick beyond.
    """

    def __init__(self, broker: Broker, market: Market) -> None:
        self._broker = broker
        self._market = market
        self.quiet_until = 0
        """Before that time, ms, nothing can happen."""
        self._waiting: dict[str, int] = {}
        """Symbols in which something is reached outside trading hours, and when those begin."""
        self._coming = False
        """Whether a tick that matters is still to come in this millisecond."""
        self._searched: dict[str, Searched] = {}

    def changed(self) -> None:
        """Forget until when nothing can happen, because orders or positions changed."""
        self.quiet_until = 0

    def fed(self) -> None:
        """Forget what is known of the ticks as well, because there are more."""
        self.quiet_until = 0
        self._searched.clear()

    def advance(self, now: Ms) -> None:
        """Let everything happen that falls due up to and including `now`, ms."""
        valuation = self._broker.valuation
        if now <= valuation.now:
            return
        self.run(now)

    def run(self, now: Ms) -> None:
        """Let happen what falls due up to `now`, ms, which may be the present time.

        Then it is the ticks of that time that have come since.
        """
        if now >= self.quiet_until:
            self._run(now)
        self._broker.valuation.now = now

    def tick_now(self, symbol: str) -> None:
        """Work through the newest quote of one symbol."""
        self._broker.triggers.tick(symbol)
        self._broker.stop_out.check()

    def _run(self, now: Ms) -> None:
        """Go from event to event; what falls due at a time comes before the ticks of that time."""
        broker, valuation = self._broker, self._broker.valuation
        held: list[Stream] = []
        after = turned = valuation.now
        while True:
            midnight = self._midnight(turned)
            due = self._due(midnight)
            at, symbol, found = self._next_tick(after, now)
            self.quiet_until = min(at, due)
            if self.quiet_until > now:
                self.quiet_until = now if self._coming else self.quiet_until
                break
            if due <= at:
                valuation.now = turned = due
                if due == midnight:
                    broker.day_end.run(due)
                broker.triggers.expire()
                after = max(after, due - 1)
            elif not found:
                after = at
            else:
                stream = self._market.stream(symbol)
                stream.hold()
                held.append(stream)
                valuation.now = at
                after = at - 1
                self._reach(symbol, at)
        for stream in (*held, *self._market.sharing(now)):
            stream.release()
        if broker.account.closed:  # never quiet, so that a run looks at it with its next push
            self.quiet_until = 0

    def _reach(self, symbol: str, at: Ms) -> None:
        """Work through a tick that was found; outside trading hours it waits for the next."""
        self._waiting.pop(symbol, None)
        if self._market.is_open(symbol, at):
            self.tick_now(symbol)
        else:
            self._waiting[symbol] = self._market.next_open(symbol, at)

    def _midnight(self, after: Ms) -> Ms:
        """Return the next end of a server's day after `after`, where that can change anything."""
        due = self._broker.day_end.due()
        return self._market.server.next_midnight(after) if due else NEVER

    def _due(self, midnight: Ms) -> Ms:
        """Return the next time at which a day or an order ends."""
        ends = self._broker.account.ends
        return min(ends[0][0], midnight) if ends else midnight

    def _next_tick(self, after: Ms, now: Ms) -> tuple[int, str, bool]:
        """Return time and symbol of the first tick that matters; or until when there is none.

        A tick of `now` that is still to come does not count yet: orders may be sent before it.
        """
        first = (NEVER, "", False)
        self._coming = False
        bands, books = self._broker.stop_out.bands(), self._broker.account.books
        for symbol in sorted(books.keys() | bands.keys()) if bands or len(books) > 1 else books:
            begins = self._waiting.get(symbol)
            near = self._levels(symbol, bands) if begins is None else ANY
            if near == NOTHING:
                continue
            stream, known = self._market.stream(symbol), self._searched.get(symbol)
            if known is not None and known.holds(stream, near, now):
                at, found = known.until, False
            else:
                at, found = stream.find(
                    after if begins is None else max(after, begins - 1),
                    near,
                    by_last=self._market.symbols[symbol].by_last,
                )
                if not found and at == stream.shared:
                    self._coming |= at == now
                    at, found = (NEVER, False) if at == now else (at, True)
                elif begins is None:
                    self._searched[symbol] = Searched(stream, near, at)
            if at < first[0]:
                first = (at, symbol, found)
        return first

    def _levels(self, symbol: str, bands: dict[str, Levels]) -> Levels:
        """Return the nearest prices of orders and positions, within the band of the stop out."""
        book = self._broker.account.books.get(symbol)
        own = book.levels() if book is not None else NOTHING
        return own.within(bands.get(symbol))
