"""The tester report as an object: its page, its numbers, its tables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mas.errors import DataError
from mas.report.mt5 import layout
from mas.report.mt5.facts import ReportDeal, ReportOrder, ReportRecord
from mas.report.mt5.from_result import server_time, tester_record
from mas.report.mt5.page import page
from mas.report.mt5.statistics import Statistics
from mas.report.show import FOLDER, framed

if TYPE_CHECKING:
    from mas.backtest.result import Result

SHOWN = 200
"""Rows of each table in a notebook's cell."""
TALL = 900


class TesterReport:
    """MetaTrader's report of a run; shows itself in a notebook.

    Attributes
    ----------
    record : ReportRecord
        The facts it is made of.
    statistics : Statistics
        What is counted from them.
    """

    def __init__(self, record: ReportRecord, equity: Any = ()) -> None:
        self.record = record
        self.statistics = Statistics(record)
        self._equity = equity
        self._printed = layout.printed(self.statistics)

    def __repr__(self) -> str:
        wide = max(map(len, self._printed))
        head = f"Strategy Tester Report: {self.record.expert} {self.record.symbol}".strip()
        rows = (f"  {name.ljust(wide)}  {text}" for name, text in self._printed.items())
        return "\n".join([head, f"  {self.record.period}", *rows])

    def _repr_html_(self) -> str:
        whole = page(self.record, self._printed, self._equity, most=SHOWN)
        return framed(whole, TALL, "tester report")

    def as_dict(self) -> dict[str, str]:
        """Return every statistic as it is printed, by MetaTrader's name, in its order."""
        return dict(self._printed)

    def as_frame(self) -> pd.DataFrame:
        """Return the statistics as numbers: ``value``, ``beside`` (in brackets), ``printed``."""
        found = layout.figures(self.statistics)
        rows = [(*found.get(name, (None, None)), text) for name, text in self._printed.items()]
        table = pd.DataFrame(rows, columns=["value", "beside", "printed"], index=[*self._printed])
        table.index.name = "statistic"
        return table.astype({"value": float, "beside": float})

    @property
    def deals(self) -> pd.DataFrame:
        """The deals, numbered as in the report; server time."""
        return _table(self.record.deals, ReportDeal._fields, ("time",))

    @property
    def orders(self) -> pd.DataFrame:
        """The orders, numbered as in the report; server time."""
        return _table(self.record.orders, ReportOrder._fields, ("time_setup", "time_done"))

    def html(self) -> str:
        """Return the whole page."""
        return page(self.record, self._printed, self._equity)

    def write(self, path: str | Path | None = None) -> Path:
        """Write the page to a file.

        Parameters
        ----------
        path : str or Path, optional
            Default: in ``reports`` of the working folder, named by strategy and symbol.

        Raises
        ------
        DataError
            It cannot be written.
        """
        name = f"tester_{self.record.expert or 'run'}_{self.record.symbol or 'none'}.html"
        target = Path(path) if path else Path.cwd() / FOLDER / re.sub(r"[^\w.-]", "_", name)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(f"{target.name}.part")
            part.write_text(self.html(), encoding="utf-8")
            part.replace(target)
        except OSError as error:
            raise DataError(f"cannot be written: {error.strerror}", path=str(target)) from None
        return target


def _table(rows: Any, names: tuple[str, ...], times: tuple[str, ...]) -> pd.DataFrame:
    table = pd.DataFrame(list(rows), columns=list(names))
    for name in times:
        table[name] = pd.to_datetime(table[name].where(table[name] > 0), unit="ms")
    return table


def tester(result: Result | ReportRecord, *, name: str = "") -> TesterReport:  # noqa: PT028 - no test
    """Return MetaTrader's tester report of a run.

    Parameters
    ----------
    result : Result
        Of a run over history; or the record of a report that was read.
    name : str, optional
        Of the strategy. Default: what the result knows.
    """
    if isinstance(result, ReportRecord):
        return TesterReport(result)
    curve = result.equity["equity"]
    times = curve.index.to_numpy().astype("datetime64[ms]").astype(np.int64)
    server = server_time(result)
    points = [(server(at), value) for at, value in zip(times.tolist(), curve.tolist(), strict=True)]
    return TesterReport(tester_record(result, name), points)
