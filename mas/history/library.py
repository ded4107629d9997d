"""``History``: what a user does with stored bars and ticks."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from mas.clock import EPOCH, to_ms
from mas.errors import DataError, ParamError
from mas.history import dukascopy
from mas.history.columns import Bars, Ticks
from mas.history.derived import of_ticks
from mas.history.importer import Imported, Options, load, take
from mas.history.inspect import Findings, inspect
from mas.history.resample import divides, merged, seconds_of
from mas.history.store import TICKS, Store, Stored, check_content
from mas.history.terminal import PriceSource, fetch
from mas.history.zones import zone_of
from mas.schema.words import TIMEFRAMES

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

    Moment = datetime | str

PRICES = ("opens", "highs", "lows", "closes", "bids", "asks", "lasts")


class History:
    """Stored bars and ticks.

    Parameters
    ----------
    folder : path, optional
        Where they are. Default: ``history`` in the user's data folder (``MAS_HOME``).
    """

    def __init__(self, folder: Path | str | None = None) -> None:
        self.store = Store(folder)

    def __repr__(self) -> str:
        return f"<History {self.store.folder}>"

    def load(
        self, *given: Path | str | pd.DataFrame, progress: bool = True, **options: Any
    ) -> list[Imported]:
        """Import files, folders or DataFrames, whose formats are found by their content.

        Parameters
        ----------
        **options
            The fields of :class:`~mas.history.importer.Options`: ``symbol``, ``digits``,
            ``zone``, ``timeframe``, ``crossed``.

        Raises
        ------
        DataError
            One of them cannot be read: file, line and reason; none of its symbol is stored.
        """
        if not given:
            raise ParamError("there is nothing to import: name a file, a folder or a DataFrame")
        if options.get("zone") is not None:
            options["zone"] = zone_of(options["zone"])
        return load(self.store, given, Options(**options), progress=progress)

    def fetch(
        self,
        terminal: PriceSource,
        symbol: str,
        start: Moment,
        end: Moment,
        kind: str = "M1",
        *,
        zone: str = "UTC",
    ) -> list[Imported]:
        """Fetch history from a connected terminal; what is there already is not asked for again.

        Parameters
        ----------
        terminal : MetaTrader5, mas.mt5 or a Terminal
            Initialised and logged in.
        kind : str
            ``"ticks"`` or a timeframe such as ``"M1"``.
        zone : str
            The clock of the terminal's server, as ``server_zone`` of the settings: a terminal
            speaks its server's time. The store keeps UTC.

        Raises
        ------
        DataError
            The terminal answered with an error; fetch again to go on where it was.
        """
        first, last = period(start, end)
        span = (first // 1000, last // 1000)
        source, digits = fetch(self.store, terminal, symbol, kind, span, zone)
        timeframe = "" if kind == TICKS else kind
        return take(self.store, [source], Options(digits=digits, timeframe=timeframe))

    def fetch_dukascopy(
        self, symbol: str, start: Moment, end: Moment, *, base_url: str = dukascopy.URL
    ) -> list[Imported]:
        """Fetch ticks from Dukascopy's public files, hour by hour.

        Raises
        ------
        DataError
            An hour cannot be had; fetch again to go on where it was.
        """
        first, last = (EPOCH + timedelta(milliseconds=bound) for bound in period(start, end))
        source = dukascopy.fetch(self.store, symbol, first, last, base_url=base_url)
        return take(self.store, [source], Options())

    def table(self) -> pd.DataFrame:
        """Return what is stored: symbol, kind, rows, first, last, digits, megabytes, files."""
        import pandas as pd  # noqa: PLC0415

        rows = [
            (origin.symbol, origin.kind, origin.rows, origin.start, origin.end, origin.digits,
             round(origin.bytes / 1e6, 1), len(origin.origins))
            for origin in self.store.all()
        ]  # fmt: skip
        names = ["symbol", "kind", "rows", "first", "last", "digits", "mb", "files"]
        return pd.DataFrame(rows, columns=names)

    def ticks(
        self, symbol: str, start: Moment | None = None, end: Moment | None = None
    ) -> pd.DataFrame:
        """Return stored ticks of start <= time < end: ``time``, ``bid``, ``ask``, ….

        Raises
        ------
        DataError
            There are none of this symbol.
        """
        stored = self._stored(symbol, TICKS)
        return frame(_between(stored.read(), start, end), stored.digits)

    def bars(
        self,
        symbol: str,
        timeframe: str,
        start: Moment | None = None,
        end: Moment | None = None,
    ) -> pd.DataFrame:
        """Return bars that open at start <= time < end, as ``get_bars_from_pos`` has them.

        They are the stored ones of this timeframe, or made of shorter ones or of ticks; of these
        the ones that cover more are taken.

        Raises
        ------
        DataError
            Nothing is stored that they could be made of.
        """
        stored, bars = self.find_bars(symbol, timeframe)
        return frame(_between(merged(bars, TIMEFRAMES[timeframe]), start, end), stored.digits)

    def find_bars(self, symbol: str, timeframe: str) -> tuple[Stored, Bars]:
        """Return the stored bars of which those of a timeframe are made."""
        if timeframe not in TIMEFRAMES:
            raise ParamError(
                f"timeframe must be one of {', '.join(TIMEFRAMES)}, was {timeframe!r}",
                field="timeframe",
            )
        code = TIMEFRAMES[timeframe]
        exact = self.store.find(symbol, timeframe)
        if exact is not None:
            return exact, cast("Bars", exact.read())
        usable = [
            origin
            for origin in self.store.all()
            if origin.symbol == symbol
            and (origin.kind == TICKS or divides(TIMEFRAMES[origin.kind], code))
        ]
        if not usable:
            raise DataError(
                f"no history of {symbol} is stored that {timeframe} bars could be made of; "
                f"stored are {self._words()}"
            )
        best = max(usable, key=lambda origin: (origin.last - origin.first, _fineness(origin)))
        if best.kind == TICKS:
            return best, of_ticks(best).bars
        return best, cast("Bars", best.read())

    def check(self, symbol: str = "") -> list[tuple[Stored, Findings]]:
        """Look through what is stored: content as it was written, gaps, outliers.

        Raises
        ------
        DataError
            Files are damaged.
        """
        found = []
        for stored in self.store.all():
            if symbol and stored.symbol != symbol:
                continue
            if not check_content(stored):
                raise DataError(
                    f"the {stored.kind} of {stored.symbol} are damaged: delete them and import "
                    "them again",
                    path=str(stored.folder),
                )
            timeframe = 0 if stored.kind == TICKS else TIMEFRAMES[stored.kind]
            found.append((stored, inspect(stored.read(), timeframe)))
        if symbol and not found:
            raise DataError(f"no history of {symbol} is stored; stored are {self._words()}")
        return found

    def export(self, symbol: str, kind: str, path: Path | str) -> int:
        """Write ticks or bars as a Parquet file, and return how many."""
        frame = self.ticks(symbol) if kind == TICKS else self.bars(symbol, kind)
        frame.to_parquet(Path(path), index=False)
        return len(frame)

    def delete(self, symbol: str, kind: str) -> bool:
        """Forget the ticks or the bars of a symbol; return whether there were any."""
        return self.store.delete(symbol, kind)

    def _stored(self, symbol: str, kind: str) -> Stored:
        stored = self.store.find(symbol, kind)
        if stored is None:
            raise DataError(f"no {kind} of {symbol} are stored; stored are {self._words()}")
        return stored

    def _words(self) -> str:
        found = [f"{origin.symbol} {origin.kind}" for origin in self.store.all()]
        return ", ".join(found) or "none"


def period(start: Moment, end: Moment) -> tuple[int, int]:
    """Return two moments in ms.

    Raises
    ------
    ParamError
        One is no time, or the end is not later than the start.
    """
    edges = (_moment("from", start), _moment("to", end))
    if edges[1] <= edges[0]:
        raise ParamError(f"to must be later than from, was {end} after {start}", field="to")
    return edges


def _moment(name: str, value: Moment) -> int:
    try:
        return to_ms(value)
    except (ValueError, TypeError, AttributeError):
        raise ParamError(
            f"{name} must be a datetime or ISO text such as 2026-01-31 12:00, was {value!r}",
            field=name,
            value=value,
        ) from None


def _fineness(stored: Stored) -> int:
    return 0 if stored.kind == TICKS else -seconds_of(TIMEFRAMES[stored.kind])


def _between(columns: Any, start: Moment | None, end: Moment | None) -> Any:
    edges = [0 if start is None else _moment("from", start), np.iinfo(np.int64).max]
    if end is not None:
        edges[1] = _moment("to", end)
    return columns.part(slice(*columns.times.searchsorted(edges)))


BAR_NAMES = {
    "times": "time", "opens": "open", "highs": "high", "lows": "low", "closes": "close",
    "volumes": "tick_volume", "spreads": "spread", "reals": "real_volume",
}  # fmt: skip
TICK_NAMES = {
    "times": "time", "bids": "bid", "asks": "ask", "lasts": "last", "volumes": "volume",
}  # fmt: skip


def frame(columns: Ticks | Bars, digits: int) -> pd.DataFrame:
    """Return columns as a table, prices as prices."""
    import pandas as pd  # noqa: PLC0415

    names = TICK_NAMES if isinstance(columns, Ticks) else BAR_NAMES
    made: dict[str, Any] = {}
    for column, name in names.items():
        values = getattr(columns, column)
        if values is None:
            if column == "reals":
                made[name] = np.zeros(len(columns.times))
        elif column == "times":
            made[name] = values.astype("datetime64[ms]")
        else:
            made[name] = values / 10.0**digits if column in PRICES else np.asarray(values)
    return pd.DataFrame(made)
