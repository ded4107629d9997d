"""The calls that trade, or say what a trade would cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mas.calls.answer import answers, false, message, nothing
from mas.core import Client, core_of
from mas.errors import Failure
from mas.schema import OrderParams, parse
from mas.schema.document import documented
from mas.schema.trading import CheckParams, CloseAllParams, MarginParams, ProfitParams

if TYPE_CHECKING:
    from mas import dicts
    from mas.events import OrderStatus


class TradingCalls(Client):
    """Orders, positions, and what they cost."""

    @answers(message)
    @documented
    def send_order(self, params: dicts.SendOrder) -> str | Failure:
        """Send an order; return its ticket as text, or a message that is false in a condition."""
        status = core_of(self).place(params)
        return str(status.order) if status.ok else Failure(status.message, status.retcode)

    @answers(false)
    @documented
    def cancel_order(self, params: dicts.CancelOrder) -> bool:
        """Delete a pending order."""
        return core_of(self).change("cancel_order", params).ok

    @answers(false)
    @documented
    def modify_order(self, params: dicts.ModifyOrder) -> bool:
        """Change a pending order; what is not given keeps its value."""
        return core_of(self).change("modify_order", params).ok

    @answers(false)
    @documented
    def modify_position_sltp(self, params: dicts.ModifyPositionSltp) -> bool:
        """Change the stops of a position; the one not given keeps its value."""
        return core_of(self).change("modify_position_sltp", params).ok

    @answers(nothing)
    @documented
    def close_all(self, params: dicts.CloseAll | None = None) -> list[OrderStatus]:
        """Close all positions, each by a market order; return the answers."""
        return core_of(self).close_all(parse("close_all", CloseAllParams, params))

    @answers(lambda _: {})
    @documented
    def order_check(self, params: dicts.OrderCheck) -> dict[str, Any]:
        """Say what the account would be after an order; ``retcode`` 0 means it passes."""
        given = parse("order_check", CheckParams, params)
        order = OrderParams(
            backtest_toggle=True, symbol=given.symbol, order_type=given.order_type,
            volume=given.volume, price=given.price, sl=given.sl or 0.0, tp=given.tp or 0.0,
            stoplimit=given.stoplimit or 0.0,
        )  # fmt: skip
        found = core_of(self).checked(order.checked(params), given.backtest_toggle)._asdict()
        del found["request"]
        return found

    @answers(lambda _: -1.0)
    @documented
    def calc_order_margin(self, params: dicts.CalcOrderMargin) -> float:
        """Return the margin of an order in account currency."""
        given = parse("calc_order_margin", MarginParams, params)
        asked = (given.action, given.symbol, given.volume, given.price)
        session = core_of(self).accounts.of(given.backtest_toggle)
        return float(session.call(lambda t: t.order_calc_margin(*asked)))

    @answers(lambda _: -1.0)
    @documented
    def calc_order_profit(self, params: dicts.CalcOrderProfit) -> float:
        """Return the profit between two prices in account currency."""
        given = parse("calc_order_profit", ProfitParams, params)
        asked = (given.action, given.symbol, given.volume, given.price_open, given.price_close)
        session = core_of(self).accounts.of(given.backtest_toggle)
        return float(session.call(lambda t: t.order_calc_profit(*asked)))
