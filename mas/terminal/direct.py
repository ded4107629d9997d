"""Calls to a terminal that cannot hang: the simulated one inside a backtest."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from mas.terminal import Terminal

T = TypeVar("T")


class DirectLink:
    """Runs calls on the caller's own thread, where the terminal itself is thread-safe.

    Reads are beside one another and beside all else; the rest is one at a time.
    """

    def __init__(self, terminal: Terminal, *, on_close: Callable[[], object] | None = None) -> None:
        self._terminal = terminal
        self._on_close = on_close
        self._lock = threading.RLock()

    def run(self, fn: Callable[[Terminal], T], *, deadline: float | None = None) -> T:  # noqa: ARG002
        """Run `fn` with the terminal; the deadline is the link's contract and never needed here."""
        with self._lock:
            return fn(self._terminal)

    def read(self, fn: Callable[[Terminal], T], *, deadline: float | None = None) -> T:  # noqa: ARG002
        """Run `fn`, which only asks."""
        return fn(self._terminal)

    def close(self) -> None:
        """Tell, once, that this link needs the terminal no more."""
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            on_close()
