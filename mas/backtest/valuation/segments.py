"""The ticks of one symbol in segments that lie in one state of the account, with their extremes.

A segment is some ticks or some whole blocks of them: what lies in it is all ticks of its first to
its last millisecond, so it can be opened again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mas.history.columns import Blocks, joined, rising

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mas.history.columns import Ticks
    from mas.sim.streams import Stream
    from mas.timeunits import Ms

    Array = np.ndarray[Any, Any]

PERIOD = 30 * 86_400_000
"""Milliseconds that are cut at once."""
TICKS, BLOCKS = 512, 16
"""The most in one segment."""
BATCH = 1 << 20
"""Ticks that are cut at once, if they are not in one place."""


def segments(stream: Stream, changes: Array, start: Ms, end: Ms) -> Blocks:
    """Return the ticks of start <= time < end, cut wherever the state changes.

    Parameters
    ----------
    changes : array of int64
        Times, ms, at which a state begins, rising.
    """
    found: list[Blocks] = []
    for at in range(start, end, PERIOD):
        found.extend(_period(stream, changes, at, min(at + PERIOD, end)))
    if not found:
        return Blocks(*[np.empty(0, np.int64)] * len(Blocks._fields))
    whole = Blocks._make(np.concatenate(column) for column in zip(*found, strict=True))
    return whole.part(np.argsort(whole.firsts, kind="stable"))


def _period(stream: Stream, changes: Array, start: Ms, end: Ms) -> Iterator[Blocks]:
    blocks = stream.blocks(start, end)
    if blocks is None or not len(blocks.firsts):
        yield from _of_runs(stream, changes, [(start, end)])
        return
    cut = changes.searchsorted(blocks.firsts, side="right") != changes.searchsorted(
        blocks.lasts, side="right"
    )
    cut[[0, -1]] = True  # the ticks before and after may be of the same millisecond
    shared = blocks.lasts[:-1] == blocks.firsts[1:]
    while True:  # ticks of one millisecond stay together
        more = shared & (cut[:-1] != cut[1:])
        if not more.any():
            break
        cut[:-1] |= more
        cut[1:] |= more
    edges = np.flatnonzero(np.diff(cut, prepend=False, append=False))
    runs = [
        (int(blocks.firsts[first]), int(blocks.lasts[last - 1]) + 1)
        for first, last in edges.reshape(-1, 2).tolist()
    ]
    runs[0], runs[-1] = (start, runs[0][1]), (runs[-1][0], end)
    if len(runs) == 1:
        runs = [(start, end)]
    yield from _of_runs(stream, changes, runs)
    if not cut.all():
        yield _of_blocks(blocks, cut, shared, changes)


def _of_blocks(blocks: Blocks, cut: Array, shared: Array, changes: Array) -> Blocks:
    """Return the blocks that are not cut, some together."""
    state = changes.searchsorted(blocks.firsts, side="right")
    begins = np.append(True, (state[1:] != state[:-1]) | cut[:-1] | cut[1:])
    begins |= np.arange(len(cut)) % BLOCKS == 0
    begins[1:] &= ~shared | cut[1:] | cut[:-1]
    starts = np.flatnonzero(begins)
    lasts = blocks.lasts[np.append(starts[1:], len(cut)) - 1]
    made = Blocks(
        blocks.firsts[starts], lasts,
        np.minimum.reduceat(blocks.bid_lows, starts), np.maximum.reduceat(blocks.bid_highs, starts),
        np.minimum.reduceat(blocks.ask_lows, starts), np.maximum.reduceat(blocks.ask_highs, starts),
    )  # fmt: skip
    return made.part(~cut[starts])


def _of_runs(stream: Stream, changes: Array, runs: list[tuple[int, int]]) -> Iterator[Blocks]:
    """Yield the segments of ticks between two times each, end excluded."""
    waiting: list[Ticks] = []
    size = 0
    for start, end in runs:
        ticks = stream.ticks(start, end)
        if len(ticks.times) > BATCH:
            yield _of_ticks([ticks], changes)  # where they are, not in a copy
        elif len(ticks.times):
            waiting.append(ticks)
            size += len(ticks.times)
        if size > BATCH:
            yield _of_ticks(waiting, changes)
            waiting, size = [], 0
    if waiting:
        yield _of_ticks(waiting, changes)


def _of_ticks(runs: list[Ticks], changes: Array) -> Blocks:
    lengths = np.cumsum([0, *(len(run.times) for run in runs[:-1])])
    times, bids, asks = joined([run._replace(lasts=None, volumes=None) for run in runs])[:3]
    inside = slice(*changes.searchsorted((times[0], times[-1] + 1)))
    grid = times.searchsorted(times[::TICKS])  # the first of its millisecond
    begun = times.searchsorted(changes[inside])
    starts = rising([lengths, grid, begun])
    return Blocks(
        times[starts], times[np.append(starts[1:], len(times)) - 1],
        np.minimum.reduceat(bids, starts), np.maximum.reduceat(bids, starts),
        np.minimum.reduceat(asks, starts), np.maximum.reduceat(asks, starts),
    )  # fmt: skip
