"""What the broker has on one symbol: orders and positions, by the prices that concern them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from typing import TYPE_CHECKING, NamedTuple

from mas.terminal import constants as c
from mas.terminal.orderkind import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from mas.sim.holdings import Order, Position

NEVER_BELOW, NEVER_ABOVE = -1, 1 << 62
UNIT = 100_000_000
"""Parts of a lot, and of a unit of money, in which sums are kept: whole, so they never drift."""
ORDER, POSITION = 0, 1
NO_SUM, NO_WORTH = (0, 0), (0.0, 0.0)
"""What a book without positions adds up to, buys and sells."""
PriceLevel = tuple[int, int, int]
"""Price in points, ORDER or POSITION, ticket."""


class Levels(NamedTuple):
    """The nearest prices at which anything happens on a symbol; a quote between them is quiet."""

    bid_low: int
    bid_high: int
    ask_low: int
    ask_high: int

    def within(self, other: Levels | None) -> Levels:
        """Return the nearer of two levels of each kind."""
        if other is None:
            return self
        return Levels(
            max(self.bid_low, other.bid_low),
            min(self.bid_high, other.bid_high),
            max(self.ask_low, other.ask_low),
            min(self.ask_high, other.ask_high),
        )


NOTHING = Levels(NEVER_BELOW, NEVER_ABOVE, NEVER_BELOW, NEVER_ABOVE)
ANY = Levels(NEVER_ABOVE, NEVER_ABOVE, NEVER_BELOW, NEVER_ABOVE)
"""Levels beyond which every quote is."""


class Book:
    """Orders and positions of one symbol.

    Attributes
    ----------
    lots : list of int
        Open volume of buys and of sells, in parts of a lot.
    margins : list of int
        Their margin before the rate of the order type: sum of lots times margin per lot.
    worth : list of float
        Sum of volume times open price, for a quick estimate of the floating profit.
    reserved : dict
        Margin that pending orders reserve, by (whether it buys, whether it is a stop).
    margin : float or None
        What all of that takes, None until it is asked for again.
    """

    __slots__ = (
        "_ask_high",
        "_ask_low",
        "_bid_high",
        "_bid_low",
        "lots",
        "margin",
        "margins",
        "orders",
        "positions",
        "reserved",
        "swap",
        "worth",
    )  # fmt: skip

    def __init__(self) -> None:
        self.orders: dict[int, Order] = {}
        self.positions: dict[int, Position] = {}
        self.lots = [0, 0]
        self.margins = [0, 0]
        self.worth = [0.0, 0.0]
        self.swap = 0.0
        self.margin: float | None = None
        self.reserved: dict[tuple[bool, bool], int] = {}
        self._bid_low: list[PriceLevel] = []
        self._bid_high: list[PriceLevel] = []
        self._ask_low: list[PriceLevel] = []
        self._ask_high: list[PriceLevel] = []

    # -- orders --------------------------------------------------------------------------------

    def add_order(self, order: Order) -> None:
        """Watch for an order's price; a market order that waits for offers fires on any."""
        self.orders[order.ticket] = order
        ladder, level = self._of_order(order)
        insort(ladder, (level, ORDER, order.ticket))
        if order.margin_per_lot:
            self._reserve(order, 1)

    def drop_order(self, order: Order) -> None:
        """Watch for an order no longer; its fields must be those with which it was added."""
        del self.orders[order.ticket]
        ladder, level = self._of_order(order)
        _remove(ladder, (level, ORDER, order.ticket))
        if order.margin_per_lot:
            self._reserve(order, -1)

    def _of_order(self, order: Order) -> tuple[list[PriceLevel], int]:
        kind = KINDS[order.type]
        if kind.market:
            return self._ask_low, NEVER_ABOVE
        if kind.buys:
            return (self._ask_low if kind.falling else self._ask_high), order.price
        return (self._bid_low if kind.falling else self._bid_high), order.price

    def _reserve(self, order: Order, sign: int) -> None:
        key = reserved_as(order.type)
        amount = units(order.volume_left) * units(order.margin_per_lot)
        self.margin = None
        self.reserved[key] = self.reserved.get(key, 0) + sign * amount

    # -- positions -----------------------------------------------------------------------------

    def add_position(self, position: Position) -> None:
        """Count a position, and watch for its stops."""
        self.margin = None
        self.positions[position.ticket] = position
        self._count(position, 1)
        self._watch(position, insort)

    def drop_position(self, position: Position) -> None:
        """Take a position out; its fields must be those with which it was added."""
        self.margin = None
        del self.positions[position.ticket]
        self._watch(position, _remove)
        if self.positions:
            self._count(position, -1)
        else:
            self.lots[:], self.margins[:], self.worth[:], self.swap = NO_SUM, NO_SUM, NO_WORTH, 0.0

    def move_stops(self, position: Position, sl: int, tp: int) -> None:
        """Set a position's stops, points, and watch for them in place of the old ones."""
        self._watch(position, _remove)
        position.sl, position.tp = sl, tp
        self._watch(position, insort)

    def _count(self, position: Position, sign: int) -> None:
        side, lots = position.type, sign * units(position.volume)
        self.lots[side] += lots
        self.margins[side] += lots * units(position.margin_per_lot)
        self.worth[side] += sign * position.volume * position.price_open
        self.swap += sign * position.swap

    def _watch(
        self, position: Position, change: Callable[[list[PriceLevel], PriceLevel], None]
    ) -> None:
        ticket = position.ticket
        if position.type == c.POSITION_TYPE_BUY:
            if position.sl:
                change(self._bid_low, (position.sl, POSITION, ticket))
            if position.tp:
                change(self._bid_high, (position.tp, POSITION, ticket))
        else:
            if position.sl:
                change(self._ask_high, (position.sl, POSITION, ticket))
            if position.tp:
                change(self._ask_low, (position.tp, POSITION, ticket))

    # -- what a quote does ---------------------------------------------------------------------

    def levels(self) -> Levels:
        """Return the nearest price of each of the four kinds."""
        if not (self._bid_low or self._bid_high or self._ask_low or self._ask_high):
            return NOTHING
        return Levels(
            self._bid_low[-1][0] if self._bid_low else NEVER_BELOW,
            self._bid_high[0][0] if self._bid_high else NEVER_ABOVE,
            self._ask_low[-1][0] if self._ask_low else NEVER_BELOW,
            self._ask_high[0][0] if self._ask_high else NEVER_ABOVE,
        )

    def hit(self, bid: int, ask: int) -> list[tuple[int, int]]:
        """Return what a quote reaches: orders by ticket, then positions by ticket (R75)."""
        low, high = self._bid_low, self._bid_high
        found = low[bisect_left(low, (bid,)) :] if low and low[-1][0] >= bid else []
        if high and high[0][0] <= bid:
            found = found + high[: bisect_right(high, (bid, 2, 0))]
        low, high = self._ask_low, self._ask_high
        if low and low[-1][0] >= ask:
            found = found + low[bisect_left(low, (ask,)) :]
        if high and high[0][0] <= ask:
            found = found + high[: bisect_right(high, (ask, 2, 0))]
        return sorted({(kind, ticket) for _, kind, ticket in found}) if found else []


def reserved_as(order_type: int) -> tuple[bool, bool]:
    """Return under what the margin of an order counts: whether it buys, whether it is a stop."""
    kind = KINDS[order_type]
    return kind.buys, kind.stop


def units(amount: float) -> int:
    """Return lots or money in whole parts."""
    return round(amount * UNIT)


def _remove(ladder: list[PriceLevel], rung: PriceLevel) -> None:
    del ladder[bisect_left(ladder, rung)]
