"""Weekly hours: trading and quotes of a symbol in server time (R40), and the end of a day (R91)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mas.clock import to_ms
from mas.errors import ParamError
from mas.sim.sessions import DAYS, FIRST_SUNDAY, Sessions
from mas.timeunits import DAY_MS, MINUTE_MS, WEEK_MS

SUNDAY = to_ms("2026-01-04T00:00:00")
FOREX = Sessions(["Sun 21:00-24:00", "Mon-Thu 00:00-24:00", "Fri 00:00-21:00"])
METAL = Sessions(["Sun 22:00-24:00", "Mon-Thu 00:00-21:00, 22:00-24:00", "Fri 00:00-21:00"])


def at(text: str, *, ms: int = 0) -> int:
    """Return the moment of "Fri 21:00" in the first full week of 2026."""
    day, time = text.split()
    hours, minutes = time.split(":")
    return SUNDAY + DAYS.index(day) * DAY_MS + (int(hours) * 60 + int(minutes)) * MINUTE_MS + ms


def test_the_week_begins_on_sunday_R166() -> None:
    assert (SUNDAY - FIRST_SUNDAY) % WEEK_MS == 0
    assert Sessions(["Wed 00:00-24:00"]).open_at(to_ms("2026-01-07T12:00:00"))


def test_no_row_is_always_open_R40() -> None:
    always = Sessions([])
    assert always.always
    assert always.open_at(at("Sat 12:00"))
    assert always.mask(np.array([at("Sat 12:00")])) is None
    assert always.next_open(at("Sat 12:00", ms=3)) == at("Sat 12:00", ms=3)
    assert always.end_of_day(at("Sat 12:00")) == at("Sat 24:00")


def test_a_start_is_open_and_an_end_is_closed_R40() -> None:
    assert not FOREX.open_at(at("Sun 21:00", ms=-1))
    assert FOREX.open_at(at("Sun 21:00"))
    assert FOREX.open_at(at("Fri 21:00", ms=-1))
    assert not FOREX.open_at(at("Fri 21:00"))
    assert not FOREX.open_at(at("Sat 12:00"))
    assert not FOREX.open_at(at("Sun 00:00"))


def test_an_end_of_24_meets_the_next_day_without_a_gap_R40() -> None:
    for day in ("Mon", "Tue", "Wed", "Thu", "Fri"):
        assert FOREX.open_at(at(f"{day} 00:00", ms=-1))
        assert FOREX.open_at(at(f"{day} 00:00"))


def test_a_day_may_have_several_spans_R40() -> None:
    assert METAL.open_at(at("Tue 21:00", ms=-1))
    assert not METAL.open_at(at("Tue 21:00"))
    assert not METAL.open_at(at("Tue 22:00", ms=-1))
    assert METAL.open_at(at("Tue 22:00"))


def test_an_end_above_24_reaches_into_the_next_day_R40() -> None:
    late = Sessions(["Mon 22:00-26:30"])
    assert late.open_at(at("Mon 23:59"))
    assert late.open_at(at("Tue 02:30", ms=-1))
    assert not late.open_at(at("Tue 02:30"))


@pytest.mark.parametrize("sunday", [[], ["Sun 01:00-01:30, 02:00-02:15"], ["Sun 04:00-05:00"]])
def test_saturday_night_reaches_into_sunday_R40(sunday: list[str]) -> None:
    late = Sessions(["Sat 20:00-27:00", *sunday])
    assert late.open_at(at("Sat 24:00", ms=-1))
    for minute in range(3 * 60):
        assert late.open_at(SUNDAY + minute * MINUTE_MS)
    assert not late.open_at(at("Sun 03:00"))
    assert late.open_at(at("Sun 04:30")) == ("Sun 04:00-05:00" in sunday)


def test_overlapping_rows_are_one() -> None:
    both = Sessions(["Mon 08:00-12:00", "Mon 10:00-11:00", "Mon-Tue 11:30-13:00"])
    assert both.open_at(at("Mon 11:15"))
    assert both.next_open(at("Mon 07:00")) == at("Mon 08:00")
    assert both.next_open(at("Mon 13:00")) == at("Tue 11:30")


def test_next_open_R40() -> None:
    assert METAL.next_open(at("Tue 12:00", ms=5)) == at("Tue 12:00", ms=5)
    assert METAL.next_open(at("Tue 21:00")) == at("Tue 22:00")
    assert METAL.next_open(at("Fri 21:00")) == at("Sun 22:00") + WEEK_MS
    assert METAL.next_open(at("Sun 00:00")) == at("Sun 22:00")


def test_a_day_ends_with_its_last_session_R91() -> None:
    assert FOREX.end_of_day(at("Fri 10:00")) == at("Fri 21:00")
    assert FOREX.end_of_day(at("Fri 21:00", ms=-1)) == at("Fri 21:00")
    assert Sessions(["Mon-Fri 01:00-21:00"]).end_of_day(at("Wed 00:10")) == at("Wed 21:00")
    assert Sessions(["Mon 08:00-09:00, 10:00-17:30"]).end_of_day(at("Mon 08:30")) == at("Mon 17:30")


def test_a_day_ends_at_midnight_at_the_latest_R91() -> None:
    assert FOREX.end_of_day(at("Mon 10:00")) == at("Mon 24:00")
    assert METAL.end_of_day(at("Mon 10:00")) == at("Mon 24:00")
    assert Sessions(["Mon 22:00-26:00"]).end_of_day(at("Mon 23:00")) == at("Mon 24:00")
    assert Sessions(["Sun-Sat 00:00-24:00"]).end_of_day(at("Sat 23:00")) == at("Sat 24:00")


def test_after_the_last_session_the_day_ends_at_midnight_R91() -> None:
    assert FOREX.end_of_day(at("Fri 21:00")) == at("Fri 24:00")
    assert FOREX.end_of_day(at("Sat 12:00")) == at("Sat 24:00")
    assert FOREX.end_of_day(at("Sun 02:00")) == at("Sun 24:00")
    assert Sessions(["Mon 08:00-09:00"]).end_of_day(at("Sun 12:00")) == at("Sun 24:00")


@pytest.mark.parametrize(
    "row",
    [
        "",
        "Mon",
        "Mon ",
        "Mo 09:00-10:00",
        "Fri-Mon 09:00-10:00",
        "Mon 9-10",
        "Mon 10:00-09:00",
        "Mon 10:00-10:00",
        "Mon 09:00-10:00,",
        "Mon 24:00-25:00",
        "Mon 09:00-48:01",
    ],
)
def test_a_row_that_cannot_be_read_is_named_in_one_line(row: str) -> None:
    with pytest.raises(ParamError) as error:
        Sessions(["Mon 09:00-10:00", row])
    assert repr(row) in str(error.value)
    assert "\n" not in str(error.value)


@st.composite
def rows(draw: st.DrawFn) -> str:
    low = draw(st.integers(0, 6))
    high = draw(st.integers(low, 6))
    start = draw(st.integers(0, 24 * 60 - 1))
    end = draw(st.integers(start + 1, 48 * 60))
    span = f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
    return f"{DAYS[low]}-{DAYS[high]} {span}"


def in_some_row(table: list[str], moment: int) -> bool:
    """Tell the same as open_at in the most simple way."""
    minute = (moment - SUNDAY) // MINUTE_MS
    for row in table:
        days, hours = row.split()
        low, high = (DAYS.index(day) for day in days.split("-"))
        start, end = (int(t[:2]) * 60 + int(t[3:]) for t in hours.split("-"))
        for day in range(low, high + 1):
            if start <= (minute - day * 1440) % (7 * 1440) < end:
                return True
            if (minute - day * 1440 - start) % (7 * 1440) < end - start:
                return True
    return False


@given(st.lists(rows(), min_size=1, max_size=4), st.integers(0, WEEK_MS - 1))
def test_any_week_R40(table: list[str], offset: int) -> None:
    """The mask says what open_at says, which is what the rows say, also at every edge."""
    sessions = Sessions(table)
    edges = np.array([*sessions._starts, *sessions._ends])
    spread = np.arange(offset % (97 * MINUTE_MS), WEEK_MS, 97 * MINUTE_MS)
    times = SUNDAY + np.concatenate([spread, edges, edges - 1, edges + WEEK_MS])
    expected = [in_some_row(table, int(time)) for time in times]
    assert [sessions.open_at(int(time)) for time in times] == expected
    mask = sessions.mask(times)
    assert mask is not None
    assert mask.tolist() == expected


@given(st.lists(rows(), min_size=1, max_size=4), st.integers(0, 2 * WEEK_MS))
def test_next_open_and_end_of_day_R40_R91(table: list[str], offset: int) -> None:
    sessions, moment = Sessions(table), SUNDAY + offset
    opening = sessions.next_open(moment)
    assert moment <= opening < moment + WEEK_MS
    assert sessions.open_at(opening)
    assert opening == moment or not sessions.open_at(opening - 1)
    end = sessions.end_of_day(moment)
    midnight = (moment // DAY_MS + 1) * DAY_MS
    assert moment < end <= midnight
    if end < midnight:
        assert sessions.open_at(end - 1)
        assert not sessions.open_at(end)
        assert sessions.next_open(end) >= midnight
