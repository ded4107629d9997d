"""DataFrames and Parquet files: columns recognised by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mas.errors import DataError
from mas.history.formats.source import Piece, Source, symbol_in
from mas.history.formats.stamps import of_any
from mas.history.formats.text import HEADERS, SKIP, column_names, kind_of_columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

ROWS = 1 << 20
"""Rows read at a time."""
FRAME = "the DataFrame"


def of_frame(frame: pd.DataFrame) -> Source:
    """Return the reader of a DataFrame; its index is the time when no column is."""
    import pandas as pd  # noqa: PLC0415

    if not isinstance(frame, pd.DataFrame):
        raise DataError(f"history must be a file or a DataFrame, was {type(frame).__name__}")
    names = [str(name) for name in frame.columns]
    if "time" not in column_names(names):
        frame = frame.rename_axis("time").reset_index()
        names = [str(name) for name in frame.columns]

    def pieces() -> Iterator[Piece]:
        yield _piece(FRAME, frame, column_names(names), 1, 0)

    return Source(FRAME, "DataFrame", _kind(FRAME, names), pieces)


def of_parquet(path: Path) -> Source:
    """Return the reader of a Parquet file."""
    import pyarrow as pa  # noqa: PLC0415  asked for by few
    import pyarrow.parquet as pq  # noqa: PLC0415

    name, size = str(path), path.stat().st_size
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"is no whole Parquet file: {error}", path=name) from None
    with file:
        columns, total = list(file.schema_arrow.names), file.metadata.num_rows

    def pieces() -> Iterator[Piece]:
        row = 1
        try:
            with pq.ParquetFile(path) as opened:
                for batch in _batches(opened):
                    done = row - 1 + batch.num_rows
                    read = size * done // max(total, 1)
                    yield _piece(name, batch.to_pandas(), column_names(columns), row, read)
                    row += batch.num_rows
        except pa.ArrowException as error:
            raise DataError(f"cannot be read: {error}", path=name, line=row) from None

    kind = _kind(name, columns)
    return Source(name, "Parquet", kind, pieces, symbol=symbol_in(path.name), size=size)


def _batches(file: Any) -> Iterator[Any]:
    """Yield the rows of a Parquet file; each row group anew, or the reader keeps them all."""
    for group in range(file.num_row_groups):
        yield from file.iter_batches(batch_size=ROWS, row_groups=[group])


def _kind(name: str, columns: list[str]) -> str:
    kind = kind_of_columns(column_names(columns))
    if kind is None:
        raise DataError(
            "needs the columns time, bid and ask, or time, open, high, low and close; has "
            f"{', '.join(columns[:12])}. Known names are {', '.join(sorted(HEADERS))}",
            path=name,
        )
    return kind


def _piece(  # one row each
    name: str, frame: pd.DataFrame, names: tuple[str, ...], row: int, read: int
) -> Piece:
    import pandas as pd  # noqa: PLC0415

    columns = {}
    for at, kind in enumerate(names):
        if kind == SKIP:
            continue
        column = frame.iloc[:, at]
        try:
            columns[kind] = of_any(column) if kind == "time" else column.astype(float).to_numpy()
        except (ValueError, TypeError, AttributeError):
            wrong = _first_wrong(column, kind)
            value = str(column.iloc[wrong])[:40]
            what = "a time" if kind == "time" else "a number"
            raise DataError(
                f"{frame.columns[at]} must be {what}, was {value!r}", path=name, line=row + wrong
            ) from None
    return Piece(pd.DataFrame(columns), np.arange(row, row + len(frame)), read)


def _first_wrong(column: pd.Series, kind: str) -> int:
    """Return the first row whose value cannot be read."""
    for at in range(len(column)):
        sample = column.iloc[at : at + 1]
        try:
            of_any(sample) if kind == "time" else sample.astype(float)
        except (ValueError, TypeError, AttributeError):
            return at
    return 0
