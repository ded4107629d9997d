"""The synthetic history has a normal week, also where the paper market is open on Sundays."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from mas.clock import ManualClock, to_ms
from mas.history.resample import fold
from mas.sim import SimSettings, SimTerminal, built_in
from mas.sim.bars import priced
from mas.sim.streams import SyntheticStream
from mas.terminal import constants as c

SUNDAY = "2026-01-04T12:00:00"
HOUR = 3_600_000
OPENINGS = ["2026-01-04T12:00:00", "2026-01-04T12:00:00.001", "2026-01-03T09:17:33.700"]


def opened(moment: str = SUNDAY, **more: Any) -> tuple[SimTerminal, ManualClock]:
    clock = ManualClock(moment)
    terminal = SimTerminal(SimSettings(**more), clock=clock)
    terminal.initialize()
    return terminal, clock


@pytest.mark.parametrize("name", ["EURUSD", "XAUUSD", "AAPL"])
@pytest.mark.parametrize("opening", OPENINGS)
def test_r40_the_past_follows_the_sessions_the_present_is_open(name: str, opening: str) -> None:
    terminal, clock = opened(opening)
    now = clock.now_ms()
    sessions = built_in()[name].quoting
    tick = terminal.symbol_info_tick(name)
    assert tick.time_msc == now, "the market opens with the terminal"
    deal = {"action": 1, "symbol": name, "volume": 1.0, "type": 0, "price": tick.ask}
    assert terminal.order_send(deal).retcode == c.TRADE_RETCODE_DONE
    start, forming = now / 1000 - 14 * 86_400, now // HOUR * 3600
    bars = terminal.copy_rates_range(name, c.TIMEFRAME_M30, start, now / 1000)
    past = bars["time"][bars["time"] < forming]
    assert len(past) > 50
    assert all(sessions.open_at(int(time) * 1000) for time in past)
    clock.advance(3600)
    later = terminal.copy_ticks_range(name, now / 1000, clock.now_ms() / 1000, c.COPY_TICKS_ALL)
    assert later["time_msc"][0] == now
    assert len(later) > 60, "it goes on at a weekend"
    again = terminal.copy_rates_range(name, c.TIMEFRAME_M30, start, now / 1000)
    assert np.array_equal(again["time"][again["time"] < forming], past), "the past stays"


@pytest.mark.parametrize("opening", OPENINGS)
def test_minute_bars_are_those_of_the_ticks_where_the_market_opens(opening: str) -> None:
    now, spec = to_ms(opening), built_in()["EURUSD"]
    stream = SyntheticStream(spec, seed=7, always=True, since=now)
    begin = now // HOUR * HOUR - 48 * HOUR
    ticks = stream.ticks(begin, begin + 60 * HOUR)
    assert np.all(np.diff(ticks.times) > 0)
    assert ticks.times[ticks.times.searchsorted(now)] == now
    bars = stream.minute_bars(begin, begin + 60 * HOUR)
    assert bars is not None
    wanted = fold(ticks, c.TIMEFRAME_M1)
    assert np.array_equal(priced(bars, 5), priced(wanted, 5))


def test_the_opening_quote_is_that_of_the_market_that_never_closes() -> None:
    now, spec = to_ms(SUNDAY), built_in()["EURUSD"]
    quote = SyntheticStream(spec, seed=7, always=True, since=now).quote(now)
    never = SyntheticStream(spec, seed=7, always=True).quote(now)
    assert quote is not None
    assert never is not None
    assert quote == never._replace(time_msc=now)


def test_a_terminal_that_opens_in_a_session_adds_nothing() -> None:
    now = to_ms("2026-01-06T12:00:00")
    stream = SyntheticStream(built_in()["EURUSD"], seed=7, always=True, since=now)
    never = SyntheticStream(built_in()["EURUSD"], seed=7, always=True)
    assert stream.quote(now) == never.quote(now)
    saturday = to_ms("2026-01-10T12:00:00")
    assert stream.quote(saturday) == never.quote(saturday), "it stays open over the weekend"


def test_the_days_of_a_week() -> None:
    """FX from Sunday evening to Friday evening, a market without sessions every day."""
    terminal, clock = opened("2026-01-07T12:00:00")
    now = clock.now_ms() / 1000
    days = terminal.copy_rates_range("EURUSD", c.TIMEFRAME_D1, now - 60 * 86_400, now)
    weekdays = [datetime.fromtimestamp(int(one), UTC).isoweekday() for one in days["time"]]
    assert set(weekdays) == {7, 1, 2, 3, 4, 5}
    sundays = days["tick_volume"][np.array(weekdays) == 7]
    assert sundays.max() < days["tick_volume"][np.array(weekdays) == 2].min() / 2
    hours = terminal.copy_rates_range("EURUSD", c.TIMEFRAME_H1, now - 6 * 86_400, now - 2 * 86_400)
    stamps = [datetime.fromtimestamp(int(one), UTC) for one in hours["time"]]
    weekend = [one for one in stamps if one.isoweekday() in {5, 6, 7}]
    friday = max(one for one in weekend if one.isoweekday() == 5)
    sunday = min(one for one in weekend if one.isoweekday() == 7)
    assert (friday.hour, sunday.hour) == (20, 21)
