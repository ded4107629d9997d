# ruff: noqa: E501  tables
"""Each format is found by its content and gives the same rows; what cannot be read is one line."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mas.errors import DataError, ParamError
from mas.history import History
from tests.unit.history import samples
from tests.unit.history.samples import BAR_FILES, BARS, START, TICK_FILES, TICKS

FORMATS = Path(__file__).parents[4] / "shared" / "data" / "formats"
WITH_DATA = pytest.mark.skipif(not FORMATS.is_dir(), reason="the folder of real data is not here")


@pytest.mark.parametrize("write", TICK_FILES, ids=lambda one: one.__name__)
def test_ticks_of_every_format(write, tmp_path):
    history = History()
    (one,) = history.load(write(tmp_path), progress=False)
    assert (one.stored.symbol, one.stored.kind, one.stored.digits) == ("EURUSD", "ticks", 5)
    columns = one.stored.read()
    assert columns.times.tolist() == [START + ms for ms, *_ in TICKS]
    assert (columns.bids / 1e5).tolist() == [bid for _, bid, _ in TICKS]
    assert (columns.asks / 1e5).tolist() == [ask for *_, ask in TICKS]
    assert one.counts.read == len(TICKS)


@pytest.mark.parametrize("write", BAR_FILES, ids=lambda one: one.__name__)
def test_bars_of_every_format(write, tmp_path):
    history = History()
    (one,) = history.load(write(tmp_path), progress=False)
    assert (one.stored.symbol, one.stored.kind, one.stored.digits) == ("EURUSD", "M1", 5)
    bars = history.bars("EURUSD", "M1")
    assert bars["time"].astype("int64").tolist() == [START + 60_000 * row[0] for row in BARS]
    for at, name in enumerate(("open", "high", "low", "close", "tick_volume"), start=1):
        whole = [row[at] for row in BARS]
        if write is samples.dukascopy_bars and name == "tick_volume":
            assert bars["real_volume"].tolist() == [count + 0.5 for count in whole]
        else:
            assert bars[name].tolist() == whole


def test_a_daily_export_has_no_time_column(tmp_path):
    path = tmp_path / "EURUSD_Daily.csv"
    head = "<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n"
    rows = "".join(
        f"2022.06.{day}\t1.04731\t1.04926\t1.04729\t1.04898\t6419\t0\t2\n" for day in (20, 21, 22)
    )
    path.write_text(head + rows)
    (one,) = History().load(path, progress=False)
    assert one.stored.kind == "D1"
    assert one.stored.read().spreads.tolist() == [2, 2, 2]


def test_frames_by_column_or_index():
    history = History()
    ticks, bars = samples.tick_frame(), samples.bar_frame()
    history.load(ticks, symbol="EURUSD", progress=False)
    history.load(bars, symbol="EURUSD", progress=False)
    assert history.ticks("EURUSD")["ask"].tolist() == ticks["ask"].tolist()
    assert history.bars("EURUSD", "M1")["close"].tolist() == bars["close"].tolist()
    aware = ticks.assign(
        time=pd.to_datetime(ticks["time"], unit="ms", utc=True).dt.tz_convert("Asia/Tokyo")
    )
    history.load(aware, symbol="COPY", progress=False)
    assert history.ticks("COPY").equals(history.ticks("EURUSD"))


def test_deals_are_kept_where_there_are_any():
    frame = samples.tick_frame().assign(last=[1.38680, 0, 1.38681, 0], volume=[2.5, 0, 1, 0])
    (one,) = History().load(frame, symbol="X", progress=False)
    columns = one.stored.read()
    assert columns.lasts.tolist() == [138_680, 0, 138_681, 0]
    assert columns.volumes.tolist() == [2.5, 0, 1, 0]
    assert one.stored.bytes == 24 * one.stored.rows


def test_a_folder_is_all_its_files(tmp_path):
    samples.bi5(tmp_path)
    place = tmp_path / "EURUSD" / "2014" / "04" / "01"
    shutil.copy(place / "00h_ticks.bi5", place / "01h_ticks.bi5")
    (place / "02h_ticks.bi5").write_bytes(b"")  # an hour without ticks
    found = History().load(tmp_path, progress=False)
    assert [one.counts.read for one in found] == [4, 4]
    assert found[0].stored.rows == 8
    assert found[0].stored.last == START + 3_600_000 + TICKS[-1][0]


GOOD = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n2014.05.01\t00:00:00.292\t1.3\t1.4\t\t\t6\n"
HOUR = "EURUSD/2014/04/01/00h_ticks.bi5"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("EURUSD.csv", GOOD + "2014.05.01\t00:00:01.000\tx\t1.4\t\t\t6\n", ":3: bid must be a number, was 'x'"),
        ("EURUSD.csv", GOOD + "2014.05.01\t00:00\t1.3\t1.4\t\t\t6\n", ":3: the time cannot be read: '2014.05.01 00:00', such as 2014.05.01 00:00:00.292"),
        ("EURUSD.csv", GOOD + "\n2014.05.01\t00:00:01.000\t1.3\n", ":4: MetaTrader 5 ticks have 7 columns, this line has 3: '2014.05.01\\t00:00:01.000\\t1.3'"),
        ("EURUSD.csv", GOOD + "2014.05.01\t00:00:01.000\t-1.3\t1.4\t\t\t6\n", ":3: bid must be a price above 0, was -1.3"),
        ("EURUSD.csv", "time,bid,ask\n0,1.1,\n", ":2: ask must be a price above 0, was empty"),
        ("EURUSD.csv", "time,bid,ask\n0,1.123456789,2\n", ":2: bid has more than 8 decimals: give digits to round them, was 1.123456789"),
        ("EURUSD.csv", "time,bid,ask\n0,1,99999.12345\n", ":2: price is too large for 5 digits, was 99999.12345"),
        ("EURUSD.csv", "time,open,high,low,close\n0,1,2,1,3\n60,1,1,1,1\n", ":2: close must be between low and high, was 3"),
        ("EURUSD.csv", "hello\n", ":1: the format is not known; accepted are MetaTrader 5 bars"),
        ("EURUSD.csv", "", ": the file is empty"),
        ("EURUSD.csv", "time,bid,ask\n", ": there are no rows"),
        ("prices.csv", "time,bid,ask\n0,1,1\n", ": its name holds no symbol: say which it is (symbol)"),
        ("EURUSD.csv", "time,open,high,low,close\n0,1,1,1,1\n7,1,1,1,1\n", ": the timeframe cannot be told from the times of the bars"),
        ("EURUSD.csv", "time,open,high,low,close\n0,1,1,1,1\n60,1,1,1,1\n120,1,1,1,1\n150,1,1,1,1\n", ": the bar at 1970-01-01T00:02:30.000 comes too early"),
        ("EURUSD.csv", b"\xff\xfe\x00", ": is not text: "),
        ("EURUSD.csv", b"time,bid,ask\n\xe9,1,1\n", ": is not text: "),
        ("EURUSD.zip", b"PK\x03\x04", ": is no whole zip file"),
        ("EURUSD.parquet", b"PAR1nothing", ": is no whole Parquet file"),
        ("x.bi5", b"\x5d\x00\x00", ": the hour of a .bi5 file is in its path"),
        ("EURUSD/2014/12/01/00h_ticks.bi5", b"", ": the path names no hour; months count from 00"),
        (HOUR, samples.packed_hour()[:40], ": is no whole LZMA file: "),
        (HOUR, samples.lzma.compress(b"123", samples.lzma.FORMAT_ALONE), ": has 3 bytes, no multiple of 20"),
        (HOUR, samples.lzma.compress(samples.struct.pack(">IIIff", 3_600_000, 1, 1, 0, 0), samples.lzma.FORMAT_ALONE), ":1: the record is not within the hour"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_line_and_nothing_is_stored(name, content, message, tmp_path):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    history = History()
    with pytest.raises(DataError) as caught:
        history.load(path, progress=False)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"{path}{message}"), str(caught.value)
    assert history.table().empty


def test_the_line_is_right_deep_in_a_long_file(tmp_path):
    path = tmp_path / "EURUSD.csv"
    rows = [f"{at},1.1,1.2" for at in range(250_000)]
    rows[234_567] = "234567,1.1,1,2"
    path.write_text("time,bid,ask\n" + "\n".join(rows))
    with pytest.raises(
        DataError, match=r"EURUSD.csv:234569: CSV ticks have 3 columns, this line has 4"
    ):
        History().load(path, progress=False)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"time": ["x"], "bid": [1.0], "ask": [1.0]}), "the DataFrame:1: time must be a time, was 'x'"),
        (pd.DataFrame({"time": [0, 1], "bid": [1, "y"], "ask": [1.0, 1]}), "the DataFrame:2: bid must be a number, was 'y'"),
        (pd.DataFrame({"a": [1]}), "the DataFrame: needs the columns time, bid and ask, or time, open, high"),
        ([1, 2], "history must be a file or a DataFrame, was list"),
    ],
)  # fmt: skip
def test_frames_that_cannot_be_read(frame, message):
    with pytest.raises(DataError) as caught:
        History().load(frame, symbol="EURUSD", progress=False)
    assert str(caught.value).startswith(message)


def test_all_files_or_none(tmp_path):
    """One bad file among good ones, and of its symbol nothing is stored."""
    good = samples.mt5_ticks(tmp_path)
    bad = tmp_path / "EURUSD_b.csv"
    bad.write_text("time,bid,ask\n0,x,1\n")
    history = History()
    with pytest.raises(DataError):
        history.load(good, bad, progress=False)
    assert history.table().empty


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"crossed": "mend"}, "crossed must be one of keep, drop, swap, was 'mend'"),
        ({"timeframe": "M7"}, "timeframe must be one of M1, M2, "),
        ({"digits": 9}, "digits must be 0 to 8, was 9"),
        ({"zone": "Mars/Base"}, "zone must be hours ahead of UTC such as 2, or a name such as"),
        ({"zone": 99}, "zone must be hours ahead of UTC"),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(ParamError) as caught:
        History().load(samples.tick_frame(), symbol="X", progress=False, **options)
    assert str(caught.value).startswith(message)


def test_zones_move_the_clock():
    """Athens is two hours ahead in winter and three in summer; an hour is left out, one doubled."""
    stamps = ["2024-01-15 12:00", "2024-03-31 03:30", "2024-07-15 12:00", "2024-10-27 03:30"]
    frame = pd.DataFrame({"time": pd.to_datetime(stamps), "bid": 1.0, "ask": 1.0})
    history = History()
    history.load(frame, symbol="A", zone="Europe/Athens", progress=False)
    history.load(frame, symbol="B", zone="2.5", progress=False)
    expected = ["2024-01-15 10:00", "2024-03-31 01:00", "2024-07-15 09:00", "2024-10-27 00:30"]
    assert history.ticks("A")["time"].tolist() == [pd.Timestamp(one) for one in expected]
    assert history.ticks("B")["time"][0] == pd.Timestamp("2024-01-15 09:30")


@WITH_DATA
def test_the_samples_of_all_formats_are_the_same_prices():
    """Real exports: what several formats hold of the same hours is the same to the point."""
    history, found = History(), {}
    for path in sorted(one for one in FORMATS.iterdir() if one.is_file()):
        (one,) = history.load(path, symbol=path.name, progress=False)
        found[one.format] = history.store.find(path.name, one.stored.kind).read()
    ticks = ["HistData ticks", "MetaTrader 5 ticks", "Dukascopy ticks", "Dukascopy hour"]
    least = min(len(found[name].times) for name in ticks)
    for name in ticks[1:]:
        for one, other in zip(found[ticks[0]][:3], found[name][:3], strict=True):
            assert np.array_equal(one[:least], other[:least]), name
    bars = found["HistData bars"], found["MetaTrader 5 bars"]
    assert len(found) == 7
    if len(bars[1].times) == len(bars[0].times):  # the daily sample is of this format as well
        assert np.array_equal(bars[0].closes, bars[1].closes)
