"""The lines of a tear sheet: which figures, in which order, and how they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mas.report.figures import Figures

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

PERCENT, NUMBER, MONEY, WHOLE = "percent", "number", "money", "whole"


class Kpi(NamedTuple):
    """One line of a tear sheet: its words, how it is written, and where it is defined."""

    label: str
    kind: str
    value: Callable[[Figures], float | None]

    @property
    def meaning(self) -> str:
        """Its definition, in one line."""
        return (self.value.__doc__ or "").strip().split("\n", maxsplit=1)[0]


def _of(periods: Callable[[Figures], pd.Series], pick: Callable[[pd.Series], float | None],
        words: str) -> Callable[[Figures], float | None]:  # fmt: skip
    def value(figures: Figures) -> float | None:
        return pick(periods(figures))

    value.__doc__ = words
    return value


def _days(figures: Figures) -> pd.Series:
    return figures.returns


def best(returns: pd.Series) -> float | None:
    """Return the largest of some returns."""
    return float(returns.max()) if len(returns) else None


def worst(returns: pd.Series) -> float | None:
    """Return the smallest of some returns."""
    return float(returns.min()) if len(returns) else None


KPIS: tuple[Kpi, ...] = (
    Kpi("Cumulative return", PERCENT, Figures.cumulative_return),
    Kpi("CAGR", PERCENT, Figures.cagr),
    Kpi("Sharpe", NUMBER, Figures.sharpe),
    Kpi("Sortino", NUMBER, Figures.sortino),
    Kpi("Omega", NUMBER, Figures.omega),
    Kpi("Calmar", NUMBER, Figures.calmar),
    Kpi("Max drawdown", PERCENT, Figures.max_drawdown),
    Kpi("Longest drawdown (days)", WHOLE, Figures.longest_drawdown),
    Kpi("Volatility (year)", PERCENT, Figures.volatility),
    Kpi("Skew", NUMBER, Figures.skew),
    Kpi("Kurtosis", NUMBER, Figures.kurtosis),
    Kpi("Value at risk (day, 5 %)", PERCENT, Figures.value_at_risk),
    Kpi("Expected shortfall (CVaR)", PERCENT, Figures.expected_shortfall),
    Kpi("Kelly", PERCENT, Figures.kelly),
    Kpi("Risk of ruin", PERCENT, Figures.risk_of_ruin),
    Kpi("Trades", WHOLE, Figures.count),
    Kpi("Win rate", PERCENT, Figures.win_rate),
    Kpi("Payoff ratio", NUMBER, Figures.payoff),
    Kpi("Profit factor", NUMBER, Figures.profit_factor),
    Kpi("Expectancy", MONEY, Figures.expectancy),
    Kpi("Worst trade", MONEY, Figures.max_single_loss),
    Kpi("Losses in a row", WHOLE, Figures.max_consecutive_losses),
    Kpi("Best day", PERCENT, _of(_days, best, "Largest daily return.")),
    Kpi("Worst day", PERCENT, _of(_days, worst, "Smallest daily return.")),
    Kpi("Best month", PERCENT, _of(Figures.monthly, best, "Largest return of a month.")),
    Kpi("Worst month", PERCENT, _of(Figures.monthly, worst, "Smallest return of a month.")),
    Kpi("Best year", PERCENT, _of(Figures.yearly, best, "Largest return of a year.")),
    Kpi("Worst year", PERCENT, _of(Figures.yearly, worst, "Smallest return of a year.")),
    Kpi("Win days", PERCENT, Figures.win_days),
    Kpi("Win months", PERCENT, Figures.win_months),
)
"""The key figures of a tear sheet, in its order."""


def written(value: float | None, kind: str, currency: str = "") -> str:
    """Return a figure as a reader wants it; a dash where it is not defined."""
    if value is None or not np.isfinite(value):
        return "–"
    if kind == PERCENT:
        return f"{value * 100:,.2f} %"
    if kind == MONEY:
        return f"{value:,.2f} {currency}".strip()
    return f"{value:,.0f}" if kind == WHOLE else f"{value:,.2f}"
