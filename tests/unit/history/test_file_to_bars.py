"""From a file of any names to the rows that come out: what is read, refused, counted and kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mas.errors import DataError
from mas.history import History, dukascopy, inspect
from mas.history.formats import plugins
from tests.unit.history.samples import BARS, START, TICKS
from tests.unit.history.test_fetch import Server, fetched, server  # noqa: F401  a fixture
from tests.unit.history.test_plugins import installed

TICK_NAMES = [
    ("time_msc", "bid", "ask", "volume"),
    ("TimeStamp", "Bid_Price", "Ask_Price", "vol"),
    ("datetime", "BidPrice", "AskPrice", "Volume"),
    ("Date", "ask", "bid", "tickvol"),
]
BAR_NAMES = [
    ("time", "open", "high", "low", "close", "tick_volume", "spread", "real_volume"),
    ("date", "Low", "High", "Close", "Open", "TickVol", "SPREAD", "Real_Volume"),
    ("Datetime", "close", "open", "high", "low", "tickvolume", "spread", "real_volume"),
]
SPELLED = {"tickvol": "volume", "tick_volume": "volume", "tickvolume": "volume", "vol": "volume"}


def meaning(name: str) -> str:
    name = name.lower()
    if name in {"time_msc", "timestamp", "datetime", "gmt time", "date"}:
        return "time"
    return SPELLED.get(name, name.replace("_price", "").replace("price", ""))


def table(path: Path, names: tuple[str, ...], rows: list[dict[str, object]]) -> Path:
    lines = [",".join(str(row[meaning(name)]) for name in names) for row in rows]
    path.write_text("\n".join([",".join(names), *lines]) + "\n")
    return path


@pytest.mark.parametrize("names", TICK_NAMES)
def test_ticks_of_columns_by_any_name(names: tuple[str, ...], tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"time": START + ms, "bid": bid, "ask": ask, "volume": ms} for ms, bid, ask in TICKS
    ]
    History().load(table(tmp_path / "EURUSD.csv", names, rows), progress=False)
    found = History().ticks("EURUSD")
    assert found["time"].astype("int64").tolist() == [START + ms for ms, *_ in TICKS]
    assert found["bid"].tolist() == [bid for _, bid, _ in TICKS]
    assert found["ask"].tolist() == [ask for *_, ask in TICKS]


@pytest.mark.parametrize("names", BAR_NAMES)
def test_bars_of_columns_by_any_name(names: tuple[str, ...], tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        dict(zip(("open", "high", "low", "close"), prices, strict=True))
        | {"time": START + 60_000 * minute, "volume": count, "spread": spread}
        | {"real_volume": 1000 + minute}
        for minute, *prices, count, spread in BARS
    ]
    History().load(table(tmp_path / "EURUSD.csv", names, rows), progress=False)
    found = History().bars("EURUSD", "M1")
    for at, name in enumerate(("open", "high", "low", "close", "tick_volume", "spread"), start=1):
        assert found[name].tolist() == [row[at] for row in BARS], name
    assert found["real_volume"].tolist() == [1000, 1001, 1002]


@pytest.mark.parametrize(
    "names", [("time", "bid"), ("time", "ask"), ("bid", "ask"), ("time", "open", "high", "low")]
)
def test_a_table_that_lacks_a_column_is_not_read(names: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "EURUSD.csv"
    path.write_text(",".join(names) + "\n" + ",".join("1" * len(names)) + "\n")
    with pytest.raises(DataError, match=r"EURUSD\.csv"):
        History().load(path, progress=False)


@pytest.mark.parametrize(
    ("name", "value"), [("open", 1.2), ("open", 1.0), ("close", 1.2), ("close", 1.0)]
)
def test_a_bar_deals_between_its_low_and_high(name: str, value: float, tmp_path: Path) -> None:
    bar: dict[str, object] = {
        "time": START, "open": 1.1, "high": 1.15, "low": 1.05, "close": 1.1, name: value,
    }  # fmt: skip
    path = table(tmp_path / "EURUSD.csv", tuple(bar), [bar])
    with pytest.raises(DataError, match=f"{name} must be between low and high, was {value:g}"):
        History().load(path, progress=False)


def test_what_is_found_in_bars(tmp_path: Path) -> None:
    """A pause on a weekday and a shadow that is too long; of ticks there are none to cross."""
    times = [*range(60), *range(180, 240)]
    rows: list[dict[str, object]] = [
        {"time": START + 60_000 * minute, "open": 1.1, "high": 1.1002, "low": 1.0999, "close": 1.1}
        for minute in times
    ]
    rows[30]["high"] = 1.2
    path = table(tmp_path / "EURUSD.csv", tuple(rows[0]), rows)
    (imported,) = History().load(path, progress=False)
    found = imported.findings
    assert (found.rows, found.crossed, found.no_spread, found.weekends) == (120, 0, 0, 0)
    assert (found.start, found.end) == (datetime(2014, 5, 1), datetime(2014, 5, 1, 3, 59))
    assert [(gap.start, gap.end) for gap in found.gaps] == [
        (datetime(2014, 5, 1, 1), datetime(2014, 5, 1, 3))
    ]
    assert (found.outliers, found.outlier_times) == (1, (datetime(2014, 5, 1, 0, 30),))


def test_pieces_are_looked_through_as_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ticks come a million at a time: a fault at the seam of two pieces is found too."""
    at = [0, 1, 2, 3, 4, 5, 7200, 7201, 7202, 7203]
    frame = pd.DataFrame(
        {
            "time": [START + 1000 * second for second in at],
            "bid": [1.1, 1.1, 1.3, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1],
            "ask": [1.2, 1.1, 1.4, 1.2, 1.0, 1.2, 1.2, 1.2, 1.0, 1.1],
        }
    )
    History().load(frame, symbol="EURUSD", progress=False)
    columns = History().store.find("EURUSD", "ticks").read()
    whole = inspect.inspect(columns)
    assert (whole.start, whole.end) == (datetime(2014, 5, 1), datetime(2014, 5, 1, 2, 0, 3))
    assert (whole.rows, whole.crossed, whole.no_spread, len(whole.gaps)) == (10, 2, 2, 1)
    assert datetime(2014, 5, 1, 0, 0, 2) in whole.outlier_times
    for rows in (1, 2, 3, 4, 7):
        monkeypatch.setattr(inspect, "ROWS", rows)
        assert inspect.inspect(columns) == whole, rows


def test_files_of_one_name_are_told_apart_by_what_they_cover(tmp_path: Path) -> None:
    """A longer export of the same end stands beside the shorter, the same one takes its place."""
    rows: list[dict[str, object]] = [
        {"time": START + 60_000 * minute, "bid": 1.1, "ask": 1.2} for minute in range(4)
    ]
    history = History()
    for first in (2, 0, 0):
        path = table(tmp_path / "EURUSD.csv", ("time", "bid", "ask"), rows[first:])
        history.load(path, progress=False)
    stored = history.store.find("EURUSD", "ticks")
    assert stored.rows == 4
    assert [(origin.first, origin.rows) for origin in stored.origins] == [
        (START + 120_000, 2), (START, 4),
    ]  # fmt: skip


def test_after_a_failure_nothing_more_is_asked_for(
    server: Server,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dukascopy, "WORKERS", 1)
    monkeypatch.setattr(dukascopy, "TRIES", 0)
    server.busy["2014/04/01/00h_ticks.bi5"] = 99
    with pytest.raises(DataError, match="the server answers 503"):
        fetched(History(), server, end="2014-05-03 00:00")
    assert sum(server.asked.values()) < 24


@pytest.fixture
def registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    installed(tmp_path, "open_source")
    monkeypatch.syspath_prepend(str(tmp_path))
    plugins.readers.cache_clear()
    yield tmp_path
    plugins.readers.cache_clear()


def test_a_registered_reader_is_asked_first_and_leaves_other_files_alone(registered: Path) -> None:
    own, other = registered / "prices.csv", registered / "EURUSD.csv"
    own.write_text("#MB GBPUSD\n28000000;1.25\n28000001;1.26\n")
    table(other, ("time", "bid", "ask"), [{"time": START, "bid": 1.1, "ask": 1.2}])
    history = History()
    (first,) = history.load(own, progress=False)
    assert (first.format, first.stored.symbol) == ("My broker", "GBPUSD")
    bars = history.bars("GBPUSD", "M1")
    assert bars["close"].tolist() == [1.25, 1.26]
    assert np.diff(bars["time"].astype("int64")).tolist() == [60_000]
    (second,) = history.load(other, progress=False)
    assert second.format == "CSV ticks"
