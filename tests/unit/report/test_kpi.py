# ruff: noqa: E501  tables
"""Each key figure against a hand-computed case, and against QuantStats where it has the same."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.peers.kpi_data import CAPITAL, CASES, curve
from mas.report.data import data_of
from mas.report.figures import Figures
from mas.report.kpi import KPIS, best, worst, written
from mas.report.record import Record
from mas.report.svg import POINTS, thinned

RECORDED = Path(__file__).parents[2] / "data" / "peers" / "quantstats.json"
COLUMNS = ["position", "symbol", "side", "volume", "entry_time", "entry_price", "exit_time", "exit_price", "profit", "swap", "commission", "net", "reason", "entry_order", "exit_order"]  # fmt: skip


def trades(*nets: float) -> pd.DataFrame:
    times = pd.date_range("2024-01-02", periods=max(len(nets), 1), freq="D", unit="ms")
    rows = [
        (
            at,
            "EURUSD",
            "buy",
            0.1,
            times[at],
            1.1,
            times[at],
            1.2,
            net,
            0.0,
            0.0,
            net,
            "expert",
            at,
            at,
        )
        for at, net in enumerate(nets)
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    for name in ("entry_time", "exit_time"):
        table[name] = pd.to_datetime(table[name])
    return table.astype({"net": float})


def figures(equity: dict[str, float], *nets: float, capital: float = 100.0) -> Figures:
    series = pd.Series(equity.values(), index=pd.to_datetime(list(equity)), dtype=float)
    start, end = series.index[0].to_pydatetime(), series.index[-1].to_pydatetime()
    return Figures(Record("Test", trades(*nets), series, capital, "USD", start, end))


# Friday to Thursday: 100 → 110 → 99 → 99 → 118.8; returns +10 %, −10 %, 0, +20 %.
FOUR = {"2024-01-05": 110.0, "2024-01-08": 99.0, "2024-01-09": 99.0, "2024-01-10": 118.8}


def test_growth_by_hand() -> None:
    one = figures(FOUR)
    assert one.returns.round(12).tolist() == [0.1, -0.1, 0.0, 0.2]
    assert one.cumulative_return() == pytest.approx(0.188)
    assert one.years() == pytest.approx(5 / 365.25)
    assert one.cagr() == pytest.approx(1.188 ** (365.25 / 5) - 1)


def test_risk_by_hand() -> None:
    one = figures(FOUR)
    mean, deviation = 0.05, math.sqrt((0.05**2 + 0.15**2 + 0.05**2 + 0.15**2) / 3)
    assert one.volatility() == pytest.approx(deviation * math.sqrt(252))
    assert one.sharpe() == pytest.approx(mean / deviation * math.sqrt(252))
    assert one.sortino() == pytest.approx(mean / math.sqrt(0.01 / 4) * math.sqrt(252))
    assert one.omega() == pytest.approx(3.0)
    assert one.max_drawdown() == pytest.approx(-0.1)
    assert one.calmar() == pytest.approx(one.cagr() / 0.1)
    assert one.value_at_risk() == pytest.approx(mean - 1.6448536269514722 * deviation)
    assert one.expected_shortfall() == pytest.approx(mean - 2.0627128075 * deviation)
    assert one.kelly() == pytest.approx(2 / 3 - (1 / 3) / (0.15 / 0.1))
    assert one.risk_of_ruin() == pytest.approx(((1 / 3) / (5 / 3)) ** 4)
    assert one.win_days() == pytest.approx(2 / 3)
    (fall,) = one.drawdowns()
    assert (round(fall.depth, 12), str(fall.start)[:10], str(fall.valley)[:10], str(fall.end)[:10], fall.days) == (-0.1, "2024-01-05", "2024-01-08", "2024-01-10", 5)  # fmt: skip
    assert one.longest_drawdown() == 5


def test_trades_by_hand() -> None:
    one = figures(FOUR, 30.0, -10.0, -20.0, 0.0, 60.0, -15.0)
    assert one.count() == 6
    assert one.win_rate() == pytest.approx(2 / 6)
    assert one.payoff() == pytest.approx(45 / 15)
    assert one.profit_factor() == pytest.approx(90 / 45)
    assert one.expectancy() == pytest.approx(45 / 6)
    assert one.max_single_loss() == -20.0
    assert one.max_consecutive_losses() == 2


def test_weekends_belong_to_the_friday_before() -> None:
    one = figures({"2024-01-05": 110.0, "2024-01-07": 121.0, "2024-01-08": 121.0})
    assert one.daily.tolist() == [121.0, 121.0]


def test_periods_by_hand() -> None:
    one = figures({"2022-12-30": 110.0, "2023-01-31": 99.0, "2024-03-29": 198.0})
    assert one.year_ends().to_dict() == {2022: 110.0, 2023: 99.0, 2024: 198.0}
    assert one.yearly().round(12).tolist() == [0.1, -0.1, 1.0]
    assert one.monthly().round(12).tolist() == [0.1, -0.1, *[0.0] * 13, 1.0]
    assert one.win_months() == pytest.approx(2 / 3)


def test_a_fall_that_goes_on_and_one_from_the_start() -> None:
    one = figures({"2024-01-05": 90.0, "2024-01-08": 95.0})
    (fall,) = one.drawdowns()
    assert (round(fall.depth, 12), fall.end, fall.days) == (-0.1, None, 4)
    assert round(one.max_drawdown(), 12) == -0.1


@pytest.mark.parametrize(
    ("nets", "expected"),
    [
        ((), {"count": 0, "win_rate": 0.0, "payoff": None, "profit_factor": None, "expectancy": None, "max_single_loss": 0.0, "max_consecutive_losses": 0}),
        ((5.0,), {"count": 1, "win_rate": 1.0, "payoff": None, "profit_factor": None, "expectancy": 5.0, "max_single_loss": 0.0, "max_consecutive_losses": 0}),
        ((-5.0, -7.0), {"count": 2, "win_rate": 0.0, "payoff": 0.0, "profit_factor": 0.0, "expectancy": -6.0, "max_single_loss": -7.0, "max_consecutive_losses": 2}),
    ],
    ids=["no trade", "one trade", "losses only"],
)  # fmt: skip
def test_few_trades(nets: tuple[float, ...], expected: dict[str, float | None]) -> None:
    one = figures({"2024-01-05": 100.0, "2024-01-08": 100.0}, *nets)
    assert {name: getattr(one, name)() for name in expected} == expected
    for kpi in KPIS:  # none of them fails, and each has a meaning
        assert written(kpi.value(one), kpi.kind)
        assert kpi.meaning.endswith((".", ":")) or kpi.meaning
    report = data_of(one.record)
    assert json.loads(json.dumps(report)) == report
    assert report["performance_metrics"]["number_of_trades"] == len(nets)


def test_ruin_is_no_number_where_there_is_none() -> None:
    one = figures({"2024-01-05": 50.0, "2024-01-08": -10.0})
    assert one.cagr() is None
    assert one.calmar() is None
    assert one.cumulative_return() == pytest.approx(-1.1)


@pytest.mark.parametrize("name", CASES)
def test_quantstats_says_the_same(name: str) -> None:
    """To ten digits; CAGR differs by its definition of a year, see the decision."""
    theirs = json.loads(RECORDED.read_text())["cases"][name]
    equity = curve(name)
    start, end = equity.index[0].to_pydatetime(), equity.index[-1].to_pydatetime()
    one = Figures(Record("Test", trades(), equity, CAPITAL, "USD", start, end))
    mine = {
        "best_day": best(one.returns), "worst_day": worst(one.returns),
        "best_month": best(one.monthly()), "worst_month": worst(one.monthly()),
        "deepest": [fall.depth for fall in one.drawdowns()[:5]],
        "profit_factor": one.omega(),  # theirs is that of days
    }  # fmt: skip
    for figure, value in theirs.items():
        own = mine[figure] if figure in mine else getattr(one, figure)()
        assert own == pytest.approx(value, rel=1e-9), figure


def test_the_data_report_has_the_documented_shape() -> None:
    report = data_of(figures(FOUR, 30.0, -11.2).record)
    assert list(report) == ["general_data", "performance_metrics", "win_loss_ratio", "cumulative_return_line_chart", "max_drawdown_trend", "annual_year_pnl_usd", "annual_pnl_usd", "data_source"]  # fmt: skip
    assert report["general_data"] == {"total_profit_loss": 18.8, "number_of_trades": 2}
    assert list(report["performance_metrics"]) == ["number_of_trades", "profit_loss_ratio", "win_rate", "max_drawdown", "total_return_rate", "cagr", "sharpe_ratio", "sortino_ratio", "max_consecutive_losses", "max_single_loss", "profit_factor"]  # fmt: skip
    assert report["performance_metrics"]["max_drawdown"] == 10.0
    assert report["performance_metrics"]["total_return_rate"] == 18.8
    assert report["win_loss_ratio"] == {"win_rate": 50.0, "loss_rate": 50.0}
    assert report["cumulative_return_line_chart"] == {"cumulative_return_percent": {"2024": 18.8}}
    assert report["max_drawdown_trend"] == {"max_drawdown_percent": {"2024": 10.0}}
    assert report["annual_year_pnl_usd"] == {"annual_year_pnl_usd": {"2024": 18.8}}
    assert report["annual_pnl_usd"] == {"annual_pnl_usd": {"2024": 118.8}}
    assert [row["net"] for row in json.loads(report["data_source"])] == [30.0, -11.2]


def test_a_long_curve_keeps_its_extremes_when_it_is_thinned() -> None:
    series = pd.Series(
        range(100_000), index=pd.date_range("2020-01-01", periods=100_000, freq="min")
    )
    series.iloc[77_777] = -5
    thin = thinned(series)
    assert len(thin) <= POINTS + 2
    assert (thin.min(), thin.max(), thin.iloc[0], thin.iloc[-1]) == (-5, 99_999, 0, 99_999)
    assert thin.index.is_monotonic_increasing
