"""A result in one file: a zip of JSON and Parquet, from which nothing is ever executed."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mas.backtest.facts import RunFacts
from mas.backtest.result import Result
from mas.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = 1
FACTS, EVENTS = "run.json", "events.jsonl"
STAMP = (1980, 1, 1, 0, 0, 0)
"""Of every part, so that equal results make equal files."""
LARGEST = 4 << 30
"""Bytes that a part may unpack to; a file that claims more is refused."""


def save(result: Result, path: str | Path) -> Path:
    """Write a result to a file; one that is there is replaced when the new one is whole."""
    target = Path(path)
    partial = target.with_name(f"{target.name}.part")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in _parts(result):
                archive.writestr(zipfile.ZipInfo(name, STAMP), content, zipfile.ZIP_DEFLATED)
        partial.replace(target)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DataError(f"cannot be written: {reason}", path=str(target)) from None
    finally:
        partial.unlink(missing_ok=True)
    return target


def _parts(result: Result) -> Iterator[tuple[str, bytes]]:
    numbers: dict[str, Any] = {}
    for name, value in sorted(result.kept().items()):
        if isinstance(value, pd.DataFrame):
            yield f"{name}.parquet", _parquet(value)
        elif isinstance(value, bytes):
            yield EVENTS, value
        else:
            numbers[name] = value
    whole = {
        "version": VERSION, "stopped": result.stopped,
        "facts": msgspec.to_builtins(result.facts), "numbers": numbers,
    }  # fmt: skip
    yield FACTS, json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False).encode()


def load(path: str | Path) -> Result:
    """Return the result that a file holds."""
    try:
        with zipfile.ZipFile(path) as archive:
            if any(one.file_size > LARGEST for one in archive.infolist()):
                raise DataError("it unpacks to more than 4 GB", path=str(path))
            head = json.loads(archive.read(FACTS))
            if head["version"] > VERSION:
                raise DataError(
                    f"it is of version {head['version']}, this package reads up to {VERSION}: "
                    "update masjupyter",
                    path=str(path),
                )
            kept = {**head["numbers"], "events": archive.read(EVENTS)}
            for name in archive.namelist():
                if name.endswith(".parquet"):
                    kept[name.removesuffix(".parquet")] = _table(archive.read(name))
            facts = msgspec.convert(head["facts"], RunFacts)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DataError(f"cannot be read: {reason}", path=str(path)) from None
    except (
        KeyError, TypeError, ValueError, zipfile.BadZipFile, pa.ArrowException,
        msgspec.ValidationError,
    ) as error:  # fmt: skip
        raise DataError(
            f"it is no saved result, or it is damaged: {type(error).__name__}", path=str(path)
        ) from None
    return Result(None, facts, stopped=str(head["stopped"]), kept=kept)


def _parquet(table: pd.DataFrame) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(table), stream, compression="zstd")
    return stream.getvalue()


def _table(content: bytes) -> pd.DataFrame:
    found: pd.DataFrame = pq.read_table(io.BytesIO(content)).to_pandas()
    return found
