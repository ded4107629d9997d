"""The one thread that owns all calls to a terminal, each with a deadline.

The MetaTrader5 package is not thread-safe and can hang (R211, R213). So every call is a job for
the thread of its link; who asks waits for a limited time. A job that takes longer is not undone:
it ends when the terminal answers, and does then what it was to do with the answer.
"""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from mas.clock import monotonic
from mas.errors import MasError, NotConnectedError, TerminalTimeoutError
from mas.terminal.constants import RES_E_INTERNAL_FAIL_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable

    from mas.terminal import Terminal

T = TypeVar("T")
DEADLINE = 30.0
"""Seconds that are waited for a call when nothing else is said."""


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
    """Runs jobs with one terminal on one thread, in the order in which they were asked.

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
        self._jobs: SimpleQueue[_Job[Any] | None] = SimpleQueue()
        self._closed = False
        self._busy_since: float | None = None
        self._thread = threading.Thread(target=self._work, name="mas-terminal", daemon=True)
        self._thread.start()

    @property
    def healthy(self) -> bool:
        """Whether the link is open and no call has been running for longer than it may."""
        since = self._busy_since
        return not self._closed and (since is None or monotonic() - since < DEADLINE)

    def run(self, fn: Callable[[Terminal], T], *, deadline: float | None = None) -> T:
        """Run `fn` with the terminal on the owner thread and return what it returns.

        A job that has not begun when the deadline passes is never run: a caller who was told
        that nothing came must not find his order sent later by a queue.

        Raises
        ------
        TerminalTimeoutError
            `deadline` seconds have passed; a job that has begun goes on.
        NotConnectedError
            The link is closed.
        """
        if threading.current_thread() is self._thread:
            return fn(self._terminal)
        if self._closed:
            raise NotConnectedError("the link to the terminal is closed; log in again")
        job = _Job(fn)
        self._jobs.put(job)
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
        self._jobs.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout=2.0)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if not job.cancelled:
                self._do(job)
        if self._on_close is not None:
            self._on_close(self._terminal)
        self._refuse_the_rest()

    def _do(self, job: _Job[Any]) -> None:
        self._busy_since = monotonic()
        try:
            job.value = job.fn(self._terminal)
        except BaseException as error:  # noqa: BLE001  it belongs to the caller, who raises it
            job.error = error
        finally:
            self._busy_since = None
            job.done.release()

    def _refuse_the_rest(self) -> None:
        """Answer jobs that slipped in while the link was being closed."""
        while not self._jobs.empty():
            job = self._jobs.get()
            if job is not None:
                job.error = MasError("the link to the terminal was closed")
                job.done.release()
