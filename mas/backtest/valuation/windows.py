"""The time of a run in windows that lie in one state of the account, with the extremes of prices.

In a window lie some ticks, or some blocks of them, of each symbol that is open then. What it holds
is all ticks of its first to its last millisecond, so it can be opened again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mas.backtest.valuation.segments import segments
from mas.history.columns import Blocks, Ticks, rising

if TYPE_CHECKING:
    from mas.backtest.valuation.states import States
    from mas.backtest.valuation.walk import Valued
    from mas.sim.streams import Stream
    from mas.timeunits import Ms

    Array = np.ndarray[Any, Any]


class Prices(NamedTuple):
    """The worst and the best quotes of a symbol for what is held, one row each."""

    worst: Ticks
    best: Ticks


class Windows(NamedTuple):
    """Spans of time, in its order.

    Attributes
    ----------
    firsts, lasts : array of int64
        Milliseconds that belong to each.
    states : array of int
        The state of the account in each.
    moments : array of bool
        Which are events without a tick: one moment, whose quotes are known.
    reached : array of bool
        Where the extremes are those of the equity: all that is open then is of one symbol and side.
    prices : dict of Prices
        By symbol.
    """

    firsts: Array
    lasts: Array
    states: Array
    moments: Array
    reached: Array
    prices: dict[str, Prices]


def windows(valuation: Valued) -> Windows:
    """Return the windows of all time in which anything is open, and the events between."""
    states, end = valuation.states, valuation.end
    names = sorted(states.spells)
    streams = [valuation.stream(name) for name in names]
    sides = [states.sides(name) for name in names]
    held = [longs + shorts > 0 for longs, shorts in sides]
    cut = [
        _segments(stream, states, open_, end)
        for stream, open_ in zip(streams, held, strict=True)
    ]  # fmt: skip
    at_events = [stream.quotes(states.times) for stream in streams]
    ticked = sum(
        open_ & (quotes.times == states.times)
        for open_, quotes in zip(held, at_events, strict=True)
    )  # fmt: skip
    events = np.flatnonzero(ticked == 0)
    firsts, lasts = _spans(cut, states, end)
    order = np.argsort(np.concatenate([states.times[events], firsts]), kind="stable")

    def sorted_(of_events: Array, of_spans: Array) -> Array:
        whole: Array = np.concatenate([of_events, of_spans])[order]
        return whole

    prices = {}
    others_first = np.zeros(len(firsts), bool)
    for name, stream, whole, then in zip(names, streams, cut, at_events, strict=True):
        found = _extremes(stream, whole, states, firsts, others_first)
        known = then.part(events)
        bid_lows, bid_highs = sorted_(known.bids, found[0]), sorted_(known.bids, found[1])
        ask_lows, ask_highs = sorted_(known.asks, found[2]), sorted_(known.asks, found[3])
        prices[name] = Prices(Ticks(order, bid_lows, ask_highs), Ticks(order, bid_highs, ask_lows))
        others_first |= stream.quotes(firsts).times == firsts
    moments = order < len(events)
    index = sorted_(events, states.at(firsts))
    open_sides = sum((side > 0).astype(np.int64) for pair in sides for side in pair)
    return Windows(
        sorted_(states.times[events], firsts), sorted_(states.times[events], lasts), index,
        moments, moments | (np.asarray(open_sides) <= 1)[index], prices,
    )  # fmt: skip


def _segments(stream: Stream, states: States, open_: Array, end: Ms) -> Blocks:
    """Return the segments of a symbol's ticks in the states in which it is open."""
    at = np.flatnonzero(open_)
    until = int(np.append(states.times, end + 1)[at[-1] + 1])
    found = segments(stream, states.times, int(states.times[at[0]]), min(until, end + 1))
    return found.part(open_[states.at(found.firsts)])


def _spans(cut: list[Blocks], states: States, end: Ms) -> tuple[Array, Array]:
    """Return first and last millisecond of each window.

    One begins wherever a segment of any symbol does, or a state; those in which no symbol that is
    open has had a tick are left out.
    """
    firsts = rising([states.times, *(whole.firsts for whole in cut)])
    lasts = np.append(firsts[1:], end + 1) - 1
    used = np.zeros(len(firsts), bool)
    for whole in cut:
        used |= _segment_of(whole, states, firsts)[1]
    return firsts[used], lasts[used]


def _segment_of(whole: Blocks, states: States, times: Array) -> tuple[Array, Array]:
    """Return the segment that began last before each time, and whether it is of its state."""
    index = whole.firsts.searchsorted(times, side="right") - 1
    of = np.append(states.at(whole.firsts), -2)  # of none for index -1
    return index, of[index] == states.at(times)


def _extremes(
    stream: Stream, whole: Blocks, states: States, firsts: Array, others_first: Array
) -> tuple[Array, ...]:
    """Return lowest and highest bid and ask of a symbol in each window.

    They are those of the segment in which the window lies, in the same state. Before the first
    one, and where `others_first` tick in the millisecond with which it begins, it is the quote
    before that counts.
    """
    index, known = _segment_of(whole, states, firsts)
    before = stream.quotes(firsts - 1)
    begun = np.append(whole.firsts, -1)[index] == firsts
    older = ~known | (others_first & begun & (before.asks > 0))
    found = []
    for column, quotes, extreme in (
        (whole.bid_lows, before.bids, np.minimum), (whole.bid_highs, before.bids, np.maximum),
        (whole.ask_lows, before.asks, np.minimum), (whole.ask_highs, before.asks, np.maximum),
    ):  # fmt: skip
        inside = np.append(column, 0)[index]
        found.append(
            np.where(known, np.where(older, extreme(inside, quotes), inside), quotes)
        )  # fmt: skip
    return tuple(found)
