"""Dukascopy's binary ticks: one LZMA file for each hour.

A record has 20 bytes, big-endian: milliseconds in the hour, ask and bid in points, and two float32
volumes. The hour is in the path, ``EURUSD/2014/04/01/00h_ticks.bi5``, where months count from 0.
"""

from __future__ import annotations

import lzma
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from mas.errors import DataError
from mas.history.formats.source import Piece, Source, symbol_in
from mas.timeunits import HOUR_MS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECORD = np.dtype([("ms", ">u4"), ("ask", ">u4"), ("bid", ">u4"), ("sold", ">f4"), ("got", ">f4")])
PLACE = re.compile(r"(\d{4})[/\\_-](\d\d)[/\\_-](\d\d)[/\\_-](\d\d)h_ticks\.bi5$")
THREE_DIGITS = re.compile(r"JPY|RUB|XAU|XAG|HUF")


def of_file(path: Path) -> Source:
    """Return the reader of one hour."""
    name = str(path.resolve())
    found = PLACE.search(name)
    if found is None:
        raise DataError(
            "the hour of a .bi5 file is in its path, such as EURUSD/2014/04/01/00h_ticks.bi5 "
            "(months from 00); rename it",
            path=str(path),
        )
    year, month, day, hour = (int(part) for part in found.groups())
    try:
        start = datetime(year, month + 1, day, hour, tzinfo=UTC)
    except ValueError:
        raise DataError("the path names no hour; months count from 00", path=str(path)) from None
    before = re.split(r"[/\\_]", name[: found.start()].rstrip("/\\_"))[-1]
    symbol = symbol_in(path.name) or before

    def pieces() -> Iterator[Piece]:
        import pandas as pd  # noqa: PLC0415

        rows = records(path.read_bytes(), str(path))
        times = round(start.timestamp() * 1000) + rows["ms"].astype(np.int64)
        table = pd.DataFrame(
            {"time": times, "bid": rows["bid"].astype(float), "ask": rows["ask"].astype(float)}
        )
        yield Piece(table, np.arange(1, len(table) + 1), path.stat().st_size)

    return Source(
        str(path), "Dukascopy hour", "ticks", pieces, symbol=symbol, size=path.stat().st_size,
        digits=point_digits(symbol),
    )  # fmt: skip


def point_digits(symbol: str) -> int:
    """Return the decimals that the files' points mean; they do not say so themselves."""
    return 3 if THREE_DIGITS.search(symbol) else 5


def records(packed: bytes, name: str) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    """Return the records of one hour; an empty file is an hour without ticks.

    Raises
    ------
    DataError
        It is not whole.
    """
    if not packed:
        return np.empty(0, RECORD)
    try:
        data = lzma.decompress(packed)
    except (lzma.LZMAError, EOFError) as error:
        raise DataError(f"is no whole LZMA file: {error}", path=name) from None
    if len(data) % RECORD.itemsize:
        raise DataError(f"has {len(data)} bytes, no multiple of {RECORD.itemsize}", path=name)
    rows = np.frombuffer(data, RECORD)
    late = np.flatnonzero(rows["ms"] >= HOUR_MS)
    if len(late):
        raise DataError("the record is not within the hour", path=name, line=int(late[0]) + 1)
    return rows
