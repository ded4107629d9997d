"""Delivery of events to a client's callbacks: in order, one at a time, none lost."""

from __future__ import annotations

import logging
import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

log = logging.getLogger(__name__)


class Dispatcher:
    """A queue of deliveries, emptied by whichever thread asks first.

    ``put`` never waits and may be called from any thread; ``drain`` delivers what is there. A
    callback that sends an order adds to the queue that is being emptied, so its own events
    arrive after it returns: callbacks never nest and never run at the same time.
    """

    def __init__(self) -> None:
        self._queue: deque[Callable[[], None]] = deque()
        self._delivering = threading.Lock()
        self._owner: int | None = None
        self._changed = threading.Condition()
        self._senders = 0
        self._held = 0
        self._ended = False

    def put(self, delivery: Callable[[], None]) -> None:
        """Append one delivery."""
        with self._changed:
            self._queue.append(delivery)
            if not self._senders:  # a sender delivers by itself; waking others costs its time
                self._changed.notify_all()

    def drain(self) -> None:
        """Deliver all that waits; from inside a callback, leave it to the outer loop."""
        me = threading.get_ident()
        if self._owner == me or self._held:
            return
        with self._delivering:
            self._owner = me
            try:
                while self._queue and not self._held:
                    self._deliver(self._queue.popleft())
            finally:
                self._owner = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Deliver nothing meanwhile, and what waited then; nobody waits for it to pass.

        A callback that is running ends first, unless it is the one that holds.
        """
        self._held += 1
        if self._owner != threading.get_ident():
            with self._delivering:
                pass
        try:
            yield
        finally:
            self._held -= 1
            self.drain()

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Keep the background delivery waiting, then deliver on this thread.

        So what a callback prints about an order appears in the cell that sent the order.
        """
        with self._changed:
            self._senders += 1
        try:
            yield
            self.drain()
        finally:
            with self._changed:
                self._senders -= 1
                if self._queue:
                    self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait until something is to be delivered and nobody is about to do it, or to the end."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._ended or (bool(self._queue) and not (self._senders or self._held)),
                seconds,
            )

    def end(self) -> None:
        """Wait no more: who waits returns at once."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    @staticmethod
    def _deliver(delivery: Callable[[], None]) -> None:
        try:
            delivery()
        except Exception:  # a user's callback may raise anything, and must not stop the engine
            log.exception("a callback raised; the next event is delivered all the same")
