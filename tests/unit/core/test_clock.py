from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from mas.clock import ManualClock, SystemClock, naive_utc, to_ms


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 5, 10),
        datetime(2026, 1, 5, 10, tzinfo=UTC),
        datetime(2026, 1, 5, 12, tzinfo=timezone(timedelta(hours=2))),
        "2026-01-05T10:00:00",
        "2026-01-05 10:00:00+00:00",
    ],
)
def test_all_ways_to_say_a_moment_agree(moment: datetime | str) -> None:
    assert to_ms(moment) == 1_767_607_200_000
    assert naive_utc(to_ms(moment)) == datetime(2026, 1, 5, 10)


def test_a_manual_clock_stands_until_moved_and_never_goes_back() -> None:
    clock = ManualClock("2026-01-05T10:00:00")
    start = clock.now_ms()
    assert clock.advance(1.5) == start + 1500 == clock.now_ms()
    with pytest.raises(ValueError, match="cannot go back"):
        clock.set(start)
    assert clock.now_ms() == start + 1500


def test_the_system_clock_tells_utc() -> None:
    now = datetime.now(UTC)
    assert abs(SystemClock().now_ms() - now.timestamp() * 1000) < 1000
