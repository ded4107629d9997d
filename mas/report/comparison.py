"""Several results beside each other: a table of figures and one chart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from mas.backtest.result import DEALS
from mas.errors import ParamError
from mas.report import svg
from mas.report.figures import Figures
from mas.report.kpi import KPIS, MONEY, WHOLE, written
from mas.report.pages import render
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


SUMS = (("Profit", "profit"), ("Swap", "swap"), ("Commission", "commission"))
"""Of all deals: what the prices gave, what the nights cost, what the broker took."""
WRONG = ("Refused requests", "Callback errors")
SHOWN = (
    "From", "To", "Cumulative return", "CAGR", "Sharpe", "Max drawdown", "Trades", "Win rate",
    "Profit factor", "Expectancy", "Profit", "Swap", "Commission",
)  # fmt: skip
CELL = "text-align:right;white-space:nowrap"


MADE = "synthetic market"
"""In the words about a source."""


class Comparison:
    """Some results: ``table`` and ``figures`` have a column for each, ``equity`` their curves.

    Attributes
    ----------
    names : list of str
        One for each result.
    figures : DataFrame
        Key figures by name as numbers: shares of 1, money in the account's currency.
    table : DataFrame
        The same as they are written, with the period.
    """

    def __init__(self, results: Sequence[Result], names: Sequence[str]) -> None:
        self.results = list(results)
        self.names = list(names)
        self.figures, self.table = _figures(self.results, self.names)

    def __repr__(self) -> str:
        lines = [self._short().to_string(), "(all figures: .table, as numbers .figures)"]
        return "\n".join([*lines, *self.notes()])

    def notes(self) -> list[str]:
        """Return what each was played from, where made prices stand beside real ones."""
        made = [all(MADE in value for value in result.source.values()) for result in self.results]
        if all(made) or not any(made):
            return []
        played = [
            f"{name}: {'; '.join(item.source.values())}"
            for name, item in zip(self.names, self.results, strict=True)
        ]
        return ["not the same prices: some are of the synthetic market", *played]

    def _short(self) -> pd.DataFrame:
        """Return what a reader looks at first; what went wrong only where something did."""
        wrong = [name for name in WRONG if (self.figures.loc[name] > 0).any()]
        return self.table.loc[[*SHOWN, *wrong]]

    @property
    def equity(self) -> pd.DataFrame:
        """Equity over capital of each result, by time; a point where any of them has one."""
        curves = {
            name: result.equity["equity"] / result.capital
            for name, result in zip(self.names, self.results, strict=True)
        }
        return pd.DataFrame(curves).ffill().fillna(1.0)

    def chart(self) -> str:
        """Return the curves as one SVG picture, readable on white and on dark."""
        table = self.equity - 1
        marks = round_marks(float(table.min().min()), float(table.max().max()))
        first, last = svg.milliseconds(table.index)[[0, -1]].tolist()
        plane = svg.Plane(first, last, marks[0], marks[-1], height=HEIGHT)
        digits = max(0, -2 - math.floor(math.log10(marks[1] - marks[0])))
        lines = []
        for at, name in enumerate(self.names):
            curve = svg.thinned(table[name])
            points = plane.points(svg.milliseconds(curve.index), curve.to_numpy(float))
            lines.append(({"class": "curve", "stroke": _colour(at)}, points))
        rules = [(plane.y(mark), f"{mark:+.{digits}%}" if mark else "0%") for mark in marks]
        return plane.draw(lines, rules, words="equity", style=STYLE)

    def _repr_html_(self) -> str:
        return render(
            "comparison.html", short=self._short(), whole=self.table, notes=self.notes(),
            legend=[(name, _colour(at)) for at, name in enumerate(self.names)], cell=CELL,
            meanings={kpi.label: kpi.meaning for kpi in KPIS}, chart=self.chart(),
        )  # fmt: skip


def round_marks(low: float, high: float) -> list[float]:
    """Return round values for a scale that reaches over two others, at most seven of them."""
    span = (high - low) or 0.01
    unit = 10.0 ** math.floor(math.log10(span / 5))
    step = next(unit * share for share in (1, 2, 5, 10) if span <= unit * share * 5)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [at * step for at in range(first, max(last, first + 1) + 1)]


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
    if len(results) == 1 and isinstance(results[0], list | tuple):
        results = tuple(results[0])
    for result in results:
        if not hasattr(result, "facts"):
            raise ParamError(
                f"compare takes results of runs, was {type(result).__name__}", field="results"
            )
    if not results or (names and len(names) != len(results)):
        raise ParamError(
            f"compare takes results and as many names, was {len(results)} and {len(names)}",
            field="names",
        )
    return Comparison(results, names or _names(results))


def _names(results: Sequence[Result]) -> list[str]:
    plain = [result.facts.strategy or "run" for result in results]
    return [
        name if plain.count(name) == 1 else f"{name} {plain[:at].count(name) + 1}"
        for at, name in enumerate(plain)
    ]


def _figures(results: Sequence[Result], names: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the figures of some results, as numbers and as they are written."""
    numbers, words = {}, {}
    for name, result in zip(names, results, strict=True):
        figures, deals = Figures(of_result(result, name)), result.deals
        dealt = deals[deals["type"].isin(DEALS)]
        found = [(kpi.label, kpi.value(figures), kpi.kind) for kpi in KPIS]
        found += [(label, float(dealt[column].sum()), MONEY) for label, column in SUMS]
        found += [
            (WRONG[0], len(result.refusals), WHOLE),
            (WRONG[1], int(result.errors["count"].sum()), WHOLE),
        ]
        numbers[name] = {label: value for label, value, _ in found}
        words[name] = {
            "From": f"{figures.record.start:%Y-%m-%d}", "To": f"{figures.record.end:%Y-%m-%d}",
            **{label: written(value, kind, result.currency) for label, value, kind in found},
        }  # fmt: skip
    return pd.DataFrame(numbers).astype(float), pd.DataFrame(words)


def _colour(at: int) -> str:
    return COLOURS[at % len(COLOURS)]
