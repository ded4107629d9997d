"""What deals of a report in another language are: found by what they did."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mas.report.mt5.facts import BALANCE, BUY, IN, INOUT, OUT, OUT_BY, SELL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mas.report.mt5.facts import ReportDeal

SIDES = frozenset({BUY, SELL})
WAYS = frozenset({IN, OUT, INOUT, OUT_BY})
CASH = frozenset(
    {BALANCE, "credit", "charge", "correction", "bonus", "commission", "interest", "dividend"}
)
TINY = 1e-9


def words_read(deals: Iterable[ReportDeal]) -> list[ReportDeal]:
    """Return deals with English types and directions.

    A row without a symbol, or without a direction, is a balance operation. The first direction is
    ``in``, the most frequent other one ``out``, one with a stroke ``in/out``; the side is told by
    the money: a long gains when it closes higher.
    """
    known = [
        deal if deal.symbol and deal.direction else deal._replace(direction="", type=_cash(deal))
        for deal in deals
    ]
    dealt = [deal for deal in known if deal.direction]
    if not {deal.direction for deal in dealt} <= WAYS:
        ways = _ways(dealt)
        known = [deal._replace(direction=ways.get(deal.direction, "")) for deal in known]
    if {deal.type for deal in dealt} <= SIDES:
        return known
    first = dealt[0].type
    same, other = (BUY, SELL) if _is_buy(dealt, first) else (SELL, BUY)
    return [
        deal._replace(type=same if deal.type == first else other) if deal.direction else deal
        for deal in known
    ]


def _cash(deal: ReportDeal) -> str:
    return deal.type if deal.type in CASH else BALANCE


def _ways(dealt: list[ReportDeal]) -> dict[str, str]:
    """Return what each word for a direction means."""
    first = dealt[0].direction
    counts = Counter(deal.direction for deal in dealt)
    others = [word for word, _ in counts.most_common() if word != first and "/" not in word]
    found = {word: INOUT for word in counts if "/" in word}
    found |= dict.fromkeys(others[1:], OUT_BY) | dict.fromkeys(others[:1], OUT)
    return found | {first: IN}


def _is_buy(dealt: list[ReportDeal], word: str) -> bool:
    """Tell whether a word for a side means buy: by the sums of times from flat to flat."""
    votes = 0
    sums: dict[str, tuple[float, float, float]] = {}
    for deal in dealt:
        sign = 1 if deal.type == word else -1
        net, cash, profit = sums.get(deal.symbol, (0.0, 0.0, 0.0))
        net, cash = net + sign * deal.volume, cash - sign * deal.volume * deal.price
        profit += deal.profit
        if abs(net) < TINY:
            votes += (cash * profit > 0) - (cash * profit < 0)
            net = cash = profit = 0.0
        sums[deal.symbol] = net, cash, profit
    return votes >= 0
