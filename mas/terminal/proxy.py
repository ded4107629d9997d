"""A terminal as its functions alone, whichever thread owns it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from mas.terminal import Terminal

T = TypeVar("T")


class TerminalAccess(Protocol):
    """Whoever can ask a terminal."""

    def raw(self, fn: Callable[[Terminal], T]) -> T:
        """Run `fn` with the terminal, whose times are the server's, on its own thread."""
        ...

    def ask(self, fn: Callable[[Terminal], T]) -> T:
        """Run `fn` with the terminal in UTC, as far as its server's clock is known."""
        ...


class TerminalProxy:
    """Calls the functions of a terminal one by one, each a job of its own.

    Parameters
    ----------
    session : callable
        TerminalProxy for at each call, because a new login replaces it.
    utc : bool
        Whether times are UTC, and not those of the server.
    """

    def __init__(self, session: Callable[[], TerminalAccess], *, utc: bool = False) -> None:
        self._session = session
        self._utc = utc

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return one function of the terminal."""
        if name.startswith("_"):
            raise AttributeError(name)

        def call(*args: Any, **named: Any) -> Any:
            session = self._session()
            run = session.ask if self._utc else session.raw
            return run(lambda terminal: getattr(terminal, name)(*args, **named))

        return call
