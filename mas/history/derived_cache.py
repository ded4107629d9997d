"""What is computed from stored columns and kept beside them: built once, mapped ever after.

It lies in the folder of the version that it was made of, so that other content never finds it.
A damaged part is made anew; two processes that need it at once build it once.
"""

from __future__ import annotations

import shutil
import zlib
from typing import TYPE_CHECKING, Any, Self

import msgspec
import numpy as np
from filelock import FileLock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from mas.history.store import Stored

    Array = np.ndarray[Any, Any]

CHECKED = 1 << 24
"""Bytes at the beginning and at the end of a file that are checked whenever it is opened."""


class ColumnWriter:
    """Appends to the columns of what is being made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, Any] = {}
        self._dtypes: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._files.values():
            file.close()
        if kind is None:
            parts = {
                name: {"dtype": dtype, "size": _path(self._folder, name).stat().st_size,
                       "check": _check(_path(self._folder, name))}
                for name, dtype in self._dtypes.items()
            }  # fmt: skip
            (self._folder / "parts.json").write_bytes(msgspec.json.encode(parts))

    def add(self, **columns: Array) -> None:
        """Append rows to columns, which begin with their first rows."""
        for name, column in columns.items():
            if name not in self._files:
                self._files[name] = _path(self._folder, name).open("wb")
                self._dtypes[name] = np.dtype(column.dtype).newbyteorder("<").str
            np.ascontiguousarray(column, self._dtypes[name]).tofile(self._files[name])


def made(stored: Stored, name: str, build: Callable[[ColumnWriter], None]) -> dict[str, Array]:
    """Return columns that `build` makes of what is stored, mapped into memory.

    Parameters
    ----------
    name : str
        Another name for every other way of making it.
    """
    folder = stored.folder / "made" / name
    found = _load(folder)
    if found is not None:
        return found
    folder.parent.mkdir(exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        found = _load(folder)
        if found is not None:
            return found
        shutil.rmtree(folder, ignore_errors=True)
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        with ColumnWriter(part) as writer:
            build(writer)
        part.rename(folder)
        found = _load(folder)
    if found is None:  # the disk itself fails
        raise OSError(f"{folder} cannot be read back")
    return found


def _load(folder: Path) -> dict[str, Array] | None:
    """Return the columns, None when they are not there or damaged."""
    try:
        parts = msgspec.json.decode((folder / "parts.json").read_bytes())
        found = {}
        for name, part in parts.items():
            path = _path(folder, name)
            if path.stat().st_size != part["size"] or _check(path) != part["check"]:
                return None
            dtype = np.dtype(part["dtype"])
            rows = part["size"] // dtype.itemsize
            found[name] = np.memmap(path, dtype, "r", shape=(rows,)) if rows else np.empty(0, dtype)
    except (OSError, msgspec.DecodeError, KeyError, TypeError, AttributeError):
        return None
    return found


def _check(path: Path) -> int:
    """Return the checksum of the beginning and the end of a file."""
    with path.open("rb") as file:
        found = zlib.crc32(file.read(CHECKED))
        if path.stat().st_size > CHECKED:
            file.seek(max(path.stat().st_size - CHECKED, CHECKED))
            found = zlib.crc32(file.read(), found)
    return found


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.bin"
