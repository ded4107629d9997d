"""A synthetic market: a pure function of seed, symbol and time.

Any day can be asked for by itself and is always the same, so there is history before the first
start, two processes see one market, and nothing has to be stored.

The price at the start of each day is an *anchor*: a Brownian bridge, halved again and again down
to the day, between yearly points that stay near a base price. Inside a day its minute bars walk
from one anchor to the next; inside an hour the ticks run along its minute bars, so that bars
folded from ticks are those bars. Activity follows the sessions of the day and comes in clusters;
the spread widens in quiet hours, around the rollover, and with volatility.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from mas.history.columns import Bars, joined
from mas.history.generate import every_tick
from mas.timeunits import DAY_MS, HOUR_MS, MINUTE_MS, Ms

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

"""Milliseconds."""
MINUTES = 1440
SPAN = 9
"""A bridge covers 2**9 days."""
HOURLY = np.array(
    # Activity by hour of the day (UTC): Tokyo, London, New York, and the quiet around 21:00.
    [
        *(0.5, 0.6, 0.6, 0.5, 0.5, 0.6, 0.9, 1.3, 1.5, 1.4, 1.2, 1.1),
        *(1.4, 1.7, 1.8, 1.6, 1.3, 1.1, 0.9, 0.7, 0.5, 0.3, 0.3, 0.4),
    ]
)
WAVES = (("week", 120.0, 0.35), ("day", 18.0, 0.3), ("hour", 3.0, 0.2))
"""Name, length in hours and weight of the waves in which activity comes."""
ROLLOVER_HOUR = 21
YEAR_HOURS = 24 * 365


@dataclass(frozen=True, slots=True)
class Character:
    """How a symbol moves.

    Attributes
    ----------
    base : float
        Price around which it stays over the years.
    point : float
        Smallest step of the price.
    volatility : float
        Standard deviation of the relative change in a year, such as 0.08.
    spread : float
        Usual spread, points.
    ticks : int
        Ticks in an hour of usual activity.
    """

    base: float
    point: float
    volatility: float
    spread: float
    ticks: int = 3600


class SyntheticMarket:
    """The bars and ticks of one symbol.

    Parameters
    ----------
    seed : int
        Another seed is another market.
    """

    def __init__(self, symbol: str, character: Character, *, seed: int) -> None:
        self.symbol = symbol
        self._is = character
        self._seed = seed
        self._minute_sigma = character.volatility / np.sqrt(YEAR_HOURS * 60)
        self._day_sigma = character.volatility / np.sqrt(YEAR_HOURS / 24)
        self.hour = lru_cache(maxsize=256)(self._hour)
        self.day = lru_cache(maxsize=64)(self._day)
        self._anchor = lru_cache(maxsize=4096)(self._anchor_at)
        self._normal = lru_cache(maxsize=8192)(self._normal_of)

    def ticks(self, start_ms: Ms, end_ms: Ms) -> tuple[Array, Array, Array]:
        """Return times (ms), bids and asks (points) of start <= time < end, oldest first."""
        if end_ms <= start_ms:
            empty = np.empty(0, np.int64)
            return empty, empty, empty
        hours = range(start_ms // HOUR_MS, (end_ms - 1) // HOUR_MS + 1)
        blocks = [self.hour(hour) for hour in hours]
        times, bids, asks = (np.concatenate(columns) for columns in zip(*blocks, strict=True))
        chosen = slice(*np.searchsorted(times, (start_ms, end_ms)))
        return times[chosen], bids[chosen], asks[chosen]

    def bars(self, start_ms: Ms, end_ms: Ms) -> Bars:
        """Return the minute bars that open at start <= time < end."""
        days = [
            self.day(day)
            for day in range(start_ms // DAY_MS, max(end_ms - 1, start_ms) // DAY_MS + 1)
        ]
        whole: Bars = joined(days)
        chosen = slice(*np.searchsorted(whole.times, (start_ms, end_ms)))
        return whole.part(chosen)

    def _day(self, day: int) -> Bars:
        """Return the minute bars of one day, counted from 1970."""
        rng = self._random("day", day)
        activity = np.repeat([self.activity(day * 24 + hour) for hour in range(24)], 60)
        steps = rng.standard_t(4, MINUTES) / np.sqrt(2.0) * self._minute_sigma * activity
        share = np.arange(1, MINUTES + 1) / MINUTES
        start, end = self._anchor(day), self._anchor(day + 1)
        path = np.cumsum(steps)
        mids = np.exp(start + (end - start - path[-1]) * share + path) / self._is.point
        spreads = self._spreads(rng, activity)
        closes = np.floor(mids - self._is.spread / 2)
        first = np.floor(np.exp(start) / self._is.point - self._is.spread / 2)
        opens = np.concatenate(([first], closes[:-1])) + rng.integers(-1, 2, MINUTES)
        reach = (
            np.abs(rng.standard_normal((2, MINUTES))) * self._minute_sigma * activity * mids * 0.5
        )
        highs = np.maximum(opens, closes) + np.floor(reach[0])
        lows = np.minimum(opens, closes) - np.floor(reach[1])
        volumes = rng.poisson(self._is.ticks / 60 * np.minimum(activity, 2.5))
        prices = [np.maximum(series, 1).astype(np.int32) for series in (opens, highs, lows, closes)]
        times = day * DAY_MS + np.arange(MINUTES) * MINUTE_MS
        ticks = np.maximum(volumes, 4).astype(np.int32)
        return Bars(times, prices[0], prices[1], prices[2], prices[3], ticks, spreads)

    def _hour(self, hour: int) -> tuple[Array, Array, Array]:
        """Return the ticks of one hour: times in ms, bids and asks in points.

        They run along the minute bars as the tester's do (R192 to R197), at times of their own.
        The first of each minute has the bar's spread; the others jitter around it.
        """
        rng = self._random("ticks", hour)
        part = slice(hour % 24 * 60, hour % 24 * 60 + 60)
        bars = self.day(hour // 24).part(part)
        bids = every_tick(bars).bids
        ends = np.cumsum(bars.volumes)
        starts, minute = ends - bars.volumes, np.repeat(np.arange(60), bars.volumes)
        # Sorted slots of 10 ms; the rank makes room, so that no two are the same.
        free = SLOTS - np.repeat(bars.volumes, bars.volumes)
        drawn = np.sort(minute + rng.random(len(bids))) - minute
        slots = (
            (drawn * free).astype(np.int64) + np.arange(len(bids)) - np.repeat(starts, bars.volumes)
        )
        times = hour * HOUR_MS + minute * MINUTE_MS + slots * 10
        around = np.repeat(bars.spreads, bars.volumes) * rng.gamma(40.0, 1 / 40.0, len(bids))
        spreads = np.maximum(np.rint(around), 1).astype(np.int64)
        spreads[starts] = bars.spreads
        return times, bids, bids + spreads

    def activity(self, hour: int) -> float:
        """Return how lively an hour is, 1 being usual: its session times its cluster."""
        # Slow and fast waves of volatility, so that lively hours and days come together.
        waves = sum(
            weight * self._smooth_noise(name, hour / length) for name, length, weight in WAVES
        )
        return float(HOURLY[hour % 24] * np.exp(waves))

    def _spreads(self, rng: np.random.Generator, activity: Array) -> Array:
        """Return spreads by minute in points: wider when quiet, at the rollover, and in bursts."""
        hours = np.arange(MINUTES) // 60
        quiet = 1.0 + 0.8 * np.maximum(0.0, 0.7 - HOURLY[hours])
        wild = 1.0 + 0.25 * np.maximum(0.0, activity - 1.5)
        since = np.arange(MINUTES) - ROLLOVER_HOUR * 60
        rollover = 1.0 + np.where(hours == ROLLOVER_HOUR, 5.0 * np.exp(-since / 8.0), 0.0)
        burst = np.where(rng.random(MINUTES) < 0.01, rng.uniform(1.5, 4.0, MINUTES), 1.0)
        spread = (
            self._is.spread * quiet * wild * rollover * burst * rng.gamma(40.0, 1 / 40.0, MINUTES)
        )
        whole: Array = np.maximum(np.rint(spread), 1).astype(np.int32)
        return whole

    def _anchor_at(self, day: int) -> float:
        """Return the logarithm of the mid price at the start of a day."""
        low = (day >> SPAN) << SPAN
        high = low + (1 << SPAN)
        left, right = self._yearly(low >> SPAN), self._yearly(high >> SPAN)
        while high - low > 1:
            if day == low:
                return left
            middle = (low + high) // 2
            sigma = self._day_sigma * np.sqrt(high - low) / 2
            value = (left + right) / 2 + sigma * self._normal("bridge", middle, high - low)
            if day < middle:
                high, right = middle, value
            else:
                low, left = middle, value
        return left

    def _yearly(self, index: int) -> float:
        spread = self._is.volatility * 0.6
        return float(np.log(self._is.base)) + spread * self._normal("year", index)

    def _smooth_noise(self, name: str, position: float) -> float:
        """Return noise of variance about 1 that changes slowly along `position`."""
        left = int(np.floor(position))
        share = position - left
        ease = share * share * (3 - 2 * share)
        lower, two = self._normal(name, left), self._normal(name, left + 1)
        return float((1 - ease) * lower + ease * two)

    def _normal_of(self, *key: object) -> float:
        return float(self._random(*key).standard_normal())

    def _random(self, *key: object) -> np.random.Generator:
        """Return the generator of one purpose and place, the same on every machine."""
        text = repr((self._seed, self.symbol, *key)).encode()
        digest = hashlib.blake2b(text, digest_size=16).digest()
        return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))


SLOTS = MINUTE_MS // 10
"""Moments of a minute at which a tick may come."""
