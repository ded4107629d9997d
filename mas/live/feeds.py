"""Live subscriptions: new ticks and closed bars of a symbol, each pushed once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas import contract_rows
from mas.clock import monotonic

if TYPE_CHECKING:
    from collections.abc import Callable

    from mas.terminal import Terminal

    Push = Callable[[str, contract_rows.Row], None]

MOST_TICKS = 10_000
"""Ticks asked for at once; more wait for the next look."""


class LiveTickFeed:
    """Pushes every tick of a symbol, asked for once an interval.

    Parameters
    ----------
    interval : float
        Seconds.
    flags : int
        ``COPY_TICKS_*``.
    """

    def __init__(self, symbol: str, *, interval: float, flags: int, push: Push) -> None:
        self._symbol = symbol
        self._interval = interval
        self._flags = flags
        self._push = push
        self._due = 0.0
        self._last = -1

    def __call__(self, terminal: Terminal) -> None:
        """Push what is new since the last call, if the interval is over."""
        now = monotonic()
        if now < self._due:
            return
        self._due = now + self._interval
        newest = terminal.symbol_info_tick(self._symbol)
        if newest is None:
            terminal.symbol_select(self._symbol, True)
            return
        if self._last < 0:
            self._last = newest.time_msc - 1
        since = self._last // 1000
        ticks = terminal.copy_ticks_from(self._symbol, since, MOST_TICKS, self._flags)
        for tick in () if ticks is None else ticks:
            if tick["time_msc"] > self._last:
                self._last = int(tick["time_msc"])
                self._push(self._symbol, contract_rows.tick(tick))


class LiveBarFeed:
    """Pushes each bar once it has closed; the forming bar is never shown.

    Parameters
    ----------
    timeframe : int
        ``TIMEFRAME_*``.
    interval : float
        Seconds.
    """

    def __init__(self, symbol: str, timeframe: int, *, interval: float, push: Push) -> None:
        self._symbol = symbol
        self._timeframe = timeframe
        self._code = contract_rows.timeframe_code(timeframe)
        self._interval = interval
        self._push = push
        self._due = 0.0
        self._forming = -1

    def __call__(self, terminal: Terminal) -> None:
        """Push the bars that have closed since the last call, if the interval is over."""
        now = monotonic()
        if now < self._due:
            return
        self._due = now + self._interval
        newest = terminal.copy_rates_from_pos(self._symbol, self._timeframe, 0, 1)
        if newest is None or not len(newest):
            return
        opened = int(newest[0]["time"])
        if 0 <= self._forming < opened:
            closed = terminal.copy_rates_range(
                self._symbol, self._timeframe, self._forming, opened - 1
            )
            for bar in () if closed is None else closed:
                self._push(self._symbol, contract_rows.bar(bar, self._code))
        self._forming = opened
