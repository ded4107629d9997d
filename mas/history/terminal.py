"""History from a connected terminal, piece by piece, so that it can be broken off and go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np

from mas.clock import naive_utc
from mas.errors import DataError, ParamError
from mas.history.formats.source import Piece, Source
from mas.history.resample import seconds_of
from mas.history.serverclock import server_clock
from mas.history.store import TICKS, Store
from mas.schema.words import TIMEFRAMES
from mas.terminal import constants as c
from mas.terminal.servertime import in_utc
from mas.timeunits import DAY_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mas.terminal import Terminal

    Array = np.ndarray[Any, Any]

BARS = 20_000
"""Bars asked for at once: fewer than a terminal shows in a chart (R176)."""


class PriceSource(Protocol):
    """What is asked of a terminal: the official package, ``mas.mt5``, or a `Terminal`."""

    def copy_rates_range(self, symbol: str, timeframe: int, start: Any, end: Any, /) -> Any:
        """Return bars that open between two times, epoch seconds."""
        ...

    def copy_ticks_range(self, symbol: str, start: Any, end: Any, flags: int, /) -> Any:
        """Return ticks between two times, epoch seconds."""
        ...

    def symbol_info(self, symbol: str, /) -> Any:
        """Return the specification of a symbol, None when it is not known."""
        ...

    def symbol_info_tick(self, symbol: str, /) -> Any:
        """Return the newest tick."""
        ...

    def symbol_select(self, symbol: str, enable: bool, /) -> Any:
        """Put a symbol into Market Watch."""
        ...

    def account_info(self) -> Any:
        """Return the account, None without one."""
        ...

    def last_error(self) -> tuple[int, str]:
        """Return code and text of the last error."""
        ...


def fetch(
    store: Store,
    source: PriceSource,
    symbol: str,
    kind: str,
    span: tuple[int, int],
    zone: str = "UTC",
) -> tuple[Source, int]:
    """Fetch what is missing of a period, and return it all as a source, with the digits.

    Parameters
    ----------
    kind : str
        ``"ticks"`` or the name of a timeframe.
    span : (int, int)
        Start and end, epoch seconds; the end is not included.
    zone : str
        The clock of the terminal's server, whose time it speaks (R183).

    Raises
    ------
    DataError
        The terminal does not know the symbol or answers with an error. What has been fetched is
        kept, and not fetched again.
    """
    if kind != TICKS and kind not in TIMEFRAMES:
        raise ParamError(
            f"kind must be ticks or one of {', '.join(TIMEFRAMES)}, was {kind!r}", field="kind"
        )
    info = source.symbol_info(symbol)
    if info is None or not source.symbol_select(symbol, True):
        raise DataError(f"the terminal does not know {symbol}: {_error(source)}")
    account = source.account_info()
    server = getattr(account, "server", "") or "terminal"
    server_time = server_clock(zone)
    place = server if server_time.utc else f"{server} {server_time.name}"
    folder = store.pieces("terminal", place, symbol, kind)
    source = cast("PriceSource", in_utc(cast("Terminal", source), server_time))
    newest = source.symbol_info_tick(symbol)
    known_until = getattr(newest, "time", 0)
    pieces = [
        _piece(source, symbol, kind, part, folder if part[1] <= known_until else None)
        for part in _shown(_parts(span, kind), symbol, kind)
    ]
    tables = [table for table in pieces if len(table)]
    if not tables:
        raise DataError(
            f"the terminal has no {kind} of {symbol} from {naive_utc(span[0] * 1000)} to "
            f"{naive_utc(span[1] * 1000)}"
        )
    return _source(tables, symbol, kind, server), int(info.digits)


def _parts(span: tuple[int, int], kind: str) -> list[tuple[int, int]]:
    """Return a period in pieces whose edges do not depend on where it begins."""
    length = DAY_S if kind == TICKS else BARS * seconds_of(TIMEFRAMES[kind])
    first, last = span[0] // length, (span[1] - 1) // length
    return [
        (max(at * length, span[0]), min((at + 1) * length, span[1]))
        for at in range(first, last + 1)
    ]


def _shown(parts: list[tuple[int, int]], symbol: str, kind: str) -> Iterator[tuple[int, int]]:
    from tqdm.auto import tqdm  # noqa: PLC0415

    yield from tqdm(parts, desc=f"fetching {symbol} {kind}", delay=1, leave=False)


def _piece(
    source: PriceSource, symbol: str, kind: str, part: tuple[int, int], folder: Path | None
) -> Array:
    """Return one piece, from the folder when it is there; kept there when it is whole."""
    path = None if folder is None else folder / f"{part[0]}-{part[1]}.npy"
    if path is not None and path.is_file():
        try:
            return np.asarray(np.load(path))
        except (ValueError, OSError, EOFError):
            path.unlink()  # cut short
    if kind == TICKS:
        found = source.copy_ticks_range(symbol, part[0], part[1], c.COPY_TICKS_ALL)
    else:
        found = source.copy_rates_range(symbol, TIMEFRAMES[kind], part[0], part[1] - 1)
    if found is None:
        raise DataError(
            f"the terminal gave no {kind} of {symbol} from {naive_utc(part[0] * 1000)}: "
            f"{_error(source)}; what came before is kept, fetch again to go on"
        )
    if kind == TICKS:  # the terminal includes the end
        found = found[found["time_msc"] < part[1] * 1000]
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        cut = path.with_suffix(".part")
        with cut.open("wb") as file:
            np.save(file, found)
        cut.replace(path)
    return np.asarray(found)


def _error(source: PriceSource) -> str:
    code, text = source.last_error()
    return f"{text} ({code})"


def _source(tables: list[Array], symbol: str, kind: str, server: str) -> Source:
    def pieces() -> Iterator[Piece]:
        import pandas as pd  # noqa: PLC0415

        row = 1
        for table in tables:
            if kind == TICKS:
                names = {"bid": "bid", "ask": "ask", "last": "last", "dealt": "volume_real"}
                times = table["time_msc"].astype(np.int64)
            else:
                names = {name: name for name in ("open", "high", "low", "close", "spread")}
                names |= {"volume": "tick_volume", "real": "real_volume"}
                times = table["time"].astype(np.int64) * 1000
            columns = {name: table[column].astype(float) for name, column in names.items()}
            lines = np.arange(row, row + len(table))
            yield Piece(pd.DataFrame({"time": times, **columns}), lines, 0)
            row += len(table)

    shape = "ticks" if kind == TICKS else "bars"
    return Source(f"{server} {symbol} {kind}", f"terminal {shape}", shape, pieces, symbol=symbol)
