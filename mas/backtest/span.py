"""How much history a run has really played: its first and last moment, its bars and ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mas.backtest.state import RunState


def played(run: RunState) -> list[int]:
    """Return the first and the last moment of the data that was played, ms.

    A period may be asked for of which only a part is stored: what is counted by the year counts
    the time of the data. Without any push it is the period itself.
    """
    firsts, lasts = [], []
    for feed in run.feeds:
        replay = run.replays[feed.symbol]
        times = feed.times(replay)
        times = times[times <= run.end]
        if len(times):
            timeframe = getattr(feed, "timeframe", 0)
            opened = replay.bars(timeframe, feed.start, feed.end)[0].times if timeframe else times
            firsts.append(int(opened[0]))
            lasts.append(min(int(times[-1]), replay.last(int(times[-1]) + 1)))
    if not firsts:
        return [run.start, run.end]
    # A bar's close may come long after its last tick.
    dealt = run.account.deals[-1].time_msc if run.account.deals else 0
    return [min(firsts), max(*lasts, dealt, min(firsts))]


def counts(run: RunState) -> dict[str, int]:
    """Return ``bars`` of the first feed, and ``ticks`` of all symbols where they are all made."""
    first, last = played(run)
    feed = run.feeds[0]
    replay = run.replays[feed.symbol]
    timeframe = getattr(feed, "timeframe", 0) or replay.timeframe
    opened = replay.bars(timeframe, feed.start, feed.end)[0].times
    found = {"bars": int(opened.searchsorted(last, side="right"))}
    columns = [vars(one).get("columns") for one in run.replays.values()]
    if all(one is not None for one in columns):
        edges = [one.times.searchsorted((first, last + 1)) for one in columns if one is not None]
        found["ticks"] = int(sum(until - start for start, until in edges))
    return found
