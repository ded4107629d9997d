"""The store: each symbol's ticks and bars, a file a column, read by mapping it into memory.

::

    history/EURUSD/ticks/manifest.json        what there is, and which version is the present one
                        /4f2a…/times.i8       one version: raw little-endian columns
                              /bids.i4
                              /asks.i4
                              /made/          computed from them: `mas.history.derived_cache`

A version is written beside the present one and takes its place when the manifest is replaced, so
a reader sees one or the other, and a crash leaves the old one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import msgspec
import numpy as np
from filelock import FileLock

from mas import config
from mas.clock import naive_utc
from mas.errors import DataError
from mas.history.columns import Bars, Columns, Ticks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    Array = np.ndarray[Any, Any]

VERSION = 1
TICKS = "ticks"
DTYPES = {
    "times": "<i8", "bids": "<i4", "asks": "<i4", "lasts": "<i4", "volumes": "<f4",
}  # fmt: skip
"""Of ticks: 16 bytes each, 24 where deals are known."""
BAR_DTYPES = {
    "times": "<i8", "opens": "<i4", "highs": "<i4", "lows": "<i4", "closes": "<i4",
    "volumes": "<i4", "spreads": "<i4", "reals": "<f8",
}  # fmt: skip
SAFE = "#._-+&"
BLOCK = 1 << 22
"""Bytes of a file in memory at a time."""
ROWS = 1 << 20
"""Rows that are read at a time."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where rows came from: a file's name, how many rows it had, and when it covers."""

    name: str
    format: str
    rows: int
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What is stored of one symbol and kind.

    Attributes
    ----------
    kind : str
        ``"ticks"`` or the name of a timeframe.
    digits : int
        Of the prices' points.
    first, last : int
        Times of the first and the last row, ms.
    key : str
        Of the content: equal content has an equal key.
    columns : dict
        Type of each column that there is.
    """

    symbol: str
    kind: str
    digits: int
    rows: int
    first: int
    last: int
    key: str
    columns: dict[str, str] = field(hash=False)
    origins: list[Origin] = field(default_factory=list, hash=False)
    version: int = VERSION
    folder: Path = Path()

    @property
    def start(self) -> datetime:
        """Time of the first row, naive UTC."""
        return naive_utc(self.first)

    @property
    def end(self) -> datetime:
        """Time of the last row, naive UTC."""
        return naive_utc(self.last)

    @property
    def bytes(self) -> int:
        """Size of the columns."""
        return self.rows * sum(np.dtype(kind).itemsize for kind in self.columns.values())

    def file(self, name: str) -> Path:
        """Return the file of a column."""
        return self.folder / f"{name}.{self.columns[name][1:]}"

    def read(self) -> Columns:
        """Return the columns, mapped into memory.

        Raises
        ------
        DataError
            A file is missing or cut short.
        """
        made = {name: self._mapped(name) for name in self.columns}
        return Ticks(**made) if self.kind == TICKS else Bars(**made)

    def _mapped(self, name: str) -> Array:
        path, dtype = self.file(name), np.dtype(self.columns[name])
        size = path.stat().st_size if path.is_file() else 0
        if size != self.rows * dtype.itemsize:
            raise DataError(
                f"is damaged ({size} of {self.rows * dtype.itemsize} bytes): delete the "
                f"{self.kind} of {self.symbol} and import them again",
                path=str(path),
            )
        return np.memmap(path, dtype, mode="r", shape=(self.rows,))


class Store:
    """History on disk, in one folder.

    Parameters
    ----------
    folder : Path, optional
        Default: ``history`` in the data folder of the user.
    """

    def __init__(self, folder: Path | str | None = None) -> None:
        self.folder = Path(folder) if folder is not None else config.data_dir() / "history"

    def all(self) -> list[Stored]:
        """Return what there is, by symbol and kind."""
        found = [self._manifest(path.parent) for path in self.folder.glob("*/*/manifest.json")]
        return sorted(found, key=lambda piece: (piece.symbol, piece.kind))

    def names(self) -> list[str]:
        """Return the symbols of which there is something."""
        found = {path.parent.parent.name for path in self.folder.glob("*/*/manifest.json")}
        return sorted(unquote(name) for name in found)

    def of(self, symbol: str) -> list[Stored]:
        """Return what is stored of one symbol, by kind."""
        folder = self.place(symbol, "")
        found = sorted(folder.glob("*/manifest.json"))
        return [self._manifest(path.parent) for path in found]

    def find(self, symbol: str, kind: str) -> Stored | None:
        """Return what is stored of one symbol and kind."""
        place = self.place(symbol, kind)
        return self._manifest(place) if (place / "manifest.json").is_file() else None

    def place(self, symbol: str, kind: str) -> Path:
        """Return the folder of one symbol and kind."""
        return self.folder / _safe(symbol) / kind

    def pieces(self, *names: str) -> Path:
        """Return the folder in which a fetch keeps what it has so far."""
        return self.folder.joinpath(".pieces", *(_safe(name) for name in names))

    @contextmanager
    def locked(self, symbol: str, kind: str) -> Iterator[None]:
        """Keep other processes from writing this symbol and kind."""
        place = self.place(symbol, kind)
        place.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(place.with_name(f".{kind}.lock")):
            yield

    def write(
        self, symbol: str, kind: str, columns: Columns, *, digits: int, origins: list[Origin]
    ) -> Stored:
        """Make these rows what is stored; the caller holds the lock."""
        with self.writer(symbol, kind, digits) as writer:
            writer.add(columns)
            return writer.finish(origins)

    @contextmanager
    def writer(self, symbol: str, kind: str, digits: int) -> Iterator[Writer]:
        """Make rows that come piece by piece what is stored; the caller holds the lock."""
        place = self.place(symbol, kind)
        place.mkdir(parents=True, exist_ok=True)
        part = place / "new.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        writer = Writer(place, symbol, kind, digits)
        try:
            yield writer
        finally:
            writer.close()
            shutil.rmtree(part, ignore_errors=True)

    def delete(self, symbol: str, kind: str) -> bool:
        """Forget one symbol and kind; return whether there was anything."""
        with self.locked(symbol, kind):
            place = self.place(symbol, kind)
            there = (place / "manifest.json").is_file()
            (place / "manifest.json").unlink(missing_ok=True)
            shutil.rmtree(place, ignore_errors=True)
        return there

    def _manifest(self, place: Path) -> Stored:
        path = place / "manifest.json"
        try:
            raw = msgspec.json.decode(path.read_bytes())
            raw["folder"] = place / raw["key"]
            stored = msgspec.convert(raw, Stored, dec_hook=lambda _, value: Path(value))
        except (OSError, msgspec.MsgspecError, KeyError, TypeError) as error:
            raise DataError(
                f"cannot be read ({error}); delete the {place.name} of "
                f"{unquote(place.parent.name)} and import them again",
                path=str(path),
            ) from None
        if stored.version != VERSION:
            raise DataError(
                f"is of version {stored.version}, this is {VERSION}: import the data again",
                path=str(path),
            )
        return stored


def _safe(name: str) -> str:
    """Return a name as one of a folder; never hidden, never the folder above."""
    text = quote(name, safe=SAFE)
    return f"%2E{text[1:]}" if text.startswith(".") else text


def check_content(stored: Stored) -> bool:
    """Tell whether the content is what was stored, bit by bit."""
    stored.read()  # all files are there, and whole
    blocks = {name: _blocks(stored.file(name)) for name in stored.columns}
    return _key(blocks, stored.digits) == stored.key


def pieces_of(stored: Stored) -> Iterator[Columns]:
    """Yield what is stored piece by piece, read rather than mapped."""
    stored.read()
    for at in range(0, stored.rows, ROWS):
        count = min(ROWS, stored.rows - at)
        made = {}
        for name, kind in stored.columns.items():
            dtype = np.dtype(kind)
            made[name] = np.fromfile(stored.file(name), dtype, count, offset=at * dtype.itemsize)
        yield Ticks(**made) if stored.kind == TICKS else Bars(**made)


class Writer:
    """A new version, which takes the place of the present one when it is finished.

    Attributes
    ----------
    rows : int
        Written so far.
    """

    def __init__(self, place: Path, symbol: str, kind: str, digits: int) -> None:
        self._place, self._part = place, place / "new.part"
        self._symbol, self._kind, self._digits = symbol, kind, digits
        self._dtypes = DTYPES if kind == TICKS else BAR_DTYPES
        self._files: dict[str, Any] = {}
        self._first = self._last = 0
        self.rows = 0

    def add(self, columns: Columns) -> None:
        """Append rows; a column that comes later is 0 before."""
        count = len(columns.times)
        if not count:
            return
        for name, column in columns._asdict().items():
            if column is None and name not in self._files:
                continue
            if name not in self._files:
                self._files[name] = (self._part / name).open("wb")
                self._zeros(name, self.rows)
            if column is None:
                self._zeros(name, count)
            else:
                np.ascontiguousarray(column, self._dtypes[name]).tofile(self._files[name])
        self._first = self._first if self.rows else int(columns.times[0])
        self._last = int(columns.times[-1])
        self.rows += count

    def finish(self, origins: list[Origin]) -> Stored:
        """Make what was written what is stored."""
        names = [name for name in self._dtypes if name in self._files]
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
        self.close()
        key = _key({name: _blocks(self._part / name) for name in names}, self._digits)
        stored = Stored(
            symbol=self._symbol, kind=self._kind, digits=self._digits, rows=self.rows,
            first=self._first, last=self._last, key=key,
            columns={name: self._dtypes[name] for name in names}, origins=origins,
            folder=self._place / key,
        )  # fmt: skip
        if not stored.folder.is_dir():
            for name in names:
                (self._part / name).rename(self._part / stored.file(name).name)
            self._part.rename(stored.folder)
        _replace(self._place / "manifest.json", stored)
        for other in self._place.iterdir():
            if other.is_dir() and other.name != key:
                # On Windows a mapped file stays; it goes with the next version.
                shutil.rmtree(other, ignore_errors=True)
        return stored

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()

    def _zeros(self, name: str, rows: int) -> None:
        for at in range(0, rows, BLOCK):
            np.zeros(min(BLOCK, rows - at), self._dtypes[name]).tofile(self._files[name])


def _key(columns: dict[str, Iterator[Any]], digits: int) -> str:
    """Return the key of columns that come as blocks of bytes."""
    digest = hashlib.blake2b(f"{digits}".encode(), digest_size=12)
    for name, blocks in columns.items():
        digest.update(name.encode())
        for block in blocks:
            digest.update(block)
    return digest.hexdigest()


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield a file piece by piece, read rather than mapped, so that it leaves the memory."""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def _replace(path: Path, stored: Stored) -> None:
    """Put a new manifest in the place of the old one, at once."""
    content: dict[str, Any] = msgspec.to_builtins(stored, enc_hook=str)
    del content["folder"]
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(content)))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
