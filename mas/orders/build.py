"""Typed parameters to the requests of MetaTrader 5 (R20), with what the account knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal

from mas.terminal import constants as c
from mas.terminal.orderkind import KINDS
from mas.terminal.types import NO_REQUEST, TradeRequest

if TYPE_CHECKING:
    from mas.schema.trading import CancelParams, ModifyParams, OrderParams, StopsParams
    from mas.terminal.order_entry import OrderEntry

Change = Callable[[Any, "OrderEntry"], TradeRequest]

COMMENT_LENGTH = 26
"""Longest comment that every known build of the terminal accepts (R7)."""
NO_STOPS = ("", 0.0, 0.0)


def new_order(order: OrderParams, account: OrderEntry) -> TradeRequest:
    """Return the request that opens, places, closes, or closes by."""
    kind, price = KINDS[order.order_type], order.price
    position = order.position or (account.opened_by(order.order_id) if order.order_id else 0)
    comment = order.comment[:COMMENT_LENGTH]
    if order.position_by:
        return NO_REQUEST._replace(
            action=c.TRADE_ACTION_CLOSE_BY, position=position, position_by=order.position_by,
            magic=order.magic, comment=comment,
        )  # fmt: skip
    if price is None:
        price = account.market_price(order.symbol, buys=kind.buys)
    return TradeRequest(
        c.TRADE_ACTION_DEAL if kind.market else c.TRADE_ACTION_PENDING,
        order.magic, 0, order.symbol, order.volume, price, order.stoplimit, order.sl, order.tp,
        order.deviation, order.order_type, order.type_filling, order.type_time, order.expiration,
        comment, position, 0,
    )  # fmt: skip


def modified_order(given: ModifyParams, account: OrderEntry) -> TradeRequest:
    """Return the MODIFY request; what is not given keeps its value, for MODIFY sets all (R21)."""
    old = account.order(given.order_id)
    expiration = given.expiration or (old.time_expiration if old else 0)
    type_time = old.type_time if old else c.ORDER_TIME_GTC
    if given.expiration and type_time in {c.ORDER_TIME_GTC, c.ORDER_TIME_DAY}:
        type_time = c.ORDER_TIME_SPECIFIED

    def kept(value: float | None, attribute: str) -> float:
        if value is not None:
            return value
        return float(getattr(old, attribute)) if old else 0.0

    return NO_REQUEST._replace(
        action=c.TRADE_ACTION_MODIFY,
        order=given.order_id,
        symbol=old.symbol if old else "",
        price=given.price,
        stoplimit=kept(given.stoplimit, "price_stoplimit"),
        sl=kept(given.sl, "sl"),
        tp=kept(given.tp, "tp"),
        type_time=type_time,
        expiration=expiration if type_time > c.ORDER_TIME_DAY else 0,
        comment=given.comment[:COMMENT_LENGTH],
    )


def cancelled_order(given: CancelParams, account: OrderEntry) -> TradeRequest:
    """Return the REMOVE request."""
    old = account.order(given.order_id)
    return NO_REQUEST._replace(
        action=c.TRADE_ACTION_REMOVE,
        order=given.order_id,
        symbol=old.symbol if old else "",
        comment=given.comment[:COMMENT_LENGTH],
    )


def position_stops(given: StopsParams, account: OrderEntry) -> TradeRequest:
    """Return the SLTP request; the level not given keeps its value, for SLTP sets both (R21)."""
    ticket, sl, tp = given.position_id, given.sl, given.tp
    symbol, old_sl, old_tp = account.stops(ticket) or NO_STOPS
    return TradeRequest(
        c.TRADE_ACTION_SLTP, 0, 0, symbol, 0.0, 0.0, 0.0,
        old_sl if sl is None else sl, old_tp if tp is None else tp,
        0, 0, 0, 0, 0, "", ticket, 0,
    )  # fmt: skip


CHANGES: Final[dict[str, tuple[Change, Literal["modify", "cancel"]]]] = {
    "cancel_order": (cancelled_order, "cancel"),
    "modify_order": (modified_order, "modify"),
    "modify_position_sltp": (position_stops, "modify"),
}
"""The documented calls that change something, by what builds their request."""
