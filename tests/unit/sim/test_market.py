"""The synthetic market: a pure function that looks like a market."""

from __future__ import annotations

import numpy as np
import pytest

from mas.clock import to_ms
from mas.history.synthetic import HOUR, SyntheticMarket
from mas.sim.symbols import BUILT_IN

MONDAY = to_ms("2026-01-05T00:00:00")


def market(name: str = "EURUSD", *, seed: int = 7, weekends: bool = True) -> SyntheticMarket:
    return SyntheticMarket(name, BUILT_IN[name].character, seed=seed, weekends=weekends)


def test_any_hour_is_the_same_whoever_asks_and_in_whatever_order() -> None:
    one, other = market(), market()
    start = MONDAY // HOUR
    forwards = [one.hour(start + n) for n in range(12)]
    backwards = [other.hour(start + n) for n in reversed(range(12))][::-1]
    for left, right in zip(forwards, backwards, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(left, right, strict=True))


def test_another_seed_or_symbol_is_another_market() -> None:
    bids = [market().last(MONDAY), market(seed=8).last(MONDAY), market("GBPUSD").last(MONDAY)]
    assert len(set(bids)) == 3


def test_a_range_is_its_hours_and_its_ends_count_as_said() -> None:
    times, bids, asks = market().ticks(MONDAY + 1234, MONDAY + 5 * HOUR + 777)
    whole, *_ = market().ticks(MONDAY, MONDAY + 6 * HOUR)
    inside = whole[(whole >= MONDAY + 1234) & (whole < MONDAY + 5 * HOUR + 777)]
    assert np.array_equal(times, inside)
    assert np.all(np.diff(times) > 0)
    assert np.all(asks > bids)


def test_prices_are_continuous_across_hours() -> None:
    """A step over the hour is like any other step."""
    one = market()
    steps_inside, steps_over = [], []
    for hour in range(MONDAY // HOUR, MONDAY // HOUR + 100):
        bids, after = one.hour(hour)[1], one.hour(hour + 1)[1]
        steps_inside.append(np.abs(np.diff(bids)).mean())
        steps_over.append(abs(int(after[0]) - int(bids[-1])))
    assert np.mean(steps_over) < 4 * np.mean(steps_inside)


def test_the_spread_widens_at_the_rollover_and_in_quiet_hours() -> None:
    one = market()
    by_hour = {}
    for hour in (13, 21, 22):
        spreads = [
            np.diff(one.hour(MONDAY // HOUR + 24 * day + hour)[1:], axis=0) for day in range(10)
        ]
        by_hour[hour] = float(np.mean([spread.mean() for spread in spreads]))
    assert by_hour[21] > 1.3 * by_hour[22] > 1.3 * by_hour[13]


def test_volatility_comes_in_clusters() -> None:
    """Lively hours follow lively hours: the size of moves is correlated, their sign is not."""
    one = market()
    hours = range(MONDAY // HOUR, MONDAY // HOUR + 24 * 40)
    season = np.array([one.activity(hour) for hour in hours])
    counts = np.array([len(one.hour(hour)[0]) for hour in list(hours)[:240]])
    assert np.corrcoef(np.log(season[:-24]), np.log(season[24:]))[0, 1] > 0.3
    assert np.corrcoef(counts[:-1], counts[1:])[0, 1] > 0.4


def test_the_price_stays_near_its_base_over_the_years() -> None:
    one, base = market(), BUILT_IN["EURUSD"].character.base
    prices = [one.last(to_ms(f"{year}-06-01T12:00:00"))[1] * 1e-5 for year in range(2000, 2040)]
    assert base * 0.75 < min(prices) < max(prices) < base * 1.3


def test_weekends_are_closed_only_when_they_are_to_be() -> None:
    sunday = to_ms("2026-01-04T12:00:00")
    assert len(market().hour(sunday // HOUR)[0]) > 0
    closed = market(weekends=False)
    assert len(closed.hour(sunday // HOUR)[0]) == 0
    assert closed.last(sunday)[0] < to_ms("2026-01-02T21:00:00")
    assert len(closed.hour(to_ms("2026-01-04T21:00:00") // HOUR)[0]) > 0


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_every_symbol_moves_about_as_much_as_it_says(name: str) -> None:
    one, character = market(name), BUILT_IN[name].character
    days = np.array([one.last(MONDAY + 24 * HOUR * day)[1] for day in range(300)], float)
    yearly = np.diff(np.log(days)).std() * np.sqrt(365)
    assert 0.6 * character.volatility < yearly < 1.6 * character.volatility
