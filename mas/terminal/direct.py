"""Calls to a terminal that cannot hang: the simulated one inside a backtest."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from mas.terminal import Terminal

T = TypeVar("T")


class DirectLink:
    """Runs calls on the caller's own thread, one at a time; the twin of ``TerminalLink``."""

    healthy = True

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._lock = threading.RLock()

    def run(self, fn: Callable[[Terminal], T], *, deadline: float | None = None) -> T:  # noqa: ARG002
        """Run `fn` with the terminal; the deadline is the link's contract and never needed here."""
        with self._lock:
            return fn(self._terminal)

    def close(self) -> None:
        """Do nothing: the terminal belongs to its client."""
