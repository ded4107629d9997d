"""Key figures count the time of the data, not the period that was asked for."""

from __future__ import annotations

import pytest

import mas.report
from mas.backtest import result as results
from mas.report.figures import Figures
from mas.report.record import of_result
from tests.unit.backtest.test_sources import run, store_ticks


def test_years_are_those_of_the_data(tmp_path):
    store_ticks(days=3)  # of which none is stored in the eleven years before
    _, whole = run(partial=True, **{"from": "2013-01-01", "to": "2024-02-01"})
    _, short = run(partial=True, **{"from": "2024-01-02", "to": "2024-02-01"})
    long, near = (Figures(of_result(one, "run")) for one in (whole, short))
    assert near.years() == pytest.approx(3 / 365.25, rel=0.05)
    assert long.years() == near.years()
    assert len(long.daily) == len(near.daily) == 3
    assert whole.played == short.played
    assert whole.played[0] >= short.start
    again = results.Result.load(whole.save(tmp_path / "run.mas"))
    assert again.played == whole.played
    assert again.counts == whole.counts
    assert Figures(of_result(again, "run")).years() == long.years()


def test_bars_and_ticks_are_counted():
    made = store_ticks(days=3)
    _, found = run(**{"from": "2024-01-02", "to": "2024-01-04"})
    assert found.counts["bars"] == 48
    first, last = found.played
    assert found.counts["ticks"] == ((made.times >= first) & (made.times <= last)).sum() > 0
    printed = mas.report.tester(found).as_dict()
    assert printed["Bars"] == "48"
    assert printed["Ticks"] == str(found.counts["ticks"])
