"""Server time and UTC at the surface of a terminal (R183).

The functions of the MetaTrader5 package give and take the time of the server's clock, written as
if it were UTC. :class:`InUtc` is a terminal that gives and takes UTC instead, as the documented
client does; the simulated terminal, which is UTC inside, uses the same tables the other way round.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from mas.terminal.types import SymbolInfo, Tick, TradeDeal, TradeOrder, TradePosition

if TYPE_CHECKING:
    from collections.abc import Callable

    from mas.terminal import Terminal

    Move = Callable[[Any], Any]
    """From milliseconds of one clock to those of the other, one or an array."""

T = TypeVar("T")
PERIOD = slice(0, None)
DATES = {
    "history_orders_total": PERIOD,
    "history_orders_get": PERIOD,
    "history_deals_total": PERIOD,
    "history_deals_get": PERIOD,
    "copy_rates_from": slice(2, 3),
    "copy_rates_range": slice(2, 4),
    "copy_ticks_from": slice(1, 2),
    "copy_ticks_range": slice(1, 3),
}
"""Which arguments of a function are dates."""
REQUESTS = frozenset({"order_send", "order_check"})
"""Functions whose request may have an expiration."""
KINDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "Tick": (Tick, ("time",)),
    "SymbolInfo": (SymbolInfo, ("time",)),
    "TradeDeal": (TradeDeal, ("time",)),
    "TradeOrder": (TradeOrder, ("time_setup", "time_done", "time_expiration")),
    "TradePosition": (TradePosition, ("time", "time_update")),
}
"""Fields in seconds, most with a twin in milliseconds, by the name of the tuple: the official
package has types of its own."""


class ServerZone(Protocol):
    """How a server's clock is ahead of UTC."""

    utc: bool
    """Whether it never is."""

    def to_server(self, at: Any, /) -> Any:
        """Return what the clock shows at a moment, or at each of an array, ms."""
        ...

    def to_utc(self, shown: Any, /) -> Any:
        """Return the moment at which the clock shows a time, or each of an array, ms."""
        ...


def dates(name: str, args: tuple[Any, ...], move: Move) -> tuple[Any, ...]:
    """Return the arguments of a function with its dates moved, in epoch seconds."""
    which = DATES.get(name)
    if which is None:
        return args
    moved = list(args)
    moved[which] = [_date(moment, move) for moment in args[which]]
    return tuple(moved)


def _date(moment: Any, move: Move) -> Any:
    """Return a date moved; what is no date is left to who was asked."""
    if isinstance(moment, datetime):
        moment = moment.timestamp()
    try:
        at = math.floor(moment * 1000)
    except (TypeError, ValueError, OverflowError):
        return moment
    return moment + (move(at) - at) / 1000


def facts(value: T, move: Move) -> T:
    """Return what a function answers with its times moved."""
    found: Any = value
    if type(found) is tuple:
        return cast("T", tuple(facts(fact, move) for fact in found))
    kind = KINDS.get(type(found).__name__)
    if kind is not None:
        return cast("T", _fact(found, *kind, move))
    if getattr(getattr(found, "dtype", None), "names", None):
        return cast("T", _table(found, move))
    return value


def _table(table: Any, move: Move) -> Any:
    """Return bars or ticks moved; the given table may be shared and stays."""
    moved = table.copy()
    moved["time"] = move(table["time"] * 1000) // 1000
    if "time_msc" in table.dtype.names:
        moved["time_msc"] = move(table["time_msc"])
    return moved


def _fact(fact: Any, kind: Any, fields: tuple[str, ...], move: Move) -> Any:
    """Return a named tuple moved; a time of 0 is none."""
    moved = {}
    for name in fields:
        seconds = getattr(fact, name)
        if seconds:
            moved[name] = move(seconds * 1000) // 1000
            exact = getattr(fact, f"{name}_msc", None)
            if exact:
                moved[f"{name}_msc"] = move(exact)
    if not hasattr(fact, "_replace"):
        fact = kind(*tuple(fact)[: len(kind._fields)])
    return fact._replace(**moved)


class InUtc:
    """A terminal whose functions give and take UTC.

    Parameters
    ----------
    server : ServerZone
        The clock of its server.
    """

    def __init__(self, terminal: Terminal, server: ServerZone) -> None:
        self._terminal = terminal
        self._server = server

    def __getattr__(self, name: str) -> Any:
        """Return a function of the terminal."""
        function = getattr(self._terminal, name)
        if not callable(function):
            return function
        server = self._server

        def call(*args: Any, **named: Any) -> Any:
            if name in REQUESTS:
                args = tuple(expiring(fact, server.to_server) for fact in args)
            return facts(function(*dates(name, args, server.to_server), **named), server.to_utc)

        return call


def expiring(request: Any, move: Move) -> Any:
    """Return a request with its expiration, if it has one, moved."""
    ends = request.get("expiration") if isinstance(request, dict) else None
    return {**request, "expiration": move(ends * 1000) // 1000} if ends else request


def in_utc(terminal: Terminal, server: ServerZone) -> Terminal:
    """Return a terminal that gives and takes UTC: itself where its server keeps UTC."""
    return terminal if server.utc else cast("Terminal", InUtc(terminal, server))
