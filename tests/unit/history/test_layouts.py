# ruff: noqa: E501  tables
"""Layouts in which real exports came: each as a few made lines, and the real file where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from mas.errors import DataError
from mas.history import History

DATA = Path(__file__).parents[4] / "shared" / "data" / "formats" / "original"
real = pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real data is not here")
MINUTES = {
    # HistData for MetaTrader: the layout of MetaTrader 4, the clock of New York's winter
    "DAT_MT_EURUSD_M1_202006.csv": (
        "2020.06.01,00:00,1.113290,1.113450,1.113250,1.113440,0\n2020.06.01,00:01,1.113450,1.113620,1.113370,1.113500,0\n",
        "HistData bars for MetaTrader", "2020-06-01 05:00", [0, 0], [0, 0],
    ),
    "lowercase_header_EURUSD_M1.csv": (
        "date\ttime\topen\thigh\tlow\tclose\ttickvolume\tvolume\tspread\r\n2020.06.01\t00:00:00\t1.11329\t1.11345\t1.11325\t1.11344\t8\t0\t47\r\n2020.06.01\t00:01:00\t1.11345\t1.11362\t1.11337\t1.11350\t9\t0\t31\r\n",
        "CSV bars", "2020-06-01 00:00", [8, 9], [47, 31],
    ),
    "semicolon_seconds_EURUSD_M1.csv": (
        "2020.06.01;00:00:00;1.11329;1.11345;1.11325;1.11344;5\n2020.06.01;00:01:00;1.11345;1.11362;1.11337;1.11350;6\n",
        "MetaTrader 4 bars", "2020-06-01 00:00", [5, 6], [0, 0],
    ),
    "tab_no_header_EURUSD1.csv": (
        "2020-06-01 00:00\t1.11329\t1.11345\t1.11325\t1.11344\t154\r\n2020-06-01 00:01\t1.11345\t1.11362\t1.11337\t1.11350\t67\r\n",
        "bars without a header", "2020-06-01 00:00", [154, 67], [0, 0],
    ),
    "mt4_EURUSD1.csv": (
        "2020.06.01,00:00,1.11329,1.11345,1.11325,1.11344,1\n2020.06.01,00:01,1.11345,1.11362,1.11337,1.11350,2\n",
        "MetaTrader 4 bars", "2020-06-01 00:00", [1, 2], [0, 0],
    ),
    "mt5_copy_rates_EURUSD_M1.csv": (
        "Time\tOpen\tHigh\tLow\tClose\tVolume\tSpread\n2020-06-01 00:00:00\t1.11329\t1.11345\t1.11325\t1.11344\t74\t12\n2020-06-01 00:01:00\t1.11345\t1.11362\t1.11337\t1.11350\t79\t9\n",
        "CSV bars", "2020-06-01 00:00", [74, 79], [12, 9],
    ),
    "dukascopy_node_EURUSD.csv": (
        "timestamp,open,high,low,close,volume\n1590969600000,1.11329,1.11345,1.11325,1.11344,165.8\n1590969660000,1.11345,1.11362,1.11337,1.1135,147.9\n",
        "CSV bars", "2020-06-01 00:00", [165, 147], [0, 0],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MINUTES)
def test_a_layout_is_recognised_by_its_first_line(name, tmp_path):
    content, words, start, volumes, spreads = MINUTES[name]
    (tmp_path / name).write_bytes(content.encode())
    (one,) = History().load(tmp_path / name, progress=False)
    bars = one.stored.read()
    assert (one.format, one.stored.symbol, one.stored.kind, one.stored.digits) == (
        words,
        "EURUSD",
        "M1",
        5,
    )
    assert f"{one.stored.start:%Y-%m-%d %H:%M}" == start
    assert [column.tolist() for column in bars[1:5]] == [
        [111_329, 111_345],
        [111_345, 111_362],
        [111_325, 111_337],
        [111_344, 111_350],
    ]
    assert bars.volumes.tolist() == volumes
    assert bars.spreads.tolist() == spreads


def test_the_symbol_is_in_the_name_of_an_export_of_metatrader(tmp_path):
    path = tmp_path / "US30m_Daily_202401010000_202401030000.csv"
    path.write_text(
        "<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n"
        "2024.01.01\t37763.9\t37791.7\t37762.5\t37776.3\t385\t0\t90\n"
        "2024.01.02\t37777.1\t37863.5\t37510.1\t37763.1\t39963\t0\t71\n"
    )
    (one,) = History().load(path, progress=False)
    assert (one.stored.symbol, one.stored.kind, one.stored.digits) == ("US30m", "D1", 1)


def test_the_report_beside_a_file_of_histdata_is_no_prices(tmp_path):
    note = tmp_path / "DAT_MT_EURUSD_M1_2024.txt"
    note.write_text("HistData.com (c) 2012\nFile: DAT_MT_EURUSD_M1_2024.csv Status Report\n")
    with pytest.raises(
        DataError, match=r"is HistData's report of gaps, not prices: import the \.csv"
    ):
        History().load(note, progress=False)
    name = "DAT_MT_EURUSD_M1_202006.csv"
    (tmp_path / name).write_text(MINUTES[name][0])
    assert [one.stored.rows for one in History().load(tmp_path, progress=False)] == [2]


@real
@pytest.mark.parametrize(
    ("name", "symbol", "kind", "rows", "digits", "first"),
    [
        ("DAT_MT_EURUSD_M1_202006.csv", "EURUSD", "M1", 2000, 5, "2020-06-01 05:00"),
        ("US30m_Daily_202401010000_202509080000.csv", "US30m", "D1", 527, 1, "2024-01-01 00:00"),
        ("US30m_H1_202401012300_202509082200.csv", "US30m", "H1", 1999, 1, "2024-01-01 23:00"),
        ("dukascopy_node_d1.csv", "", "D1", 24, 5, "2021-02-01 00:00"),
        ("lowercase_header_EURUSD_M1.csv", "EURUSD", "M1", 0, 5, "2018-06-01 00:00"),
        ("mt4_EURUSD1440.csv", "EURUSD", "D1", 1000, 4, "1971-01-04 00:00"),
        ("mt5_copy_rates_EURUSD_D1.csv", "EURUSD", "D1", 499, 5, "2010-04-27 00:00"),
        ("semicolon_seconds_EURUSD_M1.csv", "EURUSD", "M1", 0, 5, "2019-07-30 00:00"),
        ("tab_no_header_EURUSD1.csv", "EURUSD", "M1", 0, 5, "2020-04-27 04:40"),
    ],
)
def test_the_real_file(name, symbol, kind, rows, digits, first):
    (one,) = History().load(DATA / name, symbol=symbol or "EURUSD", progress=False)
    if symbol:
        (one,) = History().load(DATA / name, progress=False)
    lines = sum(1 for line in (DATA / name).read_text().splitlines() if line[:1].isdigit())
    stored = one.stored
    assert (stored.symbol, stored.kind, stored.digits) == (symbol or "EURUSD", kind, digits)
    assert stored.rows == one.counts.read - one.counts.duplicates == (rows or lines)
    assert f"{stored.start:%Y-%m-%d %H:%M}" == first


@real
def test_the_real_report_of_gaps_and_hours_in_folders():
    with pytest.raises(DataError, match="not prices"):
        History().load(DATA / "DAT_MT_EURUSD_M1_2024.txt", progress=False)
    found = History().load(DATA / "GBPJPY", progress=False)
    assert len(found) == 6
    assert (found[-1].stored.symbol, found[-1].stored.digits) == ("GBPJPY", 3)
