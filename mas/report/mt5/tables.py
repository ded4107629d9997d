"""Files of MetaTrader as rows of texts: HTML (any encoding it saves), XLSX, CSV.

A row is a list of cells; what spans several columns is one cell. Files are untrusted: sizes are
limited, and a workbook with a DTD or with too much in it is refused.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from defusedxml import DefusedXmlException, ElementTree

from mas.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Rows = list[list[str]]
MOST = 128 * 1024 * 1024
"""Bytes of a file, or of a workbook's sheet when it is unpacked."""
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def rows_of(path: Path) -> Rows:
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
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            names = sorted(name for name in book.namelist() if "worksheets/" in name)
            names = [name for name in names if name.endswith(".xml")]
            if not names:
                raise DataError("is a zip file without a worksheet, not a workbook", path=path)
            shared = list(_shared(book, path))
            return _cells(_part(book, names[0], path), shared)
    except (zipfile.BadZipFile, ElementTree.ParseError, ValueError, NotImplementedError) as error:
        raise DataError(f"is not a readable workbook: {error}", path=path) from None


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
            yield "".join(part.text or "" for part in item.iter(f"{SHEET}t"))


def _cells(root: Any, shared: list[str]) -> Rows:
    merged = _merged(root)
    found = []
    for row in root.iter(f"{SHEET}row"):
        cells = {}
        for cell in row.iter(f"{SHEET}c"):
            place = _place(cell.get("r", ""))
            if place not in merged:
                cells[place[1]] = cleaned(_value(cell, shared))
        last = max((at for at, text in cells.items() if text), default=0)
        number = int(row.get("r", "0"))
        found.append([cells.get(at, "") for at in range(1, last + 1) if (number, at) not in merged])
    return found


def _merged(root: Any) -> set[tuple[int, int]]:
    """Return the cells that belong to the one at their left or above."""
    found: set[tuple[int, int]] = set()
    for one in root.iter(f"{SHEET}mergeCell"):
        first, _, last = one.get("ref", "").partition(":")
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


def _value(cell: Any, shared: list[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return "".join(part.text or "" for part in cell.iter(f"{SHEET}t"))
    value = cell.find(f"{SHEET}v")
    text = (value.text or "") if value is not None else ""
    if kind == "s" and text:
        return shared[int(text)] if int(text) < len(shared) else ""
    return f"{float(text):.12g}" if kind == "n" and text else text
