"""What is true now: account, positions, orders, quotes, for panels to observe.

One thread writes (the session's watcher, or the thread that trades, under the session's lock);
anybody reads. Every value is replaced whole, or given out as a copy, so a reader needs no lock.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mas.events import Execution, OrderStatus
    from mas.terminal.types import AccountInfo, SymbolInfo, Tick, TradeOrder, TradePosition

Topic = Literal[
    "account", "connection", "positions", "orders", "quotes", "symbols", "execution", "status"
]  # fmt: skip
KEPT = 500
"""Executions and statuses that are kept for panels; the journal keeps them all."""


@dataclass(frozen=True, slots=True)
class Connection:
    """The link to the terminal: its status, and in words what is the matter.

    Attributes
    ----------
    zone : str
        The zone of the server's clock, such as ``"UTC+3"``; ``"unknown"`` until its ticks show it.
    """

    status: Literal["connected", "lost", "disconnected"] = "disconnected"
    server: str = ""
    login: int = 0
    detail: str = ""
    zone: str = ""


class State:
    """Observable values of one session.

    ``listen`` tells *that* a topic changed; the listener then reads what it wants.
    """

    def __init__(self) -> None:
        self.account: AccountInfo | None = None
        self.connection = Connection()
        self.positions: tuple[TradePosition, ...] = ()
        self.orders: tuple[TradeOrder, ...] = ()
        self.quotes: Mapping[str, Tick] = {}
        self.symbols: Mapping[str, SymbolInfo] = {}
        self._executions: deque[Execution] = deque(maxlen=KEPT)
        self._statuses: deque[OrderStatus] = deque(maxlen=KEPT)
        self._listeners: tuple[Callable[[Topic], None], ...] = ()
        self._lock = threading.Lock()

    @property
    def executions(self) -> tuple[Execution, ...]:
        """The newest executions, oldest first."""
        with self._lock:
            return tuple(self._executions)

    @property
    def statuses(self) -> tuple[OrderStatus, ...]:
        """The newest order statuses, oldest first."""
        with self._lock:
            return tuple(self._statuses)

    def listen(self, fn: Callable[[Topic], None]) -> Callable[[], None]:
        """Call `fn` with the topic after each change; return what stops it.

        `fn` runs on the thread that made the change and must return at once.
        """
        with self._lock:
            self._listeners = (*self._listeners, fn)

        def stop() -> None:
            with self._lock:
                self._listeners = tuple(
                    listener for listener in self._listeners if listener is not fn
                )

        return stop

    def tell(self, topic: Topic) -> None:
        """Say that a topic has changed."""
        for fn in self._listeners:
            fn(topic)

    def set_account(self, account: AccountInfo | None) -> None:
        """Replace the account's figures."""
        if account != self.account:
            self.account = account
            self.tell("account")

    def set_connection(self, connection: Connection) -> None:
        """Replace the state of the link."""
        if connection != self.connection:
            self.connection = connection
            self.tell("connection")

    def set_positions(self, positions: tuple[TradePosition, ...]) -> None:
        """Replace the open positions."""
        if positions != self.positions:
            self.positions = positions
            self.tell("positions")

    def set_orders(self, orders: tuple[TradeOrder, ...]) -> None:
        """Replace the pending orders."""
        if orders != self.orders:
            self.orders = orders
            self.tell("orders")

    def set_quotes(self, quotes: Mapping[str, Tick]) -> None:
        """Replace the newest tick of each watched symbol."""
        if quotes != self.quotes:
            self.quotes = quotes
            self.tell("quotes")

    def set_symbols(self, symbols: Mapping[str, SymbolInfo]) -> None:
        """Replace the specifications of the symbols that anything here is about."""
        if symbols is not self.symbols:
            self.symbols = symbols
            self.tell("symbols")

    def add_execution(self, execution: Execution) -> None:
        """Append an execution."""
        with self._lock:
            self._executions.append(execution)
        self.tell("execution")

    def add_status(self, status: OrderStatus) -> None:
        """Append an order status."""
        with self._lock:
            self._statuses.append(status)
        self.tell("status")

    def clear(self) -> None:
        """Forget everything but the listeners, as after a logout."""
        with self._lock:
            self._executions.clear()
            self._statuses.clear()
        self.tell("execution")
        self.tell("status")
        self.set_positions(())
        self.set_orders(())
        self.set_quotes({})
        self.set_symbols({})
        self.set_account(None)
