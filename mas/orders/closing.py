"""What changes or closes what has a ticket: a position, or a pending order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mas.errors import ParamError
from mas.events import OrderStatus
from mas.orders.statuses import error_of
from mas.schema.trading import OrderParams
from mas.terminal import constants as c
from mas.terminal.types import NO_REQUEST

if TYPE_CHECKING:
    from mas.errors import MasError
    from mas.terminal import Terminal
    from mas.terminal.types import TradePosition

FOK, IOC = 1, 2
"""Bits of a symbol's ``filling_mode`` (R85)."""


def position_of(ticket: int, terminal: Terminal) -> TradePosition:
    """Return an open position.

    Raises
    ------
    ParamError
        There is none of that ticket.
    TerminalError
        The terminal did not answer.
    """
    found = terminal.positions_get(ticket=ticket)
    if found is None:
        raise error_of(terminal)
    if not found:
        raise ParamError(f"position {ticket} is not open", field="position", value=ticket)
    return found[0]


def change_of(ticket: int, terminal: Terminal) -> tuple[str, dict[str, Any]]:
    """Return the documented call that changes what has a ticket, and what it has to be given.

    Raises
    ------
    ParamError
        Nothing that is open or pending has it.
    TerminalError
        The terminal did not answer.
    """
    positions, orders = terminal.positions_get(ticket=ticket), terminal.orders_get(ticket=ticket)
    if positions:
        return "modify_position_sltp", {"position_id": ticket}
    if orders:
        return "modify_order", {"order_id": ticket, "price": orders[0].price_open}
    if positions is None or orders is None:
        raise error_of(terminal)
    raise ParamError(
        f"ticket {ticket} is neither a pending order nor an open position",
        field="order_id",
        value=ticket,
    )


def closing(
    position: TradePosition, terminal: Terminal, volume: float | None = None
) -> OrderParams:
    """Return the opposite market order, with a filling that the symbol allows (R85, R217).

    Parameters
    ----------
    volume : float, optional
        Lots; all of it when left out.
    """
    info = terminal.symbol_info(position.symbol)
    immediate_only = info is not None and info.filling_mode & (FOK | IOC) == IOC
    buys = position.type == c.POSITION_TYPE_BUY
    return OrderParams(
        backtest_toggle=False,
        symbol=position.symbol,
        order_type=c.ORDER_TYPE_SELL if buys else c.ORDER_TYPE_BUY,
        volume=position.volume if volume is None else volume,
        position=position.ticket,
        magic=position.magic,
        type_filling=c.ORDER_FILLING_IOC if immediate_only else c.ORDER_FILLING_FOK,
    )


def not_closed(position: TradePosition, error: MasError) -> OrderStatus:
    """Return what is answered for a position about which the link has failed."""
    return OrderStatus(
        order=0,
        status=c.ORDER_STATE_STARTED,
        retcode=getattr(error, "code", 0) or -1,
        message=f"position {position.ticket}: {error}",
        request=NO_REQUEST._replace(position=position.ticket, symbol=position.symbol),
        symbol=position.symbol,
    )
