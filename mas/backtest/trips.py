"""Round trips and exposure from deals."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from mas.events import REASONS
from mas.terminal import constants as c

if TYPE_CHECKING:
    from mas.terminal.types import TradeDeal

TRADES = frozenset({c.DEAL_TYPE_BUY, c.DEAL_TYPE_SELL})


def round_trips(deals: list[TradeDeal]) -> Any:
    """Yield a row of the table of trades for each part of a position that was closed."""
    entries: dict[int, deque[list[Any]]] = {}
    for deal in deals:
        if deal.type not in TRADES:
            continue
        queue = entries.setdefault(deal.position_id, deque())
        left, whole = deal.volume, deal.volume
        if deal.entry != c.DEAL_ENTRY_IN:
            closing = sum(lot[0] for lot in queue)
            closed = min(closing, whole) or whole
            while left > 1e-9 and queue:
                entry = queue[0]
                part = min(entry[0], left)
                share, cost = part / closed, entry[1].commission * part / entry[1].volume
                commission = cost + deal.commission * part / whole
                profit, swap = deal.profit * share, deal.swap * share
                yield (
                    deal.position_id, deal.symbol,
                    "buy" if entry[1].type == c.DEAL_TYPE_BUY else "sell", round(part, 8),
                    entry[1].time_msc, entry[1].price, deal.time_msc, deal.price,
                    round(profit, 2), round(swap, 2), round(commission, 2),
                    round(profit + swap + commission, 2), REASONS[deal.reason],
                    entry[1].order, deal.order,
                )  # fmt: skip
                entry[0] = round(entry[0] - part, 8)
                left = round(left - part, 8)
                if entry[0] <= 1e-9:
                    queue.popleft()
        if deal.entry == c.DEAL_ENTRY_IN or (deal.entry == c.DEAL_ENTRY_INOUT and left > 1e-9):
            queue.append([left, deal])
