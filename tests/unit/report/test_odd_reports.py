# ruff: noqa: E501  tables
"""Reports in every shape that MetaTrader may save: read right, and compared to the cent."""

from __future__ import annotations

import time
import zipfile
from dataclasses import replace

import numpy as np
import pytest

import mas.report
from mas.errors import DataError
from mas.report.mt5.cells import decimal_mark, dotted, from_serial, number
from mas.report.mt5.reading import read
from tests.unit.report.made_reports import WORDS, Made, Style, html, made, workbook

GROUPS = [" ", "\u00a0", "\u202f", "", "'", "\u2019"]


def same_deals(found, book):
    """Assert that what was read is what was written."""
    assert len(found.deals) == len(book.deals)
    for one, row in zip(found.deals, book.deals, strict=True):
        assert one.time == int(row["time"].timestamp() * 1000)
        for name in ("deal", "symbol", "type", "direction", "volume", "price", "order",
                     "commission", "swap", "profit", "balance"):  # fmt: skip
            assert getattr(one, name) == row[name], (row["deal"], name)
    assert found.currency == book.currency
    assert found.money_digits == book.digits
    assert found.leverage == 100
    assert found.deposit == book.deals[0]["profit"]


def check_line(error):
    assert "\n" not in str(error)


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("mark", [".", ","])
def test_any_way_to_write_numbers(tmp_path, group, mark):
    book = made(["USDJPY", "EURUSD"])
    found = read(html(tmp_path / "a.htm", book, Style(group=group, mark=mark)))
    same_deals(found, book)
    assert found.digits == {"USDJPY": 3, "EURUSD": 5}
    assert not mas.report.compare(found).differences.size


@pytest.mark.parametrize(("group", "mark"), [(",", "."), (".", ",")])
def test_points_and_commas_that_group(tmp_path, group, mark):
    book = made(["USDJPY", "XAUUSD"])
    same_deals(read(html(tmp_path / "a.htm", book, Style(group=group, mark=mark))), book)


@pytest.mark.parametrize("language", [*WORDS])
@pytest.mark.parametrize("netting", [False, True])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-8"])
def test_any_language_and_account(tmp_path, language, netting, encoding):
    book = made(["EURUSD", "GBPUSD.m"], netting=netting, seed=5, commission=3.5)
    path = html(tmp_path / "a.htm", book, Style(language=language, encoding=encoding))
    same_deals(read(path), book)
    found = mas.report.compare(path)
    assert found.equal, repr(found)
    assert ("account: netting" in repr(found)) == netting


@pytest.mark.parametrize(
    ("symbols", "currency", "digits"),
    [(["USDJPY"], "USD", 2), (["EURUSD"], "EUR", 2), (["EURJPY", "USDJPY"], "JPY", 0),
     (["EURUSD", "USDJPY", "XAUUSD", "BTCUSD"], "USD", 2), (["USDCHF"], "CHF", 2), (["USDCHF"], "USD", 2),
     (["USDJPY"], "JPY", 2), (["BTCUSD"], "USD", 2)],
)  # fmt: skip
@pytest.mark.parametrize("seed", range(3))
def test_any_currency(tmp_path, symbols, currency, digits, seed):
    book = made(symbols, currency, digits=digits, seed=seed, count=80)
    path = html(tmp_path / "a.htm", book, Style(language="russian"))
    same_deals(read(path), book)
    found = mas.report.compare(path)
    assert found.equal, repr(found)
    assert (found.table["balance_diff"] == 0).all()


@pytest.mark.parametrize(
    ("language", "fee", "comment"),
    [("english", True, False), ("english", False, False), ("spanish", True, True),
     ("spanish", False, False), ("english", True, True)],
)  # fmt: skip
def test_more_and_fewer_columns(tmp_path, language, fee, comment):
    book = made(["EURUSD"])
    path = html(tmp_path / "a.htm", book, Style(language, fee=fee, comment=comment))
    same_deals(read(path), book)


def test_a_fee_is_paid_like_a_commission(tmp_path):
    book = made(["EURUSD"], commission=1.0)
    text = html(tmp_path / "a.htm", book, Style(fee=True, encoding="utf-8")).read_text("utf-8")
    row = next(line for line in text.splitlines() if "<b>in</b>" in line)
    cells = row.split("<b>0.00</b>")
    paid = cells[0] + "<b>-0.25</b>" + "<b>0.00</b>".join(cells[1:])
    (tmp_path / "a.htm").write_text(text.replace(row, paid, 1), "utf-8")
    found = read(tmp_path / "a.htm")
    number_ = next(at for at, one in enumerate(book.deals) if one["direction"] == "in")
    assert found.deals[number_].commission == pytest.approx(
        book.deals[number_]["commission"] - 0.25
    )


def test_columns_by_their_english_names(tmp_path):
    """An older table without swaps and balances, its columns in another order."""
    book = made(["EURUSD"])
    order = ["Time", "Deal", "Type", "Symbol", "Direction", "Price", "Volume", "Order", "Commission", "Profit"]  # fmt: skip
    body = [order]
    for one in book.deals:
        cells = {name: one[name.lower()] for name in order}
        cells["Time"] = f"{one['time']:%Y.%m.%d %H:%M:%S}"
        body.append([str(cells[name]) for name in order])
    text = "".join("<tr>" + "".join(f"<td>{x}</td>" for x in row) + "</tr>" for row in body)
    (tmp_path / "a.htm").write_text(f"<html><table>{text}</table></html>")
    found = read(tmp_path / "a.htm")
    assert [one.balance for one in found.deals] == [one["balance"] for one in book.deals]
    assert [one.volume for one in found.deals] == [one["volume"] for one in book.deals]
    assert mas.report.compare(found).equal


@pytest.mark.parametrize("inline", [False, True])
@pytest.mark.parametrize("dates", ["", "styled", "bare"])
@pytest.mark.parametrize("placed", [False, True])
def test_workbooks(tmp_path, inline, dates, placed):
    book = made(["EURUSD", "USDJPY"])
    path = workbook(tmp_path / "a.xlsx", book, inline=inline, dates=dates, placed=placed)
    same_deals(read(path), book)
    assert mas.report.compare(path).equal


def test_workbooks_of_1904_and_of_two_sheets(tmp_path):
    book = made(["EURUSD"])
    same_deals(
        read(workbook(tmp_path / "a.xlsx", book, dates="styled", since_1904=True, sheets=2)), book
    )


def test_japanese_readings_are_no_part_of_a_text(tmp_path):
    path = workbook(tmp_path / "a.xlsx", made(["EURUSD"]), inline=True)
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name).decode() for name in old.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(
        "<r><t>EA</t></r>", '<r><t>EA</t></r><rPh sb="0" eb="1"><t>reading</t></rPh>'
    )
    with zipfile.ZipFile(path, "w") as new:
        for name, text in parts.items():
            new.writestr(name, text)
    assert read(path).expert == "EA"


@pytest.mark.parametrize("kind", ["htm", "xlsx"])
@pytest.mark.parametrize("share", [0.1, 0.4, 0.6, 0.8, 0.95, 0.999])
def test_files_that_are_cut_off(tmp_path, kind, share):
    book = made(["EURUSD"])
    path = tmp_path / f"a.{kind}"
    (html if kind == "htm" else workbook)(path, book)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    try:
        found = mas.report.compare(path)
    except DataError as error:
        check_line(error)
    else:
        assert kind == "htm"
        assert 0 < len(found.table) <= len(book.deals)


def test_what_is_missing_is_said(tmp_path):
    found = read(html(tmp_path / "a.htm", made(["EURUSD"])))
    whole = mas.report.tester(found).write(tmp_path / "b.html").read_text(encoding="utf-8")
    rows = whole.splitlines() if whole.count("\n") > 50 else whole.replace("<tr>", "\n<tr>").split("\n")  # fmt: skip
    assert not read(tmp_path / "b.html").notes
    (tmp_path / "c.html").write_text("\n".join(rows[:-9]), encoding="utf-8")
    assert "a part of it is missing" in read(tmp_path / "c.html").notes[0]


def test_random_bytes_in_a_report_never_break_it(tmp_path):
    """Whatever a file is like, it is read or refused in one line."""
    rng = np.random.default_rng(3)
    for kind, write in (("htm", html), ("xlsx", workbook)):
        path = tmp_path / f"a.{kind}"
        data = write(path, made(["EURUSD", "USDJPY"], count=20)).read_bytes()
        for _ in range(60):
            changed = bytearray(data)
            for at in rng.integers(len(data), size=int(rng.integers(1, 40))):
                changed[at] = int(rng.integers(256))
            path.write_bytes(changed)
            try:
                repr(mas.report.compare(path))
            except DataError as error:
                check_line(error)


def test_tables_without_rows(tmp_path):
    book = Made("USD", deals=made(["EURUSD"]).deals[:1])
    found = mas.report.compare(html(tmp_path / "a.htm", book))
    assert found.equal
    assert "0 of 0" in found.summary


def test_thousands_of_deals(tmp_path):
    book = made(["EURUSD", "USDJPY", "XAUUSD"], count=4_000, commission=3.0)
    path = html(tmp_path / "a.htm", book)
    start = time.perf_counter()
    found = mas.report.compare(path)
    assert time.perf_counter() - start < 60
    closing = found.table[found.table["direction"] == "out"]
    assert (closing["profit_diff"] == 0).all()


def test_a_table_of_positions_holds_no_deals(tmp_path):
    """An account's history has one, of thirteen columns too."""
    row = ["2024.01.08 10:00:00", "7", "EURUSD", "buy", "0.1", "1.1", "", "", "2024.01.08 11:00:00",
           "1.2", "0.00", "0.00", "1000.00"]  # fmt: skip
    cells = "".join(f"<td>{one}</td>" for one in row)
    (tmp_path / "a.htm").write_text(f"<html><table><tr>{cells}</tr></table></html>")
    with pytest.raises(DataError, match="no table of deals"):
        read(tmp_path / "a.htm")


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [("1.234,50", ".", 1234.5), ("1.234.567,8", ".", 1234567.8), ("1,234,567", ".", 1234567.0), ("147,545", ",", 147.545),
     ("147,545", ".", 147545.0), ("147.545", ".", 147.545), ("147.545", ",", 147545.0), ("1\u2019234.50", ".", 1234.5), ("-0,5", ".", -0.5)],
)  # fmt: skip
def test_numbers_with_both_marks(text, mark, value):
    assert number(text, mark) == value


def test_underscores_make_no_number():
    with pytest.raises(ValueError, match="1_0"):
        number("1_0")


def test_marks_and_times():
    assert decimal_mark(["1.234", "0,50", "7"]) == ","
    assert decimal_mark([]) == "."
    assert dotted("1.234,50 (12,5%)", ",") == "1234.50 (12.5%)"
    assert dotted("1 234.50", ".") == "1 234.50"
    assert from_serial("45293.041666666664") == "2024.01.02 01:00:00"
    assert from_serial("43831", since_1904=True) == "2024.01.02 00:00:00"


def test_a_withdrawal_with_a_symbol_is_no_deal(tmp_path):
    book = made(["EURUSD"])
    row = dict(book.deals[-1], symbol="EURUSD", type="dividend", direction="", profit=4.0, deal=999)
    row["balance"] = round(book.deals[-1]["balance"] + 4.0, 2)
    found = read(html(tmp_path / "a.htm", replace(book, deals=[*book.deals, row])))
    assert (found.deals[-1].type, found.deals[-1].direction) == ("dividend", "")
    assert {one.type for one in found.deals[1:-1]} <= {"buy", "sell", "balance"}
