"""Lets the market run: finds the ticks at which anything happens, and stops only there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mas.history.synthetic import HOUR
from mas.sim.book import NEVER_ABOVE, Levels
from mas.sim.dayend import next_midnight
from mas.terminal import constants as c

if TYPE_CHECKING:
    from mas.sim.broker import Broker
    from mas.sim.market import Market
    from mas.sim.streams import Ticks

NEVER = NEVER_ABOVE


class Runner:
    """Advances a broker through the ticks of its market.

    Only symbols with orders or positions are looked at, an hour at a time: the first tick beyond
    the four nearest prices is found by numpy, not tick by tick. Where the margin level could
    reach stop out within an hour, that hour is walked tick by tick.
    """

    def __init__(self, broker: Broker, market: Market) -> None:
        self._broker = broker
        self._market = market
        self._quiet_until = 0

    def changed(self) -> None:
        """Forget until when nothing can happen, because orders, positions or ticks changed."""
        self._quiet_until = 0

    def advance(self, now: int) -> None:
        """Let everything happen that falls due up to and including `now`, ms."""
        figures = self._broker.figures
        if now <= figures.now:
            return
        if now >= self._quiet_until:
            self._quiet_until = self._next_event(figures.now)
        if now < self._quiet_until:
            figures.now = now
            return
        while figures.now < now:
            midnight = next_midnight(figures.now)
            end = min(now, (figures.now // HOUR + 1) * HOUR)
            at = self._first_event(figures.now, end)
            figures.now = min(at, end)
            if figures.now == midnight:
                self._broker.day_end.run(midnight)
            if figures.now == midnight or at <= end:
                self._happen()
        self._quiet_until = self._next_event(now)

    def tick_now(self, symbol: str) -> None:
        """Work through the newest quote of one symbol."""
        self._broker.triggers.tick(symbol)
        self._broker.stop_out.check()

    def _happen(self) -> None:
        broker = self._broker
        broker.triggers.expire()
        for symbol in sorted(broker.account.books):
            quote = broker.figures.quote(symbol)
            if quote is not None and quote.time_msc == broker.figures.now:
                broker.triggers.tick(symbol)
        broker.stop_out.check()

    def _next_event(self, now: int) -> int:
        """Return a time before which nothing can happen."""
        account = self._broker.account
        first = next_midnight(now) if self._broker.day_end.due() else NEVER
        if account.ends:
            first = min(first, account.ends[0][0])
        for symbol in account.books:
            first = min(first, self._market.stream(symbol).next_after(now))
        return first

    def _first_event(self, after: int, end: int) -> int:
        """Return the time of the first tick or expiry in after < time <= end, else NEVER."""
        account = self._broker.account
        first = NEVER
        if account.ends and account.ends[0][0] <= end:
            first = max(account.ends[0][0], after + 1)
        watched = self._in_danger(after, end)
        for symbol, book in account.books.items():
            ticks = self._market.stream(symbol).ticks(after + 1, end + 1)
            if not len(ticks.times):
                continue
            if symbol in watched:
                first = min(first, int(ticks.times[0]))
            else:
                first = min(first, self._first_hit(symbol, ticks, book.levels()))
        return first

    def _first_hit(self, symbol: str, ticks: Ticks, near: Levels) -> int:
        """Return the time of the first tick in trading hours beyond a level, else NEVER."""
        spec = self._market.symbols[symbol]
        bids, asks = ticks.sides(by_last=spec.by_last)
        hit = (bids <= near.bid_low) | (bids >= near.bid_high)
        hit |= (asks <= near.ask_low) | (asks >= near.ask_high)
        open_ = None if self._market.always else spec.trading.mask(ticks.times)
        if open_ is not None:
            hit &= open_
        index = int(np.argmax(hit))
        return int(ticks.times[index]) if hit[index] else NEVER

    def _in_danger(self, after: int, end: int) -> frozenset[str]:
        """Return the symbols to walk tick by tick: all with positions, if stop out is possible.

        Taken together, the worst prices of each position within the period are worse than any
        moment of it; where even they leave the level above stop out, it cannot be reached.
        """
        figures = self._broker.figures
        account = figures.account
        if not account.positions:
            return frozenset()
        balance = account.balance + account.credit
        worst = balance
        extremes: dict[str, tuple[int, int]] = {}
        for position in account.positions.values():
            if position.symbol not in extremes:
                extremes[position.symbol] = self._extremes(position.symbol, after, end)
            low, high = extremes[position.symbol]
            points = low if position.type == c.POSITION_TYPE_BUY else high
            worst += figures.floating(position, points) + position.swap
        # Conversion rates move within the period too; a tenth of the loss is ample for an hour.
        worst -= 0.1 * abs(worst - balance)
        if figures.in_stop_out(worst, figures.margin()):
            return frozenset(extremes)
        return frozenset()

    def _extremes(self, symbol: str, after: int, end: int) -> tuple[int, int]:
        """Return the lowest and highest price of a period, the quote before it included."""
        by_last = self._market.symbols[symbol].by_last
        stream = self._market.stream(symbol)
        quote = stream.quote(after)
        bids, asks = stream.ticks(after + 1, end + 1).sides(by_last=by_last)
        low = int(bids.min()) if len(bids) else NEVER
        high = int(asks.max()) if len(asks) else 0
        if quote is not None:
            low = min(low, quote.last if by_last else quote.bid)
            high = max(high, quote.last if by_last else quote.ask)
        return low, high
