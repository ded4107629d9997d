"""The order that closes a position."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas.schema.trading import OrderParams
from mas.terminal import constants as c

if TYPE_CHECKING:
    from mas.terminal import Terminal
    from mas.terminal.types import TradePosition

FOK, IOC = 1, 2
"""Bits of a symbol's ``filling_mode`` (R85)."""


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
