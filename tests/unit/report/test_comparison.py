"""Results beside each other: what is shown first, the numbers behind it, and the chart's scale."""

from __future__ import annotations

import re

import pandas as pd
import pytest

import mas
from mas.report.comparison import round_marks

SPAN = {"symbol": "EURUSD", "timeframe": "H4", "from_": "2024-01-02", "to": "2024-02-02"}
ROUNDS = (23 * 6 + 4) // 6  # 23 days of six bars, and one on each of four Sundays


class Turns(mas):
    """Buys with every sixth bar, sells with every third between; asks for too much once."""

    def __init__(self) -> None:
        super().__init__()
        self.bars, self.ticket = 0, None

    def receive_bars(self, symbol, data, is_end=False):
        self.bars += 1
        order = {"symbol": symbol, "volume": 0.1, "backtest_toggle": True}
        if self.bars % 6 == 0:
            self.ticket = self.send_order({**order, "order_type": "buy"})
        elif self.bars % 6 == 3 and self.ticket:
            self.send_order({**order, "order_type": "sell", "order_id": self.ticket})
        elif self.bars == 2:
            self.send_order({**order, "order_type": "buy", "volume": 1e6})


@pytest.fixture(scope="module")
def found() -> mas.report.comparison.Comparison:
    dear = mas.Backtest(Turns, **SPAN, source="synthetic", commission=7.0).go(progress=False)
    free = mas.Backtest(Turns, **SPAN, source="synthetic").go(progress=False)
    return mas.compare(dear, free, names=["dear", "<free>"])


def test_the_sums_are_those_of_the_deals(found):
    for name, result in zip(found.names, found.results, strict=True):
        numbers = found.figures[name]
        for label in ("Profit", "Swap", "Commission"):
            assert numbers[label] == pytest.approx(result.trades[label.lower()].sum(), abs=0.005)
        total = numbers["Profit"] + numbers["Swap"] + numbers["Commission"]
        assert total == pytest.approx(result.balance - result.capital, abs=0.005)
        assert numbers["Cumulative return"] == pytest.approx(total / result.capital)
    assert found.figures.loc["Commission"].tolist() == pytest.approx([-0.1 * 7 * 2 * ROUNDS, 0])
    first, second = found.figures.loc["Profit"]
    assert first == second, "only the costs differ"


def test_figures_are_numbers_and_the_table_is_their_words(found):
    assert set(map(str, found.figures.dtypes)) == {"float64"}
    assert found.table.loc["Trades"].tolist() == [str(ROUNDS)] * 2
    assert found.table.loc["Commission"].tolist() == ["-32.20 USD", "0.00 USD"]
    assert set(found.figures.index) == set(found.table.index) - {"From", "To"}


def test_what_went_wrong_is_shown_where_something_did(found):
    assert "Refused requests" in repr(found)
    assert "Callback errors" not in repr(found)
    assert "Kurtosis" not in repr(found)
    shown, _, rest = found._repr_html_().partition("<details>")
    assert "Kurtosis" not in shown
    assert "Kurtosis" in rest


def test_the_page_escapes_names_and_explains_figures(found):
    html = found._repr_html_()
    assert "<free>" not in html
    assert "&lt;free&gt;" in html
    assert re.search(r'title="[^"]+">Sharpe', html)


@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [
        (-0.217, 0.094, [-0.3, -0.2, -0.1, 0.0, 0.1]),
        (0.0, 0.0, [0.0, 0.002]),
        (-0.00003, 0.00011, [-0.00005, 0.0, 0.00005, 0.0001, 0.00015]),
        (0.0, 12.0, [0.0, 5.0, 10.0, 15.0]),
        (-1.0, -0.2, [-1.0, -0.8, -0.6, -0.4, -0.2]),
    ],
)
def test_the_scale_has_round_marks_around_all_values(low, high, marks):
    found = round_marks(low, high)
    assert found == pytest.approx(marks, abs=1e-12)


def test_each_mark_is_written_with_the_digits_it_needs(found):
    words = re.findall(r">([+-]?[\d.]+)%</text>", found.chart())
    steps = pd.Series(words).astype(float).diff().dropna()
    assert "0" in words
    assert len(set(words)) == len(words)
    assert steps.max() == pytest.approx(steps.min())


def test_a_list_of_results_is_compared_too(found):
    again = mas.compare(found.results, names=found.names)
    assert again.table.equals(found.table)


def test_what_is_no_result_is_refused(found):
    with pytest.raises(mas.ParamError, match="compare takes results of runs, was NoneType"):
        mas.compare(found.results[0], None)
