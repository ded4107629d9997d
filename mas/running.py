"""The run over history that a call belongs to: known to whatever its callbacks call.

A run is a context, not a range of tickets: a real broker's tickets are arbitrary. Whoever can
reach a terminal asks here first, so that nothing called inside a callback reaches another one.
"""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mas.session import TradingSession
    from mas.terminal import Terminal

log = logging.getLogger(__name__)

STRAY = (
    "a backtest is on, and a thread that was started meanwhile asked for the live account: it got "
    "nothing; start such a thread before the run, or call the running client itself"
)


class Running:
    """One run that is on.

    Attributes
    ----------
    session : TradingSession
        What the client trades on in it.
    terminal : Terminal
        The run's own, simulated.
    """

    def __init__(self, session: TradingSession, terminal: Terminal) -> None:
        self.session = session
        self.terminal = terminal
        self.over = False
        """What is left of it, such as a task that a callback has made, no longer belongs to it."""
        self.threads = frozenset(thread.ident for thread in threading.enumerate())
        """Those that were there before it began."""
        self._said: set[str] = set()

    def say(self, line: str) -> None:
        """Log a line once in this run, however often its callbacks give reason to."""
        if line not in self._said:
            self._said.add(line)
            log.warning(line)


_inside: ContextVar[Running | None] = ContextVar("mas_running", default=None)


_on: set[Running] = set()


def current() -> Running | None:
    """Return the run whose callbacks make this call, None outside of all."""
    run = _inside.get()
    return None if run is None or run.over else run


def stray() -> bool:
    """Tell whether this call comes from a thread that was started while a run was on.

    A thread does not inherit the context of the callback that has started it, so it is not known
    whose it is: what it asks of a live account is refused rather than carried out.
    """
    if not _on or current() is not None:
        return False
    me = threading.get_ident()
    found = [run for run in tuple(_on) if me not in run.threads]
    for run in found:
        run.say(STRAY)
    return bool(found)


@contextmanager
def inside(run: Running) -> Iterator[None]:
    """Make what is called here belong to a run; other threads are not concerned."""
    token = _inside.set(run)
    _on.add(run)
    try:
        yield
    finally:
        run.over = True
        _on.discard(run)
        _inside.reset(token)
