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
class AccountTerms:
    """What the arithmetic needs to know of symbol, account and history.

    Attributes
    ----------
    ticks : array of int64, (bars,)
        Index of the newest tick when a bar is pushed.
    bids, asks : array of int64, (bars,)
        The quote of that tick, points, at which entries and exits by signals deal.
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
    bids: Array
    asks: Array
    midnights: Array
    nights: Array
    night_quotes: tuple[Array, Array]
    terms: Terms
    end: int
    last: int
    close_at_end: bool

    @property
    def near(self) -> float:
        """Money that rounding may shift, amply: two of the smallest units."""
        return 2 / 10.0**self.terms.digits


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


class Entries(NamedTuple):
    """Entries that would be accepted, with their exits; one row each.

    Attributes
    ----------
    bars, ticks : array of int64
        At whose end they are, and the newest tick then.
    bids, asks : array of int64
        The quote then, points.
    tps : array of int64
        Points, 0 for none.
    exits : array of int64
        The tick at which the position is closed, -1 for none.
    exit_bars : array of int64
        The bar whose signal closes it, NEVER for a stop.
    """

    bars: Array
    longs: Array
    ticks: Array
    bids: Array
    asks: Array
    tps: Array
    exits: Array
    exit_bars: Array
    reasons: Array

    def part(self, chosen: Array) -> Entries:
        """Return some of them."""
        return Entries._make(column[chosen] for column in self)


class Trips(NamedTuple):
    """The positions of some entries with their money; one row each.

    Attributes
    ----------
    ticks, exits : array of int64
        The ticks of entry and exit, -1 for none.
    points : array of int64
        Entry price.
    commissions : array of float
        Of the entry, and of the exit likewise.
    nets : array of float
        What the exit books; 0 while open.
    asked : array of float
        Margin for which there must be money when the order is sent.
    """

    ticks: Array
    longs: Array
    volumes: Array
    points: Array
    entry_times: Array
    entry_prices: Array
    exits: Array
    exit_times: Array
    exit_prices: Array
    profits: Array
    swaps: Array
    commissions: Array
    nets: Array
    asked: Array
    reasons: Array

    def part(self, chosen: Array) -> Trips:
        """Return some of them."""
        return Trips._make(column[chosen] for column in self)

    def brings(self) -> Array:
        """Return what each adds to the balance, from one entry to the next."""
        total: Array = self.nets + self.commissions
        return total


def priced(account: AccountTerms, orders: Orders, entries: Entries) -> Trips:
    """Return what each entry would bring if the account could carry it."""
    longs, exits, reasons = entries.longs, entries.exits, entries.reasons
    symbol, settings = account.symbol, account.settings
    sign = np.where(longs, 1, -1)
    volumes, slip = orders.volumes[entries.bars], settings.slippage
    quoted = np.where(longs, entries.asks, entries.bids)
    points = quoted + sign * slip
    left = exits < 0
    if account.close_at_end:
        exits = np.where(left, account.last, exits)
        reasons = np.where(left, "client", reasons)
    by_signal = (entries.exit_bars < NEVER) & ~left
    exit_times, exit_bids, exit_asks = _exits(account, entries.exit_bars, exits, by_signal)
    met = np.where(longs, exit_bids, exit_asks)
    # A take profit never slips: its own price, or the quote's where that is better (R74). Nor does
    # what is closed at the end.
    better = np.where(longs, np.maximum(met, entries.tps), np.minimum(met, entries.tps))
    at_tp = better if settings.price_improvement else entries.tps
    exit_points = np.where(reasons == "tp", at_tp, np.where(left, met, met - sign * slip))
    entry_prices, exit_prices = points / symbol.scale, exit_points / symbol.scale
    entry_times = account.pushed[entries.bars]
    exit_times = np.where(left, np.maximum(exit_times, entry_times), exit_times)
    profits = account.terms.profits(volumes, entry_prices, exit_prices, longs)
    swaps = _swaps(account, longs, volumes, entry_times, np.where(left, NEVER, exit_times))
    commissions = account.terms.commissions(volumes, entry_prices)
    nets = np.round(np.where(exits >= 0, profits + swaps + commissions, 0.0), 8)
    asked = volumes * account.terms.margins_per_lot(quoted / symbol.scale, longs)
    return Trips(
        entries.ticks, longs, volumes, points, entry_times, entry_prices, exits, exit_times,
        exit_prices, profits, swaps, commissions, nets, asked, reasons,
    )  # fmt: skip


def _exits(
    account: AccountTerms, bars: Array, ticks: Array, by_signal: Array
) -> tuple[Array, Array, Array]:
    """Return time, bid and ask of exits: when the bar is pushed, or of the tick of a stop."""
    at = np.where(by_signal, bars, 0)
    times, bids, asks = account.pushed[at], account.bids[at], account.asks[at]
    others = np.flatnonzero(~by_signal)
    times[others], bids[others], asks[others] = account.rows.at(ticks[others])
    return times, bids, asks


def lasts(account: AccountTerms, trips: Trips) -> bool:
    """Tell whether there surely is money for each entry, one after the other (R125)."""
    return bool(np.all(trips.asked + account.near <= _before(account, trips)))


def affordable(account: AccountTerms, trips: Trips, following: Array) -> Array | None:
    """Return the entries that find the money, each followed by the first after its exit.

    None where the money is enough or not by a hair.
    """
    brings, asked = trips.brings().tolist(), trips.asked.tolist()
    jumps, balance, near = following.tolist(), account.settings.balance, account.near
    taken, at = [], 0
    while at < len(jumps):
        spare = balance - asked[at]
        if abs(spare) < near:
            return None
        if spare < 0:
            at += 1
            continue
        taken.append(at)
        balance += brings[at]
        at = jumps[at]
    return np.array(taken, np.int64)


def booked(account: AccountTerms, trips: Trips) -> Trades | None:
    """Return the trades, None where one could be stopped out or there may be no money for it."""
    if not lasts(account, trips) or _could_stop_out(account, trips):
        return None
    closed, brings = trips.exits >= 0, trips.brings()
    balance = round(account.settings.balance + float(np.sum(brings[closed])), 8)
    balance += float(np.sum(trips.commissions[~closed]))
    made = [
        column[closed]
        for column in (
            trips.longs, trips.volumes, trips.entry_times, trips.entry_prices, trips.exit_times,
            trips.exit_prices, trips.profits, trips.swaps, 2 * trips.commissions,
            np.round(brings, 2), trips.reasons,
        )
    ]  # fmt: skip
    return Trades._make([*made, round(balance, 2)])


def _before(account: AccountTerms, trips: Trips) -> Array:
    """Return the balance before each entry."""
    sums = np.concatenate([[0.0], np.cumsum(trips.brings())[:-1]])
    found: Array = account.settings.balance + sums
    return found


def _swaps(
    account: AccountTerms, longs: Array, volumes: Array, entries: Array, exits: Array
) -> Array:
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


def _nights(account: AccountTerms, volume: float, *, long: bool) -> Array:
    """Return the swap charged at each midnight, at the last quote before it (R167)."""
    return night_swaps(
        account.terms, volume, account.night_quotes[not long], account.nights, buy=long,
        quoted=lambda _: account.night_quotes,
    )  # fmt: skip


def _could_stop_out(account: AccountTerms, trips: Trips) -> bool:
    """Tell whether any position comes near its stop out (R150), a little early rather than late."""
    longs, volumes, points, symbol = trips.longs, trips.volumes, trips.points, account.symbol
    size = volumes * symbol.trade_contract_size
    margins = volumes * account.terms.margins_per_lot(trips.entry_prices, longs)
    limit = account.settings.stop_out / 100 * margins
    money = _before(account, trips) + trips.commissions + np.minimum(trips.swaps, 0.0)
    loss = money - limit - 2.5 * account.near
    if account.terms.of_profit.same:
        width = loss / size * symbol.scale
    else:  # profit = (price - entry) * size / price
        share = loss / size
        far = np.where(longs, 1 / (1 + share), 1 / np.maximum(1 - share, 1e-9))
        width = np.abs(far - 1) * points
    levels = np.where(longs, points - width + 2, points + width - 2)
    levels = np.clip(levels, -1e15, 1e15).astype(np.int64)
    ends = np.where(trips.exits >= 0, trips.exits, account.last) + 1
    rows = account.rows
    for side, extremes in ((longs, rows.bid_low), (~longs, rows.ask_high)):
        if np.any(extremes.first_of_each(trips.ticks[side], ends[side], levels[side]) >= 0):
            return True
    return False
