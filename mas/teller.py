"""Tells a client's callbacks what has happened: in order, one at a time, nothing lost.

A callback that sends an order makes further deliveries; they come after it has returned, so
callbacks never nest. A live account gives its teller a thread; a run over history tells in place.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Delivery = tuple[str, Callable[[], object]]
    Failed = Callable[[str, Exception], None]

T = TypeVar("T")
log = logging.getLogger(__name__)


def report(callback: str, error: Exception) -> None:
    """Log what a callback raised."""
    log.error("%s raised; the next event is delivered all the same", callback, exc_info=error)


class Teller:
    """A queue of deliveries, each a callback's name and what calls it.

    Parameters
    ----------
    failed : callable, optional
        Is told the name of a callback that raised, and what; it may raise in its turn.

    Attributes
    ----------
    waiting : deque
        What has not been delivered yet.
    """

    def __init__(self, failed: Failed = report) -> None:
        self._failed = failed
        self.waiting: deque[Delivery] = deque()
        self._telling = threading.Lock()
        self._owner: int | None = None
        """The thread that has that lock."""
        self._counting = threading.Lock()
        self._held = self._senders = 0
        self._wake: threading.Event | None = None

    def put(self, callback: str, delivery: Callable[[], object]) -> None:
        """Append one delivery; any thread may, and none waits."""
        self.waiting.append((callback, delivery))
        if self._wake is not None and not self._senders:  # who sends delivers by itself
            self._wake.set()

    def drain(self) -> None:
        """Deliver all that waits; from inside a callback, leave it to the outer loop."""
        __tracebackhide__ = True
        me = threading.get_ident()
        if self._held or self._owner == me:
            return
        with self._telling:
            self._owner = me
            try:
                while self.waiting and not self._held:
                    self._deliver(*self.waiting.popleft())
            finally:
                self._owner = None

    def _deliver(self, callback: str, delivery: Callable[[], object]) -> None:
        __tracebackhide__ = True
        try:
            delivery()
        except Exception as error:  # noqa: BLE001  a user's callback may raise anything
            self._failed(callback, error)

    # -- a live account --------------------------------------------------------------------------

    def in_background(self, name: str) -> Callable[[], None]:
        """Deliver on a thread of that name too; return what ends it.

        What still waits at its end is delivered by who ends it, which may be a callback.
        """
        wake, ended = threading.Event(), threading.Event()

        def work() -> None:
            while not ended.is_set():
                wake.wait()
                wake.clear()
                if not self._senders:
                    self.drain()

        def end() -> None:
            ended.set()
            wake.set()
            if thread is not threading.current_thread():
                thread.join(timeout=5)
            self.drain()

        wake.set()  # something may wait already
        self._wake = wake
        thread = threading.Thread(target=work, name=name, daemon=True)
        thread.start()
        return end

    def sending(self, send: Callable[[], T]) -> T:
        """Run `send` while the background delivery waits, then deliver on this thread.

        So what a callback prints about an order appears in the cell that sent the order.
        """
        with self._counting:
            self._senders += 1
        try:
            answer = send()
            self.drain()
        finally:
            with self._counting:
                self._senders -= 1
            if self.waiting and self._wake is not None:
                self._wake.set()
        return answer

    @contextmanager
    def held(self) -> Iterator[None]:
        """Deliver nothing meanwhile, and what waited then; nobody waits for it to pass.

        A callback that is running ends first, unless it is the one that holds.
        """
        with self.in_place():
            if self._owner != threading.get_ident():
                with self._telling:
                    pass
            yield
        self.drain()

    # -- a run over history ----------------------------------------------------------------------

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Leave all delivering to :meth:`tell` meanwhile."""
        with self._counting:
            self._held += 1
        try:
            yield
        finally:
            with self._counting:
                self._held -= 1

    def tell(self) -> None:
        """Deliver all that waits, here and now."""
        __tracebackhide__ = True
        while self.waiting:
            self._deliver(*self.waiting.popleft())
