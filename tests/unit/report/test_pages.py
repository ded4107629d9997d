"""What stands where on the pages of a report."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

import mas.report
from mas import MAS
from mas.report import chart

COLUMNS = [
    ["Total Net Profit", "Balance Drawdown Absolute", "Equity Drawdown Absolute"],
    ["Gross Profit", "Balance Drawdown Maximal", "Equity Drawdown Maximal"],
    ["Gross Loss", "Balance Drawdown Relative", "Equity Drawdown Relative"],
    ["Profit Factor", "Expected Payoff", "Margin Level"],
    ["Recovery Factor", "Sharpe Ratio", "Z-Score"],
    ["AHPR", "LR Correlation", "OnTester result"],
    ["GHPR", "LR Standard Error"],
    ["Total Trades", "Short Trades (won %)", "Long Trades (won %)"],
    ["Total Deals", "Profit Trades (% of total)", "Loss Trades (% of total)"],
    ["", "Largest profit trade", "Largest loss trade"],
    ["", "Average profit trade", "Average loss trade"],
    ["", "Maximum consecutive wins ($)", "Maximum consecutive losses ($)"],
    ["", "Maximal consecutive profit (count)", "Maximal consecutive loss (count)"],
    ["", "Average consecutive wins", "Average consecutive losses"],
    ["Correlation (Profits,MFE)", "Correlation (Profits,MAE)", "Correlation (MFE,MAE)"],
    ["Minimal position holding time", "Maximal position holding time",
     "Average position holding time"],
]  # fmt: skip


class Trader(MAS):
    """Opens a position each fifth bar, and closes the last one."""

    bar = 0
    ticket = 0

    def receive_bars(self, symbol, data, is_end=False):
        self.bar += 1
        if self.bar % 5:
            return
        order = {"backtest_toggle": True, "symbol": symbol, "volume": 0.1}
        if self.ticket:
            self.send_order({**order, "order_type": "sell", "order_id": self.ticket})
        self.ticket = int(self.send_order({**order, "order_type": "buy"}))


@pytest.fixture
def client() -> Trader:
    made = Trader()
    made.backtest({"bars": [("EURUSD", "H1")], "from": "2024-01-02", "to": "2024-01-09"})
    return made


def test_statistics_stand_where_the_tester_prints_them(client: Trader, tmp_path: Path) -> None:
    report = mas.report.tester(client.result)
    page = report.write(tmp_path / "report.html").read_text(encoding="utf-8")
    known = {name for row in COLUMNS for name in row if name}
    found = []
    for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL):
        cells = re.findall(r"<td(?P<more>[^>]*)>(.*?)</td>", row, re.DOTALL)
        names = [html.unescape(re.sub(r"<[^>]*>", "", text)).rstrip(":") for _, text in cells]
        if known & set(names):
            empty = [""] if 'colspan="4"' in cells[0][0] else []  # of a name and its value
            found.append(empty + [name for name in names if name in known])
    assert found == COLUMNS


def test_a_chart_says_how_many_trades_it_leaves_out(
    client: Trader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    count = len(client.result.trades)
    assert count > 15
    monkeypatch.setattr(chart, "MOST_TRADES", 5)
    assert client.generate_trade_chart() == {"status": True}
    (page,) = Path("reports").glob("chart_*.html")
    text = page.read_text(encoding="utf-8")
    assert f"{count - 5} older trades are not drawn" in text
    assert text.count('"reason"') == 5


def test_there_is_nothing_else_in_the_package() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        mas.report.nothing
