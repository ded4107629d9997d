"""The market inside the simulated terminal: all symbols on one clock, and what they offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from mas.history.columns import NO_TICKS
from mas.history.serverclock import UTC_CLOCK
from mas.sim.arrays import ArrayStream
from mas.sim.barcache import BarHistory, ClosedBars
from mas.sim.streams import NO_TIME, FedStream, Quote, Stream, SyntheticStream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mas.history.serverclock import ServerClock
    from mas.sim.symbols import Symbol
    from mas.timeunits import Ms

UNLIMITED = float("inf")
DUST = 1e-9


class Offer(NamedTuple):
    """Volume at one price of the book: points, lots."""

    price: int
    volume: float


class Depth:
    """What one quote offers on both sides, and what has been taken from it (R87, R88)."""

    def __init__(self, quote: Quote, asks: Iterable[Offer], bids: Iterable[Offer]) -> None:
        self.quote = quote
        self.asks = sorted(asks)
        self.bids = sorted(bids, reverse=True)

    def offers(self, *, buy: bool) -> list[Offer]:
        """Return what a buyer or a seller meets, the best first."""
        return self.asks if buy else self.bids

    def available(self, limit: int | None, *, buy: bool) -> float:
        """Return the lots on offer up to a price, or at any."""
        return sum(offer.volume for offer in self.offers(buy=buy) if _within(offer, limit, buy=buy))

    def take(self, volume: float, limit: int | None, *, buy: bool) -> list[Offer]:
        """Take up to `volume` lots, the best price first, none beyond `limit`."""
        offers, taken = self.offers(buy=buy), []
        while offers and volume > DUST and _within(offers[0], limit, buy=buy):
            best = offers.pop(0)
            part = min(best.volume, volume)
            taken.append(Offer(best.price, round(part, 8)))
            if best.volume - part > DUST:
                offers.insert(0, Offer(best.price, round(best.volume - part, 8)))
            volume = round(volume - part, 8)
        return taken


def _within(offer: Offer, limit: int | None, *, buy: bool) -> bool:
    return limit is None or (offer.price <= limit if buy else offer.price >= limit)


class Supply(Protocol):
    """The history of symbols that a run has not begun with."""

    def has(self, symbol: str) -> bool:
        """Tell whether there is any for its period."""
        ...

    def stream(self, symbol: str) -> Stream | None:
        """Return the ticks of a symbol, None where there are none."""
        ...

    def why_off(self, symbol: str) -> str:
        """Return why a symbol cannot be dealt in, "" where nothing is known."""
        ...


class Market:
    """All symbols on one clock.

    Parameters
    ----------
    always : bool
        Whether all symbols are open at all hours, whatever their sessions.
    since : int
        From when on the synthetic market has quotes at all hours then, ms.
    server : ServerClock
        By which its days, sessions and bars go; all other times are UTC.
    """

    def __init__(
        self,
        symbols: dict[str, Symbol],
        *,
        seed: int,
        always: bool,
        since: Ms = NO_TIME,
        server: ServerClock = UTC_CLOCK,
    ) -> None:
        self.symbols = symbols
        self.always = always
        self._since = since
        self.server = server
        self._seed = seed
        self._streams: dict[str, Stream] = {}
        self.supply: Supply | None = None
        """Where a run over history gets the ticks of a symbol that is first asked for."""
        self._depths: dict[str, Depth] = {}
        self._bars: dict[tuple[str, int], BarHistory] = {}

    def bars(self, symbol: str, timeframe: int) -> BarHistory:
        """Return the bars of a symbol and timeframe."""
        stream = self.stream(symbol)
        found = self._bars.get((symbol, timeframe))
        if found is None or found.stream is not stream:
            spec = self.symbols[symbol]
            key = (timeframe, spec.chart_mode, spec.digits, self.server.name)
            closed = stream.closed.get(key)
            if closed is None:
                closed = stream.closed[key] = ClosedBars(spec, timeframe, self.server)
            found = self._bars[symbol, timeframe] = BarHistory(stream, closed)
        return found

    def stream(self, symbol: str) -> Stream:
        """Return the ticks of a symbol; synthetic ones where none are fed."""
        stream = self._streams.get(symbol)
        if stream is None and self.supply is not None:
            found = self.supply.stream(symbol)
            stream = self._streams[symbol] = ArrayStream(NO_TICKS) if found is None else found
        if stream is None:
            stream = self._streams[symbol] = SyntheticStream(
                self.symbols[symbol], seed=self._seed, always=self.always, server=self.server,
                since=self._since,
            )  # fmt: skip
        return stream

    def quoted(self, symbol: str) -> bool:
        """Tell whether a symbol has ticks, without getting them."""
        return symbol in self._streams or self.supply is None or self.supply.has(symbol)

    def why_off(self, symbol: str) -> str:
        """Return why a symbol cannot be dealt in, "" where nothing is known."""
        return "" if self.supply is None else self.supply.why_off(symbol)

    def sharing(self, now: Ms) -> list[Stream]:
        """Return the streams of which only some of the ticks of `now` have come."""
        return [stream for stream in self._streams.values() if stream.shared == now]

    def replay(self, symbol: str, stream: Stream) -> None:
        """Take the ticks of a symbol from somewhere else."""
        self._streams[symbol] = stream

    def quote(self, symbol: str, now: Ms) -> Quote | None:
        """Return the newest tick of a symbol."""
        stream = self._streams.get(symbol)
        return (stream if stream is not None else self.stream(symbol)).quote(now)

    def extremes(self, symbol: str) -> tuple[int, int] | None:
        """Return the lowest bid and the highest ask that there ever are, None if not known."""
        return self.stream(symbol).extremes()

    def is_open(self, symbol: str, now: Ms) -> bool:
        """Tell whether a symbol accepts requests at that time (R40)."""
        spec = self.symbols[symbol]
        return self.always or spec.trading.open_at(spec.session_clock(self.server).to_server(now))

    def next_open(self, symbol: str, at: Ms) -> Ms:
        """Return `at` when a symbol accepts requests then, else when it does again, ms."""
        if self.is_open(symbol, at):
            return at
        spec = self.symbols[symbol]
        clock = spec.session_clock(self.server)
        return clock.to_utc(spec.trading.next_open(clock.to_server(at)))

    def end_of_day(self, symbol: str, at: Ms) -> Ms:
        """Return when the last session of the server's day of `at` ends, ms (R91)."""
        spec = self.symbols[symbol]
        clock = spec.session_clock(self.server)
        last = clock.to_utc(spec.trading.end_of_day(clock.to_server(at)))
        return last if clock is self.server else min(last, self.server.next_midnight(at))

    def unlimited(self, symbol: str) -> bool:
        """Tell whether any volume deals at the quote."""
        return not self.symbols[symbol].tick_volume and symbol not in self._depths

    def depth(self, symbol: str, quote: Quote) -> Depth:
        """Return what is left of the offers of the newest quote."""
        depth = self._depths.get(symbol)
        if depth is None or depth.quote != quote:
            volume = self.symbols[symbol].tick_volume or UNLIMITED
            depth = Depth(quote, [Offer(quote.ask, volume)], [Offer(quote.bid, volume)])
            self._depths[symbol] = depth
        return depth

    def feed(self, symbol: str, quote: Quote) -> None:
        """Append a tick by hand; the symbol has no synthetic ticks from then on."""
        stream = self._streams.get(symbol)
        if not isinstance(stream, FedStream):
            stream = self._streams[symbol] = FedStream()
        stream.feed(quote)
        self._depths.pop(symbol, None)

    def feed_book(
        self, symbol: str, quote: Quote, asks: Iterable[Offer], bids: Iterable[Offer]
    ) -> None:
        """Say what the newest quote offers; good until the next tick."""
        self._depths[symbol] = Depth(quote, asks, bids)
