"""The desk: the notebook's one client, its state, and the panels that show it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Protocol

from ipywidgets import Widget

import mas
from mas.core import core_of
from mas.errors import NotConnectedError
from masjupyter.publisher import Publisher
from masjupyter.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mas.events import OrderStatus
    from mas.schema import OrderParams
    from mas.state import State

PAPER_LOGIN = 1_000_000
"""Account number of ``%mas_login --sim``."""


class Panel(Protocol):
    """What the desk knows of a panel."""

    def close(self) -> None:
        """Take the panel off the desk: no thread, no listener stays."""


def _parts(panel: object) -> Iterator[Widget]:
    """Return all widgets that a panel is made of.

    ipywidgets keeps each of them, layouts and styles too, until it is closed by itself.
    """
    todo, found = [panel], set()
    while todo:
        task = todo.pop()
        if isinstance(task, list | tuple):
            todo.extend(task)
        elif isinstance(task, dict):
            todo.extend(task.values())
        elif isinstance(task, Widget) and task not in found:
            found.add(task)
            todo.extend(task.trait_values(sync=True).values())
            if task is not panel:
                yield task


def _close(panel: Panel) -> None:
    parts = list(_parts(panel))
    panel.close()
    for part in parts:
        part.close()


class Desk:
    """One session for all magics and panels of a notebook."""

    def __init__(self) -> None:
        self.client = mas.MAS(name="desk")
        self.core = core_of(self.client)
        self.core.accounts.follows_run = False
        self.publisher = Publisher(self.state)
        self.reader = Reader(self.publisher.mark)
        self._panels: dict[str, list[Panel]] = {}

    @property
    def state(self) -> State:
        """What is true now; the same object for as long as the desk stands."""
        return self.core.state

    def login(
        self, *, account: int, password: str, server: str, timeout: int, terminal: str | None
    ) -> None:
        """Log in; an older session ends first.

        Raises
        ------
        NotConnectedError
            One line that says what was tried and what to do.
        """
        self.core.use_terminal(terminal)
        done = self.client.login(
            {"account": account, "password": password, "server": server, "timeout": timeout}
        )
        if not done:
            message = str(done)
            if str(account) not in message or server not in message:
                message = f"login to account {account} at server {server!r} failed: {message}"
            raise NotConnectedError(message)
        self.core.refresh()

    def logout(self) -> None:
        """End the session and close its panels."""
        for cell in tuple(self._panels):
            self.close_cell(cell)
        self.client.shutdown_mt5()

    def close(self) -> None:
        """Leave nothing behind."""
        self.logout()
        self.reader.close()
        self.publisher.close()

    # -- trading: each button and magic comes through here --------------------------------------

    def send(self, params: dict[str, Any]) -> OrderStatus:
        """Send an order to the account that is logged in, unless it says otherwise."""
        return self._shown(self.core.place({"backtest_toggle": False, **params}))

    def place(self, order: OrderParams) -> OrderStatus:
        """Send an order whose parameters have been parsed."""
        return self._shown(self.core.place_order(order))

    def close_position(self, ticket: int, volume: float | None = None) -> OrderStatus:
        """Close a position, or part of it, by an opposite market order."""
        return self._shown(self.core.close_position(ticket, volume))

    def cancel(self, ticket: int) -> OrderStatus:
        """Delete a pending order."""
        return self._shown(self.core.change("cancel_order", {"order_id": ticket}))

    def modify(self, ticket: int, **changes: float) -> OrderStatus:
        """Change a pending order, or the stops of a position."""
        return self._shown(self.core.modify(ticket, changes))

    def _shown(self, status: OrderStatus) -> OrderStatus:
        """Bring the state up to date, so that what is shown next is the present."""
        with contextlib.suppress(mas.MasError):
            self.core.refresh()
        return status

    # -- panels --------------------------------------------------------------------------------

    def show(self, panel: Panel, cell: str) -> None:
        """Keep a panel until its cell runs again."""
        self._panels.setdefault(cell, []).append(panel)

    def close_cell(self, cell: str) -> None:
        """Close the panels that a cell has made."""
        for panel in self._panels.pop(cell, []):
            _close(panel)

    def drop(self, panel: Panel) -> None:
        """Close one panel, whose work is done, before its cell runs again."""
        for made in self._panels.values():
            if panel in made:
                made.remove(panel)
        _close(panel)
