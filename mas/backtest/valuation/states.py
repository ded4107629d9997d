"""What an account was worth apart from prices: its states, from one event to the next.

A state begins with all that happened in one millisecond and lasts until the next event. Within it
balance, credit, swap, margin and the open positions stay as they are; only quotes change.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mas.history.columns import rising
from mas.sim.account import MONEY_DIGITS
from mas.sim.book import reserved_as, units
from mas.sim.margin import Trial, symbol_margin
from mas.terminal import constants as c

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mas.sim.account import Account, PositionSnapshot
    from mas.sim.broker import Broker

    Array = np.ndarray[Any, Any]
    Change = tuple[int, str, Any, Any, int, int]
    """Time, symbol, list and key of a sum of the book, change of lots and of the amount."""


class Spells(NamedTuple):
    """Spans of states in which a position did not change; one row each.

    Attributes
    ----------
    identifiers : array of int64
        Of the positions.
    longs : array of bool
    volumes, opened, swaps : array of float
        Lots, open price, floating swap.
    firsts, lasts : array of int
        States of first <= state < last.
    """

    identifiers: Array
    longs: Array
    volumes: Array
    opened: Array
    swaps: Array
    firsts: Array
    lasts: Array


class States:
    """The states of an account, oldest first.

    Attributes
    ----------
    times : array of int64, (n,)
        When each begins, ms.
    balances, credits : array of float, (n,)
        Account currency.
    spells : dict of Spells
        By symbol.
    """

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        account = broker.account
        deals = account.deals
        booked = np.array([change.time_msc for change in deals], np.int64)
        changed = np.array([change[0] for change in account.position_history], np.int64)
        self._reserved = sorted(_reservations(account), key=lambda change: change[0])
        reserved = np.array([change[0] for change in self._reserved], np.int64)
        self.times = rising([booked, changed, reserved])
        index = booked.searchsorted(self.times, side="right")
        nets = np.array(
            [change.profit + change.swap + change.commission + change.fee for change in deals]
        )
        credit = np.array([change.type == c.DEAL_TYPE_CREDIT for change in deals], bool)
        self.nets = nets[~credit]
        self.balances = _summed(np.where(credit, 0.0, nets))[index]
        self.credits = _summed(np.where(credit, nets, 0.0))[index]
        self.spells = self._spells(
            account.position_history, self.times.searchsorted(changed).tolist()
        )
        swaps = np.zeros(len(self.times) + 1)
        self.open = np.zeros(len(self.times) + 1, np.int64)
        for spells in self.spells.values():
            np.add.at(swaps, spells.firsts, spells.swaps)
            np.add.at(swaps, spells.lasts, -spells.swaps)
            np.add.at(self.open, spells.firsts, 1)
            np.add.at(self.open, spells.lasts, -1)
        self.open = np.cumsum(self.open)[:-1]
        """How many positions are open in each state."""
        swap = np.round(np.cumsum(swaps)[:-1], MONEY_DIGITS)
        self.fixed = self.balances + self.credits + swap
        """What each state has without floating profit: balance, credit, floating swap."""

    def sides(self, name: str) -> tuple[Array, Array]:
        """Return how many longs and shorts of a symbol are open in each state."""
        spells, found = self.spells[name], []
        for side in (spells.longs, ~spells.longs):
            count = np.zeros(len(self.times) + 1, np.int64)
            np.add.at(count, spells.firsts[side], 1)
            np.add.at(count, spells.lasts[side], -1)
            found.append(np.cumsum(count)[:-1])
        return found[0], found[1]

    def at(self, times: Array) -> Array:
        """Return the state at each time, rising, -1 before the first."""
        if len(times) < len(self.times):
            return self.times.searchsorted(times, side="right") - 1
        begins = times.searchsorted(self.times)
        lengths = np.diff(begins, prepend=0, append=len(times))
        return np.repeat(np.arange(-1, len(self.times)), lengths)

    @cached_property
    def margins(self) -> Array:
        """The margin in each state, account currency (R124 to R134)."""
        broker = self._broker
        symbols, digits = broker.market.symbols, broker.money.digits
        hedging = broker.settings.hedging
        books: dict[str, Trial] = {}
        taken: dict[str, float] = {}
        found: list[float] = []
        changes = sorted(
            [*_held(broker.account.position_history), *self._reserved], key=lambda change: change[0]
        )
        at = 0
        for time in self.times.tolist():
            touched = set()
            while at < len(changes) and changes[at][0] <= time:
                _, name, kind, key, lots, amount = changes[at]
                at += 1
                book = books.setdefault(name, Trial([0, 0], [0, 0], {}))
                touched.add(name)
                if kind == "held":
                    book.lots[key] += lots
                    book.margins[key] += amount
                else:
                    book.reserved[key] = book.reserved.get(key, 0) + amount
            for name in touched:
                taken[name] = symbol_margin(
                    symbols[name], books[name], hedging=hedging, digits=digits
                )
            found.append(round(sum(taken.values()), digits))
        return np.array(found)

    def _spells(self, trail: list[PositionSnapshot], states: list[int]) -> dict[str, Spells]:
        """Return the spans in which positions did not change, those of no state left out."""
        rows: dict[str, list[tuple[Any, ...]]] = {}
        held: dict[int, tuple[int, PositionSnapshot]] = {}
        for state, now in zip(states, trail, strict=True):
            before = held.pop(now[1], None)
            if before is not None and before[0] < state:
                rows.setdefault(now[2], []).append(_row(*before, state))
            if now[4]:
                held[now[1]] = state, now
        for state, last in held.values():
            rows.setdefault(last[2], []).append(_row(state, last, len(self.times)))
        kinds = (np.int64, bool, float, float, float, np.int64, np.int64)
        return {
            name: Spells._make(
                np.array(column, kind)
                for column, kind in zip(zip(*found, strict=True), kinds, strict=True)
            )
            for name, found in sorted(rows.items())
        }


def _summed(amounts: Array) -> Array:
    found: Array = np.round(np.concatenate([[0.0], np.cumsum(amounts)]), MONEY_DIGITS)
    return found


def _row(first: int, held: PositionSnapshot, last: int) -> tuple[Any, ...]:
    _, identifier, _, kind, volume, opened, swap, _ = held
    return identifier, kind == c.POSITION_TYPE_BUY, volume, opened, swap, first, last


def _held(trail: list[PositionSnapshot]) -> Iterator[Change]:
    """Yield how the sums of positions changed, in the parts in which books keep them."""
    known: dict[int, tuple[int, int, int]] = {}
    for time, identifier, symbol, kind, volume, _, _, per_lot in trail:
        before = known.pop(identifier, None)
        if before is not None:
            yield time, symbol, "held", before[0], -before[1], -before[2]
        if volume:
            lots = units(volume)
            known[identifier] = kind, lots, lots * units(per_lot)
            yield time, symbol, "held", kind, lots, lots * units(per_lot)


def _reservations(account: Account) -> Iterator[Change]:
    """Yield how the margin of pending orders changed (R129): placed, turned, filled, ended."""
    turned: dict[int, list[tuple[int, int]]] = {}
    for time, ticket, former in account.turned:
        turned.setdefault(ticket, []).append((time, former))
    for order in (*account.history.values(), *account.orders.values()):
        if not order.margin_per_lot:
            continue
        turns = turned.get(order.ticket, [])
        kinds = [*(former for _, former in turns), order.type]
        left, each = units(order.volume), units(order.margin_per_lot)
        key = reserved_as(kinds[0])
        yield order.time_setup_msc, order.symbol, "order", key, 0, left * each
        steps: list[tuple[int, int | None, int]] = [
            (time, kind, 0) for (time, _), kind in zip(turns, kinds[1:], strict=True)
        ]
        fills = account.deals_of(order=order.ticket)
        steps += [(change.time_msc, None, units(change.volume)) for change in fills]
        for time, kind, part in sorted(steps, key=lambda change: change[0]):
            yield time, order.symbol, "order", key, 0, -left * each
            left -= part
            key = key if kind is None else reserved_as(kind)
            yield time, order.symbol, "order", key, 0, left * each
        if order.time_done_msc:
            yield order.time_done_msc, order.symbol, "order", key, 0, -left * each
