"""The tear sheet: key figures, curves and tables as one HTML page that needs nothing else."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mas.report import svg
from mas.report.figures import Figures
from mas.report.kpi import KPIS, MONEY, NUMBER, PERCENT, WHOLE, written
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


def tear_sheet(record: Record) -> str:
    """Return the page."""
    figures = Figures(record)
    left = [
        _section("Equity", svg.line(
            record.equity, height=260, words="equity over time",
            label=lambda value: f"{value:,.0f}",
        )),
        _section("Drawdown", svg.line(
            figures.depth(), height=130, fill=True,
            words="drawdown over time", label=lambda value: f"{value * 100:.1f} %",
        )),
        _section("Return of each year", svg.bars(
            figures.yearly().rename(lambda at: at.year), height=170, words="return of each year",
            label=lambda value: f"{value * 100:.1f} %",
        )),
        _section("Return of each month", _heat(figures)),
        _section("Longs and shorts", _sides(record)),
        _section("End of each year", _years(figures)),
        _section(f"Worst {WORST} drawdowns", _drawdowns(figures)),
    ]  # fmt: skip
    right = [
        _section("Key figures", _kpis(figures)),
        _section("In the market", _market(record)),
        _section("Still open", _open(record)),
    ]
    body = (
        f"{_tiles(figures)}<div class='columns'><div>{''.join(left)}</div>"
        f"<div>{''.join(right)}</div></div>"
    )
    return page(record, "Tear sheet", body)


def page(record: Record, kind: str, body: str, *, head: str = "") -> str:
    """Return a whole page about a record: title, period, source, and a body."""
    words = f"{kind}: {record.name}"
    about = (
        f"{', '.join(record.symbols) or 'no trades'} · {record.start:%Y-%m-%d} to "
        f"{record.end:%Y-%m-%d} · capital {record.capital:,.2f} {record.currency}"
    )
    sources = "; ".join(f"{name}: {source}" for name, source in record.source.items())
    stopped = (
        f"<p class='note down-text'>Stopped before its end: {escape(record.stopped)}</p>"
        if record.stopped
        else ""
    )
    notes = "".join(
        f"<p class='note down-text'>{escape(position)}</p>" for position in record.notes
    )
    css = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(words)}</title><style>{css}</style>{head}</head><body><main>"
        f"<h1>{escape(words)}</h1><p class='about'>{escape(about)}</p>"
        f"<p class='about'>Prices: {escape(sources)}</p>{stopped}{notes}{body}"
        "<footer>Past results say little about future ones. Daily figures look at business days; "
        "hold the pointer over a figure for its definition.</footer></main></body></html>"
    )


def _section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{body}</section>" if body else ""


def _tiles(figures: Figures) -> str:
    tiles = [
        f"<div class='tile'><span>{escape(kpi.label)}</span>"
        f"<b>{escape(written(kpi.value(figures), kpi.kind))}</b></div>"
        for kpi in KPIS
        if kpi.label in TILES
    ]
    return f"<div class='tiles'>{''.join(tiles)}</div>"


def _kpis(figures: Figures) -> str:
    currency = figures.record.currency
    rows = [
        f"<tr><td class='kpi' title='{escape(kpi.meaning, quote=True)}'>{escape(kpi.label)}</td>"
        f"<td>{escape(written(kpi.value(figures), kpi.kind, currency))}</td></tr>"
        for kpi in KPIS
    ]
    return f"<table>{''.join(rows)}</table>"


def table(heads: list[str], rows: list[list[str]]) -> str:
    """Return an HTML table of texts."""
    head = "".join(f"<th>{escape(part)}</th>" for part in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<div class='wide'><table><tr>{head}</tr>{body}</table></div>"


def _years(figures: Figures) -> str:
    ends = figures.year_ends()
    before = np.concatenate(([figures.record.capital], ends.to_numpy()[:-1]))
    currency = figures.record.currency
    rows = [
        [
            str(year),
            written(end, MONEY),
            written(end - start, MONEY),
            written(end / start - 1, PERCENT),
        ]
        for (year, end), start in zip(ends.items(), before, strict=True)
    ]
    return table(["Year", f"Equity ({currency})", "Profit", "Return"], rows)


def _drawdowns(figures: Figures) -> str:
    rows = [
        [written(figure.depth, PERCENT), f"{figure.start:%Y-%m-%d}", f"{figure.valley:%Y-%m-%d}",
         f"{figure.end:%Y-%m-%d}" if figure.end is not None else "goes on", str(figure.days)]
        for figure in figures.drawdowns()[:WORST]
    ]  # fmt: skip
    return table(["Depth", "Start", "Lowest", "Recovered", "Days"], rows) if rows else ""


def _heat(figures: Figures) -> str:
    """Return the months as a table, coloured by their return."""
    months = figures.monthly()
    most = max(float(months.abs().max()), 1e-9)
    stamps = pd.DatetimeIndex(months.index)
    found = dict(zip(zip(stamps.year, stamps.month, strict=True), months, strict=True))
    heads = "".join(f"<th>{part}</th>" for part in ("", *MONTHS))
    rows = []
    for year in sorted(set(stamps.year)):
        cells = [_cell(found.get((year, month)), most) for month in range(1, 13)]
        rows.append(f"<tr><td>{year}</td>{''.join(cells)}</tr>")
    return f"<div class='wide'><table class='heat'><tr>{heads}</tr>{''.join(rows)}</table></div>"


def _cell(value: float | None, most: float) -> str:
    if value is None:
        return "<td></td>"
    colour = "--up" if value >= 0 else "--down"
    share = round(abs(value) / most * 60)
    return (
        f"<td style='background: color-mix(in srgb, var({colour}) {share}%, transparent)'>"
        f"{value * 100:.1f}</td>"
    )


def _sides(record: Record) -> str:
    """Return the round trips of both sides beside each other."""
    kinds = {"Win rate": PERCENT, "Trades": WHOLE, "Profit factor": NUMBER}
    rows = [
        [str(name), *(_side(value, kinds.get(str(name), MONEY)) for value in row)]
        for name, row in sides(record).iterrows()
    ]
    return table(["", "All", "Longs", "Shorts"], rows)


def _side(value: object, kind: str) -> str:
    if isinstance(value, pd.Timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 1440}d {minutes // 60 % 24:02d}:{minutes % 60:02d}"
    return written(float(value) if isinstance(value, int | float) else None, kind)


def _market(record: Record) -> str:
    """Return the time in the market, and what holding the first symbol would have brought."""
    held = benchmark(record)
    rows = [["Time with an open position", written(exposure(record), PERCENT)]]
    if held is not None:
        rows.append([f"Buying and holding {held[0]}", written(held[1], PERCENT)])
    return table(["", ""], rows)


def _open(record: Record) -> str:
    rows = [
        [position["symbol"], position["side"], f"{position['volume']:g}",
         f"{position['entry_price']:g}", f"{position['profit']:,.2f}"]
        for position in record.open
    ]  # fmt: skip
    return table(["Symbol", "Side", "Lots", "Entry", "Profit"], rows) if rows else ""
