"""What every function of the simulated terminal has in common."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, TypeVar, cast

from mas.sim.arguments import InvalidArgumentError, arguments
from mas.terminal import constants as c
from mas.terminal.servertime import dates, facts

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from mas.clock import Clock
    from mas.sim.broker import Broker
    from mas.sim.market import Market
    from mas.sim.permissions import Permissions
    from mas.sim.runner import Runner
    from mas.sim.settings import SimSettings
    from mas.sim.streams import Quote

F = TypeVar("F", bound="Callable[..., Any]")
SUCCESS = (c.RES_S_OK, "Success")
NO_CONNECTION = (c.RES_E_INTERNAL_FAIL_CONNECT, "No IPC connection")
NOT_FOUND = (c.RES_E_NOT_FOUND, "Terminal: Not found")
INVALID = (c.RES_E_INVALID_PARAMS, "Terminal: Invalid params")


def invalid(name: str) -> tuple[int, str]:
    """Return the error of an argument of a wrong type (R5)."""
    return c.RES_E_INVALID_PARAMS, f'Invalid "{name}" argument' if name else "Invalid arguments"


class Calls:
    """The state that the terminal's functions share; :class:`SimTerminal` fills it."""

    lock: threading.RLock
    clock: Clock
    settings: SimSettings
    permissions: Permissions
    connected: bool
    error: tuple[int, str]
    market: Market
    broker: Broker
    runner: Runner

    def save(self) -> None:
        """Write what has changed to the account's file."""
        raise NotImplementedError

    def run_up_to_now(self) -> None:
        """Let the market run up to the clock's time, as each call does."""
        with self.lock:
            self.runner.advance(self.clock.now_ms())

    def quote(self, symbol: str) -> Quote | None:
        """Return the newest quote of a symbol, None for an unknown one."""
        if symbol not in self.market.symbols:
            return None
        return self.market.quote(symbol, self.broker.now)


def call(failure: Any = None) -> Callable[[F], F]:
    """Make a method a function of the terminal: locked, up to date, its error kept (R2, R4).

    Times come in and go out as the server has them; inside they are UTC (R183).
    """

    def wrap(method: F) -> F:
        kinds = arguments(method)
        name = method.__name__

        @functools.wraps(method)
        def run(self: Calls, *args: Any, **kwargs: Any) -> Any:
            with self.lock:
                if not self.connected:
                    self.error = NO_CONNECTION
                    return failure
                self.error = SUCCESS
                if kinds is not None:
                    try:
                        args, kwargs = kinds.read(args, kwargs)
                    except InvalidArgumentError as wrong:
                        self.error = invalid(str(wrong))
                        return failure
                self.runner.advance(self.clock.now_ms())
                server = self.market.server
                if server.utc:
                    value = method(self, *args, **kwargs)
                else:
                    value = method(self, *dates(name, args, server.to_utc), **kwargs)
                    value = facts(value, server.to_server)
                self.save()
                return value

        return cast("F", run)

    return wrap


def fits(name: str, group: str) -> bool:
    """Tell whether a symbol fits masks such as ``*USD*,!XAU*``, applied left to right (R9)."""
    chosen = False
    for mask in (part.strip() for part in group.split(",")):
        excluded = mask.startswith("!")
        body = mask.removeprefix("!")
        inner = body.strip("*")
        if body.startswith("*") and body.endswith("*"):
            hit = inner in name
        elif body.startswith("*"):
            hit = name.endswith(inner)
        elif body.endswith("*"):
            hit = name.startswith(inner)
        else:
            hit = name == body
        if hit:
            chosen = not excluded
    return chosen
