"""What is told of an order that changed by itself, and of a terminal that does not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas.errors import TerminalError
from mas.events import OrderStatus
from mas.terminal import constants as c
from mas.terminal.types import TradeRequest

if TYPE_CHECKING:
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


def _request_of(order: TradeOrder) -> TradeRequest:
    """Return the request that would have placed an order which came from elsewhere."""
    return TradeRequest(
        c.TRADE_ACTION_PENDING, order.magic, order.ticket, order.symbol, order.volume_initial,
        order.price_open, order.price_stoplimit, order.sl, order.tp, 0, order.type,
        order.type_filling, order.type_time, order.time_expiration, order.comment,
        order.position_id, order.position_by_id,
    )  # fmt: skip
