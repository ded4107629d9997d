"""Which position a closing deal closed. Reports do not say; the money does.

A closing deal is matched with an open position of its symbol, on the other side, that is large
enough: the one whose open price explains its profit best; then the one whose stop its comment
names, one of exactly its volume, the oldest. Whether an account nets is told by a reversal
(``in/out``), by a closing deal that is larger than each open position, or by what explains more.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from mas.report.mt5.facts import BUY, CLOSING, IN, INOUT, SELL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mas.report.mt5.facts import ReportDeal, ReportRecord

TINY = 1e-9
NOISE = 5.0
"""Money below which rounding hides what a price step is worth."""


class Exit(NamedTuple):
    """One closing deal and what it closed: a trade of the tester (R231, R236).

    Attributes
    ----------
    buy : bool
        Whether a long position was closed.
    opened : int
        When the position was opened, ms.
    price_open : float
        Its open price, the average where it has several entries.
    commission : float
        The share of its entries' commission, account currency.
    position : int
        Identifier, or the number of the deal that opened it.
    whole : bool
        Whether nothing of the position was left.
    """

    deal: ReportDeal
    buy: bool
    volume: float
    opened: int
    price_open: float
    commission: float
    position: int
    whole: bool

    @property
    def net(self) -> float:
        """Profit, swap and commission, the entry's share included, account currency (R236)."""
        return round(self.deal.net + self.commission, 8)

    @property
    def seconds(self) -> int:
        """From the opening to this deal."""
        return (self.deal.time - self.opened) // 1000


@dataclass(slots=True)
class Lot:
    """What is open of one position while the deals are read."""

    position: int
    buy: bool
    volume: float
    price: float
    opened: int
    commission: float
    order: int


class Worth(NamedTuple):
    """What a price step of one lot brings: `lot` money, divided by the price where `inverse`."""

    lot: float
    inverse: bool

    def profit(self, volume: float, opened: float, closed: float, *, buy: bool) -> float:
        """Return the result between two prices, not rounded."""
        gain = (closed - opened if buy else opened - closed) * volume * self.lot
        return gain / closed if self.inverse and closed else gain


def worth_of(record: ReportRecord, symbol: str) -> Worth | None:
    """Find what a price step of a symbol is worth: median over the times from flat to flat.

    Between two moments without a position the profits are the money that buys and sells brought,
    whichever position each deal belongs to.
    """
    inverse = symbol[:3].upper() == record.currency
    found, net, cash, profit, paid, count = [], 0.0, 0.0, 0.0, 0.0, 0
    for deal in record.deals:
        if deal.symbol != symbol or not deal.direction:
            continue
        sign = 1.0 if deal.type == BUY else -1.0
        net += sign * deal.volume
        cash -= sign * deal.volume * deal.price
        profit, paid, count = profit + deal.profit, paid + deal.price, count + 1
        if abs(net) < TINY:
            if abs(profit) >= NOISE and cash:
                found.append(profit / cash * (paid / count if inverse else 1.0))
            net = cash = profit = paid = 0.0
            count = 0
    return Worth(median(found), inverse) if found and median(found) > 0 else None


def exits(record: ReportRecord) -> list[Exit]:
    """Return the closing deals of a record with what they closed, in their order."""
    return Matching(record).exits


def netting(record: ReportRecord) -> bool:
    """Tell whether the account of a record holds one position for each symbol."""
    return Matching(record).nets


class Matching:
    """The positions of a record.

    Attributes
    ----------
    nets : bool
        Whether the account has one position for each symbol.
    exits : list of Exit
        Its trades.
    odd : list of str
        Closing deals for which nothing was open.
    """

    def __init__(self, record: ReportRecord) -> None:
        self.record = record
        self.worths = {name: worth_of(record, name) for name in record.traded}
        self._stops = {one.order: (one.sl, one.tp) for one in record.orders}
        deals = [one for one in record.deals if one.direction]
        self.nets = any(one.direction == INOUT for one in deals)
        hedged = _Walk(self, netting=self.nets).run(deals)
        if not self.nets and not all(one.position for one in deals):
            netted = _Walk(self, netting=True).run(deals)
            if (len(netted.odd), netted.miss) < (len(hedged.odd), hedged.miss - 0.01):
                self.nets, hedged = True, netted
        self.exits, self.odd = hedged.exits, hedged.odd

    def stops(self, order: int) -> tuple[str, str]:
        """Return SL and TP of an order as printed."""
        return self._stops.get(order, ("", ""))


class _Walk:
    """Reads the deals once, for a netting or a hedging account."""

    def __init__(self, known: Matching, *, netting: bool) -> None:
        self._known = known
        self._netting = netting
        self._open: dict[str, list[Lot]] = {}
        self.exits: list[Exit] = []
        self.odd: list[str] = []
        self.miss = 0.0

    def run(self, deals: Sequence[ReportDeal]) -> _Walk:
        for deal in deals:
            left = deal.volume
            if deal.direction in CLOSING:
                left = self._close(deal)
            if deal.direction == IN or (deal.direction == INOUT and left > TINY):
                self._enter(deal, left)
        return self

    def _enter(self, deal: ReportDeal, volume: float) -> None:
        lots = self._open.setdefault(deal.symbol, [])
        same = next((one for one in lots if self._joins(one, deal)), None)
        share = deal.commission * volume / deal.volume if deal.volume else 0.0
        share = 0.0 if deal.direction == INOUT else share
        if same is None:
            number = deal.position or deal.deal
            lots.append(
                Lot(number, deal.type == BUY, volume, deal.price, deal.time, share, deal.order)
            )
            return
        whole = same.volume + volume
        same.price = (same.price * same.volume + deal.price * volume) / whole
        same.volume, same.commission = whole, same.commission + share

    def _joins(self, lot: Lot, deal: ReportDeal) -> bool:
        if deal.position:
            return lot.position == deal.position
        return self._netting and lot.buy == (deal.type == BUY)

    def _close(self, deal: ReportDeal) -> float:
        """Take a closing deal off what is open; return the volume that was not open."""
        lots = self._open.setdefault(deal.symbol, [])
        lot = self._closed_by(deal, lots)
        if lot is None:
            self.odd.append(f"deal {deal.deal} closes what no earlier deal of the report opened")
            self.exits.append(
                Exit(deal, deal.type == SELL, deal.volume, deal.time, deal.price, 0.0, 0, False)
            )
            return 0.0
        part = min(lot.volume, deal.volume)
        share = lot.commission * part / lot.volume
        self.miss += self._error(deal, lot)
        lot.volume, lot.commission = lot.volume - part, lot.commission - share
        whole = lot.volume <= TINY
        if whole:
            lots.remove(lot)
        self.exits.append(
            Exit(deal, lot.buy, part, lot.opened, lot.price, share, lot.position, whole)
        )
        return deal.volume - part

    def _closed_by(self, deal: ReportDeal, lots: list[Lot]) -> Lot | None:
        if deal.position:
            return next((one for one in lots if one.position == deal.position), None)
        if deal.direction == INOUT or self._netting:
            return next(iter(_of_side(lots, buy=deal.type == SELL)), None)
        fitting = [
            one for one in _of_side(lots, buy=deal.type == SELL) if one.volume >= deal.volume - TINY
        ]
        return min(fitting, key=lambda one: self._rank(deal, one), default=None)

    def _rank(self, deal: ReportDeal, lot: Lot) -> tuple[float, bool, bool, int]:
        level = deal.comment.split()[-1].strip("[]") if deal.comment.strip() else ""
        named = level in self._known.stops(lot.order) if level else False
        other = abs(lot.volume - deal.volume) > TINY
        return round(self._error(deal, lot), 2), not named, other, lot.position

    def _error(self, deal: ReportDeal, lot: Lot) -> float:
        """Return by how much money the profit differs from what this position would bring."""
        worth = self._known.worths.get(deal.symbol)
        if worth is None:
            return 0.0
        volume = min(deal.volume, lot.volume)
        return abs(worth.profit(volume, lot.price, deal.price, buy=lot.buy) - deal.profit)


def _of_side(lots: Iterable[Lot], *, buy: bool) -> list[Lot]:
    return [one for one in lots if one.buy == buy]
