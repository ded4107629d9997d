"""One account on one terminal, as one client sees it: what happened there, each fact once.

Facts are found on the thread that owns the terminal, either in the answer to a request or by
:meth:`Venue.look`, which compares the terminal's orders, positions and deals with what is known.
They are journalled, shown in the state, and queued for the client's callbacks in that order.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, TypeVar

from mas.events import Execution
from mas.live.servertime import ServerTime, UtcLink
from mas.orders.build import quote
from mas.orders.path import OrderPath
from mas.orders.statuses import error_of, order_changed
from mas.teller import Teller
from mas.terminal import constants as c
from mas.timeunits import DAY_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mas.callbacks import Callbacks
    from mas.clock import Clock
    from mas.events import OrderStatus
    from mas.journal import Session
    from mas.orders.build import Request
    from mas.orders.path import Action, Link
    from mas.state import State
    from mas.terminal import Terminal
    from mas.terminal.types import Tick, TradeDeal, TradeOrder

T = TypeVar("T")
log = logging.getLogger(__name__)

FAR = 4_000_000_000
"""An end of history beyond any server's clock (R220), epoch seconds."""
RECENT = 30 * 86_400
"""Seconds of history that a login takes as known."""
OVERLAP = 3600
"""Seconds by which each look into history reaches back, for deals that appear late (R213)."""


class Venue:
    """Finds facts on one terminal and tells them to one client.

    Parameters
    ----------
    link : Link
        The way to the terminal; replaced by a reconnect.
    session : Session
        The journal's record of this client on this account.
    client : Callbacks
        Who is told.
    state : State
        Where panels see it.
    deadline : float
        Seconds to wait for an answer of the terminal.

    Attributes
    ----------
    time : ServerTime
        How the server's time becomes UTC, which all that is told and answered is in.
    """

    wants_deals = True

    def __init__(
        self,
        link: Link,
        session: Session,
        client: Callbacks,
        *,
        state: State,
        clock: Clock,
        deadline: float = 10.0,
    ) -> None:
        self.link = link
        self.state = state
        self.teller = Teller()
        self.time = ServerTime(clock)
        self._utc = UtcLink(lambda: self.link, self.time)
        self.path = OrderPath(lambda: self._utc, self, clock, deadline=deadline)
        self.poke: Callable[[], None] | None = None
        """Has whoever watches look again; without one, who sends looks himself."""
        self.server_connected = True
        self._session = session
        self._client = client
        self._clock = clock
        self._deadline = deadline
        self._lock = threading.Lock()
        self._seen: set[int] = set()
        self._since = 0
        self._told: set[tuple[int, int]] = set()
        self._watched: dict[str, int] = {}
        self._feeds: tuple[Callable[[Terminal], None], ...] = ()

    @property
    def statuses(self) -> tuple[OrderStatus, ...]:
        """The newest statuses that the client was told of, oldest first."""
        return self.state.statuses

    @property
    def executions(self) -> tuple[Execution, ...]:
        """The newest executions that the client was told of, oldest first."""
        return self.state.executions

    # -- calls ---------------------------------------------------------------------------------

    def call(self, fn: Callable[[Terminal], T | None]) -> T:
        """Ask the terminal; its None becomes an error with the reason from ``last_error``."""

        def job(terminal: Terminal) -> T:
            value = fn(terminal)
            if value is None:
                raise error_of(terminal)
            return value

        return self._utc.run(job, deadline=self._deadline)

    def ask(self, fn: Callable[[Terminal], T]) -> T:
        """Ask the terminal where None is an answer."""
        return self._utc.run(fn, deadline=self._deadline)

    def raw(self, fn: Callable[[Terminal], T]) -> T:
        """Ask the terminal in the server's own time."""
        return self.link.run(fn, deadline=self._deadline)

    def holds(self, order: int, position: int) -> bool:
        """Tell whether a pending order or an open position of that ticket is here."""

        def job(terminal: Terminal) -> bool:
            found = order and terminal.orders_get(ticket=order)
            return bool(found or (position and terminal.positions_get(ticket=position)))

        return self.ask(job)

    def knew(self, order: int, position: int) -> bool:
        """Tell whether the history has that order, or deals of that position."""

        def job(terminal: Terminal) -> bool:
            found = order and terminal.history_orders_get(ticket=order)
            return bool(found or (position and terminal.history_deals_get(position=position)))

        return self.ask(job)

    def send(
        self, build: Callable[[Terminal], Request], action: Action | None = None
    ) -> OrderStatus:
        """Send a request and deliver its events before returning; then look what came of it."""
        with self.teller.sending():
            status = self.path.send(build, action)
        if self.poke is not None:
            self.poke()
        else:
            self.poll()
        return status

    # -- looking -------------------------------------------------------------------------------

    def start(self) -> None:
        """Take what is on the account now as known; only what comes later is told.

        After a session of this client that ended without a logout, what it had not been told
        is told now.
        """
        self.link.run(self._begin, deadline=self._deadline)

    def _begin(self, bare: Terminal) -> None:
        self.time.look(bare, ())
        terminal = self.time.utc(bare)
        crashed = self._session.crashed_since()
        began = self._clock.now_ms() if crashed is None else crashed
        self._since = began // 1000 - RECENT
        deals = _required(terminal.history_deals_get(self._since, FAR), terminal)
        if not deals:
            # Nothing happened lately, or the server's clock is far behind ours (R183).
            self._since = 0
            deals = _required(terminal.history_deals_get(0, FAR), terminal)
        missed = self._session.missed([deal.ticket for deal in deals])
        self._seen = {deal.ticket for deal in deals if deal.ticket not in missed}
        self._session.known(self._seen)
        if crashed is None:
            orders = _required(terminal.orders_get(), terminal)
            self._told.update((order.ticket, order.state) for order in orders)
        self._look(bare)
        if deals:  # from now on each look reaches back a little only
            self._since = max(self._since, deals[-1].time - OVERLAP)

    def look(self) -> None:
        """Look at the terminal once and queue what was found."""
        self.link.run(self._look, deadline=self._deadline)
        self._session.flush()

    def poll(self) -> None:
        """Look at the terminal once and deliver what was found."""
        with self.teller.sending():
            self.look()

    def _look(self, bare: Terminal) -> None:
        """Compare the terminal with what is known.

        Deals are read last: a deal that closes a position or fills an order in between is then
        found at once, and the reverse cannot be told too early.
        """
        if self.time.look(bare, self._followed()):
            self._since -= DAY_S  # it was the server's time before
        terminal = self.time.utc(bare)
        orders = _required(terminal.orders_get(), terminal)
        positions = _required(terminal.positions_get(), terminal)
        account = _required(terminal.account_info(), terminal)
        deals = _required(terminal.history_deals_get(self._since, FAR), terminal)
        info = _required(terminal.terminal_info(), terminal)
        gone = self._orders_gone(orders, terminal)
        self.server_connected = info.connected
        self.state.set_orders(orders)
        self.state.set_positions(positions)
        self.state.set_account(account)
        self.state.set_quotes(self._quotes(terminal))
        for order in gone:
            self._order_changed(order)
        self._executed(deals)
        for feed in self._feeds:
            feed(bare)

    def _followed(self) -> tuple[str, ...]:
        """Return the symbols that have quotes, because somebody follows or holds them."""
        return (*self._watched, *(position.symbol for position in self.state.positions))

    def _orders_gone(self, orders: tuple[TradeOrder, ...], terminal: Terminal) -> list[TradeOrder]:
        """Return new orders that were placed elsewhere, and the final form of those that left."""
        before = {order.ticket: order for order in self.state.orders}
        now = {order.ticket for order in orders}
        changed = [order for order in orders if order.ticket not in before]
        for ticket in before.keys() - now:
            changed.extend(terminal.history_orders_get(ticket=ticket) or ())
        return changed

    def _order_changed(self, order: TradeOrder) -> None:
        if (order.ticket, order.state) not in self._told:
            self._queue_status(order_changed(order))

    def _quotes(self, terminal: Terminal) -> dict[str, Tick]:
        quotes = {}
        for symbol in tuple(self._watched):
            tick = quote(symbol, terminal)
            if tick is not None:
                quotes[symbol] = tick
        return quotes

    def watch(self, symbol: str) -> None:
        """Keep the quote of a symbol in the state, until as many ``unwatch`` calls came."""
        self._watched[symbol] = self._watched.get(symbol, 0) + 1

    def unwatch(self, symbol: str) -> None:
        """Take back one ``watch``."""
        left = self._watched.get(symbol, 0) - 1
        if left > 0:
            self._watched[symbol] = left
        else:
            self._watched.pop(symbol, None)

    def add_feed(self, feed: Callable[[Terminal], None]) -> None:
        """Call `feed` with the terminal at each look; it queues what it finds."""
        self._feeds = (*self._feeds, feed)

    def remove_feed(self, feed: Callable[[Terminal], None]) -> None:
        """Stop calling `feed`."""
        self._feeds = tuple(item for item in self._feeds if item is not feed)

    # -- the ledger of the order path ----------------------------------------------------------

    def intent(self, request: Request) -> int:
        """Write down that a request is about to be sent."""
        return self._session.intent(request)

    def answer(self, intent: int, status: OrderStatus, deals: Iterable[TradeDeal]) -> None:
        """Record an answer with its deals and queue their events."""
        self._queue_status(status)
        fresh = self._fresh(deals)
        self._session.answered(intent, status.retcode, status.order, fresh)
        for execution in fresh:
            self._queue_execution(execution)

    def refused(self, intent: int, status: OrderStatus) -> None:
        """Record that nothing was sent."""
        self._session.answered(intent, status.retcode, 0)
        self._queue_status(status)

    def unanswered(self, intent: int, status: OrderStatus) -> None:
        """Tell that an answer is missing; the journal keeps the intent open."""
        log.warning("request %d got no answer: %s", intent, status.message)
        self._queue_status(status)

    # -- telling -------------------------------------------------------------------------------

    def _queue_status(self, status: OrderStatus) -> None:
        if status.order:
            self._told.add((status.order, status.status))
        self.state.add_status(status)
        self.teller.put(
            "receive_order_status",
            lambda: self._client.receive_order_status(str(status.order), status.as_dict()),
        )

    def _executed(self, deals: Iterable[TradeDeal]) -> None:
        """Record and queue what is new among the deals of a look."""
        fresh = self._fresh(deals)
        if fresh:
            self._session.record(fresh)
        for execution in fresh:
            self._queue_execution(execution)

    def _fresh(self, deals: Iterable[TradeDeal]) -> list[Execution]:
        """Return the executions that were not seen before, and take them as seen.

        Under a lock: after a timeout the late answer on a link that was given up may meet the
        look on its successor. Balance operations are not executions (R121).
        """
        with self._lock:
            fresh = [deal for deal in deals if deal.ticket not in self._seen]
            self._seen.update(deal.ticket for deal in fresh)
        traded = [deal for deal in fresh if deal.type in _TRADES]
        if traded:
            self._since = max(self._since, traded[-1].time - OVERLAP)
        return [Execution.from_deal(deal) for deal in traded]

    def _queue_execution(self, execution: Execution) -> None:
        self.state.add_execution(execution)

        def deliver() -> None:
            try:
                self._client.receive_order_execution(str(execution.order), execution.as_dict())
            finally:
                # Also when the callback raised: it was told, and must not be told again.
                self._session.mark_delivered(execution.deal)

        self.teller.put("receive_order_execution", deliver)


_TRADES = frozenset({c.DEAL_TYPE_BUY, c.DEAL_TYPE_SELL})


def _required(value: T | None, terminal: Terminal) -> T:
    """Return what came; None is a broken link, never an empty account (R215)."""
    if value is None:
        raise error_of(terminal)
    return value
