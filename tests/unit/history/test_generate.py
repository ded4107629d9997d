"""Ticks from bars: each rule by its number, and a twin in plain Python."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mas.history import generate
from mas.history.columns import Bars
from mas.history.generate import every_tick, ohlc, open_prices
from mas.history.paths import BarTicks

START = 1_700_000_040  # a whole minute


def _bars(*rows, seconds=60):
    """Make bars of (open, high, low, close, volume, spread) in points."""
    times = (START + np.arange(len(rows)) * seconds) * 1000
    columns = np.array(rows, np.int64).reshape(-1, 6).T
    return Bars(times, *columns)


def _by_bar(ticks, length_ms=60_000):
    times = (ticks[0] - START * 1000) // length_ms
    return [
        [(int(t) - START * 1000 - int(bar) * length_ms, int(b), int(a)) for t, b, a in rows]
        for bar, rows in (
            (bar, zip(*(column[times == bar] for column in ticks[:3]), strict=True))
            for bar in np.unique(times)
        )
    ]


def _bids(row, *before):
    return [bid for _, bid, _ in _by_bar(every_tick(_bars(*before, row)))[-1]]


@st.composite
def _rows(draw, most=12):
    rows = []
    for _ in range(draw(st.integers(0, most))):
        width = draw(st.sampled_from((0, 1, 2, 3, 8, 40, 500)))
        low = draw(st.integers(100_000, 120_000))
        high = low + draw(st.integers(0, width))
        inside = st.integers(low, high)
        opened = draw(inside)
        close = draw(inside | st.just(opened))
        volume = draw(st.integers(0, 16) | st.integers(0, 400))
        rows.append((opened, high, low, close, volume, draw(st.integers(-1, 4))))
    return rows


# The twin: bar by bar, tick by tick.


def _group(start, end, size):
    step = 1 if end > start else -1
    return [start + step * (abs(end - start) * k // size) for k in range(1, size + 1)]


def _share(total, weights):
    done, shares = 0, []
    for reached in itertools.accumulate(weights):
        upto = total * reached // max(sum(weights), 1)
        shares.append(upto - done)
        done = upto
    return shares


def _references(corners, volume):
    """Return groups of reference points, without the open."""
    legs = list(itertools.pairwise(corners))
    sizes = [
        min(most, abs(end - start)) for (start, end), most in zip(legs, (3, 5, 3), strict=True)
    ]
    while sum(sizes) > volume - 1:
        leg = next(leg for leg in (1, 2, 0) if sizes[leg] > 1)
        sizes[leg] -= 1
    return [
        point
        for (start, end), size in zip(legs, sizes, strict=True)
        for point in _group(start, end, size)
    ]


def _bar_prices(row, rising):
    opened, high, low, close, volume, _ = row
    volume = volume or 4
    one, two = (low, high) if rising else (high, low)
    if volume == 1:
        return [close]
    if volume == 2:
        return [opened, close]
    if volume == 3 and one != opened and two not in (close, one):
        kept = one if abs(one - opened) >= abs(two - close) else two
        one, two = (one, close) if kept == one else (opened, two)
    points = [opened, *_references((opened, one, two, close), volume)]
    if len(points) == 1:
        return [opened] * volume
    moves = list(itertools.pairwise(points))
    lengths = [abs(end - start) for start, end in moves]
    room = [length - 1 for length in lengths]
    extra = volume - len(points)
    apart = min(extra, sum(room))
    more = zip(_share(apart, room), _share(extra - apart, lengths), strict=True)
    prices = [opened]
    for (start, end), (between, repeats) in zip(moves, more, strict=True):
        prices += _group(start, end, between + repeats + 1)
    return prices


def _twin(rows):
    ticks, rising, known = [], False, 0
    for index, row in enumerate(rows):
        rising = not rising if row[3] == row[0] else row[3] > row[0]
        known = row[5] if row[5] > 0 else known
        prices = _bar_prices(row, rising)
        for number, price in enumerate(prices):
            time = (START + index * 60) * 1000 + number * 60_000 // len(prices)
            ticks.append((time, price, price + known))
    return ticks


@given(_rows())
@settings(max_examples=400, deadline=None)
def test_every_tick_equals_its_twin(rows):
    ticks = every_tick(_bars(*rows))
    assert all(np.issubdtype(column.dtype, np.integer) for column in ticks[:3])
    assert list(zip(*(column.tolist() for column in ticks[:3]), strict=True)) == _twin(rows)


@given(_rows(most=6))
@settings(deadline=None)
def test_blocks_do_not_show(rows):
    whole = every_tick(_bars(*rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generate, "BLOCK", 2)
        parts = every_tick(_bars(*rows))
    assert all(map(np.array_equal, whole, parts))


@given(_rows())
@settings(max_examples=200, deadline=None)
def test_r192_r195_r197_a_bar_keeps_its_prices_and_its_volume(rows):
    made = _by_bar(every_tick(_bars(*rows)))
    assert len(made) == len(rows)
    for (opened, high, low, close, volume, _), ticks in zip(rows, made, strict=True):
        times, bids, _ = zip(*ticks, strict=True)
        assert len(bids) == (volume or 4)
        assert bids[-1] == close
        assert all(low <= bid <= high for bid in bids)
        assert times[0] == 0
        assert times[-1] < 60_000
        assert all(a < b for a, b in itertools.pairwise(times))
        if len(bids) > 1:
            assert bids[0] == opened
        if len(bids) > 3 or (len(bids) == 3 and {opened, close} & {high, low}):
            assert (min(bids), max(bids)) == (low, high)


@given(_rows())
@settings(max_examples=200, deadline=None)
def test_r197_steps_are_a_point_or_more_where_there_is_room(rows):
    made = _by_bar(every_tick(_bars(*rows)))
    corners = _by_bar(open_prices(_bars(*rows), length_ms=60_000))
    for ticks, path in zip(made, corners, strict=True):
        way = sum(abs(b[1] - a[1]) for a, b in itertools.pairwise(path))
        steps = [abs(b[1] - a[1]) for a, b in itertools.pairwise(ticks)]
        if len(steps) <= way and len(ticks) > 3:
            assert min(steps) >= 1
            assert sum(steps) == way
        elif len(ticks) > 3:
            assert max(steps, default=0) <= 1  # nothing is jumped over, only repeated


def test_r190_the_ask_is_the_bid_plus_the_last_known_spread():
    flat = (100, 100, 100, 100, 1)
    rows = [(*flat, spread) for spread in (0, 7, 0, -1, 3)]
    made = _bars(*rows)
    expected = [0, 7, 7, 7, 3]
    _, bids, asks, *_ = every_tick(made)
    assert (asks - bids).tolist() == expected
    for _, bids, asks in (
        ohlc(made)[:3],
        (column[::4] for column in open_prices(made, length_ms=60_000)[:3]),
    ):
        assert (asks - bids).tolist() == expected


def test_r192_rising_goes_low_first_and_falling_high_first():
    assert _bids((110, 130, 100, 120, 4, 1)) == [110, 100, 130, 120]
    assert _bids((120, 130, 100, 110, 4, 1)) == [120, 130, 100, 110]


def test_r193_a_doji_goes_against_the_bar_before():
    rising, falling = (110, 130, 100, 120, 4, 1), (120, 130, 100, 110, 4, 1)
    doji = (110, 130, 100, 110, 4, 1)
    low_first, high_first = [110, 100, 130, 110], [110, 130, 100, 110]
    assert _bids(doji, rising) == high_first
    assert _bids(doji, falling) == low_first
    assert _bids(doji, rising, doji) == low_first
    assert _bids(doji, rising, doji, doji) == high_first
    assert _bids(doji) == low_first  # ours: the rule is silent about a first bar


def test_r194_one_tick_is_the_close_and_two_are_open_and_close():
    assert _bids((110, 130, 100, 120, 1, 1)) == [120]
    assert _bids((110, 130, 100, 120, 2, 1)) == [110, 120]


def test_r195_the_full_scheme_is_3_5_3():
    expected = [130, 120, 110, 100, 120, 140, 160, 180, 200, 190, 180, 170]
    assert _bids((130, 200, 100, 170, 12, 1)) == expected


def test_r195_three_ticks_keep_the_longer_shadow():
    assert _bids((110, 130, 100, 125, 3, 1)) == [110, 100, 125]
    assert _bids((110, 130, 105, 115, 3, 1)) == [110, 130, 115]
    assert _bids((110, 130, 100, 120, 3, 1)) == [110, 100, 120]  # alike: the first
    assert _bids((100, 130, 100, 120, 3, 1)) == [100, 130, 120]  # there is only one


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ((100, 150, 100, 120, 9, 1), [100, 110, 120, 130, 140, 150, 140, 130, 120]),
        ((130, 150, 100, 150, 9, 1), [130, 120, 110, 100, 110, 120, 130, 140, 150]),
        ((100, 150, 100, 150, 6, 1), [100, 110, 120, 130, 140, 150]),
        ((150, 150, 100, 100, 6, 1), [150, 140, 130, 120, 110, 100]),
        ((100, 100, 100, 100, 3, 1), [100, 100, 100]),
        ((102, 102, 100, 102, 5, 1), [102, 101, 100, 101, 102]),
    ],
    ids=["no open shadow", "no close shadow", "one way up", "one way down", "flat", "short doji"],
)
def test_r196_reduced_schemes(row, expected):
    assert _bids(row) == expected


def test_r196_body_points_go_first():
    row = (130, 200, 100, 170)
    assert _bids((*row, 8, 1)) == [130, 120, 110, 100, 200, 190, 180, 170]
    assert _bids((*row, 9, 1)) == [130, 120, 110, 100, 150, 200, 190, 180, 170]
    assert _bids((*row, 6, 1)) == [130, 120, 110, 100, 200, 170]
    assert _bids((*row, 4, 1)) == [130, 100, 200, 170]


def test_r197_more_ticks_than_points_repeat_prices_all_along():
    assert _bids((100, 102, 100, 102, 7, 1)) == [100, 100, 100, 101, 101, 101, 102]


def test_r197_times_rise_evenly_from_second_0():
    times, *_ = every_tick(_bars((100, 150, 100, 150, 7, 1)))
    assert (times - START * 1000).tolist() == [0, 8571, 17142, 25714, 34285, 42857, 51428]


def test_a_tick_volume_of_0_is_unknown():
    assert _bids((110, 130, 100, 120, 0, 1)) == [110, 100, 130, 120]
    assert len(ohlc(_bars((110, 130, 100, 120, 0, 1)))[0]) == 4


def test_r198_ohlc_has_the_four_prices_in_the_order_of_the_path():
    rows = [
        (110, 130, 100, 120, 50, 2),
        (120, 130, 100, 110, 3, 2),
        (100, 100, 100, 100, 9, 2),
        (110, 130, 100, 120, 1, 2),
        (110, 130, 100, 120, 2, 2),
    ]
    made = _by_bar(ohlc(_bars(*rows)))
    assert [[bid for _, bid, _ in bar] for bar in made] == [
        [110, 100, 130, 120],
        [120, 130, 100, 110],
        [100, 100, 100, 100],
        [120],
        [110, 120],
    ]
    assert [[time for time, _, _ in bar] for bar in made] == [
        *[[0, 15_000, 30_000, 45_000]] * 3,
        [0],
        [0, 30_000],
    ]
    assert all(ask == bid + 2 for bar in made for _, bid, ask in bar)


@given(_rows())
@settings(deadline=None)
def test_r198_ohlc_is_every_tick_where_that_has_only_four(rows):
    rows = [(*row[:4], volume, row[5]) for row, volume in zip(rows, (1, 2, 4) * 4, strict=False)]
    rows = [row for row in rows if row[4] < 4 or len({row[0], row[1], row[2], row[3]}) == 4]
    made = _bars(*rows)
    pairs = zip(ohlc(made), every_tick(made), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)


def test_r199_open_prices_start_each_bar_of_any_period():
    hour = 3_600_000
    rows = [(110, 130, 100, 120, 900, 2), (120, 130, 100, 110, 1, 0)]
    ticks = open_prices(_bars(*rows, seconds=3600), length_ms=hour)
    quarters = [0, hour // 4, hour // 2, hour // 4 * 3]
    prices = [[110, 100, 130, 120], [120, 130, 100, 110]]
    assert _by_bar(ticks, hour) == [
        [(time, bid, bid + 2) for time, bid in zip(quarters, bar, strict=True)] for bar in prices
    ]


@pytest.mark.parametrize(
    "make",
    [every_tick, ohlc, lambda bars: open_prices(bars, length_ms=60_000)],
)
def test_no_bars_no_ticks(make):
    assert [(len(column), column.dtype) for column in make(_bars())[:3]] == [(0, np.int64)] * 3


def test_the_bars_stay_as_they_are():
    made = _bars((110, 130, 100, 120, 2, 0), (110, 130, 100, 120, 3, 5))
    before = [column.copy() for column in made[:7]]
    every_tick(made)
    ohlc(made)
    assert all(map(np.array_equal, made, before))


@pytest.mark.parametrize("model", ["every_tick", "ohlc"])
@pytest.mark.parametrize("starts", [(0, 20), (0, 45, 60, 200), (0, 60, 120), (0, 90)])
def test_a_single_tick_is_the_one_of_the_whole_path(model, starts):
    """Also where a bar ends early, for the next begins before its length is over."""
    rows = [(100, 140, 80, 120, 23, 2), (120, 125, 90, 95, 9, 3), (95, 99, 60, 62, 40, 1)]
    bars = _bars(*(rows * 2)[: len(starts)])._replace(
        times=(START + np.array(starts, np.int64)) * 1000
    )
    ticks = BarTicks(bars, model)
    whole = ticks.made(0, len(starts))
    index = np.repeat(np.arange(len(starts)), ticks.counts)
    ranks = np.arange(len(index)) - ticks.offsets[index]
    assert ticks.times_at(index, ranks).tolist() == whole.times.tolist()
    assert ticks.bids_at(index, ranks).tolist() == whole.bids.tolist()
    assert ticks.ranks_at(index, whole.times).tolist() == ranks.tolist()
    assert (np.diff(whole.times) > 0).all(), "no tick of a bar is in the next"
    ends = np.append(bars.times[1:], bars.times[-1] + 60_000)
    assert (whole.times < ends[index]).all()
    assert (whole.times - bars.times[index] < 60_000).all()
