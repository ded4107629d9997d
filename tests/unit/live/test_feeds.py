"""Live subscriptions over a simulated terminal whose clock, and that of the pauses, stand still."""

from __future__ import annotations

from typing import Any

import pytest

from mas.clock import ManualClock
from mas.live.feeds import LiveBarFeed, LiveTickFeed
from mas.sim import SimSettings, SimTerminal
from mas.terminal import constants as c

AT = "2026-01-07T12:00:30"


class Counting:
    """A terminal that counts what it is asked."""

    def __init__(self) -> None:
        self.clock = ManualClock(AT)
        self.sim = SimTerminal(SimSettings(seed=7), clock=self.clock)
        self.sim.initialize()
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        self.calls += 1
        return getattr(self.sim, name)


@pytest.fixture
def terminal() -> Counting:
    return Counting()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds that the feeds see, to be changed."""
    now = [100.0]
    monkeypatch.setattr("mas.live.feeds.monotonic", lambda: now[0])
    return now


def test_ticks_come_each_once_from_the_newest_on(terminal: Counting, pauses: list[float]) -> None:
    got: list[dict[str, Any]] = []
    feed = LiveTickFeed(
        "EURUSD", interval=0.5, flags=c.COPY_TICKS_ALL, push=lambda _, row: got.append(row)
    )
    newest = terminal.sim.symbol_info_tick("EURUSD")
    feed(terminal)  # type: ignore[arg-type]
    assert [(row["bid"], row["ask"]) for row in got] == [(newest.bid, newest.ask)]
    for _ in range(40):
        terminal.clock.advance(1.3)
        pauses[0] += 0.5
        feed(terminal)  # type: ignore[arg-type]
    wanted = terminal.sim.copy_ticks_range(
        "EURUSD", newest.time, terminal.clock.now_ms() / 1000, c.COPY_TICKS_ALL
    )
    wanted = wanted[wanted["time_msc"] >= newest.time_msc]
    assert len(wanted) > 50
    assert [(row["bid"], row["ask"]) for row in got] == [(row["bid"], row["ask"]) for row in wanted]


def test_nothing_is_asked_before_the_pause_is_over(terminal: Counting, pauses: list[float]) -> None:
    ticks = LiveTickFeed("EURUSD", interval=0.5, flags=c.COPY_TICKS_ALL, push=lambda *_: None)
    bars = LiveBarFeed("EURUSD", c.TIMEFRAME_M1, interval=2.0, push=lambda *_: None)
    for feed, pause in ((ticks, 0.5), (bars, 2.0)):
        feed(terminal)  # type: ignore[arg-type]
        asked = terminal.calls
        pauses[0] += pause - 0.01
        feed(terminal)  # type: ignore[arg-type]
        assert terminal.calls == asked
        pauses[0] += 0.01
        feed(terminal)  # type: ignore[arg-type]
        assert terminal.calls > asked


def test_a_symbol_out_of_market_watch_is_put_there(terminal: Counting, pauses: list[float]) -> None:
    got: list[Any] = []
    terminal.sim.symbol_select("EURUSD", False)
    feed = LiveTickFeed(
        "EURUSD", interval=0.5, flags=c.COPY_TICKS_ALL, push=lambda *tick: got.append(tick)
    )
    feed(terminal)  # type: ignore[arg-type]
    assert got == []
    pauses[0] += 1
    feed(terminal)  # type: ignore[arg-type]
    assert [symbol for symbol, _ in got] == ["EURUSD"]


def test_bars_come_once_they_have_closed_also_after_a_gap(
    terminal: Counting, pauses: list[float]
) -> None:
    got: list[dict[str, Any]] = []
    feed = LiveBarFeed("EURUSD", c.TIMEFRAME_M1, interval=1.0, push=lambda _, row: got.append(row))
    counts = []
    for seconds in (0, 10, 50, 5, 185, 60):
        terminal.clock.advance(seconds)
        pauses[0] += 1
        feed(terminal)  # type: ignore[arg-type]
        counts.append(len(got))
    assert counts == [0, 0, 1, 1, 4, 5], "the bar that is being formed is never shown"
    closed = terminal.sim.copy_rates_from("EURUSD", c.TIMEFRAME_M1, 1_767_787_440, 5)
    for row, bar in zip(got, closed, strict=True):
        assert row == {
            "time": row["time"], "timeframe": "M1", "volume": bar["tick_volume"],
            **{name: bar[name] for name in ("open", "high", "low", "close")},
        }  # fmt: skip
    assert [row["time"].minute for row in got] == [0, 1, 2, 3, 4]
