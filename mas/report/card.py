"""A result in the width of a cell: a few figures and the equity curve, without scripts."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from mas.report.figures import Figures
from mas.report.kpi import KPIS, written
from mas.report.pages import render
from mas.report.svg import line

if TYPE_CHECKING:
    from mas.report.record import Record

SHOWN = (
    "Cumulative return", "CAGR", "Max drawdown", "Sharpe", "Sortino", "Trades", "Win rate",
    "Profit factor", "Expectancy",
)  # fmt: skip
# Readable on a white and on a dark page.
STYLE = (
    "text{fill:#8a94a6;font:11px system-ui,sans-serif}.rule{stroke:#8a94a6;opacity:.25}"
    ".line{fill:none;stroke:#3b82f6;stroke-width:1.6}"
)
TILE = "display:inline-block;min-width:104px;padding:4px 14px 4px 0;vertical-align:top"
SOFT = "opacity:.65;font-size:12px"


class ResultCard:
    """Shows a record, in a notebook as HTML, elsewhere as text.

    Parameters
    ----------
    note : str
        A line below, such as what to do next.
    """

    def __init__(self, record: Record, note: str = "") -> None:
        self.record = record
        self.note = note
        figures = Figures(record)
        self.rows = [
            (kpi.label, written(kpi.value(figures), kpi.kind, record.currency))
            for kpi in KPIS
            if kpi.label in SHOWN
        ]

    def _title(self) -> str:
        record = self.record
        return (
            f"{record.name} · {', '.join(record.symbols) or 'no trades'} · "
            f"{record.start:%Y-%m-%d} to {record.end:%Y-%m-%d}"
        )

    def _lines(self) -> list[str]:
        record = self.record
        final = f"{record.capital:,.2f} to {record.equity.iloc[-1]:,.2f} {record.currency}"
        found = [f"{final}" + (f", {len(record.open)} still open" if record.open else "")]
        if record.stopped:
            found.append(f"stopped before its end: {record.stopped}")
        found += record.notes
        found += [f"{name}: {source}" for name, source in record.source.items()]
        return [*found, *([self.note] if self.note else [])]

    def __repr__(self) -> str:
        wide = max(len(label) for label, _ in self.rows)
        body = [f"  {label.ljust(wide)}  {value.rjust(14)}" for label, value in self.rows]
        return "\n".join([self._title(), *body, *(f"  {part}" for part in self._lines())])

    def _repr_html_(self) -> str:
        chart = line(
            self.record.equity, height=200, label=lambda value: f"{value:,.0f}",
            words="equity over time", style=STYLE,
        )  # fmt: skip
        return render(
            "card.html", title=self._title(), rows=self.rows, lines=self._lines(), tile=TILE,
            soft=SOFT, chart=base64.b64encode(chart.encode()).decode(),
        )  # fmt: skip
