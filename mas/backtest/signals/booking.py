"""The money of chained trades: prices, results, swaps, commissions, and whether it lasts."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mas.sim.swap import night_swaps

if TYPE_CHECKING:
    from mas.backtest.signals.orders import Orders
    from mas.history.barrows import Rows
    from mas.sim import SimSettings
    from mas.sim.symbols import Symbol
    from mas.sim.terms import Terms

    Array = np.ndarray[Any, Any]

NEVER = np.iinfo(np.int64).max


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """What the arithmetic needs to know of symbol, account and history.

    Attributes
    ----------
    ticks : array of int64, (bars,)
        Index of the newest tick when a bar is pushed.
    midnights : array of int64
        Ends of the server's days, ms, within the history.
    nights : array of int64
        For how many nights each of them charges swap (R160 to R167).
    night_quotes : tuple of arrays
        Bid and ask before each of them.
    terms : Terms
        Of the symbol; results come in the account's currency, or the pair's own price converts.
    end : int
        The last millisecond of the run.
    last : int
        Index of the newest tick then.
    close_at_end : bool
        Whether what is open is closed with it (R231).
    """

    symbol: Symbol
    settings: SimSettings
    rows: Rows
    pushed: Array
    ticks: Array
    midnights: Array
    nights: Array
    night_quotes: tuple[Array, Array]
    terms: Terms
    end: int
    last: int
    close_at_end: bool


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


def booked(
    account: Account, orders: Orders, chosen: list[Array], exits: Array, at: Array, reasons: Array
) -> Trades | None:
    """Return the trades with their money, None where it could run short."""
    bars, longs, entries, bids, asks, tps = chosen
    symbol, settings, rows = account.symbol, account.settings, account.rows
    sign = np.where(longs, 1, -1)
    volumes, slip = orders.volumes[bars], settings.slippage
    entry_points = np.where(longs, asks, bids) + sign * slip
    left = exits < 0
    if account.close_at_end:
        exits = np.where(left, account.last, exits)
        reasons = np.where(left, "client", reasons)
    closed = exits >= 0
    left_at, exit_bids, exit_asks = rows.at(exits)
    out = np.where(longs, exit_bids, exit_asks).astype(np.int64) - sign * slip
    # A take profit never slips: its own price, or the quote's where that is better (R74). Nor does
    # what is closed at the end.
    quoted = out + sign * slip
    better = np.where(longs, np.maximum(quoted, tps), np.minimum(quoted, tps))
    at_tp = better if settings.price_improvement else tps
    exit_points = np.where(reasons == "tp", at_tp, np.where(left, quoted, out))
    entry_prices, exit_prices = entry_points / symbol.scale, exit_points / symbol.scale
    entry_times = account.pushed[bars]
    by_signal = at < NEVER
    exit_times = left_at.copy()
    exit_times[by_signal & ~left] = account.pushed[at[by_signal & ~left]]
    exit_times = np.where(left, np.maximum(exit_times, entry_times), exit_times)
    profits = account.terms.profits(volumes, entry_prices, exit_prices, longs)
    swaps = _swaps(account, longs, volumes, entry_times, np.where(left, NEVER, exit_times))
    commission = account.terms.commissions(volumes, entry_prices)
    nets = np.round(np.where(closed, profits + swaps + commission, 0.0), 8)
    before = settings.balance + np.concatenate([[0.0], np.cumsum(nets + commission)[:-1]])
    margins = volumes * account.terms.margins_per_lot(entry_prices, longs)
    spent = (exits, entries, longs, entry_points, volumes, margins, before + commission, swaps)
    if np.any(margins + 0.02 > before) or _could_stop_out(account, spent):
        return None
    balance = round(settings.balance + float(np.sum((nets + commission)[closed])), 8)
    balance += float(np.sum(commission[~closed]))
    made = [
        price[closed]
        for price in (
            longs, volumes, entry_times, entry_prices, exit_times, exit_prices, profits, swaps,
            2 * commission, np.round(nets + commission, 2), reasons,
        )
    ]  # fmt: skip
    return Trades._make([*made, round(balance, 2)])


def _swaps(account: Account, longs: Array, volumes: Array, entries: Array, exits: Array) -> Array:
    """Return the swap of the nights between entry and exit (R160 to R167)."""
    symbol = account.symbol
    if not symbol.swap_mode or not len(account.midnights) or not len(longs):
        return np.zeros(len(longs))
    total = np.zeros(len(longs))
    first = account.midnights.searchsorted(entries, side="right")
    last = account.midnights.searchsorted(np.minimum(exits, account.end), side="right")
    for volume in np.unique(volumes):
        for long in (True, False):
            chosen = (volumes == volume) & (longs == long)
            nightly = _nights(account, float(volume), long=long)
            sums = np.concatenate([[0.0], np.cumsum(nightly)])
            total[chosen] = sums[last[chosen]] - sums[first[chosen]]
    return np.round(total, 8)


def _nights(account: Account, volume: float, *, long: bool) -> Array:
    """Return the swap charged at each midnight, at the last quote before it (R167)."""
    return night_swaps(
        account.terms, volume, account.night_quotes[not long], account.nights, buy=long,
        quoted=lambda _: account.night_quotes,
    )  # fmt: skip


def _could_stop_out(account: Account, spent: tuple[Array, ...]) -> bool:
    """Tell whether any position comes near its stop out (R150), a little early rather than late."""
    exits, entries, longs, points, volumes, margins, balances, swaps = spent
    limit = account.settings.stop_out / 100 * margins
    loss = balances + np.minimum(swaps, 0.0) - limit - 0.05
    worth = volumes * account.symbol.trade_contract_size / account.symbol.scale
    if account.terms.of_profit.same:
        width = loss / worth
    else:  # prof = (price - entry) * size / price
        share = loss / (volumes * account.symbol.trade_contract_size)
        prices = points / account.symbol.scale
        far = np.where(longs, prices / (1 + share), prices / np.maximum(1 - share, 1e-9))
        width = np.abs(far - prices) * account.symbol.scale
    levels = np.where(longs, points - width + 2, points + width - 2)
    levels = np.clip(levels, -1e15, 1e15).astype(np.int64)
    ends = np.where(exits >= 0, exits, account.last) + 1
    rows = account.rows
    for side, extremes in ((longs, rows.bid_low), (~longs, rows.ask_high)):
        if np.any(extremes.first_of_each(entries[side], ends[side], levels[side]) >= 0):
            return True
    return False
