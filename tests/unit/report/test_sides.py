"""Longs and shorts, time in the market, buy and hold: each by hand."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import pytest

from mas.report.record import Record
from mas.report.sides import benchmark, exposure, sides
from mas.report.tearsheet import tear_sheet

DAY = pd.Timedelta(days=1)
START = pd.Timestamp("2024-01-01")


def record(rows, **facts):
    table = pd.DataFrame(
        [
            (at, "EURUSD", side, 0.1, START + a * DAY, 1.1, START + b * DAY, 1.2, net, 0, 0, net)
            for at, (side, a, b, net) in enumerate(rows)
        ],
        columns=["position", "symbol", "side", "volume", "entry_time", "entry_price", "exit_time",
                 "exit_price", "profit", "swap", "commission", "net"],
    )  # fmt: skip
    equity = pd.Series([1000.0, 1010.0], index=pd.DatetimeIndex([START, START + 10 * DAY]))
    return Record(
        name="run", trades=table, equity=equity, capital=1000.0, currency="USD",
        start=datetime(2024, 1, 1), end=datetime(2024, 1, 11), **facts,
    )  # fmt: skip


ROWS = [("buy", 0, 2, 30.0), ("buy", 1, 4, -10.0), ("sell", 6, 7, 5.0)]


def test_figures_of_each_side():
    best = pd.DataFrame(
        {"position": [0, 1, 2], "mfe": [40.0, 2.0, 6.0], "mae": [-1.0, -15.0, -3.0]}
    )
    found = sides(record(ROWS, excursions=lambda: best))
    assert found["all"]["Trades"] == 3
    assert found["buy"]["Win rate"] == 0.5
    assert found["buy"]["Net"] == 20.0
    assert found["buy"]["Profit factor"] == 3.0
    assert found["sell"]["Profit factor"] is None
    assert found["buy"]["Mean holding"] == 2.5 * DAY
    assert found["all"]["Longest holding"] == 3 * DAY
    assert found["buy"]["Mean best (MFE)"] == 21.0
    assert found["sell"]["Mean worst (MAE)"] == -3.0
    assert sides(record(ROWS[:2]))["sell"]["Trades"] == 0


def test_time_in_the_market_counts_each_moment_once():
    assert exposure(record(ROWS)) == pytest.approx(0.5)  # four days and one, of ten
    held = [{"symbol": "EURUSD", "entry_time": datetime(2024, 1, 9), "side": "buy", "volume": 0.1,
             "entry_price": 1.1, "profit": 0.0}]  # fmt: skip
    assert exposure(record(ROWS, open=held)) == pytest.approx(0.7)
    assert exposure(record([])) == 0.0


def test_buying_and_holding_the_first_symbol():
    bars = pd.DataFrame({"open": [1.0, 1.2], "close": [1.2, 1.25]})
    found = record(ROWS, source={"EURUSD": "x"}, prices=lambda _: bars)
    assert benchmark(found) == ("EURUSD", pytest.approx(0.25))
    assert benchmark(record(ROWS)) is None


def test_the_tear_sheet_shows_them():
    page = tear_sheet(record(ROWS, notes=["3 orders refused: <b>"]))
    assert "Longs and shorts" in page
    assert "2d 12:00" in page
    assert "50.00 %" in page
    assert "3 orders refused: &lt;b&gt;" in page
