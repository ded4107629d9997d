"""The clocks of files: hours ahead of UTC, or a zone with its summer time."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from mas.errors import ParamError

Array = np.ndarray[Any, Any]
MOST_HOURS = 15


def to_utc(times: Array, zone: str | float) -> Array:
    """Return local times (ms) in UTC.

    Parameters
    ----------
    zone : str or float
        Hours ahead of UTC, or a name such as ``Europe/Athens``. An hour that a clock shows twice
        is taken for the first, one that it leaves out for the next.
    """
    if not zone:
        return times
    if not isinstance(zone, str):
        return times - round(zone * 3_600_000)
    import pandas as pd  # noqa: PLC0415

    local = pd.DatetimeIndex(times.astype("datetime64[ms]"))
    first = np.ones(len(times), np.bool_)
    aware = local.tz_localize(ZoneInfo(zone), ambiguous=first, nonexistent="shift_forward")
    moved = aware.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[ms]")
    return moved.astype(np.int64)


def zone_of(text: str | float) -> str | float:
    """Return a zone that was given by a user.

    Raises
    ------
    ParamError
        It is neither hours nor the name of a zone.
    """
    try:
        hours = float(text)
    except ValueError:
        hours = float("nan")
        try:
            ZoneInfo(str(text))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
        else:
            return str(text)
    if not abs(hours) < MOST_HOURS:
        raise ParamError(
            f"zone must be hours ahead of UTC such as 2, or a name such as Europe/Athens, "
            f"was {text!r}",
            field="zone",
            value=text,
        )
    return hours
