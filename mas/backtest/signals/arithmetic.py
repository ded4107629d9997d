"""Trades of signals by array arithmetic: the simulated terminal's rules, one position at a time.

It knows forex symbols whose results come in the account's currency or are turned into it by the
pair itself, on an account with the usual settings, and says so where it does not.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from mas.backtest.signals.booking import (
    NEVER,
    AccountTerms,
    Entries,
    Trades,
    affordable,
    booked,
    lasts,
    priced,
)
from mas.history.serverclock import server_clock
from mas.sim import SimSettings
from mas.sim.conversion import AllQuoted, Converter
from mas.sim.rules import STEP_DUST
from mas.sim.swap import nights
from mas.sim.terms import Terms
from mas.terminal import constants as c

if TYPE_CHECKING:
    from mas.backtest.data import Replay
    from mas.backtest.signals.orders import Orders
    from mas.sim.symbols import Symbol
    from mas.timeunits import Ms

    Array = np.ndarray[Any, Any]

KNOWN_SETTINGS = (
    "seed", "balance", "currency", "leverage", "stop_out", "margin_call", "commission", "slippage",
    "login", "server", "server_zone", "symbols", "price_improvement", "stop_out_ends", "tester",
)  # fmt: skip
"""Those that may differ from the usual ones."""
SWAPS = frozenset({c.SYMBOL_SWAP_MODE_DISABLED, c.SYMBOL_SWAP_MODE_POINTS})


def account_of(
    replay: Replay, settings: SimSettings, pushed: Array, end: Ms, *, close_at_end: bool
) -> AccountTerms | str:
    """Return what the arithmetic works on, or why it does not.

    Parameters
    ----------
    end : int
        The last millisecond of the run.
    """
    symbol = replay.symbol
    why = _unknown(symbol, settings)
    if why:
        return why
    rows = replay.stream.rows()
    if not len(pushed) or not len(rows.times) or pushed[0] < rows.times[0]:
        return "there is no tick before the first signal"
    ticks = rows.times.searchsorted(pushed, side="right") - 1
    _, bids, asks = rows.at(ticks)
    server = server_clock(settings.server_zone)
    midnights = server.midnights(int(rows.times[0]), end)
    counts = [nights(symbol, at) for at in server.to_server(midnights).tolist()]
    _, *by_night = rows.at(rows.times.searchsorted(midnights) - 1)
    return AccountTerms(
        symbol, settings, rows, pushed, ticks, bids.astype(np.int64), asks.astype(np.int64),
        midnights, np.array(counts, np.int64),
        (by_night[0] / symbol.scale, by_night[1] / symbol.scale),
        Terms(symbol, settings, Converter([symbol], AllQuoted())), end,
        int(rows.times.searchsorted(end, side="right")) - 1, close_at_end,
    )  # fmt: skip


def _unknown(symbol: Symbol, settings: SimSettings) -> str:
    """Return what the arithmetic does not know, "" for nothing."""
    usual = SimSettings()
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if field.name not in KNOWN_SETTINGS and value != getattr(usual, field.name):
            return f"the setting {field.name} is {value!r}"
    known = {
        "trade_calc_mode": (c.SYMBOL_CALC_MODE_FOREX,),
        "chart_mode": (c.SYMBOL_CHART_MODE_BID,),
        "trade_mode": (c.SYMBOL_TRADE_MODE_FULL,),
        "trade_exemode": (c.SYMBOL_TRADE_EXECUTION_MARKET,),
        "swap_mode": SWAPS,
        "trade_stops_level": (0,),
        "trade_freeze_level": (0,),
        "tick_volume": (0,),
        "volume_limit": (0,),
        "margin_initial": (0,),
        "margin_maintenance": (0,),
        "start_time": (0,),
        "expiration_time": (0,),
        "order_gtc_mode": (c.SYMBOL_ORDERS_GTC,),
        "tick_points": (1,),
    }
    for name, values in known.items():
        if getattr(symbol, name) not in values:
            return f"{name} of {symbol.name} is {getattr(symbol, name)!r}"
    if symbol.margin_rates[:2] != (1.0, 1.0) or not symbol.filling_mode & c.SYMBOL_FILLING_FOK:
        return f"{symbol.name} has margin rates or fillings of its own"
    if settings.currency not in {symbol.currency_profit, symbol.currency_base}:
        return f"results of {symbol.name} are converted by another pair"
    if symbol.currency_margin not in {symbol.currency_profit, symbol.currency_base}:
        return f"margin of {symbol.name} is converted by another pair"
    return ""


# -- trades ------------------------------------------------------------------------------------


def chained(account: AccountTerms, orders: Orders) -> Trades | None:
    """Return the trades of some orders, None where money could run short."""
    bars = np.concatenate([orders.longs, orders.shorts])
    longs = np.arange(len(bars)) < len(orders.longs)
    sorting = np.argsort(bars, kind="stable")
    bars, longs = bars[sorting], longs[sorting]
    entries, bids, asks = account.ticks[bars], account.bids[bars], account.asks[bars]
    sls, tps = _levels(orders, bars, longs, bids, asks)
    good = _stops_do(longs, bids, asks, sls, tps)
    good &= _volumes_do(account.symbol, orders.volumes[bars])
    bars, longs, entries, bids, asks, sls, tps = (
        series[good] for series in (bars, longs, entries, bids, asks, sls, tps)
    )
    exit_bars = np.where(
        longs, _next(orders.long_exits, bars), _next(orders.short_exits, bars)
    )  # fmt: skip
    size = len(account.ticks)
    ends = account.ticks[np.minimum(exit_bars, size - 1)]
    stopped, reasons = _stopped(account, entries, ends, longs, sls, tps)
    # After a stop the next signal is that of the first bar pushed with its tick or later.
    by_stop = account.ticks.searchsorted(stopped)
    following = bars.searchsorted(np.where(stopped < NEVER, by_stop, exit_bars))
    found = Entries(
        bars, longs, entries, bids, asks, tps,
        np.where(stopped < NEVER, stopped, np.where(exit_bars < size, ends, -1)),
        np.where(stopped < NEVER, NEVER, exit_bars), reasons,
    )  # fmt: skip
    trips = priced(account, orders, found.part(_followed(following)))
    if not lasts(account, trips):
        every = priced(account, orders, found)
        taken = affordable(account, every, following)
        if taken is None:
            return None
        trips = every.part(taken)
    return booked(account, trips)


def _volumes_do(symbol: Symbol, volumes: Array) -> Array:
    """Tell which volumes are accepted, as :func:`mas.sim.rules.volume_of` does."""
    steps = volumes / symbol.volume_step
    whole = np.abs(steps - np.rint(steps)) <= STEP_DUST
    good: Array = whole & (volumes >= symbol.volume_min) & (volumes <= symbol.volume_max)
    return good & (volumes > 0)


def _levels(
    orders: Orders, bars: Array, longs: Array, bids: Array, asks: Array
) -> tuple[Array, Array]:
    """Return SL and TP in points, 0 for none."""
    dealt, sign = np.where(longs, asks, bids), np.where(longs, 1, -1)
    sls, tps = orders.sls[bars], orders.tps[bars]
    return (
        np.where(sls > 0, dealt - sign * sls, 0),
        np.where(tps > 0, dealt + sign * tps, 0),
    )


def _stops_do(longs: Array, bids: Array, asks: Array, sls: Array, tps: Array) -> Array:
    """Tell which orders pass: stops lie a point or more beyond the closing price (R60)."""
    base, sign = np.where(longs, bids, asks), np.where(longs, 1, -1)
    wrong = (sls < 0) | (tps < 0)
    wrong |= (sls != 0) & (sign * (base - sls) < 1)
    wrong |= (tps != 0) & (sign * (tps - base) < 1)
    good: Array = ~wrong
    return good


def _next(exits: Array, bars: Array) -> Array:
    """Return the first exit after each bar, NEVER for none."""
    return np.append(exits, NEVER)[exits.searchsorted(bars, side="right")]


def _stopped(
    account: AccountTerms, entries: Array, ends: Array, longs: Array, sls: Array, tps: Array
) -> tuple[Array, Array]:
    """Return at which tick stops close each position, NEVER for none, and which of them (R52)."""
    found = np.full(len(entries), NEVER)
    reasons = np.full(len(entries), "expert", object)
    rows = account.rows
    for levels, reason, long_side, short_side in (
        (tps, "tp", rows.bid_high, rows.ask_low),
        (sls, "sl", rows.bid_low, rows.ask_high),  # the stop loss where both are reached
    ):
        for side, extremes in ((longs, long_side), (~longs, short_side)):
            asked = np.flatnonzero(side & (levels != 0))
            hits = extremes.first_of_each(entries[asked] + 1, ends[asked] + 1, levels[asked])
            earlier = (hits >= 0) & (hits <= found[asked])
            found[asked[earlier]] = hits[earlier]
            reasons[asked[earlier]] = reason
    return found, reasons


def _followed(following: Array) -> Array:
    """Return the chain from the first entry on, each with the one that follows its exit."""
    taken, at = np.ones(len(following), np.bool_), 0
    for entry in np.flatnonzero(following != np.arange(1, len(following) + 1)).tolist():
        if entry >= at:
            at = int(following[entry])
            taken[entry + 1 : at] = False
    return np.flatnonzero(taken)
