# ruff: noqa: E501  tables
"""Which stored history covers a period: trading hours count, weekends and holidays do not."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mas import MAS
from mas.backtest.coverage import gaps
from mas.errors import DataError
from mas.history import History
from mas.sim import built_in

DATA = Path(__file__).parents[4] / "shared" / "data"


def ms(text):
    return round((datetime.fromisoformat(text) - datetime(1970, 1, 1)).total_seconds() * 1000)


def store(symbol="EURUSD", step="1min", kind="", spans=(), holes=()):
    """Store bars (or ticks) at each step of some spans, Friday 21:00 to Sunday 22:00 left out."""
    times = pd.DatetimeIndex(
        np.concatenate([pd.date_range(a, b, freq=step, inclusive="left") for a, b in spans])
    )
    if symbol != "BTCUSD":
        day, hour = times.day_of_week, times.hour
        closed = (day == 5) | ((day == 4) & (hour >= 21)) | ((day == 6) & (hour < 22))
        if step == "1D":
            closed = day >= 5
        times = times[~closed]
    for a, b in holes:
        times = times[(times < pd.Timestamp(a)) | (times >= pd.Timestamp(b))]
    base = 40_000.0 if symbol == "BTCUSD" else 1.1
    if kind == "ticks":
        table = pd.DataFrame({"time": times, "bid": base, "ask": base * 1.0001})
    else:
        table = pd.DataFrame(
            {"time": times, "open": base, "high": base, "low": base, "close": base}
        )
    table.iloc[:, 1:] = table.iloc[:, 1:].round(5)
    options = {"timeframe": {"1min": "M1", "1D": "D1", "1h": "H1"}[step]} if kind != "ticks" else {}
    (done,) = History().load(table, symbol=symbol, progress=False, **options)
    return done.stored


@pytest.mark.parametrize(
    ("options", "start", "end", "missing"),
    [
        # all of it; weekends at either end and inside
        ({"spans": [("2024-03-04", "2024-03-30")]}, "2024-03-04", "2024-03-30", []),
        ({"spans": [("2024-03-04", "2024-03-30")]}, "2024-03-02", "2024-04-01", []),
        # days that begin with the first trading day after the start (2024-06-01 is a Saturday)
        ({"step": "1D", "spans": [("2024-06-03", "2024-12-31")]}, "2024-06-01", "2024-12-31", []),
        # the days around Christmas and New Year
        ({"spans": [("2023-12-01", "2024-01-20")], "holes": [("2023-12-24", "2023-12-27"), ("2023-12-31", "2024-01-02")]}, "2023-12-01", "2024-01-20", []),
        # a day or less in a row is a holiday of a market that we do not know
        ({"spans": [("2024-03-04", "2024-05-01")], "holes": [("2024-03-29", "2024-03-30")]}, "2024-03-04", "2024-05-01", []),
        # what lacks, at the start, at the end and inside
        ({"spans": [("2024-03-06", "2024-03-30")]}, "2024-03-04", "2024-03-30", [("2024-03-04", "2024-03-06")]),
        ({"spans": [("2024-03-04", "2024-03-21")]}, "2024-03-04", "2024-03-30", [("2024-03-21", "2024-03-29 21:00")]),
        ({"spans": [("2024-03-04", "2024-05-01")], "holes": [("2024-03-12", "2024-03-15")]}, "2024-03-04", "2024-05-01", [("2024-03-12", "2024-03-15")]),
        # no day may be missing of one, nor an hour of two
        ({"spans": [("2024-03-04", "2024-03-04 12:00")]}, "2024-03-04", "2024-03-05", [("2024-03-04 12:00", "2024-03-05")]),
        ({"kind": "ticks", "spans": [("2024-03-04 08:00", "2024-03-04 09:00")]}, "2024-03-04 08:00", "2024-03-04 10:00", [("2024-03-04 09:00", "2024-03-04 10:00")]),
        ({"kind": "ticks", "spans": [("2024-03-04 08:00", "2024-03-04 10:00")]}, "2024-03-04 08:00", "2024-03-04 10:00", []),
        # a market without weekends; the same from a broker that closes at weekends
        ({"symbol": "BTCUSD", "step": "1h", "spans": [("2024-03-01", "2024-04-01")]}, "2024-03-01", "2024-04-01", []),
        ({"symbol": "BTCUSD", "step": "1h", "spans": [("2024-03-01", "2024-04-01")], "holes": [("2024-03-16", "2024-03-18")]}, "2024-03-01", "2024-04-01", [("2024-03-16", "2024-03-18")]),
        ({"symbol": "BTCUSD", "step": "1h", "spans": [("2024-03-04", "2024-03-09"), ("2024-03-11", "2024-03-16"), ("2024-03-18", "2024-03-23")]}, "2024-03-04", "2024-03-23", []),
    ],
)  # fmt: skip
def test_what_is_missing(options, start, end, missing):
    stored = store(**options)
    symbol = built_in()["EURUSD"]
    if stored.symbol == "BTCUSD":
        symbol = dataclasses.replace(symbol, name="BTCUSD", trade_sessions=())
    found = gaps(stored, symbol, ms(start), ms(end))
    assert found == [(ms(one), ms(other)) for one, other in missing]


def test_two_hours_of_ticks_do_not_become_five_years():
    store(kind="ticks", spans=[("2024-03-04 07:00", "2024-03-04 09:00")])
    far = {"bars": [("EURUSD", "D1")], "from": "2020-01-01", "to": "2024-12-31"}
    with pytest.raises(DataError, match="EURUSD ticks of 2020-01-01 to 2024-12-31 lack 2020-01-0"):
        MAS().backtest(far)
    assert "synthetic" in MAS().backtest({**far, "source": "synthetic"}).source["EURUSD"]
    store(step="1D", spans=[("2019-12-20", "2024-12-31")])
    assert MAS().backtest(far).source["EURUSD"].startswith("EURUSD D1 ")


def test_the_finest_kind_that_covers_is_played():
    store(kind="ticks", spans=[("2024-03-04", "2024-03-12")])
    store(spans=[("2024-03-04", "2024-04-01")])
    store(step="1h", spans=[("2024-01-02", "2024-05-01")])
    kinds = {}
    for name, to in (("ticks", "2024-03-12"), ("M1", "2024-04-01"), ("H1", "2024-05-01")):
        asked = {"bars": [("EURUSD", "H1")], "from": "2024-03-04", "to": to}
        kinds[name] = MAS().backtest(asked).source["EURUSD"].split()[1]
    assert kinds == {"ticks": "ticks", "M1": "M1", "H1": "H1"}
    beyond = {"bars": [("EURUSD", "H1")], "from": "2024-03-04", "to": "2024-06-01"}
    with pytest.raises(
        DataError, match=r"EURUSD H1 of .* lack .* stored are ticks from .*, M1 from .*, H1 from"
    ):
        MAS().backtest(beyond)


@pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real data is not here")
@pytest.mark.parametrize(
    ("name", "start", "end", "holes"),
    [
        ("EURUSD_D1_2008_2024", "2008-01-14", "2024-01-20", 0),
        ("EURUSD_D1_2010_2026_with_spread", "2010-05-01", "2026-05-08", 0),
        ("USDCHF_D1_with_spread", "2010-05-01", "2026-05-08", 0),
        ("EURUSD_H1_2007_2018", "2007-01-02", "2018-12-29", 1),  # a week of December 2016
        ("EURUSD_M1_2018-06_with_spread", "2018-06-01", "2018-06-30", 0),
        ("EURUSD_M1_2020-04_2020-10", "2020-04-28", "2020-10-15", 2),  # weeks of June and August
        ("EURUSD_ticks_2014-05-01_2014-05-09", "2014-05-01", "2014-05-10", 0),
        ("USDJPY_M1_2013", "2013-02-01", "2013-03-01", 0),
        ("GBPJPY_ticks_2012-12-03_00h-12h", "2012-12-03", "2012-12-03 12:00", 0),
        ("GBPJPY_ticks_2012-12-03_00h-12h", "2012-12-03", "2012-12-04", 1),
    ],
)
def test_real_files_cover_what_they_cover(name, start, end, holes):
    (done,) = History().load(DATA / f"{name}.parquet", progress=False)
    symbol = built_in()[done.stored.symbol]
    found = gaps(done.stored, symbol, ms(start), ms(end))
    assert len(found) == holes, [
        [datetime(1970, 1, 1) + timedelta(milliseconds=one) for one in span] for span in found
    ]
