"""Which orders and deals of an account are known: the journal's and the terminal's, compared."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

from mas.events import Execution
from mas.orders.statuses import error_of, order_changed
from mas.terminal import constants as c
from mas.timeunits import DAY_S, HOUR_MS, SECOND_MS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mas.events import OrderStatus
    from mas.journal import JournalSession
    from mas.terminal import Terminal
    from mas.terminal.types import TradeDeal, TradeOrder
    from mas.timeunits import Ms, Seconds

T = TypeVar("T")

FAR = 4_000_000_000
"""An end of history beyond any server's clock (R220), epoch seconds."""
RECENT = 30 * DAY_S
"""Seconds of history that a login takes as known."""
OVERLAP = HOUR_MS // SECOND_MS
"""Seconds by which each look into history reaches back, for deals that appear late (R213)."""
TRADES = frozenset({c.DEAL_TYPE_BUY, c.DEAL_TYPE_SELL})


class Reconciliation:
    """Finds what is new on an account, each fact once.

    Parameters
    ----------
    record : JournalSession
        The journal's record of one client on the account.
    """

    def __init__(self, record: JournalSession) -> None:
        self._record = record
        self._lock = threading.Lock()
        self._orders: dict[int, TradeOrder] = {}
        self._states: set[tuple[int, int]] = set()
        self._deals: set[int] = set()
        self._since = 0

    def begin(self, terminal: Terminal, now: Ms) -> Seconds:
        """Take what is on the account as known; return the time of its newest deal, 0 for none.

        After a session of this client that ended without a logout, what it had not been told
        is new, and found by the next look.
        """
        crashed = self._record.crashed_since()
        self._since = (now if crashed is None else crashed) // SECOND_MS - RECENT
        deals = self.deals(terminal)
        if not deals:
            # Nothing happened lately, or the server's clock is far behind ours (R183).
            self._since = 0
            deals = self.deals(terminal)
        missed = self._record.missed([deal.ticket for deal in deals])
        self._deals = {deal.ticket for deal in deals if deal.ticket not in missed}
        self._record.known(self._deals)
        if crashed is None:
            orders = required(terminal.orders_get(), terminal)
            self._states.update((order.ticket, order.state) for order in orders)
        return deals[-1].time if deals else 0

    def look_back(self, to: Seconds) -> None:
        """Look from now on only a little further back than to a time."""
        self._since = max(self._since, to - OVERLAP)

    def clock_changed(self) -> None:
        """Allow for times that were the server's before, and are UTC from now on."""
        self._since -= DAY_S

    def deals(self, terminal: Terminal) -> tuple[TradeDeal, ...]:
        """Return the deals among which new ones may be."""
        return required(terminal.history_deals_get(self._since, FAR), terminal)

    def orders(self, orders: tuple[TradeOrder, ...], terminal: Terminal) -> list[OrderStatus]:
        """Compare the pending orders with those of the last look; return what has changed.

        That is, orders that were placed elsewhere, and the final form of those that have left.
        """
        before, self._orders = self._orders, {order.ticket: order for order in orders}
        changed = [order for order in orders if order.ticket not in before]
        for ticket in before.keys() - self._orders.keys():
            changed.extend(terminal.history_orders_get(ticket=ticket) or ())
        return [
            order_changed(order)
            for order in changed
            if (order.ticket, order.state) not in self._states
        ]

    def told(self, status: OrderStatus) -> None:
        """Take a state of an order as known."""
        if status.order:
            self._states.add((status.order, status.status))

    def unseen(self, deals: Iterable[TradeDeal]) -> list[TradeDeal]:
        """Return the deals that are not known."""
        return [deal for deal in deals if deal.ticket not in self._deals]

    def fresh(self, deals: Iterable[TradeDeal]) -> list[Execution]:
        """Return the executions that were not seen before, and take them as seen.

        Under a lock: after a timeout the late answer on a link that was given up may meet the
        look on its successor. Balance operations are not executions (R121).
        """
        with self._lock:
            unseen = self.unseen(deals)
            self._deals.update(deal.ticket for deal in unseen)
        traded = [deal for deal in unseen if deal.type in TRADES]
        if traded:
            self.look_back(traded[-1].time)
        return [Execution.from_deal(deal) for deal in traded]


def required(value: T | None, terminal: Terminal) -> T:
    """Return what came; None is a broken link, never an empty account (R215)."""
    if value is None:
        raise error_of(terminal)
    return value
