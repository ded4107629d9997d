"""A synthetic market: ticks as a pure function of seed, symbol and time.

Any hour can be asked for by itself and is always the same, so there is history before the first
start, two processes see one market, and nothing has to be stored.

The price at the start of each hour is an *anchor*: a Brownian bridge, halved again and again down
to the hour, between yearly points that stay near a base price. Inside an hour the ticks walk from
one anchor to the next. Activity follows the sessions of the day and comes in clusters; the spread
widens in quiet hours, around the rollover, and with volatility.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

HOUR = 3_600_000
"""Milliseconds."""
SPAN = 13
"""A bridge covers 2**13 hours, about a year."""
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
    """The ticks of one symbol.

    Parameters
    ----------
    seed : int
        Another seed is another market.
    """

    def __init__(self, symbol: str, character: Character, *, seed: int) -> None:
        self.symbol = symbol
        self._is = character
        self._seed = seed
        self._hour_sigma = character.volatility / np.sqrt(YEAR_HOURS)
        self.hour = lru_cache(maxsize=512)(self._hour)
        self._anchor = lru_cache(maxsize=4096)(self._anchor_at)

    def ticks(self, start_ms: int, end_ms: int) -> tuple[Array, Array, Array]:
        """Return times (ms), bids and asks (points) of start <= time < end, oldest first."""
        if end_ms <= start_ms:
            empty = np.empty(0, np.int64)
            return empty, empty, empty
        hours = range(start_ms // HOUR, (end_ms - 1) // HOUR + 1)
        blocks = [self.hour(hour) for hour in hours]
        times, bids, asks = (np.concatenate(columns) for columns in zip(*blocks, strict=True))
        chosen = slice(*np.searchsorted(times, (start_ms, end_ms)))
        return times[chosen], bids[chosen], asks[chosen]

    def _hour(self, hour: int) -> tuple[Array, Array, Array]:
        """Return the ticks of one hour: times in ms, bids and asks in points."""
        rng = self._random("ticks", hour)
        activity = self.activity(hour)
        count = max(60, int(rng.poisson(self._is.ticks * min(activity, 2.5))))
        times = np.sort(rng.choice(HOUR // 10, count, replace=False)) * 10 + hour * HOUR
        mids = self._walk(rng, hour, times)
        spread = self._spreads(rng, hour, times, activity)
        bids = np.floor(mids / self._is.point - spread / 2).astype(np.int64)
        return times, np.maximum(bids, 1), np.maximum(bids, 1) + spread

    def activity(self, hour: int) -> float:
        """Return how lively an hour is, 1 being usual: its session times its cluster."""
        # Slow and fast waves of volatility, so that lively hours and days come together.
        waves = sum(
            weight * self._smooth_noise(name, hour / length) for name, length, weight in WAVES
        )
        return float(HOURLY[hour % 24] * np.exp(waves))

    def _walk(self, rng: np.random.Generator, hour: int, times: Array) -> Array:
        """Return mid prices that go from this hour's anchor to the next one's."""
        start, end = self._anchor(hour), self._anchor(hour + 1)
        share = (times - hour * HOUR) / HOUR
        steps = rng.standard_t(4, len(times)) / np.sqrt(2.0)
        gaps = np.diff(share, prepend=0.0)
        path = np.cumsum(steps * np.sqrt(gaps)) * self._hour_sigma * self.activity(hour)
        total = path[-1] / share[-1] if len(path) else 0.0
        mids: Array = np.exp(start + (end - start) * share + path - total * share)
        return mids

    def _spreads(self, rng: np.random.Generator, hour: int, times: Array, activity: float) -> Array:
        """Return spreads in points: wider when quiet, at the rollover, and in bursts."""
        quiet = 1.0 + 0.8 * max(0.0, 0.7 - HOURLY[hour % 24])
        wild = 1.0 + 0.25 * max(0.0, activity - 1.5)
        rollover: Array | float = 1.0
        if hour % 24 == ROLLOVER_HOUR:
            minutes = (times - hour * HOUR) / 60_000
            rollover = 1.0 + 5.0 * np.exp(-minutes / 8.0)
        burst = np.where(rng.random(len(times)) < 0.004, rng.uniform(1.5, 4.0, len(times)), 1.0)
        jitter = rng.gamma(40.0, 1 / 40.0, len(times))
        spread = self._is.spread * quiet * wild * rollover * burst * jitter
        whole: Array = np.maximum(np.rint(spread), 1).astype(np.int64)
        return whole

    def _anchor_at(self, hour: int) -> float:
        """Return the logarithm of the mid price at the start of an hour."""
        low = (hour >> SPAN) << SPAN
        high = low + (1 << SPAN)
        left, right = self._yearly(low >> SPAN), self._yearly(high >> SPAN)
        while high - low > 1:
            if hour == low:
                return left
            middle = (low + high) // 2
            sigma = self._hour_sigma * np.sqrt(high - low) / 2
            value = (left + right) / 2 + sigma * self._normal("bridge", middle, high - low)
            if hour < middle:
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
        one, two = self._normal(name, left), self._normal(name, left + 1)
        return float((1 - ease) * one + ease * two)

    def _normal(self, *key: object) -> float:
        return float(self._random(*key).standard_normal())

    def _random(self, *key: object) -> np.random.Generator:
        """Return the generator of one purpose and place, the same on every machine."""
        text = repr((self._seed, self.symbol, *key)).encode()
        digest = hashlib.blake2b(text, digest_size=16).digest()
        return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))
