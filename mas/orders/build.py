"""Typed parameters to the requests of MetaTrader 5 (R20), with what the terminal knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal

from mas.terminal import constants as c
from mas.terminal.orderkind import KINDS

if TYPE_CHECKING:
    from mas.schema.trading import CancelParams, ModifyParams, OrderParams, StopsParams
    from mas.terminal import Terminal
    from mas.terminal.types import Tick, TradeOrder

Request = dict[str, Any]
Change = Callable[[Any, "Terminal"], Request]

COMMENT_LENGTH = 26
"""Longest comment that every known build of the terminal accepts (R7)."""


def new_order(order: OrderParams, terminal: Terminal) -> Request:
    """Return the request that opens, places, closes, or closes by."""
    position = order.position or _position_of(order.order_id, terminal)
    if order.position_by:
        return _request(
            c.TRADE_ACTION_CLOSE_BY,
            position=position,
            position_by=order.position_by,
            magic=order.magic,
            comment=order.comment,
        )
    return _request(
        c.TRADE_ACTION_DEAL if KINDS[order.order_type].market else c.TRADE_ACTION_PENDING,
        symbol=order.symbol,
        volume=order.volume,
        type=order.order_type,
        price=order.price if order.price is not None else market_price(order, terminal),
        stoplimit=order.stoplimit,
        sl=order.sl,
        tp=order.tp,
        deviation=order.deviation,
        magic=order.magic,
        comment=order.comment,
        type_time=order.type_time,
        expiration=order.expiration,
        type_filling=order.type_filling,
        position=position,
    )


def market_price(order: OrderParams, terminal: Terminal) -> float:
    """Return the ask for a buy, the bid for a sell (R50); 0.0 when there is no quote."""
    tick = quote(order.symbol, terminal)
    if tick is None:
        return 0.0
    return float(tick.ask if KINDS[order.order_type].buys else tick.bid)


def quote(symbol: str, terminal: Terminal) -> Tick | None:
    """Return the newest tick; a symbol outside Market Watch is selected first (R13)."""
    tick = terminal.symbol_info_tick(symbol)
    if tick is None and terminal.symbol_select(symbol, True):
        tick = terminal.symbol_info_tick(symbol)
    return tick


def modified_order(given: ModifyParams, terminal: Terminal) -> Request:
    """Return the MODIFY request; what is not given keeps its value, for MODIFY sets all (R21)."""
    old = _active_order(given.order_id, terminal)
    expiration = given.expiration or (old.time_expiration if old else 0)
    type_time = old.type_time if old else c.ORDER_TIME_GTC
    if given.expiration and type_time in {c.ORDER_TIME_GTC, c.ORDER_TIME_DAY}:
        type_time = c.ORDER_TIME_SPECIFIED

    def kept(value: float | None, attribute: str) -> float:
        if value is not None:
            return value
        return float(getattr(old, attribute)) if old else 0.0

    return _request(
        c.TRADE_ACTION_MODIFY,
        order=given.order_id,
        symbol=old.symbol if old else "",
        price=given.price,
        stoplimit=kept(given.stoplimit, "price_stoplimit"),
        sl=kept(given.sl, "sl"),
        tp=kept(given.tp, "tp"),
        type_time=type_time,
        expiration=expiration if type_time > c.ORDER_TIME_DAY else 0,
        comment=given.comment,
    )


def cancelled_order(given: CancelParams, terminal: Terminal) -> Request:
    """Return the REMOVE request."""
    old = _active_order(given.order_id, terminal)
    return _request(
        c.TRADE_ACTION_REMOVE,
        order=given.order_id,
        symbol=old.symbol if old else "",
        comment=given.comment,
    )


def position_stops(given: StopsParams, terminal: Terminal) -> Request:
    """Return the SLTP request; the level not given keeps its value, for SLTP sets both (R21)."""
    found = terminal.positions_get(ticket=given.position_id)
    old = found[0] if found else None
    sl, tp = given.sl, given.tp
    return _request(
        c.TRADE_ACTION_SLTP,
        symbol=old.symbol if old else "",
        position=given.position_id,
        sl=float(sl if sl is not None else (old.sl if old else 0.0)),
        tp=float(tp if tp is not None else (old.tp if old else 0.0)),
    )


CHANGES: Final[dict[str, tuple[Change, Literal["modify", "cancel"]]]] = {
    "cancel_order": (cancelled_order, "cancel"),
    "modify_order": (modified_order, "modify"),
    "modify_position_sltp": (position_stops, "modify"),
}
"""The documented calls that change something, by what builds their request."""


def _position_of(order_id: int, terminal: Terminal) -> int:
    """Return the ticket of the position which an order opened, 0 for no order (R105, R10)."""
    if not order_id or terminal.positions_get(ticket=order_id):
        return order_id
    deals = terminal.history_deals_get(ticket=order_id) or ()
    return next((int(deal.position_id) for deal in deals if deal.position_id), order_id)


def _active_order(ticket: int, terminal: Terminal) -> TradeOrder | None:
    found = terminal.orders_get(ticket=ticket)
    return found[0] if found else None


def _request(action: int, **fields: Any) -> Request:
    """Return all fields of a TradeRequest in its order; absent ones are 0 or "" (R5)."""
    request: Request = {
        "action": action,
        "magic": 0,
        "order": 0,
        "symbol": "",
        "volume": 0.0,
        "price": 0.0,
        "stoplimit": 0.0,
        "sl": 0.0,
        "tp": 0.0,
        "deviation": 0,
        "type": 0,
        "type_filling": 0,
        "type_time": 0,
        "expiration": 0,
        "comment": "",
        "position": 0,
        "position_by": 0,
    }
    request.update(fields)
    request["comment"] = request["comment"][:COMMENT_LENGTH]
    return request
