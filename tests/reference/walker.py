"""A slow account that goes over every tick: what curves, drawdowns and excursions are tested with.

Written from the rules alone, with fractions. It is told deals and ticks, and keeps positions, swap
and the rates of conversion itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

DAY = 86_400_000
IN, OUT, INOUT, OUT_BY = range(4)
WHOLE = {"JPY", "HUF", "KRW"}
NEARLY = Fraction(1, 10**7)
"""A sum that near to half a unit counts as half: binary fractions know no better."""


def digits_of(currency: str) -> int:
    return 0 if currency in WHOLE else 2


def rounded(money: Fraction, digits: int) -> Fraction:
    """Half away from zero (R145)."""
    whole = math.floor(abs(money) * 10**digits + Fraction(1, 2) + NEARLY)
    return Fraction(whole if money >= 0 else -whole, 10**digits)


def exact(number: float, digits: int = 8) -> Fraction:
    return Fraction(round(number * 10**digits), 10**digits)


@dataclass
class Symbol:
    """What the walker has to know of a symbol."""

    name: str
    digits: int
    base: str
    profit: str
    size: Fraction
    forex: bool
    swap_mode: int
    swaps: tuple[Fraction, Fraction]
    triple: int


@dataclass
class Held:
    """A position."""

    identifier: int
    symbol: str
    buy: bool
    volume: Fraction
    price: Fraction
    swap: Fraction = Fraction(0)


@dataclass
class Walker:
    """One account; `curve` has the equity at each moment, `results` those of each position."""

    currency: str
    by_market: bool
    symbols: dict[str, Symbol]
    balance: Fraction = Fraction(0)
    quotes: dict[str, tuple[Fraction, Fraction, Fraction]] = field(default_factory=dict)
    held: dict[int, Held] = field(default_factory=dict)
    curve: list[tuple[int, Fraction, Fraction]] = field(default_factory=list)
    results: dict[int, list[Fraction]] = field(default_factory=dict)

    @property
    def digits(self) -> int:
        return digits_of(self.currency)

    def go(self, ticks: list[tuple[int, str, Any]], deals: list[Any], end: int) -> None:
        """Take all ticks and deals in the order of time, and look at each."""
        left, now = list(deals), deals[0].time_msc
        for time, name, prices in [*ticks, (end + 1, "", None)]:
            now = self._until(now, time, left)
            if prices is None:
                break
            while left and left[0].time_msc <= time:
                self.book(left.pop(0))
            self.quotes[name] = prices
            self.look(time)

    def _until(self, now: int, time: int, left: list[Any]) -> int:
        """Let midnights and deals between two ticks happen."""
        while True:
            midnight = (now // DAY + 1) * DAY
            booked = left[0].time_msc if left else time
            if min(midnight, booked) >= time and midnight != time:
                return now
            if midnight <= booked:
                if midnight > time:
                    return now
                self.night(midnight)
                now = midnight
                # Swap and the day's commission are one change: nobody sees the account between.
                while left and left[0].time_msc == midnight and left[0].type > 1:
                    self.book(left.pop(0))
                if midnight < time:
                    self.look(midnight)
            else:
                at = booked
                while left and left[0].time_msc == at:
                    self.book(left.pop(0))
                self.look(at)

    # -- deals ---------------------------------------------------------------------------------

    def book(self, deal: Any) -> None:
        """Change balance and position (R101 to R113, R122)."""
        self.balance += sum(exact(one) for one in (deal.profit, deal.swap, deal.commission))
        if deal.type > 1:
            return
        one = self.held.get(deal.position_id)
        volume, symbol = exact(deal.volume), self.symbols[deal.symbol]
        price = exact(deal.price, symbol.digits)
        if one is None:
            self.held[deal.position_id] = Held(
                deal.position_id, deal.symbol, deal.type == 0, volume, price
            )
        elif deal.entry == IN:
            whole = one.volume + volume
            one.price = (one.price * one.volume + price * volume) / whole
            one.volume = whole
        elif deal.entry == INOUT:
            self._closed(one, deal, one.volume)
            one.buy, one.volume, one.price, one.swap = (
                not one.buy, volume - one.volume, price, Fraction(0),
            )  # fmt: skip
        elif volume >= one.volume:
            self._closed(one, deal, volume)
            del self.held[deal.position_id]
        else:
            self._closed(one, deal, volume)
            one.swap -= rounded(one.swap * volume / one.volume, self.digits)
            one.volume -= volume

    def _closed(self, one: Held, deal: Any, part: Fraction) -> None:
        if deal.entry != OUT_BY:
            each = (exact(deal.profit) + exact(deal.swap)) / part
            self.results.setdefault(one.identifier, []).append(each * one.volume)

    # -- figures -------------------------------------------------------------------------------

    def look(self, time: int) -> None:
        """Value everything (R135)."""
        total = self.balance
        for one in self.held.values():
            result = self.floating(one) + one.swap
            self.results.setdefault(one.identifier, []).append(result)
            total += result
        self.curve.append((time, self.balance, total))

    def floating(self, one: Held) -> Fraction:
        """Profit of a position at the market (R140 to R142)."""
        symbol, (bid, ask, last) = self.symbols[one.symbol], self.quotes[one.symbol]
        digits = digits_of(symbol.profit)
        if symbol.forex:
            price = bid if one.buy else ask
            size = symbol.size * one.volume
            gain = rounded(price * size, digits) - rounded(one.price * size, digits)
        else:
            price = last
            gain = rounded((price - one.price) * one.volume * symbol.size, digits)
        gain = gain if one.buy else -gain
        if symbol.profit == self.currency:
            return rounded(gain, self.digits)
        if symbol.forex and symbol.base == self.currency:
            return rounded(gain / price, self.digits)
        at_ask = gain < 0 if self.by_market or not symbol.forex else one.buy
        return rounded(gain * self.rate(symbol.profit, ask=at_ask), self.digits)

    def rate(self, source: str, *, ask: bool) -> Fraction:
        """What one of a currency is in the account's, straight or through USD (R143)."""
        if source == self.currency:
            return Fraction(1)
        straight = self._step(source, self.currency, ask=ask)
        if straight is not None:
            return straight
        first, second = self._step(source, "USD", ask=ask), self._step(
            "USD", self.currency, ask=ask
        )  # fmt: skip
        assert first is not None
        assert second is not None
        return first * second

    def _step(self, source: str, target: str, *, ask: bool) -> Fraction | None:
        for name, symbol in self.symbols.items():
            if symbol.forex and (symbol.base, symbol.profit) == (source, target):
                return self.quotes[name][1 if ask else 0]
        for name, symbol in self.symbols.items():
            if symbol.forex and (symbol.profit, symbol.base) == (source, target):
                return 1 / self.quotes[name][0 if ask else 1]
        return None

    # -- nights --------------------------------------------------------------------------------

    def night(self, midnight: int) -> None:
        """Charge the night that ends the day before, at its last quotes (R160 to R167)."""
        weekday = (midnight // DAY - 1 + 4) % 7
        for one in self.held.values():
            symbol = self.symbols[one.symbol]
            nights = 0 if weekday in {0, 6} else 3 if weekday == symbol.triple else 1
            if not nights or not symbol.swap_mode:
                continue
            amount = symbol.swaps[0 if one.buy else 1] * one.volume
            if symbol.swap_mode == 1:
                amount *= symbol.size / 10**symbol.digits
                source = symbol.profit
            else:
                source = {2: symbol.base, 4: self.currency}[symbol.swap_mode]
            amount *= self.rate(source, ask=amount <= 0)
            one.swap += rounded(amount * nights, self.digits)
