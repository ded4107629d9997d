"""A live account as its client sees it: what it asks and sends, what it is told, its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from mas.live.gateway.gateway import Gateway
from mas.teller import Teller

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from mas.callbacks import Callbacks
    from mas.clock import Clock
    from mas.events import Execution, OrderStatus
    from mas.journal import JournalSession
    from mas.live.gateway.gateway import AccountSnapshot, Look
    from mas.orders.path import Action, Build
    from mas.state import Connection, State
    from mas.terminal import Terminal
    from mas.terminal.link import Link

T = TypeVar("T")


class LiveSession:
    """The trading session of one client on one terminal.

    Parameters
    ----------
    link : Link
        The way to the terminal.
    record : JournalSession
        The journal's record of this client on this account.
    client : Callbacks
        Who is told.
    state : State
        Where panels see it.
    """

    def __init__(
        self, link: Link, record: JournalSession, client: Callbacks, *, state: State, clock: Clock
    ) -> None:
        self.state = state
        self.teller = Teller()
        self._client = client
        self._gateway = Gateway(link, record, self, clock=clock)

    @property
    def statuses(self) -> tuple[OrderStatus, ...]:
        """The newest statuses that the client was told of, oldest first."""
        return self.state.statuses

    @property
    def executions(self) -> tuple[Execution, ...]:
        """The newest executions that the client was told of, oldest first."""
        return self.state.executions

    def start(self) -> None:
        """Take what is on the account now as known; only what comes later is told.

        After a session of this client that ended without a logout, what it had not been told
        is told now.
        """
        self._gateway.start()

    # -- calls ---------------------------------------------------------------------------------

    def call(self, fn: Callable[[Terminal], T | None]) -> T:
        """Ask the terminal; its None becomes an error with the reason from ``last_error``."""
        return self._gateway.required(fn)

    def ask(self, fn: Callable[[Terminal], T]) -> T:
        """Ask the terminal where None is an answer."""
        return self._gateway.read(fn)

    def raw(self, fn: Callable[[Terminal], T]) -> T:
        """Ask the terminal in the server's own time."""
        return self._gateway.raw(fn)

    def holds(self, order: int, position: int) -> bool:
        """Tell whether a pending order or an open position of that ticket is here."""

        def job(terminal: Terminal) -> bool:
            found = order and terminal.orders_get(ticket=order)
            return bool(found or (position and terminal.positions_get(ticket=position)))

        return self._gateway.first(job)

    def knew(self, order: int, position: int) -> bool:
        """Tell whether the history has that order, or deals of that position."""

        def job(terminal: Terminal) -> bool:
            found = order and terminal.history_orders_get(ticket=order)
            return bool(found or (position and terminal.history_deals_get(position=position)))

        return self._gateway.read(job)

    def send(self, build: Build, action: Action | None = None) -> OrderStatus:
        """Send a request, deliver its events, and see to it that what came of it is found."""
        status = self.teller.sending(lambda: self._gateway.send(build, action))
        self._follow_up()
        return status

    def _follow_up(self) -> None:
        """Look what has come of a request; nobody else does on an account that nobody watches."""
        self.poll()

    def poll(self) -> None:
        """Look at the terminal once and deliver what was found."""
        self.teller.sending(self._gateway.look)

    def watch(self, symbol: str) -> None:
        """Keep the quote of a symbol in the state, until as many ``unwatch`` calls came."""
        self._gateway.watch(symbol)

    def unwatch(self, symbol: str) -> None:
        """Take back one ``watch``."""
        self._gateway.unwatch(symbol)

    def add_feed(self, feed: Look) -> None:
        """Let a feed find at each look what it pushes."""
        self._gateway.add_look(feed)

    def remove_feed(self, feed: Look) -> None:
        """Stop a feed."""
        self._gateway.remove_look(feed)

    def moment(self, shown: datetime) -> datetime:
        """Return a naive datetime of the server in UTC."""
        return self._gateway.time.moment(shown)

    # -- what the gateway tells ----------------------------------------------------------------

    def connection_changed(self, connection: Connection) -> None:
        """Show the state of the link."""
        self.state.set_connection(connection)

    def looked(self, standing: AccountSnapshot) -> None:
        """Show how the account stands."""
        self.state.set_symbols(standing.symbols)
        self.state.set_orders(standing.orders)
        self.state.set_positions(standing.positions)
        self.state.set_account(standing.account)
        self.state.set_quotes(standing.quotes)

    def status(self, status: OrderStatus) -> None:
        """Show a status and queue it for the client."""
        self.state.add_status(status)
        self.teller.put(
            "receive_order_status",
            lambda: self._client.receive_order_status(str(status.order), status.as_dict()),
        )

    def execution(self, execution: Execution) -> None:
        """Show an execution and queue it for the client."""
        self.state.add_execution(execution)

        def deliver() -> None:
            try:
                self._client.receive_order_execution(str(execution.order), execution.as_dict())
            finally:
                # Also when the callback raised: it was told, and must not be told again.
                self._gateway.delivered(execution)

        self.teller.put("receive_order_execution", deliver)
