# ruff: noqa: E501  tables
"""``mas.report.compare`` against stored quotes: fills are the same, and what is not is named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mas.report
from mas import MAS
from mas.errors import DataError, ParamError
from mas.history import History
from mas.history.resample import fold
from mas.report.mt5.reading import read
from mas.terminal import constants as c
from tests.unit.backtest.test_sources import ticks

DAYS = 8  # from Tuesday, 2024-01-02
SPAN = {"from": "2024-01-03", "to": "2024-01-09"}
POINT = 1e-5


class Busy(MAS):
    """Market and pending orders of both sides with stops, moved stops, partial closes."""

    bar = 0

    def receive_bars(self, symbol, data, is_end=False):
        self.bar += 1
        at, price = self.bar, data["close"]
        common = {"backtest_toggle": True, "symbol": symbol}
        if at % 7 == 0:
            side, sign = ("buy", 1) if at % 2 else ("sell", -1)
            stops = {"sl": price - sign * 60 * POINT, "tp": price + sign * 90 * POINT}
            self.send_order({**common, "volume": round(0.1 * (1 + at % 4), 2), "order_type": side, **(stops if at % 3 else {})})  # fmt: skip
        if at % 31 == 0:
            kind, sign = ("buy_limit", -1) if at % 2 else ("buy_stop", 1)
            self.send_order({**common, "volume": 0.2, "order_type": kind, "price": price + sign * 40 * POINT})  # fmt: skip
        if at % 11 and at % 13:
            return
        mine = [one for one in self.get_positions() if one["symbol"] == symbol]
        if at % 11 == 0 and mine:
            one = mine[at % len(mine)]
            if one["sl"]:
                sign = 1 if one["type"] == 0 else -1
                self.modify_position_sltp({"position_id": one["ticket"], "sl": round(price - sign * 20 * POINT, 5)})  # fmt: skip
        if at % 13 == 0 and mine:
            one = mine[at % len(mine)]
            other = "sell" if one["type"] == 0 else "buy"
            volume = round(one["volume"] / 2, 2) if one["volume"] > 0.15 else one["volume"]
            self.send_order({**common, "volume": volume, "order_type": other, "order_id": one["ticket"]})  # fmt: skip


def store(made, symbol="EURUSD"):
    scale = 1e5
    table = pd.DataFrame({"time": made.times, "bid": made.bids / scale, "ask": made.asks / scale})
    History().load(table, symbol=symbol, digits=5, progress=False)


PAGES: dict[str, bytes] = {}
"""The report of a run over 8 days of stored ticks, by margin mode."""


def page_of_ticks(tmp_path, mode="hedging"):
    """Store 8 days of ticks and write the report of a run over them, which is played once."""
    store(ticks(DAYS, gap=900))
    if mode not in PAGES:
        PAGES[mode] = ran(tmp_path, mode).read_bytes()
    path = tmp_path / "run.html"
    path.write_bytes(PAGES[mode])
    return path


def ran(tmp_path, mode="hedging", **settings):
    asked = {"margin_mode": mode, "commission": 3.5, "leverage": 500, **settings}
    result = Busy().backtest({"bars": [("EURUSD", "M5")], **SPAN, "capital": 100_000, "settings": asked})  # fmt: skip
    assert len(result.deals) > 150
    return mas.report.tester(result).write(tmp_path / "run.html")


@pytest.mark.parametrize("mode", ["hedging", "netting"])
def test_a_run_over_stored_ticks_is_found_to_the_last_point(tmp_path, mode):
    found = mas.report.compare(page_of_ticks(tmp_path, mode), quotes="stored", zone="UTC")
    assert found.quotes == "stored"
    assert not len(found.differences), repr(found)
    assert found.equal, repr(found)
    table = found.table
    assert (table["balance_diff"] == 0).all()
    assert (table["price"] == table["price_mas"]).all()
    assert (table["note"] == "").all()
    stops = table[(table["slippage"] != 0)]
    assert len(stops)
    assert (stops["slippage"] == stops["slippage_mas"]).all()
    assert "at stored quotes: price equal in" in found.summary
    assert "EURUSD: played from EURUSD ticks" in repr(found)


def test_other_history_is_found_and_named(tmp_path):
    """Two hours are moved by 300 points: the fills in them, and what follows, are named."""
    start, end = 1_704_441_600_000, 1_704_448_800_000  # Friday, 08:00 to 10:00
    made = ticks(DAYS, gap=900)
    path = page_of_ticks(tmp_path)
    record = read(path)
    kinds = {one.order: one.type for one in record.orders}
    moved = 300 * ((made.times >= start) & (made.times < end))
    History().delete("EURUSD", "ticks")
    store(made._replace(bids=made.bids + moved, asks=made.asks + moved))
    found = mas.report.compare(path, quotes="stored", zone="UTC")
    assert not found.equal
    apart = found.differences
    assert not set(apart.index) & {one.deal for one in record.deals if one.time < start}
    market = [
        one.deal for one in record.deals
        if start + 5_000 <= one.time < end and one.direction == "in" and kinds[one.order] in {"buy", "sell"}
    ]  # fmt: skip
    assert len(market) > 2
    assert set(market) <= set(apart.index)
    signs = np.where(apart.loc[market, "type"] == "buy", 1, -1)
    assert (apart.loc[market, "points"] * signs - 300).abs().max() < 10  # quotes of one second
    assert apart["note"].str.contains("do not reach sl|beyond sl|dealt at|closed before").any()
    assert found.summary.startswith("at stored quotes: price equal in ")


def test_the_clock_is_found_by_the_fills(tmp_path):
    store(ticks(DAYS, gap=900))
    found = mas.report.compare(ran(tmp_path, server_zone="New York close"))
    assert (found.quotes, found.equal) == ("stored", True), repr(found)
    assert "server time is taken as 'New York close'" in repr(found)
    assert mas.report.compare(tmp_path / "run.html", zone="New York close").equal
    wrong = mas.report.compare(tmp_path / "run.html", zone="UTC")
    assert len(wrong.differences) > 100


def test_minutes_are_played_as_the_run_played_them(tmp_path):
    bars = fold(ticks(DAYS, gap=900), c.TIMEFRAME_M1)
    table = pd.DataFrame({"time": bars.times, "spread": bars.spreads, "tick_volume": bars.volumes})
    for name, column in zip(("open", "high", "low", "close"), bars[1:5], strict=True):
        table[name] = column / 1e5
    History().load(table, symbol="EURUSD", digits=5, progress=False)
    found = mas.report.compare(ran(tmp_path), quotes="stored", zone="UTC")
    assert found.equal, repr(found)
    assert "generated ticks" in repr(found)


def test_without_history_quotes_are_implied_and_it_is_said(tmp_path):
    path = page_of_ticks(tmp_path)
    implied = mas.report.compare(path, quotes="implied")
    assert implied.quotes == "implied"
    assert implied.summary.startswith("at implied quotes: profit equal")
    History().delete("EURUSD", "ticks")
    store(ticks(3, gap=900))
    found = mas.report.compare(path, zone="UTC")
    assert found.quotes == "implied"
    assert any("lack" in one for one in found.notes)
    with pytest.raises(DataError, match="lack"):
        mas.report.compare(path, quotes="stored", zone="UTC")
    History().delete("EURUSD", "ticks")
    with pytest.raises(DataError, match="no history is stored for EURUSD"):
        mas.report.compare(path, quotes="stored")
    with pytest.raises(ParamError, match="quotes must be one of auto, stored, implied"):
        mas.report.compare(path, quotes="real")
    with pytest.raises(ParamError, match="zone"):
        mas.report.compare(path, zone="Nowhere/Land")
