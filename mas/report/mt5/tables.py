"""Files of MetaTrader as rows of texts: HTML (any encoding it saves), XLSX, CSV.

A row is a list of cells; what spans several columns is one cell. Files are untrusted: sizes are
limited, and a workbook with a DTD or with too much in it is refused.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from defusedxml import DefusedXmlException, ElementTree

from mas.errors import DataError
from mas.report.mt5.cells import SERIAL, from_serial

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Rows = list[list[str]]
MOST = 128 * 1024 * 1024
"""Bytes of a file, or of a workbook's sheet when it is unpacked."""
SHEET_FILE = re.compile(r"worksheets/[^/]+\.xml$")
UNQUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
"""What of a number format is text, a colour or a condition."""
UNREADABLE = (
    zipfile.BadZipFile, ElementTree.ParseError, ValueError, NotImplementedError, OverflowError,
    zlib.error, EOFError, RuntimeError,
)  # fmt: skip
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheet_rows(path: Path) -> Rows:
    """Return the rows of a report.

    Raises
    ------
    DataError
        It cannot be read as HTML, XLSX or CSV.
    """
    try:
        if path.stat().st_size > MOST:
            raise DataError(f"is larger than {MOST >> 20} MB, too large a report", path=str(path))
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path=str(path)) from None
    if data[:2] == b"PK":
        return _sheet(data, str(path))
    text = decoded(data)
    if re.search(r"<(html|table|tr)\b", text[:20_000], re.IGNORECASE):
        return _html(text)
    try:
        return _csv(text)
    except csv.Error as error:
        raise DataError(f"is neither HTML nor CSV: {error}", path=str(path)) from None


def decoded(data: bytes) -> str:
    """Return the text of a file: UTF-16 or UTF-8, with or without a mark, else Latin-1."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", errors="replace")
    if data[1:200:2].count(0) > 50:
        return data.decode("utf-16-le", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


class _Cells(HTMLParser):
    """Collects the cells of all tables."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: Rows = []
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._silent = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag == "tr":
            self._end_row()
            self._row = []
        elif tag in {"td", "th"}:
            self._end_cell()
            self._cell = []
        elif tag in {"style", "script"}:
            self._silent = tag
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"tr", "table"}:
            self._end_row()
        elif tag in {"td", "th"}:
            self._end_cell()
        elif tag == self._silent:
            self._silent = ""

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._silent:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is not None and self._row is not None:
            self._row.append(cleaned("".join(self._cell)))
        self._cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self._row is not None:
            self.rows.append(self._row)
        self._row = None


def cleaned(text: str) -> str:
    """Return a text with every kind of space as a single one."""
    return " ".join(text.split())


def _html(text: str) -> Rows:
    parser = _Cells()
    parser.feed(text)
    parser.close()
    return parser.rows


def _csv(text: str) -> Rows:
    first = text.split("\n", 1)[0]
    mark = max(",;\t", key=first.count)
    return [
        [cleaned(cell) for cell in row] for row in csv.reader(io.StringIO(text), delimiter=mark)
    ]


# -- workbooks -------------------------------------------------------------------------------------


def _sheet(data: bytes, path: str) -> Rows:
    """Return the rows of all sheets of a workbook, one after the other."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            names = [name for name in book.namelist() if SHEET_FILE.search(name)]
            if not names:
                raise DataError("is a zip file without a worksheet, not a workbook", path=path)
            known = Workbook(list(_shared(book, path)), _dates(book, path), _since_1904(book, path))
            names.sort(key=lambda name: (len(name), name))
            return [row for name in names for row in _cells(_part(book, name, path), known)]
    except UNREADABLE as error:
        raise DataError(f"is not a readable workbook: {error}", path=path) from None


class Workbook(NamedTuple):
    """What all sheets of a workbook share: texts, the styles that are times, the first day."""

    texts: list[str]
    dates: frozenset[int]
    since_1904: bool


def _dates(book: zipfile.ZipFile, path: str) -> frozenset[int]:
    """Return the numbers of the styles whose numbers are times."""
    if "xl/styles.xml" not in book.namelist():
        return frozenset()
    root = _part(book, "xl/styles.xml", path)
    own = {
        int(style.get("numFmtId", "0")): UNQUOTED.sub("", style.get("formatCode", ""))
        for style in root.iter(f"{SHEET}numFmt")
    }
    times = {at for at, text in own.items() if re.search(r"[ymdhs]", text, re.IGNORECASE)}
    times |= {*range(14, 23), *range(45, 48)} - own.keys()
    cells = root.find(f"{SHEET}cellXfs")
    styles = [] if cells is None else cells.findall(f"{SHEET}xf")
    return frozenset(
        at for at, style in enumerate(styles) if int(style.get("numFmtId", "0")) in times
    )


def _since_1904(book: zipfile.ZipFile, path: str) -> bool:
    if "xl/workbook.xml" not in book.namelist():
        return False
    found = _part(book, "xl/workbook.xml", path).find(f"{SHEET}workbookPr")
    return found is not None and found.get("date1904", "0") in {"1", "true"}


def _part(book: zipfile.ZipFile, name: str, path: str) -> Any:
    with book.open(name) as file:
        text = file.read(MOST + 1)
    if len(text) > MOST:
        raise DataError(f"{name} unpacks to more than {MOST >> 20} MB", path=path)
    try:
        return ElementTree.fromstring(text, forbid_dtd=True)
    except DefusedXmlException:
        raise DataError(f"{name} has a DTD, which no workbook needs", path=path) from None


def _shared(book: zipfile.ZipFile, path: str) -> Iterator[str]:
    if "xl/sharedStrings.xml" in book.namelist():
        for item in _part(book, "xl/sharedStrings.xml", path).iter(f"{SHEET}si"):
            yield _text(item)


def _text(item: Any) -> str:
    """Return a text without the readings that stand beside Japanese ones."""
    parts = [item, *item.findall(f"{SHEET}r")]
    return "".join(text.text or "" for part in parts for text in part.findall(f"{SHEET}t"))


def _cells(root: Any, known: Workbook) -> Rows:
    merged = _merged(root)
    found: Rows = []
    line = 0
    for row in root.iter(f"{SHEET}row"):
        line, at = int(row.get("r", line + 1)), 0
        cells = {}
        for cell in row.iter(f"{SHEET}c"):
            at = _place(cell.get("r"))[1] if cell.get("r") else at + 1
            if (line, at) not in merged:
                cells[at] = cleaned(_value(cell, known))
        last = max((at for at, text in cells.items() if text), default=0)
        found.append([cells.get(at, "") for at in range(1, last + 1) if (line, at) not in merged])
    return found


def _merged(root: Any) -> set[tuple[int, int]]:
    """Return the cells that belong to the one at their left or above."""
    found: set[tuple[int, int]] = set()
    for merged in root.iter(f"{SHEET}mergeCell"):
        first, _, last = merged.get("ref", "").partition(":")
        (top, left), (bottom, right) = _place(first), _place(last or first)
        for line in range(top, min(bottom, top + 64) + 1):
            found.update((line, at) for at in range(left, min(right, left + 64) + 1))
        found.discard((top, left))
    return found


def _place(reference: str) -> tuple[int, int]:
    """Return row and column, from 1, of a reference such as ``AB12``."""
    match = re.fullmatch(r"([A-Z]{1,3})(\d{1,7})", reference)
    if match is None:
        raise ValueError(f"a cell's reference is {reference!r}")
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]), column


def _value(cell: Any, known: Workbook) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return "".join(map(_text, cell.findall(f"{SHEET}is")))
    value = cell.find(f"{SHEET}v")
    text = (value.text or "") if value is not None else ""
    if kind == "s" and text:
        return known.texts[int(text)] if int(text) < len(known.texts) else ""
    if kind != "n" or not text:
        return text
    plain = f"{float(text):.15g}"
    dated = int(cell.get("s", "0")) in known.dates and SERIAL.match(plain)
    return from_serial(plain, since_1904=known.since_1904) if dated else plain
