"""How much history a run has really played: its first and last moment, its bars and ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mas.backtest.feeds import Feed
    from mas.backtest.state import RunState


def _timeframe(run: RunState, feed: Feed) -> int:
    """Return the timeframe of a feed, of the bars that are there where it pushes ticks."""
    return getattr(feed, "timeframe", 0) or run.replays[feed.symbol].timeframe


def played(run: RunState) -> list[int]:
    """Return the first and the last moment of the data that was played, ms.

    A period may be asked for of which only a part is stored: what is counted by the year counts
    the time of the data. Without any bar it is the period itself.
    """
    firsts, lasts = [], []
    for feed in run.feeds:
        replay = run.replays[feed.symbol]
        timeframe = getattr(feed, "timeframe", 0) or replay.timeframe
        opened = replay.bars(timeframe, feed.start, feed.end)[0].times
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
    replay = run.replays[feed.symbol]
    opened = replay.bars(_timeframe(run, feed), feed.start, feed.end)[0].times
    return {
        "bars": int(opened.searchsorted(last, side="right")),
        "ticks": sum(one.stream.count(first, last + 1) for one in run.replays.values()),
    }
