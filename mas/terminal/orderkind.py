"""What distinguishes the types of orders: a table with a row for each (R50 to R58)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mas.terminal import constants as c


@dataclass(frozen=True, slots=True)
class OrderKind:
    """One type of order.

    Attributes
    ----------
    type : int
        ``ORDER_TYPE_*``.
    name : str
        As ``send_order`` takes it.
    next : int
        The type that triggering makes of it: a limit of a stop-limit (R57), a market order of a
        stop (R71); all others keep theirs.
    allowed_by : int
        ``SYMBOL_ORDER_*``, the bit of a symbol's ``order_mode``; 0 for none.
    buys : bool
        Whether it deals at the ask; the others deal at the bid (R50).
    market, limit, stop, stop_limit : bool
        Each order is of one of the first three; a stop-limit is a stop as well.
    falling : bool
        Whether it triggers once the price of its side has fallen to its own price; the others
        once it has risen (R51).
    """

    type: int
    name: str
    next: int
    allowed_by: int
    buys: bool = False
    market: bool = False
    limit: bool = False
    stop: bool = False
    stop_limit: bool = False
    falling: bool = False


KINDS: Final = (
    OrderKind(
        c.ORDER_TYPE_BUY, "buy", c.ORDER_TYPE_BUY, c.SYMBOL_ORDER_MARKET,
        buys=True, market=True,
    ),
    OrderKind(
        c.ORDER_TYPE_SELL, "sell", c.ORDER_TYPE_SELL, c.SYMBOL_ORDER_MARKET,
        market=True,
    ),
    OrderKind(
        c.ORDER_TYPE_BUY_LIMIT, "buy_limit", c.ORDER_TYPE_BUY_LIMIT, c.SYMBOL_ORDER_LIMIT,
        buys=True, limit=True, falling=True,
    ),
    OrderKind(
        c.ORDER_TYPE_SELL_LIMIT, "sell_limit", c.ORDER_TYPE_SELL_LIMIT, c.SYMBOL_ORDER_LIMIT,
        limit=True,
    ),
    OrderKind(
        c.ORDER_TYPE_BUY_STOP, "buy_stop", c.ORDER_TYPE_BUY, c.SYMBOL_ORDER_STOP,
        buys=True, stop=True,
    ),
    OrderKind(
        c.ORDER_TYPE_SELL_STOP, "sell_stop", c.ORDER_TYPE_SELL, c.SYMBOL_ORDER_STOP,
        stop=True, falling=True,
    ),
    OrderKind(
        c.ORDER_TYPE_BUY_STOP_LIMIT, "buy_stop_limit",
        c.ORDER_TYPE_BUY_LIMIT, c.SYMBOL_ORDER_STOP_LIMIT,
        buys=True, stop=True, stop_limit=True,
    ),
    OrderKind(
        c.ORDER_TYPE_SELL_STOP_LIMIT, "sell_stop_limit",
        c.ORDER_TYPE_SELL_LIMIT, c.SYMBOL_ORDER_STOP_LIMIT,
        stop=True, stop_limit=True, falling=True,
    ),
    OrderKind(c.ORDER_TYPE_CLOSE_BY, "close_by", c.ORDER_TYPE_CLOSE_BY, 0),
)  # fmt: skip
"""By ``ORDER_TYPE_*``. Only the broker makes an order of the last type, of a close-by request."""


def kind_of(order_type: int) -> OrderKind:
    """Return the row of a type that a request names; of an unknown one, what no symbol allows."""
    known = 0 <= order_type < c.ORDER_TYPE_CLOSE_BY
    return KINDS[order_type] if known else KINDS[c.ORDER_TYPE_CLOSE_BY]
