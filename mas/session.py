"""What a client trades on: a live account, or the simulated one of a run over history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mas.events import Execution, OrderStatus
    from mas.orders.path import Action, Build
    from mas.state import State
    from mas.teller import Teller
    from mas.terminal import Terminal

T = TypeVar("T")


class TradingSession(Protocol):
    """One account, as one client sees it.

    Attributes
    ----------
    teller : Teller
        Tells the client's callbacks what happens on the account.
    """

    teller: Teller

    @property
    def state(self) -> State:
        """What is true of the account now."""
        ...

    @property
    def statuses(self) -> Iterable[OrderStatus]:
        """What the client was told of its orders, oldest first; a live session keeps the newest."""
        ...

    @property
    def executions(self) -> Iterable[Execution]:
        """The deals that the client was told of, likewise."""
        ...

    def call(self, fn: Callable[[Terminal], T | None]) -> T:
        """Ask the terminal; its None becomes an error with the reason from ``last_error``."""
        ...

    def ask(self, fn: Callable[[Terminal], T]) -> T:
        """Ask the terminal where None is an answer."""
        ...

    def raw(self, fn: Callable[[Terminal], T]) -> T:
        """Ask the terminal in the server's own time."""
        ...

    def holds(self, order: int, position: int) -> bool:
        """Tell whether a pending order or an open position of that ticket is here."""
        ...

    def knew(self, order: int, position: int) -> bool:
        """Tell whether the history has that order, or deals of that position."""
        ...

    def send(self, build: Build, action: Action | None = None) -> OrderStatus:
        """Send a request and deliver its events before returning, or after the callback."""
        ...

    def poll(self) -> None:
        """Look at the account now, and deliver what is found."""
        ...

    def watch(self, symbol: str) -> None:
        """Keep the quote of a symbol in the state, until as many ``unwatch`` calls came."""
        ...

    def unwatch(self, symbol: str) -> None:
        """Take back one ``watch``."""
        ...
