"""What is stored stays whole: merges, crashes, two writers, damage."""

from __future__ import annotations

import json
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mas.errors import DataError
from mas.history import History
from mas.history.columns import Bars, Ticks, joined
from mas.history.derived import of_ticks
from mas.history.derived_cache import made
from mas.history.importer import merge
from mas.history.pyramid import Pyramid
from mas.history.resample import close_times, divides, fold, merged, minutes
from mas.history.store import check_content
from mas.schema.words import TIMEFRAMES
from tests.unit.history.writing import PROCESSES, ROWS, make, write

START = 1_700_000_000_000


def ticks(count, *, seed=7, start=START, step=250):
    rng = np.random.default_rng(seed)
    bids = 110_000 + np.cumsum(rng.integers(-3, 4, count))
    times = start + np.cumsum(rng.integers(1, 2 * step, count))
    return Ticks(times, bids.astype(np.int32), (bids + rng.integers(1, 20, count)).astype(np.int32))


def frame(made_ticks):
    columns = {"time": made_ticks.times, "bid": made_ticks.bids / 1e5, "ask": made_ticks.asks / 1e5}
    return pd.DataFrame(columns)


def loaded(history, made_ticks, symbol="EURUSD", **options):
    return history.load(frame(made_ticks), symbol=symbol, digits=5, progress=False, **options)[0]


# -- merging -----------------------------------------------------------------------------------


def test_the_same_again_changes_nothing():
    history = History()
    first = loaded(history, ticks(5000))
    again = loaded(history, ticks(5000))
    assert again.stored.key == first.stored.key
    assert again.replaced == 5000
    assert len(again.stored.origins) == 1


@given(st.lists(st.lists(st.integers(0, 30), max_size=12), min_size=1, max_size=5))
def test_merging_keeps_the_newest_of_each_time(parts):
    """Twin: a dict by time, whose rows a later file replaces."""
    whole, twin = None, {}
    for number, times in enumerate(parts):
        if not times:
            continue
        new = Ticks(
            *(
                np.array(column)
                for column in (sorted(times), [number] * len(times), [9] * len(times))
            )
        )
        twin.update({time: [number] * times.count(time) for time in times})
        whole, _ = merge(whole, new)
    if whole is not None:
        rows = [(time, number) for time in sorted(twin) for number in twin[time]]
        assert list(zip(whole.times.tolist(), whole.bids.tolist(), strict=True)) == rows


def test_disorder_and_repeats_are_mended_and_counted():
    rows = [
        (10, 1.1, 1.2),
        (10, 1.1, 1.2),
        (30, 1.1, 1.3),
        (20, 1.1, 1.2),
        (30, 1.1, 1.3),
        (30, 1.0, 1.3),
    ]
    one = History().load(
        pd.DataFrame(rows, columns=["time_msc", "bid", "ask"]), symbol="X", progress=False
    )[0]
    assert (one.counts.read, one.counts.duplicates, one.counts.disorder) == (6, 2, 1)
    assert one.stored.read().bids.tolist() == [11, 11, 11, 10]


@pytest.mark.parametrize(
    ("crossed", "bids", "asks", "dropped"),
    [("keep", [11, 13], [12, 12], 0), ("drop", [11], [12], 1), ("swap", [11, 12], [12, 13], 0)],
)
def test_crossed_quotes_are_reported_and_treated_as_asked(crossed, bids, asks, dropped):
    table = pd.DataFrame({"time": [1, 2], "bid": [1.1, 1.3], "ask": [1.2, 1.2]})
    one = History().load(table, symbol="X", crossed=crossed, progress=False)[0]
    columns = one.stored.read()
    assert (columns.bids.tolist(), columns.asks.tolist(), one.dropped) == (bids, asks, dropped)
    assert one.findings.crossed == (crossed == "keep")


def test_more_digits_later_scale_what_is_there():
    history = History()
    for prices, digits in (([1.1, 1.2], 1), ([1.12345, 1.2], 5)):
        table = pd.DataFrame(
            {"time": np.array([0, 60]) + digits * 600, "bid": prices, "ask": prices}
        )
        one = history.load(table, symbol="X", progress=False)[0]
        assert one.stored.digits == digits
    assert history.ticks("X")["bid"].tolist() == [1.1, 1.2, 1.12345, 1.2]


def test_a_tick_takes_16_bytes():
    stored = loaded(History(), ticks(1000)).stored
    assert sum(stored.file(name).stat().st_size for name in stored.columns) == 16_000


# -- findings ----------------------------------------------------------------------------------


def test_gaps_weekends_and_outliers_are_told_apart():
    days = pd.date_range("2024-01-01", "2024-01-13", freq="min", unit="ms")
    open_ = days[
        (days.day_of_week < 5) & ~((days >= "2024-01-03 06:00") & (days < "2024-01-03 09:30"))
    ]
    times = open_.astype("int64").to_numpy()
    bids = np.full(len(times), 110_000)
    bids[[500, 700]] = 111_000, 109_000
    bids[1000:] = 112_000  # a move that stays is none
    found = loaded(History(), Ticks(times, bids, bids + 5)).findings
    assert [(str(gap.start), gap.hours) for gap in found.gaps] == [
        ("2024-01-03 05:59:00", 211 / 60)
    ]
    assert found.weekends == 1
    assert found.outliers == 2
    assert str(found.outlier_times[0]) == "2024-01-01 08:20:00"


def test_bars_have_gaps_and_outliers_too():
    times = np.arange(0, 600) * 60_000 + 1_704_700_800_000
    times[400:] += 3 * 3_600_000
    table = pd.DataFrame({"time": times, "open": 1.1, "high": 1.1001, "low": 1.0999, "close": 1.1})
    table.loc[99, "high"] = 1.2
    found = History().load(table, symbol="X", progress=False)[0].findings
    assert ([gap.hours for gap in found.gaps], found.weekends, found.outliers) == ([3.0], 0, 1)


# -- a crash, two writers, damage --------------------------------------------------------------


def _writer(folder, first, last):
    reader, told = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=write, args=(folder, first, last, told))
    process.start()
    told.close()
    return process, reader


def _told(reader):
    """Return what a writer told before its end."""
    with reader:
        found = []
        while True:
            try:
                found.append(reader.recv())
            except EOFError:
                return found


def test_two_processes_write_one_symbol_and_nothing_is_lost(tmp_path):
    running = [_writer(tmp_path, first, first + 8) for first in (0, 1)]
    assert [_told(reader) for _, reader in running] == [[0, 2, 4, 6, 8], [1, 3, 5, 7, 9]]
    for process, _ in running:
        process.join(60)
        assert process.exitcode == 0
    stored = History(tmp_path).store.find("EURUSD", "ticks")
    assert stored.rows == 10 * ROWS
    assert check_content(stored)
    assert len([path for path in stored.folder.parent.iterdir() if path.is_dir()]) == 1


def test_a_writer_that_is_killed_leaves_what_was_there(tmp_path):
    """Killed at 8 moments; afterwards all that was reported is there, whole."""
    for delay in np.linspace(0, 0.1, 8):
        folder = tmp_path / f"{delay:.3f}"
        process, reader = _writer(folder, 0, 999)
        assert reader.recv() == 0
        time.sleep(delay)
        process.kill()
        process.join()
        told = [0, *_told(reader)]
        stored = History(folder).store.find("EURUSD", "ticks")
        assert stored.rows >= len(told) * ROWS
        assert stored.rows % ROWS == 0
        assert check_content(stored)


def test_damage_is_found_and_said_in_one_line():
    history = History()
    stored = loaded(history, ticks(1000)).stored
    path = stored.file("bids")
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"the ticks of EURUSD are damaged: delete them and import"):
        history.check()
    path.write_bytes(content[:-4])
    with pytest.raises(DataError, match=r"bids.i4: is damaged \(3996 of 4000 bytes\)"):
        history.ticks("EURUSD")
    manifest = stored.folder.parent / "manifest.json"
    manifest.write_text("{")
    with pytest.raises(DataError, match=r"manifest.json: cannot be read"):
        history.table()
    assert history.delete("EURUSD", "ticks")
    assert history.table().empty


def test_a_newer_version_is_refused():
    history = History()
    path = loaded(history, ticks(10)).stored.folder.parent / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "version": 99}))
    with pytest.raises(DataError, match="is of version 99, this is 1: import the data again"):
        history.ticks("EURUSD")


@pytest.mark.parametrize("symbol", ["EURUSD.sml", "#AAPL", "a/b", "..", "US 500", "Zürich"])
def test_any_symbol_has_a_folder_of_its_own(symbol):
    history = History()
    loaded(history, ticks(10), symbol)
    assert history.table()["symbol"].tolist() == [symbol]
    assert len(history.ticks(symbol)) == 10
    assert (
        history.store.place(symbol, "ticks").resolve().parent.parent
        == history.store.folder.resolve()
    )


def test_nothing_stored_is_said():
    history = History()
    for ask in (lambda: history.ticks("EURUSD"), lambda: history.bars("EURUSD", "H1")):
        with pytest.raises(DataError, match="stored are none"):
            ask()


# -- what is made of it ------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 511, 512, 513, 70_000])
def test_minutes_and_extremes_of_ticks_are_those_of_the_whole(count, monkeypatch):
    monkeypatch.setattr("mas.history.derived.CHUNK", 512 * 16)
    stored = loaded(History(), ticks(count)).stored
    playable, whole = of_ticks(stored), stored.read()
    bars, firsts = minutes(Ticks(*map(np.array, whole[:3])))
    for one, other in zip(playable.bars[:7], fold(whole, 1)[:7], strict=True):
        assert np.array_equal(one, other)
    assert np.array_equal(playable.bars.closes, bars.closes)
    assert np.array_equal(playable.firsts, firsts)
    plain = Pyramid(np.array(whole.bids), np.array(whole.asks))
    for near in ((109_990, 1 << 62, -1, 1 << 62), (-1, 110_020, 109_985, 110_030)):
        assert playable.pyramid.first_beyond(near, 0) == plain.first_beyond(near, 0)


def test_what_is_made_is_made_once_and_again_when_it_is_damaged():
    stored = loaded(History(), ticks(1000)).stored
    builds = []

    def build(writer):
        builds.append(1)
        writer.add(one=np.arange(1000, dtype=np.int32), none=np.empty(0))

    for _ in range(3):
        found = made(stored, "test", build)
        assert found["one"].tolist() == list(range(1000))
        assert len(found["none"]) == 0
    assert len(builds) == 1
    del found
    path = stored.folder / "made" / "test" / "one.bin"
    whole = path.read_bytes()
    for damage in (whole[:-4], whole[:50] + b"\xff" + whole[51:], None):
        if damage is None:
            path.unlink()
        else:
            path.write_bytes(damage)
        assert made(stored, "test", build)["one"].tolist() == list(range(1000))
    assert len(builds) == 4


def test_three_processes_that_need_it_build_it_once(tmp_path):
    loaded(History(tmp_path), ticks(1000))
    everybody, built = PROCESSES.Barrier(3), PROCESSES.Semaphore(0)
    running = [PROCESSES.Process(target=make, args=(tmp_path, everybody, built)) for _ in range(3)]
    for process in running:
        process.start()
    for process in running:
        process.join(60)
    assert [process.exitcode for process in running] == [0, 0, 0]
    assert built.acquire(timeout=0)
    assert not built.acquire(timeout=0)


# -- timeframes --------------------------------------------------------------------------------


def _open_of(ms, name):
    """Return the start of the period, by the calendar: the twin."""
    at = pd.Timestamp(ms, unit="ms")
    day = at.normalize()
    if name == "MN1":
        return day.replace(day=1)
    if name == "W1":
        return day - pd.Timedelta(days=(day.day_of_week + 1) % 7)
    if name == "D1":
        return day
    minutes_of = int(name[1:]) * (60 if name[0] == "H" else 1)
    return day + pd.Timedelta(minutes=(at - day) // pd.Timedelta(minutes=minutes_of) * minutes_of)


@pytest.mark.parametrize("name", TIMEFRAMES)
def test_r178_r182_bars_of_every_timeframe(name):
    """Twin: pandas groups by the calendar; from ticks, and from every shorter timeframe."""
    rng = np.random.default_rng(3)
    times = np.sort(rng.integers(1_690_000_000_000, 1_710_000_000_000, 3000))
    whole = ticks(3000)._replace(times=times)
    table = frame(whole).assign(open_=[_open_of(int(at), name) for at in times])
    twin = table.groupby("open_")["bid"].agg(["first", "max", "min", "last", "count"])
    made_bars = fold(whole, TIMEFRAMES[name])
    assert [pd.Timestamp(int(at), unit="ms") for at in made_bars.times] == list(twin.index)
    for column, told in zip(made_bars[1:5], ("first", "max", "min", "last"), strict=True):
        assert (column / 1e5).tolist() == twin[told].tolist()
    assert made_bars.volumes.tolist() == twin["count"].tolist()
    assert np.all(close_times(made_bars.times, TIMEFRAMES[name])[:-1] <= made_bars.times[1:])
    for shorter, code in TIMEFRAMES.items():
        if divides(code, TIMEFRAMES[name]) and shorter != name:
            again = merged(fold(whole, code), TIMEFRAMES[name])
            for one, other in zip(again[:7], made_bars[:7], strict=True):
                assert np.array_equal(one, other), shorter


def test_bars_come_from_what_covers_most():
    history = History()
    loaded(history, ticks(2000))
    hours = fold(ticks(50_000, step=20_000), 16385)
    table = pd.DataFrame({"time": hours.times})
    for name, column in zip(("open", "high", "low", "close"), hours[1:5], strict=True):
        table[name] = column / 1e5
    history.load(table, symbol="EURUSD", digits=5, progress=False)
    assert len(history.bars("EURUSD", "H4")) == len(merged(hours, 16388).times)
    assert history.bars("EURUSD", "M5")["time"].max() < pd.Timestamp("2023-11-15")
    part = history.bars("EURUSD", "H4", "2023-11-20", "2023-11-21")
    assert part["time"].tolist() == list(pd.date_range("2023-11-20", periods=6, freq="4h"))


def test_export_and_import_again(tmp_path):
    history = History()
    first = loaded(history, ticks(1000)).stored
    assert history.export("EURUSD", "ticks", tmp_path / "EURUSD.parquet") == 1000
    again = History(tmp_path / "other").load(tmp_path / "EURUSD.parquet", progress=False)[0].stored
    assert again.key == first.key
    bars = Bars(*(np.arange(3) for _ in range(7)))
    assert joined([bars, bars]).times.tolist() == [0, 1, 2, 0, 1, 2]
