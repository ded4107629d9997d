"""What is told of an order that changed by itself, and of a terminal that does not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas.errors import TerminalError
from mas.events import OrderStatus
from mas.terminal import constants as c

if TYPE_CHECKING:
    from mas.orders.build import Request
    from mas.terminal import Terminal
    from mas.terminal.types import TradeOrder

_STATES = {
    c.ORDER_STATE_STARTED: "started",
    c.ORDER_STATE_PLACED: "placed",
    c.ORDER_STATE_CANCELED: "cancelled",
    c.ORDER_STATE_PARTIAL: "filled in part",
    c.ORDER_STATE_FILLED: "filled",
    c.ORDER_STATE_REJECTED: "rejected",
    c.ORDER_STATE_EXPIRED: "expired",
}


def order_changed(order: TradeOrder) -> OrderStatus:
    """Return what is told of an order that has changed by itself."""
    done = order.state != c.ORDER_STATE_REJECTED
    return OrderStatus(
        order=order.ticket,
        status=order.state,
        retcode=c.TRADE_RETCODE_DONE if done else c.TRADE_RETCODE_REJECT_CANCEL,
        message=f"order {_STATES.get(order.state, order.state)}",
        request=_request_of(order),
        symbol=order.symbol,
        time_msc=order.time_done_msc or order.time_setup_msc,
    )


def error_of(terminal: Terminal) -> TerminalError:
    """Return the terminal's last error as an exception to raise."""
    code, text = terminal.last_error()
    return TerminalError(f"{text} ({code})", code=code)


def _request_of(order: TradeOrder) -> Request:
    """Return the request that would have placed an order which came from elsewhere."""
    return {
        "action": c.TRADE_ACTION_PENDING,
        "magic": order.magic,
        "order": order.ticket,
        "symbol": order.symbol,
        "volume": order.volume_initial,
        "price": order.price_open,
        "stoplimit": order.price_stoplimit,
        "sl": order.sl,
        "tp": order.tp,
        "deviation": 0,
        "type": order.type,
        "type_filling": order.type_filling,
        "type_time": order.type_time,
        "expiration": order.time_expiration,
        "comment": order.comment,
        "position": order.position_id,
        "position_by": order.position_by_id,
    }
