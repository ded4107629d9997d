"""From the state to the panels: one writer thread, at most 20 batches a second each.

Widgets are not thread-safe and a browser is slower than a market. So a change only marks a topic;
one thread, alive while panels are attached, lets each panel bring itself up to date. It goes on
while a cell runs.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Protocol

from mas.clock import monotonic

if TYPE_CHECKING:
    from collections.abc import Callable

    from mas.state import State, Topic

log = logging.getLogger(__name__)

PERIOD = 0.05
"""Seconds between two batches of a panel: 20 a second."""


class Subscriber(Protocol):
    """What is published to."""

    topics: frozenset[str]

    def refresh(self, state: State) -> None:
        """Show the state; called on the writer thread only."""
        ...


class Publisher:
    """Brings the panels of one state up to date."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._dirty: dict[Subscriber, bool] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stop_listening: Callable[[], None] | None = None

    def attach(self, panel: Subscriber) -> None:
        """Bring `panel` up to date now and from now on."""
        with self._changed:
            self._dirty[panel] = True
            if self._thread is None:
                self._stop_listening = self._state.listen(self._mark)
                self._thread = threading.Thread(target=self._write, name="mas-publish", daemon=True)
                self._thread.start()
            self._changed.notify()

    def mark(self, panel: Subscriber) -> None:
        """Bring `panel` up to date soon, because something of its own changed."""
        with self._changed:
            if panel in self._dirty:
                self._dirty[panel] = True
                self._changed.notify()

    def detach(self, panel: Subscriber) -> None:
        """Forget `panel`; the thread ends with the last one."""
        with self._changed:
            self._dirty.pop(panel, None)
            thread = self._thread if not self._dirty else None
            if thread is not None:
                self._end()
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=2)

    def close(self) -> None:
        """Forget all panels."""
        for panel in tuple(self._dirty):
            self.detach(panel)

    def _end(self) -> None:
        if self._stop_listening is not None:
            self._stop_listening()
        self._thread = self._stop_listening = None
        self._changed.notify_all()

    def _mark(self, topic: Topic) -> None:
        with self._changed:
            for panel in self._dirty:
                if topic in panel.topics:
                    self._dirty[panel] = True
            self._changed.notify()

    def _write(self) -> None:
        """Refresh what is marked, then rest for a period, so that changes come together."""
        me = threading.current_thread()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._thread is not me or any(self._dirty.values()))
                if self._thread is not me:
                    return
                marked = [panel for panel, dirty in self._dirty.items() if dirty]
                for panel in marked:
                    self._dirty[panel] = False
            began = monotonic()
            for panel in marked:
                self._refresh(panel)
            with self._changed:
                rest = PERIOD - (monotonic() - began)
                self._changed.wait_for(lambda: self._thread is not me, max(rest, 0))

    def _refresh(self, panel: Subscriber) -> None:
        try:
            panel.refresh(self._state)
        except Exception:  # one broken panel must not blind the others
            log.exception("panel %r could not be brought up to date", panel)
