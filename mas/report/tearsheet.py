"""The tear sheet: key figures, curves and tables as one HTML page that needs nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mas.report import svg
from mas.report.figures import Figures
from mas.report.kpi import KPIS, MONEY, NUMBER, PERCENT, WHOLE, written
from mas.report.pages import render_page
from mas.report.sides import benchmark, exposure, sides

if TYPE_CHECKING:
    from mas.report.record import Record

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
TILES = (
    "Cumulative return",
    "CAGR",
    "Sharpe",
    "Max drawdown",
    "Trades",
    "Win rate",
    "Profit factor",
)
WORST = 10
Rows = list[list[str]]


def tear_sheet(record: Record) -> str:
    """Return the page."""
    figures = Figures(record)
    tables = [
        ("Longs and shorts", ["", "All", "Longs", "Shorts"], _sides(record)),
        ("End of each year", ["Year", f"Equity ({record.currency})", "Profit", "Return"],
         _years(figures)),
        (f"Worst {WORST} drawdowns", ["Depth", "Start", "Lowest", "Recovered", "Days"],
         _drawdowns(figures)),
    ]  # fmt: skip
    beside = [
        ("In the market", ["", ""], _market(record)),
        ("Still open", ["Symbol", "Side", "Lots", "Entry", "Profit"], _open(record)),
    ]
    return render_page(
        "tearsheet.html", record=record, kind="Tear sheet", tiles=TILES,
        kpis=[(kpi, written(kpi.value(figures), kpi.kind)) for kpi in KPIS],
        figures=[(kpi, written(kpi.value(figures), kpi.kind, record.currency)) for kpi in KPIS],
        charts=_charts(record, figures), months=MONTHS, heat=_heat(figures),
        tables=[table for table in tables if table[2]],
        beside=[table for table in beside if table[2]],
    )  # fmt: skip


def _charts(record: Record, figures: Figures) -> list[tuple[str, str]]:
    yearly = figures.yearly().rename(lambda at: at.year)
    return [
        ("Equity", svg.line(
            record.equity, height=260, words="equity over time",
            label=lambda value: f"{value:,.0f}",
        )),
        ("Drawdown", svg.line(
            figures.depth(), height=130, fill=True, words="drawdown over time",
            label=lambda value: f"{value * 100:.1f} %",
        )),
        ("Return of each year", svg.bars(
            yearly, height=170, words="return of each year",
            label=lambda value: f"{value * 100:.1f} %",
        )),
    ]  # fmt: skip


def _years(figures: Figures) -> Rows:
    ends = figures.year_ends()
    before = np.concatenate(([figures.record.capital], ends.to_numpy()[:-1]))
    return [
        [
            str(year),
            written(end, MONEY),
            written(end - start, MONEY),
            written(end / start - 1, PERCENT),
        ]
        for (year, end), start in zip(ends.items(), before, strict=True)
    ]


def _drawdowns(figures: Figures) -> Rows:
    return [
        [written(figure.depth, PERCENT), f"{figure.start:%Y-%m-%d}", f"{figure.valley:%Y-%m-%d}",
         f"{figure.end:%Y-%m-%d}" if figure.end is not None else "goes on", str(figure.days)]
        for figure in figures.drawdowns()[:WORST]
    ]  # fmt: skip


def _heat(figures: Figures) -> list[tuple[int, list[tuple[float | None, int]]]]:
    """Return the years, each with its months: the return, and the strength of its colour in %."""
    months = figures.monthly()
    most = max(float(months.abs().max()), 1e-9)
    stamps = pd.DatetimeIndex(months.index)
    found = dict(zip(zip(stamps.year, stamps.month, strict=True), months, strict=True))
    rows = []
    for year in sorted(set(stamps.year)):
        values = [found.get((year, month)) for month in range(1, 13)]
        rows.append((year, [(value, round(abs(value or 0.0) / most * 60)) for value in values]))
    return rows


def _sides(record: Record) -> Rows:
    """Return the round trips of both sides beside each other."""
    kinds = {"Win rate": PERCENT, "Trades": WHOLE, "Profit factor": NUMBER}
    return [
        [str(name), *(_side(value, kinds.get(str(name), MONEY)) for value in row)]
        for name, row in sides(record).iterrows()
    ]


def _side(value: object, kind: str) -> str:
    if isinstance(value, pd.Timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 1440}d {minutes // 60 % 24:02d}:{minutes % 60:02d}"
    return written(float(value) if isinstance(value, int | float) else None, kind)


def _market(record: Record) -> Rows:
    """Return the time in the market, and what holding the first symbol would have brought."""
    held = benchmark(record)
    rows = [["Time with an open position", written(exposure(record), PERCENT)]]
    if held is not None:
        rows.append([f"Buying and holding {held[0]}", written(held[1], PERCENT)])
    return rows


def _open(record: Record) -> Rows:
    return [
        [position["symbol"], position["side"], f"{position['volume']:g}",
         f"{position['entry_price']:g}", f"{position['profit']:,.2f}"]
        for position in record.open
    ]  # fmt: skip
