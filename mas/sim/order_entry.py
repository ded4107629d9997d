"""The typed way to the simulated account, without the tuples of the terminal's functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from mas.sim import to_mt5
from mas.terminal.order_entry import FunctionOrderEntry, OrderEntry, Stops
from mas.terminal.servertime import in_utc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mas.sim.trade import TradeCalls
    from mas.terminal import Terminal
    from mas.terminal.types import OrderSendResult, TradeDeal, TradeOrder, TradeRequest


class SimOrderEntry(OrderEntry):
    """Asks the account itself, which is up to date as after a call of the terminal."""

    def __init__(self, terminal: TradeCalls, selected: set[str]) -> None:
        self._terminal = terminal
        self._selected = selected

    @property
    def functions(self) -> Terminal:
        """The functions of the terminal, in UTC."""
        return in_utc(cast("Terminal", self._terminal), self._terminal.market.server)

    def send(self, request: TradeRequest) -> OrderSendResult | None:
        """Carry out a request."""
        return self._terminal.send(request)

    def last_error(self) -> tuple[int, str]:
        """Return code and text of the last call."""
        return self._terminal.error

    def market_price(self, symbol: str, *, buys: bool) -> float:
        """Return the ask for a buy, the bid for a sell; 0.0 when there is no quote."""
        terminal = self._terminal
        if symbol not in self._selected or not terminal.connected:
            return FunctionOrderEntry(self.functions).market_price(symbol, buys=buys)
        terminal.run_up_to_now()
        quote = terminal.quote(symbol)
        if quote is None:
            return 0.0
        return (quote.ask if buys else quote.bid) / terminal.market.symbols[symbol].scale

    def stops(self, position: int) -> Stops | None:
        """Return the stops of a position, None when it is not open."""
        self._terminal.run_up_to_now()
        found = self._terminal.broker.account.positions.get(position)
        if found is None:
            return None
        scale = self._terminal.market.symbols[found.symbol].scale
        return Stops(found.symbol, found.sl / scale, found.tp / scale)

    def order(self, ticket: int) -> TradeOrder | None:
        """Return an active order, None when there is none of that ticket."""
        self._terminal.run_up_to_now()
        found = self._terminal.broker.account.orders.get(ticket)
        if found is None:
            return None
        return to_mt5.order(found, self._terminal.market.symbols[found.symbol], None)

    def opened_by(self, order: int) -> int:
        """Return the ticket of the position that an order opened (R105)."""
        self._terminal.run_up_to_now()
        if order in self._terminal.broker.account.positions:
            return order
        return next((deal.position_id for deal in self.deals_of(order) if deal.position_id), order)

    def deals_of(self, order: int) -> Iterable[TradeDeal]:
        """Return the deals of an order."""
        return self._terminal.broker.account.deals_of(order=order)
