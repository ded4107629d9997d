"""A result in one file: a zip of JSON and Parquet, from which nothing is ever executed."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mas.backtest.run_facts import RunFacts
from mas.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = 1
FACTS, EVENTS, DIGEST = "run.json", "events.jsonl", "digest"
STAMP = (1980, 1, 1, 0, 0, 0)
"""Of every part, so that equal results make equal files."""
LARGEST = 1 << 30
"""Bytes that all parts, and each table, may unpack to; what has more is refused."""


def save(path: str | Path, facts: RunFacts, stopped: str, kept: dict[str, Any]) -> Path:
    """Write a result to a file; one that is there is replaced when the new one is whole."""
    target = Path(path)
    partial = target.with_name(f"{target.name}.part")
    digest = hashlib.blake2b(digest_size=16)
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in _parts(facts, stopped, kept):
                archive.writestr(zipfile.ZipInfo(name, STAMP), content, zipfile.ZIP_DEFLATED)
                digest.update(content)
            archive.writestr(zipfile.ZipInfo(DIGEST, STAMP), digest.hexdigest())
        partial.replace(target)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DataError(f"cannot be written: {reason}", path=str(target)) from None
    finally:
        partial.unlink(missing_ok=True)
    return target


def _parts(facts: RunFacts, stopped: str, kept: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    numbers: dict[str, Any] = {}
    for name, value in sorted(kept.items()):
        if isinstance(value, pd.DataFrame):
            yield f"{name}.parquet", _parquet(value)
        elif isinstance(value, bytes):
            yield EVENTS, value
        else:
            numbers[name] = value
    whole = {
        "version": VERSION, "stopped": stopped,
        "facts": msgspec.to_builtins(facts), "numbers": numbers,
    }  # fmt: skip
    yield FACTS, json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False).encode()


def load(path: str | Path) -> tuple[RunFacts, str, dict[str, Any]]:
    """Return the facts of a run, why it stopped, and all else that a file holds of it."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(archive, str(path))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DataError(f"cannot be read: {reason}", path=str(path)) from None
    except (
        AttributeError, KeyError, TypeError, ValueError, RecursionError, zipfile.BadZipFile,
        pa.ArrowException, msgspec.ValidationError,
    ) as error:  # fmt: skip
        raise DataError(
            f"it is no saved result, or it is damaged: {type(error).__name__}", path=str(path)
        ) from None


def _read(archive: zipfile.ZipFile, path: str) -> tuple[RunFacts, str, dict[str, Any]]:
    """Return what is kept, when all parts are as they were written."""
    if sum(member.file_size for member in archive.infolist()) > LARGEST:
        raise DataError("it unpacks to more than 1 GB", path=path)
    head = json.loads(archive.read(FACTS))
    if head["version"] > VERSION:
        raise DataError(
            f"it is of version {head['version']}, this package reads up to {VERSION}: "
            "update masjupyter",
            path=path,
        )
    parts = {name: archive.read(name) for name in archive.namelist() if name != DIGEST}
    digest = hashlib.blake2b(b"".join(parts.values()), digest_size=16)
    if archive.read(DIGEST).decode() != digest.hexdigest():
        raise DataError("its parts are not those that were saved together", path=path)
    kept = {**head["numbers"], "events": parts[EVENTS]}
    for name, content in parts.items():
        if name.endswith(".parquet"):
            kept[name.removesuffix(".parquet")] = _table(content)
    facts = msgspec.convert(head["facts"], RunFacts)
    return facts, str(head["stopped"]), kept


def _parquet(table: pd.DataFrame) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(table), stream, compression="zstd")
    return stream.getvalue()


def _table(content: bytes) -> pd.DataFrame:
    file = pq.ParquetFile(io.BytesIO(content))
    groups = (file.metadata.row_group(at) for at in range(file.metadata.num_row_groups))
    if max(sum(group.total_byte_size for group in groups), 8 * file.metadata.num_rows) > LARGEST:
        raise ValueError("a table is too large")
    found: pd.DataFrame = file.read().to_pandas()
    return found
