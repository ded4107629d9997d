"""What a run over history is made of: ticks of a symbol, and the bars that it pushes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mas.history.generate import every_tick, ohlc
from mas.sim.arrays import ArrayStream
from mas.sim.bars import opens, seconds_of
from mas.sim.streams import SyntheticStream, Ticks
from mas.terminal import constants as c
from mas.terminal.types import RATES_DTYPE

if TYPE_CHECKING:
    from mas.sim.symbols import Symbol

    Array = np.ndarray[Any, Any]

log = logging.getLogger(__name__)
MODELS = ("real", "every_tick", "ohlc")
"""Real ticks, ticks generated from minute bars, the four prices of minute bars (R190)."""
DAY = 86_400_000
TICK_DAYS = 14
"""Longest period of the synthetic market that is played tick by tick."""


class Bars(NamedTuple):
    """Closed bars as columns: open time in ms, prices, ticks in each."""

    times: Array
    opens: Array
    highs: Array
    lows: Array
    closes: Array
    volumes: Array


class Replay:
    """The history of one symbol in a run.

    Parameters
    ----------
    columns : Ticks
        Its ticks, from before the run begins where there are any.
    source : str
        Where they come from, in words for the report.
    minutes : Bars, optional
        The minute bars from which the ticks were generated; bars are made of them.
    """

    def __init__(
        self, symbol: Symbol, columns: Ticks, source: str, minutes: Bars | None = None
    ) -> None:
        self.symbol = symbol
        self.columns = columns
        self.source = source
        self.stream = ArrayStream(columns)
        self._minutes = minutes
        self._made: dict[tuple[int, int, int], tuple[Bars, Array]] = {}

    def bars(self, timeframe: int, start: int, end: int) -> tuple[Bars, Array]:
        """Return the bars that open at start <= time < end, and when each is pushed.

        A bar is pushed with the first tick after it has closed, so an order sent from its
        callback deals at the first quote after the close; the last bar, which no tick follows,
        when its time is over.
        """
        key = (timeframe, start, end)
        if key not in self._made:
            self._made[key] = self._bars(timeframe, start, end)
        return self._made[key]

    def _bars(self, timeframe: int, start: int, end: int) -> tuple[Bars, Array]:
        if self._minutes is None:
            chosen = self.columns.part(slice(*self.columns.times.searchsorted((start, end))))
            bars = fold(self.symbol, chosen, timeframe)
        else:
            part = slice(*self._minutes.times.searchsorted((start, end)))
            bars = merged(Bars._make(one[part] for one in self._minutes), timeframe)
        closes_at = close_times(bars.times, timeframe)
        index = self.columns.times.searchsorted(closes_at)
        times = np.append(self.columns.times, np.iinfo(np.int64).max)
        return bars, np.where(index < len(times) - 1, times[index], closes_at)


def fold(symbol: Symbol, ticks: Ticks, timeframe: int) -> Bars:
    """Return the bars of some ticks (R178, R179)."""
    times, prices = ticks.times, ticks.bids
    if symbol.chart_mode == c.SYMBOL_CHART_MODE_LAST and ticks.lasts is not None:
        prices = ticks.lasts
    if not len(times):
        return Bars(*(np.empty(0) for _ in Bars._fields))
    periods = opens(times, timeframe)
    first = np.flatnonzero(np.diff(periods, prepend=periods[0] - 1))
    last = np.append(first[1:], len(times)) - 1
    scale = symbol.scale
    return Bars(
        periods[first] * 1000,
        prices[first] / scale,
        np.maximum.reduceat(prices, first) / scale,
        np.minimum.reduceat(prices, first) / scale,
        prices[last] / scale,
        last - first + 1,
    )


def merged(minutes: Bars, timeframe: int) -> Bars:
    """Return minute bars as bars of a longer period."""
    if timeframe == c.TIMEFRAME_M1 or not len(minutes.times):
        return minutes
    periods = opens(minutes.times, timeframe)
    first = np.flatnonzero(np.diff(periods, prepend=periods[0] - 1))
    last = np.append(first[1:], len(periods)) - 1
    return Bars(
        periods[first] * 1000,
        minutes.opens[first],
        np.maximum.reduceat(minutes.highs, first),
        np.minimum.reduceat(minutes.lows, first),
        minutes.closes[last],
        np.add.reduceat(minutes.volumes, first),
    )


def close_times(opened: Array, timeframe: int) -> Array:
    """Return when bars that opened at those times (ms) are over (R181)."""
    if timeframe == c.TIMEFRAME_MN1:
        months = opened.astype("datetime64[ms]").astype("datetime64[M]") + 1
        return months.astype("datetime64[ms]").astype(np.int64)
    return opened + seconds_of(timeframe) * 1000


def synthetic(symbol: Symbol, start: int, end: int, *, seed: int) -> Replay:
    """Return the synthetic market of a period, ms, and say so.

    A few days are played tick by tick, more as the four prices of each minute bar.
    """
    stream = SyntheticStream(symbol, seed=seed, always=False)
    source = f"the synthetic market (seed {seed})"
    minutes = None if end - start <= TICK_DAYS * DAY else stream.minute_bars(start - DAY, end)
    if minutes is None:
        found = Replay(symbol, stream.ticks(start - DAY, end), f"{source}, {WORDS['real']}")
    else:
        table = np.zeros(len(minutes.times), np.dtype(RATES_DTYPE))
        table["time"], table["tick_volume"] = minutes.times // 1000, minutes.volumes
        table["spread"] = minutes.spreads
        for name, column in zip(("open", "high", "low", "close"), minutes[1:5], strict=True):
            table[name] = column / symbol.scale
        found = generated(symbol, table, "ohlc", source)
    log.warning("no history is stored for %s: it comes from %s", symbol.name, found.source)
    return found


def generated(symbol: Symbol, bars: Array, model: str, source: str) -> Replay:
    """Return ticks generated from minute bars, which are what ``copy_rates_*`` returns (R190)."""
    make = every_tick if model == "every_tick" else ohlc
    minutes = Bars(
        bars["time"] * 1000, bars["open"], bars["high"], bars["low"], bars["close"],
        bars["tick_volume"].astype(np.int64),
    )  # fmt: skip
    times, bids, asks = make(bars, point=symbol.point)
    ticks = Ticks(times, bids.astype(np.int32), asks.astype(np.int32))
    return Replay(symbol, ticks, f"{source}, {WORDS[model]}", minutes)


WORDS = {"real": "real ticks", "every_tick": "every tick", "ohlc": "1 minute OHLC"}
