# ruff: noqa: E501  tables
"""``mas.report.compare``: real reports to the cent, our own runs, and what is changed in them is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import mas.report
from mas import MAS
from mas.errors import DataError, ParamError
from mas.report.mt5.exits import Matching
from mas.report.mt5.facts import ReportDeal, ReportRecord
from mas.report.mt5.reading import read
from mas.report.mt5.worth import quoting, rounded_size, worth_of
from mas.sim import built_in

REAL = Path(__file__).parents[4] / "shared" / "data" / "mt5_reports"
REPORTS = ("tester_usdjpy_swap", "tester_btcusd_h1")
real = pytest.mark.skipif(not REAL.exists(), reason="the real reports are not on this machine")


class Crowd(MAS):
    """Many positions of both sides at once, partly closed, with stops and pending orders."""

    bar = 0

    def receive_bars(self, symbol, data, is_end=False):
        self.bar += 1
        at, price = self.bar, data["close"]
        common = {"backtest_toggle": True, "symbol": symbol}
        if at % 5 == 0:
            side, sign = ("buy", 1) if at // 5 % 3 else ("sell", -1)
            stops = (
                {"sl": price * (1 - sign * 0.004), "tp": price * (1 + sign * 0.005)}
                if at % 10 == 0
                else {}
            )
            self.send_order(
                {**common, "volume": round(0.1 * (1 + at % 4), 2), "order_type": side, **stops}
            )
        if at % 17 == 0:
            self.send_order(
                {**common, "volume": 0.2, "order_type": "buy_limit", "price": price * 0.998}
            )
        mine = [one for one in self.get_positions() if one["symbol"] == symbol]
        if at % 7 == 0 and mine:
            one = mine[at % len(mine)]
            volume = (
                round(one["volume"] - 0.1, 2) if at % 2 and one["volume"] > 0.15 else one["volume"]
            )
            other = "sell" if one["type"] == 0 else "buy"
            self.send_order(
                {**common, "volume": volume, "order_type": other, "order_id": one["ticket"]}
            )


def ran(symbol, mode, tmp_path):
    result = Crowd().backtest({"bars": [(symbol, "H4")], "from": "2024-01-02", "to": "2024-05-15",
                               "settings": {"margin_mode": mode, "commission": 3.5}})  # fmt: skip
    return mas.report.tester(result).write(tmp_path / "run.html")


@real
@pytest.mark.parametrize("name", REPORTS)
def test_real_reports_to_the_cent(name):
    found = mas.report.compare(REAL / f"{name}.htm")
    assert found.equal, repr(found)
    closing = found.table[found.table["direction"] == "out"]
    assert (closing["profit_diff"] == 0).all()
    assert (
        found.table["price"] == found.table["price_mas"]
    ).all()  # stops at their gapped prices, R74
    assert (found.table["balance_diff"] == 0).all()
    assert found.statistics["determined"].sum() == 32
    assert found.statistics.loc[found.statistics["determined"], "equal"].all()


@real
def test_what_the_real_reports_tell_of_their_symbols():
    yen = mas.report.compare(REAL / "tester_usdjpy_swap.htm").symbols["USDJPY"]
    assert (yen.trade_contract_size, yen.digits, yen.swap_mode) == (100_000, 3, 1)
    assert yen.swap_long == 7.55  # R161
    assert yen.swap_days == (0, 1, 1, 3, 1, 1, 0)
    assert yen.swap_holidays == ("2025-12-29",)  # R165: two nights on Friday 26 December
    coin = mas.report.compare(REAL / "tester_btcusd_h1.htm").symbols["BTCUSD"]
    assert (coin.trade_contract_size, coin.digits, coin.swap_mode) == (1, 2, 5)
    assert coin.swap_long == -30  # R163
    assert coin.swap_days == (0, 1, 1, 1, 1, 3, 0)


@real
@pytest.mark.parametrize("name", REPORTS)
def test_a_csv_of_deals_does_as_well(name):
    found = mas.report.compare(REAL / f"{name}_deals.csv")
    assert found.equal
    assert len(found.statistics) == 0


@real
@pytest.mark.parametrize("by", [0.01, -0.01])
def test_each_cent_that_is_changed_is_found(by):
    record = read(REAL / "tester_usdjpy_swap.htm")
    at = next(i for i, one in enumerate(record.deals) if one.deal == 35)
    deals = list(record.deals)
    deals[at] = deals[at]._replace(profit=round(deals[at].profit + by, 2))
    found = mas.report.compare(replace(record, deals=tuple(deals)))
    assert list(found.differences.index) == [35]
    assert found.differences["profit_diff"].iloc[0] == pytest.approx(-by)
    assert not found.equal
    assert "profit equal to the cent in 70 of 71" in found.summary
    assert "35" in found._repr_html_()


@real
def test_a_stop_that_the_price_has_not_reached_does_not_trigger():
    """The terminal must trigger by its own rules: a better stop is closed at the market."""
    record = read(REAL / "tester_usdjpy_swap.htm")
    assert record.deals[2].comment == "sl 147.142"
    deals = list(record.deals)
    deals[2] = deals[2]._replace(comment="sl 146.000")
    found = mas.report.compare(replace(record, deals=tuple(deals)))
    assert found.table.loc[3, "profit_diff"] == 0


@pytest.mark.parametrize("mode", ["hedging", "netting"])
@pytest.mark.parametrize("symbol", ["EURUSD", "XAUUSD"])
def test_a_run_of_our_own_is_found_again(symbol, mode, tmp_path):
    """Positions, account mode, contract size, swaps and commission come from the page alone."""
    found = mas.report.compare(ran(symbol, mode, tmp_path))
    assert found.equal, repr(found)
    assert f"account: {mode}" in "".join(found.notes)
    spec, known = found.symbols[symbol], built_in()[symbol]
    assert spec.trade_contract_size == known.trade_contract_size
    assert spec.swap_long == pytest.approx(known.swap_long, rel=0.01)
    assert spec.swap_short == pytest.approx(known.swap_short, rel=0.02)


@pytest.mark.parametrize("mode", ["hedging", "netting"])
def test_profits_that_convert_by_their_own_price(mode, tmp_path):
    found = mas.report.compare(ran("USDJPY", mode, tmp_path))
    closing = found.table[found.table["direction"].isin(["out", "in/out"])]
    assert len(closing) > 50
    assert (closing["profit_diff"] == 0).all()
    assert (closing["commission_diff"] == 0).all()
    # The prices at rollover are not in a report: cents may be left, the statistics are the same.
    if mode == "hedging":
        assert closing["swap_diff"].abs().max() <= 0.05
        known = built_in()["USDJPY"]  # the rates are exact: brokers give few digits
        spec = found.symbols["USDJPY"]
        assert (spec.swap_long, spec.swap_short) == (known.swap_long, known.swap_short)
    assert closing["swap_diff"].abs().max() <= 0.25
    assert abs(found.table["balance_diff"].iloc[-1]) < 2
    if mode == "hedging":
        assert found.statistics.loc[found.statistics["determined"], "equal"].all()


# -- odd reports -------------------------------------------------------------------------------------


def deals(*rows, deposit=1000.0):
    found, balance = (
        [ReportDeal(0, 1, "", "balance", "", 0, 0, 0, 0, 0, deposit, deposit, "")],
        deposit,
    )
    for at, (symbol, side, way, volume, price, profit) in enumerate(rows, 2):
        balance = round(balance + profit, 2)
        found.append(
            ReportDeal(
                1_700_000_000_000 + at * 60_000,
                at,
                symbol,
                side,
                way,
                volume,
                price,
                at,
                0,
                0,
                profit,
                balance,
                "",
            )
        )
    return ReportRecord(deals=tuple(found), deposit=deposit)


def test_a_symbol_that_nobody_knows():
    record = deals(
        ("Wheat#7", "buy", "in", 2.0, 600.25, 0.0), ("Wheat#7", "sell", "out", 2.0, 601.75, 150.0),
        ("Wheat#7", "sell", "in", 1.0, 601.0, 0.0), ("Wheat#7", "buy", "out", 1.0, 600.5, 25.0),
    )  # fmt: skip
    found = mas.report.compare(record)
    assert found.symbols["Wheat#7"].trade_contract_size == 50
    assert found.equal


def test_a_deal_that_closes_nothing_and_one_of_no_price():
    record = deals(
        ("EURUSD", "sell", "out", 1.0, 1.1, 5.0),
        ("EURUSD", "buy", "in", 1.0, 0.0, 0.0),
        ("EURUSD", "buy", "in", 0.0, 1.1, 0.0),
    )
    found = mas.report.compare(record)
    assert not found.equal
    assert len(found.differences) >= 1
    assert "closes what no earlier deal" in repr(found)
    assert found._repr_html_()


def test_no_deals():
    assert mas.report.compare(ReportRecord(deals=(), deposit=1000.0)).equal


def test_balance_operations_in_between():
    record = deals(
        ("EURUSD", "buy", "in", 0.1, 1.1, 0.0), ("EURUSD", "sell", "out", 0.1, 1.11, 100.0)
    )
    last = record.deals[-1]
    more = ReportDeal(
        last.time + 1, 9, "", "balance", "", 0, 0, 0, 0, 0, -500.0, 600.0, "withdrawal"
    )
    assert mas.report.compare(replace(record, deals=(*record.deals, more))).equal


def test_what_is_given_counts_before_what_is_inferred():
    record = deals(
        ("EURUSD", "buy", "in", 0.1, 1.1, 0.0), ("EURUSD", "sell", "out", 0.1, 1.11, 10.0)
    )
    assert mas.report.compare(record).equal  # a contract of 10,000
    found = mas.report.compare(record, symbol="EURUSD")
    assert found.differences["profit_diff"].tolist() == [90.0]
    assert not mas.report.compare(record, symbol={"trade_contract_size": 100_000}).equal
    assert not mas.report.compare(record, symbol={"EURUSD": {"trade_contract_size": 100_000}}).equal
    assert not mas.report.compare(record, symbol=built_in()["EURUSD"]).equal
    with pytest.raises(ParamError, match="'size' is no field of a symbol"):
        mas.report.compare(record, symbol={"size": 1})
    with pytest.raises(ParamError, match="not built in"):
        mas.report.compare(record, symbol="NOTHING")


def test_a_file_that_is_none(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        mas.report.compare(tmp_path / "none.htm")


@pytest.mark.parametrize(
    ("name", "base", "profit"),
    [("EURUSD", "EUR", "USD"), ("EURUSD.a", "EUR", "USD"), ("mUSDJPYc", "USD", "JPY"), ("XAUUSD", "XAU", "USD"), ("BTCUSD#", "BTC", "USD"), ("EUR/GBP", "EUR", "GBP")],
)  # fmt: skip
def test_currencies_from_a_name(name, base, profit):
    assert quoting(name, "USD")[:2] == (base, profit)


def test_sizes_are_round_or_not_known():
    assert rounded_size(99_850.0) == 100_000
    assert rounded_size(0.0995) == pytest.approx(0.1)
    assert rounded_size(667.0) is None
    assert rounded_size(0.0) is None


def test_longs_against_shorts_are_not_flat():
    record = deals(
        ("EURUSD", "buy", "in", 1.0, 1.10, 0.0), ("EURUSD", "sell", "in", 1.0, 1.12, 0.0),
        ("EURUSD", "sell", "out", 1.0, 1.13, 3000.0), ("EURUSD", "buy", "out", 1.0, 1.11, 1000.0),
    )  # fmt: skip
    assert worth_of(record, "EURUSD").lot == 100_000
    assert not Matching(record).nets


def test_a_netting_account_of_two_symbols_that_are_added_to(tmp_path):
    """A night is charged for the volume that was open then, not for what was added later."""
    asked = {
        "bars": [("EURUSD", "H4"), ("USDJPY", "H4")], "from": "2024-01-02", "to": "2024-02-20",
        "settings": {"margin_mode": "netting", "commission": 3.5},
    }  # fmt: skip
    played = Crowd().backtest(asked)
    entries = played.deals[played.deals["entry"] == 0]
    assert entries.groupby("position_id").size().max() > 1, "positions are added to"
    found = mas.report.compare(mas.report.tester(played).write(tmp_path / "r.html"))
    rules = {note.split(":")[0]: note for note in found.notes}
    assert "swap -6.7 long, 1.9 short points, nights from Sunday 0,1,1,3,1,1,0" in rules["EURUSD"]
    euro = found.table[found.table["symbol"] == "EURUSD"]
    assert (euro["swap"] != 0).sum() > 10
    assert euro["swap_diff"].abs().max() < 0.005
    assert abs(found.table["balance_diff"].iloc[-1]) < 0.1
