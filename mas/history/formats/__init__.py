"""The formats in which people have history, told apart by their content.

More can be registered from outside, see :mod:`mas.history.formats.plugins`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mas.errors import DataError
from mas.history.formats import bi5, plugins, table, text

if TYPE_CHECKING:
    import pandas as pd

    from mas.history.formats.source import Source

ACCEPTED = (
    "MetaTrader 5 bars and ticks, MetaTrader 4 bars, HistData, Dukascopy CSV and .bi5, TrueFX, "
    "CSV with a header line, bars without one, Parquet"
)


def open_source(given: Path | str | pd.DataFrame) -> Source:
    """Return the reader of a file or a DataFrame.

    Raises
    ------
    DataError
        There is no such file, or it is in none of the known formats.
    """
    if not isinstance(given, (str, Path)):
        return table.of_frame(given)
    path = Path(given)
    try:
        with path.open("rb") as file:
            head = file.read(plugins.HEAD)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DataError(f"cannot be read: {reason}", path=str(path)) from None
    registered = plugins.source_of(path, head)
    if registered is not None:
        return registered
    if not head and path.suffix != ".bi5":
        raise DataError("the file is empty", path=str(path))
    if head.startswith(b"PAR1"):
        return table.of_parquet(path)
    if path.suffix == ".bi5" or head.startswith(b"\x5d\x00\x00"):
        return bi5.of_file(path)
    found = text.of_file(path)
    if found is None:
        raise DataError(f"the format is not known; accepted are {ACCEPTED}", path=str(path), line=1)
    return found
