"""Highest and lowest of an account's curve over every tick, and of each of its positions.

With positions in one symbol, whose results only rise with the price, the extremes of blocks of
ticks bound the equity in them; only blocks that could hold a deeper fall are looked into. Else the
walk goes over every tick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mas.backtest.valuation.drawdown import Fall, fallen
from mas.backtest.valuation.floating import Samples
from mas.backtest.valuation.segments import segments
from mas.backtest.valuation.walk import pieces
from mas.history.columns import Blocks, Ticks

if TYPE_CHECKING:
    from mas.backtest.valuation.floating import Part
    from mas.backtest.valuation.walk import Valued

    Array = np.ndarray[Any, Any]

AT_ONCE = 256
"""Segments that are opened before it is asked again which ones matter."""


class Extremes:
    """What was found: equity's falls, the smallest margin level, best and worst of each spell."""

    def __init__(self, valuation: Valued) -> None:
        self._states = valuation.states
        self.equity = Fall(valuation.start)
        self.level, self.level_at = 0.0, 0
        self.best: dict[str, Array] = {}
        self.worst: dict[str, Array] = {}
        for name, spells in valuation.states.spells.items():
            self.best[name] = np.full(len(spells.firsts), -np.inf)
            self.worst[name] = np.full(len(spells.firsts), np.inf)

    def see_best(self, name: str, part: Part) -> None:
        """Note the best valuation of each spell, without swap."""
        highest = np.maximum.reduceat(part.profits, part.starts)
        self.best[name][part.spells] = np.maximum(self.best[name][part.spells], highest)

    def see_worst(self, name: str, part: Part) -> None:
        """Note the worst valuation of each spell, without swap."""
        lowest = np.minimum.reduceat(part.profits, part.starts)
        self.worst[name][part.spells] = np.minimum(self.worst[name][part.spells], lowest)

    def see(self, name: str, part: Part) -> None:
        """Note both."""
        self.see_best(name, part)
        self.see_worst(name, part)

    def levels(self, states: Array, times: Array, equity: Array) -> None:
        """Note the smallest margin level."""
        level = levels_of(self._states, states, equity)
        if not len(level):
            return
        least = int(level.argmin())
        if level[least] < (self.level if self.level_at else np.inf):
            self.level, self.level_at = float(level[least]), int(times[least])


def levels_of(states: Any, index: Array, equity: Array) -> Array:
    """Return the margin level in some states, infinite where nothing open takes margin."""
    margin = np.where(states.open[index] > 0, states.margins[index], 0.0)
    empty = np.full(len(equity), np.inf)
    found: Array = np.divide(100 * equity, margin, out=empty, where=margin != 0)
    return found


def simple(valuation: Valued) -> bool:
    """Tell whether extremes of blocks will do: one symbol, results that rise with the price."""
    floating = valuation.floating
    if len(floating.terms) != 1:
        return False
    ((name, terms),) = floating.terms.items()
    smallest = float(valuation.states.spells[name].volumes.min())
    return not terms.symbol.by_last and terms.rises(smallest)


def walked(valuation: Valued) -> Extremes:
    """Return the extremes by a walk over every tick."""
    found = Extremes(valuation)
    for times, samples in pieces(valuation, valuation.end):
        if not len(times):
            continue
        equity = valuation.equity(samples, found.see)
        found.equity.add(equity)
        found.levels(samples.states, times, equity)
    return found


def pruned(valuation: Valued) -> Extremes:
    """Return the extremes by those of blocks of ticks."""
    found = Extremes(valuation)
    search = _Search(valuation, found)
    search.settle()
    search.tell()
    return found


class _Search:
    """Segments of ticks in the order of time, and what is known of the equity in each."""

    def __init__(self, valuation: Valued, found: Extremes) -> None:
        self._valuation, self._found = valuation, found
        self._name = next(iter(valuation.floating.terms))
        self._first = valuation.start
        self._cut()
        self._inside: dict[int, Array] = {}
        self._falls = np.zeros((2, len(self._states)))
        """Deepest fall and share of a fall inside each opened segment."""
        self._opened = np.zeros(len(self._states), bool)

    def _cut(self) -> None:
        """Cut the time into segments of open states and the events between."""
        valuation, states = self._valuation, self._valuation.states
        stream = valuation.stream(self._name)
        whole = self._of_events()
        open_ = np.flatnonzero(states.open > 0)
        if len(open_):
            begin = int(states.times[open_[0]])
            end = int(np.append(states.times, valuation.end + 1)[open_[-1] + 1])
            made = segments(stream, states.times, begin, min(end, valuation.end + 1))
            made = made.part(states.open[states.at(made.firsts)] > 0)
            whole = Blocks._make(
                np.concatenate(pair) for pair in zip(whole, made, strict=True)
            )  # fmt: skip
        self._segments = whole = whole.part(np.argsort(whole.firsts, kind="stable"))
        self._states = states.at(whole.firsts)
        low = self._samples(whole.bid_lows, whole.ask_highs)
        high = self._samples(whole.bid_highs, whole.ask_lows)
        self.low = valuation.equity(low, self._found.see_worst)
        self.high = valuation.equity(high, self._found.see_best)
        longs, shorts = self._sides()
        self._reached = ~((longs > 0) & (shorts > 0))[self._states]
        self._reached |= self.low == self.high

    def _of_events(self) -> Blocks:
        """Return the events at which no tick came, at the quotes before them."""
        states = self._valuation.states
        quotes = self._valuation.stream(self._name).quotes(states.times)
        chosen = (states.open == 0) | (quotes.times != states.times)
        times = states.times
        whole = Blocks(times, times, quotes.bids, quotes.bids, quotes.asks, quotes.asks)
        return whole.part(chosen)

    def _sides(self) -> list[Array]:
        """Return how many longs and shorts are open in each state."""
        states, counts = self._valuation.states, []
        spells = states.spells[self._name]
        for side in (spells.longs, ~spells.longs):
            count = np.zeros(len(states.times) + 1, np.int64)
            np.add.at(count, spells.firsts[side], 1)
            np.add.at(count, spells.lasts[side], -1)
            counts.append(np.cumsum(count)[:-1])
        return counts

    def _samples(self, bids: Array, asks: Array) -> Samples:
        ticks = Ticks(self._segments.firsts, bids, asks)
        return Samples(self._states, lambda _: ticks)

    # -- which segments matter -----------------------------------------------------------------

    def settle(self) -> None:
        """Open segments until none that is closed could change what is told."""
        while True:
            bounds = self._bounds()
            candidates = np.flatnonzero(bounds > 0)
            if not len(candidates):
                return
            most = candidates[np.argsort(-bounds[candidates], kind="stable")][:AT_ONCE]
            for index in most.tolist():
                self._open(index)

    def _bounds(self) -> Array:
        """Return how much may hide in each segment; 0 where it does not matter."""
        known = self._reached | self._opened
        sure = self._before(np.where(known, self.high, -np.inf))
        perhaps = self._before(self.high)
        falls, shares = fallen(sure, np.where(known, self.low, sure))
        deepest = max(falls.max(), self._falls[0].max())
        steepest = max(shares.max(), self._falls[1].max())
        peaks = np.maximum(perhaps, self.high)
        fall, share = fallen(peaks, self.low)
        matters = (fall >= deepest) | (share >= steepest)
        later = np.minimum.accumulate(self.low[::-1])[::-1]
        ahead, part = fallen(self.high, later)
        hidden = ~self._reached
        matters |= hidden & ((ahead >= deepest) | (part >= steepest))
        # Nothing above the peak before it: the fall to its lowest is known.
        matters &= (self.high > sure) | hidden
        matters |= hidden & self._below(known)
        matters &= ~self._opened & (self.high > self.low)
        return np.where(matters, np.maximum(fall, 1e-9), 0.0)

    def _before(self, highs: Array) -> Array:
        """Return the peak before each segment."""
        peaks: Array = np.maximum.accumulate(np.append(self._first, highs[:-1]))
        return peaks

    def _below(self, known: Array) -> Array:
        """Tell which segments may have the lowest equity or margin level."""
        least = self.low[known].min(initial=self._first)
        levels = levels_of(self._valuation.states, self._states, self.low)
        smallest = levels[known].min(initial=np.inf)
        below: Array = (self.low < least) | (levels < smallest)
        return below

    def _open(self, index: int) -> None:
        """Value the ticks of a segment one by one."""
        ticks, equity = self._ticks(index)
        del ticks
        self._inside[index] = equity
        self._opened[index] = True
        self.low[index], self.high[index] = equity.min(), equity.max()
        falls, shares = fallen(np.maximum.accumulate(equity), equity)
        self._falls[:, index] = falls.max(), shares.max()

    def _ticks(self, index: int) -> tuple[Array, Array]:
        """Return the times of a segment's ticks, and the equity at each."""
        first, last = int(self._segments.firsts[index]), int(self._segments.lasts[index])
        ticks = self._valuation.stream(self._name).ticks(first, last + 1)
        if not len(ticks.times) or self._is_event(index):
            return self._segments.firsts[index : index + 1], self.low[index : index + 1]
        states = np.full(len(ticks.times), self._states[index])
        return ticks.times, self._valuation.equity(Samples(states, lambda _: ticks))

    def _is_event(self, index: int) -> bool:
        return bool(self.low[index] == self.high[index])

    def tell(self) -> None:
        """Say what was found."""
        found, pairs = self._found, np.column_stack([self.low, self.high])
        shown = self._reached & ~self._opened
        at = 0
        for index in sorted(self._inside):
            found.equity.add(pairs[at:index][shown[at:index]].ravel())
            found.equity.add(self._inside[index])
            at = index + 1
        found.equity.add(pairs[at:][shown[at:]].ravel())
        levels = levels_of(self._valuation.states, self._states, self.low)
        known = np.where(self._reached | self._opened, levels, np.inf)
        if len(known) and known.min() < np.inf:
            least = int(known.argmin())
            times, equity = self._ticks(least)
            found.levels(np.full(len(times), self._states[least]), times, equity)
