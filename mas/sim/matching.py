"""What triggers, and at which price it deals. Pure; prices are whole points."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mas.terminal import constants as c

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mas.sim.account import Order, Position

NEVER_BELOW, NEVER_ABOVE = -1, 1 << 62
BUY_TYPES = frozenset(
    {c.ORDER_TYPE_BUY, c.ORDER_TYPE_BUY_LIMIT, c.ORDER_TYPE_BUY_STOP, c.ORDER_TYPE_BUY_STOP_LIMIT}
)
LIMITS = frozenset({c.ORDER_TYPE_BUY_LIMIT, c.ORDER_TYPE_SELL_LIMIT})
STOP_LIMITS = {
    c.ORDER_TYPE_BUY_STOP_LIMIT: c.ORDER_TYPE_BUY_LIMIT,
    c.ORDER_TYPE_SELL_STOP_LIMIT: c.ORDER_TYPE_SELL_LIMIT,
}
"""What a stop-limit order turns into when it is activated (R57)."""
# Orders that fire when the price of their side has fallen to theirs; the others when it has risen.
FALLING = frozenset({c.ORDER_TYPE_BUY_LIMIT, c.ORDER_TYPE_SELL_STOP, c.ORDER_TYPE_SELL_STOP_LIMIT})


def is_buy(order_type: int) -> bool:
    """Tell whether an order of that type buys, and so deals at the ask (R50)."""
    return order_type in BUY_TYPES


def triggered(order_type: int, price: int, bid: int, ask: int) -> bool:
    """Tell whether a pending order fires on this quote (R51, R57).

    Buy orders look at the ask, sell orders at the bid. A buy limit and a sell stop fire when it
    is at or below their price, a sell limit and a buy stop when it is at or above.
    """
    touch = ask if order_type in BUY_TYPES else bid
    return touch <= price if order_type in FALLING else touch >= price


def fill_price(order_type: int, price: int, bid: int, ask: int, *, improve: bool) -> int:
    """Return the price at which a triggered order deals.

    A stop has become a market order and takes the quote, also after a gap (R71). A limit deals
    at its own price, or with `improve` at the better quote (R72, R74).
    """
    touch = ask if order_type in BUY_TYPES else bid
    return price if order_type in LIMITS and not improve else touch


def stop_hit(position_type: int, sl: int, tp: int, bid: int, ask: int) -> int | None:
    """Return the reason for which a quote closes a position: SL, TP, or None (R52).

    A long is closed at the bid, a short at the ask. Where both would fire the stop loss does.
    """
    if position_type == c.POSITION_TYPE_BUY:
        if sl and bid <= sl:
            return c.ORDER_REASON_SL
        return c.ORDER_REASON_TP if tp and bid >= tp else None
    if sl and ask >= sl:
        return c.ORDER_REASON_SL
    return c.ORDER_REASON_TP if tp and ask <= tp else None


def close_price(position: Position, reason: int, bid: int, ask: int, *, improve: bool) -> int:
    """Return the price at which a position is closed for a reason (R50, R71, R74)."""
    market = bid if position.type == c.POSITION_TYPE_BUY else ask
    return position.tp if reason == c.ORDER_REASON_TP and not improve else market


class Levels(NamedTuple):
    """The nearest prices at which anything happens on a symbol; a quote between them is quiet."""

    bid_low: int
    bid_high: int
    ask_low: int
    ask_high: int


def levels(orders: Iterable[Order], positions: Iterable[Position]) -> Levels:
    """Fold all conditions on one symbol into four numbers."""
    bid_low = ask_low = NEVER_BELOW
    bid_high = ask_high = NEVER_ABOVE
    for order in orders:
        falling = order.type in FALLING
        if order.type in BUY_TYPES:
            if falling:
                ask_low = max(ask_low, order.price)
            else:
                ask_high = min(ask_high, order.price)
        elif falling:
            bid_low = max(bid_low, order.price)
        else:
            bid_high = min(bid_high, order.price)
    for position in positions:
        if position.type == c.POSITION_TYPE_BUY:
            bid_low = max(bid_low, position.sl or NEVER_BELOW)
            bid_high = min(bid_high, position.tp or NEVER_ABOVE)
        else:
            ask_high = min(ask_high, position.sl or NEVER_ABOVE)
            ask_low = max(ask_low, position.tp or NEVER_BELOW)
    return Levels(bid_low, bid_high, ask_low, ask_high)
