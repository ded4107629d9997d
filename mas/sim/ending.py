"""How a test ends: what is open is closed at the last quotes, what waits is cancelled (R231)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas.sim.account import opposite
from mas.sim.holdings import Order
from mas.sim.market import Offer
from mas.terminal import constants as c

if TYPE_CHECKING:
    from mas.sim.account import Account
    from mas.sim.execution import DealBooking

END_OF_TEST = "end of test"


def end_of_test(execution: DealBooking) -> None:
    """Cancel all pending orders and close all positions, by ticket, whatever the trading hours.

    A position deals whole at the newest quote of its symbol, without slippage; one that has no
    quote stays. The orders are the server's own, so their reason is CLIENT, as is that of all
    that no trading program has sent (R119); their magic is the position's (R120).
    """
    account, valuation = execution.account, execution.valuation
    for order in sorted(account.orders.values(), key=lambda order: order.ticket):
        account.finish(order, c.ORDER_STATE_CANCELED, valuation.now)
    for position in sorted(account.positions.values(), key=lambda position: position.ticket):
        quote = valuation.quote(position.symbol)
        if quote is None:
            continue
        price = quote.bid if position.type == c.POSITION_TYPE_BUY else quote.ask
        order = Order(
            account.new_order_ticket(), position.symbol, opposite(position), position.volume,
            price, valuation.now, magic=position.magic, comment=END_OF_TEST,
            reason=c.ORDER_REASON_CLIENT, position_id=position.identifier,
            position=position.ticket, volume_left=position.volume,
        )  # fmt: skip
        execution.fill(order, [Offer(price, position.volume)])


def last_moment(execution: DealBooking) -> int:
    """Return the time of the last quote of what is open, but none before the last deal or order.

    A test ends with its last tick, not with the end of its period.
    """
    valuation, account = execution.valuation, execution.account
    quotes = [valuation.quote(position.symbol) for position in account.positions.values()]
    newest = max((quote.time_msc for quote in quotes if quote is not None), default=valuation.now)
    return max(newest, _last_fact(account))


def _last_fact(account: Account) -> int:
    """Return the time of the newest deal or finished order, ms; the history never runs back."""
    times = [deal.time_msc for deal in account.deals[-1:]]
    last = account.finished_after(account.finished_count - 1) if account.finished_count else []
    return max([*times, *(order.time_done_msc for order in last)], default=0)
