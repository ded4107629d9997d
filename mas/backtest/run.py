"""A run over history: move the clock, let the account work, tell, push (no look-ahead).

Between two pushes only what matters happens: the account knows until when it is quiet, so a bar
costs its dictionary, its callback and two comparisons.
"""

from __future__ import annotations

import heapq
import logging
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from mas.backtest.incidents import Incidents, summary_of, trouble
from mas.backtest.ledger import BacktestSession
from mas.backtest.progress import PUSHES, Progress
from mas.backtest.result import Result
from mas.backtest.run_facts import RunFacts
from mas.backtest.state import RunState
from mas.callbacks import misnamed, private_of
from mas.clock import ManualClock, naive_utc
from mas.sim import SimTerminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from mas.backtest.data import Replay
    from mas.backtest.feeds import Feed, Push
    from mas.backtest.progress import Reached
    from mas.backtest.sources import Sources
    from mas.callbacks import Callbacks
    from mas.sim import SimSettings, Symbol
    from mas.timeunits import Ms

log = logging.getLogger(__name__)

TAIL = 4 * 86_400_000
"""Milliseconds for which a period goes on after its last tick: a long weekend is no gap."""
RUN_TICKETS = (500_000_001, 600_000_001)
"""First order and first deal of a run: no ticket of it is one of a paper account's."""


class Runs(Protocol):
    """What a run is of: the private object of a client."""

    result: Result | None

    def running(self, session: BacktestSession) -> AbstractContextManager[object]:
        """Trade on that account meanwhile, whatever is called and whoever is logged in."""
        ...


class RunClock(ManualClock):
    """The time of a run, which no waiting carries beyond the end of its period.

    Parameters
    ----------
    start, end : int
        The first and the last millisecond.
    """

    def __init__(self, start: Ms, end: Ms) -> None:
        super().__init__(start)
        self._end = max(start, end)

    def sleep(self, seconds: float) -> None:
        """Let the time of a request's way pass, or what is left of the period (R205)."""
        self.set(max(min(self.now + round(seconds * 1000), self._end), self.now))


@dataclass(frozen=True, slots=True)
class RunRules:
    """What a run does beside pushing.

    Attributes
    ----------
    close_at_end : bool
        What is open at the end is closed at the last price (R231).
    stop_on_error : bool
        An exception of a callback ends the run and is raised.
    quiet : bool
        What was refused is not logged.
    """

    close_at_end: bool = False
    stop_on_error: bool = False
    quiet: bool = False


class Run:
    """One run of one client.

    Parameters
    ----------
    sources : Sources or dict of Replay
        History by symbol; conversions and orders may need more symbols than the feeds.
    feeds : list
        What is pushed, merged by time; feeds of one time in the order of the list.
    facts : RunFacts, optional
        What the result is to say of the run.
    """

    def __init__(  # noqa: PLR0913  what a run is made of
        self,
        client: Callbacks,
        sources: Sources | dict[str, Replay],
        feeds: Sequence[Feed],
        settings: SimSettings,
        *,
        symbols: dict[str, Symbol] | None = None,
        rules: RunRules | None = None,
        facts: RunFacts | None = None,
    ) -> None:
        self._client = client
        self._owner: Runs = private_of(client)
        if not isinstance(sources, dict):
            sources.convert_to(settings.currency)
        replays = sources if isinstance(sources, dict) else sources.found
        self._replays = replays
        self._feeds = feeds
        self._rules = rules or RunRules()
        self._facts = facts
        start = min(feed.start for feed in feeds)
        self.clock = RunClock(start, max(feed.end for feed in feeds) - 1)
        order, deal = RUN_TICKETS
        self.terminal = SimTerminal(
            settings, clock=self.clock, symbols=symbols, first_order=order, first_deal=deal
        )
        self.terminal.initialize()
        for name, replay in replays.items():
            replay.server = self.terminal.market.server
            self.terminal.market.replay(name, replay.stream)
        if not isinstance(sources, dict):
            self.terminal.market.supply = sources
        self.incidents = Incidents()
        self.session = BacktestSession(self.terminal, self._client, self.clock, self._failed)

    def go(
        self, *, progress: bool = True, follower: Callable[[Reached], None] | None = None
    ) -> Result:
        """Push everything and return what came of it.

        Raises
        ------
        KeyboardInterrupt, Exception
            The run was interrupted, or a callback raised where that stops it;
            the client's ``result`` is what there is.
        """
        __tracebackhide__ = True
        with self._owner.running(self.session), self.session.teller.in_place():
            return self._go(progress=progress, follower=follower)

    def _go(self, *, progress: bool, follower: Callable[[Reached], None] | None) -> Result:
        __tracebackhide__ = True
        total, pushes = self._pushes()
        odd = misnamed(type(self._client))
        if odd and not self._rules.quiet:
            log.warning("%s", odd)
        state = RunState(self.terminal, self.session, self._replays, self._feeds, self.incidents)
        facts = self._facts or RunFacts(
            start=state.start, end=max(feed.end for feed in self._feeds)
        )
        result = Result(state, facts)
        self._owner.result = result
        with Progress(total, self.terminal, show=progress, follower=follower) as bar:
            try:
                self._push_all(total, pushes, bar)
                self._finish(result)
            except BaseException as error:
                result.stopped = (
                    f"{type(error).__name__} at {naive_utc(self.clock.now_ms()):%Y-%m-%d %H:%M:%S}"
                )
                raise
            finally:
                result.finished()
                self._say()
        return result

    def _pushes(self) -> tuple[int, Iterator[Push]]:
        """Return all feeds as one, by time."""
        found = [feed.rows(self._replays[feed.symbol], self._client) for feed in self._feeds]
        total = sum(count for count, _ in found)
        if len(found) == 1:
            return total, found[0][1]
        return total, heapq.merge(*(rows for _, rows in found), key=lambda row: row[0])

    def _push_all(self, total: int, pushes: Iterator[Push], bar: Progress) -> None:
        """Push until the end, or until a stop out has ended the account (R156)."""
        __tracebackhide__ = True
        for done in range(0, total - 1, PUSHES):
            some = min(PUSHES, total - 1 - done)
            if not self._push(islice(pushes, some)):
                return
            bar.reach(done + some, self.clock.now)
        if self._push(pushes, is_end=True):
            bar.reach(total, self.clock.now)

    def _push(self, pushes: Iterator[Push], *, is_end: bool = False) -> bool:
        """Push some; tell whether the account goes on.

        A push costs its callback and three comparisons: no call of ours is made for it.
        """
        __tracebackhide__ = True
        clock, runner, teller = self.clock, self.terminal.runner, self.session.teller
        waiting = teller.waiting
        for now, data, symbol, receive in pushes:
            if now >= runner.quiet_until:  # which it always is once the account is over
                if self.session.is_over:
                    return False
                self._move_to(now)
                is_end = is_end or self.session.is_over
            if now > clock.now:  # noqa: PLR1730  a latency may have waited beyond it
                clock.now = now
            try:
                receive(symbol, data, is_end)
            except Exception as error:  # noqa: BLE001  a strategy may raise anything
                self._failed(receive.__name__, error)
            if waiting:
                teller.tell()
        return True

    def _move_to(self, now: Ms) -> None:
        """Let happen, and tell, what falls due up to a time, ms, or with its further ticks."""
        __tracebackhide__ = True
        terminal = self.terminal
        at = terminal.broker.valuation.now
        if now < at or (now == at and not terminal.market.sharing(now)):
            return
        with terminal.lock:  # another thread of the client may ask meanwhile
            self.clock.set(now)
            terminal.runner.run(now)
            self.session.look()
        self.session.teller.tell()

    def _finish(self, result: Result) -> None:
        """Let the rest of the period pass, and close what is open where the profile wants it."""
        if self.session.is_over:
            at = naive_utc(self.clock.now_ms())
            result.stopped = f"stop out before {at:%Y-%m-%d %H:%M:%S} (R156)"
            log.warning("a stop out ended the run before %s", f"{at:%Y-%m-%d %H:%M:%S}")
            return
        replays = [self._replays[feed.symbol] for feed in self._feeds]
        end = last_moment(replays, max(feed.end for feed in self._feeds))
        end = max(end, self.clock.now_ms())
        with self.terminal.lock:
            self.clock.set(end)
            self.terminal.runner.advance(end)
            self.session.look()
        self.session.teller.tell()
        if self._rules.close_at_end:
            self.terminal.end_of_test()
            self.session.look()
            self.session.teller.tell()

    def _failed(self, callback: str, error: Exception) -> None:
        """Count what a callback raised, or let it end the run."""
        __tracebackhide__ = True
        if self._rules.stop_on_error:
            raise error
        self.incidents.raised(callback, error, self.clock.now_ms())

    def _say(self) -> None:
        """Say in one line each what was refused and what callbacks raised."""
        if self._rules.quiet:
            return
        raised = ((row[0], row[1], row[2], row[3]) for row in self.incidents.rows())
        for line in (summary_of(self.session.statuses.refused), trouble(raised)):
            if line:
                log.warning("%s", line)


def last_moment(replays: Sequence[Replay], end: Ms) -> int:
    """Return the last millisecond of a period: before its end, and not long after its data."""
    last = max(replay.last(end) for replay in replays)
    return end - 1 if end - 1 - last < TAIL else last
