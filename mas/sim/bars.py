"""Bars of any timeframe from ticks, and ticks as arrays (R170 to R182)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mas.history.synthetic import HOUR
from mas.terminal import constants as c
from mas.terminal.types import RATES_DTYPE, TICKS_DTYPE

if TYPE_CHECKING:
    from mas.sim.market import Stream
    from mas.sim.symbols import Symbol

    Array = np.ndarray[Any, Any]

RATES, TICKS = np.dtype(RATES_DTYPE), np.dtype(TICKS_DTYPE)
TIMEFRAMES = frozenset(value for name, value in vars(c).items() if name.startswith("TIMEFRAME_"))
WEEK, DAY = 604_800, 86_400
SUNDAY = 3 * DAY
"""Seconds from 1970-01-01, a Thursday, to the first Sunday."""


def seconds_of(timeframe: int) -> int:
    """Return the length of a period in seconds, a month counted as 30 days (R181)."""
    if timeframe == c.TIMEFRAME_MN1:
        return 30 * DAY
    if timeframe == c.TIMEFRAME_W1:
        return WEEK
    return 60 * timeframe if timeframe < c.TIMEFRAME_H1 else 3600 * (timeframe & 0xFFF)


def opens(times: Array, timeframe: int) -> Array:
    """Return the start of the period that holds each time, in seconds (R182)."""
    seconds = times // 1000
    if timeframe == c.TIMEFRAME_MN1:
        months = seconds.astype("datetime64[s]").astype("datetime64[M]")
        return months.astype("datetime64[s]").astype(np.int64)
    if timeframe == c.TIMEFRAME_W1:
        return (seconds - SUNDAY) // WEEK * WEEK + SUNDAY
    length = seconds_of(timeframe)
    return seconds // length * length


def rates(symbol: Symbol, stream: Stream, timeframe: int, start: int, end: int) -> Array:
    """Return the bars whose ticks lie in start <= time < end, ms; made from bids (R178, R179).

    Hours are folded one by one, so that years of ticks are never in memory together.
    """
    step = max(1, seconds_of(timeframe) * 1000 // HOUR) * HOUR if end - start > HOUR else HOUR
    step = min(step, 24 * HOUR)
    pieces = []
    at = start
    while at < end:
        upto = min((at // step + 1) * step, end)
        pieces.append(_fold(stream.ticks(at, upto), timeframe))
        at = upto
    return _priced(symbol, _joined(pieces))


def _fold(ticks: tuple[Array, Array, Array], timeframe: int) -> Array:
    """Return bars in points of some ticks: open, high, low, close, count, spread, by period."""
    times, bids, asks = ticks
    if not len(times):
        return np.empty((0, 7), np.int64)
    periods = opens(times, timeframe)
    first = np.flatnonzero(np.diff(periods, prepend=periods[0] - 1))
    last = np.append(first[1:], len(times)) - 1
    return np.column_stack(
        (
            periods[first],
            bids[first],
            np.maximum.reduceat(bids, first),
            np.minimum.reduceat(bids, first),
            bids[last],
            last - first + 1,
            asks[first] - bids[first],
        )
    )


def _joined(pieces: list[Array]) -> Array:
    """Return pieces as one, those of one period merged."""
    bars = np.concatenate(pieces) if pieces else np.empty((0, 7), np.int64)
    if len(bars) < 2:
        return bars
    first = np.flatnonzero(np.diff(bars[:, 0], prepend=bars[0, 0] - 1))
    if len(first) == len(bars):
        return bars
    last = np.append(first[1:], len(bars)) - 1
    return np.column_stack(
        (
            bars[first, 0],
            bars[first, 1],
            np.maximum.reduceat(bars[:, 2], first),
            np.minimum.reduceat(bars[:, 3], first),
            bars[last, 4],
            np.add.reduceat(bars[:, 5], first),
            bars[first, 6],
        )
    )


def _priced(symbol: Symbol, bars: Array) -> Array:
    table = np.zeros(len(bars), RATES)
    table["time"] = bars[:, 0]
    for column, name in enumerate(("open", "high", "low", "close"), start=1):
        table[name] = np.round(bars[:, column] * symbol.point, symbol.digits)
    table["tick_volume"], table["spread"] = bars[:, 5], bars[:, 6]
    return table


def ticks(symbol: Symbol, found: tuple[Array, Array, Array]) -> Array:
    """Return ticks as the array of ``copy_ticks_*``; every quote changes bid and ask (R170)."""
    times, bids, asks = found
    table = np.zeros(len(times), TICKS)
    table["time"], table["time_msc"] = times // 1000, times
    table["bid"] = np.round(bids * symbol.point, symbol.digits)
    table["ask"] = np.round(asks * symbol.point, symbol.digits)
    table["flags"] = c.TICK_FLAG_BID | c.TICK_FLAG_ASK
    return table
