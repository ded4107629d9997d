"""Files of any length: read, sorted and put together piece by piece, as if all were in memory."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mas.errors import DataError
from mas.history import History, spool, store
from mas.history.formats import table
from mas.history.store import Store, check_content, pieces_of

START = 1_704_153_600_000


def made(seed, count, *, spread=2_000, disorder=0, dealt=False):
    """Return ticks as rows; many have one time, some are twice there."""
    rng = np.random.default_rng(seed)
    times = START + np.sort(rng.integers(0, spread, count))
    bids = 110_000 + rng.integers(-3, 4, count)
    rows = np.column_stack([times, bids, bids + rng.integers(-1, 3, count)])
    twice = rng.random(count) < 0.1
    rows = np.repeat(rows, np.where(twice, 2, 1), axis=0)
    if disorder:
        keys = np.arange(len(rows)) + rng.integers(0, disorder, len(rows))
        rows = rows[np.argsort(keys, kind="stable")]
    frame = pd.DataFrame({"time": rows[:, 0], "bid": rows[:, 1] / 1e5, "ask": rows[:, 2] / 1e5})
    if dealt:
        frame["last"] = np.where(np.arange(len(rows)) > len(rows) // 2, frame["bid"], 0.0)
        frame["volume"] = 1.0
    return frame


def expected(frames, crossed="keep"):
    """Return the rows of files that are imported one after the other, the slow and plain way."""
    kept: list[tuple] = []
    for frame in frames:
        rows = sorted(
            (tuple(row) for row in np.rint(frame[["time", "bid", "ask"]] * [1, 1e5, 1e5])
             .astype(np.int64).itertuples(index=False)), key=lambda row: row[0],
        )  # fmt: skip
        new = [row for at, row in enumerate(rows) if not at or row != rows[at - 1]]
        if crossed == "drop":
            new = [row for row in new if row[1] <= row[2]]
        times = {row[0] for row in new}
        kept = [row for row in kept if row[0] not in times] + new
        kept.sort(key=lambda row: row[0])
    return np.array(kept)


@pytest.mark.parametrize("disorder", [0, 5, 400, 100_000])
@pytest.mark.parametrize("crossed", ["keep", "drop"])
def test_pieces_of_files_make_what_whole_files_would(disorder, crossed, tmp_path, monkeypatch):
    monkeypatch.setattr(table, "ROWS", 128)
    monkeypatch.setattr(spool, "ROWS", 100)
    monkeypatch.setattr(store, "ROWS", 90)
    frames = [made(1, 900), made(2, 700, spread=5_000, disorder=disorder), made(3, 40)]
    paths = []
    for number, frame in enumerate(frames):
        paths.append(tmp_path / f"EURUSD_{number}.parquet")
        frame.to_parquet(paths[-1])
    history = History()
    first = history.load(paths[0], progress=False, crossed=crossed)
    rest = history.load(*paths[1:], progress=False, crossed=crossed)
    stored = rest[-1].stored
    ticks = stored.read()
    wanted = expected(frames, crossed)
    assert np.array_equal(np.column_stack(ticks[:3]), wanted)
    assert check_content(stored)
    for one, frame in zip(first + rest, frames, strict=True):
        alone = expected([frame], "keep")
        assert one.counts.read == len(frame)
        assert one.counts.duplicates == len(frame) - len(alone)
        assert one.findings.rows + one.dropped == len(alone)
        assert one.findings.crossed + one.dropped == np.count_nonzero(alone[:, 2] < alone[:, 1])
    found = [np.column_stack(piece[:3]) for piece in pieces_of(stored)]
    assert np.array_equal(np.concatenate(found), wanted)
    again = history.load(*paths, progress=False, crossed=crossed)[-1].stored
    assert (again.rows, again.first, again.last) == (stored.rows, stored.first, stored.last)
    assert not list(Store().folder.glob(".import-*"))


def test_deals_that_begin_in_the_middle_of_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr(table, "ROWS", 64)
    frame = made(4, 500, dealt=True).drop_duplicates()
    frame.to_parquet(tmp_path / "EURUSD.parquet")
    (one,) = History().load(tmp_path / "EURUSD.parquet", progress=False)
    ticks = one.stored.read()
    assert ticks.lasts.tolist() == np.rint(frame["last"] * 1e5).astype(int).tolist()
    assert not ticks.volumes[: len(frame) // 4].any() or ticks.volumes.any()


def test_digits_of_a_last_price_count_too():
    frame = pd.DataFrame(
        {"time": [START, START + 1], "bid": [1.1, 1.1], "ask": [1.2, 1.2], "last": [1.15, 1.1505]}
    )
    (one,) = History().load(frame, symbol="EURUSD", progress=False)
    assert one.stored.digits == 4
    assert one.stored.read().lasts.tolist() == [11_500, 11_505]


@pytest.mark.parametrize(
    ("price", "digits"), [(1.10003, 5), (1.1000001, 7), (110_000.01, 2), (1.1, 1)]
)
def test_a_price_near_a_rounder_one_keeps_its_digits(price, digits):
    """It was taken for one of a point that it is within a thousandth of."""
    frame = pd.DataFrame({"time": [START], "bid": [price], "ask": [price]})
    (one,) = History().load(frame, symbol="EURUSD", progress=False)
    assert one.stored.digits == digits
    assert one.stored.read().bids[0] == round(price * 10**digits)


def test_what_is_rounded_is_said():
    from masjupyter.data import report_text

    frame = made(5, 300)
    finer = frame.copy()
    finer.loc[10:19, "bid"] += 0.000004
    for table_, count in ((frame, 0), (finer, 10)):
        (one,) = History().load(table_, symbol="EURUSD", digits=5, progress=False)
        assert one.counts.rounded == count
        assert ("10 rounded to the digits asked for" in report_text(one)) == bool(count)


def test_a_file_whose_rows_are_all_left_out_leaves_everything_as_it_was():
    crossed = pd.DataFrame({"time": [START, START + 5], "bid": [1.2, 1.2], "ask": [1.1, 1.1]})
    (before,) = History().load(made(6, 50), symbol="EURUSD", progress=False)
    with pytest.raises(DataError, match="there are no rows"):
        History().load(crossed, symbol="EURUSD", crossed="drop", progress=False)
    assert Store().find("EURUSD", "ticks").key == before.stored.key
