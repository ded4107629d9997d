"""A run over history: move the clock, let the account work, tell, push (no look-ahead).

Between two pushes only what matters happens: the account knows until when it is quiet, so a bar
costs its dictionary, its callback and two comparisons.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np

from mas.backtest.ledger import BacktestVenue
from mas.backtest.progress import PUSHES, Progress
from mas.backtest.result import Result
from mas.clock import ManualClock, naive_utc
from mas.sim import SimTerminal
from mas.views import timeframe_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mas.backtest.data import Replay
    from mas.backtest.sources import Sources
    from mas.callbacks import Callbacks
    from mas.sim import SimSettings, Symbol

    Receive = Callable[..., None]
    Push = tuple[int, dict[str, Any], str, Receive]

CHUNK = 8192
"""Rows that are turned into Python objects at a time."""


@dataclass(frozen=True, slots=True)
class BarFeed:
    """The closed bars of one symbol and timeframe in a period, ms."""

    symbol: str
    timeframe: int
    start: int
    end: int

    def rows(self, replay: Replay, client: Callbacks) -> tuple[int, Iterator[Push]]:
        """Return how many pushes there are, and each: time, data, symbol, who takes it."""
        bars, pushed = replay.bars(self.timeframe, self.start, self.end)
        rows = self._rows(bars, pushed, replay.symbol.scale, client.receive_bars)
        return len(pushed), rows

    def _rows(self, bars: Any, pushed: Any, scale: float, receive: Receive) -> Iterator[Push]:
        symbol = self.symbol
        code = timeframe_code(self.timeframe)
        moments = bars.times.astype("datetime64[ms]")
        for at in range(0, len(pushed), CHUNK):
            part = slice(at, at + CHUNK)
            for now, time, first, high, low, last, volume in zip(
                pushed[part].tolist(), moments[part].tolist(),
                (bars.opens[part] / scale).tolist(), (bars.highs[part] / scale).tolist(),
                (bars.lows[part] / scale).tolist(), (bars.closes[part] / scale).tolist(),
                bars.volumes[part].tolist(), strict=True,
            ):  # fmt: skip
                yield now, {
                    "time": time, "open": first, "high": high, "low": low, "close": last,
                    "volume": volume, "timeframe": code,
                }, symbol, receive  # fmt: skip

    def times(self, replay: Replay) -> Any:
        """Return when the pushes are, ms."""
        return replay.bars(self.timeframe, self.start, self.end)[1]


@dataclass(frozen=True, slots=True)
class TickFeed:
    """The ticks of one symbol in a period, ms.

    Attributes
    ----------
    dealt : bool
        Only those with a deal (mode ``"trade"``).
    interval : int
        At most one push in so many milliseconds, the newest tick; 0 for all.
    """

    symbol: str
    start: int
    end: int
    dealt: bool = False
    interval: int = 0

    def rows(self, replay: Replay, client: Callbacks) -> tuple[int, Iterator[Push]]:
        """Return how many pushes there are, and each: time, data, symbol, who takes it."""
        times = replay.columns.times
        chosen = replay.columns.part(slice(*times.searchsorted((self.start, self.end))))
        if self.dealt:
            empty = np.zeros(len(chosen.times), bool)
            chosen = chosen.part(empty if chosen.volumes is None else chosen.volumes > 0)
        if self.interval and len(chosen.times):
            slots = (chosen.times - self.start) // self.interval
            chosen = chosen.part(np.append(np.flatnonzero(np.diff(slots)), len(slots) - 1))
        rows = self._rows(chosen, replay, client.receive_ticks)
        return len(chosen.times), rows

    def _rows(self, ticks: Any, replay: Replay, receive: Receive) -> Iterator[Push]:
        symbol, scale = self.symbol, replay.symbol.scale
        for at in range(0, len(ticks.times), CHUNK):
            part = ticks.part(slice(at, at + CHUNK))
            if not at % (CHUNK << 8):
                replay.stream.forget()
            nothing = [0.0] * len(part.times)
            lasts = nothing if part.lasts is None else (part.lasts / scale).tolist()
            volumes = nothing if part.volumes is None else part.volumes.tolist()
            for now, time, bid, ask, last, volume in zip(
                part.times.tolist(), part.times.astype("datetime64[ms]").tolist(),
                (part.bids / scale).tolist(), (part.asks / scale).tolist(), lasts, volumes,
                strict=True,
            ):  # fmt: skip
                data = {"time": time, "bid": bid, "ask": ask, "last": last, "volume": volume}
                yield now, data, symbol, receive

    def times(self, replay: Replay) -> Any:
        """Return when the ticks of the period are, ms."""
        times = replay.columns.times
        return times[slice(*times.searchsorted((self.start, self.end)))]


class Feed(Protocol):
    """What is pushed of one symbol."""

    @property
    def symbol(self) -> str:
        """The symbol."""
        ...

    @property
    def start(self) -> int:
        """Start of the period, ms."""
        ...

    @property
    def end(self) -> int:
        """End of the period, ms; not included."""
        ...

    def rows(self, replay: Replay, client: Callbacks) -> tuple[int, Iterator[Push]]:
        """Return how many pushes there are, and each: time, data, symbol, who takes it."""
        ...

    def times(self, replay: Replay) -> Any:
        """Return times, ms, at which the equity is to be known."""
        ...


class Runs(Protocol):
    """Whoever trades in a run: a client."""

    result: Result | None

    def trade_on(self, venue: BacktestVenue) -> None:
        """Send orders with ``backtest_toggle`` to that account from now on."""
        ...


class Run:
    """One run of one client.

    Parameters
    ----------
    sources : Sources or dict of Replay
        History by symbol; conversions and orders may need more symbols than the feeds.
    feeds : list
        What is pushed, merged by time; feeds of one time in the order of the list.
    """

    def __init__(
        self,
        client: Runs,
        sources: Sources | dict[str, Replay],
        feeds: Sequence[Feed],
        settings: SimSettings,
        *,
        symbols: dict[str, Symbol] | None = None,
    ) -> None:
        self._client = cast("Any", client)
        replays = sources if isinstance(sources, dict) else sources.found
        self._replays = replays
        self._feeds = feeds
        start = min(feed.start for feed in feeds)
        self.clock = ManualClock(start)
        self.terminal = SimTerminal(settings, clock=self.clock, symbols=symbols)
        self.terminal.initialize()
        for name, replay in replays.items():
            self.terminal.market.replay(name, replay.stream)
        if not isinstance(sources, dict):
            self.terminal.market.supply = lambda name: sources.replay(name).stream
        self.venue = BacktestVenue(self.terminal, self._client, self.clock)

    def go(self, *, progress: bool = True) -> Result:
        """Push everything and return what came of it.

        Raises
        ------
        KeyboardInterrupt, Exception
            The run was interrupted, or a callback raised; ``client.result`` has what there is.
        """
        __tracebackhide__ = True
        client = self._client
        client.trade_on(self.venue)
        total, pushes = self._pushes()
        result = Result(self.terminal, self.venue, self._replays, self._feeds)
        client.result = result
        follower = getattr(client, "follower", None)
        with Progress(total, self.terminal, show=progress, follower=follower) as bar:
            try:
                self._push_all(total, pushes, bar)
            except BaseException as error:
                result.stopped = (
                    f"{type(error).__name__} at {naive_utc(self.clock.now_ms()):%Y-%m-%d %H:%M:%S}"
                )
                raise
            finally:
                result.end = self.clock.now_ms()
        return result

    def _pushes(self) -> tuple[int, Iterator[Push]]:
        """Return all feeds as one, by time."""
        found = [feed.rows(self._replays[feed.symbol], self._client) for feed in self._feeds]
        total = sum(count for count, _ in found)
        if len(found) == 1:
            return total, found[0][1]
        return total, heapq.merge(*(rows for _, rows in found), key=lambda one: one[0])

    def _push_all(self, total: int, pushes: Iterator[Push], bar: Progress) -> None:
        __tracebackhide__ = True
        clock, runner, venue = self.clock, self.terminal.runner, self.venue
        queue, drain = venue.dispatcher, venue.dispatcher.drain
        waiting, figures = queue.waiting, self.terminal.broker.figures
        for left, (now, data, symbol, receive) in zip(
            range(total - 1, -1, -1), pushes, strict=True
        ):
            if now >= runner.quiet_until and now > figures.now:
                clock.set(now)
                runner.advance(now)
                venue.look()
                if waiting:
                    drain()
            clock.now = now
            queue.busy = True
            receive(symbol, data, left == 0)
            queue.busy = False
            if waiting:
                drain()
            if not left % PUSHES:
                bar.reach(total - left, now)
