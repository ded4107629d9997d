"""Generated ticks that are made one by one are those that making all of them gives (R190–R199)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mas.history.columns import NO_TICKS, Bars, joined
from mas.history.generate import tick_blocks
from mas.history.paths import MODELS, BarTicks
from mas.sim.arrays import ArrayStream
from mas.sim.barstream import BarStream
from mas.sim.book import ANY, NEVER_ABOVE, Levels

MINUTE = 60_000
START = 1_700_000_040_000  # a whole minute
LOW = 1000

columns = st.tuples(
    st.sampled_from((1, 1, 1, 2, 7)),  # minutes to the next bar
    st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40),
    st.integers(0, 6) | st.integers(0, 90),  # ticks
    st.integers(-1, 4),  # spread
)  # fmt: skip
several = st.lists(columns, max_size=12)
numbers = st.integers(LOW - 2, LOW + 46)
level = st.builds(
    Levels, numbers | st.just(-1), numbers | st.just(NEVER_ABOVE), numbers | st.just(-1),
    numbers | st.just(NEVER_ABOVE),
) | st.just(ANY)  # fmt: skip
model = st.sampled_from(MODELS)


def bars_of(rows: list[tuple[int, ...]], *, high_volume: int = 0) -> Bars:
    """Return bars; their opens and closes lie within their extremes."""
    times, at, found = [], START, []
    for gap, *prices, volume, spread in rows:
        times.append(at)
        at += gap * MINUTE
        low, first, second, high = sorted(prices)
        opened, close = (first, second) if prices[0] % 2 else (second, first)
        if prices[1] % 4 == 0:
            opened = close
        found.append((opened, high, low, close, volume + high_volume, spread))
    table = np.array(found, np.int64).reshape(-1, 6).T
    table[:4] += LOW
    return Bars(np.array(times, np.int64), *table)


def both(
    bars: Bars, model: str, length_ms: int = MINUTE, *, by_last: bool = False
) -> tuple[BarStream, ArrayStream]:
    """Return the stream of bars, and one over all of their ticks."""
    pieces = list(tick_blocks(bars, model, length_ms=length_ms))
    ticks = joined(pieces) if pieces else NO_TICKS
    if by_last:
        ticks = ticks._replace(lasts=ticks.bids, volumes=np.zeros(len(ticks.times)))
    made = BarTicks(bars, model, length_ms=length_ms)
    return BarStream(made, by_last=by_last), ArrayStream(ticks, bars)


def same(one: Any, other: Any) -> bool:
    return all(map(np.array_equal, one, other))


times = st.lists(st.integers(START - 1000, START + 40 * MINUTE), min_size=1, max_size=8)
exact = st.lists(st.integers(0, 200), max_size=4)


@settings(max_examples=400, deadline=None)
@given(rows=several, model=model, asked=times, ticks=exact, near=level, by_last=st.booleans())
def test_all_that_a_stream_answers(
    rows: Any, model: str, asked: list[int], ticks: list[int], near: Levels, by_last: bool
) -> None:
    bars = bars_of(rows)
    lazy, whole = both(bars, model, by_last=by_last)
    known = whole.ticks(0, 1 << 60).times
    exact = [int(known[one % len(known)]) for one in ticks if len(known)]
    asked += [one - before for one in exact for before in (1, 0)]
    assert len(lazy) == len(whole)
    assert lazy.extremes() == whole.extremes()
    for now in asked:  # to and fro
        assert lazy.quote(now) == whole.quote(now)
        assert lazy.next_after(now) == whole.next_after(now)
        found = lazy.find(now, near, by_last=by_last)
        assert found == whole.find(now, near, by_last=by_last)
        if found[1]:
            lazy.hold()
            whole.hold()
            assert lazy.quote(found[0]) == whole.quote(found[0])
            for after in (found[0] - 1, found[0]):
                again = lazy.find(after, near, by_last=by_last)
                assert again == whole.find(after, near, by_last=by_last)
            lazy.release()
            whole.release()
        for end in (now + 7, now + 95_000, asked[0]):
            assert same(lazy.ticks(now, end), whole.ticks(now, end))
            assert lazy.count(now, end) == whole.count(now, end)
            blocks_are_those_of_their_ticks(lazy, whole, now, end)
        assert same(lazy.minute_bars(now, now + 99_999), whole.minute_bars(now, now + 99_999))
        assert same(lazy.bars_for(5, now, now + 99_999), whole.bars_for(5, now, now + 99_999))
    sorted_times = np.sort(np.array(asked, np.int64))
    assert same(lazy.quotes(sorted_times), whole.quotes(sorted_times))


def blocks_are_those_of_their_ticks(
    lazy: BarStream, whole: ArrayStream, start: int, end: int
) -> None:
    """A block says what its ticks are, and the ticks outside are fewer than a bar at each end."""
    blocks = lazy.blocks(start, end)
    inside = whole.ticks(start, end)
    if blocks is None:
        assert len(np.unique(inside.times // MINUTE)) <= 2
        return
    for first, last, bid_low, bid_high, ask_low, ask_high in zip(*blocks, strict=True):
        ticks = whole.ticks(int(first), int(last) + 1)
        assert (ticks.times[0], ticks.times[-1]) == (first, last)
        assert (ticks.bids.min(), ticks.bids.max()) == (bid_low, bid_high)
        assert (ticks.asks.min(), ticks.asks.max()) == (ask_low, ask_high)
    before = inside.times[inside.times < blocks.firsts[0]]
    after = inside.times[inside.times > blocks.lasts[-1]]
    assert len(np.unique(before // MINUTE)) <= 1
    assert len(np.unique(after // MINUTE)) <= 1


@settings(max_examples=200, deadline=None)
@given(rows=several, model=model, near=level)
def test_each_tick_beyond_is_found_once_in_its_order(rows: Any, model: str, near: Levels) -> None:
    lazy, whole = both(bars_of(rows), model)
    after = 0
    for _ in range(1000):
        found = lazy.find(after, near, by_last=False)
        assert found == whole.find(after, near, by_last=False)
        if not found[1]:
            break
        lazy.hold()
        whole.hold()
        after = found[0] - 1


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("volume", [7, 2000, 90_000])
def test_more_ticks_than_milliseconds(model: str, volume: int) -> None:
    """A bar of a second with thousands of ticks: several have one time."""
    bars = bars_of([(1, 3, 9, 25, 40, 0, 2), (1, 5, 0, 25, 4, 0, 0)], high_volume=volume)
    lazy, whole = both(bars, model, length_ms=1000)
    for now in range(START - 2, START + 1100, 50):
        assert lazy.quote(now) == whole.quote(now)
        assert lazy.next_after(now) == whole.next_after(now)
        for near in (Levels(LOW + 1, NEVER_ABOVE, -1, NEVER_ABOVE), ANY):
            assert lazy.find(now, near, by_last=False) == whole.find(now, near, by_last=False)


def test_bars_that_begin_before_the_one_before_is_over_end_it() -> None:
    """A month counts as 30 days, February has 28: time never runs back."""
    bars = bars_of([(1, 3, 9, 25, 40, 50, 2), (1, 5, 0, 25, 4, 50, 0), (1, 9, 0, 2, 4, 50, 0)])
    lazy, whole = both(bars, "every_tick", length_ms=2 * MINUTE)
    times = whole.ticks(0, 1 << 60).times
    assert (np.diff(times) > 0).all()
    assert times[50] == bars.times[1]
    assert same(lazy.ticks(0, 1 << 60), whole.ticks(0, 1 << 60))
    assert [lazy.quote(int(one)) for one in times] == [whole.quote(int(one)) for one in times]
