# ruff: noqa: E501  tables
"""Reading tester reports: as MetaTrader saves them, in any language, and what is none."""

from __future__ import annotations

import json
import re
import zipfile
from html import escape
from pathlib import Path

import pytest

from mas.errors import DataError
from mas.report.mt5.cells import number, parsed_time
from mas.report.mt5.layout import ROWS
from mas.report.mt5.reading import read

REAL = Path(__file__).parents[4] / "shared" / "data" / "mt5_reports"
REPORTS = ("tester_usdjpy_swap", "tester_btcusd_h1")
real = pytest.mark.skipif(not REAL.exists(), reason="the real reports are not on this machine")
DEALS = [
    [
        "2024.01.02 00:00:00",
        "1",
        "",
        "balance",
        "",
        "",
        "",
        "",
        "0.00",
        "0.00",
        "1 000.00",
        "1 000.00",
        "",
    ],
    [
        "2024.01.02 01:00:00",
        "2",
        "EURUSD",
        "buy",
        "in",
        "0.5",
        "1.10000",
        "2",
        "-1.00",
        "0.00",
        "0.00",
        "999.00",
        "<b>&",
    ],
    [
        "2024.01.02 02:00:00",
        "3",
        "EURUSD",
        "sell",
        "out",
        "0.5",
        "1.10100",
        "3",
        "-1.00",
        "0.00",
        "50.00",
        "1 048.00",
        "tp 1.10100",
    ],
]
ORDERS = [
    [
        "2024.01.02 01:00:00",
        "2",
        "EURUSD",
        "buy",
        "0.5 / 0.5",
        "0.00000",
        "1.09000",
        "1.10100",
        "2024.01.02 01:00:00",
        "filled",
        "<b>&",
    ],
    [
        "2024.01.02 02:00:00",
        "3",
        "EURUSD",
        "sell",
        "0.5 / 0.5",
        "0.00000",
        "",
        "",
        "2024.01.02 02:00:00",
        "filled",
        "tp 1.10100",
    ],
]
SETTINGS = [("Эксперт:", "MyEA"), ("Символ:", "EURUSD"), ("Период:", "H1 (2024.01.02 - 2024.01.09)"), ("Входные:", "InpA=1"), ("", "InpB=x=y"),
            ("Компания:", "A & B"), ("Валюта:", "EUR"), ("Депозит:", "1 000.00"), ("Плечо:", "1:30")]  # fmt: skip


def statistics():
    """A value for each place of the report."""
    values = iter(range(100, 200))
    return [[(f"слово {name}:", str(next(values))) for name in row if name] for row in ROWS]


def rows():
    """The report as rows of cells, in a language that nobody here reads."""
    found = [["Отчёт"], ["Broker-Demo (Build 4000)"], [""], ["Настройки"]]
    found += [list(one) for one in SETTINGS]
    found += [[""], ["Результаты"]]
    found += [[cell for pair in row for cell in pair] or [""] for row in statistics()]
    found += [["Ордера"], ["Время"] * 11, *ORDERS, [""], ["Сделки"], ["Время"] * 13, *DEALS]
    return [*found, ["", "-2.00", "0.00", "50.00", "1 048.00", ""]]


def html(lines):
    cells = ("".join(f"<td nowrap><b>{escape(cell)}</b></td>" for cell in line) for line in lines)
    return (
        "<html><style>td { x }</style><table>"
        + "\n".join(f"<tr>{one}</tr>" for one in cells)
        + "</table></html>"
    )


def column(at):
    return (chr(64 + (at - 1) // 26) if at > 26 else "") + chr(65 + (at - 1) % 26)


def workbook(path, lines, *, head="", numbers=True):
    """A workbook with merged cells where an order's volume and end are, as MetaTrader's."""
    shared, body, merged = [], [], []
    for line_no, line in enumerate(lines, 1):
        places = range(1, len(line) + 1)
        if len(line) == 11 and " / " in line[4]:
            places = [1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13]
            merged += [f"E{line_no}:F{line_no}", f"J{line_no}:K{line_no}"]
        cells = []
        for at, text in zip(places, line, strict=True):
            if numbers and re.fullmatch(r"-?[\d ]+\.\d\d", text):
                cells.append(f'<c r="{column(at)}{line_no}"><v>{text.replace(" ", "")}</v></c>')
            elif text:
                shared.append(text)
                cells.append(f'<c r="{column(at)}{line_no}" t="s"><v>{len(shared) - 1}</v></c>')
        body.append(f'<row r="{line_no}">{"".join(cells)}</row>')
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr(
            "xl/worksheets/sheet1.xml",
            f'{head}<worksheet {space}><sheetData>{"".join(body)}</sheetData><mergeCells>{"".join(f"""<mergeCell ref="{one}"/>""" for one in merged)}</mergeCells></worksheet>',
        )
        book.writestr(
            "xl/sharedStrings.xml",
            f"<sst {space}>{''.join(f'<si><t>{escape(one)}</t></si>' for one in shared)}</sst>",
        )
    return path


def check(found):
    assert [(one.deal, one.type, one.direction, one.volume, one.price) for one in found.deals] == [
        (1, "balance", "", 0.0, 0.0), (2, "buy", "in", 0.5, 1.1), (3, "sell", "out", 0.5, 1.101),
    ]  # fmt: skip
    assert [one.balance for one in found.deals] == [1000.0, 999.0, 1048.0]
    assert found.deals[1].comment == found.orders[0].comment == "<b>&"
    assert found.deals[1].time == 1_704_157_200_000
    assert found.orders[0][4:8] == (0.5, 0.5, "0.00000", "1.09000")
    assert found.orders[1].state == "filled"
    assert found.orders[1].sl == ""
    assert (found.expert, found.symbol, found.period) == (
        "MyEA",
        "EURUSD",
        "H1 (2024.01.02 - 2024.01.09)",
    )
    assert (found.company, found.currency, found.deposit, found.leverage) == (
        "A & B",
        "EUR",
        1000.0,
        30,
    )
    assert found.server == "Broker-Demo (Build 4000)"
    assert found.inputs == (("InpA", "1"), ("InpB", "x=y"))
    assert found.digits == {"EURUSD": 5}
    assert found.printed["History Quality"] == "100"
    assert found.printed["GHPR"] == str(100 + sum(len([n for n in row if n]) for row in ROWS[:9]))
    assert found.printed["Average position holding time"] == str(100 + len(found.printed) - 1)


@real
@pytest.mark.parametrize("name", REPORTS)
def test_a_real_report_in_japanese(name):
    known = json.loads((REAL / "summaries.json").read_text(encoding="utf-8"))[name]
    found, table = read(REAL / f"{name}.htm"), read(REAL / f"{name}_deals.csv")
    assert found.printed == known["statistics"]
    assert list(found.printed) == list(known["statistics"])
    assert (len(found.deals), len(found.orders)) == (known["deals"], known["orders"])
    assert (found.symbol, found.period, found.currency) == (
        known["symbol"],
        known["period"],
        known["currency"],
    )
    assert (found.server, found.leverage, found.deposit) == (known["server"], 100, 10_000.0)
    assert found.deals == table.deals
    assert found.orders == table.orders


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "utf-8-sig", "utf-16-le"])
def test_html_in_any_encoding_and_language(tmp_path, encoding):
    path = tmp_path / "report.htm"
    path.write_bytes(html(rows()).encode(encoding))
    check(read(path))


@pytest.mark.parametrize("numbers", [True, False])
def test_a_workbook(tmp_path, numbers):
    found = read(workbook(tmp_path / "report.xlsx", rows(), numbers=numbers))
    if numbers:  # a workbook's numbers keep no digits
        found.digits["EURUSD"] = 5
    check(found)


def test_words_of_deals_in_another_language(tmp_path):
    words = {"balance": "saldo", "buy": "compra", "sell": "venta", "in": "entrada", "out": "salida"}
    lines = [[words.get(cell, cell) for cell in line] for line in rows()]
    path = tmp_path / "report.htm"
    path.write_text(html(lines), encoding="utf-8")
    check(read(path))


def test_shorts_are_told_by_the_money_too(tmp_path):
    lines = [
        [
            {
                "buy": "venta",
                "sell": "compra",
                "in": "entrada",
                "out": "salida",
                "50.00": "-50.00",
            }.get(cell, cell)
            for cell in line
        ]
        for line in rows()
    ]
    path = tmp_path / "report.htm"
    path.write_text(html(lines), encoding="utf-8")
    assert [one.type for one in read(path).deals] == ["balance", "sell", "buy"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("1 234.50", 1234.5), ("1\u00a0234.50", 1234.5), ("-1\u202f234.50", -1234.5), ("1,234.50", 1234.5), ("1234,50", 1234.5),
     ("1,234", 1234.0), ("", 0.0), ("\u22125", -5.0), ("687.58%", 687.58)],
)  # fmt: skip
def test_numbers(text, value):
    assert number(text) == value


def test_moments():
    assert parsed_time("2024.01.02 01:00:00") == 1_704_157_200_000
    assert parsed_time("2024.01.02 01:00:00.25") == 1_704_157_200_250
    assert parsed_time("") == 0


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [("a.htm", b"<html><table><tr><td>nothing</td></tr></table></html>", "no table of deals"),
     ("a.csv", b"a,b\n1,2\n", "no table of deals"),
     ("a.csv", b"time,deal,symbol\n", "no column 'type'"),
     ("a.htm", b"", "no table of deals"),
     ("a.bin", bytes(range(256)) * 20, "a.bin"),
     ("a.xlsx", b"PK\x03\x04 no zip", "not a readable workbook")],
)  # fmt: skip
def test_what_is_no_report_is_refused_in_one_line(tmp_path, name, data, says):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=re.escape(says)) as found:
        read(tmp_path / name)
    assert "\n" not in str(found.value)


def test_a_missing_file_is_refused_in_one_line(tmp_path):
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read(tmp_path / "none.htm")


@pytest.mark.parametrize("cell", ["many", "nan", "1e999"])
def test_a_bad_number_names_its_row(tmp_path, cell):
    lines = [[cell if one == "50.00" else one for one in line] for line in rows()]
    path = tmp_path / "report.htm"
    path.write_text(html(lines), encoding="utf-8")
    with pytest.raises(DataError, match=r"report.htm:\d+: a deal cannot be read"):
        read(path)


def test_a_workbook_with_a_dtd_is_refused(tmp_path):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    with pytest.raises(DataError, match="has a DTD"):
        read(workbook(tmp_path / "report.xlsx", rows(), head=bomb))


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("mas.report.mt5.tables.MOST", 1 << 20)
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", "x" * (4 << 20))
    with pytest.raises(DataError, match="unpacks to more than 1 MB"):
        read(tmp_path / "a.xlsx")


def test_a_zip_without_a_sheet_is_no_workbook(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as book:
        book.writestr("readme.txt", "x")
    with pytest.raises(DataError, match="without a worksheet"):
        read(tmp_path / "a.xlsx")
