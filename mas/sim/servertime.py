"""Server time at the surface: what the functions of the MetaTrader5 package give and take (R183).

Inside the terminal all times are UTC. The functions speak the time of the server's clock, written
as if it were UTC, and so do the dates that they are given.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from mas.terminal.types import SymbolInfo, Tick, TradeDeal, TradeOrder, TradePosition

if TYPE_CHECKING:
    from mas.history.serverclock import ServerClock

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
TIMES: dict[type, tuple[str, ...]] = {
    Tick: ("time",),
    SymbolInfo: ("time",),
    TradeDeal: ("time",),
    TradeOrder: ("time_setup", "time_done", "time_expiration"),
    TradePosition: ("time", "time_update"),
}
"""Fields in seconds; most have a twin in milliseconds."""


def in_utc(name: str, args: tuple[Any, ...], server: ServerClock) -> tuple[Any, ...]:
    """Return the arguments of a function with its dates in epoch seconds, UTC."""
    dates = DATES.get(name)
    if dates is None:
        return args
    moved = list(args)
    moved[dates] = [_date(one, server) for one in args[dates]]
    return tuple(moved)


def _date(moment: Any, server: ServerClock) -> Any:
    """Return a date of server time in UTC; what is no date is left to who was asked."""
    if isinstance(moment, datetime):
        moment = moment.timestamp()
    if not isinstance(moment, int | float | np.number) or not math.isfinite(moment):
        return moment
    shown_at = math.floor(moment * 1000)
    return moment + (server.to_utc(shown_at) - shown_at) / 1000


def shown(value: T, server: ServerClock) -> T:
    """Return what a function answers with its times as the server has them."""
    if server.utc:
        return value
    found: Any = value
    if isinstance(found, np.ndarray):
        return _table(found, server)  # type: ignore[no-any-return]
    if type(found) is tuple:
        return tuple(shown(one, server) for one in found)  # type: ignore[return-value]
    fields = TIMES.get(type(found))
    return value if fields is None else _fact(found, fields, server)


def _table(table: Any, server: ServerClock) -> Any:
    """Return bars or ticks in server time; the given table may be shared and stays."""
    found = table.copy()
    ahead = server.offsets(table["time"] * 1000)
    found["time"] += ahead // 1000
    if "time_msc" in table.dtype.names:
        found["time_msc"] += ahead
    return found


def _fact(fact: Any, fields: tuple[str, ...], server: ServerClock) -> Any:
    """Return a named tuple in server time; a time of 0 is none."""
    moved = {}
    for name in fields:
        seconds = getattr(fact, name)
        if seconds:
            ahead = server.offset(seconds * 1000)
            moved[name] = seconds + ahead // 1000
            exact = getattr(fact, f"{name}_msc", None)
            if exact is not None:
                moved[f"{name}_msc"] = exact + ahead
    return fact._replace(**moved)
