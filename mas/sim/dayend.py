"""What the end of the server's day brings: swaps, daily orders, commissions (R90, R122, R160)."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mas.sim.account import lots, opposite
from mas.sim.holdings import Order
from mas.sim.money import rounded
from mas.sim.swap import REOPENING, night_swap, nights, reopening_price
from mas.sim.valuation import closing_points
from mas.terminal import constants as c

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mas.sim.execution import DealBooking
    from mas.sim.holdings import Position
    from mas.sim.streams import Quote
    from mas.sim.symbols import Symbol
    from mas.timeunits import Ms

BUY_AGAIN = {c.POSITION_TYPE_BUY: c.ORDER_TYPE_BUY, c.POSITION_TYPE_SELL: c.ORDER_TYPE_SELL}


class DayEnd:
    """Ends the days of an account, at 00:00 of server time."""

    def __init__(self, execution: DealBooking) -> None:
        self._execution = execution
        self._valuation = execution.valuation
        self._account = execution.account
        self._settings = execution.settings

    def due(self) -> bool:
        """Tell whether the next midnight can change anything."""
        account = self._account
        return bool(account.positions or account.orders or account.commission_due)

    def run(self, midnight: Ms) -> None:
        """End the server's day before `midnight`, ms, at the last quotes of that day (R167)."""
        shown = self._valuation.market.server.to_server(midnight)
        for position in sorted(
            self._account.positions.values(), key=lambda position: position.ticket
        ):
            symbol = self._valuation.market.symbols[position.symbol]
            quote = self._valuation.market.quote(position.symbol, midnight - 1)
            if quote is not None:
                self._charge(symbol, position, quote, nights(symbol, shown))
            if self._settings.margin_mode == "exchange" or symbol.order_gtc_mode == NO_STOPS_KEPT:
                self._reset_stops(position)
        for order in tuple(self._account.orders.values()):
            symbol = self._valuation.market.symbols[order.symbol]
            if order.type_time == c.ORDER_TIME_GTC and symbol.order_gtc_mode:
                self._account.finish(order, c.ORDER_STATE_EXPIRED, self._valuation.now)
        self._commissions(shown)

    def _charge(self, symbol: Symbol, position: Position, quote: Quote, count: int) -> None:
        """Add the nights to the position's swap (R160, R165), or open it again (R164)."""
        if not count or not symbol.swap_mode:
            return
        price = symbol.price(closing_points(symbol, position.type, quote))
        if symbol.swap_mode in REOPENING:
            at = symbol.price(quote.bid) if symbol.swap_mode == AT_BID else price
            self._reopen(symbol, position, at, count)
            return
        with self._day_before():
            amount = night_swap(self._valuation.money.of(symbol), position, price, count)
        if amount:
            self._account.change_position(position, swap=lots(position.swap + amount))
            self._account.note(position, self._valuation.now)

    def _reopen(self, symbol: Symbol, position: Position, price: float, count: int) -> None:
        """Close a position at a price and open it again, dearer or cheaper by the swap (R164).

        It keeps its ticket; the two deals have the reason ROLLOVER.
        """
        execution, account = self._execution, self._account
        again = reopening_price(symbol, position, price, count)
        buy = position.type == c.POSITION_TYPE_BUY
        with self._day_before():
            profit = execution.result(symbol, position, position.volume, price)
            margin = self._valuation.money.of(symbol).margin_per_lot(again, buy, opened=True)
        for kind, at, entry, gain in (
            (opposite(position), price, c.DEAL_ENTRY_OUT, profit),
            (BUY_AGAIN[position.type], again, c.DEAL_ENTRY_IN, 0.0),
        ):
            order = Order(
                account.new_order_ticket(), position.symbol, kind, position.volume,
                symbol.points(at), self._valuation.now, magic=position.magic,
                comment="rollover", reason=c.ORDER_REASON_CLIENT, price_done=symbol.points(at),
            )  # fmt: skip
            execution.roll(order, position, entry, at, gain)
            account.finish(order, c.ORDER_STATE_FILLED, self._valuation.now)
        account.change_position(position, price_open=again, margin_per_lot=margin)
        account.note(position, self._valuation.now)

    @contextmanager
    def _day_before(self) -> Iterator[None]:
        """Let rates be those of the day that ends: a tick at 00:00 is of the next (R167)."""
        self._valuation.now -= 1
        try:
            yield
        finally:
            self._valuation.now += 1

    def _reset_stops(self, position: Position) -> None:
        """Take both stops away (R90, R103)."""
        if position.sl or position.tp:
            self._account.set_stops(position, 0, 0)

    def _commissions(self, midnight: Ms) -> None:
        """Charge what has summed up, each day or on the first of the server's month (R122)."""
        due = rounded(self._account.commission_due, self._valuation.money.digits)
        monthly = self._settings.commission_charge == "monthly"
        first = datetime.fromtimestamp(midnight // 1000, tz=UTC).day == 1
        if not due or (monthly and not first):
            return
        self._account.commission_due = 0.0
        kind = c.DEAL_TYPE_COMMISSION_MONTHLY if monthly else c.DEAL_TYPE_COMMISSION_DAILY
        self._execution.cash(kind, due)


AT_BID = c.SYMBOL_SWAP_MODE_REOPEN_BID
NO_STOPS_KEPT = c.SYMBOL_ORDERS_DAILY
