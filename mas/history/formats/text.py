"""Text formats: lines of separated values, recognised by their first line."""

from __future__ import annotations

import gzip
import io
import re
import warnings
import zipfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING

import numpy as np

from mas.errors import DataError
from mas.history.formats.source import Piece, Source, symbol_in
from mas.history.formats.stamps import Stamp, any_stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pandas as pd

LINES = 100_000
"""Lines read at a time."""
SKIP = "-"
"""Name of a column that is not read."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a line is made up.

    Attributes
    ----------
    columns : tuple of str
        ``date``, ``time``, prices, ``volume`` …; ``-`` for what is not read.
    stamp : callable
        Turns the texts of the date and time columns into ms.
    headers : int
        Lines before the first row.
    """

    format: str
    kind: str
    separator: str
    columns: tuple[str, ...]
    stamp: Stamp
    headers: int = 0
    zone: float = 0.0
    repeats: bool = False
    symbol: str = ""


def of_file(path: Path) -> Source | None:
    """Return the reader of a text file, None when its first line is of no known format."""
    first = ""
    with _opened(path) as (lines, _):
        while not first:
            line = _read(path, lines)
            if not line:
                raise DataError("the file is empty", path=str(path))
            first = line.strip()
    if first.startswith(NOTE):
        raise DataError(
            "is HistData's report of gaps, not prices: import the .csv beside it", path=str(path)
        )
    layout = next((found for known in LAYOUTS if (found := known(first)) is not None), None)
    if layout is None:
        return None
    if layout.format == METATRADER4 and path.name.upper().startswith("DAT_MT_"):
        # HistData writes this layout too, in its own clock; only the name tells.
        layout = replace(layout, format="HistData bars for MetaTrader", zone=EASTERN)
    return Source(
        name=str(path), format=layout.format, kind=layout.kind,
        pieces=lambda: _pieces(path, layout),
        symbol=layout.symbol or symbol_in(path.name), size=path.stat().st_size,
        zone=layout.zone, repeats=layout.repeats,
    )  # fmt: skip


def is_note(path: Path) -> bool:
    """Tell whether a file is the report of gaps that HistData puts beside its files."""
    if path.suffix.lower() != ".txt":
        return False
    with path.open("rb") as file:
        return file.read(len(NOTE)) == NOTE.encode()


# -- reading -----------------------------------------------------------------------------------


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[str], IO[bytes]]]:
    """Open a text file, packed by gzip or zip or not at all, with its raw file beside it."""
    with ExitStack() as files:
        raw = files.enter_context(path.open("rb"))
        head = raw.read(4)
        raw.seek(0)
        data: IO[bytes] = raw
        if head.startswith(b"\x1f\x8b"):
            data = io.BufferedReader(files.enter_context(gzip.GzipFile(fileobj=raw)))
        elif head.startswith(b"PK\x03\x04"):
            data = files.enter_context(_member(path, raw))
        # MetaTrader writes UTF-16 in some versions.
        utf16 = head[:2] in {b"\xff\xfe", b"\xfe\xff"}
        text = io.TextIOWrapper(data, encoding="utf-16" if utf16 else "utf-8-sig")
        yield files.enter_context(text), raw


def _member(path: Path, raw: IO[bytes]) -> IO[bytes]:
    """Open the one file of prices in a zip archive; a note may lie beside it."""
    try:
        archive = zipfile.ZipFile(raw)
        names = [name for name in archive.namelist() if name.lower().endswith((".csv", ".txt"))]
        names = [name for name in names if name.lower().endswith(".csv")] or names
        if len(names) == 1:
            return archive.open(names[0])
    except zipfile.BadZipFile as error:
        raise DataError(f"is no whole zip file: {error}", path=str(path)) from None
    raise DataError(f"a zip file must hold one CSV file, has {len(names)}", path=str(path))


def _read(path: Path, lines: IO[str]) -> str:
    try:
        return lines.readline(10_000)
    except (UnicodeDecodeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"is not text: {error}", path=str(path)) from None


def _pieces(path: Path, layout: Layout) -> Iterator[Piece]:
    with _opened(path) as (file, raw):
        number = 0
        while True:
            rows: list[str] = []
            numbers: list[int] = []
            while len(rows) < LINES:
                line = _read(path, file)
                if not line:
                    break
                number += 1
                if number > layout.headers and not line.isspace():
                    rows.append(line if line.endswith("\n") else line + "\n")
                    numbers.append(number)
            if not rows:
                return
            table = _table(path, layout, rows, numbers)
            yield Piece(table, np.array(numbers), raw.tell())


def _table(path: Path, layout: Layout, rows: list[str], numbers: list[int]) -> pd.DataFrame:
    try:
        return _parse(layout, rows)
    except ValueError:
        low, high = 0, len(rows) - 1  # the first row that cannot be parsed
        while low < high:
            middle = (low + high) // 2
            try:
                _parse(layout, rows[low : middle + 1])
                low = middle + 1
            except ValueError:
                high = middle
        raise DataError(_why(layout, rows[low]), path=str(path), line=numbers[low]) from None


def _parse(layout: Layout, rows: list[str]) -> pd.DataFrame:
    """Return rows as a table.

    Raises
    ------
    ValueError
        One of them cannot be read.
    """
    import pandas as pd  # noqa: PLC0415

    joined = "".join(rows)
    if joined.count(layout.separator) != len(rows) * (len(layout.columns) - 1):
        raise ValueError("another number of columns")
    names = [f"{name}{at}" if name == SKIP else name for at, name in enumerate(layout.columns)]
    used = [name for name in names if not name.startswith(SKIP)]
    stamps = [name for name in used if name in {"date", "time"}]
    kinds = {name: str if name in stamps else float for name in used}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = pd.read_csv(
            io.StringIO(joined), sep=layout.separator, header=None, names=names, usecols=used,
            dtype=kinds, index_col=False, skip_blank_lines=False, quoting=3,
        )  # fmt: skip
    if len(table) != len(rows):
        raise ValueError("another number of rows")
    moments = layout.stamp(*(table[name] for name in stamps))
    table = table.drop(columns=stamps)
    table.insert(0, "time", moments)
    return table


def _why(layout: Layout, row: str) -> str:
    """Return what is wrong with one row."""
    cells = row.rstrip("\r\n").split(layout.separator)
    if len(cells) != len(layout.columns):
        return (
            f"{layout.format} have {len(layout.columns)} columns, this line has {len(cells)}: "
            f"{row.strip()[:60]!r}"
        )
    for name, cell in zip(layout.columns, cells, strict=True):
        if name in {"date", "time", SKIP}:
            continue
        try:
            float(cell or "nan")
        except ValueError:
            return f"{name} must be a number, was {cell[:40]!r}"
    stamps = [
        cell for name, cell in zip(layout.columns, cells, strict=True) if name in {"date", "time"}
    ]
    return f"the time cannot be read: {' '.join(stamps)[:60]!r}, such as {layout.stamp.example}"


# -- recognising -------------------------------------------------------------------------------

METATRADER4 = "MetaTrader 4 bars"
NOTE = "HistData.com (c)"
"""First line of the report of gaps that HistData puts beside its files."""
EASTERN = -5.0
"""HistData's clock, hours ahead of UTC, the whole year."""
DATED, TIMED = "%Y.%m.%d", "%H:%M:%S.%f"
MT5_NAMES = {
    "<DATE>": "date", "<TIME>": "time", "<OPEN>": "open", "<HIGH>": "high", "<LOW>": "low",
    "<CLOSE>": "close", "<TICKVOL>": "volume", "<VOL>": "real", "<SPREAD>": "spread",
    "<BID>": "bid", "<ASK>": "ask", "<LAST>": "last", "<VOLUME>": "dealt",
}  # fmt: skip
OHLC = ("open", "high", "low", "close")


def _metatrader5(line: str) -> Layout | None:
    if not line.startswith("<DATE>"):
        return None
    names = tuple(MT5_NAMES.get(cell, SKIP) for cell in line.split("\t"))
    if {"bid", "ask"} <= set(names):
        stamp = Stamp("2014.05.01 00:00:00.292", f"{DATED} {TIMED}")
        return Layout("MetaTrader 5 ticks", "ticks", "\t", names, stamp, 1, repeats=True)
    if not set(OHLC) <= set(names):
        return None
    stamp = Stamp("2022.01.04 18:00:00", f"{DATED} %H:%M:%S")
    if "time" not in names:
        stamp = Stamp("2022.01.04", DATED)
    return Layout("MetaTrader 5 bars", "bars", "\t", names, stamp, 1)


def _metatrader4(line: str) -> Layout | None:
    found = re.match(r"\d{4}\.\d\d\.\d\d([,;\t])\d\d:\d\d(:\d\d)?\1", line)
    if found is None:
        return None
    stamp = Stamp("2012.02.01 00:00", f"{DATED} %H:%M")
    if found[2]:
        stamp = Stamp("2012.02.01 00:00:00", f"{DATED} %H:%M:%S")
    names = ("date", "time", *OHLC, "volume")
    return Layout(METATRADER4, "bars", found[1], names, stamp)


def _headless(line: str) -> Layout | None:
    """Recognise bars whose first column is an ISO time, without a line of names."""
    found = re.match(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?([,;\t])", line)
    count = line.count(found[2]) if found is not None else 0
    if found is None or count not in {4, 5}:
        return None
    names = ("time", *OHLC, "volume")[: count + 1]
    return Layout("bars without a header", "bars", found[2], names, any_stamp())


def _histdata(line: str) -> Layout | None:
    if re.match(r"\d{8} \d{6};", line):
        stamp = Stamp("20220104 130000", "%Y%m%d %H%M%S")
        names: tuple[str, ...] = ("time", *OHLC, "volume")
        return Layout("HistData bars", "bars", ";", names, stamp, zone=EASTERN)
    if re.match(r"\d{8} \d{9},", line):
        stamp = Stamp("20140430 190000292", "%Y%m%d %H%M%S%f")
        names = ("time", "bid", "ask", SKIP)
        return Layout("HistData ticks", "ticks", ",", names, stamp, zone=EASTERN)
    return None


DUKASCOPY_NAMES = {"ask": "ask", "bid": "bid", "volume": "real", **{name: name for name in OHLC}}


def _dukascopy(line: str) -> Layout | None:
    first, *rest = line.split(",")
    if first not in {"Gmt time", "Local time"}:
        return None
    names = ("time", *(DUKASCOPY_NAMES.get(cell.strip().lower(), SKIP) for cell in rest))
    if first == "Gmt time":
        stamp = Stamp("01.05.2014 00:00:00.292", "%d.%m.%Y %H:%M:%S.%f")
    else:
        stamp = Stamp("01.05.2014 02:00:00.292 GMT+0200", "%d.%m.%Y %H:%M:%S.%f GMT%z")
    if {"bid", "ask"} <= set(names):
        return Layout("Dukascopy ticks", "ticks", ",", names, stamp, 1)
    return (
        Layout("Dukascopy bars", "bars", ",", names, stamp, 1) if set(OHLC) <= set(names) else None
    )


def _truefx(line: str) -> Layout | None:
    found = re.match(r"([A-Z]{3})/([A-Z]{3}),\d{8} \d\d:\d\d:\d\d\.\d{3},", line)
    if found is None:
        return None
    stamp = Stamp("20090501 00:00:00.316", "%Y%m%d %H:%M:%S.%f")
    columns = (SKIP, "time", "bid", "ask")
    return Layout("TrueFX ticks", "ticks", ",", columns, stamp, symbol="".join(found.groups()))


HEADERS = {
    "time": "time", "timestamp": "time", "datetime": "time", "date": "time", "time_msc": "time",
    "gmt time": "time", "bid": "bid", "bid_price": "bid", "bidprice": "bid", "ask": "ask",
    "ask_price": "ask", "askprice": "ask", "last": "last", "open": "open", "high": "high",
    "low": "low", "close": "close", "volume": "volume", "tick_volume": "volume",
    "tickvol": "volume", "tickvolume": "volume", "vol": "volume", "real_volume": "real",
    "spread": "spread",
}  # fmt: skip
"""Names of columns, in lower case, and what they are."""


def _headed(line: str) -> Layout | None:
    """Recognise values below a line of names, such as TrueFX's newer files."""
    separator = max(",;\t", key=line.count)
    cells = [cell.strip(' "') for cell in line.split(separator)]
    names = column_names(cells)
    low = [cell.lower() for cell in cells]
    if {"date", "time"} <= set(low):
        two = {"date": "date", "time": "time"}
        names = tuple(two.get(cell, name) for cell, name in zip(low, names, strict=True))
    kind = kind_of_columns(names)
    if kind is None:
        return None
    return Layout(f"CSV {kind}", kind, separator, names, any_stamp(), 1)


def column_names(given: list[str]) -> tuple[str, ...]:
    """Return what columns with those names are; the second of a meaning is not read."""
    names: list[str] = []
    exact = any(item.lower() == "time_msc" for item in given)  # beside whole seconds
    for item in given:
        name = HEADERS.get(item.lower(), SKIP)
        coarse = exact and name == "time" and item.lower() != "time_msc"
        names.append(SKIP if coarse or name in names else name)
    return tuple(names)


def kind_of_columns(names: tuple[str, ...]) -> str | None:
    """Return whether columns are ticks or bars, None for neither."""
    have = set(names)
    if "time" not in have:
        return None
    return "ticks" if {"bid", "ask"} <= have else "bars" if set(OHLC) <= have else None


LAYOUTS: tuple[Callable[[str], Layout | None], ...] = (
    _metatrader5, _metatrader4, _histdata, _dukascopy, _truefx, _headless, _headed,
)  # fmt: skip
