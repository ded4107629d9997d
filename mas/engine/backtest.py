"""What drives a client over history: move the clock, let the terminal book, tell, push.

A bar is pushed at the moment it has closed, so an order sent from the callback fills at the first
quote after the close (no look-ahead).
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from mas import views
from mas.clock import ManualClock
from mas.engine.session import own_venue
from mas.sim import SimSettings, SimTerminal
from mas.terminal.constants import TIMEFRAME_D1, TIMEFRAME_H1, TIMEFRAME_MN1, TIMEFRAME_W1

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger(__name__)


def replay_bars(client: Any, given: dict[str, Any]) -> None:
    """Push the bars of a symbol and timeframe that close between ``from`` and ``to``."""
    symbol, timeframe = given["symbol"], given["timeframe"]
    rates = _market_at(given["to"]).copy_rates_range(
        symbol, timeframe, given["from"], given["to"] - 1
    )
    code = views.timeframe_code(timeframe)
    moments = (
        (close_time(int(one["time"]), timeframe), views.bar(one, code))
        for one in (() if rates is None else rates)
    )
    _replay(client, given, moments, client.receive_bars)


def replay_ticks(client: Any, given: dict[str, Any]) -> None:
    """Push the ticks of a symbol between ``from`` and ``to``."""
    flags = views.TICK_MODES[given["mode"]]
    ticks = _market_at(given["to"]).copy_ticks_range(
        given["symbol"], given["from"], given["to"], flags
    )
    moments = ((int(one["time_msc"]), views.tick(one)) for one in (() if ticks is None else ticks))
    _replay(client, given, moments, client.receive_ticks)


def close_time(opened: int, timeframe: int) -> int:
    """Return when a bar that opened at epoch second `opened` closes, in milliseconds (R181)."""
    if timeframe == TIMEFRAME_MN1:
        return views.next_month(opened) * 1000
    if timeframe == TIMEFRAME_W1:
        return (opened + 7 * 86400) * 1000
    hourly = TIMEFRAME_H1 <= timeframe <= TIMEFRAME_D1
    minutes = 60 * (timeframe & 0xFFF) if hourly else timeframe
    return (opened + 60 * minutes) * 1000


def _market_at(seconds: int) -> SimTerminal:
    """Return a terminal that knows the history up to then."""
    terminal = SimTerminal(SimSettings(), clock=ManualClock(seconds * 1000))
    terminal.initialize()
    return terminal


def _replay(
    client: Any,
    given: dict[str, Any],
    moments: Iterator[tuple[int, views.Row]],
    receive: Any,
) -> None:
    """Advance to each moment, tell what the terminal did until then, push the moment's data."""
    log.warning("no history is stored: %s comes from the synthetic market", given["symbol"])
    clock = ManualClock(given["from"] * 1000)
    venue = own_venue(client, clock, SimSettings(balance=given["capital"]))
    client.trade_on(venue)
    pending = next(moments, None)
    while pending is not None:
        at, data = pending
        pending = next(moments, None)
        clock.set(max(at, clock.now_ms()))
        venue.poll()
        last = pending is None
        venue.dispatcher.put(partial(receive, given["symbol"], data, last))
        venue.poll()
