"""Best and worst floating result of positions, and of the parts in which they were closed (R241).

The floating result is profit and swap, without commission. The price of the deal that closes counts
as the last tick; where two positions close each other, only ticks count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mas.sim.money import rounded
from mas.terminal import constants as c

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mas.backtest.valuation.extremes import Extremes
    from mas.backtest.valuation.states import States
    from mas.terminal.types import TradeDeal

    Array = np.ndarray[Any, Any]

TRADES = frozenset({c.DEAL_TYPE_BUY, c.DEAL_TYPE_SELL})
CLOSING = frozenset({c.DEAL_ENTRY_OUT, c.DEAL_ENTRY_INOUT})


class Excursion(NamedTuple):
    """The best (``mfe``) and the worst (``mae``) floating result, account currency."""

    mfe: float
    mae: float


class Spell(NamedTuple):
    """One spell of a position: its last state, its volume, its best and worst result."""

    last: int
    volume: float
    best: float
    worst: float


class Closing(NamedTuple):
    """A deal that closed a part of a position: lots before it and of the part, result a lot."""

    deal: TradeDeal
    held: float
    part: float
    each: float


def by_position(
    states: States, deals: list[TradeDeal], found: Extremes, digits: int
) -> dict[int, Excursion]:
    """Return the extremes of each position, by identifier."""
    lived = _lived(states, found)
    values: dict[int, list[float]] = {
        identifier: [extreme for spell in spells for extreme in (spell.best, spell.worst)]
        for identifier, spells in lived.items()
    }
    for closing in _closings(deals):
        if closing.deal.entry in CLOSING:
            known = values.setdefault(closing.deal.position_id, [])
            known.append(closing.each * closing.held)
    return {
        identifier: _excursion(known, digits) for identifier, known in sorted(values.items())
    }  # fmt: skip


def by_deal(
    states: States, deals: list[TradeDeal], found: Extremes, digits: int
) -> dict[int, Excursion]:
    """Return the extremes of each part that was closed, by the closing deal's ticket.

    Those of the position until then, in the ratio of the part to what was open.
    """
    lived = _lived(states, found)
    done: dict[int, int] = {}
    known: dict[int, list[float]] = {}
    extremes: dict[int, Excursion] = {}
    for closing in _closings(deals):
        deal = closing.deal
        spells, at = lived.get(deal.position_id, []), done.get(deal.position_id, 0)
        state = int(states.times.searchsorted(deal.time_msc))
        each = known.setdefault(deal.position_id, [])
        while at < len(spells) and spells[at].last <= state:
            spell, at = spells[at], at + 1
            each += [spell.best / spell.volume, spell.worst / spell.volume]
        done[deal.position_id] = at
        if deal.entry in CLOSING:
            each.append(closing.each)
        if each:
            extremes[deal.ticket] = _excursion([change * closing.part for change in each], digits)
            each[:] = [max(each), min(each)]
        if deal.entry == c.DEAL_ENTRY_INOUT:
            each.clear()
    return extremes


def _lived(states: States, found: Extremes) -> dict[int, list[Spell]]:
    """Return the spells of each position that saw a tick, in their order, swap included."""
    lived: dict[int, list[Spell]] = {}
    for name, spells in states.spells.items():
        best, worst = found.best[name] + spells.swaps, found.worst[name] + spells.swaps
        seen = np.flatnonzero(np.isfinite(best))
        columns = (spells.identifiers, spells.lasts, spells.volumes, best, worst)
        for identifier, *rest in zip(*(column[seen].tolist() for column in columns), strict=True):
            lived.setdefault(identifier, []).append(Spell(*rest))
    for known in lived.values():
        known.sort(key=lambda lot: lot.last)
    return lived


def _closings(deals: list[TradeDeal]) -> Iterator[Closing]:
    """Yield the deals that took volume off a position."""
    held: dict[int, float] = {}
    for deal in deals:
        if deal.type not in TRADES:
            continue
        before = held.get(deal.position_id, 0.0)
        if deal.entry == c.DEAL_ENTRY_IN:
            held[deal.position_id] = round(before + deal.volume, 8)
            continue
        part = min(before, deal.volume) or deal.volume
        yield Closing(deal, before or part, part, (deal.profit + deal.swap) / part)
        held[deal.position_id] = round(abs(before - deal.volume), 8)


def _excursion(values: list[float], digits: int) -> Excursion:
    return Excursion(rounded(max(values), digits), rounded(min(values), digits))
