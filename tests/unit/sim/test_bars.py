"""Bars are made of the bids of their ticks, aligned as MetaTrader aligns them (R173 to R182)."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from mas.clock import ManualClock
from mas.sim import SimSettings, SimTerminal
from mas.terminal import constants as c

NOW = "2026-01-07T10:20:30"


@pytest.fixture(scope="module")
def terminal() -> SimTerminal:
    one = SimTerminal(SimSettings(), clock=ManualClock(NOW))
    one.initialize()
    return one


@pytest.mark.parametrize(
    ("timeframe", "seconds"),
    [(c.TIMEFRAME_M1, 60), (c.TIMEFRAME_M5, 300), (c.TIMEFRAME_H1, 3600), (c.TIMEFRAME_H4, 14400)],
)
def test_bars_are_made_of_bids(terminal: SimTerminal, timeframe: int, seconds: int) -> None:
    bars = terminal.copy_rates_from_pos("EURUSD", timeframe, 0, 4)
    assert len(bars) == 4
    for bar in bars:
        assert bar["time"] % seconds == 0
        ticks = terminal.copy_ticks_range(
            "EURUSD", int(bar["time"]), int(bar["time"]) + seconds - 0.001, c.COPY_TICKS_ALL
        )
        assert bar["tick_volume"] == len(ticks)
        bids = ticks["bid"]
        assert (bar["open"], bar["close"]) == (bids[0], bids[-1])
        assert (bar["high"], bar["low"]) == (bids.max(), bids.min())
        assert bar["spread"] == round((ticks["ask"][0] - bids[0]) * 1e5)  # R180


def test_positions_count_from_the_forming_bar(terminal: SimTerminal) -> None:
    """R174: 0 is the forming bar, the array is oldest first."""
    newest = terminal.copy_rates_from_pos("EURUSD", c.TIMEFRAME_H1, 0, 5)
    older = terminal.copy_rates_from_pos("EURUSD", c.TIMEFRAME_H1, 2, 3)
    assert newest[-1]["time"] == datetime(2026, 1, 7, 10, tzinfo=UTC).timestamp()
    assert np.array_equal(older["time"], newest["time"][:3])


def test_from_counts_backwards_and_range_includes_both_ends(terminal: SimTerminal) -> None:
    """R173, R175."""
    at = datetime(2026, 1, 6, 12, tzinfo=UTC)
    bars = terminal.copy_rates_from("EURUSD", c.TIMEFRAME_H1, at, 3)
    hours = [datetime.fromtimestamp(int(one), UTC).hour for one in bars["time"]]
    assert hours == [10, 11, 12]
    same = terminal.copy_rates_range("EURUSD", c.TIMEFRAME_H1, at.replace(hour=10), at)
    assert np.array_equal(bars, same)


def test_days_weeks_and_months_open_where_they_should(terminal: SimTerminal) -> None:
    """R182: a week opens on Sunday, a month on its first day."""
    day = terminal.copy_rates_from_pos("EURUSD", c.TIMEFRAME_D1, 0, 2)
    week = terminal.copy_rates_from_pos("EURUSD", c.TIMEFRAME_W1, 0, 1)
    month = terminal.copy_rates_from_pos("EURUSD", c.TIMEFRAME_MN1, 0, 1)
    assert datetime.fromtimestamp(int(day[-1]["time"]), UTC) == datetime(2026, 1, 7, tzinfo=UTC)
    assert datetime.fromtimestamp(int(week[0]["time"]), UTC) == datetime(2026, 1, 4, tzinfo=UTC)
    assert datetime.fromtimestamp(int(month[0]["time"]), UTC) == datetime(2026, 1, 1, tzinfo=UTC)
    assert week[0]["tick_volume"] > day["tick_volume"].sum()


def test_ticks_count_forwards(terminal: SimTerminal) -> None:
    """R172."""
    at = datetime(2026, 1, 7, 9, 59, 50, tzinfo=UTC)
    ticks = terminal.copy_ticks_from("EURUSD", at, 100, c.COPY_TICKS_ALL)
    assert len(ticks) == 100
    assert ticks["time_msc"][0] >= at.timestamp() * 1000
    assert np.all(np.diff(ticks["time_msc"]) > 0)
    assert len(terminal.copy_ticks_from("EURUSD", at, 10, c.COPY_TICKS_TRADE)) == 0  # R171


def test_wrong_questions_have_their_error(terminal: SimTerminal) -> None:
    """R177."""
    assert terminal.copy_rates_from_pos("NOPE", c.TIMEFRAME_M1, 0, 1) is None
    assert terminal.last_error()[0] == c.RES_E_NOT_FOUND
    assert terminal.copy_rates_from_pos("EURUSD", 60, 0, 1) is None  # H1 is not 60 (R181)
    assert terminal.last_error()[0] == c.RES_E_INVALID_PARAMS
