# ruff: noqa: E501  tables
"""The documented reports of a client: after a run, in it, on an account, and where there is nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mas import MAS

WEEK = {"from": "2024-01-02", "to": "2024-01-09"}


class Trader(MAS):
    """Buys at the bars it is told, closes the last position five bars later."""

    def __init__(self, *at, symbols=("EURUSD",), close=True, reports=False):
        super().__init__()
        self.at, self.symbols, self.close, self.reports = at, symbols, close, reports
        self.bar, self.open = 0, []

    def receive_bars(self, symbol, data, is_end=False):
        self.bar += 1
        order = {"backtest_toggle": True, "volume": 0.1}
        if self.bar in self.at:
            for name in self.symbols:
                stops = {"sl": data["close"] - 0.02, "tp": data["close"] + 0.02}
                more = stops if name == symbol else {}
                self.open.append(
                    (name, self.send_order({**order, "symbol": name, "order_type": "buy", **more}))
                )
        elif self.close and self.bar - 5 in self.at:
            for name, ticket in self.open:
                self.send_order({**order, "symbol": name, "order_type": "sell", "order_id": ticket})
            self.open.clear()
        if is_end and self.reports:
            self.inside = self.generate_data_report()
            self.send_order({**order, "symbol": symbol, "order_type": "buy"})


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ran(client, **params):
    client.backtest({"bars": [("EURUSD", "H1")], **WEEK, **params})
    return client


def page(kind):
    (path,) = Path("reports").glob(f"{kind}_*.html")
    return path.read_text(encoding="utf-8")


def test_a_run_with_trades(capsys):
    client = ran(Trader(10, 40))
    assert client.generate_data_report()["data"]["general_data"]["number_of_trades"] == 2
    assert client.generate_kpi_report() == {"status": True}
    assert client.generate_trade_chart() == {"status": True}
    assert capsys.readouterr().out.splitlines() == [
        "reports/kpi_Trader_EURUSD_20240102_20240108.html",
        "reports/chart_Trader_EURUSD_20240102_20240108.html",
    ]
    sheet = page("kpi")
    for words in ("Sharpe", "the synthetic market (seed 7)", "Trader"):
        assert words in sheet
    data = json.loads(re.search(r'id="data">(.*?)</script>', page("chart")).group(1))
    assert [one["side"] for one in data["trades"]] == ["buy", "buy"]
    assert data["trades"][0]["sl"] > 1
    trades = client.result.trades
    assert data["equity"]["pnl"][-1] == pytest.approx(trades["net"].sum())
    assert len(data["bars"]["EURUSD"]["time"]) > 1000  # minutes fit


def test_without_trades_two_of_them_say_so():
    client = ran(Trader())
    report = client.generate_data_report()
    assert report["status"]
    assert report["data"]["performance_metrics"]["win_rate"] == 0.0
    assert report["data"]["data_source"] == "[]"
    missing = {"status": False, "error": "Missing trade data for KPI generation"}
    assert client.generate_kpi_report() == missing
    assert client.generate_trade_chart()["error"] == "Missing trade data for chart generation"
    assert not Path("reports").exists()


def test_before_anything_there_is_one_line():
    words = {"status": False, "error": "there is no backtest yet and no login: run one, or log in"}
    client = MAS()
    assert client.generate_data_report() == words
    assert client.generate_kpi_report() == words
    assert client.generate_trade_chart() == words


def test_what_is_open_at_the_end_is_told():
    client = ran(Trader(10, 100, close=False))
    client.generate_data_report()
    record_open = client.result.open_positions()
    assert len(record_open) + len(client.result.trades) == 2
    if len(client.result.trades):
        client.generate_kpi_report()
        assert ("Still open" in page("kpi")) == bool(record_open)


def test_several_symbols_and_years(capsys):
    client = Trader(100, 2000, symbols=("EURUSD", "USDJPY"))
    client.backtest({"bars": [("EURUSD", "H4")], "from": "2022-06-01", "to": "2024-03-01"})
    years = client.generate_data_report()["data"]["annual_pnl_usd"]["annual_pnl_usd"]
    assert list(years) == ["2022", "2023", "2024"]
    client.generate_trade_chart()
    data = json.loads(re.search(r'id="data">(.*?)</script>', page("chart")).group(1))
    assert list(data["bars"]) == ["EURUSD", "USDJPY"]
    assert {one["symbol"] for one in data["trades"]} == {"EURUSD", "USDJPY"}
    assert all(len(bars["time"]) <= 5000 for bars in data["bars"].values())


def test_a_report_on_the_last_push_and_one_after_it_are_both_right():
    client = ran(Trader(10, reports=True))
    assert client.inside["data"]["general_data"]["number_of_trades"] == 1
    # Deposit, in, out, the one after the report, and what closes it at the end (R231).
    assert len(client.result.deals) == 5
    assert client.result.deals["comment"].iloc[-1] == "end of test"
    assert client.result.open_positions() == []


def test_a_stopped_run_says_so():
    class Breaks(Trader):
        def receive_bars(self, symbol, data, is_end=False):
            super().receive_bars(symbol, data, is_end)
            if self.bar == 50:
                raise RuntimeError("mine")

    client = Breaks(10, 20)
    with pytest.raises(RuntimeError, match="mine"):
        ran(client, stop_on_error=True)
    assert client.generate_kpi_report() == {"status": True}
    assert "Stopped before its end: RuntimeError at 2024-01-04" in page("kpi")


def test_an_account_that_is_logged_in_has_reports_of_its_own_deals():
    client = MAS(terminal="sim:?at=2026-01-05T10:00")
    assert client.login({"account": 5, "password": "x", "server": "MAS-Sim"})
    order = {"symbol": "EURUSD", "order_type": "buy", "volume": 0.1, "backtest_toggle": False}
    ticket = client.send_order(order)
    assert client.generate_kpi_report()["error"] == "Missing trade data for KPI generation"
    client.send_order({**order, "order_type": "sell", "order_id": ticket})
    report = client.generate_data_report()["data"]
    assert report["general_data"]["number_of_trades"] == 1
    assert report["general_data"]["total_profit_loss"] < 0  # the spread
    assert client.generate_kpi_report() == {"status": True}
    assert client.generate_trade_chart() == {"status": True}
    client.shutdown_mt5()


def test_a_folder_that_cannot_be_written_is_one_line():
    Path("reports").write_text("a file of that name")
    client = ran(Trader(10))
    error = client.generate_kpi_report()["error"]
    assert "cannot be written" in error
    assert "\n" not in error


def test_names_that_are_no_file_names_and_html_in_words(monkeypatch):
    Odd = type("Odd<b>&/..", (Trader,), {})
    client = ran(Odd(10))
    assert client.generate_kpi_report() == {"status": True}
    assert client.generate_trade_chart() == {"status": True}
    for kind in ("kpi", "chart"):
        text = page(kind)
        assert "<b>&/" not in text
        assert "Odd&lt;b&gt;&amp;/.." in text
    assert [path.parent.name for path in Path().rglob("*.html")] == ["reports"] * 2


def test_published_code_goes_on_after_a_refusal():
    """``self.order_id = self.send_order(...)`` keeps a refusal; the sell that names it is one too."""

    class Careless(MAS):
        def receive_bars(self, symbol, data, is_end=False):
            order = {"backtest_toggle": True, "symbol": symbol, "volume": 50.0}
            self.order_id = self.send_order({**order, "order_type": "buy"})
            self.answer = self.send_order(
                {**order, "order_type": "sell", "order_id": self.order_id}
            )

    client = ran(Careless(), to="2024-01-03")
    assert not client.answer
    assert client.answer.retcode == 10019
    assert client.answer.startswith(
        "order_id is no ticket, its order was refused: No money (10019)"
    )
    assert len(client.result.deals) == 1
