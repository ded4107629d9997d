"""Rows of a file become columns in whole points: checked, sorted, without repeats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mas.errors import DataError
from mas.history.columns import NO_BARS, Bars, Columns, Ticks, joined
from mas.history.formats.source import BAR_PRICES, TICK_PRICES, Piece, Source
from mas.history.zones import to_utc

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

MOST_DIGITS = 8
NEAR = 1e-11
"""Of a price: how far it may be from a whole point for the noise of binary fractions."""
LARGEST = np.iinfo(np.int32).max


@dataclass(slots=True)
class Counts:
    """What was done to the rows of a file.

    Attributes
    ----------
    read : int
        Rows of the file.
    incomplete : int
        Left out: the first rows, before both prices were known.
    duplicates : int
        Left out: the same as the row before them.
    disorder : int
        Rows that were earlier than one before them; they were sorted.
    rounded : int
        Rows with a price of more digits than were asked for.
    """

    read: int = 0
    incomplete: int = 0
    duplicates: int = 0
    disorder: int = 0
    rounded: int = 0


class Collector:
    """Takes the pieces of one file.

    Parameters
    ----------
    digits : int or None
        Prices are rounded to them; None finds how many there are.
    zone : str or float
        Of the file's clock: hours ahead of UTC, or a name such as ``Europe/Athens``.
    """

    def __init__(self, source: Source, *, digits: int | None, zone: str | float) -> None:
        self._source = source
        self._rounds = digits is not None and source.digits < 0
        self.digits = digits or 0 if source.digits < 0 else source.digits
        self._zone = zone
        self._known: dict[str, float] = {}
        self._newest = -(1 << 62)
        self.counts = Counts()

    def add(self, piece: Piece) -> Columns:
        """Return some rows in points of `digits`, which may grow with the next ones.

        Raises
        ------
        DataError
            A price is missing, not above 0, has too many decimals, or does not fit its bar.
        """
        table, lines = piece.table, piece.lines
        self.counts.read += len(table)
        times = to_utc(table["time"].to_numpy(), self._zone)
        names = TICK_PRICES if self._source.kind == "ticks" else BAR_PRICES
        prices = {name: table[name].to_numpy() for name in names}
        if self._source.repeats:
            times, lines, prices, table = self._filled(times, lines, prices, table)
        for name, column in prices.items():
            self._refuse(~(column > 0), name, "must be a price above 0", column, lines)
        if self._source.digits < 0:
            dealt = {"last": table["last"].fillna(0.0).to_numpy()} if "last" in table else {}
            self._count_digits({**prices, **dealt}, lines)
        points = {name: self._points(column, lines) for name, column in prices.items()}
        self.counts.disorder += self._disorder(times)
        if self._source.kind == "ticks":
            return self._ticks(times, points, table)
        return self._bars(times, points, table, lines)

    # -- inside --------------------------------------------------------------------------------

    def _filled(
        self, times: Array, lines: Array, prices: dict[str, Array], table: Any
    ) -> tuple[Array, Array, dict[str, Array], Any]:
        """Fill empty prices with the one before; leave out rows before the first."""
        for name, column in prices.items():
            known = ~np.isnan(column)
            index = np.maximum.accumulate(np.where(known, np.arange(len(column)), -1))
            before = self._known.get(name, np.nan)
            prices[name] = np.where(index >= 0, column[index], before)
            if len(column):
                self._known[name] = float(prices[name][-1])
        whole = ~np.any([np.isnan(column) for column in prices.values()], axis=0)
        self.counts.incomplete += int(np.count_nonzero(~whole))
        kept = {name: column[whole] for name, column in prices.items()}
        return times[whole], lines[whole], kept, table[whole]

    def _refuse(self, wrong: Array, name: str, rule: str, column: Array, lines: Array) -> None:
        if wrong.any():
            at = int(np.argmax(wrong))
            came = "empty" if np.isnan(column[at]) else f"{column[at]:.10g}"
            raise DataError(
                f"{name} {rule}, was {came}", path=self._source.name, line=int(lines[at])
            )

    def _count_digits(self, prices: dict[str, Array], lines: Array) -> None:
        """Find how many decimals the prices have, as far as they are not given."""
        if self._rounds:
            self.counts.rounded += int(np.count_nonzero(self._finer(list(prices.values()))))
            return
        for name, column in prices.items():
            while True:
                scaled_up = column * 10.0**self.digits
                wrong = np.abs(scaled_up - np.rint(scaled_up)) > NEAR * scaled_up
                if not wrong.any():
                    break
                if self.digits == MOST_DIGITS:
                    rule = f"has more than {MOST_DIGITS} decimals: give digits to round them"
                    self._refuse(wrong, name, rule, column, lines)
                self.digits += 1

    def _finer(self, columns: list[Array]) -> Array:
        """Tell which rows have a price that lies between two points of `digits`."""
        ups = [column * 10.0**self.digits for column in columns]
        finer: Array = np.any([np.abs(up - np.rint(up)) > NEAR * up for up in ups], axis=0)
        return finer

    def _points(self, column: Array, lines: Array) -> Array:
        scale = 1.0 if self._source.digits >= 0 else 10.0**self.digits
        points = np.rint(column * scale)
        self._refuse(
            points > LARGEST, "price", f"is too large for {self.digits} digits", column, lines
        )
        self._refuse(
            points < 1, "price", f"is below a point of {self.digits} digits", column, lines
        )
        return points.astype(np.int32)

    def _disorder(self, times: Array) -> int:
        if not len(times):
            return 0
        newest = np.maximum(np.maximum.accumulate(times), self._newest)
        late = int(np.count_nonzero(times < np.concatenate(([self._newest], newest[:-1]))))
        self._newest = int(newest[-1])
        return late

    def _ticks(self, times: Array, points: dict[str, Array], table: Any) -> Ticks:
        lasts = volumes = None
        if "last" in table and table["last"].gt(0).any():
            lasts = np.rint(table["last"].fillna(0.0).to_numpy() * 10.0**self.digits)
            lasts = lasts.astype(np.int32)
            dealt = next((name for name in ("dealt", "volume", "real") if name in table), "")
            volumes = (
                table[dealt].fillna(0.0).to_numpy() if dealt else np.zeros(len(times))
            ).astype(np.float32)
        return Ticks(times, points["bid"], points["ask"], lasts, volumes)

    def _bars(self, times: Array, points: dict[str, Array], table: Any, lines: Array) -> Bars:
        high, low = points["high"], points["low"]
        for name in ("open", "close"):
            wrong = (points[name] > high) | (points[name] < low)
            self._refuse(wrong, name, "must be between low and high", table[name].to_numpy(), lines)
        none = np.zeros(len(times))
        whole = {
            name: np.nan_to_num(table[name].to_numpy()) if name in table else none
            for name in ("volume", "spread", "real")
        }
        reals = whole["real"] if whole["real"].any() else None
        return Bars(
            times, points["open"], high, low, points["close"], whole["volume"].astype(np.int64),
            whole["spread"].astype(np.int64), reals,
        )  # fmt: skip


def whole(pieces: list[tuple[Columns, int]], digits: int, counts: Counts) -> Columns:
    """Return the bars of one file: sorted by time, without repeats, in points of `digits`."""
    if not pieces:
        return NO_BARS
    made: Columns = joined(
        [scaled(piece, digits - scale, spreads=False) for piece, scale in pieces]
    )
    if counts.disorder:
        made = made.part(np.argsort(made.times, kind="stable"))
    repeated = repeats(made)
    counts.duplicates = int(np.count_nonzero(repeated))
    return made.part(~repeated) if counts.duplicates else made


def repeats(columns: Columns) -> Array:
    """Tell which rows are the same as the one before them."""
    repeated = np.ones(len(columns.times), np.bool_)
    repeated[:1] = False
    for column in columns:
        if column is not None:
            repeated[1:] &= column[1:] == column[:-1]
    return repeated


def scaled(columns: Columns, more: int, *, spreads: bool = True) -> Columns:
    """Return columns in points of so many more digits; fewer, where negative, are rounded.

    Parameters
    ----------
    spreads : bool
        Whether spreads are in the same points as prices; those of a file are in the broker's.

    Raises
    ------
    DataError
        The prices are too large for that.
    """
    if not more:
        return columns
    names = PRICES | ({"spreads"} if spreads else set())
    made = {}
    for name, column in columns._asdict().items():
        if name in names and column is not None:
            wide = (
                column.astype(np.int64) * 10**more
                if more > 0
                else np.rint(column / 10.0**-more).astype(np.int64)
            )
            if len(wide) and wide.max() > LARGEST:
                raise DataError("prices are too large for so many digits: say how many (digits)")
            column = wide.astype(np.int32)  # noqa: PLW2901
        made[name] = column
    return columns._replace(**made)


PRICES = frozenset({"bids", "asks", "lasts", "opens", "highs", "lows", "closes"})
