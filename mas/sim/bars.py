"""Bars of any timeframe from ticks, and ticks as arrays (R170 to R182)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mas.sim.streams import SyntheticStream
from mas.terminal import constants as c
from mas.terminal.types import RATES_DTYPE, TICKS_DTYPE

if TYPE_CHECKING:
    from mas.history.synthetic import Minutes
    from mas.sim.streams import Quote, Stream, Ticks
    from mas.sim.symbols import Symbol

    Array = np.ndarray[Any, Any]

RATES, TICKS = np.dtype(RATES_DTYPE), np.dtype(TICKS_DTYPE)
TIMEFRAMES = frozenset(value for name, value in vars(c).items() if name.startswith("TIMEFRAME_"))
WEEK, DAY = 604_800, 86_400
MINUTE = 60_000
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
    """Return the bars whose ticks lie in start <= time < end, ms (R178).

    They are made from bids, or from deals where the symbol's ``chart_mode`` says so (R179). The
    synthetic market has its minute bars at hand; the minute that `end` cuts comes from ticks.
    """
    by_last = symbol.chart_mode == c.SYMBOL_CHART_MODE_LAST
    whole = end // MINUTE * MINUTE
    minutes = None
    if isinstance(stream, SyntheticStream) and start % MINUTE == 0 and start < whole:
        minutes = stream.minute_bars(start, whole)
    pieces, at = [], start
    if minutes is not None:
        pieces.append(_of_minutes(minutes, timeframe))
        at = whole
    while at < end:
        upto = min((at // stream.step + 1) * stream.step, end)
        pieces.append(_fold(stream.ticks(at, upto), timeframe, by_last=by_last))
        at = upto
    return _priced(symbol, _joined(pieces))


def _of_minutes(bars: Minutes, timeframe: int) -> Array:
    """Return bars of a period from minute bars, in the columns of :func:`_fold`."""
    rows = np.column_stack(
        (
            opens(bars.times, timeframe), bars.opens, bars.highs, bars.lows, bars.closes,
            bars.volumes, bars.spreads, np.zeros(len(bars.times)),
        )
    )  # fmt: skip
    return _joined([rows])


def _fold(ticks: Ticks, timeframe: int, *, by_last: bool) -> Array:
    """Return bars of some ticks, by period.

    Columns: time, open, high, low, close in points, count, spread, volume. The spread is the
    first tick's (R180).
    """
    if by_last and ticks.lasts is not None:
        ticks = ticks.part(ticks.lasts > 0)
    times, bids, asks, lasts, volumes = ticks
    if not len(times):
        return np.empty((0, 8))
    prices = lasts if by_last and lasts is not None else bids
    periods = opens(times, timeframe)
    first = np.flatnonzero(np.diff(periods, prepend=periods[0] - 1))
    last = np.append(first[1:], len(times)) - 1
    return np.column_stack(
        (
            periods[first],
            prices[first],
            np.maximum.reduceat(prices, first),
            np.minimum.reduceat(prices, first),
            prices[last],
            last - first + 1,
            asks[first] - bids[first],
            np.zeros(len(first)) if volumes is None else np.add.reduceat(volumes, first),
        )
    )


def _joined(pieces: list[Array]) -> Array:
    """Return pieces as one, those of one period merged."""
    bars = np.concatenate(pieces) if pieces else np.empty((0, 8))
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
            np.add.reduceat(bars[:, 7], first),
        )
    )


def _priced(symbol: Symbol, bars: Array) -> Array:
    table = np.zeros(len(bars), RATES)
    table["time"] = bars[:, 0]
    for column, name in enumerate(("open", "high", "low", "close"), start=1):
        table[name] = np.round(bars[:, column] * symbol.point, symbol.digits)
    table["tick_volume"], table["spread"] = bars[:, 5], bars[:, 6]
    table["real_volume"] = bars[:, 7]
    return table


def ticks(symbol: Symbol, found: Ticks, before: Quote | None) -> Array:
    """Return ticks as the array of ``copy_ticks_*``, each with what it changed (R170).

    Parameters
    ----------
    before : Quote or None
        The tick before the first, with which that one is compared.
    """
    table = np.zeros(len(found.times), TICKS)
    table["time"], table["time_msc"] = found.times // 1000, found.times
    flags = np.zeros(len(table), np.uint32)
    for name, flag, column, old in (
        ("bid", c.TICK_FLAG_BID, found.bids, before.bid if before else 0),
        ("ask", c.TICK_FLAG_ASK, found.asks, before.ask if before else 0),
        ("last", c.TICK_FLAG_LAST, found.lasts, before.last if before else 0),
    ):
        if column is not None:
            table[name] = np.round(column * symbol.point, symbol.digits)
            flags |= np.where(np.diff(column, prepend=old) != 0, flag, 0).astype(np.uint32)
    if found.volumes is not None:
        table["volume_real"], table["volume"] = found.volumes, found.volumes
        flags |= np.where(found.volumes > 0, c.TICK_FLAG_VOLUME, 0).astype(np.uint32)
    # A quote that repeats the one before is still a quote.
    table["flags"] = np.where(flags == 0, c.TICK_FLAG_BID | c.TICK_FLAG_ASK, flags)
    return table
