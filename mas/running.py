"""The run over history that a call belongs to: known to whatever its callbacks call.

A run is a context, not a range of tickets: a real broker's tickets are arbitrary. Whoever can
reach a terminal asks here first, so that nothing called inside a callback reaches another one.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mas.backtest.ledger import BacktestVenue
    from mas.sim import SimTerminal

log = logging.getLogger(__name__)


class Running:
    """One run that is on."""

    def __init__(self, venue: BacktestVenue) -> None:
        self.venue = venue
        self._said: set[str] = set()

    @property
    def terminal(self) -> SimTerminal:
        """The run's terminal."""
        return self.venue.terminal

    def say(self, line: str) -> None:
        """Log a line once in this run, however often its callbacks give reason to."""
        if line not in self._said:
            self._said.add(line)
            log.warning(line)


_inside: ContextVar[Running | None] = ContextVar("mas_running", default=None)


def current() -> Running | None:
    """Return the run whose callbacks make this call, None outside of all."""
    return _inside.get()


@contextmanager
def inside(run: Running) -> Iterator[None]:
    """Make what is called here belong to a run; other threads are not concerned."""
    token = _inside.set(run)
    try:
        yield
    finally:
        _inside.reset(token)
