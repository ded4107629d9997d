"""Numbers and times as they stand in a report's cells, whatever the country writes them like."""

from __future__ import annotations

import math
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

TIME = re.compile(r"\d{4}[.\-/]\d\d[.\-/]\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?$")
SERIAL = re.compile(r"[2-8]\d{4}(\.\d+)?$")
"""A day of a workbook, 1954 to 2146, with its part of the day."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_DAY, FIRST_DAY_1904 = datetime(1899, 12, 30, tzinfo=UTC), datetime(1904, 1, 1, tzinfo=UTC)
GROUPS = re.compile(r"[\s'\u2019\u02bc\u00b4`%]")
MINUS = str.maketrans(dict.fromkeys("\u2212\u2010\u2011\u2012\u2013", "-"))
CENTS = re.compile(r"\d([.,])\d{1,2}$")
FIGURES = re.compile(r"[\d.,]*\d")
DOT = "."


def plain(text: str, mark: str = DOT) -> str:
    """Return a number as Python reads it.

    Of two kinds of marks the last is the decimal one; of one kind several group. A single one
    before three digits is decimal where it is `mark`, the report's decimal mark.
    """
    text = GROUPS.sub("", text).translate(MINUS)
    found = [part for part in text if part in ".,"]
    if not found:
        return text
    last = found[-1]
    if len(set(found)) > 1:
        return text.replace("," if last == DOT else DOT, "").replace(",", DOT)
    groups = len(text.rsplit(last, 1)[1]) == 3 and last != mark
    if len(found) > 1 or groups:
        return text.replace(last, "")
    return text.replace(last, DOT)


def number(text: str, mark: str = DOT) -> float:
    """Return a number as reports write it: ``-1 234.50``, ``1,234.50``, ``1.234,50``, ``1'234``.

    Parameters
    ----------
    mark : str
        The decimal mark of the report, for those such as ``1,234``.

    Raises
    ------
    ValueError
        It is none.
    """
    digits = plain(text, mark)
    value = float(digits) if digits else 0.0
    if not math.isfinite(value) or "_" in digits:
        raise ValueError(f"{text!r} is not a number")
    return value


def decimals(text: str, mark: str = DOT) -> int:
    """Return the digits after the decimal mark."""
    return len(plain(text, mark).partition(DOT)[2])


def decimal_mark(texts: Iterable[str]) -> str:
    """Return the decimal mark of a report: the one that most of its amounts have."""
    votes = Counter(found[1] for text in texts if (found := CENTS.search(text.strip())))
    return votes.most_common(1)[0][0] if votes else DOT


def dotted(text: str, mark: str) -> str:
    """Return a text of a report with its numbers' decimal mark as a point."""
    if mark == DOT:
        return text
    return FIGURES.sub(lambda found: plain(found[0], mark), text)


def parsed_time(text: str) -> int:
    """Return a time in ms, server time as if UTC; 0 for none.

    Raises
    ------
    ValueError
        There is no such time.
    """
    parts = [int(part) for part in re.findall(r"\d+", text)]
    if len(parts) < 3:
        return 0
    year, month, day, hour, minute, second, *rest = [*parts, 0, 0, 0][: max(len(parts), 6)]
    span = datetime(year, month, day, hour, minute, second, tzinfo=UTC) - EPOCH
    milliseconds = int(str(rest[0]).ljust(3, "0")[:3]) if rest else 0
    return int(span.total_seconds()) * 1000 + milliseconds


def from_serial(text: str, *, since_1904: bool = False) -> str:
    """Return a workbook's time, days since 1899-12-30 or since 1904, as MetaTrader writes it."""
    first = FIRST_DAY_1904 if since_1904 else FIRST_DAY
    at = first + timedelta(seconds=round(float(text) * 86_400))
    return f"{at:%Y.%m.%d %H:%M:%S}"
