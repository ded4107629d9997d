"""The account's own figures at any time of a run: balance, equity, margin, margin level.

They are what the simulated account itself said, or would have said, after everything that happened
up to and including a moment (R135), from the trail that it left and the ticks that it saw.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mas.backtest.floating import Floating, Samples
from mas.backtest.states import States
from mas.history.resample import close_times
from mas.terminal import constants as c

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mas.backtest.data import Replay
    from mas.backtest.feeds import Feed
    from mas.history.columns import Ticks
    from mas.sim.broker import Broker

    Array = np.ndarray[Any, Any]

CHUNK = 1 << 19
"""Times that are looked up at once."""


class Curve(NamedTuple):
    """Figures by time, account currency; the level in percent, 0 without margin."""

    balance: Array
    equity: Array
    margin: Array
    margin_level: Array


class Valuation:
    """Values an account over the time that has passed; nothing may happen to it meanwhile."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._digits = broker.money.digits

    @cached_property
    def states(self) -> States:
        """What the account was worth apart from prices."""
        return States(self._broker)

    @cached_property
    def floating(self) -> Floating:
        """What its positions were worth."""
        return Floating(self._broker, self.states)

    def curve(self, times: Array) -> Curve:
        """Return the figures after everything up to and including each time, ms, rising."""
        states = self.states.at(times)
        known = states >= 0
        index = np.maximum(states, 0)
        if not len(self.states.times):
            return Curve(*(np.zeros(len(times)) for _ in Curve._fields))
        equity = np.where(known, self.states.fixed[index], 0.0)
        for at in range(0, len(times), CHUNK):
            part = slice(at, at + CHUNK)
            equity[part] += self._floating(times[part], states[part])
        equity = np.round(equity, self._digits)
        margin = np.where(known, self.states.margins[index], 0.0)
        level = np.divide(100 * equity, margin, out=np.zeros(len(times)), where=margin != 0)
        balance = np.where(known, self.states.balances[index], 0.0)
        return Curve(np.round(balance, self._digits), equity, margin, level)

    def _floating(self, times: Array, states: Array) -> Array:
        """Return the floating profit at each time; only where anything is open is it counted."""
        chosen = np.flatnonzero((states >= 0) & (self.states.open[states] > 0))
        found = np.zeros(len(times))
        if len(chosen):
            found[chosen] = self.floating.total(self.samples(times[chosen], states[chosen]))
        return found

    def samples(self, times: Array, states: Array) -> Samples:
        """Return samples at some times, with the quotes then."""
        known: dict[str, Ticks] = {}

        def quotes(name: str) -> Ticks:
            if name not in known:
                known[name] = self._broker.market.stream(name).quotes(times)
            return known[name]

        return Samples(states, quotes)


def sampled(
    feeds: Iterable[Feed], replays: Mapping[str, Replay], end: int, booked: Sequence[int]
) -> Array:
    """Return the times, ms, at which a run's figures are shown; the order of feeds is nothing.

    The close of each bar that was pushed, of minutes where only ticks were, each deal, the end.
    """
    pushed = {
        (one.symbol, getattr(one, "timeframe", 0), one.start, one.end) for one in feeds
    }  # fmt: skip
    bars = {one for one in pushed if one[1]}
    if not bars:
        least = c.TIMEFRAME_M1
        bars = {
            (name, max(least, replays[name].timeframe), start, until)
            for name, _, start, until in pushed
        }
    pieces = [np.array([*booked, end], np.int64)]
    for name, timeframe, start, until in bars:
        opened, _ = replays[name].bars(timeframe, start, until)
        pieces.append(close_times(opened.times, timeframe))
    times = np.unique(np.concatenate(pieces))
    return times[times <= end]
