"""Which position a closing deal closed. Reports do not say; the money does.

A closing deal is matched with an open position of its symbol, on the other side, that is large
enough: the one whose open price explains its profit best; then the one whose stop its comment
names, one of exactly its volume, the oldest. An account nets where a deal reverses a position
(``in/out``); it hedges where one is opened against another; else what explains more profits tells.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from mas.report.mt5.cells import number
from mas.report.mt5.facts import BUY, CLOSING, IN, INOUT, SELL
from mas.report.mt5.worth import NOISE, Worth, worth_of
from mas.timeunits import DAY_MS, Ms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mas.report.mt5.facts import ReportDeal, ReportRecord

TINY = 1e-9
ROUNDING = 0.03
"""Money by which rounded legs may differ from an unrounded result."""
EPOCH_WEEKDAY, FRIDAY = 4, 5
DRIFT = 0.01
"""How far a conversion rate may move between two closing deals, as a share of it."""


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
    joined : tuple of (int, float)
        When parts of this volume came to the position after it was opened, ms, and their lots.
    """

    deal: ReportDeal
    buy: bool
    volume: float
    opened: int
    price_open: float
    commission: float
    position: int
    whole: bool
    joined: tuple[tuple[int, float], ...] = ()

    def held(self, at: Ms) -> float:
        """Return the share of the volume that was open at a time within the trade, ms."""
        later = sum(lots for time, lots in self.joined if time >= at)
        return 1.0 - later / self.volume if later else 1.0

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
    joined: list[tuple[int, float]] = field(default_factory=list)


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
    swapped : set of (symbol, type)
        Closing deals of which some have a swap.
    """

    def __init__(self, record: ReportRecord) -> None:
        self.record = record
        self.worths = {name: worth_of(record, name) for name in record.traded}
        self._stops = {order.order: (level(order.sl), level(order.tp)) for order in record.orders}
        deals = [deal for deal in record.deals if deal.direction]
        self.swapped = {(deal.symbol, deal.type) for deal in deals if deal.swap}
        self.nets = any(deal.direction == INOUT for deal in deals)
        walk = _Walk(self, netting=self.nets).run(deals)
        if not self.nets and not walk.hedged and not all(deal.position for deal in deals):
            netted = _Walk(self, netting=True).run(deals)
            if netted.explained > walk.explained:
                self.nets, walk = True, netted
        self.exits, self.odd = walk.exits, walk.odd

    def again(self, deals: Iterable[ReportDeal]) -> list[Exit]:
        """Return the same trades with other money in their deals, told apart by their numbers."""
        by_number = {deal.deal: deal for deal in deals}
        return [closing._replace(deal=by_number[closing.deal.deal]) for closing in self.exits]

    def stops(self, order: int) -> tuple[float, float]:
        """Return SL and TP of an order, 0 for none."""
        return self._stops.get(order, (0.0, 0.0))


class _Walk:
    """Reads the deals once, for a netting or a hedging account."""

    def __init__(self, known: Matching, *, netting: bool) -> None:
        self._known = known
        self._netting = netting
        self._open: dict[str, list[Lot]] = {}
        self.exits: list[Exit] = []
        self.odd: list[str] = []
        self.explained = 0
        """Closing deals whose profit is what their position would bring."""
        self.hedged = False
        """Whether a position was opened against another one, which no netting account can."""
        self._local: dict[str, Worth] = {}

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
        self.hedged |= any(lot.buy != (deal.type == BUY) for lot in lots)
        same = next((lot for lot in lots if self._joins(lot, deal)), None)
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
        same.joined.append((deal.time, volume))

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
        portion = part / lot.volume
        share = lot.commission * portion
        self._learn(deal, lot, part)
        lot.volume, lot.commission = lot.volume - part, lot.commission - share
        joined = tuple((time, amount * portion) for time, amount in lot.joined)
        lot.joined = [(time, amount * (1 - portion)) for time, amount in lot.joined]
        whole = lot.volume <= TINY
        if whole:
            lots.remove(lot)
        self.exits.append(
            Exit(deal, lot.buy, part, lot.opened, lot.price, share, lot.position, whole, joined)
        )
        return deal.volume - part

    def _closed_by(self, deal: ReportDeal, lots: list[Lot]) -> Lot | None:
        if deal.position:
            return next((lot for lot in lots if lot.position == deal.position), None)
        if deal.direction == INOUT or self._netting:
            return next(iter(_of_side(lots, buy=deal.type == SELL)), None)
        fitting = [
            lot for lot in _of_side(lots, buy=deal.type == SELL) if lot.volume >= deal.volume - TINY
        ]
        return min(fitting, key=lambda lot: self._rank(deal, lot), default=None)

    def _rank(self, deal: ReportDeal, lot: Lot) -> tuple[int, bool, bool, bool, int]:
        reached = level(deal.comment)
        named = reached in self._known.stops(lot.order) if reached else False
        other = abs(lot.volume - deal.volume) > TINY
        return self._missed(deal, lot), not named, self._swap_odd(deal, lot), other, lot.position

    def _swap_odd(self, deal: ReportDeal, lot: Lot) -> bool:
        """Tell whether a position has seen a night and the deal no swap, or the other way."""
        if (deal.symbol, deal.type) not in self._known.swapped:
            return False
        seen = any(
            0 < (day + EPOCH_WEEKDAY) % 7 <= FRIDAY
            for day in range(lot.opened // DAY_MS, deal.time // DAY_MS)
        )
        return seen != bool(deal.swap)

    def _missed(self, deal: ReportDeal, lot: Lot) -> int:
        """Return how badly a position explains a deal's profit, 0 where it does to the cent."""
        worth, money = self._worth(deal.symbol), self._known.record.money_digits
        if worth is not None and worth.exact:
            volume = min(deal.volume, lot.volume)
            booked = worth.booked(volume, lot.price, deal.price, money, buy=lot.buy)
            if any(abs(profit - deal.profit) < 0.5 * 10.0**-money for profit in booked):
                return 0
        return 1 + int(self._error(deal, lot) / self._noise(deal))

    def _worth(self, symbol: str) -> Worth | None:
        return self._local.get(symbol) or self._known.worths.get(symbol)

    def _noise(self, deal: ReportDeal) -> float:
        """Return the error that rounding makes, and a conversion rate that is not known."""
        worth = self._worth(deal.symbol)
        return ROUNDING + (0.0 if worth is None or worth.exact else DRIFT * abs(deal.profit))

    def _error(self, deal: ReportDeal, lot: Lot) -> float:
        """Return by how much money the profit differs from what this position would bring."""
        worth = self._worth(deal.symbol)
        if worth is None:
            return 0.0
        volume = min(deal.volume, lot.volume)
        return abs(worth.profit(volume, lot.price, deal.price, buy=lot.buy) - deal.profit)

    def _learn(self, deal: ReportDeal, lot: Lot, part: float) -> None:
        """Count what is explained, and follow a rate that drifts."""
        worth = self._worth(deal.symbol)
        if worth is None or self._error(deal, lot) > self._noise(deal):
            return
        self.explained += 1
        gain = (deal.price - lot.price if lot.buy else lot.price - deal.price) * part
        if not worth.exact and gain and abs(deal.profit) >= NOISE:
            self._local[deal.symbol] = worth._replace(lot=deal.profit / gain)


def level(text: str) -> float:
    """Return the price at the end of a text such as ``sl 147.545``; 0 for none."""
    try:
        return number(text.strip("[]").rsplit(maxsplit=1)[-1]) if text.strip() else 0.0
    except (ValueError, IndexError):
        return 0.0


def _of_side(lots: Iterable[Lot], *, buy: bool) -> list[Lot]:
    return [lot for lot in lots if lot.buy == buy]
