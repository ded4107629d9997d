"""Round trips and exposure from deals."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from mas.events import REASONS
from mas.terminal import constants as c

if TYPE_CHECKING:
    from mas.terminal.types import TradeDeal

TRADES = frozenset({c.DEAL_TYPE_BUY, c.DEAL_TYPE_SELL})


CENTS = 2
LOTS = 8
DUST = 1e-9


class _Shares:
    """Hands out an amount of money in cents; who takes the last share takes what is left."""

    def __init__(self, amount: float) -> None:
        self._amount = self.left = amount

    def take(self, share: float, *, last: bool) -> float:
        """Return a share of the whole amount, rounded."""
        taken = round(self.left if last else self._amount * share, CENTS)
        self.left = round(self.left - taken, LOTS)
        return taken


class _Lot:
    """What is still open of a deal that opened, with its share of the commission."""

    def __init__(self, deal: TradeDeal, volume: float, cost: float) -> None:
        self.deal, self.whole, self.left = deal, volume, volume
        self.cost = _Shares(cost)


def round_trips(deals: list[TradeDeal]) -> Any:
    """Yield a row of the table of trades for each part of a position that was closed.

    The rows of a deal add up to its profit, its swap and its commission, to the cent.
    """
    entries: dict[int, deque[_Lot]] = {}
    for deal in deals:
        if deal.type not in TRADES:
            continue
        queue = entries.setdefault(deal.position_id, deque())
        left, cost = deal.volume, _Shares(deal.commission)
        if deal.entry != c.DEAL_ENTRY_IN:
            open_ = sum(lot.left for lot in queue)
            closed = min(open_, left) or left
            profit, swap, rest = _Shares(deal.profit), _Shares(deal.swap), closed
            while left > DUST and queue:
                lot = queue[0]
                part = min(lot.left, left)
                share, last = part / closed, rest - part <= DUST
                ends = lot.left - part <= DUST
                money = (
                    profit.take(share, last=last), swap.take(share, last=last),
                    lot.cost.take(part / lot.whole, last=ends)
                    + cost.take(part / deal.volume, last=left - part <= DUST),
                )  # fmt: skip
                yield _row(lot, deal, part, money)
                lot.left, left = round(lot.left - part, LOTS), round(left - part, LOTS)
                rest = round(rest - part, LOTS)
                if ends:
                    queue.popleft()
        if deal.entry == c.DEAL_ENTRY_IN or (deal.entry == c.DEAL_ENTRY_INOUT and left > DUST):
            queue.append(_Lot(deal, left, cost.left))


def _row(lot: _Lot, deal: TradeDeal, part: float, money: tuple[float, ...]) -> tuple[Any, ...]:
    entry = lot.deal
    profit, swap, commission = (round(amount, CENTS) for amount in money)
    return (
        deal.position_id, deal.symbol, "buy" if entry.type == c.DEAL_TYPE_BUY else "sell",
        round(part, LOTS), entry.time_msc, entry.price, deal.time_msc, deal.price,
        profit, swap, commission, round(profit + swap + commission, CENTS),
        REASONS[deal.reason], entry.order, deal.order,
    )  # fmt: skip
