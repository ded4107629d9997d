"""What went wrong in a run without ending it: callbacks that raised, requests refused."""

from __future__ import annotations

import logging
import sysconfig
import traceback
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from mas.clock import naive_utc
from mas.errors import MasError
from mas.notebook import current_shell
from mas.terminal.retcodes import retcode_text
from mas.terminal.types import NO_REQUEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from mas.events import OrderStatus
    from mas.timeunits import Ms

log = logging.getLogger(__name__)

PACKAGE = str(Path(__file__).parents[1])
LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib")})


class CallbackError(Struct):
    """One place of a strategy that raised, and how often.

    Attributes
    ----------
    where : str
        File, line and function of the strategy.
    first : int
        Time of the data when it first did, ms.
    """

    callback: str
    where: str
    error: str
    first: int
    traceback: str
    count: int = 1


class Incidents:
    """Collects what callbacks raise: each place is reported once, and counted."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, str, str], CallbackError] = {}

    def __len__(self) -> int:
        return sum(place.count for place in self._places.values())

    def raised(self, callback: str, error: Exception, now: Ms) -> None:
        """Take an exception; the first of its place is logged with its traceback."""
        trace = _of_user(error.__traceback__)
        where = _place(trace)
        key = (callback, where, type(error).__name__)
        known = self._places.get(key)
        if known is not None:
            known.count += 1
            return
        text = _named("".join(_formatted(error, trace)), trace)
        words = f"{type(error).__name__}: {error}".rstrip(": ")
        self._places[key] = CallbackError(callback, where, words, now, text)
        log.error(
            "%s raised at %s; the run goes on (stop_on_error=True stops it)\n%s",
            callback, f"{naive_utc(now):%Y-%m-%d %H:%M:%S}", text.rstrip(),
        )  # fmt: skip

    def rows(self) -> list[tuple[Any, ...]]:
        """Return the places in the order of their first time, as the table of errors has them."""
        return [
            (place.callback, place.where, place.error, place.count, place.first, place.traceback)
            for place in self._places.values()
        ]


def trouble(places: Iterable[tuple[str, str, str, int]]) -> str:
    """Return one line about what callbacks raised, "" where there is nothing.

    Parameters
    ----------
    places : iterable
        Callback, place, error and count of each.
    """
    found = list(places)
    if not found:
        return ""
    callback, where, error, count = max(found, key=lambda row: row[3])
    total = sum(row[3] for row in found)
    most = f", most often ({count})" if count < total else ""
    times = "once" if total == 1 else f"{total} times"
    return f"callbacks raised {times}{most}: {error}, in {callback} ({where})"


def refusals(statuses: Iterable[OrderStatus]) -> list[tuple[Any, ...]]:
    """Return the requests and orders that were refused, as the table of refusals has them."""
    found = []
    for status in statuses:
        if not status.ok:
            asked = status.request or NO_REQUEST
            found.append(
                (
                    status.time_msc, status.order, status.action or "send", status.symbol,
                    asked.type, asked.volume, asked.price, asked.sl, asked.tp, status.retcode,
                    status.message,
                )
            )  # fmt: skip
    return found


def summary_of(rows: list[tuple[Any, ...]]) -> str:
    """Return one line about refused requests that names the most frequent, "" for none.

    Parameters
    ----------
    rows : list of tuple
        The last two of each are return code and reason.
    """
    if not rows:
        return ""
    counts = Counter(row[-2] for row in rows)
    code, count = counts.most_common(1)[0]
    reason = next(row[-1] for row in rows if row[-2] == code)
    words = "1 request was refused" if len(rows) == 1 else f"{len(rows)} requests were refused"
    most = f", most often ({count})" if count < len(rows) else ""
    return f"{words}{most}: {reason or retcode_text(code)}"


def _of_user(trace: TracebackType | None) -> TracebackType | None:
    """Return the part of a traceback that begins in the strategy."""
    while trace is not None and trace.tb_next is not None and _ours(trace):
        trace = trace.tb_next
    return trace


def _formatted(error: Exception, trace: TracebackType | None) -> Iterator[str]:
    """Yield the traceback; a wrong parameter is told at the line of the call, not within ours."""
    found = traceback.TracebackException(type(error), error, trace)
    while isinstance(error, MasError) and found.stack[-1].filename.startswith(PACKAGE):
        found.stack.pop()
    return found.format()


def _place(trace: TracebackType | None) -> str:
    """Return file, line and function of the innermost frame of the user's own code."""
    found = ""
    for frame, line in traceback.walk_tb(trace):
        name = frame.f_code.co_filename
        if not found or not name.startswith((PACKAGE, *LIBRARIES)):
            found = f"{_cell(name) or Path(name).name}:{line} in {frame.f_code.co_name}"
    return found


def _named(text: str, trace: TracebackType | None) -> str:
    """Return a traceback in which the cells of a notebook have their names, not their files'."""
    for frame, _ in traceback.walk_tb(trace):
        name = frame.f_code.co_filename
        cell = _cell(name)
        if cell:
            text = text.replace(f'File "{name}", line', f"Cell {cell}, line")
    return text


def _cell(name: str) -> str:
    """Return what a notebook calls the cell of a file, such as In[3]; "" for another file."""
    shell = current_shell()
    found = shell.compile.format_code_name(name) if shell is not None else None
    return str(found[1]) if found else ""


def _ours(trace: TracebackType) -> bool:
    return trace.tb_frame.f_code.co_filename.startswith(PACKAGE)
