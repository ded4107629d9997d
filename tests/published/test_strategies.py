"""The published strategies run unchanged, and their numbers stay as they were.

``python -m tests.published.test_strategies`` writes the expected numbers anew.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import pytest

from mas.history import History
from tests.published.strategies import RUN, STRATEGIES

EXPECTED = Path(__file__).parents[1] / "data" / "published.json"
DATA = Path(__file__).parents[3] / "shared" / "data" / "EURUSD_D1_2008_2024.parquet"
MARKETS = ("synthetic", "real")


def numbers(strategy, market):
    """Return what a strategy came to: its figures, and its trades."""
    if market == "real":
        History().load(DATA, progress=False)
    client = strategy()
    # The real bars end in January 2024.
    client.subscribe_bars({**RUN, "partial": market == "real"})
    report = client.answers["data"]["data"]
    trades = client.result.trades
    return {
        "source": client.result.source["EURUSD"],
        "metrics": report["performance_metrics"],
        "years": report["annual_pnl_usd"]["annual_pnl_usd"],
        "trades": [
            [str(one.entry_time), one.entry_price, str(one.exit_time), one.exit_price, one.net]
            for one in trades.itertuples()
        ],
    }


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("market", MARKETS)
def test_numbers_stay(strategy, market, tmp_path, monkeypatch):
    if market == "real" and not DATA.is_file():
        pytest.skip("the folder of real data is not here")
    monkeypatch.chdir(tmp_path)
    found = json.loads(json.dumps(numbers(strategy, market)))
    assert found == json.loads(EXPECTED.read_text())[market][strategy.__name__]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_all_three_reports_come_at_the_end(strategy, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    client = strategy()
    client.subscribe_bars({**RUN, "from": "2023-01-01"})
    assert client.answers["kpi"] == {"status": True}
    assert client.answers["chart"] == {"status": True}
    told = capsys.readouterr().out.split()
    assert len(told) == 2
    for name in told:
        page = Path(name).read_text(encoding="utf-8")
        assert page.startswith("<!doctype html>")
        assert "<link" not in page
        assert "<script src" not in page
        assert strategy.__name__ in page


def write():
    """Write what the strategies come to now."""
    found = {}
    for market in MARKETS:
        with tempfile.TemporaryDirectory() as home:
            os.environ["MAS_HOME"] = home
            os.chdir(home)
            found[market] = {one.__name__: numbers(one, market) for one in STRATEGIES}
    EXPECTED.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    write()
