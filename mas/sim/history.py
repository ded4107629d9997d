"""The functions of the simulated terminal that look back: orders, deals, bars, ticks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from mas.history.resample import seconds_of
from mas.schema.words import TIMEFRAMES
from mas.sim import bars, to_mt5
from mas.sim.arguments import seconds
from mas.sim.calls import INVALID, NOT_FOUND, Calls, call, fits
from mas.terminal import constants as c

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mas.terminal.types import TradeDeal, TradeOrder

    Array = np.ndarray[Any, Any]
    Moment = datetime | float

MOST = 100_000
"""Bars that can be asked for by their number (R176)."""
DEEPEST = 5_000_000
"""Bars behind the newest that a call reaches at the most."""


class HistoryCalls(Calls):
    """Finished orders, deals, bars and ticks."""

    @call()
    def history_orders_total(self, date_from: Moment, date_to: Moment, /) -> int | None:
        """Return the number of finished orders between two moments."""
        return len(self._orders((date_from, date_to), 0, 0) or ())

    @call()
    def history_orders_get(
        self, *period: Moment, group: str = "*", ticket: int = 0, position: int = 0
    ) -> tuple[TradeOrder, ...] | None:
        """Return finished orders by time and ticket (R10, R18, R116)."""
        found = self._orders(period, ticket, position)
        if found is None:
            return None
        return tuple(
            to_mt5.order(order, self.market.symbols[order.symbol], None)
            for order in found
            if fits(order.symbol, group)
        )

    def _orders(self, period: Sequence[Moment], ticket: int, position: int) -> list[Any] | None:
        finished = self.broker.account.history
        if ticket:
            return [finished[ticket]] if ticket in finished else []
        if position:
            found = [order for order in finished.values() if order.position_id == position]
        elif len(period) == 2:
            account = self.broker.account
            found = account.finished_between(seconds(period[0]), seconds(period[1]))
        else:
            self.error = INVALID
            return None
        return sorted(found, key=lambda order: (order.time_done_msc, order.ticket))

    @call()
    def history_deals_total(self, date_from: Moment, date_to: Moment, /) -> int | None:
        """Return the number of deals between two moments."""
        return len(self.broker.account.deals_between(seconds(date_from), seconds(date_to)))

    @call()
    def history_deals_get(
        self, *period: Moment, group: str = "*", ticket: int = 0, position: int = 0
    ) -> tuple[TradeDeal, ...] | None:
        """Return deals by time; `ticket` is that of the order (R10, R18)."""
        account = self.broker.account
        if ticket or position:
            found = account.deals_of(order=ticket, position=position)
        elif len(period) == 2:
            found = account.deals_between(seconds(period[0]), seconds(period[1]))
        else:
            self.error = INVALID
            return None
        if group == "*":
            return tuple(found)
        return tuple(order for order in found if fits(order.symbol, group))

    # -- bars ----------------------------------------------------------------------------------

    @call()
    def copy_rates_from(
        self, symbol: str, timeframe: int, date_from: Moment, count: int, /
    ) -> Array | None:
        """Return up to `count` bars that open at or before a moment, oldest first (R173)."""
        if not self._rates_asked(symbol, timeframe, count):
            return None
        until, now = int(seconds(date_from)) * 1000, self.broker.now
        return self.market.bars(symbol, timeframe).newest(count, min(until, now), now)

    @call()
    def copy_rates_from_pos(
        self, symbol: str, timeframe: int, start_pos: int, count: int, /
    ) -> Array | None:
        """Return `count` bars up to position `start_pos`; 0 is the forming one (R174)."""
        if not self._rates_asked(symbol, timeframe, count) or start_pos < 0:
            self.error = INVALID if start_pos < 0 else self.error
            return None
        now = self.broker.now
        if start_pos > min(DEEPEST, now // (seconds_of(timeframe) * 1000)):
            return np.empty(0, bars.RATES)  # beyond the first period of 1970
        return self.market.bars(symbol, timeframe).newest(count, now, now, skip=start_pos)

    @call()
    def copy_rates_range(
        self, symbol: str, timeframe: int, date_from: Moment, date_to: Moment, /
    ) -> Array | None:
        """Return bars that open between two moments, both included (R175)."""
        if not self._rates_asked(symbol, timeframe, 1):
            return None
        now = self.broker.now
        start, end = math.ceil(seconds(date_from) * 1000), int(seconds(date_to) * 1000)
        if not self._fits(symbol, timeframe, max(start, 0), min(end, now)):
            self.error = INVALID
            return None
        return self.market.bars(symbol, timeframe).between(start, end, now)

    def _fits(self, symbol: str, timeframe: int, start: int, end: int) -> bool:
        """Tell whether bars of a period, ms, are so few that a call can return them (R176)."""
        most = DEEPEST * seconds_of(timeframe) * 1000
        return end - start <= most or end - self.market.stream(symbol).next_after(start) <= most

    def _rates_asked(self, symbol: str, timeframe: int, count: int) -> bool:
        """Tell whether bars can be had, and leave the error if not (R176, R177)."""
        if symbol not in self.market.symbols:
            self.error = NOT_FOUND
        elif timeframe not in TIMEFRAMES.values() or not 0 < count <= MOST:
            self.error = INVALID
        else:
            return True
        return False

    # -- ticks ---------------------------------------------------------------------------------

    @call()
    def copy_ticks_from(
        self, symbol: str, date_from: Moment, count: int, flags: int, /
    ) -> Array | None:
        """Return up to `count` ticks from a moment on, oldest first (R172)."""
        if not self._ticks_asked(symbol, count):
            return None
        return self._ticks(symbol, int(seconds(date_from) * 1000), self.broker.now, flags, count)

    @call()
    def copy_ticks_range(
        self, symbol: str, date_from: Moment, date_to: Moment, flags: int, /
    ) -> Array | None:
        """Return ticks between two moments, both included (R172)."""
        if not self._ticks_asked(symbol, 1):
            return None
        start = int(seconds(date_from) * 1000)
        end = min(int(seconds(date_to) * 1000), self.broker.now)
        return self._ticks(symbol, start, end, flags)

    def _ticks_asked(self, symbol: str, count: int) -> bool:
        if symbol not in self.market.symbols:
            self.error = NOT_FOUND
        elif count <= 0:
            self.error = INVALID
        else:
            return True
        return False

    def _ticks(
        self, symbol: str, start: int, end: int, flags: int, count: int = 1 << 62
    ) -> Array | None:
        """Return ticks of start <= time <= end that changed what `flags` ask for (R171)."""
        spec, stream = self.market.symbols[symbol], self.market.stream(symbol)
        period = (max(start, 0), end)
        found = bars.ticks_of(spec, stream, period, CHANGES.get(flags, 0), count)
        if found is None:
            self.error = INVALID
        return found


CHANGES = {
    c.COPY_TICKS_INFO: c.TICK_FLAG_BID | c.TICK_FLAG_ASK,
    c.COPY_TICKS_TRADE: bars.DEAL,
}
"""What the filters ask for; any other number asks for all ticks."""
