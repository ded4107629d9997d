"""The ticks of one file while it is read: on disk, so that a file of any length can be imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Self, cast

import numpy as np

from mas.history.collect import scaled
from mas.history.columns import Ticks
from mas.history.ordered import Sequence, together
from mas.history.store import DTYPES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Array = np.ndarray[Any, Any]

ROWS = 1 << 20
"""Rows of a file in memory at a time."""


class Chunk(NamedTuple):
    """Rows that came together, in order by time."""

    at: int
    rows: int
    first: int
    last: int
    digits: int


class Numbered(NamedTuple):
    """Ticks with the number of their chunk, by which those of one time keep their order."""

    times: Array
    bids: Array
    asks: Array
    lasts: Array | None
    volumes: Array | None
    chunk: Array

    def part(self, chosen: Any) -> Numbered:
        """Return some of the rows: a slice, a mask or indexes."""
        return Numbered._make(None if column is None else column[chosen] for column in self)


class Spool:
    """Ticks in the order in which they came, a file a column.

    Attributes
    ----------
    rows : int
        How many there are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, Any] = {}
        self._chunks: list[Chunk] = []
        self.rows = 0
        folder.mkdir(parents=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close the files: all rows have come."""
        for file in self._files.values():
            file.close()

    @property
    def first(self) -> int:
        """Time of the earliest row, ms."""
        return min(chunk.first for chunk in self._chunks)

    def add(self, ticks: Ticks, digits: int) -> None:
        """Append rows whose prices are in points of so many digits."""
        count = len(ticks.times)
        if not count:
            return
        if np.any(np.diff(ticks.times) < 0):
            ticks = ticks.part(np.argsort(ticks.times, kind="stable"))
        for name, column in ticks._asdict().items():
            if column is None and name not in self._files:
                continue
            if name not in self._files:
                self._files[name] = (self._folder / name).open("wb")
                _zeros(self._files[name], name, self.rows)
            if column is None:
                _zeros(self._files[name], name, count)
            else:
                np.ascontiguousarray(column, DTYPES[name]).tofile(self._files[name])
        first, last = int(ticks.times[0]), int(ticks.times[-1])
        self._chunks.append(Chunk(self.rows, count, first, last, digits))
        self.rows += count

    def pieces(self, digits: int) -> Iterator[Ticks]:
        """Yield all rows by time, those of one time as they came, in points of so many digits."""
        runs = _runs(self._chunks)
        if len(runs) == 1:
            for chunk in self._chunks:
                for at in range(0, chunk.rows, ROWS):
                    yield self._read(chunk, at, min(ROWS, chunk.rows - at), digits)
            return
        step = max(ROWS * 2 // len(runs), 4096)
        sequences = [
            Sequence(self._chunks[run[0]].first, self._numbered(run, step, digits)) for run in runs
        ]
        for parts in together(sequences):
            whole = parts[0][1] if len(parts) == 1 else _joined([part for _, part in parts])
            yield Ticks(*whole[:5])

    def _numbered(self, run: list[int], step: int, digits: int) -> Iterator[Numbered]:
        for number in run:
            chunk = self._chunks[number]
            for at in range(0, chunk.rows, step):
                rows = min(step, chunk.rows - at)
                yield Numbered(*self._read(chunk, at, rows, digits), np.full(rows, number))

    def _read(self, chunk: Chunk, at: int, rows: int, digits: int) -> Ticks:
        found = {}
        for name in self._files:
            dtype = np.dtype(DTYPES[name])
            offset = (chunk.at + at) * dtype.itemsize
            found[name] = np.fromfile(self._folder / name, dtype, rows, offset=offset)
        return cast("Ticks", scaled(Ticks(**found), digits - chunk.digits))


def _zeros(file: Any, name: str, rows: int) -> None:
    for at in range(0, rows, ROWS):
        np.zeros(min(ROWS, rows - at), DTYPES[name]).tofile(file)


def _runs(chunks: list[Chunk]) -> list[list[int]]:
    """Return the numbers of the chunks in as few sequences as are each in order by time."""
    runs: list[list[int]] = []
    for number, chunk in enumerate(chunks):
        for run in runs:
            last = chunks[run[-1]].last
            if last < chunk.first or (last == chunk.first and run[-1] == number - 1):
                run.append(number)
                break
        else:
            runs.append([number])
    return runs


def _joined(parts: list[Numbered]) -> Numbered:
    columns = (
        None if column[0] is None else np.concatenate(column) for column in zip(*parts, strict=True)
    )
    whole = Numbered._make(columns)
    return whole.part(np.lexsort((whole.chunk, whole.times)))
