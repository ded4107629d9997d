"""Bars are the ticks that the clock has seen, whatever was asked for before (R173 to R182)."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mas.backtest.data import Replay
from mas.clock import ManualClock
from mas.history.columns import Ticks
from mas.history.generate import tick_blocks
from mas.history.resample import fold, seconds_of
from mas.history.serverclock import server_clock
from mas.schema.words import TIMEFRAMES
from mas.sim import SimSettings, SimTerminal, built_in
from mas.sim.arrays import ArrayStream
from mas.sim.barcache import BarHistory, ClosedBars
from mas.sim.bars import priced
from mas.terminal import constants as c

SPEC = built_in()["EURUSD"]
BY_LAST = dataclasses.replace(built_in()["AAPL"], name="EURUSD")
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
START = 1_582_934_400_000  # 2020-02-29 00:00, the Saturday that ends a leap February
moments = st.integers(0, 75 * DAY)
gaps = st.sampled_from([0, 1, 700, MINUTE, HOUR, 5 * HOUR, 2 * DAY, 9 * DAY])
codes = st.sampled_from(sorted(TIMEFRAMES.values()))


def opened(time: int, code: int) -> int:
    """Return the second at which the period of a time, ms, opens, by the calendar."""
    moment = datetime.fromtimestamp(time // 1000, UTC)
    midnight = moment.replace(hour=0, minute=0, second=0)
    if code == c.TIMEFRAME_MN1:
        return int(midnight.replace(day=1).timestamp())
    if code == c.TIMEFRAME_W1:
        return int((midnight - timedelta(days=midnight.isoweekday() % 7)).timestamp())
    since = (moment - midnight).seconds
    return int(midnight.timestamp()) + since // seconds_of(code) * seconds_of(code)


def slow(ticks: Ticks, code: int, now: int, *, by_last: bool = False) -> dict[int, list[Any]]:
    """Return the bars of all ticks up to `now`, one tick after the other, by open time."""
    found: dict[int, list[Any]] = {}
    rows = zip(*(one.tolist() for one in ticks if one is not None), strict=True)
    for time, bid, ask, *deal in rows:
        price = deal[0] if by_last else bid
        if time > now or (by_last and not price):
            continue
        bar = found.setdefault(opened(time, code), [price, price, price, price, 0, ask - bid, 0.0])
        bar[1], bar[2], bar[3] = max(bar[1], price), min(bar[2], price), price
        bar[4] += 1
        bar[6] += deal[1] if deal else 0.0
    return found


def table(bars: dict[int, list[Any]], scale: float) -> list[tuple[Any, ...]]:
    return [
        (time, *(price / scale for price in bar[:4]), bar[4], bar[5], int(bar[6]))
        for time, bar in sorted(bars.items())
    ]


@st.composite
def histories(draw: st.DrawFn, *, deals: bool = False) -> Ticks:
    """Ticks in bursts, with gaps of up to days between them and some of the same time."""
    rng = np.random.default_rng(draw(st.integers(0, 1 << 32)))
    times = [START + draw(moments)]
    for gap in draw(st.lists(gaps, min_size=1, max_size=12)):
        count = draw(st.integers(1, 40))
        burst = rng.choice(
            [0, 10, 400, 9000, 70_000, 900_000], count, p=[0.2, 0.3, 0.2, 0.1, 0.1, 0.1]
        )
        times += (times[-1] + gap + np.cumsum(burst)).tolist()
    bids = 110_000 + np.cumsum(rng.integers(-9, 10, len(times)))
    asks = bids + rng.integers(0, 20, len(times))
    columns = [np.array(times, np.int64), bids, asks]
    if deals:
        dealt = rng.random(len(times)) < 0.7
        columns += [np.where(dealt, asks, 0), np.where(dealt, rng.integers(1, 9, len(times)), 0.0)]
    return Ticks(*columns)


def stream_of(ticks: Ticks, kind: str) -> ArrayStream:
    return Replay(SPEC, ticks, "test").stream if kind == "minutes" else ArrayStream(ticks)


class Asks:
    """Asks a terminal in every way, and compares with what the ticks say."""

    def __init__(
        self, terminal: SimTerminal, clock: ManualClock, ticks: Ticks, **more: Any
    ) -> None:
        self.terminal, self.clock, self.ticks, self.more = terminal, clock, ticks, more

    def at(self, now: int, code: int, count: int, position: int, moment: int) -> None:
        self.clock.set(now)
        terminal, scale = self.terminal, 10.0 ** self.terminal.symbol_info("EURUSD").digits
        rows = table(slow(self.ticks, code, now, **self.more), scale)
        found = terminal.copy_rates_from_pos("EURUSD", code, position, count).tolist()
        assert found == rows[max(len(rows) - position - count, 0) : max(len(rows) - position, 0)]
        before = [row for row in rows if row[0] <= moment // 1000]
        found = terminal.copy_rates_from("EURUSD", code, moment // 1000, count).tolist()
        assert found == before[-count:]
        end = moment + position * seconds_of(code) * 1000
        inside = [row for row in rows if moment / 1000 <= row[0] <= end / 1000]
        found = terminal.copy_rates_range("EURUSD", code, moment / 1000, end / 1000).tolist()
        assert found == inside


@st.composite
def questions(draw: st.DrawFn) -> list[Any]:
    """Timeframe, count, position and moment of calls about one or two timeframes."""
    few = st.sampled_from(draw(st.lists(codes, min_size=1, max_size=2)))
    one = st.tuples(few, st.integers(1, 60), st.integers(0, 9), moments)
    return draw(st.lists(one, min_size=2, max_size=12))


def terminal_at(clock: ManualClock, spec: Any = SPEC) -> SimTerminal:
    terminal = SimTerminal(SimSettings(), clock=clock, symbols={"EURUSD": spec})
    terminal.initialize()
    return terminal


@pytest.mark.parametrize("kind", ["minutes", "ticks"])
@given(ticks=histories(), asked=questions(), steps=st.lists(gaps, min_size=12, max_size=12))
def test_bars_of_a_replay_are_those_of_its_ticks(
    kind: str, ticks: Ticks, asked: list[Any], steps: list[int]
) -> None:
    clock = ManualClock(START)
    terminal = terminal_at(clock)
    terminal.market.replay("EURUSD", stream_of(ticks, kind))
    asks, now = Asks(terminal, clock, ticks), int(ticks.times[0])
    for step, (code, count, position, moment) in zip(steps, asked, strict=False):
        now += step
        asks.at(now, code, count, position, START + moment)


@given(
    ticks=histories(deals=True), asked=questions(), nows=st.lists(moments, min_size=12, max_size=12)
)
def test_bars_of_deals_are_those_of_its_deals(
    ticks: Ticks, asked: list[Any], nows: list[int]
) -> None:
    """R179."""
    clock = ManualClock(START)
    terminal = terminal_at(clock, BY_LAST)
    terminal.market.replay("EURUSD", Replay(BY_LAST, ticks, "test").stream)
    asks = Asks(terminal, clock, ticks, by_last=True)
    for now, (code, count, position, moment) in zip(sorted(nows), asked, strict=False):
        asks.at(START + now, code, count, position, START + moment)


@given(
    ticks=histories(),
    asked=questions(),
    cuts=st.lists(st.integers(1, 60), min_size=12, max_size=12),
)
def test_bars_of_a_fed_market_follow_each_tick(
    ticks: Ticks, asked: list[Any], cuts: list[int]
) -> None:
    """Ticks may be fed late, of the last tick's time, and between two calls of one moment."""
    clock = ManualClock(START - DAY)
    terminal, at = terminal_at(clock), 0
    clock.set(int(ticks.times[-1]) // 2 + START // 2)
    for cut, (code, count, position, moment) in zip(cuts, asked, strict=False):
        for time, bid, ask in zip(*(one[at : at + cut].tolist() for one in ticks[:3]), strict=True):
            terminal.feed("EURUSD", bid / SPEC.scale, ask / SPEC.scale, time_msc=time)
        at += cut
        now = max(clock.now_ms(), int(ticks.times[min(at, len(ticks.times)) - 1]))
        known, near = ticks.part(slice(0, at)), int(ticks.times[:at][-1])
        asks = Asks(terminal, clock, known)
        asks.at(now, code, count, position, near + moment // 1000)
        asks.at(now, code, count, position, START + moment)


@given(hours=st.integers(30, 400), asked=questions(), seed=st.integers(0, 99))
def test_bars_of_longer_stored_bars(hours: int, asked: list[Any], seed: int) -> None:
    """What is stored as H1: prices are those of its ticks, volumes those that are stored."""
    rng = np.random.default_rng(seed)
    opens = START + np.flatnonzero(rng.random(hours) < 0.8) * HOUR
    ticks_of = Ticks(opens, 110_000 + rng.integers(-50, 50, len(opens)), opens * 0 + 120_000)
    bars = fold(ticks_of, c.TIMEFRAME_H1)
    highs, lows = (
        bars.highs + rng.integers(0, 9, len(opens)),
        bars.lows - rng.integers(0, 9, len(opens)),
    )
    bars = bars._replace(highs=highs, lows=lows, volumes=rng.integers(4, 999, len(opens)))
    pieces = list(tick_blocks(bars, "ohlc", length_ms=HOUR))
    ticks = Ticks(
        *(np.concatenate(one) for one in zip(*(piece[:3] for piece in pieces), strict=True))
    )
    replay = Replay(SPEC, ticks, "test", bars=bars, timeframe=c.TIMEFRAME_H1)
    clock = ManualClock(START)
    terminal = terminal_at(clock)
    terminal.market.replay("EURUSD", replay.stream)
    now = START + hours * HOUR * 2 // 3
    clock.set(now)
    for code, count, *_ in asked:
        rows = table(slow(ticks, code, now), SPEC.scale)[-count:]
        found = terminal.copy_rates_from_pos("EURUSD", code, 0, count)
        assert [row[:5] for row in found.tolist()] == [row[:5] for row in rows]
    closed = replay.bars(c.TIMEFRAME_D1, START, now // DAY * DAY)[0]
    days = terminal.copy_rates_range(
        "EURUSD", c.TIMEFRAME_D1, START / 1000, now // DAY * 86_400 - 1
    )
    assert days["tick_volume"].tolist() == closed.volumes.tolist()


@settings(max_examples=4)
@given(
    name=st.sampled_from(["EURUSD", "XAUUSD", "AAPL", "ES.F"]),
    asked=st.lists(
        st.tuples(codes, st.integers(1, 30), st.integers(0, 2 * DAY)), min_size=1, max_size=5
    ),
)  # fmt: skip
def test_bars_of_the_synthetic_market_are_those_of_its_ticks(name: str, asked: list[Any]) -> None:
    """Symbols with sessions, and those whose bars are made of deals."""
    spec, clock = built_in()[name], ManualClock(START + 4 * DAY)
    terminal = SimTerminal(SimSettings(hours="market"), clock=clock)
    terminal.initialize()
    stream, begin = terminal.market.stream(name), START - 31 * DAY if len(asked) == 1 else START
    now = START + 4 * DAY
    for code, count, step in asked:
        now += step
        clock.set(now)
        by_last = spec.chart_mode == c.SYMBOL_CHART_MODE_LAST
        ticks = stream.ticks(max(begin, now - 9 * DAY), now + 1)
        bars = priced(fold(ticks, code, by_last=by_last), spec.digits)[1:]
        found = terminal.copy_rates_from_pos(name, code, 0, count)
        shown = min(len(found), len(bars))
        assert np.array_equal(found[-shown:], bars[-shown:]) or not shown
        assert len(found) == count


@given(
    ticks=histories(),
    zone=st.sampled_from(["+3", "-05:30", "New York close", "Europe/Athens"]),
    code=codes,
    nows=st.lists(moments, min_size=1, max_size=6),
    count=st.integers(1, 50),
)
def test_periods_follow_the_servers_clock(
    ticks: Ticks, zone: str, code: int, nows: list[int], count: int
) -> None:
    """R182: over the days on which clocks are moved as well."""
    clock, stream = server_clock(zone), stream_of(ticks, "minutes")
    history = BarHistory(stream, ClosedBars(SPEC, code, clock))
    for now in sorted(nows):
        seen = ticks.part(ticks.times <= START + now)
        bars = priced(fold(seen, code, clock=clock), SPEC.digits)
        found = history.newest(count, START + now, START + now)
        assert np.array_equal(found, bars[-count:])


def test_runs_over_one_history_share_its_closed_bars() -> None:
    times = START + np.arange(0, 40 * DAY, 7 * MINUTE)
    ticks = Ticks(times, 110_000 + np.arange(len(times)) % 77, 110_010 + np.arange(len(times)) % 77)
    replay = Replay(SPEC, ticks, "test")
    for now in (START + 39 * DAY, START + 9 * DAY + 61_000):
        clock = ManualClock(now)
        terminal = terminal_at(clock)
        terminal.market.replay("EURUSD", replay.fresh().stream)
        Asks(terminal, clock, ticks).at(now, c.TIMEFRAME_H4, 60, 1, now - DAY)
    assert list(replay.fresh().stream.closed), "made once for all"
