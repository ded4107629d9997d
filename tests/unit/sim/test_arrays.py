"""Stored ticks behave as fed ones do, whatever is asked of them in which order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mas.history.columns import Ticks
from mas.sim.arrays import ArrayStream
from mas.sim.book import NEVER_ABOVE, Levels
from mas.sim.streams import FedStream, Quote

ticks = st.lists(
    st.tuples(
        st.integers(0, 5), st.integers(90, 110), st.integers(0, 4), st.integers(90, 114),
        st.integers(0, 3),
    ),
    max_size=40,
)  # fmt: skip
numbers = st.integers(80, 120)
level = st.builds(
    Levels, numbers | st.just(-1), numbers | st.just(NEVER_ABOVE), numbers | st.just(-1),
    numbers | st.just(NEVER_ABOVE),
)  # fmt: skip


def both(rows: list[tuple[int, ...]]) -> tuple[FedStream, ArrayStream, list[Quote]]:
    """Return the same ticks in both streams; gaps of 0 ms make several of one time."""
    time, quotes = 1000, []
    for gap, bid, spread, last, volume in rows:
        time += gap
        quotes.append(Quote(time, bid, bid + spread, last, float(volume)))
    fed = FedStream()
    for quote in quotes:
        fed.feed(quote)
    columns = [np.array([quote[n] for quote in quotes], np.int64) for n in range(4)]
    volumes = np.array([quote.volume for quote in quotes])
    return fed, ArrayStream(Ticks._make([*columns, volumes])), quotes


@given(rows=ticks, near=level, by_last=st.booleans(), asked=st.lists(st.integers(990, 1100)))
def test_stored_and_fed_ticks_answer_alike(
    rows: Any, near: Levels, by_last: bool, asked: list[int]
) -> None:
    fed, stored, _ = both(rows)
    for now in asked:  # to and fro
        assert stored.quote(now) == fed.quote(now)
        assert stored.next_after(now) == fed.next_after(now)
        found = fed.find(now, near, by_last=by_last)
        assert stored.find(now, near, by_last=by_last) == found
        end = now + 7
        for one, other in zip(stored.ticks(now, end), fed.ticks(now, end), strict=True):
            assert (one == other).all()
    assert len(stored) == len(rows)


@given(rows=ticks, near=level, by_last=st.booleans())
def test_each_tick_beyond_is_found_once_in_its_order(
    rows: Any, near: Levels, by_last: bool
) -> None:
    """Also those of one millisecond: while one is held the next of its time is still to come."""
    for stream in both(rows)[:2]:
        quotes = both(rows)[2]
        wanted = []
        for quote in quotes:
            bid, ask = (quote.last, quote.last) if by_last else (quote.bid, quote.ask)
            low = bid <= near.bid_low or ask <= near.ask_low
            if low or bid >= near.bid_high or ask >= near.ask_high:
                wanted.append(quote)
        seen, after = [], 0
        while len(seen) <= len(quotes):
            at, found = stream.find(after, near, by_last=by_last)
            if not found:
                assert at == NEVER_ABOVE
                break
            stream.hold()
            seen.append(stream.quote(at))
            after = at - 1
        assert seen == wanted
        stream.release()
        if quotes:
            assert stream.quote(quotes[-1].time_msc) == quotes[-1]
            assert stream.quote(quotes[0].time_msc - 1) is None


def test_the_columns_of_a_memory_map_stay_where_they_are(tmp_path: Any) -> None:
    path = tmp_path / "time.i8"
    np.arange(1000, 2000, dtype=np.int64).tofile(path)
    times = np.memmap(path, np.int64, "r")
    prices = np.arange(1000, dtype=np.int32)
    stream = ArrayStream(Ticks(times, prices, prices + 2))
    assert stream.quote(1500) == Quote(1500, 500, 502)
    assert np.shares_memory(stream.ticks(1500, 1501).times, times)
    assert stream.find(1500, Levels(-1, 900, -1, NEVER_ABOVE), by_last=True) == (1900, True)


@pytest.mark.parametrize("stream", [FedStream(), both([])[1]])
def test_no_tick_at_all(stream: Any) -> None:
    near = Levels(50, 40, 50, 40)
    assert stream.quote(5) is None
    assert stream.next_after(5) == NEVER_ABOVE
    assert stream.find(5, near, by_last=False) == (NEVER_ABOVE, False)
    assert len(stream.ticks(0, 10).times) == 0
