"""Margin of a whole account by its mode: netting, hedging, larger leg (R124 to R134).

A book's sums are margins before the rate of the order type; the rates come in here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from mas.sim.book import UNIT
from mas.sim.money import rounded
from mas.terminal import constants as c

if TYPE_CHECKING:
    from mas.sim.symbols import Symbol

Reserved = dict[tuple[bool, bool], int]
SQUARE = UNIT * UNIT
BUY, SELL = c.POSITION_TYPE_BUY, c.POSITION_TYPE_SELL  # 0 and 1, as the lists are ordered


class Sums(Protocol):
    """The sums of a :class:`mas.sim.book.Book`, or of one as it would be."""

    @property
    def lots(self) -> list[int]:
        """Open volume by side."""

    @property
    def margins(self) -> list[int]:
        """Margin of it by side, before the rate of the order type."""

    @property
    def reserved(self) -> Reserved:
        """Margin of pending orders."""


class Trial(NamedTuple):
    """The sums of a book after an order that is not placed yet."""

    lots: list[int]
    margins: list[int]
    reserved: Reserved


def symbol_margin(symbol: Symbol, book: Sums, *, hedging: bool, digits: int) -> float:
    """Return the margin that positions and orders of one symbol take, account currency."""
    if not hedging:
        total = netting(symbol, book)
    elif symbol.margin_hedged_use_leg:
        total = larger_leg(symbol, book)
    else:
        total = hedged(symbol, book, digits) + sum(book.reserved.values()) / SQUARE
    return rounded(total, digits)


def netting(symbol: Symbol, book: Sums) -> float:
    """Return the larger of what is bought and sold, plus all stop orders (R130).

    The position and the limit orders of its side are one side, the limit orders of the other are
    the other; a stop order may find either, so each adds.
    """
    sides = [_leg(symbol, book, BUY), _leg(symbol, book, SELL)]
    stops = 0.0
    for (buy, stop), amount in book.reserved.items():
        if stop:
            stops += amount / SQUARE
        else:
            sides[BUY if buy else SELL] += amount / SQUARE
    return max(sides) + stops


def larger_leg(symbol: Symbol, book: Sums) -> float:
    """Return the larger of both sides with their pending orders (R134)."""
    sides = [_leg(symbol, book, BUY), _leg(symbol, book, SELL)]
    for (buy, _), amount in book.reserved.items():
        sides[BUY if buy else SELL] += amount / SQUARE
    return max(sides)


def hedged(symbol: Symbol, book: Sums, digits: int) -> float:
    """Return the margin of positions that may be opposite (R131, R132).

    The uncovered volume takes the average margin and the rate of the larger leg; the covered
    volume, counted once a pair, the average of all positions and the mean of both rates, in the
    ratio of ``margin_hedged`` to the contract, or to the fixed margin where there is one. Both
    parts are rounded, as the published figures are (R133).
    """
    lots = book.lots
    total = lots[BUY] + lots[SELL]
    if not total:
        return 0.0
    larger = BUY if lots[BUY] >= lots[SELL] else SELL
    covered = min(lots)
    uncovered = lots[larger] - covered
    margin = uncovered * book.margins[larger] / lots[larger] * symbol.margin_rates[larger]
    margin = rounded(margin / SQUARE, digits)
    if covered and symbol.margin_hedged:
        share = symbol.margin_hedged / (symbol.margin_initial or symbol.trade_contract_size)
        average = sum(book.margins) / total
        rate = (symbol.margin_rates[BUY] + symbol.margin_rates[SELL]) / 2
        margin += rounded(covered * average * share * rate / SQUARE, digits)
    return margin


def _leg(symbol: Symbol, book: Sums, side: int) -> float:
    return book.margins[side] / SQUARE * symbol.margin_rates[side]
