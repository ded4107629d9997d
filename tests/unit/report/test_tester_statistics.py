# ruff: noqa: E501  tables
"""The tester's statistics: by hand on small records, as printed on real reports (R236 to R243)."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from mas.report.mt5.exits import Matching
from mas.report.mt5.facts import ReportDeal, ReportOrder, ReportRecord
from mas.report.mt5.layout import NAMES, NOT_FROM_DEALS, figures, printed
from mas.report.mt5.reading import read
from mas.report.mt5.statistics import Statistics, falls

REAL = Path(__file__).parents[4] / "shared" / "data" / "mt5_reports"
REPORTS = ("tester_usdjpy_swap", "tester_btcusd_h1")
real = pytest.mark.skipif(not REAL.exists(), reason="the real reports are not on this machine")


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


def record(rows, deposit=1000.0, orders=(), **facts):
    """Rows: time, symbol, type, direction, volume, price, profit, swap, commission, comment."""
    balance, deals = (
        deposit,
        [ReportDeal(0, 1, "", "balance", "", 0, 0, 0, 0, 0, deposit, deposit, "")],
    )
    for number, row in enumerate(rows, 2):
        time, symbol, side, way, volume, price, profit, swap, commission, *rest = [*row, 0, 0][
            :9
        ] + row[9:]
        balance = round(balance + profit + swap + commission, 2)
        deals.append(
            ReportDeal(
                at(time),
                number,
                symbol,
                side,
                way,
                volume,
                price,
                number,
                commission,
                swap,
                profit,
                balance,
                rest[0] if rest else "",
            )
        )
    return ReportRecord(deals=tuple(deals), deposit=deposit, orders=tuple(orders), **facts)


def trips(*profits, side="buy", start="2024-01-02"):
    """Trades of one lot of EURUSD, one an hour, each of a profit."""
    other, rows = {"buy": "sell", "sell": "buy"}[side], []
    for hour, profit in enumerate(profits):
        step = profit / 100_000 if side == "buy" else -profit / 100_000
        rows.append([f"{start}T{hour:02d}:00:00", "EURUSD", side, "in", 1.0, 1.1, 0.0])
        rows.append([f"{start}T{hour:02d}:30:00", "EURUSD", other, "out", 1.0, 1.1 + step, profit])
    return record(rows)


@real
@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("ending", [".htm", "_deals.csv"])
def test_every_printed_figure_that_the_deals_determine(name, ending):
    expected = json.loads((REAL / "summaries.json").read_text(encoding="utf-8"))[name]["statistics"]
    found = printed(Statistics(read(REAL / f"{name}{ending}")))  # R243
    assert list(found) == list(NAMES) == list(expected)  # R244
    left_out = set(NOT_FROM_DEALS)
    if ending != ".htm":  # a CSV says nothing of the equity
        left_out.add("Recovery Factor")
    determined = [one for one in NAMES if one not in left_out]
    assert len(determined) >= 31
    assert {one: found[one] for one in determined} == {one: expected[one] for one in determined}


@real
@pytest.mark.parametrize("name", REPORTS)
def test_sharpe_is_near_what_is_printed_and_never_claimed_to_be_it(name):
    known = read(REAL / f"{name}.htm")
    assert figures(Statistics(known))["Sharpe Ratio"].value == pytest.approx(
        float(known.printed["Sharpe Ratio"]), abs=0.7
    )
    assert "Sharpe Ratio" in NOT_FROM_DEALS  # R242


def test_unknown_is_printed_as_unknown_never_as_zero():
    found = printed(Statistics(trips(10.0, -5.0)))
    for name in NOT_FROM_DEALS - {"Sharpe Ratio"} | {"Recovery Factor"}:
        assert found[name] == "–", name


def test_gross_figures_streaks_and_shares_count_zero_as_a_profit():
    found = printed(Statistics(trips(10.0, 0.0, -5.0, -5.0, 20.0, 10.0, -8.0)))  # R236
    assert found["Gross Profit"] == "40.00"
    assert found["Gross Loss"] == "-18.00"
    assert found["Profit Trades (% of total)"] == "4 (57.14%)"
    assert found["Loss Trades (% of total)"] == "3 (42.86%)"
    assert found["Maximum consecutive wins ($)"] == "2 (30.00)"  # two rows of two: the larger sum
    assert found["Maximum consecutive losses ($)"] == "2 (-10.00)"
    assert found["Maximal consecutive profit (count)"] == "30.00 (2)"
    assert found["Average consecutive wins"] == "2"
    assert found["Average consecutive losses"] == "2"  # (2 + 1) / 2 = 1.5
    assert found["Total Trades"] == "7"
    assert found["Total Deals"] == "14"


def test_shares_of_longs_and_shorts():
    both = trips(10.0, -5.0), trips(-1.0, 4.0, 6.0, side="sell", start="2024-01-03")
    deals = (*both[0].deals, *both[1].deals[1:])
    found = printed(Statistics(ReportRecord(deals=deals, deposit=1000.0)))
    assert found["Long Trades (won %)"] == "2 (50.00%)"
    assert found["Short Trades (won %)"] == "3 (66.67%)"


def test_drawdowns_in_money_and_in_percent_are_of_different_falls():
    # From 1000 down to 800 (20 %); from 2000 down to 1700 (300).
    found = falls([1000, 800, 2000, 1700])  # R237
    assert found == (200.0, 300.0, 15.0, 200.0, 20.0)
    assert falls([1000, 1100]) == (0.0, 0.0, 0.0, 0.0, 0.0)


def test_the_straight_line_begins_with_the_deposit():
    nets = [10.0, -4.0, 7.0, 7.0]
    y = np.array([1000.0, 1010.0, 1006.0, 1013.0, 1020.0])  # R238
    x = np.arange(5.0)
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    rest = y - y.mean() - slope * (x - x.mean())
    known = Statistics(trips(*nets))
    assert known.lr_error().value == pytest.approx(math.sqrt((rest**2).sum() / 3))
    assert known.lr_correlation().value == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert known.ghpr().value == pytest.approx(1.02 ** (1 / 4))
    assert known.ahpr().value == pytest.approx(np.mean(y[1:] / y[:-1]))


def test_z_score_and_the_confidence_of_the_rounded_one():
    known = Statistics(trips(1.0, -1.0, 1.0, 1.0, -1.0, -1.0, 1.0, 1.0))  # N 8, R 5, W 5, L 3
    z = (8 * 4.5 - 30) / math.sqrt(30 * 22 / 7)  # R239
    found = known.z_score()
    assert found.value == pytest.approx(z)
    assert found.beside == pytest.approx(100 * math.erf(round(z, 2) / math.sqrt(2)))


def test_holding_times_leave_out_weekends_and_positions_of_no_time():
    rows = [
        ["2024-01-05T20:00:00", "EURUSD", "buy", "in", 1.0, 1.1, 0.0],  # a Friday
        ["2024-01-08T01:00:00", "EURUSD", "sell", "out", 1.0, 1.101, 100.0],
        ["2024-01-08T02:00:00", "EURUSD", "buy", "in", 1.0, 1.1, 0.0],
        ["2024-01-08T02:00:00", "EURUSD", "sell", "out", 1.0, 1.101, 100.0],
    ]
    found = printed(Statistics(record(rows)))  # R240
    assert (
        found["Minimal position holding time"]
        == found["Maximal position holding time"]
        == "5:00:00"
    )
    crypto = [[*row[:1], "BTCUSD", *row[2:]] for row in rows]
    crypto += [
        ["2024-01-13T02:00:00", "BTCUSD", "buy", "in", 1.0, 1.1, 0.0],
        ["2024-01-13T03:00:00", "BTCUSD", "sell", "out", 1.0, 1.101, 100.0],
    ]
    found = printed(Statistics(record(crypto)))
    assert found["Maximal position holding time"] == "53:00:00"
    assert found["Average position holding time"] == "27:00:00"


def test_the_commission_of_the_entry_belongs_to_the_trade_in_parts():
    rows = [
        ["2024-01-02T01:00:00", "EURUSD", "buy", "in", 1.0, 1.1, 0.0, 0.0, -4.0],
        ["2024-01-02T02:00:00", "EURUSD", "sell", "out", 0.25, 1.101, 25.0, 0.0, -1.0],
        ["2024-01-02T03:00:00", "EURUSD", "sell", "out", 0.75, 1.102, 150.0, -2.0, -3.0],
    ]
    known = Statistics(record(rows))
    assert list(known.nets) == [23.0, 142.0]
    assert known.net_profit().value == 165.0


def test_excursions_make_the_three_correlations():
    base = trips(10.0, -5.0, 20.0)
    facts = {2: (12.0, -3.0), 4: (2.0, -9.0), 6: (30.0, -1.0)}  # R241
    known = Statistics(ReportRecord(deals=base.deals, deposit=1000.0, excursions=facts))
    assert known.profits_mfe().value == pytest.approx(np.corrcoef([10, -5, 20], [12, 2, 30])[0, 1])
    assert known.mfe_mae().value == pytest.approx(np.corrcoef([12, 2, 30], [-3, -9, -1])[0, 1])


# -- what closed what --------------------------------------------------------------------------------


def test_several_positions_are_told_apart_by_their_profit():
    rows = [
        ["2024-01-02T01:00:00", "EURUSD", "buy", "in", 1.0, 1.1000, 0.0],
        ["2024-01-02T01:10:00", "EURUSD", "sell", "out", 1.0, 1.1010, 100.0],
        ["2024-01-02T02:00:00", "EURUSD", "buy", "in", 1.0, 1.1000, 0.0],
        ["2024-01-02T02:10:00", "EURUSD", "buy", "in", 1.0, 1.1050, 0.0],
        ["2024-01-02T02:20:00", "EURUSD", "sell", "in", 1.0, 1.1060, 0.0],
        ["2024-01-02T03:00:00", "EURUSD", "sell", "out", 1.0, 1.1070, 200.0],  # the second one
        ["2024-01-02T04:00:00", "EURUSD", "buy", "out", 1.0, 1.1040, 200.0],
        ["2024-01-02T05:00:00", "EURUSD", "sell", "out", 1.0, 1.1080, 800.0],
    ]
    known = Statistics(record(rows))
    assert [one.position for one in known.exits] == [2, 5, 6, 4]
    assert not Matching(known.record).nets


def test_a_netting_account_is_recognised_and_closes_at_its_average():
    rows = [
        ["2024-01-02T01:00:00", "EURUSD", "buy", "in", 1.0, 1.1000, 0.0],
        ["2024-01-02T01:10:00", "EURUSD", "buy", "in", 1.0, 1.1020, 0.0],
        ["2024-01-02T02:00:00", "EURUSD", "sell", "out", 2.0, 1.1030, 400.0],
        ["2024-01-02T03:00:00", "EURUSD", "buy", "in", 1.0, 1.1000, 0.0],
        ["2024-01-02T04:00:00", "EURUSD", "sell", "in/out", 3.0, 1.1010, 100.0],
        ["2024-01-02T05:00:00", "EURUSD", "buy", "out", 2.0, 1.1000, 200.0],
    ]
    known = Statistics(record(rows))
    assert Matching(known.record).nets
    assert [round(one.price_open, 6) for one in known.exits] == [1.101, 1.1, 1.101]
    assert [one.buy for one in known.exits] == [True, True, False]


def test_equal_profits_are_told_apart_by_the_stop_that_the_comment_names():
    orders = [
        ReportOrder(0, 2, "EURUSD", "buy", 1, 1, "0.00000", "1.09000", "", 0, "filled", ""),
        ReportOrder(0, 3, "EURUSD", "buy", 1, 1, "0.00000", "1.09500", "", 0, "filled", ""),
    ]
    rows = [
        ["2024-01-02T01:00:00", "EURUSD", "buy", "in", 1.0, 1.1000, 0.0],
        ["2024-01-02T01:10:00", "EURUSD", "buy", "in", 1.0, 1.1000, 0.0],
        [
            "2024-01-02T02:00:00",
            "EURUSD",
            "sell",
            "out",
            1.0,
            1.0950,
            -500.0,
            0.0,
            0.0,
            "sl 1.09500",
        ],
        [
            "2024-01-02T03:00:00",
            "EURUSD",
            "sell",
            "out",
            1.0,
            1.0900,
            -1000.0,
            0.0,
            0.0,
            "sl 1.09000",
        ],
    ]
    assert [one.position for one in Statistics(record(rows, orders=orders)).exits] == [3, 2]


def test_a_closing_deal_without_an_opening_one_is_named_and_nothing_breaks():
    rows = [["2024-01-02T01:00:00", "EURUSD", "sell", "out", 1.0, 1.1, 5.0]]
    known = Statistics(record(rows))
    assert Matching(known.record).odd == ["deal 2 closes what no earlier deal of the report opened"]
    assert printed(known)["Total Trades"] == "1"


def test_no_deals_at_all():
    found = printed(Statistics(record([])))
    assert found["Total Trades"] == "0"
    assert found["Profit Factor"] == "–"
    assert found["Total Net Profit"] == "0.00"
