"""The account: the only code that changes balance, positions, orders and history."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mas.sim.book import Book
from mas.terminal import constants as c

if TYPE_CHECKING:
    from mas.sim.holdings import Order, Position
    from mas.terminal.types import TradeDeal
    from mas.timeunits import Ms

FIRST_ORDER, FIRST_DEAL = 1_000_001, 2_000_001
"""Where an account begins to count its tickets when nothing else is said (R117)."""
LOT_DIGITS = 8
MONEY_DIGITS = 8
PositionSnapshot = tuple[int, int, str, int, float, float, float, float]
"""Time, ms, identifier, symbol, type, volume, open price, swap and margin per lot of a position."""


@dataclass(slots=True)
class Account:
    """Money, positions, orders and history of one trading account."""

    login: int
    balance: float = 0.0
    credit: float = 0.0
    next_order: int = FIRST_ORDER
    next_deal: int = FIRST_DEAL
    commission_due: float = 0.0
    """Charged at the end of the day or month (R122)."""
    version: int = 0
    """Grows with whatever may change its money or its margin; stops do not."""
    closed: bool = False
    """No more trading, because a stop out ended it (R156)."""
    positions: dict[int, Position] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    history: dict[int, Order] = field(default_factory=dict)
    deals: list[TradeDeal] = field(default_factory=list)
    books: dict[str, Book] = field(default_factory=dict)
    """By symbol; those with orders or positions."""
    ends: list[tuple[int, int]] = field(default_factory=list)
    """Time and ticket of the orders that expire, the next one first."""
    position_history: list[PositionSnapshot] = field(default_factory=list)
    """What each position has become, whenever its money changed; see :meth:`note`."""
    turned: list[tuple[int, int, int]] = field(default_factory=list)
    """Time, ticket and former type of orders with a reservation that became of another type."""
    changed: set[tuple[str, int]] | None = None
    """Kind and ticket of what the store has not written yet; None where nobody writes it."""
    _finished: list[Order] = field(default_factory=list)
    _idle: dict[str, Book] = field(default_factory=dict)
    """Books that hold nothing at the moment, by symbol."""
    _indexed: int = 0
    """How many deals the two that follow know; the rest is looked at when somebody asks."""
    _by_order: dict[int, list[TradeDeal]] = field(default_factory=dict)
    _by_position: dict[int, list[TradeDeal]] = field(default_factory=dict)

    def book_of(self, symbol: str) -> Book:
        """Return the book of a symbol, an empty one when it has none."""
        book = self.books.get(symbol)
        if book is None:
            book = self._idle.pop(symbol) if symbol in self._idle else Book()
            self.books[symbol] = book
        return book

    def _left(self, symbol: str, book: Book) -> None:
        if not book.positions and not book.orders:
            self._idle[symbol] = self.books.pop(symbol)

    def _note(self, kind: str, ticket: int) -> None:
        if self.changed is not None:
            self.changed.add((kind, ticket))

    # -- orders --------------------------------------------------------------------------------

    def new_order_ticket(self) -> int:
        """Return the next order ticket; none is used twice (R117)."""
        ticket = self.next_order
        self.next_order = ticket + 1
        return ticket

    def place(self, order: Order) -> None:
        """Make an order active."""
        self.version += 1
        self.orders[order.ticket] = order
        self.book_of(order.symbol).add_order(order)
        if order.ends:
            insort(self.ends, (order.ends, order.ticket))
        self._note("order", order.ticket)

    def _withdraw(self, order: Order) -> None:
        self.version += 1
        del self.orders[order.ticket]
        book = self.books[order.symbol]
        book.drop_order(order)
        self._left(order.symbol, book)
        if order.ends:
            del self.ends[bisect_left(self.ends, (order.ends, order.ticket))]

    def turn(self, order: Order, kind: int, at: Ms, **fields: Any) -> None:
        """Make an order one of another type, at that time, ms."""
        if order.margin_per_lot:
            self.turned.append((at, order.ticket, order.type))
        self.change_order(order, type=kind, **fields)

    def change_order(self, order: Order, **fields: Any) -> None:
        """Change fields of an order, active or not."""
        active = order.ticket in self.orders
        if active:
            self._withdraw(order)
        for name, value in fields.items():
            setattr(order, name, value)
        if active:
            self.place(order)

    def finish(self, order: Order, state: int, at: Ms) -> None:
        """Move an order to the history in its final state (R114, R116)."""
        if order.ticket in self.orders:
            self._withdraw(order)
        order.state, order.time_done_msc = state, at
        self.file(order)
        self._note("order", order.ticket)

    def file(self, order: Order) -> None:
        """Make a finished order part of the history, whose times never run back."""
        self.history[order.ticket] = order
        self._finished.append(order)

    # -- positions -----------------------------------------------------------------------------

    def open(self, position: Position) -> None:
        """Add a position (R104)."""
        self.version += 1
        self.positions[position.ticket] = position
        self.book_of(position.symbol).add_position(position)
        self._note("position", position.ticket)

    def close(self, position: Position) -> None:
        """Take a position off the account."""
        self.version += 1
        del self.positions[position.ticket]
        book = self.books[position.symbol]
        book.drop_position(position)
        self._left(position.symbol, book)
        self._note("position", position.ticket)

    def set_stops(self, position: Position, sl: int, tp: int) -> None:
        """Set both stops of an open position, points, 0 for none."""
        self.books[position.symbol].move_stops(position, sl, tp)
        self._note("position", position.ticket)

    def change_position(self, position: Position, **fields: Any) -> None:
        """Change fields of an open position, its ticket included."""
        self.close(position)
        for name, value in fields.items():
            setattr(position, name, value)
        self.open(position)

    def note(self, position: Position, at: Ms) -> None:
        """Keep what a position is since that time, ms; volume 0 once it is closed.

        Due whenever volume, open price, type, swap or margin changed, so that the account's
        figures of any time can be told afterwards; stops cost nothing.
        """
        volume = position.volume if position.ticket in self.positions else 0.0
        self.position_history.append((
            at, position.identifier, position.symbol, position.type, volume, position.price_open,
            position.swap, position.margin_per_lot,
        ))  # fmt: skip

    def position_of(self, symbol: str) -> Position | None:
        """Return the position of a symbol on a netting account, which has one at the most."""
        book = self.books.get(symbol)
        return next(iter(book.positions.values()), None) if book is not None else None

    # -- deals ---------------------------------------------------------------------------------

    def post(self, deal: TradeDeal) -> TradeDeal:
        """Append a deal and change the balance by all that it brings (R122)."""
        self.version += 1
        self.next_deal = deal.ticket + 1
        net = deal.profit + deal.swap + deal.commission + deal.fee
        if deal.type == c.DEAL_TYPE_CREDIT:
            self.credit = round(self.credit + net, MONEY_DIGITS)
        elif net:  # most entries bring none
            self.balance = round(self.balance + net, MONEY_DIGITS)
        self.deals.append(deal)
        self._note("deal", deal.ticket)
        return deal

    # -- history -------------------------------------------------------------------------------

    def deals_between(self, start: float, end: float) -> list[TradeDeal]:
        """Return deals of start <= time <= end, epoch seconds (R116)."""
        first = bisect_left(self.deals, start, key=_deal_seconds)
        last = bisect_right(self.deals, end, key=_deal_seconds)
        return self.deals[first:last]

    def deals_of(self, *, order: int = 0, position: int = 0) -> list[TradeDeal]:
        """Return the deals of an order or of a position; balance deals have neither."""
        for deal in self.deals[self._indexed :]:
            self._by_order.setdefault(deal.order, []).append(deal)
            self._by_position.setdefault(deal.position_id, []).append(deal)
        self._indexed = len(self.deals)
        if order:
            return self._by_order.get(order, [])
        return self._by_position.get(position, []) if position else []

    @property
    def finished_count(self) -> int:
        """How many orders are finished."""
        return len(self._finished)

    def finished_after(self, count: int) -> list[Order]:
        """Return the orders that finished after the first `count`, in that order."""
        return self._finished[count:]

    def finished_between(self, start: float, end: float) -> list[Order]:
        """Return finished orders of start <= time_done <= end, epoch seconds (R116)."""
        first = bisect_left(self._finished, start, key=_order_seconds)
        last = bisect_right(self._finished, end, key=_order_seconds)
        return self._finished[first:last]


def opposite(position: Position) -> int:
    """Return the deal type that closes a position."""
    return c.DEAL_TYPE_SELL if position.type == c.POSITION_TYPE_BUY else c.DEAL_TYPE_BUY


def lots(volume: float) -> float:
    """Return a sum or difference of volumes without the dust of binary fractions."""
    return round(volume, LOT_DIGITS)


def _deal_seconds(deal: TradeDeal) -> float:
    return deal.time_msc / 1000


def _order_seconds(order: Order) -> float:
    return order.time_done_msc / 1000
