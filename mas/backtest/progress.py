"""The progress of a long run: time in the data, pushes per second, equity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Self

from mas.clock import monotonic, naive_utc

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from mas.sim import SimTerminal
    from mas.timeunits import Ms

PATIENCE = 1.0
"""Seconds before a bar is shown: a run that is over by then needs none."""
PAUSE = 0.2
"""Seconds between two looks at the account."""
LIVE_PAUSE = 0.2
"""The same, for a view that follows the run: twice as many cost twice as much."""
PUSHES = 256
"""Pushes between two looks at the clock."""


class Reached(NamedTuple):
    """How far a run has come: pushes of all, time in the data (ms), equity, deals so far."""

    done: int
    total: int
    now: int
    equity: float
    deals: int


class Progress:
    """A bar in the notebook or the terminal, shown when a run takes longer than a second.

    Parameters
    ----------
    follower : callable, optional
        Is told instead of the bar.
    """

    def __init__(
        self,
        total: int,
        terminal: SimTerminal,
        *,
        show: bool,
        follower: Callable[[Reached], None] | None = None,
    ) -> None:
        self._total = total
        self._broker = terminal.broker
        self._follower = follower
        wait = 0.0 if follower is not None else PATIENCE if show else float("inf")
        self._next = monotonic() + wait
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

    def reach(self, done: int, now: Ms) -> None:
        """Say how far the run has come: pushes, and the time in the data, ms."""
        at = monotonic()
        if at < self._next:
            return
        equity = self._broker.valuation.equity()
        if self._follower is not None:
            self._next = at + LIVE_PAUSE
            deals = len(self._broker.account.deals) - 1
            self._follower(Reached(done, self._total, now, equity, deals))
            return
        self._next = at + PAUSE
        if self._bar is None:
            from tqdm.auto import tqdm  # noqa: PLC0415  a short run needs none

            self._bar = tqdm(total=self._total, unit=" pushes", unit_scale=True)
        words = f"{naive_utc(now):%Y-%m-%d %H:%M}, equity {equity:,.2f}"
        self._bar.set_postfix_str(words, refresh=False)
        self._bar.update(done - self._bar.n)
