"""One file while it is imported: what came of it, and the rows as they are stored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from mas.errors import DataError
from mas.history.collect import Collector, Counts, repeats, scaled, whole
from mas.history.columns import Bars, Columns, Ticks, joined
from mas.history.inspect import Findings, TickInspector, inspect
from mas.history.spool import Spool
from mas.history.store import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mas.history.formats.source import Source


class Read:
    """One file, read: bars in memory, ticks on disk.

    Attributes
    ----------
    dropped : int
        Crossed quotes that were left out.
    replaced : int
        Rows that were there before.
    rows, first, last : int
        What is left of it, and the times of the first and the last row, ms.
    """

    def __init__(self, source: Source, counts: Counts, rows: Spool | Bars, digits: int) -> None:
        self.source = source
        self.counts = counts
        self.digits = digits
        self.dropped = self.replaced = 0
        self._came = rows
        self._inspector = TickInspector()

    @property
    def bars(self) -> Bars | None:
        """The bars; None for ticks."""
        return self._came if isinstance(self._came, Bars) else None

    @property
    def empty(self) -> bool:
        """Whether no row came."""
        return not (len(self._came.times) if isinstance(self._came, Bars) else self._came.rows)

    @property
    def first(self) -> int:
        """Time of the first row, ms."""
        came = self._came
        return int(came.times[0]) if isinstance(came, Bars) else came.first

    def pieces(self, digits: int, crossed: str) -> Iterator[Columns]:
        """Yield the rows as they are stored, by time, in points of so many digits."""
        if isinstance(self._came, Bars):
            yield scaled(self._came, digits - self.digits)
            return
        before: Ticks | None = None
        for came in self._came.pieces(digits):
            ticks = came if before is None else cast("Ticks", joined([before, came]))
            repeated = repeats(ticks)
            if before is not None:
                ticks, repeated = ticks.part(slice(1, None)), repeated[1:]
            before = ticks.part(slice(-1, None))
            self.counts.duplicates += int(np.count_nonzero(repeated))
            clean = self._uncrossed(ticks.part(~repeated) if repeated.any() else ticks, crossed)
            self._inspector.add(clean)
            yield clean

    def findings(self, timeframe: int) -> Findings:
        """Return what was found in the rows, which have been taken."""
        if isinstance(self._came, Bars):
            return inspect(self._came, timeframe)
        return self._inspector.findings()

    def origin(self) -> Origin:
        """Return what is kept of the file.

        Raises
        ------
        DataError
            None of its rows is left.
        """
        name = self.source.name
        if isinstance(self._came, Bars):
            times = self._came.times
            span = len(times), int(times[0]), int(times[-1])
        else:
            span = self._inspector.rows, self._inspector.first, self._inspector.last
        if not span[0]:
            raise DataError("there are no rows", path=name)
        return Origin(Path(name).name, self.source.format, *span)

    def _uncrossed(self, ticks: Ticks, crossed: str) -> Ticks:
        if crossed == "keep":
            return ticks
        bids, asks = ticks.bids, ticks.asks
        if crossed == "swap":
            return ticks._replace(bids=np.minimum(bids, asks), asks=np.maximum(bids, asks))
        wrong = asks < bids
        self.dropped += int(np.count_nonzero(wrong))
        return ticks.part(~wrong)


def read_source(source: Source, collector: Collector, bar: Any, folder: Path) -> Read:
    """Read one file; ticks go into the folder.

    Raises
    ------
    DataError
        It cannot be read; the message names its line.
    """
    with Spool(folder) as spool:
        bars = _taken(source, collector, bar, spool)
    counts, digits = collector.counts, collector.digits
    if source.kind == "ticks":
        return Read(source, counts, spool, digits)
    return Read(source, counts, cast("Bars", whole(bars, digits, counts)), digits)


def _taken(
    source: Source, collector: Collector, bar: Any, spool: Spool
) -> list[tuple[Columns, int]]:
    """Read all rows; return the bars, with the digits of each piece."""
    bars: list[tuple[Columns, int]] = []
    before = 0
    for piece in source.pieces():
        columns = collector.add(piece)
        if source.kind == "ticks":
            spool.add(cast("Ticks", columns), collector.digits)
        else:
            bars.append((columns, collector.digits))
        bar.update(max(piece.read - before, 0))
        before = max(piece.read, before)
    return bars
