"""The synthetic market: a pure function that looks like a market."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mas.clock import ManualClock, to_ms
from mas.history.resample import fold
from mas.history.serverclock import server_clock
from mas.history.synthetic import SyntheticMarket
from mas.sim import SimSettings, SimTerminal, bars
from mas.sim.barcache import BarHistory, ClosedBars
from mas.sim.specs import built_in
from mas.sim.streams import SyntheticStream
from mas.terminal import constants as c
from mas.timeunits import HOUR_MS

MONDAY = to_ms("2026-01-05T00:00:00")


def market(name: str = "EURUSD", *, seed: int = 7) -> SyntheticMarket:
    return SyntheticMarket(name, built_in()[name].market, seed=seed)


def mid(one: SyntheticMarket, at: int) -> int:
    """Return the bid of the first tick at or after a moment."""
    return int(one.ticks(at, at + HOUR_MS)[1][0])


def test_any_hour_is_the_same_whoever_asks_and_in_whatever_order() -> None:
    one, other = market(), market()
    start = MONDAY // HOUR_MS
    forwards = [one.hour(start + n) for n in range(12)]
    backwards = [other.hour(start + n) for n in reversed(range(12))][::-1]
    for left, right in zip(forwards, backwards, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(left, right, strict=True))


def test_another_seed_or_symbol_is_another_market() -> None:
    bids = [mid(market(), MONDAY), mid(market(seed=8), MONDAY), mid(market("GBPUSD"), MONDAY)]
    assert len(set(bids)) == 3


def test_a_range_is_its_hours_and_its_ends_count_as_said() -> None:
    times, bids, asks = market().ticks(MONDAY + 1234, MONDAY + 5 * HOUR_MS + 777)
    whole, *_ = market().ticks(MONDAY, MONDAY + 6 * HOUR_MS)
    inside = whole[(whole >= MONDAY + 1234) & (whole < MONDAY + 5 * HOUR_MS + 777)]
    assert np.array_equal(times, inside)
    assert np.all(np.diff(times) > 0)
    assert np.all(asks > bids)


def test_prices_are_continuous_across_hours() -> None:
    """A step over the hour is like any other step."""
    one = market()
    steps_inside, steps_over = [], []
    for hour in range(MONDAY // HOUR_MS, MONDAY // HOUR_MS + 100):
        bids, after = one.hour(hour)[1], one.hour(hour + 1)[1]
        steps_inside.append(np.abs(np.diff(bids)).mean())
        steps_over.append(abs(int(after[0]) - int(bids[-1])))
    assert np.mean(steps_over) < 4 * np.mean(steps_inside)


def test_the_spread_widens_at_the_rollover_and_in_quiet_hours() -> None:
    one = market()
    by_hour = {}
    for hour in (13, 21, 22):
        spreads = [
            np.diff(one.hour(MONDAY // HOUR_MS + 24 * day + hour)[1:], axis=0) for day in range(10)
        ]
        by_hour[hour] = float(np.mean([spread.mean() for spread in spreads]))
    assert by_hour[21] > 1.3 * by_hour[22] > 1.3 * by_hour[13]


def test_volatility_comes_in_clusters() -> None:
    """Lively hours follow lively hours: the size of moves is correlated, their sign is not."""
    one = market()
    hours = range(MONDAY // HOUR_MS, MONDAY // HOUR_MS + 24 * 40)
    season = np.array([one.activity(hour) for hour in hours])
    counts = np.array([len(one.hour(hour)[0]) for hour in list(hours)[:240]])
    assert np.corrcoef(np.log(season[:-24]), np.log(season[24:]))[0, 1] > 0.3
    assert np.corrcoef(counts[:-1], counts[1:])[0, 1] > 0.4


def test_the_price_stays_near_its_base_over_the_years() -> None:
    one, base = market(), built_in()["EURUSD"].market.base
    prices = [mid(one, to_ms(f"{year}-06-01T12:00:00")) * 1e-5 for year in range(2000, 2040)]
    assert base * 0.75 < min(prices) < max(prices) < base * 1.3


def test_r40_quote_sessions_close_the_weekend_only_when_they_are_to() -> None:
    sunday = to_ms("2026-01-04T12:00:00")
    always = SyntheticStream(built_in()["EURUSD"], seed=7, always=True)
    assert len(always.ticks(sunday, sunday + HOUR_MS).times) > 0
    closed = SyntheticStream(built_in()["EURUSD"], seed=7, always=False)
    assert len(closed.ticks(sunday, sunday + HOUR_MS).times) == 0
    quote = closed.quote(sunday)
    assert quote is not None
    assert to_ms("2026-01-02T20:59:00") < quote.time_msc < to_ms("2026-01-02T21:00:00")
    evening = to_ms("2026-01-04T21:00:00")
    assert len(closed.ticks(evening, evening + HOUR_MS).times) > 0


def test_r183_the_servers_clock_moves_the_sessions_and_nothing_else() -> None:
    hours = {"quote_sessions": ("Mon-Fri 08:00-12:00",), "session_zone": "server"}
    spec = dataclasses.replace(built_in()["EURUSD"], **hours)
    whole = SyntheticStream(spec, seed=7, always=True)
    server = SyntheticStream(spec, seed=7, always=False, server=server_clock("New York close"))
    for day, opened in (("2026-01-05", "06:00"), ("2026-07-06", "05:00")):
        start = to_ms(f"{day}T{opened}")
        wanted, found = (one.ticks(start - HOUR_MS, start + 6 * HOUR_MS) for one in (whole, server))
        inside = (wanted.times >= start) & (wanted.times < start + 4 * HOUR_MS)
        assert (found.times == wanted.times[inside]).all()
        assert (found.bids == wanted.bids[inside]).all()
        minutes = server.minute_bars(start - HOUR_MS, start + 6 * HOUR_MS)
        assert minutes is not None
        assert (minutes.times[0], len(minutes.times)) == (start, 240)


def test_hours_in_a_zone_stay_where_they_are_whatever_the_servers_clock() -> None:
    """Those of the built-in symbols are UTC: a market does not close earlier for another server."""
    start = to_ms("2026-01-09T12:00")  # a Friday; the weekend begins at 21:00
    ends = set()
    for zone in ("UTC", "+3", "New York close"):
        stream = SyntheticStream(
            built_in()["EURUSD"], seed=7, always=False, server=server_clock(zone)
        )
        ticks = stream.ticks(start, start + 12 * HOUR_MS)
        ends.add((int(ticks.times[-1]), int(ticks.bids[-1]), len(ticks.times)))
        settings = SimSettings(hours="market", server_zone=zone)
        terminal = SimTerminal(settings, clock=ManualClock("2026-01-09T12:00"))
        assert terminal.market.is_open("EURUSD", to_ms("2026-01-09T20:59:59"))
        assert not terminal.market.is_open("EURUSD", to_ms("2026-01-09T21:00:00"))
        assert terminal.market.next_open("EURUSD", to_ms("2026-01-10")) == to_ms("2026-01-11T21:00")
    (end,) = ends
    assert to_ms("2026-01-09T20:59") < end[0] < to_ms("2026-01-09T21:00")


@pytest.mark.parametrize("name", ["EURUSD", "USDJPY", "XAUUSD", "EURGBP", "US500", "AAPL"])
def test_every_symbol_moves_about_as_much_as_it_says(name: str) -> None:
    one, character = market(name), built_in()[name].market
    days = np.array([mid(one, MONDAY + 24 * HOUR_MS * day) for day in range(300)], float)
    yearly = np.diff(np.log(days)).std() * np.sqrt(365)
    assert 0.6 * character.volatility < yearly < 1.6 * character.volatility


@given(
    name=st.sampled_from(["EURUSD", "USDJPY", "XAUUSD", "NZDCAD", "US500"]),
    seed=st.integers(0, 2**32),
    hour=st.integers(200_000, 600_000),
)
def test_bars_folded_from_ticks_are_the_minute_bars(name: str, seed: int, hour: int) -> None:
    """R178, R180: open, high, low, close, the number of ticks and the first one's spread."""
    one = market(name, seed=seed)
    times, bids, asks = one.ticks(hour * HOUR_MS, (hour + 1) * HOUR_MS)
    bars = one.bars(hour * HOUR_MS, (hour + 1) * HOUR_MS)
    first = np.flatnonzero(np.diff(times // 60_000, prepend=-1))
    last = np.append(first[1:], len(times)) - 1
    assert np.array_equal(times[first] // 60_000 * 60_000, bars.times)
    assert np.array_equal(bids[first], bars.opens)
    assert np.array_equal(bids[last], bars.closes)
    assert np.array_equal(np.maximum.reduceat(bids, first), bars.highs)
    assert np.array_equal(np.minimum.reduceat(bids, first), bars.lows)
    assert np.array_equal(last - first + 1, bars.volumes)
    assert np.array_equal((asks - bids)[first], bars.spreads)
    assert np.all(np.diff(times) > 0)


def test_a_day_is_reached_without_the_days_before_it() -> None:
    near = market().bars(MONDAY, MONDAY + 24 * HOUR_MS)
    long = market().bars(MONDAY - 30 * 24 * HOUR_MS, MONDAY + 24 * HOUR_MS)
    for one, other in zip(near[:7], long[:7], strict=True):
        assert np.array_equal(one, other[-1440:])
    assert len(market().bars(MONDAY + 1, MONDAY + 60_001).times) == 1
    assert len(market().bars(MONDAY, MONDAY).times) == 0


@pytest.mark.parametrize("timeframe", [c.TIMEFRAME_M1, c.TIMEFRAME_M15, c.TIMEFRAME_H4])
@pytest.mark.parametrize("second", [0, 1, 59_999, 3_600_000, 5_432_100])
def test_bars_of_the_terminal_are_those_of_its_ticks(timeframe: int, second: int) -> None:
    """What is forming ends with the clock: nothing of the running minute is known before."""
    spec = built_in()["EURUSD"]
    stream = SyntheticStream(spec, seed=7, always=True)
    end = MONDAY + 7 * HOUR_MS + second
    quick = BarHistory(stream, ClosedBars(spec, timeframe)).between(MONDAY, end - 1, end - 1)
    slow = bars.priced(fold(stream.ticks(MONDAY, end), timeframe), spec.digits)
    assert np.array_equal(quick, slow)


@pytest.mark.parametrize(
    ("name", "first", "sums", "ticks"),
    [
        (
            "EURUSD",
            [1_767_744_000_000, 110_682, 110_684, 110_681, 110_682, 19, 10],
            [159_288_550, 159_298_247, 159_278_851, 159_288_591, 68_870, 14_748],
            [2253, 178_348_446_770, 249_531_689, 249_569_600],
        ),
        (
            "USDJPY",
            [1_767_744_000_000, 137_971, 137_976, 137_969, 137_974, 30, 11],
            [198_349_314, 198_356_947, 198_340_925, 198_348_670, 44_374, 18_034],
            [1014, 80_243_639_160, 139_301_289, 139_321_754],
        ),
    ],
)
def test_the_market_of_a_seed_stays_what_it_was(
    name: str, first: list[int], sums: list[int], ticks: list[int]
) -> None:
    """Notebooks and seeds that people have noted give the same prices in every version."""
    day = to_ms("2026-01-07T00:00:00")
    bars = market(name).bars(day, day + 24 * HOUR_MS)
    assert [int(column[0]) for column in bars[:7]] == first
    assert [int(column.astype(np.int64).sum()) for column in bars[1:7]] == sums
    times, bids, asks = market(name).ticks(day + 21 * HOUR_MS, day + 23 * HOUR_MS)
    assert [len(times), *(int(rows.sum()) for rows in (times - day, bids, asks))] == ticks
