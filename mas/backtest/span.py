"""How much history a run has really played: its first and last moment, its bars and ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from mas.backtest.feeds import Feed
    from mas.backtest.state import RunState

    Array = np.ndarray[Any, Any]


def _opened(run: RunState, feed: Feed) -> Array:
    """Return when the bars of a feed open, ms; those that are there where it pushes ticks."""
    replay = run.replays[feed.symbol]
    timeframe = getattr(feed, "timeframe", 0) or replay.timeframe
    opened: Array = replay.bars(timeframe, feed.start, feed.end)[0].times
    return opened


def played(run: RunState) -> list[int]:
    """Return the first and the last moment of the data that was played, ms.

    A period may be asked for of which only a part is stored: what is counted by the year counts
    the time of the data. Without any bar it is the period itself.
    """
    firsts, lasts = [], []
    for feed in run.feeds:
        replay = run.replays[feed.symbol]
        opened = _opened(run, feed)
        opened = opened[opened <= run.end]
        if len(opened):
            firsts.append(int(opened[0]))
            lasts.append(replay.last(run.end + 1))
    if not firsts:
        return [run.start, run.end]
    return [min(firsts), max(*lasts, min(firsts))]


def counts(run: RunState) -> dict[str, int]:
    """Return ``bars`` of the first feed, and ``ticks`` of all symbols."""
    first, last = played(run)
    feed = run.feeds[0]
    return {
        "bars": int(_opened(run, feed).searchsorted(last, side="right")),
        "ticks": sum(replay.stream.count(first, last + 1) for replay in run.replays.values()),
    }
