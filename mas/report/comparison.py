"""Several results beside each other: a table of figures and one chart."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mas.errors import ParamError
from mas.report import svg
from mas.report.figures import Figures
from mas.report.kpi import KPIS, written
from mas.report.record import of_result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mas.backtest.result import Result


HEIGHT = 280
COLOURS = ("#3b82f6", "#f59e0b", "#10b981", "#ef4444", "#8b5cf6", "#14b8a6", "#ec4899", "#84cc16")
# Readable on a white and on a dark page.
STYLE = (
    "text{fill:#8a94a6;font:11px system-ui,sans-serif}.rule{stroke:#8a94a6;opacity:.25}"
    ".curve{fill:none;stroke-width:1.6}"
)


class Comparison:
    """Some results: ``table`` has a column for each, ``equity`` their curves.

    Attributes
    ----------
    names : list of str
        One for each result.
    table : DataFrame
        Key figures by name.
    """

    def __init__(self, results: Sequence[Result], names: Sequence[str]) -> None:
        self.results = list(results)
        self.names = list(names)
        self.table = _figures(self.results, self.names)

    def __repr__(self) -> str:
        return self.table.to_string()

    @property
    def equity(self) -> pd.DataFrame:
        """Equity over capital of each result, by time; a point where any of them has one."""
        curves = {
            name: one.equity["equity"] / one.capital
            for name, one in zip(self.names, self.results, strict=True)
        }
        return pd.DataFrame(curves).ffill().fillna(1.0)

    def chart(self) -> str:
        """Return the curves as one SVG picture, readable on white and on dark."""
        table = self.equity
        shown = [svg.thinned(table[name]) for name in self.names]
        low, high = float(table.min().min()), float(table.max().max())
        room = (high - low) * 0.04 or 0.01
        low, high = low - room, high + room
        first, last = (int(table.index[at].value) // 1_000_000 for at in (0, -1))
        inner, tall = svg.WIDTH - svg.LEFT - svg.RIGHT, HEIGHT - svg.BOTTOM - 6
        parts = [
            f'<svg viewBox="0 0 {svg.WIDTH} {HEIGHT}" role="img" aria-label="equity">',
            f"<style>{STYLE}</style>",
            *(
                svg.rule(6 + share * tall, f"{high - share * (high - low) - 1:+.1%}")
                for share in svg.STEPS
            ),
            *svg.dates(np.array([first, last]), HEIGHT),
        ]  # fmt: skip
        for at, curve in enumerate(shown):
            times = curve.index.to_numpy().astype("datetime64[ms]").astype(np.int64)
            x = svg.LEFT + (times - first) / max(last - first, 1) * inner
            y = 6 + (high - curve.to_numpy(float)) / (high - low) * tall
            points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
            parts.append(f'<polyline class="curve" stroke="{_colour(at)}" points="{points}"/>')
        return "".join([*parts, "</svg>"])

    def _legend(self) -> str:
        return " ".join(
            f"<span style='color:{_colour(at)}'>&#9632;</span> {escape(name)}&nbsp;"
            for at, name in enumerate(self.names)
        )

    def _repr_html_(self) -> str:
        parts = (self.table.to_html(), self._legend(), self.chart())
        return f"<div style='max-width:820px'>{''.join(parts)}</div>"


def compare(*results: Result, names: Sequence[str] = ()) -> Comparison:
    """Return results beside each other.

    Parameters
    ----------
    names : sequence of str, optional
        What to call them. Default: the names of their classes, numbered where they are the same.

    Raises
    ------
    ParamError
        There is no result, or another number of names.
    """
    if not results or (names and len(names) != len(results)):
        raise ParamError(
            f"compare takes results and as many names, was {len(results)} and {len(names)}",
            field="names",
        )
    return Comparison(results, names or _names(results))


def _names(results: Sequence[Result]) -> list[str]:
    plain = [one.facts.strategy or "run" for one in results]
    return [
        name if plain.count(name) == 1 else f"{name} {plain[:at].count(name) + 1}"
        for at, name in enumerate(plain)
    ]


def _figures(results: Sequence[Result], names: Sequence[str]) -> pd.DataFrame:
    columns = {}
    for name, result in zip(names, results, strict=True):
        figures = Figures(of_result(result, name))
        column = {one.label: written(one.value(figures), one.kind, result.currency) for one in KPIS}
        columns[name] = {
            "From": f"{figures.record.start:%Y-%m-%d}", "To": f"{figures.record.end:%Y-%m-%d}",
            **column, "Refused requests": str(len(result.refusals)),
            "Callback errors": str(int(result.errors["count"].sum())),
        }  # fmt: skip
    return pd.DataFrame(columns)


def _colour(at: int) -> str:
    return COLOURS[at % len(COLOURS)]
