"""A run over history: move the clock, let the account work, tell, push (no look-ahead).

Between two pushes only what matters happens: the account knows until when it is quiet, so a bar
costs its dictionary, its callback and two comparisons.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any, Protocol, cast

from mas.backtest.ledger import BacktestVenue
from mas.backtest.progress import PUSHES, Progress
from mas.backtest.result import Result
from mas.clock import ManualClock, naive_utc
from mas.sim import SimTerminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from mas.backtest.data import Replay
    from mas.backtest.feeds import Feed, Push
    from mas.backtest.sources import Sources
    from mas.sim import SimSettings, Symbol

RUN_TICKETS = (500_000_001, 600_000_001)
"""First order and first deal of a run: no ticket of it is one of a paper account's."""


class Runs(Protocol):
    """Whoever trades in a run: a client."""

    result: Result | None

    def running(self, venue: BacktestVenue) -> AbstractContextManager[object]:
        """Trade on that account meanwhile, whatever is called and whoever is logged in."""
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
        if not isinstance(sources, dict):
            sources.convert_to(settings.currency)
        replays = sources if isinstance(sources, dict) else sources.found
        self._replays = replays
        self._feeds = feeds
        start = min(feed.start for feed in feeds)
        self.clock = ManualClock(start)
        order, deal = RUN_TICKETS
        self.terminal = SimTerminal(
            settings, clock=self.clock, symbols=symbols, first_order=order, first_deal=deal
        )
        self.terminal.initialize()
        for name, replay in replays.items():
            self.terminal.market.replay(name, replay.stream)
        if not isinstance(sources, dict):
            self.terminal.market.supply = sources
        self.venue = BacktestVenue(self.terminal, self._client, self.clock)

    def go(self, *, progress: bool = True) -> Result:
        """Push everything and return what came of it.

        Raises
        ------
        KeyboardInterrupt, Exception
            The run was interrupted, or a callback raised; ``client.result`` has what there is.
        """
        __tracebackhide__ = True
        with self._client.running(self.venue):
            return self._go(progress=progress)

    def _go(self, *, progress: bool) -> Result:
        __tracebackhide__ = True
        client = self._client
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
        queue, drain, lock = venue.dispatcher, venue.dispatcher.drain, self.terminal.lock
        waiting, figures = queue.waiting, self.terminal.broker.figures
        market = self.terminal.market
        for left, (now, data, symbol, receive) in zip(
            range(total - 1, -1, -1), pushes, strict=True
        ):
            if now >= runner.quiet_until and (
                now > figures.now or (now == figures.now and market.sharing(now))
            ):
                with lock:  # another thread of the client may ask meanwhile
                    clock.set(now)
                    runner.run(now)
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
