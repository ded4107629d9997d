"""The simulated account during a run over history: the order path's ledger, in memory.

For the client it is a trading session like a live one, but nothing has to be searched for: the
account itself says which deals and orders are new. Events wait until the callback that caused them
has returned, as live ones do.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from mas.backtest.status_log import StatusLog
from mas.callbacks import overrides
from mas.events import Execution
from mas.orders.path import OrderPath
from mas.orders.statuses import error_of, order_changed
from mas.sim import to_mt5
from mas.state import Connection, State
from mas.teller import Teller
from mas.terminal import constants as c
from mas.terminal.order_entry import order_entry_of
from mas.terminal.servertime import in_utc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mas.callbacks import Callbacks
    from mas.clock import Clock
    from mas.events import OrderStatus
    from mas.orders.path import Action, Build
    from mas.sim import SimTerminal
    from mas.teller import Failed
    from mas.terminal import Terminal
    from mas.terminal.types import TradeDeal, TradeRequest

T = TypeVar("T")
TRADES = frozenset({c.DEAL_TYPE_BUY, c.DEAL_TYPE_SELL})


class BacktestSession:
    """One simulated account, as one client sees it while history passes.

    Parameters
    ----------
    failed : callable
        Is told which callback raised, and what.

    Attributes
    ----------
    statuses : StatusLog
        All that was told of orders, in its order.
    """

    wants_deals = False
    """The account itself says which are new."""

    def __init__(
        self, terminal: SimTerminal, client: Callbacks, clock: Clock, failed: Failed
    ) -> None:
        self.terminal = terminal
        self.teller = Teller(failed)
        self._utc = in_utc(terminal, terminal.market.server)
        self._order_entry = order_entry_of(self._utc)
        self.statuses = StatusLog()
        self._path = OrderPath(self, clock)
        self._client = client
        self._account = terminal.broker.account
        self._first_deal = self._told_deals = len(self._account.deals)
        self._told_orders = self._account.finished_count
        self._active: set[int] = set()
        self._tells_status = overrides(client, "receive_order_status")
        self._tells_execution = overrides(client, "receive_order_execution")

    @property
    def state(self) -> State:
        """What is true of the account now."""
        now, account = State(), self.terminal.account_info()
        if account is not None:
            now.set_connection(Connection("connected", account.server, account.login))
            now.set_account(account)
        now.set_positions(self.terminal.positions_get() or ())
        now.set_orders(self.terminal.orders_get() or ())
        return now

    @property
    def executions(self) -> list[Execution]:
        """The deals that were told, in their order, made of the account's history."""
        deals = self._account.deals[self._first_deal : self._told_deals]
        return [Execution.from_deal(deal) for deal in _trades(deals)]

    @property
    def is_over(self) -> bool:
        """Whether a stop out has ended the account (R156)."""
        return self._account.closed

    # -- calls ---------------------------------------------------------------------------------

    def call(self, fn: Callable[[Terminal], T | None]) -> T:
        """Ask the terminal; its None becomes an error with the reason from ``last_error``."""
        value = fn(self._utc)
        if value is None:
            raise error_of(self.terminal)
        return value

    def ask(self, fn: Callable[[Terminal], T]) -> T:
        """Ask the terminal where None is an answer."""
        return fn(self._utc)

    def raw(self, fn: Callable[[Terminal], T]) -> T:
        """Ask the terminal in the server's own time."""
        return fn(self.terminal)

    def holds(self, order: int, position: int) -> bool:
        """Tell whether a pending order or an open position of that ticket is here."""
        return order in self._account.orders or position in self._account.positions

    def knew(self, order: int, position: int) -> bool:
        """Tell whether the history has that order, or deals of that position."""
        return order in self._account.history or bool(self._account.deals_of(position=position))

    def send(self, build: Build, action: Action | None = None) -> OrderStatus:
        """Send a request; its events are delivered before returning, or after the callback."""
        with self.terminal.lock:
            status = self._path.send(self._order_entry, build, action)
            self._look()
        self.teller.drain()
        return status

    def poll(self) -> None:
        """Queue what is new on the account, and deliver it."""
        self.look()
        self.teller.drain()

    def look(self) -> None:
        """Queue the orders that have ended and the deals that are new, in that order."""
        with self.terminal.lock:
            self._look()

    def _look(self) -> None:
        account = self._account
        if account.finished_count != self._told_orders:
            fresh = account.finished_after(self._told_orders)
            self._told_orders = account.finished_count
            for order in fresh:
                if order.ticket in self._active:
                    self._active.discard(order.ticket)
                    symbol = self.terminal.market.symbols[order.symbol]
                    self._queue_status(order_changed(to_mt5.order(order, symbol, None)))
        if len(account.deals) != self._told_deals:
            self._executed()

    def watch(self, symbol: str) -> None:
        """Do nothing: panels do not follow a run over history."""

    def unwatch(self, symbol: str) -> None:
        """Do nothing: panels do not follow a run over history."""

    # -- the ledger of the order path ----------------------------------------------------------

    def intent(self, request: TradeRequest) -> int:  # noqa: ARG002
        """Need no number: no process dies between a request and its answer here."""
        return 0

    def answer(self, intent: int, status: OrderStatus, deals: Iterable[TradeDeal]) -> None:  # noqa: ARG002
        """Queue an answer, then the deals it came with."""
        if status.order in self._account.orders:
            self._active.add(status.order)
        elif status.action is not None:
            self._active.discard(status.order)
        self._queue_status(status)
        self._executed()

    def refused(self, intent: int, status: OrderStatus) -> None:  # noqa: ARG002
        """Queue that nothing was sent."""
        self._queue_status(status)

    def unanswered(self, intent: int, status: OrderStatus) -> None:
        """Queue that nothing is known of a request; here none is lost."""
        self.refused(intent, status)

    # -- telling -------------------------------------------------------------------------------

    def _queue_status(self, status: OrderStatus) -> None:
        self.statuses.append(status)
        if self._tells_status:
            self.teller.put(
                "receive_order_status",
                lambda: self._client.receive_order_status(str(status.order), status.as_dict()),
            )

    def _executed(self) -> None:
        """Queue the deals that are new; balance operations are none (R121)."""
        since, self._told_deals = self._told_deals, len(self._account.deals)
        if self._tells_execution:
            for deal in _trades(self._account.deals[since:]):
                self.teller.put("receive_order_execution", partial(self._deliver, deal))

    def _deliver(self, deal: TradeDeal) -> None:
        execution = Execution.from_deal(deal)
        self._client.receive_order_execution(str(execution.order), execution.as_dict())


def _trades(deals: Iterable[TradeDeal]) -> Iterator[TradeDeal]:
    return (deal for deal in deals if deal.type in TRADES)
