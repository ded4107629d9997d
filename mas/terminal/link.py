"""The one thread that owns all calls to a terminal, each with a deadline; orders go first.

The MetaTrader5 package is not thread-safe and can hang (R211, R213). So every call is a job for
the thread of its link; who asks waits for a limited time. A job that takes longer is not undone:
it ends when the terminal answers, and does then what it was to do with the answer.
"""

from __future__ import annotations

import threading
from collections import deque
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from mas.errors import MasError, NotConnectedError, TerminalTimeoutError
from mas.terminal.constants import RES_E_INTERNAL_FAIL_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable

    from mas.terminal import Terminal

T = TypeVar("T")
DEADLINE = 30.0
"""Seconds that are waited for a call when nothing else is said."""


class Link(Protocol):
    """The way to a terminal, whichever thread owns it."""

    def run(self, fn: Callable[[Terminal], T], *, deadline: float | None = None) -> T:
        """Run `fn` with the terminal, before all reads; wait `deadline` seconds at most.

        For orders, and for looks at the account: no other of them runs at the same time.
        """
        ...

    def read(self, fn: Callable[[Terminal], T], *, deadline: float | None = None) -> T:
        """Run `fn`, which only asks, when no order waits; likewise."""
        ...

    def close(self) -> None:
        """Give the link back."""
        ...


class _Job(Generic[T]):
    """A call, and the slot for its result. A bare lock is the fastest way to wait for one."""

    __slots__ = ("cancelled", "done", "error", "fn", "value")

    def __init__(self, fn: Callable[[Terminal], T]) -> None:
        self.fn = fn
        self.value: T
        self.error: BaseException | None = None
        self.cancelled = False
        self.done = threading.Lock()
        self.done.acquire()


class TerminalLink:
    """Runs jobs with one terminal on one thread: reads after all others, else in their order.

    Parameters
    ----------
    terminal : Terminal
        What the jobs are given.
    on_close : callable, optional
        Called once on the owner thread, after the last job.
    """

    def __init__(
        self, terminal: Terminal, *, on_close: Callable[[Terminal], object] | None = None
    ) -> None:
        self._terminal = terminal
        self._on_close = on_close
        self._jobs: deque[_Job[Any]] = deque()
        self._reads: deque[_Job[Any] | None] = deque()
        self._queued: SimpleQueue[None] = SimpleQueue()
        """One entry for each that waits."""
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="mas-terminal", daemon=True)
        self._thread.start()

    def run(self, fn: Callable[[Terminal], T], *, deadline: float | None = None) -> T:
        """Run `fn` with the terminal on the owner thread, and return what it returns.

        A job that has not begun when the deadline passes is never run: a caller who was told
        that nothing came must not find his order sent later by a queue.

        Raises
        ------
        TerminalTimeoutError
            `deadline` seconds have passed; a job that has begun goes on.
        NotConnectedError
            The link is closed.
        """
        return self._run(self._jobs, fn, deadline)

    def read(self, fn: Callable[[Terminal], T], *, deadline: float | None = None) -> T:
        """Do the same when nothing else waits, for what only asks."""
        return self._run(self._reads, fn, deadline)

    def _run(self, jobs: deque[Any], fn: Callable[[Terminal], T], deadline: float | None) -> T:
        if threading.current_thread() is self._thread:
            return fn(self._terminal)
        if self._closed:
            raise NotConnectedError("the link to the terminal is closed; log in again")
        job = _Job(fn)
        jobs.append(job)
        self._queued.put(None)
        wait = DEADLINE if deadline is None else deadline
        if not job.done.acquire(timeout=wait):
            job.cancelled = True
            raise TerminalTimeoutError(
                f"no answer from the terminal within {wait:g} s; look whether it hangs",
                code=RES_E_INTERNAL_FAIL_TIMEOUT,
            )
        if job.error is not None:
            raise job.error
        return job.value

    def close(self) -> None:
        """Let waiting jobs end, then close; a hung call is left behind and waited for no more."""
        if self._closed:
            return
        self._closed = True
        self._reads.append(None)
        self._queued.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout=2.0)

    def _work(self) -> None:
        while (job := self._next()) is not None:
            if not job.cancelled:
                self._do(job)
        if self._on_close is not None:
            self._on_close(self._terminal)
        self._refuse_the_rest()

    def _next(self) -> _Job[Any] | None:
        """Wait for a job; None once there is none any more, for the link was closed."""
        self._queued.get()
        return self._jobs.popleft() if self._jobs else self._reads.popleft()

    def _do(self, job: _Job[Any]) -> None:
        try:
            job.value = job.fn(self._terminal)
        except BaseException as error:  # noqa: BLE001  it belongs to the caller, who raises it
            job.error = error
        finally:
            job.done.release()

    def _refuse_the_rest(self) -> None:
        """Answer jobs that slipped in while the link was being closed."""
        while self._jobs or self._reads:
            job = self._next()
            if job is not None:
                job.error = MasError("the link to the terminal was closed")
                job.done.release()
