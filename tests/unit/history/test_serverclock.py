"""A server's clock against the system's own zones, moment by moment."""

import pickle
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mas.errors import ParamError
from mas.history.columns import Bars
from mas.history.resample import close_times, merged, opens, seconds_of
from mas.history.serverclock import UTC_CLOCK, offset_name, server_clock
from mas.terminal import constants as c
from mas.timeunits import DAY_MS, HOUR_MS, MINUTE_MS

ZONES = {
    "UTC": UTC,
    "+3": timezone(timedelta(hours=3)),
    "UTC-05:30": timezone(-timedelta(hours=5, minutes=30)),
    "Europe/Athens": ZoneInfo("Europe/Athens"),
    "Australia/Lord_Howe": ZoneInfo("Australia/Lord_Howe"),
    "America/Sao_Paulo": ZoneInfo("America/Sao_Paulo"),
    "Atlantic/Azores": ZoneInfo("Atlantic/Azores"),
    "Africa/Casablanca": ZoneInfo("Africa/Casablanca"),
}
TIMEFRAMES = [
    getattr(c, f"TIMEFRAME_{name}")
    for name in ("M1", "M5", "M30", "H1", "H2", "H4", "H12", "D1", "W1", "MN1")
]
zones = st.sampled_from([*ZONES, "New York close"])
moments = st.integers(0, 4_100_000_000_000) | st.integers(1_600_000_000_000, 1_760_000_000_000)


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def shown(name, moment):
    """Return what the wall clock of a zone shows, by the standard library."""
    if name == "New York close":
        return shown_of(ZoneInfo("America/New_York"), moment) + 7 * HOUR_MS
    return shown_of(ZONES[name], moment)


def shown_of(zone, moment):
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment)).astimezone(zone)
    return (local.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
        milliseconds=1
    )


@given(zones, moments)
def test_it_shows_what_the_zone_shows_R183(name, moment):
    clock = server_clock(name)
    assert clock.to_server(moment) == shown(name, moment)
    assert clock.to_server(np.array([moment]))[0] == shown(name, moment)


@given(zones, moments)
def test_a_time_comes_from_the_first_moment_that_shows_it_R183(name, moment):
    clock = server_clock(name)
    time = clock.to_server(moment)
    found = clock.to_utc(time)
    assert clock.to_utc(np.array([time]))[0] == found
    assert clock.to_server(found) == time
    assert found <= moment
    earlier = [moment - back * 30 * MINUTE_MS for back in (1, 2)]
    assert (found == moment) == all(clock.to_server(one) != time for one in earlier)


def test_what_a_clock_leaves_out_is_the_moment_it_is_put_forward():
    clock = server_clock("Europe/Athens")  # 2024-03-31: 03:00 becomes 04:00
    forward = at("2024-03-31T01:00")
    assert clock.to_server(forward) == at("2024-03-31T04:00")
    assert clock.to_utc(at("2024-03-31T03:30")) == forward
    assert clock.to_utc(np.array([at("2024-03-31T03:30")])).tolist() == [forward]


@given(zones, moments)
def test_the_next_midnight_ends_the_servers_day(name, moment):
    clock = server_clock(name)
    midnight = clock.next_midnight(moment)
    assert moment < midnight <= moment + 26 * HOUR_MS
    assert clock.day(midnight) > clock.day(midnight - 1)
    assert not len(clock.midnights(moment, midnight - 1))
    assert clock.midnights(moment, midnight).tolist() == [midnight]


def test_new_york_closes_at_midnight_in_winter_and_summer_R160():
    clock = server_clock("new york close")
    assert clock.next_midnight(at("2024-01-15T12:00")) == at("2024-01-15T22:00")
    assert clock.next_midnight(at("2024-07-15T12:00")) == at("2024-07-15T21:00")
    # Europe changes three weeks later, and this server does not.
    assert clock.next_midnight(at("2024-03-12T12:00")) == at("2024-03-12T21:00")


@pytest.mark.parametrize(
    ("name", "hours"),
    [("+3", 3), ("3", 3), ("UTC+3", 3), ("gmt-4", -4), ("+05:30", 5.5), ("-2.5", -2.5), ("0", 0)],
)
def test_fixed_offsets(name, hours):
    clock = server_clock(name)
    assert clock.offset(0) == hours * HOUR_MS
    assert clock.fixed == hours * HOUR_MS
    assert (clock is UTC_CLOCK) == (hours == 0)
    assert server_clock(clock.name).offset(0) == hours * HOUR_MS


@pytest.mark.parametrize(
    "name", ["", "Mars/Base", "+15", "99", "+3:75", "../etc/passwd", "no zone"]
)
def test_what_is_no_zone_is_refused(name):
    with pytest.raises(ParamError, match="server_zone must be 'UTC', an offset such as"):
        server_clock(name)


def test_names_and_copies():
    assert [offset_name(one) for one in (0, 180, -330)] == ["UTC", "UTC+3", "UTC-05:30"]
    clock = server_clock("New York close")
    assert pickle.loads(pickle.dumps(clock)) is clock
    assert repr(clock) == "<ServerClock New York close>"
    times = np.array([1, 2])
    assert UTC_CLOCK.to_server(times) is times
    assert UTC_CLOCK.to_utc(times) is times


# -- periods -----------------------------------------------------------------------------------


def floored(time, timeframe):
    """Return the start of a period of server time, by the calendar."""
    moment = datetime(1970, 1, 1) + timedelta(milliseconds=time)
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if timeframe == c.TIMEFRAME_MN1:
        start = day.replace(day=1)
    elif timeframe == c.TIMEFRAME_W1:
        start = day - timedelta(days=(day.weekday() + 1) % 7)
    else:
        length = timedelta(seconds=seconds_of(timeframe))
        start = day + (moment - day) // length * length
    return (start - datetime(1970, 1, 1)) // timedelta(milliseconds=1)


@given(zones, moments, st.sampled_from(TIMEFRAMES))
def test_periods_begin_by_the_servers_clock_R182(name, moment, timeframe):
    clock = server_clock(name)
    start = int(opens(np.array([moment]), timeframe, clock)[0]) * 1000
    assert start <= moment
    assert clock.to_server(start) >= floored(shown(name, moment), timeframe)
    assert floored(shown(name, start), timeframe) == floored(shown(name, moment), timeframe)
    # One period: it begins in itself, and nothing before it belongs to it.
    assert opens(np.array([start]), timeframe, clock)[0] * 1000 == start
    assert opens(np.array([start - 1]), timeframe, clock)[0] * 1000 < start


@given(zones, moments, st.sampled_from(TIMEFRAMES))
def test_a_period_ends_where_the_next_begins_R182(name, moment, timeframe):
    clock = server_clock(name)
    start = opens(np.array([moment]), timeframe, clock) * 1000
    end = close_times(start, timeframe, clock)
    assert opens(end, timeframe, clock)[0] * 1000 == end[0]
    assert opens(end - 1, timeframe, clock)[0] * 1000 == start[0]
    assert start[0] <= moment < end[0]


def test_days_of_new_york_close_around_both_changes_R182():
    clock = server_clock("New York close")
    for change, first, second in (("2024-03-10", 22, 21), ("2024-11-03", 21, 22)):
        saturday = at(f"{change}T00:00") - DAY_MS
        hours = np.arange(saturday, saturday + 3 * DAY_MS, HOUR_MS)
        ones = np.ones(len(hours), np.int64)
        made = merged(Bars(hours, ones, ones, ones, ones, ones, ones), c.TIMEFRAME_D1, clock)
        days = [saturday - DAY_MS + first * HOUR_MS, saturday + first * HOUR_MS]
        days += [saturday + DAY_MS + second * HOUR_MS, saturday + 2 * DAY_MS + second * HOUR_MS]
        assert made.times.tolist() == days
        assert made.volumes.tolist()[1] == 24 + second - first
        assert close_times(made.times, c.TIMEFRAME_D1, clock).tolist()[:3] == days[1:]


@pytest.mark.parametrize(
    ("zone", "timeframe", "start", "end"),
    [
        ("UTC", c.TIMEFRAME_MN1, "2024-01-01", "2024-02-01"),
        ("UTC", c.TIMEFRAME_MN1, "2024-12-01", "2025-01-01"),
        ("UTC", c.TIMEFRAME_W1, "2024-02-25", "2024-03-03"),
        ("UTC", c.TIMEFRAME_M15, "2024-02-25T23:45", "2024-02-26"),
        # Set back at 01:00 UTC from 04:00 to 03:00, where a period of three hours begins again.
        ("Europe/Athens", c.TIMEFRAME_H3, "2024-10-27T00:00", "2024-10-27T01:00"),
        ("Europe/Athens", c.TIMEFRAME_H3, "2024-10-27T01:00", "2024-10-27T04:00"),
        # Set forward from 03:00 to 04:00: the period that began at midnight is short.
        ("Europe/Athens", c.TIMEFRAME_H4, "2024-03-30T22:00", "2024-03-31T01:00"),
        ("Europe/Athens", c.TIMEFRAME_D1, "2024-03-30T22:00", "2024-03-31T21:00"),
    ],
)
def test_ends_of_periods_by_hand_R182(zone, timeframe, start, end):
    ends = close_times(np.array([at(start)]), timeframe, server_clock(zone))
    assert ends.tolist() == [at(end)]
