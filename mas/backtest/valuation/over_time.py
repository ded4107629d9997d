"""The account's own figures at any time of a run: balance, equity, margin, margin level.

They are what the simulated account itself said, or would have said, after everything that happened
up to and including a moment (R135), from the trail that it left and the ticks that it saw.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mas.backtest.valuation.drawdown import Drawdowns, Fall
from mas.backtest.valuation.excursions import Excursion, by_deal, by_position
from mas.backtest.valuation.extremes import Extremes, pruned, simple, walked
from mas.backtest.valuation.floating import Floating, Samples
from mas.backtest.valuation.states import States
from mas.history.columns import rising
from mas.sim.account import MONEY_DIGITS
from mas.terminal import constants as c

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mas.backtest.data import Replay
    from mas.backtest.feeds import Feed
    from mas.backtest.valuation.floating import See
    from mas.history.columns import Ticks
    from mas.sim.broker import Broker
    from mas.sim.streams import Stream
    from mas.timeunits import Ms

    Array = np.ndarray[Any, Any]

CHUNK = 1 << 16
"""Times that are looked up at once."""


class Curve(NamedTuple):
    """Figures by time, account currency; the level in percent, 0 without margin."""

    balance: Array
    equity: Array
    margin: Array
    margin_level: Array


class ValuationOverTime:
    """Values an account over the time that has passed; nothing may happen to it meanwhile.

    Parameters
    ----------
    end : int, optional
        Time of the last tick that counts, ms. Default: up to which the account has come.
    """

    def __init__(self, broker: Broker, end: Ms | None = None) -> None:
        self._broker = broker
        self.digits = broker.money.digits
        self.end = broker.now if end is None else end

    @cached_property
    def states(self) -> States:
        """What the account was worth apart from prices."""
        return States(self._broker)

    @cached_property
    def floating(self) -> Floating:
        """What its positions were worth."""
        return Floating(self._broker, self.states)

    def drawdowns(self) -> Drawdowns:
        """Return the drawdowns over every deal and every tick, and the smallest margin level."""
        balance = Fall(self.start)
        balance.add(np.round(np.cumsum(self.states.nets), MONEY_DIGITS)[1:])
        found = self._extremes
        return Drawdowns(
            balance.found(self.digits), found.equity.found(self.digits), found.level, found.level_at
        )

    def excursions(self) -> dict[int, Excursion]:
        """Return the best and the worst floating result of each position, by identifier."""
        return by_position(self.states, self._broker.account.deals, self._extremes, self.digits)

    def deal_excursions(self) -> dict[int, Excursion]:
        """Return the same for each deal that closed something, by its ticket, of that volume."""
        return by_deal(self.states, self._broker.account.deals, self._extremes, self.digits)

    @property
    def start(self) -> float:
        """The first deposit."""
        nets = self.states.nets
        return float(nets[0]) if len(nets) else 0.0

    @cached_property
    def _extremes(self) -> Extremes:
        if simple(self):
            return pruned(self)
        return walked(self)

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
        np.round(equity, self.digits, out=equity)
        margin = np.where(known, self.states.margins[index], 0.0)
        level = np.divide(100 * equity, margin, out=np.zeros(len(times)), where=margin != 0)
        balance = np.where(known, np.round(self.states.balances, self.digits)[index], 0.0)
        return Curve(balance, equity, margin, level)

    def equity(self, samples: Samples, see: See | None = None) -> Array:
        """Return the equity at some moments of known states; `see` is shown all valuations."""
        floating = self.floating.total(samples, see)
        found: Array = np.round(self.states.fixed[samples.states] + floating, self.digits)
        return found

    def _floating(self, times: Array, states: Array) -> Array:
        """Return the floating profit at each time; only where anything is open is it counted."""
        chosen = np.flatnonzero((states >= 0) & (self.states.open[states] > 0))
        found = np.zeros(len(times))
        if len(chosen):
            found[chosen] = self.floating.total(self.samples(times[chosen], states[chosen]))
        return found

    def stream(self, name: str) -> Stream:
        """Return the ticks of a symbol."""
        return self._broker.market.stream(name)

    def samples(self, times: Array, states: Array) -> Samples:
        """Return samples at some times, with the quotes then."""
        known: dict[str, Ticks] = {}

        def quotes(name: str) -> Ticks:
            if name not in known:
                known[name] = self.stream(name).quotes(times)
            return known[name]

        return Samples(states, quotes)


def sampled(
    feeds: Iterable[Feed], replays: Mapping[str, Replay], end: Ms, booked: Sequence[int]
) -> Array:
    """Return the times, ms, at which a run's figures are shown; the order of feeds is nothing.

    The close of each bar that was pushed, of minutes where only ticks were, each deal, the end.
    """
    pushed = {
        (feed.symbol, getattr(feed, "timeframe", 0), feed.start, feed.end) for feed in feeds
    }  # fmt: skip
    bars = {feed for feed in pushed if feed[1]}
    if not bars:
        least = c.TIMEFRAME_M1
        bars = {
            (name, max(least, replays[name].timeframe), start, until)
            for name, _, start, until in pushed
        }
    pieces = [np.array([*booked, end], np.int64)]
    for name, timeframe, start, until in bars:
        pieces.append(replays[name].closes(timeframe, start, until))
    times = rising(pieces)
    return times[times <= end]
