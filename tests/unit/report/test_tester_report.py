# ruff: noqa: E501  tables
"""``mas.report.tester``: MetaTrader's report of a run of ours, as a page, a dict and a table."""

from __future__ import annotations

import re
import subprocess
import sys

import pandas as pd
import pytest

import mas.report
from mas import MAS
from mas.errors import DataError
from mas.report.mt5.facts import ReportDeal, ReportOrder, ReportRecord
from mas.report.mt5.layout import NAMES
from mas.report.mt5.reading import read

WORD = "<i>&'\""


class Trader(MAS):
    """Deals every seventh bar, with stops; a comment that is no HTML."""

    bar = 0

    def receive_bars(self, symbol, data, is_end=False):
        self.bar += 1
        if self.bar % 7 == 1:
            side, sign = ("buy", 1) if self.bar % 2 else ("sell", -1)
            self.send_order({
                "backtest_toggle": True, "symbol": symbol, "volume": 0.1, "order_type": side, "comment": WORD,
                "sl": data["close"] - sign * 0.002, "tp": data["close"] + sign * 0.003,
            })  # fmt: skip
        if self.bar == 3:
            self.send_order(
                {
                    "backtest_toggle": True,
                    "symbol": symbol,
                    "volume": 0.1,
                    "order_type": "buy_limit",
                    "price": 0.5,
                }
            )


@pytest.fixture(scope="module")
def run():
    return Trader().backtest({"bars": [("EURUSD", "H1")], "from": "2024-01-02", "to": "2024-01-20"})


@pytest.fixture(scope="module")
def report(run):
    return mas.report.tester(run, name="<script>alert(1)</script>")


def test_every_statistic_in_metatraders_order(report):
    assert list(report.as_dict()) == list(NAMES)
    table = report.as_frame()
    assert list(table.index) == list(NAMES)
    assert list(table.columns) == ["value", "beside", "printed"]
    assert table.loc["Total Trades", "value"] == len(report.statistics.exits) > 5


def test_the_statistics_are_those_of_the_run(run, report):
    closing = run.deals[run.deals["entry"] != 0]
    net = float((run.deals["profit"] + run.deals["swap"] + run.deals["commission"])[1:].sum())
    value = report.as_frame()["value"]
    assert value["Total Net Profit"] == pytest.approx(net, abs=0.005)
    assert value["Gross Profit"] + value["Gross Loss"] == pytest.approx(net, abs=0.005)
    assert value["Total Trades"] == len(closing)
    assert report.record.deals[-1].balance == pytest.approx(run.balance)


def test_what_is_found_over_every_tick_is_printed(run, report):
    found, value = report.as_dict(), report.as_frame()["value"]
    for name in (
        "Equity Drawdown Maximal",
        "Margin Level",
        "Recovery Factor",
        "Bars",
        "Correlation (MFE,MAE)",
    ):
        assert found[name] != "–", name
    equity = run.drawdowns.equity
    assert value["Equity Drawdown Maximal"] == pytest.approx(equity.maximal, abs=0.005)
    assert value["Recovery Factor"] == pytest.approx(value["Total Net Profit"] / equity.maximal)
    assert value["Margin Level"] == pytest.approx(run.drawdowns.margin_level)


def test_orders_and_deals_are_numbered_as_the_testers(run, report):
    deals, orders = report.deals, report.orders
    assert deals["deal"].tolist() == list(range(1, len(run.deals) + 1))  # R230
    assert orders["order"].tolist() == list(range(2, len(run.orders) + 2))
    assert deals["type"][0] == "balance"
    assert (deals["deal"][1], deals["order"][1]) == (2, 2)
    pending = orders[orders["type"] == "buy limit"]
    assert set(orders.drop(pending.index)["price"]) == {"0.00000"}  # R233
    assert float(pending["price"].iloc[0]) == 0.5
    named = deals[deals["comment"].str.match(r"(sl|tp) \d")]  # R232: without brackets
    assert len(named) > 5
    assert not deals["comment"].str.contains("[", regex=False).any()


def test_the_page_is_whole_escaped_and_needs_no_network(report, tmp_path):
    text = report.html()
    assert "<script" not in text
    assert "&lt;i&gt;&amp;" in text
    assert not re.search(r"https?://|src=|@import|url\(", text)
    assert "<svg" in text
    path = report.write(tmp_path / "deep" / "a.html")
    assert path.read_text(encoding="utf-8") == text


def test_our_reader_reads_our_page(report, tmp_path):
    found = read(report.write(tmp_path / "a.html"))
    assert found.printed == report.as_dict()
    ours = [one._replace(position=0) for one in report.record.deals]
    assert list(found.deals)[1:] == [one._replace(time=one.time // 1000 * 1000) for one in ours][1:]
    assert [one.order for one in found.orders] == [one.order for one in report.record.orders]
    assert (found.deposit, found.currency, found.expert) == (10_000.0, "USD", report.record.expert)


def test_the_default_file_is_in_reports(report, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert report.write().parent == tmp_path / "reports"


def test_a_file_that_cannot_be_written_is_one_line(report, tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        report.write(tmp_path / "a" / "b.html")


def test_in_a_notebook_it_is_a_frame_of_its_own(report):
    shown = report._repr_html_()
    assert shown.startswith("<iframe")
    assert "Total Net Profit" in repr(report)


def large(trades):
    deals = [ReportDeal(0, 1, "", "balance", "", 0, 0, 0, 0, 0, 10_000.0, 10_000.0, "")]
    orders, balance = [], 10_000.0
    for at in range(trades):
        out = at % 2 == 1
        profit = ((at * 37) % 101 - 50) / 10 if out else 0.0
        balance = round(balance + profit, 2)
        now, side = 1_700_000_000_000 + at * 60_000, "sell" if out else "buy"
        deals.append(
            ReportDeal(
                now,
                at + 2,
                "EURUSD",
                side,
                "out" if out else "in",
                0.1,
                1.1 + profit / 10_000,
                at + 2,
                0,
                0,
                profit,
                balance,
                "",
            )
        )
        orders.append(
            ReportOrder(now, at + 2, "EURUSD", side, 0.1, 0.1, "0.00000", "", "", now, "filled", "")
        )
    return ReportRecord(
        deals=tuple(deals), orders=tuple(orders), deposit=10_000.0, digits={"EURUSD": 5}
    )


@pytest.mark.timeout(60)
def test_twenty_thousand_deals_are_a_whole_page_and_a_small_cell():
    made = mas.report.tester(large(20_000))
    assert len(made.html()) > 1_000_000
    assert len(made._repr_html_()) < 500_000
    assert "more: write the report to a file" in made._repr_html_()


def test_a_run_without_deals():
    record = ReportRecord(deals=(), deposit=1000.0)
    made = mas.report.tester(record)
    assert "Total Trades" in made.html()
    assert isinstance(made.deals, pd.DataFrame)


def test_reports_load_nothing_before_they_are_asked_for():
    code = "import sys, mas.report; print('pandas' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False False"
    with pytest.raises(AttributeError):
        mas.report.nothing
