"""The account: the only code that changes balance, positions, orders and history."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import Any

from mas.terminal import constants as c
from mas.terminal.types import TradeDeal


@dataclass(slots=True)
class Order:
    """An order, active or finished; prices in points, 0 for none; times in ms."""

    ticket: int
    symbol: str
    type: int
    volume: float
    price: int
    time_setup_msc: int
    sl: int = 0
    tp: int = 0
    stoplimit: int = 0
    type_time: int = 0
    type_filling: int = 0
    expiration: int = 0
    state: int = c.ORDER_STATE_STARTED
    magic: int = 0
    comment: str = ""
    reason: int = c.ORDER_REASON_EXPERT
    position_id: int = 0
    position_by_id: int = 0
    volume_left: float = 0.0
    time_done_msc: int = 0
    price_done: int = 0


@dataclass(slots=True)
class Position:
    """An open position; prices in points, 0 for none; times in ms.

    Attributes
    ----------
    margin_per_lot : float
        Account currency, fixed when the position opens (R128).
    """

    ticket: int
    symbol: str
    type: int
    volume: float
    price_open: int
    time_msc: int
    margin_per_lot: float
    sl: int = 0
    tp: int = 0
    magic: int = 0
    comment: str = ""
    reason: int = c.POSITION_REASON_EXPERT
    swap: float = 0.0
    time_update_msc: int = 0


@dataclass
class Account:
    """Money, positions, orders and history of one trading account."""

    login: int
    balance: float = 0.0
    next_order: int = 1_000_001
    next_deal: int = 2_000_001
    positions: dict[int, Position] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    history: dict[int, Order] = field(default_factory=dict)
    deals: list[TradeDeal] = field(default_factory=list)
    changed: set[tuple[str, int]] = field(default_factory=set)
    """Kind and ticket of what the store has not written yet."""
    _by_order: dict[int, list[TradeDeal]] = field(default_factory=dict)
    _by_position: dict[int, list[TradeDeal]] = field(default_factory=dict)

    def new_order_ticket(self) -> int:
        """Return the next order ticket; none is used twice (R117)."""
        self.next_order += 1
        return self.next_order - 1

    def place(self, order: Order) -> None:
        """Make a pending order active."""
        order.state = c.ORDER_STATE_PLACED
        order.volume_left = order.volume
        self.orders[order.ticket] = order
        self.changed.add(("order", order.ticket))

    def finish(self, order: Order, state: int, at: int, *, price: int = 0) -> None:
        """Move an order to the history in its final state (R114, R116)."""
        self.orders.pop(order.ticket, None)
        order.state, order.time_done_msc, order.price_done = state, at, price
        order.volume_left = 0.0 if state == c.ORDER_STATE_FILLED else order.volume
        self.history[order.ticket] = order
        self.changed.add(("order", order.ticket))

    def touch(self, kind: str, ticket: int) -> None:
        """Note that an order or position was changed in place."""
        self.changed.add((kind, ticket))

    def open(self, position: Position) -> None:
        """Add a position (R104)."""
        self.positions[position.ticket] = position
        self.changed.add(("position", position.ticket))

    def reduce(self, position: Position, volume: float, at: int) -> None:
        """Take volume off a position; it keeps ticket, price and stops (R104)."""
        left = round(position.volume - volume, 8)
        self.changed.add(("position", position.ticket))
        if left <= 0:
            del self.positions[position.ticket]
            return
        position.volume, position.time_update_msc = left, at

    def book(self, **fields: Any) -> TradeDeal:
        """Append a deal and change the balance by all that it brings (R122)."""
        ticket, self.next_deal = self.next_deal, self.next_deal + 1
        deal = TradeDeal(ticket=ticket, **fields)
        net = deal.profit + deal.swap + deal.commission + deal.fee
        self.balance = round(self.balance + net, 8)
        self.index(deal)
        self.changed.add(("deal", ticket))
        return deal

    def index(self, deal: TradeDeal) -> None:
        """Make a deal part of the history, whose times never run back."""
        self.deals.append(deal)
        self._by_order.setdefault(deal.order, []).append(deal)
        self._by_position.setdefault(deal.position_id, []).append(deal)

    def deals_between(self, start: float, end: float) -> list[TradeDeal]:
        """Return deals of start <= time <= end, epoch seconds (R116)."""
        first = bisect_left(self.deals, start, key=_seconds)
        last = bisect_right(self.deals, end, key=_seconds)
        return self.deals[first:last]

    def deals_of(self, *, order: int = 0, position: int = 0) -> list[TradeDeal]:
        """Return the deals of an order or of a position; balance deals have neither."""
        if order:
            return self._by_order.get(order, [])
        return self._by_position.get(position, []) if position else []

    def opposite(self, position: Position) -> int:
        """Return the deal type that closes a position."""
        return c.DEAL_TYPE_SELL if position.type == c.POSITION_TYPE_BUY else c.DEAL_TYPE_BUY


def _seconds(deal: TradeDeal) -> float:
    return deal.time_msc / 1000
