"""Ticks made from bars, for times of which no real ticks are stored.

Three models of differing detail (R190). All are pure functions without any randomness.

All bars of a call make one history: the direction of a doji and a missing spread come from the
bars before. A caller who cuts a history in pieces therefore lets each piece begin early, with a
bar that is no doji and has a spread, and drops the ticks of that overlap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mas.history.columns import NO_TICKS, Bars, Ticks, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    Array = np.ndarray[Any, np.dtype[np.int64]]
    Three = tuple[Array, Array, Array]

MINUTE = 60_000
"""Milliseconds."""
SCHEME = (3, 5, 3)
"""Most reference points of the open shadow, the body and the close shadow (R195)."""
UNKNOWN_VOLUME = 4
"""Ticks of a bar that gives its tick volume as 0: one for each of its prices."""
BLOCK = 4096
"""Bars worked on at a time, so that their ticks stay in the processor's cache."""


class _Paths(NamedTuple):
    """What the bars prescribe, an int64 array of one entry per bar each.

    Attributes
    ----------
    times : Array
        Start of the bar, ms.
    corners : Array
        Shape (bars, 4): open, the two extremes in the order of the path, close; points.
    spreads : Array
        Points.
    counts : Array
        Ticks in the bar.
    """

    times: Array
    corners: Array
    spreads: Array
    counts: Array


def every_tick(bars: Bars, *, length_ms: int = MINUTE) -> Ticks:
    """Return as many ticks for each bar as its tick volume says (R190, R192–R197).

    From four ticks on they start at the open, end at the close and touch both extremes. Three
    ticks are open, one extreme and close, where both extremes differ from open and close: the one
    farther from where its shadow begins, or else the first. Two are open and close, one is the
    close. A tick volume of 0 means that it is unknown and counts as 4.

    Prices move on by at least a point from tick to tick, unless there are more ticks than points
    on the path; then no price is left out, and repeats are spread over the whole path.
    """
    return _joined(tick_blocks(bars, "every_tick", length_ms=length_ms))


def ohlc(bars: Bars, *, length_ms: int = MINUTE) -> Ticks:
    """Return the four prices of each bar, a quarter of its length apart (R192, R193, R198).

    A bar of tick volume 1 has its close only, one of 2 has open and close, half its length apart
    (R194). Equal prices are otherwise kept.
    """
    return _joined(tick_blocks(bars, "ohlc", length_ms=length_ms))


def open_prices(bars: Bars, *, length_ms: int) -> Ticks:
    """Return four ticks for each bar of any period: its open and three hidden ones (R199).

    Every fourth tick, from the first on, is an open at the start of its bar: the only one a
    strategy sees. The extremes and the close follow at quarters of the bar by the path rule (R192,
    R193), for margin, stops and pending orders; whatever the tick volume.

    Parameters
    ----------
    length_ms : int
        Length of a bar. For weeks and months the rule wants bars of a day here.
    """
    return _joined(tick_blocks(bars, "open", length_ms=length_ms))


def tick_blocks(bars: Bars, model: str, *, length_ms: int = MINUTE) -> Iterator[Ticks]:
    """Yield the ticks of a model, those of some thousand bars at a time.

    Parameters
    ----------
    model : str
        ``"every_tick"``, ``"ohlc"`` or ``"open"``.
    """
    make = MODELS[model]
    rising = _rising(np.sign(bars.closes - bars.opens))
    spreads = _spreads(bars.spreads)
    for first in range(0, len(bars.times), BLOCK):
        block = slice(first, first + BLOCK)
        paths = _paths(bars.part(block), rising[block], spreads[block])
        times, bids, asks = make(paths, length_ms)
        yield Ticks(times, bids.astype(np.int32), asks.astype(np.int32))


def _joined(pieces: Iterator[Ticks]) -> Ticks:
    made = list(pieces)
    return joined(made) if made else NO_TICKS


def _every_tick(paths: _Paths, length_ms: int) -> Three:
    counts = paths.counts
    ends = np.cumsum(counts)
    rank = np.arange(int(ends[-1])) - np.repeat(ends - counts, counts)
    share = rank * length_ms // np.repeat(counts, counts)
    bids = _prices(_within_count(paths.corners, counts), counts)
    asks = bids + np.repeat(paths.spreads, counts)
    return np.repeat(paths.times, counts) + share, bids, asks


def _ohlc(paths: _Paths, length_ms: int) -> Three:
    times, bids, asks = _corner_ticks(paths, length_ms)
    low = paths.counts < 3
    if not low.any():
        return times.ravel(), bids.ravel(), asks.ravel()
    one, two = paths.counts == 1, paths.counts == 2
    kept = np.ones(bids.shape, np.bool_)
    kept[low, :3] = False
    kept[two, 0] = True
    times[one, 3] = paths.times[one]
    times[two, 3] = paths.times[two] + length_ms // 2
    return times[kept], bids[kept], asks[kept]


def _open(paths: _Paths, length_ms: int) -> Three:
    times, bids, asks = _corner_ticks(paths, length_ms)
    return times.ravel(), bids.ravel(), asks.ravel()


MODELS = {"every_tick": _every_tick, "ohlc": _ohlc, "open": _open}


def _corner_ticks(paths: _Paths, length_ms: int) -> Three:
    """Return times, bids and asks of the corners, in shape (bars, 4)."""
    quarters = np.arange(4) * length_ms // 4
    return (
        paths.times[:, None] + quarters,
        paths.corners,
        paths.corners + paths.spreads[:, None],
    )


def _paths(bars: Bars, rising: np.ndarray[Any, Any], spreads: Array) -> _Paths:
    opens, highs, lows, closes = (one.astype(np.int64) for one in bars[1:5])
    firsts, seconds = np.where(rising, lows, highs), np.where(rising, highs, lows)
    volumes = bars.volumes.astype(np.int64)
    return _Paths(
        bars.times.astype(np.int64),
        np.stack((opens, firsts, seconds, closes), axis=1),
        spreads.astype(np.int64),
        np.where(volumes > 0, volumes, UNKNOWN_VOLUME),
    )


def _rising(signs: Array) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Tell which bars rise; a doji goes against the bar before (R193), and rises if it is first."""
    index = np.arange(len(signs))
    last = np.maximum.accumulate(np.where(signs != 0, index, -1))
    # A row of dojis alternates, so all that counts is how far the last clear bar is away.
    clear = np.where(last >= 0, signs[last], -1) > 0
    away: np.ndarray[Any, np.dtype[np.bool_]] = (index - last) % 2 == 1
    return clear ^ away


def _spreads(spreads: Array) -> Array:
    """Replace spreads <= 0 by the last one known (R190), or by 0 before the first one."""
    last = np.maximum.accumulate(np.where(spreads > 0, np.arange(len(spreads)), -1))
    return np.where(last >= 0, spreads[last], 0)


def _within_count(corners: Array, counts: Array) -> Array:
    """Return corners without those for which a bar has too few ticks (R194).

    A corner goes by moving onto its neighbour, so that no leg leads to it.
    """
    corners = corners.copy()
    few = counts <= 2
    corners[few, 1], corners[few, 2] = corners[few, 0], corners[few, 3]
    one = counts == 1
    corners[one, :3] = corners[one, 3:]
    legs = np.abs(np.diff(corners, axis=1))
    three = (counts == 3) & (legs > 0).all(axis=1)
    first = three & (legs[:, 0] >= legs[:, 2])
    second = three & ~first
    corners[first, 2] = corners[first, 3]
    corners[second, 1] = corners[second, 0]
    return corners


def _prices(corners: Array, counts: Array) -> Array:
    """Return the prices of all ticks of some bars, one bar after the other (R195–R197)."""
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
    taken = steps.ravel()
    rank = np.arange(1, taken.sum() + 1) - np.repeat(np.cumsum(taken) - taken, taken)
    way = rank * np.repeat(lengths.ravel(), taken) // np.repeat(taken, taken)
    start = np.repeat((points - moves).ravel(), taken)
    prices: Array = start + np.repeat(np.sign(moves).ravel(), taken) * way
    return prices


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
