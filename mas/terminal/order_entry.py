"""The typed way to an account, which the order path takes: requests in, what they need to know out.

A terminal has functions that take and give dicts and tuples of everything; an order needs a price
and its answer. So the path speaks to an :class:`OrderEntry`: that of the simulated terminal reads
its account directly, :class:`FunctionOrderEntry` stands before any other terminal. All times are
UTC.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mas.terminal import Terminal
    from mas.terminal.types import OrderSendResult, Tick, TradeDeal, TradeOrder, TradeRequest


class Stops(NamedTuple):
    """The stops of an open position: prices, 0.0 for none."""

    symbol: str
    sl: float
    tp: float


class OrderEntry(ABC):
    """What the order path needs of an account."""

    @property
    @abstractmethod
    def functions(self) -> Terminal:
        """The functions of the terminal, in UTC, for what is rarely needed."""

    @abstractmethod
    def send(self, request: TradeRequest) -> OrderSendResult | None:
        """Send a request to the trade server; None is no refusal but no answer (R214)."""

    @abstractmethod
    def last_error(self) -> tuple[int, str]:
        """Return code and text of the last call."""

    @abstractmethod
    def market_price(self, symbol: str, *, buys: bool) -> float:
        """Return the ask for a buy, the bid for a sell (R50); 0.0 when there is no quote."""

    @abstractmethod
    def stops(self, position: int) -> Stops | None:
        """Return the stops of a position, None when it is not open."""

    @abstractmethod
    def order(self, ticket: int) -> TradeOrder | None:
        """Return an active order, None when there is none of that ticket."""

    @abstractmethod
    def opened_by(self, order: int) -> int:
        """Return the ticket of the position that an order opened; the order's if none (R105)."""

    @abstractmethod
    def deals_of(self, order: int) -> Iterable[TradeDeal]:
        """Return the deals of an order."""


class FunctionOrderEntry(OrderEntry):
    """Order entry by the functions of a terminal that has nothing else."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    @property
    def functions(self) -> Terminal:
        """The terminal itself."""
        return self._terminal

    def send(self, request: TradeRequest) -> OrderSendResult | None:
        """Send a request as the dict that the package takes."""
        return self._terminal.order_send(request._asdict())

    def last_error(self) -> tuple[int, str]:
        """Return code and text of the last call."""
        return self._terminal.last_error()

    def market_price(self, symbol: str, *, buys: bool) -> float:
        """Return the ask for a buy, the bid for a sell; 0.0 when there is no quote."""
        tick = newest_tick(symbol, self._terminal)
        if tick is None:
            return 0.0
        return float(tick.ask if buys else tick.bid)

    def stops(self, position: int) -> Stops | None:
        """Return the stops of a position, None when it is not open."""
        found = self._terminal.positions_get(ticket=position)
        return Stops(found[0].symbol, found[0].sl, found[0].tp) if found else None

    def order(self, ticket: int) -> TradeOrder | None:
        """Return an active order, None when there is none of that ticket."""
        found = self._terminal.orders_get(ticket=ticket)
        return found[0] if found else None

    def opened_by(self, order: int) -> int:
        """Return the ticket of the position that an order opened (R105, R10)."""
        if self._terminal.positions_get(ticket=order):
            return order
        return next(
            (int(deal.position_id) for deal in self.deals_of(order) if deal.position_id), order
        )

    def deals_of(self, order: int) -> Iterable[TradeDeal]:
        """Return the deals of an order."""
        return self._terminal.history_deals_get(ticket=order) or ()


def newest_tick(symbol: str, terminal: Terminal) -> Tick | None:
    """Return the newest tick; a symbol outside Market Watch is selected first (R13)."""
    tick = terminal.symbol_info_tick(symbol)
    if tick is None and terminal.symbol_select(symbol, True):
        tick = terminal.symbol_info_tick(symbol)
    return tick


def order_entry_of(terminal: Terminal) -> OrderEntry:
    """Return the order entry of a terminal: its own, or one that goes through its functions."""
    own = getattr(terminal, "order_entry", None)
    return own if isinstance(own, OrderEntry) else FunctionOrderEntry(terminal)
