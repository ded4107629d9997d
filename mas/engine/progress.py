"""The progress of a long run: time in the data, pushes per second, equity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from mas.clock import monotonic, naive_utc

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

PATIENCE = 1.0
"""Seconds before a bar is shown: a run that is over by then needs none."""
PAUSE = 0.2
"""Seconds between two looks at the account."""
PUSHES = 256
"""Pushes between two looks at the clock."""


class Progress:
    """A bar in the notebook or the terminal, shown when a run takes longer than a second.

    Parameters
    ----------
    equity : callable
        Returns the equity of the account.
    """

    def __init__(self, total: int, equity: Callable[[], float], *, show: bool) -> None:
        self._total = total
        self._equity = equity
        self._next = monotonic() + PATIENCE if show else float("inf")
        self._bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def reach(self, done: int, now: int) -> None:
        """Say how far the run has come: pushes, and the time in the data, ms."""
        at = monotonic()
        if at < self._next:
            return
        self._next = at + PAUSE
        if self._bar is None:
            from tqdm.auto import tqdm  # noqa: PLC0415  a short run needs none

            self._bar = tqdm(total=self._total, unit=" pushes", unit_scale=True)
        words = f"{naive_utc(now):%Y-%m-%d %H:%M}, equity {self._equity():,.2f}"
        self._bar.set_postfix_str(words, refresh=False)
        self._bar.update(done - self._bar.n)
