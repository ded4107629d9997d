"""The documented data report: a dict of plain numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mas.report.figures import Figures, years_of

if TYPE_CHECKING:
    from mas.report.record import Record

DIGITS = 4


def data_of(record: Record) -> dict[str, Any]:
    """Return the ``data`` of ``generate_data_report``.

    Shares are in percent, money in account currency; a figure that is not defined is 0.0.
    Drawdowns are 0 or positive.
    """
    figures = Figures(record)
    ends = figures.year_ends()
    starts = [record.capital, *ends.to_numpy()[:-1]]
    net = float(figures.nets.sum())
    return {
        "general_data": {
            "total_profit_loss": _number(net, 2),
            "number_of_trades": figures.count(),
        },
        "performance_metrics": {
            "number_of_trades": figures.count(),
            "profit_loss_ratio": _number(figures.payoff()),
            "win_rate": _percent(figures.win_rate()),
            "max_drawdown": _percent(-figures.max_drawdown()),
            "total_return_rate": _percent(figures.cumulative_return()),
            "cagr": _percent(figures.cagr()),
            "sharpe_ratio": _number(figures.sharpe()),
            "sortino_ratio": _number(figures.sortino()),
            "max_consecutive_losses": figures.max_consecutive_losses(),
            "max_single_loss": _number(figures.max_single_loss(), 2),
            "profit_factor": _number(figures.profit_factor()),
        },
        "win_loss_ratio": {
            "win_rate": _percent(figures.win_rate()),
            "loss_rate": _percent(len(figures.losses) / max(figures.count(), 1)),
        },
        "cumulative_return_line_chart": {
            "cumulative_return_percent": {
                str(year): _percent(end / record.capital - 1) for year, end in ends.items()
            }
        },
        "max_drawdown_trend": {"max_drawdown_percent": _yearly_drawdown(figures)},
        "annual_year_pnl_usd": {
            "annual_year_pnl_usd": {
                str(year): _number(end - start, 2)
                for (year, end), start in zip(ends.items(), starts, strict=True)
            }
        },
        "annual_pnl_usd": {
            "annual_pnl_usd": {str(year): _number(end, 2) for year, end in ends.items()}
        },
        "data_source": _records(record),
    }


def _yearly_drawdown(figures: Figures) -> dict[str, float]:
    """Return the deepest fall that was reached in each year, from the highest equity till then."""
    depth = figures.depth()
    lowest = depth.groupby(years_of(depth)).min()
    return {str(year): _percent(-float(value)) for year, value in lowest.items()}


def _records(record: Record) -> str:
    table = record.trades.copy()
    for name in ("entry_time", "exit_time"):
        table[name] = table[name].astype("datetime64[ms]").dt.strftime("%Y-%m-%d %H:%M:%S")
    return json.dumps(table.to_dict("records"))


def _number(value: float | None, digits: int = DIGITS) -> float:
    return 0.0 if value is None else round(float(value), digits) + 0.0


def _percent(share: float | None) -> float:
    return 0.0 if share is None else round(float(share) * 100, DIGITS) + 0.0
