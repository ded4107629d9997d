"""The legs of one bar in plain numbers: what :mod:`mas.history.paths` says of many, said of one.

For a single bar numpy costs fifty times what the arithmetic does, and a run looks at single bars.
"""

from __future__ import annotations

from itertools import pairwise

from mas.history.paths import SCHEME

Leg = tuple[int, int, int, int]
"""Ticks of the bar before the leg, price it leads away from, move in points, ticks on it."""


def within_count(corners: list[int], count: int) -> list[int]:
    """Return open, extremes and close without those for which a bar has too few ticks (R194)."""
    opened, first, second, close = corners
    if count == 1:
        return [close] * 4
    if count == 2:
        return [opened, opened, close, close]
    legs = [abs(end - start) for start, end in pairwise(corners)]
    if count != 3 or not all(legs):
        return corners
    return [opened, first, close, close] if legs[0] >= legs[2] else [opened, opened, second, close]


def legs_of_one(corners: list[int], count: int, *, fine: bool) -> list[Leg]:
    """Return the legs of a bar that have ticks.

    Parameters
    ----------
    corners : list of int
        Open, the extremes in the order of the path, close; points.
    count : int
        Ticks of the bar.
    fine : bool
        Whether there are ticks between the corners (R195–R197), else only at them.
    """
    if count < 4:
        corners = within_count(corners, count)
    return _fine_legs(corners, count) if fine else _corner_legs(corners, count)


def price_on(legs: list[Leg], rank: int) -> int:
    """Return the price of a tick."""
    for before, start, move, steps in legs:
        if rank < before + steps:
            way = (rank - before + 1) * abs(move) // steps
            return start + way if move > 0 else start - way
    raise IndexError(f"tick {rank} of a bar of {sum(leg[3] for leg in legs)}")


def first_on(legs: list[Leg], rank: int, low: int, high: int) -> int:
    """Return the first tick, from one on, at or below a level or at or above another; else -1."""
    for before, start, move, steps in legs:
        nth = max(rank - before + 1, 1)
        if nth > steps:
            continue
        found = _nth_on(start, move, steps, nth, (low, high))
        if found:
            return before + found - 1
    return -1


def _nth_on(start: int, move: int, steps: int, nth: int, levels: tuple[int, int]) -> int:
    """Return which tick of a leg is the first beyond, from the n-th on, 0 for none."""
    low, high = levels
    span = abs(move)
    way = nth * span // steps
    price = start + way if move > 0 else start - way
    if price <= low or price >= high:
        return nth
    if not move:
        return 0
    later = -(-(high - start if move > 0 else start - low) * steps // span)
    return later if later <= steps else 0


def _corner_legs(corners: list[int], count: int) -> list[Leg]:
    if count == 1:
        return [(0, corners[0], 0, 1)]
    if count == 2:
        return [(0, corners[0], 0, 1), (1, corners[0], corners[3] - corners[0], 1)]
    moves = [(start, end - start) for start, end in pairwise(corners)]
    return [(0, corners[0], 0, 1), *((n, *move, 1) for n, move in enumerate(moves, 1))]


def _fine_legs(corners: list[int], count: int) -> list[Leg]:
    """Return the legs between reference points (R195–R197)."""
    spans = [abs(end - start) for start, end in pairwise(corners)]
    sizes = _sizes(spans, count)
    whole, points = sum(spans), sum(sizes)
    if not whole:
        return [(0, corners[0], 0, count)]
    # First each point in between once, then repeats.
    room = whole - points
    apart = min(count - 1 - points, room)
    repeats = count - 1 - points - apart
    legs, before, gone, nth_point = [(0, corners[0], 0, 1)], 1, 0, 0
    for at, size in enumerate(sizes):
        start, span = corners[at], spans[at]
        sign = 1 if corners[at + 1] > start else -1
        last = 0
        for nth in range(1, size + 1):
            way = nth * span // size
            nth_point += 1
            reached = gone + way
            after = 1 + nth_point + repeats * reached // whole
            if room:
                after += apart * (reached - nth_point) // room
            legs.append((before, start + sign * last, sign * (way - last), after - before))
            before, last = after, way
        gone += span
    return legs


def _sizes(spans: list[int], count: int) -> list[int]:
    """Return the number of reference points of each group (R195, R196)."""
    sizes = [min(most, span) for most, span in zip(SCHEME, spans, strict=True)]
    over = sum(sizes) - (count - 1)
    for leg in (1, 2, 0):
        if over > 0:
            cut = min(over, max(sizes[leg] - 1, 0))
            sizes[leg] -= cut
            over -= cut
    return sizes
