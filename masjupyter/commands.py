"""What the magics and buttons do: plain functions over a desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mas.errors import MasError
from mas.schema import parse_order
from masjupyter.errors import CellError
from masjupyter.ordertext import read_cell, read_line, read_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mas.events import OrderStatus
    from mas.schema import OrderParams
    from mas.terminal.types import OrderCheckResult
    from masjupyter.desk import Desk


def read_orders(
    desk: Desk, line: str, body: str | None, namespace: Mapping[str, Any]
) -> list[OrderParams]:
    """Return the orders of a cell or line, parsed; those that say nothing are for the login.

    Raises
    ------
    ParamError
        One of them is wrong; none may be sent.
    """

    def quotes(symbol: str) -> dict[str, float]:
        tick, info = desk.core.tick(symbol), desk.core.symbol_info(symbol)
        if tick is None or info is None:
            return {}
        return {"bid": tick.bid, "ask": tick.ask, "point": info.point}

    if body is None:
        orders = [read_line(line, namespace, quotes)] if line.strip() else []
    else:
        # Words on the first line are what all orders of the cell have in common.
        orders = read_cell(body, namespace, quotes, read_words(line, namespace))
    if not orders:
        raise CellError("write an order, as in: %mas_order buy 0.1 EURUSD sl=1.0850")
    return [parse_order({"backtest_toggle": False, **order}) for order in orders]


def send_orders(
    desk: Desk, orders: list[OrderParams], told: Callable[[OrderStatus], None]
) -> list[OrderStatus]:
    """Send orders one after the other; each answer is told before the next is sent."""
    statuses = []
    for number, order in enumerate(orders, 1):
        try:
            status = desk.place(order)
        except MasError as error:
            if len(orders) == 1:
                raise
            raise CellError(
                f"order {number} of {len(orders)}: {error}; those after it were not sent"
            ) from None
        statuses.append(status)
        told(status)
    return statuses


def check_orders(desk: Desk, orders: list[OrderParams]) -> list[OrderCheckResult]:
    """Return what ``order_check`` says to each order; nothing is sent."""
    return [desk.core.checked(order, order.backtest_toggle) for order in orders]


def need_login(desk: Desk) -> None:
    """Refuse, with what to do, while nobody is logged in."""
    if not desk.core.logged_in:
        raise CellError("not logged in: run %mas_login --sim, or %mas_login --account N --server S")


def need_symbol(desk: Desk, symbol: str) -> str:
    """Return the symbol as the terminal spells it, or refuse with the nearest names."""
    if desk.core.symbol_info(symbol) is not None:
        return symbol
    names = symbols(desk)
    for name in names:
        if name.upper() == symbol.upper():
            return name
    near = [name for name in names if name[:3].upper() == symbol[:3].upper()] or names[:8]
    raise CellError(f"symbol {symbol!r} is unknown here; there are {', '.join(near)}")


def symbols(desk: Desk) -> list[str]:
    """Return the names of all symbols."""
    return [str(row["name"]) for row in desk.client.get_symbols()]
