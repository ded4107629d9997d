"""Times as files write them, turned into milliseconds since 1970."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    Array = np.ndarray[Any, np.dtype[np.int64]]

LARGEST_SECONDS = 1e11
"""Numbers below it are seconds, those above milliseconds; the year 5138 in seconds."""
LARGEST_MS = 1e14
DOTTED = r"^(\d{4})[./](\d\d)[./](\d\d)"
"""A date as MetaTrader writes it."""
LARGEST_US = 1e17


@dataclass(frozen=True, slots=True)
class Stamp:
    """One way of writing a time.

    Attributes
    ----------
    example : str
        For messages.
    format : str
        As ``strptime`` has it; "" for ISO texts and numbers since 1970.
    """

    example: str
    format: str

    def __call__(self, *texts: pd.Series) -> Array:
        """Return the ms of texts; several columns are joined by a space.

        Raises
        ------
        ValueError
            One of them is of another form.
        """
        import pandas as pd  # noqa: PLC0415

        whole = texts[0] if len(texts) == 1 else texts[0].str.cat(texts[1], sep=" ")
        if not self.format:
            return of_any(whole)
        aware = "%z" in self.format
        return _ms(pd.to_datetime(whole, format=self.format, utc=aware))


def any_stamp() -> Stamp:
    """Return the reading of ISO texts and of numbers since 1970."""
    return Stamp("2022-01-04 18:00:00.000", "")


def of_any(values: pd.Series) -> Array:
    """Return the ms of datetimes, ISO texts (naive ones mean UTC), or numbers since 1970.

    Raises
    ------
    ValueError
        One of them is none of these.
    """
    import pandas as pd  # noqa: PLC0415

    if pd.api.types.is_datetime64_any_dtype(values):
        return _ms(values)
    if not pd.api.types.is_numeric_dtype(values):
        if not values.str.fullmatch(r"\d+(\.\d+)?").all():
            dotted = values.str.match(r"\d{4}[./]\d\d[./]\d\d")
            iso = values.str.replace(DOTTED, r"\1-\2-\3", regex=True) if dotted.all() else values
            return _ms(pd.to_datetime(iso, format="ISO8601", utc=True))
        values = values.astype(float)
    return of_numbers(values.to_numpy())


def of_numbers(values: np.ndarray[Any, Any]) -> Array:
    """Return the ms of seconds, milliseconds, microseconds or nanoseconds since 1970."""
    largest = float(np.max(np.abs(values))) if len(values) else 0.0
    if largest < LARGEST_MS:
        whole = np.rint(values * 1000.0 if largest < LARGEST_SECONDS else values)
        return np.asarray(whole, np.int64)
    divisor = 1000 if largest < LARGEST_US else 1_000_000
    return np.asarray(values // divisor, np.int64)


def _ms(moments: pd.Series) -> Array:
    if moments.isna().any():
        raise ValueError("a time is empty")
    if getattr(moments.dt, "tz", None) is not None:
        moments = moments.dt.tz_convert("UTC").dt.tz_localize(None)
    return np.asarray(moments.to_numpy().astype("datetime64[ms]"), np.int64)
