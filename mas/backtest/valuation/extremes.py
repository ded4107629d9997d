"""Highest and lowest of an account's curve over every tick, and of each of its positions.

Where results only rise with the price, the extremes of prices bound the equity of a window; only
windows that could hold a deeper fall, or a lower equity or margin level, are looked into. Else the
walk goes over every tick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mas.backtest.valuation.drawdown import Fall, fallen
from mas.backtest.valuation.floating import Samples
from mas.backtest.valuation.walk import pieces, samples_of
from mas.backtest.valuation.windows import windows

if TYPE_CHECKING:
    from mas.backtest.valuation.floating import Part
    from mas.backtest.valuation.walk import Valued

    Array = np.ndarray[Any, Any]

AT_ONCE = 256
"""Windows that are opened before it is asked again which ones matter."""


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
    """Tell whether extremes of prices will do: no result falls while its own price gets better."""
    spells = valuation.states.spells
    return bool(spells) and all(
        terms.rises(float(spells[name].volumes.min())) and not terms.symbol.by_last
        for name, terms in valuation.floating.terms.items()
    )


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
    """Return the extremes by those of windows."""
    found = Extremes(valuation)
    search = _Search(valuation, found)
    search.settle()
    search.tell()
    return found


class _Search:
    """What is known of the equity in each window."""

    def __init__(self, valuation: Valued, found: Extremes) -> None:
        self._valuation, self._found = valuation, found
        self._first = valuation.start
        self._windows = whole = windows(valuation)
        self._states = whole.states
        names = sorted(whole.prices)
        self._streams = [(name, valuation.stream(name)) for name in names]
        worst = Samples(whole.states, lambda name: whole.prices[name].worst)
        best = Samples(whole.states, lambda name: whole.prices[name].best)
        self.low = valuation.equity(worst, found.see_worst)
        self.high = valuation.equity(best, found.see_best)
        self._reached = whole.reached | (self.low == self.high)
        self._inside: dict[int, Array] = {}
        self._falls = np.zeros((2, len(self._states)))
        """Deepest fall and share of a fall inside each opened window."""
        self._opened = np.zeros(len(self._states), bool)

    # -- which windows matter -----------------------------------------------------------------

    def settle(self) -> None:
        """Open windows until none that is closed could change what is told."""
        while True:
            bounds = self._bounds()
            candidates = np.flatnonzero(bounds > 0)
            if not len(candidates):
                return
            most = candidates[np.argsort(-bounds[candidates], kind="stable")][:AT_ONCE]
            self._open(np.sort(most))

    def _bounds(self) -> Array:
        """Return how much may hide in each window; 0 where it does not matter."""
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
        """Return the peak before each window."""
        peaks: Array = np.maximum.accumulate(np.append(self._first, highs[:-1]))
        return peaks

    def _below(self, known: Array) -> Array:
        """Tell which windows may have the lowest equity or margin level, the earlier of equals."""
        least = self.low[known].min(initial=self._first)
        levels = levels_of(self._valuation.states, self._states, self.low)
        smallest = levels[known].min(initial=np.inf)
        below: Array = (self.low < least) | (np.isfinite(levels) & (levels <= smallest))
        return below

    def _open(self, chosen: Array) -> None:
        """Value the ticks of some windows, rising; those of neighbours together."""
        whole = self._windows
        for run in np.split(chosen, np.flatnonzero(np.diff(chosen) > 1) + 1):
            times, equity = self._ticks(int(run[0]), int(run[-1]))
            bounds = times.searchsorted(np.append(whole.firsts[run], whole.lasts[run[-1]] + 1))
            for index, begin, end in zip(run.tolist(), bounds[:-1], bounds[1:], strict=True):
                self._know(index, equity[begin:end])

    def _know(self, index: int, equity: Array) -> None:
        """Note the equity at each tick of a window; each has one that begins it."""
        self._opened[index] = True
        self._inside[index] = equity
        self.low[index], self.high[index] = equity.min(), equity.max()
        falls, shares = fallen(np.maximum.accumulate(equity), equity)
        self._falls[:, index] = falls.max(), shares.max()

    def _ticks(self, first: int, last: int) -> tuple[Array, Array]:
        """Return the times of the ticks from one window to another, and the equity at each."""
        whole, states = self._windows, self._valuation.states
        if whole.moments[first]:
            return whole.firsts[first : first + 1], self.low[first : first + 1]
        period = int(whole.firsts[first]), int(whole.lasts[last]) + 1
        piece, _ = samples_of(self._streams, states, period, slice(0, 0))
        return piece.times, self._valuation.equity(piece.samples)

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
            times, equity = self._ticks(least, least)
            found.levels(np.full(len(times), self._states[least]), times, equity)
