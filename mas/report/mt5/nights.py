"""What a report's deals tell of its swaps: the mode, the rates, which nights count how often.

The price at rollover is not in a report (R161), so where a swap depends on it, it is known only as
well as the prices before and after it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mas.sim.money import digits_of, rounded
from mas.terminal import constants as c
from mas.timeunits import DAY_MS, Ms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from mas.report.mt5.exits import Exit
    from mas.sim.symbols import Symbol

    Array = np.ndarray[Any, Any]

EPOCH_WEEKDAY = 4
"""1970-01-01 was a Thursday; Sunday is 0."""
PATTERNS = (
    (0, 1, 1, 3, 1, 1, 0), (0, 1, 1, 1, 1, 3, 0), (1, 1, 1, 1, 1, 1, 1), (0, 1, 1, 1, 1, 1, 0),
    (0, 1, 1, 1, 3, 1, 0), (0, 3, 1, 1, 1, 1, 0), (0, 1, 3, 1, 1, 1, 0),
)  # fmt: skip
"""Nights of the days from Sunday: the standard one first (R165)."""
POINTS, INTEREST = c.SYMBOL_SWAP_MODE_POINTS, c.SYMBOL_SWAP_MODE_INTEREST_CURRENT
NIGHT_YEAR = 360
SMALLEST = 0.05
"""Money of a swap below which rounding hides the rate."""
BAND = 0.003
"""How far the price at rollover may at least lie outside those of its trade, as a share."""


SWEEPS, WORK = 400, 60_000
"""Times that all swaps are gone through, and single steps, at most."""
PART = 0.2
"""Of a step: a night's rounded swap says less of the price than the step would take it for."""
NEAR = 0.0045
"""Money by which a swap may be missed."""


RATE = 0.02
"""How far a conversion rate at rollover may be from that of the closing deal, as a share."""


SURE = 3 * 1.25 * 1.48
"""Standard errors of a median, by the median distance from it."""


class SwapRules(NamedTuple):
    """How a symbol's swaps are charged; no mode where the report has none.

    Attributes
    ----------
    long, short : float
        Points or percent a year; 0 where no position of the side tells it.
    days : tuple of 7 ints
        Nights of each day from Sunday.
    spread : float
        How far the single swaps are from the rates, median, as a share of them.
    """

    mode: int
    long: float
    short: float
    days: tuple[int, ...]
    spread: float

    def rate(self, *, buy: bool) -> float:
        """Return the rate of a side."""
        return self.long if buy else self.short


def _settled(rates: list[float], least: float) -> float:
    """Return the roundest rate that the single ones allow: brokers give few digits.

    Parameters
    ----------
    least : float
        What is left open at least, as a share: rounding of the largest swap.
    """
    usual = median(rates)
    apart = median(abs(share / usual - 1) for share in rates) if usual else 0.0
    # Swaps that are far apart have another reason than the price: no rate is made round for them.
    open_ = abs(usual) * max(min(SURE * apart / math.sqrt(len(rates)), RATE), least)
    found = (round(usual, digits) for digits in range(8))
    return next((rate for rate in found if rate and abs(rate - usual) <= open_), usual)


NONE = SwapRules(c.SYMBOL_SWAP_MODE_DISABLED, 0.0, 0.0, PATTERNS[0], 0.0)


def midnights(closing: Exit) -> range:
    """Return the ends of days that a position has seen (R235: its own end included)."""
    first = (closing.opened // DAY_MS + 1) * DAY_MS
    return range(first, closing.deal.time // DAY_MS * DAY_MS + 1, DAY_MS)


def weekday(midnight: Ms) -> int:
    """Return the weekday of the day that ends at a midnight, Sunday 0 (R166)."""
    return (midnight // DAY_MS - 1 + EPOCH_WEEKDAY) % 7


class Nights:
    """The swaps of one symbol in a report.

    Parameters
    ----------
    rates : dict
        What converts the profit currency to the account's, by the closing deal's number, where
        neither the account's currency nor the traded pair does.
    prices : dict, optional
        The price at each rollover by the midnight, where it is known.

    Attributes
    ----------
    rules : SwapRules
        What explains them best.
    holidays : tuple of str
        Dates that the swaps show as days without a night, which the day before carried (R165).
    """

    def __init__(
        self,
        symbol: Symbol,
        account: str,
        some: Sequence[Exit],
        rates: dict[int, float],
        prices: dict[int, float] | None = None,
    ) -> None:
        self._known = prices
        points = {closing.opened: closing.price_open for closing in some if closing.position}
        points |= {closing.deal.time: closing.deal.price for closing in some}
        self._times = np.array(sorted(points), np.int64)
        self._dealt = np.array([points[at] for at in sorted(points)], float)
        self._symbol, self._account, self._rates = symbol, account, rates
        self._digits = digits_of(account)
        self._inverse = account == symbol.currency_base != symbol.currency_profit
        self._all = list(some)
        self._some = [closing for closing in some if closing.position and midnights(closing)]
        self.rules = self._fitted()
        self.holidays = tuple(sorted(set(self._holidays())))
        self._final = self.symbol()
        self._day = self._move()

    def symbol(self) -> Symbol:
        """Return the specification with these swaps."""
        rules = self.rules
        return replace(
            self._symbol, swap_mode=rules.mode, swap_long=rules.long, swap_short=rules.short,
            swap_days=rules.days, swap_holidays=self.holidays,
        )  # fmt: skip

    def prices(self) -> dict[int, tuple[float, float]]:
        """Return bid and ask at each rollover that a position has seen, by the midnight, ms.

        Between the deals before and after it; where swaps depend on it, moved until they are
        explained, as far as the price may have gone from those deals (Kaczmarz' method).
        """
        sides = sorted(
            {(at, self._at_ask(closing)) for closing in self._some for at in midnights(closing)}
        )
        found = {at: (self._around(at),) * 2 for at, _ in sides}
        power = self._power(self.rules.mode)
        if not power or not sides:
            return found
        place = {side: number for number, side in enumerate(sides)}
        usual = np.array([found[at][0] for at, _ in sides])
        room = np.array([self._room(at) for at, _ in sides])
        ends = np.sort([(usual * (1 - room)) ** power, (usual * (1 + room)) ** power], axis=0)
        value = usual**power
        rows = [row for closing in self._some if (row := self._row(closing, place)) is not None]
        for _ in range(min(SWEEPS, WORK // max(len(rows), 1))):
            moved = False
            for swap, where, parts in rows:
                rest = swap - np.round(parts * value[where], self._digits).sum()
                if abs(rest) > NEAR:
                    step = PART * rest * parts / (parts**2).sum()
                    value[where] = np.clip(value[where] + step, ends[0][where], ends[1][where])
                    moved = True
            if not moved:
                break
        for (at, ask), price in zip(sides, (value ** (1 / power)).tolist(), strict=True):
            other = found[at][not ask] if (at, not ask) in place else price
            found[at] = (other, price) if ask else (price, other)
        return found

    def _at_ask(self, closing: Exit) -> bool:
        """Tell whether a position's swap goes by the ask: an amount gained, or a short closed."""
        return self.rules.rate(buy=closing.buy) > 0 if self._inverse else not closing.buy

    def _row(
        self, closing: Exit, place: dict[tuple[int, bool], int]
    ) -> tuple[float, Array, Array] | None:
        """Return a swap, the nights in it, and each night's part of it at a price of 1."""
        each = self.rules.rate(buy=closing.buy) * self._unit(closing, self.rules.mode, 1.0)
        ask = self._at_ask(closing)
        nights = [
            (place[at, ask], self._final.nights_of(at // DAY_MS - 1) * closing.held(at))
            for at in midnights(closing)
        ]
        charged = [(where, count) for where, count in nights if count]
        if not charged or not each:
            return None
        where, counts = (np.array(column) for column in zip(*charged, strict=True))
        return closing.deal.swap, where, counts * each

    def _around(self, at: Ms) -> float:
        """Return the price at a time, on a line between the deals before and after it."""
        if self._known is not None:
            return self._known[at]
        return float(np.interp(at, self._times, self._dealt))

    def _usual(self, closing: Exit) -> float:
        """Return the mean of the prices at the rollovers of a position."""
        ends = midnights(closing)
        return sum(map(self._around, ends)) / len(ends)

    def tolerance(self, closing: Exit) -> float:
        """Return by how much money a swap may differ, as the price at rollover is not known."""
        ends = midnights(closing)
        power = self._power(self.rules.mode)
        if not (power or self._rates) or not ends or not closing.price_open > 0:
            return 0.005
        room = max(self._room(at) for at in ends) if power else 0.0
        room += RATE if self._rates else 0.0
        return abs(self._total(closing, self._usual(closing))) * room + 0.005 * len(ends)

    def certainty(self) -> str:
        """Say what the unknown price at rollover leaves open, "" where nothing depends on it."""
        charged = [closing for closing in self._some if closing.deal.swap]
        if not self._power(self.rules.mode) or not charged or self._known is not None:
            return ""
        totals = [rounded(self._total(closing, self._usual(closing))) for closing in charged]
        apart = [
            abs(closing.deal.swap - total) for closing, total in zip(charged, totals, strict=True)
        ]
        same = sum(share < 0.005 for share in apart)
        return (
            "; the price at rollover is not in the report: it is taken from the swaps, as far as "
            f"the prices around allow (on a line between them {same} of {len(apart)} swaps "
            f"are equal, the others up to {max(apart):.2f} apart)"
        )

    # -- inside --------------------------------------------------------------------------------

    def _move(self) -> float:
        """Return how far the price moves in a day, as a share: median of the trades, by time."""
        moves = [
            abs(closing.deal.price / closing.price_open - 1)
            / math.sqrt(max(closing.seconds, 60) * 1000 / DAY_MS)
            for closing in self._all
            if closing.price_open > 0
        ]
        return median(moves) if moves else 0.0

    def _room(self, at: Ms) -> float:
        """Return how far the price may be from the line between two deals, as a share."""
        if self._known is not None:
            return 0.0
        nearest = np.abs(self._times - at).min() / DAY_MS
        return max(BAND, 4 * self._day * math.sqrt(max(nearest, 0.04)))

    def _total(self, closing: Exit, price: float) -> float:
        """Return a position's swap at a price at rollover, not rounded."""
        count = sum(
            self._final.nights_of(at // DAY_MS - 1) * closing.held(at) for at in midnights(closing)
        )
        return (
            self.rules.rate(buy=closing.buy) * count * self._unit(closing, self.rules.mode, price)
        )

    def _power(self, mode: int) -> int:
        """Return the power of the price in a night's swap."""
        if mode == POINTS:
            return -1 if self._inverse else 0
        return 0 if self._inverse or mode != INTEREST else 1

    def _unit(self, closing: Exit, mode: int, price: float) -> float:
        """Return the swap of one night at a rate of 1, not rounded."""
        rate = 1 / price if self._inverse else self._rates.get(closing.deal.deal, 1.0)
        worth = self._symbol.per_price * closing.volume * rate
        return worth * (self._symbol.point if mode == POINTS else price / 100 / NIGHT_YEAR)

    def _expected(self, closing: Exit, rules: SwapRules, price: float) -> float:
        count = self._counted(closing, rules.days)
        return rules.rate(buy=closing.buy) * count * self._unit(closing, rules.mode, price)

    def _counted(self, closing: Exit, days: Sequence[int]) -> float:
        return sum(days[weekday(at)] * closing.held(at) for at in midnights(closing))

    def _fitted(self) -> SwapRules:
        if not any(closing.deal.swap for closing in self._some):
            return NONE
        tried = [self._rules(mode, days) for mode in (POINTS, INTEREST) for days in PATTERNS]
        # The standard one stays unless another is clearly better.
        best = tried[0]
        for rules in tried[1:]:
            if rules[0] < best[0] * 0.9 - 1e-9:
                best = rules
        return best[1]

    def _rules(self, mode: int, days: tuple[int, ...]) -> tuple[float, SwapRules]:
        """Return how badly a mode and its days explain the swaps, and the rates then."""
        rates, apart = [], []
        for buy in (True, False):
            side = [closing for closing in self._some if closing.buy == buy]
            found = list(self._single_rates(side, mode, days))
            largest = max((abs(closing.deal.swap) for closing in side), default=0.0)
            rates.append(_settled(found, 0.005 / largest) if found else 0.0)
            apart += [abs(rate / rates[-1] - 1) for rate in found if rates[-1]]
        rules = SwapRules(mode, rates[0], rates[1], days, median(apart) if apart else 0.0)
        miss = sum(
            abs(closing.deal.swap - self._expected(closing, rules, self._usual(closing)))
            for closing in self._some
        )
        return miss / sum(abs(closing.deal.swap) for closing in self._some), rules

    def _single_rates(
        self, side: Iterable[Exit], mode: int, days: tuple[int, ...]
    ) -> Iterator[float]:
        for closing in side:
            value = self._counted(closing, days) * self._unit(closing, mode, self._usual(closing))
            if value and abs(closing.deal.swap) >= SMALLEST:
                yield closing.deal.swap / value

    def _holidays(self) -> Iterator[str]:
        """Yield the days whose night was charged the day before, or not at all (R165)."""
        days = self.rules.days
        for closing in self._some:
            value = self.rules.rate(buy=closing.buy) * self._unit(
                closing, self.rules.mode, self._usual(closing)
            )
            if abs(value) < SMALLEST or closing.joined:
                continue
            charged, usual = closing.deal.swap / value, self._counted(closing, days)
            if abs(charged - round(charged)) > 0.03 * max(charged, 1) or not round(charged) - usual:
                continue
            ends = midnights(closing)
            if round(charged) == usual + 1:
                after = (at for at in range(ends[-1] + DAY_MS, ends[-1] + 8 * DAY_MS, DAY_MS))
                found = next((at for at in after if days[weekday(at)]), None)
            else:
                found = ends[-1] if round(charged) == 0 and len(ends) == 1 else None
            if found is not None:
                yield f"{datetime.fromtimestamp(found / 1000, UTC) - timedelta(days=1):%Y-%m-%d}"
