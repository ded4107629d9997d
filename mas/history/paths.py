"""The way of the price inside bars: any tick that a model makes of them, without making the others.

A bar is an open and legs that lead from point to point; on a leg the price moves one way only. So
the price of any tick and the first tick beyond a level follow from a few numbers for each leg, and
a bar alone gives what all bars together would: what the bars before it decide, the direction of a
doji (R193) and a missing spread (R190), is computed once for all.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mas.history.columns import NO_TICKS, Bars, Ticks
from mas.timeunits import MINUTE_MS

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]
    Rows = slice | Array

"""Milliseconds."""
MODELS = ("every_tick", "ohlc", "open")
SCHEME = (3, 5, 3)
"""Most reference points of the open shadow, the body and the close shadow (R195)."""
UNKNOWN_VOLUME = 4
"""Ticks of a bar that gives its tick volume as 0: one for each of its prices."""
BLOCK = 4096
"""Bars worked on at a time, so that their ticks stay in the processor's cache."""
BEYOND = 1 << 32
"""Further away than any price, points."""


class Legs(NamedTuple):
    """The legs of some bars in the order of their paths, arrays of shape (bars, legs).

    Attributes
    ----------
    starts : Array
        Price that a leg leads away from, points.
    moves : Array
        How far, downwards negative.
    steps : Array
        Ticks on the leg; the first of a bar has the tick at its open.
    """

    starts: Array
    moves: Array
    steps: Array

    @property
    def before(self) -> Array:
        """Ticks of the bar before each leg."""
        return np.cumsum(self.steps, axis=1) - self.steps


class BarTicks:
    """The ticks that a model makes of bars (R190); a tick is named by its bar and its rank there.

    Parameters
    ----------
    model : str
        One of MODELS.
    length_ms : int
        Length of a bar; where the next begins earlier, it ends there.

    Attributes
    ----------
    bars : Bars
        What they are made of.
    times : array of int64, (bars,)
        Time of the first tick of each bar, ms.
    counts : array of int32, (bars,)
        Ticks of each bar.
    spreads : array of int32, (bars,)
        Points; the last one known where a bar has none (R190).
    rising : array of bool, (bars,)
        Whether the low comes before the high (R192, R193).
    fine : bool
        Whether there are ticks between the prices of a bar.
    """

    def __init__(self, bars: Bars, model: str, *, length_ms: int = MINUTE_MS) -> None:
        times, opens, highs, lows, closes, volumes, spreads = (
            np.asarray(column).view(np.ndarray) for column in bars[:7]
        )
        self.bars = bars
        self.times: Array = times.astype(np.int64, copy=False)
        self._prices = (opens, highs, lows, closes)
        self.fine = model == "every_tick"
        self.rising = _rising(np.sign(closes - opens))
        self.spreads = _spreads(spreads).astype(np.int32, copy=False)
        self.counts = _counts(volumes, model).astype(np.int32)
        gap = int(np.diff(times).min()) if len(times) > 1 else length_ms
        self._length = length_ms
        self._lengths = None
        if gap < length_ms:
            self._lengths = np.minimum(np.diff(times, append=times[-1:] + length_ms), length_ms)

    def __len__(self) -> int:
        return int(self.offsets[-1])

    @cached_property
    def offsets(self) -> Array:
        """Ticks before each bar, and of all of them."""
        return np.concatenate([[0], np.cumsum(self.counts, dtype=np.int64)])

    @cached_property
    def extremes(self) -> tuple[Array, Array]:
        """The lowest and the highest bid among the ticks of each bar, points.

        A bar of fewer than four ticks may not touch both of its own (R194).
        """
        opens, highs, lows, closes = self._prices
        low = np.minimum(np.minimum(opens, closes), lows).astype(np.int32)
        high = np.maximum(np.maximum(opens, closes), highs).astype(np.int32)
        few = np.flatnonzero(self.counts < 4)
        if len(few):
            corners = self.corners(few)
            low[few], high[few] = corners.min(axis=1), corners.max(axis=1)
        return low, high

    def length(self, bar: int) -> int:
        """Return the length of a bar, ms."""
        return self._length if self._lengths is None else int(self._lengths[bar])

    def corners_of(self, bar: int) -> list[int]:
        """Return open, two extremes in the order of the path, and close, however few ticks."""
        opened, high, low, close = (price.item(bar) for price in self._prices)
        return [opened, low, high, close] if self.rising[bar] else [opened, high, low, close]

    def edge(self, bar: int, rank: int) -> int:
        """Return the bid of the first tick, rank 0, or of the last: open or close (R194)."""
        opens, _, _, closes = self._prices
        found: int = (opens if not rank and self.counts[bar] > 1 else closes).item(bar)
        return found

    def corners(self, rows: Rows) -> Array:
        """Return open, two extremes in the order of the path, and close, in shape (bars, 4)."""
        opens, highs, lows, closes = (price[rows].astype(np.int64) for price in self._prices)
        rising = self.rising[rows]
        firsts, seconds = np.where(rising, lows, highs), np.where(rising, highs, lows)
        corners = np.stack((opens, firsts, seconds, closes), axis=1)
        return _within_count(corners, self.counts[rows])

    def legs(self, rows: Rows) -> Legs:
        """Return the legs of some bars."""
        corners, counts = self.corners(rows), self.counts[rows].astype(np.int64)
        return _fine_legs(corners, counts) if self.fine else _corner_legs(corners, counts)

    def made(self, first: int, last: int) -> Ticks:
        """Return the ticks of the bars first <= bar < last."""
        pieces = [self._block(slice(at, min(at + BLOCK, last))) for at in range(first, last, BLOCK)]
        if len(pieces) < 2:
            return pieces[0] if pieces else NO_TICKS
        return Ticks(
            *(np.concatenate(column) for column in zip(*(p[:3] for p in pieces), strict=True))
        )

    def _block(self, rows: slice) -> Ticks:
        counts = self.counts[rows].astype(np.int64)
        ends = np.cumsum(counts)
        rank = np.arange(int(ends[-1])) - np.repeat(ends - counts, counts)
        lengths = self._length if self._lengths is None else np.repeat(self._lengths[rows], counts)
        times = np.repeat(self.times[rows], counts) + rank * lengths // np.repeat(counts, counts)
        if not self.fine and counts.min() == 4:
            bids = self.corners(rows).ravel()
        else:
            bids = _along(self.legs(rows))
        asks = bids + np.repeat(self.spreads[rows], counts)
        return Ticks(times, bids.astype(np.int32), asks.astype(np.int32))

    # -- single ticks --------------------------------------------------------------------------

    def ranks_at(self, bars: Array, times: Array) -> Array:
        """Return the rank of the newest tick of each bar at or before a time within it, ms."""
        counts = self.counts[bars].astype(np.int64)
        lengths = self._length if self._lengths is None else self._lengths[bars]
        since = times - self.times[bars]
        found: Array = np.minimum(counts - 1, ((since + 1) * counts - 1) // lengths)
        return found

    def times_at(self, bars: Array, ranks: Array) -> Array:
        """Return the time of ticks, ms."""
        lengths = self._length if self._lengths is None else self._lengths[bars]
        found: Array = self.times[bars] + ranks * lengths // self.counts[bars]
        return found

    def bids_at(self, bars: Array, ranks: Array) -> Array:
        """Return the bid of ticks, points."""
        opens, _, _, closes = self._prices
        last = self.counts[bars] - 1
        found: Array = np.where(ranks == last, closes[bars], opens[bars]).astype(np.int64)
        inside = np.flatnonzero((ranks > 0) & (ranks < last))
        for at in range(0, len(inside), BLOCK):
            some = inside[at : at + BLOCK]
            legs, rank = self.legs(bars[some]), ranks[some]
            leg = (np.cumsum(legs.steps, axis=1) <= rank[:, None]).sum(axis=1)
            rows = np.arange(len(some))
            start, move, steps = (item[rows, leg] for item in legs)
            nth = rank - legs.before[rows, leg] + 1
            found[some] = start + np.sign(move) * (nth * np.abs(move) // steps)
        return found

    def first_beyond(self, bars: Array, ranks: Array, lows: Array, highs: Array) -> Array:
        """Return the rank of the first tick of each bar, from a rank on, that is beyond a level.

        Parameters
        ----------
        lows, highs : array of int64, (k,)
            Points; a tick is beyond when its bid is at or below the one or at or above the other.

        Returns
        -------
        array of int64
            -1 where there is none.
        """
        found = np.full(len(bars), -1)
        for at in range(0, len(bars), BLOCK):
            some = slice(at, at + BLOCK)
            low = np.maximum(lows[some, None], -BEYOND)
            high = np.minimum(highs[some, None], BEYOND)
            found[some] = _first_of_legs(self.legs(bars[some]), ranks[some, None], low, high)
        return found


def _first_of_legs(legs: Legs, ranks: Array, low: Array, high: Array) -> Array:
    before, spans, signs = legs.before, np.abs(legs.moves), np.sign(legs.moves)
    steps = np.maximum(legs.steps, 1)
    nth = np.maximum(ranks - before + 1, 1)
    prices = legs.starts + signs * (nth * spans // steps)
    at_once = (prices <= low) | (prices >= high)
    way = np.where(legs.moves < 0, legs.starts - low, high - legs.starts)
    later = -(-way * steps // np.maximum(spans, 1))
    reached = np.where(at_once, nth, later)
    good = (nth <= legs.steps) & (at_once | ((spans > 0) & (later <= legs.steps)))
    first = good.argmax(axis=1)
    rows = np.arange(len(first))
    found: Array = np.where(good[rows, first], (before + reached)[rows, first] - 1, -1)
    return found


def _along(legs: Legs) -> Array:
    """Return the prices of all ticks of some bars, one bar after the other (R195–R197)."""
    taken = legs.steps.ravel()
    rank = np.arange(1, taken.sum() + 1) - np.repeat(np.cumsum(taken) - taken, taken)
    moves = legs.moves.ravel()
    way = rank * np.repeat(np.abs(moves), taken) // np.repeat(taken, taken)
    start = np.repeat(legs.starts.ravel(), taken)
    prices: Array = start + np.repeat(np.sign(moves), taken) * way
    return prices


def _rising(signs: Array) -> Array:
    """Tell which bars rise; a doji goes against the bar before (R193), and rises if it is first."""
    index = np.arange(len(signs))
    last = np.maximum.accumulate(np.where(signs != 0, index, -1))
    # A row of dojis alternates, so all that counts is how far the last clear bar is away.
    clear = np.where(last >= 0, signs[last], -1) > 0
    away: Array = (index - last) % 2 == 1
    return clear ^ away


def _spreads(spreads: Array) -> Array:
    """Replace spreads <= 0 by the last one known (R190), or by 0 before the first one."""
    if len(spreads) and spreads.min() > 0:
        return spreads
    last = np.maximum.accumulate(np.where(spreads > 0, np.arange(len(spreads)), -1))
    return np.where(last >= 0, spreads[last], 0)


def _counts(volumes: Array, model: str) -> Array:
    """Return how many ticks a model makes of bars of some tick volumes (R194, R198, R199)."""
    if model == "open":
        return np.full(len(volumes), 4)
    if model == "ohlc":
        return np.where((volumes > 0) & (volumes < 3), volumes, 4)
    return np.where(volumes > 0, volumes, UNKNOWN_VOLUME)


def _within_count(corners: Array, counts: Array) -> Array:
    """Return corners without those for which a bar has too few ticks (R194).

    A corner goes by moving onto its neighbour, so that no leg leads to it.
    """
    if not len(counts) or counts.min() > 3:
        return corners
    few = counts <= 2
    corners[few, 1], corners[few, 2] = corners[few, 0], corners[few, 3]
    single = counts == 1
    corners[single, :3] = corners[single, 3:]
    legs = np.abs(np.diff(corners, axis=1))
    three = (counts == 3) & (legs > 0).all(axis=1)
    first = three & (legs[:, 0] >= legs[:, 2])
    second = three & ~first
    corners[first, 2] = corners[first, 3]
    corners[second, 1] = corners[second, 0]
    return corners


def _corner_legs(corners: Array, counts: Array) -> Legs:
    """Return the legs of bars that have a tick at each corner, or at open and close only."""
    moves = np.diff(corners, axis=1, prepend=corners[:, :1])
    steps = np.ones(corners.shape, np.int64)
    steps[counts < 4, 1:] = 0
    steps[counts == 2, 2] = 1
    return Legs(corners - moves, moves, steps)


def _fine_legs(corners: Array, counts: Array) -> Legs:
    """Return legs between reference points, with as many ticks as there are (R195–R197)."""
    points = _reference_points(corners, counts)
    moves = np.diff(points, axis=1, prepend=points[:, :1])
    lengths = np.abs(moves)
    used = lengths > 0
    extra = counts - 1 - used.sum(axis=1)
    room = lengths - used
    # First each point in between once, then repeats.
    apart = np.minimum(extra, room.sum(axis=1))
    steps = used + _share(apart, room) + _share(extra - apart, lengths)
    # The open is a tick without a move before it; in a flat bar all are.
    steps[:, 0] = np.where(used.any(axis=1), 1, counts)
    return Legs(points - moves, moves, steps)


def _share(totals: Array, weights: Array) -> Array:
    """Distribute whole numbers over the columns of each row, none above its part rounded up."""
    reached = np.cumsum(weights, axis=1)
    upto = totals[:, None] * reached // np.maximum(reached[:, -1:], 1)
    return np.diff(upto, axis=1, prepend=0)


def _reference_points(corners: Array, counts: Array) -> Array:
    """Return open and reference points in shape (bars, 12), in points of price.

    A bar that has fewer of them repeats the last one of the group. Within a group the points are
    spread evenly over the leg (R196), rounded towards its beginning.
    """
    moves = np.diff(corners, axis=1)
    spans = np.abs(moves)
    sizes = np.minimum(spans, SCHEME)
    over = np.maximum(sizes.sum(axis=1) - (counts - 1), 0)
    for leg in (1, 2, 0):
        # The last point of a group is a corner and stays.
        cut = np.minimum(over, np.maximum(sizes[:, leg] - 1, 0))
        sizes[:, leg] -= cut
        over -= cut
    groups = [corners[:, :1]]
    for leg, most in enumerate(SCHEME):
        size = sizes[:, leg, None]
        rank = np.minimum(np.arange(1, most + 1), size)
        way = rank * spans[:, leg, None] // np.maximum(size, 1)
        groups.append(corners[:, leg, None] + np.sign(moves[:, leg, None]) * way)
    return np.concatenate(groups, axis=1)
