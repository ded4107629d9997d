"""The floating profit of many positions at many moments, position by position, in arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mas.backtest.valuation.states import Spells, States
    from mas.history.columns import Ticks
    from mas.sim.broker import Broker

    Array = np.ndarray[Any, Any]

FLAT = 1 << 16
"""Valuations that are made at once: few enough for the arrays to stay in the cache."""


class Samples(NamedTuple):
    """Moments at which an account is valued.

    Attributes
    ----------
    states : array of int, (n,)
        Its state then, rising; -1 before the first.
    quotes : callable
        Returns the newest ticks of a symbol at these moments.
    """

    states: Array
    quotes: Callable[[str], Ticks]


class Part(NamedTuple):
    """Valuations of some spells, one spell after the other.

    Attributes
    ----------
    spells : array of int
        Which spells of the symbol.
    starts : array of int
        Where the valuations of each begin.
    at : array of int, (n,)
        The sample of each valuation.
    profits : array of float, (n,)
        Floating profit, account currency.
    """

    spells: Array
    starts: Array
    at: Array
    profits: Array


if TYPE_CHECKING:
    See = Callable[[str, Part], None]


class Floating:
    """Values the positions of an account as :class:`mas.sim.valuation.Valuation` did."""

    def __init__(self, broker: Broker, states: States) -> None:
        self._symbols = broker.market.symbols
        self.spells = states.spells
        self.terms = {name: broker.money.of(self._symbols[name]) for name in states.spells}

    def needed(self, name: str) -> list[str]:
        """Return the symbols whose quotes value positions in a symbol."""
        return [name, *self.terms[name].of_profit.needed()]

    def total(self, samples: Samples, see: See | None = None) -> Array:
        """Return the floating profit of all positions at each sample.

        Parameters
        ----------
        see : callable, optional
            Is shown the symbol and each part of the valuations.
        """
        found = np.zeros(len(samples.states))
        for name in self.spells:
            for part in self.parts(name, samples):
                found += np.bincount(part.at, part.profits, len(found))
                if see is not None:
                    see(name, part)
        return found

    def parts(self, name: str, samples: Samples) -> Iterator[Part]:
        """Yield the valuations of all spells in a symbol, a limited number at a time."""
        spells = self.spells[name]
        begins = samples.states.searchsorted(spells.firsts)
        ends = samples.states.searchsorted(spells.lasts)
        rows = np.flatnonzero(ends > begins)
        if not len(rows):
            return
        closing = self._closing(name, samples)
        counts = np.cumsum(ends[rows] - begins[rows])
        last = 0
        while last < len(rows):
            first, done = last, int(counts[last - 1]) if last else 0
            last = max(int(counts.searchsorted(done + FLAT, side="right")), first + 1)
            chosen = rows[first:last]
            yield self._part(name, samples, closing, chosen, begins[chosen], ends[chosen])

    def _part(
        self, name: str, samples: Samples, closing: tuple[Array, Array], rows: Array,
        begins: Array, ends: Array,
    ) -> Part:  # fmt: skip
        lengths = ends - begins
        starts = np.cumsum(lengths) - lengths
        of = np.repeat(rows, lengths)
        at = np.arange(len(of)) + np.repeat(begins - starts, lengths)
        spells: Spells = self.spells[name]
        longs = spells.longs[of]
        closed = np.where(longs, closing[0][at], closing[1][at])
        profits = self.terms[name].profits(
            spells.volumes[of], spells.opened[of], closed, longs, _at(samples, at, self._symbols)
        )
        return Part(rows, starts, at, profits)

    def _closing(self, name: str, samples: Samples) -> tuple[Array, Array]:
        """Return the prices at which longs and shorts are valued (R50, R53)."""
        ticks, symbol = samples.quotes(name), self._symbols[name]
        low, high = ticks.bids, ticks.asks
        if symbol.by_last:
            low = high = np.zeros(len(low)) if ticks.lasts is None else ticks.lasts
        return low / symbol.scale, high / symbol.scale


def _at(samples: Samples, at: Array, symbols: Any) -> Callable[[str], tuple[Array, Array]]:
    def quoted(name: str) -> tuple[Array, Array]:
        ticks, scale = samples.quotes(name), symbols[name].scale
        return ticks.bids[at] / scale, ticks.asks[at] / scale

    return quoted
