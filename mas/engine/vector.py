"""Trades of signals by array arithmetic: the simulated terminal's rules, one position at a time.

It knows forex symbols whose results come in the account's currency or are turned into it by the
pair itself, on an account with the usual settings, and says so where it does not.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mas.sim import SimSettings
from mas.sim.money import DIGITS, SCALES, digits_of, rounded
from mas.sim.swap import nights, point_value
from mas.terminal import constants as c

if TYPE_CHECKING:
    from mas.engine.data import Replay
    from mas.engine.signals import Orders
    from mas.history.pyramid import Pyramid
    from mas.sim.symbols import Symbol

    Array = np.ndarray[Any, Any]

DAY = 86_400_000
NEVER = np.iinfo(np.int64).max
KNOWN_SETTINGS = (
    "seed", "balance", "currency", "leverage", "stop_out", "margin_call", "commission", "slippage",
    "login", "server", "symbols",
)  # fmt: skip
"""Those that may differ from the usual ones."""
SWAPS = frozenset({c.SYMBOL_SWAP_MODE_DISABLED, c.SYMBOL_SWAP_MODE_POINTS})


class Trades(NamedTuple):
    """Round trips as columns, and the balance at the end."""

    longs: Array
    volumes: Array
    entry_times: Array
    entry_prices: Array
    exit_times: Array
    exit_prices: Array
    profits: Array
    swaps: Array
    commissions: Array
    nets: Array
    reasons: Array
    balance: float


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """What the arithmetic needs to know of symbol, account and history.

    Attributes
    ----------
    ticks : array of int64, (bars,)
        Index of the newest tick when a bar is pushed.
    midnights : array of int64
        Ends of days, ms, within the history.
    direct : bool
        Whether results come in the account's currency; else the pair's own price converts.
    digits : int
        Of the account's currency.
    """

    symbol: Symbol
    settings: SimSettings
    times: Array
    bids: Array
    asks: Array
    pyramid: Pyramid
    pushed: Array
    ticks: Array
    midnights: Array
    direct: bool
    digits: int


def account_of(replay: Replay, settings: SimSettings, pushed: Array) -> Account | str:
    """Return what the arithmetic works on, or why it does not."""
    symbol = replay.symbol
    why = _unknown(symbol, settings)
    if why:
        return why
    times, bids, asks = (np.asarray(one) for one in replay.columns[:3])
    if not len(pushed) or pushed[0] < times[0]:
        return "there is no tick before the first signal"
    ticks = times.searchsorted(pushed, side="right") - 1
    first, last = int(times[0]) // DAY + 1, int(pushed[-1]) // DAY
    return Account(
        symbol, settings, times, bids, asks, replay.stream.pyramid(), pushed, ticks,
        np.arange(first, last + 1) * DAY, symbol.currency_profit == settings.currency,
        digits_of(settings.currency),
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
    return ""


# -- trades ------------------------------------------------------------------------------------


def chained(account: Account, orders: Orders) -> Trades | None:
    """Return the trades of some orders, None where money could run short."""
    if not _volumes_do(account.symbol, orders):
        return None
    bars = np.concatenate([orders.longs, orders.shorts])
    longs = np.arange(len(bars)) < len(orders.longs)
    sorting = np.argsort(bars, kind="stable")
    bars, longs = bars[sorting], longs[sorting]
    entries = account.ticks[bars]
    bids, asks = account.bids[entries].astype(np.int64), account.asks[entries].astype(np.int64)
    sls, tps = _levels(orders, bars, longs, bids, asks)
    good = _stops_do(longs, bids, asks, sls, tps)
    bars, longs, entries, bids, asks, sls, tps = (
        one[good] for one in (bars, longs, entries, bids, asks, sls, tps)
    )
    exit_bars = np.where(
        longs, _next(orders.long_exits, bars), _next(orders.short_exits, bars)
    )  # fmt: skip
    size = len(account.ticks)
    ends = np.append(account.ticks, len(account.times) - 1)[np.minimum(exit_bars, size)]
    ends = np.where(exit_bars < size, ends, account.ticks[-1])
    stopped, reasons = _stopped(account, entries, ends, longs, sls, tps)
    # After a stop the next signal is that of the first bar pushed with its tick or later.
    by_stop = account.ticks.searchsorted(stopped)
    following = bars.searchsorted(np.where(stopped < NEVER, by_stop, exit_bars))
    taken = _followed(following)
    chosen = [one[taken] for one in (bars, longs, entries, bids, asks, tps)]
    exits = np.where(stopped < NEVER, stopped, np.where(exit_bars < size, ends, -1))[taken]
    at = np.where(stopped < NEVER, NEVER, exit_bars)[taken]
    return _booked(account, orders, chosen, exits, at, reasons[taken])


def _volumes_do(symbol: Symbol, orders: Orders) -> bool:
    """Tell whether all volumes would be accepted."""
    used = orders.volumes[np.concatenate([orders.longs, orders.shorts])]
    if not len(used):
        return True
    steps = used / symbol.volume_step
    whole = np.abs(steps - np.rint(steps)) < 1e-6
    return bool(whole.all() and used.min() >= symbol.volume_min and used.max() <= symbol.volume_max)


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
    account: Account, entries: Array, ends: Array, longs: Array, sls: Array, tps: Array
) -> tuple[Array, Array]:
    """Return at which tick stops close each position, NEVER for none, and which of them (R52)."""
    found = np.full(len(entries), NEVER)
    reasons = np.full(len(entries), "expert", object)
    pyramid = account.pyramid
    for levels, reason, long_side, short_side in (
        (tps, "tp", pyramid.bid_high, pyramid.ask_low),
        (sls, "sl", pyramid.bid_low, pyramid.ask_high),  # the stop loss where both are reached
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
    jumps, taken, at = following.tolist(), [], 0
    while at < len(jumps):
        taken.append(at)
        at = jumps[at]
    return np.array(taken, np.int64)


# -- money -------------------------------------------------------------------------------------


def _booked(
    account: Account, orders: Orders, chosen: list[Array], exits: Array, at: Array, reasons: Array
) -> Trades | None:
    """Return the trades with their money, None where it could run short."""
    bars, longs, entries, bids, asks, tps = chosen
    symbol, settings = account.symbol, account.settings
    sign = np.where(longs, 1, -1)
    volumes, slip = orders.volumes[bars], settings.slippage
    entry_points = np.where(longs, asks, bids) + sign * slip
    closed = exits >= 0
    out = np.where(longs, account.bids[exits], account.asks[exits]).astype(np.int64) - sign * slip
    exit_points = np.where(reasons == "tp", tps, out)
    entry_prices, exit_prices = entry_points / symbol.scale, exit_points / symbol.scale
    entry_times = account.pushed[bars]
    by_signal = at < NEVER
    exit_times = account.times[exits].copy()
    exit_times[by_signal & closed] = account.pushed[at[by_signal & closed]]
    profits = _profits(account, longs, volumes, entry_prices, exit_prices)
    swaps = _swaps(account, longs, volumes, entry_times, np.where(closed, exit_times, NEVER))
    amount = settings.commission if symbol.commission is None else symbol.commission
    commission = _commissions(amount, volumes, account.digits)
    nets = np.round(np.where(closed, profits + swaps + commission, 0.0), 8)
    before = settings.balance + np.concatenate([[0.0], np.cumsum(nets + commission)[:-1]])
    margins = _margins(account, volumes, entry_prices)
    spent = (exits, entries, longs, entry_points, volumes, margins, before + commission, swaps)
    if np.any(margins + 0.02 > before) or _could_stop_out(account, spent):
        return None
    balance = round(settings.balance + float(np.sum((nets + commission)[closed])), 8)
    balance += float(np.sum(commission[~closed]))
    made = [
        one[closed]
        for one in (
            longs, volumes, entry_times, entry_prices, exit_times, exit_prices, profits, swaps,
            2 * commission, np.round(nets + commission, 2), reasons,
        )
    ]  # fmt: skip
    return Trades._make([*made, round(balance, 2)])


def _rounded(money: Array, digits: int) -> Array:
    """Round half away from zero, as :func:`mas.sim.money.rounded` does (R145)."""
    scale = SCALES[digits]
    found: Array = np.copysign(np.floor(np.abs(money) * scale + 0.5 + 1e-7), money) / scale
    return found


def _profits(account: Account, longs: Array, volumes: Array, entries: Array, exits: Array) -> Array:
    """Return the results in account currency (R140, R141)."""
    symbol, size = account.symbol, account.symbol.trade_contract_size * volumes
    digits = DIGITS.get(symbol.currency_profit, 2)
    gain = _rounded(exits * size, digits) - _rounded(entries * size, digits)
    gain = np.where(longs, gain, -gain)
    rate = 1.0 if account.direct else 1.0 / exits
    return _rounded(gain * rate, account.digits)


def _commissions(amount: float, volumes: Array, digits: int) -> Array:
    return 0.0 - _rounded(amount * volumes, digits) if amount else np.zeros(len(volumes))


def _margins(account: Account, volumes: Array, prices: Array) -> Array:
    """Return the margin of each position in account currency (R127)."""
    value = volumes * account.symbol.trade_contract_size / account.settings.leverage
    own = account.symbol.currency_margin == account.settings.currency
    margins: Array = value if own else value * prices
    return margins


def _swaps(account: Account, longs: Array, volumes: Array, entries: Array, exits: Array) -> Array:
    """Return the swap of the nights between entry and exit (R160 to R167)."""
    symbol = account.symbol
    if not symbol.swap_mode or not len(account.midnights) or not len(longs):
        return np.zeros(len(longs))
    total = np.zeros(len(longs))
    counts = np.array([nights(symbol, int(one)) for one in account.midnights])
    first = account.midnights.searchsorted(entries, side="right")
    last = account.midnights.searchsorted(np.minimum(exits, account.pushed[-1]), side="right")
    for volume in np.unique(volumes):
        for long in (True, False):
            chosen = (volumes == volume) & (longs == long)
            nightly = counts * _night(account, float(volume), long=long)
            sums = np.concatenate([[0.0], np.cumsum(nightly)])
            total[chosen] = sums[last[chosen]] - sums[first[chosen]]
    return np.round(total, 8)


def _night(account: Account, volume: float, *, long: bool) -> Any:
    """Return one night's swap at each midnight (R161)."""
    symbol, digits = account.symbol, account.digits
    rate = symbol.swap_long if long else symbol.swap_short
    value = rounded(point_value(symbol) * volume, digits_of(symbol.currency_profit))
    if account.direct:
        return rounded(rate * rounded(value, digits), digits)
    index = account.times.searchsorted(account.midnights, side="right") - 1
    # A gain converts at the worse side: the dearer price of the account's currency.
    side = account.asks if rate > 0 else account.bids
    prices = side[index] / symbol.scale
    return _rounded(rate * _rounded(value / prices, digits), digits)


def _could_stop_out(account: Account, spent: tuple[Array, ...]) -> bool:
    """Tell whether any position comes near its stop out (R150), a little early rather than late."""
    exits, entries, longs, points, volumes, margins, balances, swaps = spent
    limit = account.settings.stop_out / 100 * margins
    loss = balances + np.minimum(swaps, 0.0) - limit - 0.05
    worth = volumes * account.symbol.trade_contract_size / account.symbol.scale
    if account.direct:
        width = loss / worth
    else:  # prof = (price - entry) * size / price
        share = loss / (volumes * account.symbol.trade_contract_size)
        prices = points / account.symbol.scale
        far = np.where(longs, prices / (1 + share), prices / np.maximum(1 - share, 1e-9))
        width = np.abs(far - prices) * account.symbol.scale
    levels = np.where(longs, points - width + 2, points + width - 2)
    levels = np.clip(levels, -1e15, 1e15).astype(np.int64)
    ends = np.where(exits >= 0, exits, account.ticks[-1]) + 1
    pyramid = account.pyramid
    for side, extremes in ((longs, pyramid.bid_low), (~longs, pyramid.ask_high)):
        if np.any(extremes.first_of_each(entries[side], ends[side], levels[side]) >= 0):
            return True
    return False
