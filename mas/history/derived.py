"""What is kept beside stored ticks: their minutes and extremes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from mas.history.columns import Bars, Ticks
from mas.history.derived_cache import ColumnWriter, made
from mas.history.pyramid import FAN, Pyramid, blocks_of
from mas.history.resample import fold
from mas.terminal import constants as c

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mas.history.store import Stored

    Array = np.ndarray[Any, Any]

CHUNK = FAN << 11
"""Ticks worked on at a time: whole blocks of the pyramid."""


class Playable(NamedTuple):
    """Ticks with all that a run needs to know of them.

    Attributes
    ----------
    bars : Bars
        Of which longer ones are made: minutes of real ticks, else what is stored.
    firsts : array of int64
        Time of the first tick of each bar, ms.
    """

    ticks: Ticks
    bars: Bars
    firsts: Array
    timeframe: int
    pyramid: Pyramid


def of_ticks(stored: Stored) -> Playable:
    """Return stored ticks with their minutes and extremes, which are made at the first time."""
    ticks = cast("Ticks", stored.read())
    found = made(stored, "index-1", lambda writer: _index(writer, stored, ticks))
    blocks = {name: np.asarray(found[name]) for name in BLOCKS}
    bars = Bars(*(found[name] for name in MINUTES))
    pyramid = Pyramid(np.asarray(ticks.bids), np.asarray(ticks.asks), blocks)
    return Playable(ticks, bars, found["firsts"], c.TIMEFRAME_M1, pyramid)


BLOCKS = ("bid_low", "bid_high", "ask_low", "ask_high")
MINUTES = ("times", "opens", "highs", "lows", "closes", "volumes", "spreads")


def _index(writer: ColumnWriter, stored: Stored, ticks: Ticks) -> None:
    """Write the minutes and the extremes of ticks."""
    rest: Ticks | None = None
    for part in _read(stored, ticks):
        writer.add(**blocks_of(part.bids, part.asks))
        whole = part if rest is None else Ticks(
            *(np.concatenate(pair) for pair in zip(rest[:3], part[:3], strict=True))
        )  # fmt: skip
        edge = int(whole.times[-1]) // 60_000 * 60_000  # its last minute may go on
        cut = int(whole.times.searchsorted(edge))
        _add_minutes(writer, whole.part(slice(0, cut)))
        rest = whole.part(slice(cut, None))
    if rest is not None:
        _add_minutes(writer, rest)


def _add_minutes(writer: ColumnWriter, ticks: Ticks) -> None:
    bars = fold(ticks, c.TIMEFRAME_M1)
    firsts = ticks.times[ticks.times.searchsorted(bars.times)]
    columns = {name: column.astype(np.int32) for name, column in bars._asdict().items()
               if name in MINUTES and name != "times"}  # fmt: skip
    writer.add(times=bars.times, firsts=firsts, **columns)


def _read(stored: Stored, ticks: Ticks) -> Iterator[Ticks]:
    """Yield the quotes piece by piece, read rather than mapped, so that they leave the memory."""
    from tqdm.auto import tqdm  # noqa: PLC0415

    count = len(ticks.times)
    names = ("times", "bids", "asks")
    with tqdm(
        total=count, unit=" ticks", unit_scale=True, desc=f"preparing {stored.symbol}", delay=1,
        leave=False,
    ) as bar:  # fmt: skip
        for at in range(0, count, CHUNK):
            rows = min(CHUNK, count - at)
            yield Ticks(*(_rows(stored, name, at, rows) for name in names))
            bar.update(rows)


def _rows(stored: Stored, name: str, at: int, rows: int) -> Array:
    dtype = np.dtype(stored.columns[name])
    return np.fromfile(stored.file(name), dtype, rows, offset=at * dtype.itemsize)


def with_spread(bars: Bars, spread: int) -> Bars:
    """Return bars that have this spread as long as none is known."""
    if not len(bars.times) or bars.spreads[0] > 0 or not spread:
        return bars
    spreads = np.array(bars.spreads)
    spreads[0] = spread  # from here on the last known one counts
    return bars._replace(spreads=spreads)
