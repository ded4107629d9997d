"""Values an account tick by tick, over the ticks of all symbols that matter, piece by piece.

A tick is valued with the state after everything that happened in its millisecond; ticks of several
symbols at one millisecond follow each other by the symbols' names, as in the simulated terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from mas.backtest.valuation.floating import Samples
from mas.history.columns import Ticks
from mas.timeunits import DAY_MS, Ms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mas.backtest.valuation.floating import Floating, See
    from mas.backtest.valuation.states import States
    from mas.sim.streams import Stream

    Array = np.ndarray[Any, Any]

PIECE = 1 << 18
"""Ticks that a piece should have."""
LONGEST = 30 * DAY_MS


class Valued(Protocol):
    """An account that can be valued at any moment that has passed."""

    end: int
    """Time of the last tick that counts, ms."""

    @property
    def start(self) -> float:
        """The first deposit."""
        ...

    @property
    def states(self) -> States:
        """What the account was worth apart from prices."""
        ...

    @property
    def floating(self) -> Floating:
        """What its positions were worth."""
        ...

    def equity(self, samples: Samples, see: See | None = None) -> Array:
        """Return the equity at some moments of known states; `see` is shown all valuations."""
        ...

    def stream(self, name: str) -> Stream:
        """Return the ticks of a symbol."""
        ...


class Stretch(NamedTuple):
    """Moments of a period: their times, ms, the states and the quotes then."""

    times: Array
    samples: Samples


def pieces(valuation: Valued, end: Ms) -> Iterator[Stretch]:
    """Yield all ticks while positions are open, and all events, up to and including `end`."""
    states, floating = valuation.states, valuation.floating
    names = sorted({needed for name in floating.spells for needed in floating.needed(name)})
    streams = [(name, valuation.stream(name)) for name in names]
    open_ = np.flatnonzero(states.open > 0)
    begins = states.times[open_]
    ends = np.append(states.times, end + 1)[open_ + 1]
    at, span, told = int(states.times[0]) if len(states.times) else end + 1, DAY_MS, 0
    while at <= end:
        coming = int(ends.searchsorted(at, side="right"))
        if coming == len(ends):  # nothing is open from now on
            yield _events(states.times[told:], told)
            return
        at = max(at, int(begins[coming]))
        until = min(at + span, end + 1)
        upto = int(states.times.searchsorted(until))
        before = int(states.times.searchsorted(at))
        yield _events(states.times[told:before], told)
        piece, count = samples_of(streams, states, (at, until), slice(before, upto))
        yield piece
        told, at = upto, until
        span = int(min(max(span * PIECE / max(count, PIECE >> 2), 1), LONGEST))


def _events(times: Array, first: int) -> Stretch:
    """Return events at which nothing is open, so that no quote matters."""
    return Stretch(times, Samples(np.arange(first, first + len(times)), _none))


def _none(name: str) -> Ticks:
    raise ValueError(f"quotes of {name} are not needed where nothing is open")


def samples_of(
    streams: list[tuple[str, Stream]], states: Any, period: tuple[int, int], events: slice
) -> tuple[Stretch, int]:
    """Return the moments of a period, and how many ticks it has."""
    start, end = period
    found = [(name, _since(stream, start, end)) for name, stream in streams]
    columns = [ticks.times[1:] for _, ticks in found]
    times = np.concatenate([*columns, states.times[events]])
    order = np.argsort(times, kind="stable")
    which = np.repeat(np.arange(len(found) + 1), [*map(len, columns), events.stop - events.start])
    which = which[order]
    times = times[order]
    at = states.at(times)
    chosen = np.flatnonzero((states.open[at] > 0) | (which == len(found)))
    quotes = {
        name: ticks.part(np.cumsum(which == index)[chosen])
        for index, (name, ticks) in enumerate(found)
    }
    return Stretch(times[chosen], Samples(at[chosen], quotes.__getitem__)), len(times)


def _since(stream: Stream, start: Ms, end: Ms) -> Ticks:
    """Return the ticks of start <= time < end, after the newest one before them, or the first."""
    before = stream.quotes(np.array([start - 1], np.int64))
    ticks = stream.ticks(start, end)
    if not before.asks[0] and len(ticks.times):
        before = ticks.part(slice(1))  # the first one of all: what it opens is never worth nothing
    pairs: Any = zip(before[:3], ticks[:3], strict=True)
    times, bids, asks = (np.append(old[0], new) for old, new in pairs)
    if ticks.lasts is None:
        return Ticks(times, bids, asks)
    last = 0 if before.lasts is None else before.lasts[0]
    return Ticks(times, bids, asks, np.append(last, ticks.lasts))
