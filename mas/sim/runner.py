"""Lets the market run: finds the ticks at which anything happens, and stops only there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mas.history.synthetic import HOUR
from mas.sim.matching import levels
from mas.terminal import constants as c

if TYPE_CHECKING:
    from mas.sim.broker import Broker
    from mas.sim.market import Market

NEVER = 1 << 62


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
        broker = self._broker
        if now <= broker.now:
            return
        if now >= self._quiet_until:
            self._quiet_until = self._next_tick(broker.now)
        if now < self._quiet_until:
            broker.now = now
            return
        while broker.now < now:
            end = min(now, (broker.now // HOUR + 1) * HOUR)
            at = self._first_event(broker.now, end)
            broker.now = min(at, end)
            if at <= end:
                self._happen()
        self._quiet_until = self._next_tick(now)

    def tick_now(self, symbol: str) -> None:
        """Work through the newest quote of one symbol."""
        self._broker.tick(symbol)
        self._broker.stop_out()

    def _happen(self) -> None:
        broker = self._broker
        broker.expire()
        for symbol in self._active():
            quote = self._market.quote(symbol, broker.now)
            if quote is not None and quote.time_msc == broker.now:
                broker.tick(symbol)
        broker.stop_out()

    def _active(self) -> list[str]:
        """Return the symbols in which anything can happen, in a fixed order."""
        account = self._broker.account
        names = {one.symbol for one in account.orders.values()}
        names.update(one.symbol for one in account.positions.values())
        return sorted(names)

    def _next_tick(self, now: int) -> int:
        """Return a time before which nothing can happen."""
        ends = [order.expiration or NEVER for order in self._broker.account.orders.values()]
        ticks = [self._market.stream(symbol).next_after(now) for symbol in self._active()]
        return min([*ends, *ticks, NEVER])

    def _first_event(self, after: int, end: int) -> int:
        """Return the time of the first tick or expiry in after < time <= end, else NEVER."""
        account = self._broker.account
        first = min(
            (one.expiration for one in account.orders.values() if one.expiration), default=NEVER
        )
        first = max(first, after + 1) if first <= end else NEVER
        watched = self._in_danger(after, end)
        for symbol in self._active():
            times, bids, asks = self._market.stream(symbol).ticks(after + 1, end + 1)
            if not len(times):
                continue
            if symbol in watched:
                first = min(first, int(times[0]))
                continue
            near = levels(
                [one for one in account.orders.values() if one.symbol == symbol],
                [one for one in account.positions.values() if one.symbol == symbol],
            )
            hit = (bids <= near.bid_low) | (bids >= near.bid_high)
            hit |= (asks <= near.ask_low) | (asks >= near.ask_high)
            index = int(np.argmax(hit))
            if hit[index]:
                first = min(first, int(times[index]))
        return first

    def _in_danger(self, after: int, end: int) -> frozenset[str]:
        """Return the symbols to walk tick by tick: all with positions, if stop out is possible.

        Taken together, the worst prices of each position within the period are worse than any
        moment of it; where even they leave the level above stop out, it cannot be reached.
        """
        broker = self._broker
        positions = broker.account.positions.values()
        if not positions:
            return frozenset()
        worst = broker.account.balance
        extremes: dict[str, tuple[int, int]] = {}
        for position in positions:
            if position.symbol not in extremes:
                extremes[position.symbol] = self._extremes(position.symbol, after, end)
            low, high = extremes[position.symbol]
            price = low if position.type == c.POSITION_TYPE_BUY else high
            worst += broker.floating(position, price) + position.swap
        # Conversion rates move within the period too; a tenth of the loss is ample for an hour.
        worst -= 0.1 * abs(worst - broker.account.balance)
        if broker.in_stop_out(worst, broker.margin()):
            return frozenset(extremes)
        return frozenset()

    def _extremes(self, symbol: str, after: int, end: int) -> tuple[int, int]:
        """Return the lowest bid and the highest ask of a period, the quote before it included."""
        stream = self._market.stream(symbol)
        quote = stream.quote(after)
        _, bids, asks = stream.ticks(after + 1, end + 1)
        low = int(bids.min()) if len(bids) else NEVER
        high = int(asks.max()) if len(asks) else 0
        if quote is not None:
            low, high = min(low, quote.bid), max(high, quote.ask)
        return low, high
