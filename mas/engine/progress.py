"""The progress of a long run: time in the data, pushes per second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from mas.clock import monotonic, naive_utc

if TYPE_CHECKING:
    from types import TracebackType

PATIENCE = 1.0
"""Seconds before a bar is shown: a run that is over by then needs none."""


class Progress:
    """A bar in the notebook or the terminal, shown when a run takes longer than a second."""

    def __init__(self, total: int, *, show: bool) -> None:
        self._total = total
        self._show = show
        self._began = monotonic()
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
        if not self._show:
            return
        if self._bar is None:
            if monotonic() - self._began < PATIENCE:
                return
            from tqdm.auto import tqdm  # noqa: PLC0415  a short run needs none

            self._bar = tqdm(total=self._total, unit=" pushes", unit_scale=True)
        self._bar.set_postfix_str(f"{naive_utc(now):%Y-%m-%d %H:%M}", refresh=False)
        self._bar.update(done - self._bar.n)
