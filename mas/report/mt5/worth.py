"""What a price step of a symbol is worth in a report, and what a symbol's name says of it."""

from __future__ import annotations

import math
from collections import Counter
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from mas.report.mt5.facts import BUY, CLOSING, IN, INOUT
from mas.sim.money import CENTS, digits_of, rounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mas.report.mt5.facts import ReportDeal, ReportRecord

TINY = 1e-9
NOISE = 5.0
"""Money below which rounding hides what a price step is worth."""
RECENT = 20
"""Entries that a closing deal may belong to, in a vote."""
SHARE = 0.3
"""Of the exits that must agree in a vote."""
BIN = 0.004
"""Width of a class of a vote, as a share."""
ROUND = (1.0, 2.0, 2.5, 5.0)
NEAR = 0.03
"""How far what was measured may be from a round contract size, as a share of it."""
UNKNOWN_CURRENCY = "???"
CURRENCIES = frozenset(
    {
        "AUD", "BRL", "CAD", "CHF", "CLP", "CNH", "CNY", "COP", "CZK", "DKK", "EUR", "GBP", "HKD",
        "HUF", "IDR", "ILS", "INR", "JPY", "KRW", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "RON",
        "RUB", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "USD", "ZAR",
    }
)  # fmt: skip
METALS = {"XAU": 100.0, "XAG": 5000.0, "XPT": 100.0, "XPD": 100.0}
COINS = frozenset(
    {"BTC", "ETH", "LTC", "XRP", "BCH", "ADA", "SOL", "DOT", "BNB", "XLM", "DOG", "EOS"}
)
LOT = 100_000.0


class Quoting(NamedTuple):
    """Base and profit currency, and the contract size that is usual for them."""

    base: str
    profit: str
    contract: float


class Worth(NamedTuple):
    """What a price step of one lot brings: `lot` money, divided by the price where `inverse`.

    Attributes
    ----------
    exact : bool
        Whether it is the same all the time; else a conversion rate is in it, which moves.
    digits : int
        Of the profit currency, to which each leg is rounded (R140).
    """

    lot: float
    inverse: bool
    exact: bool
    digits: int = CENTS

    def profit(self, volume: float, opened: float, closed: float, *, buy: bool) -> float:
        """Return the result between two prices, not rounded."""
        gain = (closed - opened if buy else opened - closed) * volume * self.lot
        return gain / closed if self.inverse and closed else gain

    def booked(
        self, volume: float, opened: float, closed: float, money: int, *, buy: bool
    ) -> tuple[float, float]:
        """Return the result as it is booked, rounded to `money` digits: by legs, and as a whole."""
        legs = rounded(closed * volume * self.lot, self.digits) - rounded(
            opened * volume * self.lot, self.digits
        )
        legs = (legs if buy else -legs) / (closed if self.inverse and closed else 1.0)
        whole = self.profit(volume, opened, closed, buy=buy)
        return rounded(legs, money), rounded(whole, money)


def quoting(name: str, account: str) -> Quoting | None:
    """Read the two currencies from a symbol's name, whatever the broker's suffix is."""
    letters = "".join(part for part in name.upper() if part.isalpha())
    for start in range(max(len(letters) - 5, 0)):
        base, profit = letters[start : start + 3], letters[start + 3 : start + 6]
        if profit in CURRENCIES and base in CURRENCIES | METALS.keys() | COINS:
            usual = METALS.get(base, LOT if base in CURRENCIES else 1.0)
            return Quoting(base, profit, usual)
    return Quoting(account, account, 1.0) if letters.endswith(account) else None


def rounded_size(measured: float) -> float | None:
    """Return the round contract size near a measured one; None where there is none."""
    if not measured > 0:
        return None
    power = 10.0 ** math.floor(math.log10(measured))
    found = min((step * power for step in (*ROUND, 10.0)), key=lambda step: abs(step - measured))
    return found if abs(found - measured) <= NEAR * found else None


def worth_of(record: ReportRecord, symbol: str) -> Worth | None:
    """Find what a price step of a symbol is worth; None where nothing tells it.

    From flat to flat the profits are the money that buys and sells brought, whichever position
    each deal belongs to: the median over such times. Without any, a vote among the pairs of
    entries and exits that may belong together, else the name.
    """
    deals = [deal for deal in record.deals if deal.symbol == symbol and deal.direction]
    known = quoting(symbol, record.currency)
    inverse = known is not None and known.base == record.currency != known.profit
    cross = known is not None and record.currency not in {known.base, known.profit}
    found = median(list(_flat(deals, inverse=inverse)) or [0.0])
    found = found if found > 0 else _voted(deals, inverse=inverse)
    if not found > 0 and known is not None and not cross:
        found = known.contract
    if not found > 0:
        return None
    size = None if cross else rounded_size(found)
    digits = CENTS if known is None else digits_of(known.profit)
    return Worth(size or found, inverse, size is not None, digits)


def _flat(deals: list[ReportDeal], *, inverse: bool) -> Iterator[float]:
    """Yield profit over price difference of each time from flat to flat.

    Flat is without any position: longs and shorts of equal volume are not, but on an account
    that nets.
    """
    nets = any(deal.direction == INOUT for deal in deals)
    open_: dict[str, float] = {}
    cash = profit = paid = 0.0
    count = 0
    for deal in deals:
        buy = deal.type == BUY
        long = buy == (deal.direction == IN) or nets
        side, sign = ("long" if long else "short"), 1.0 if buy else -1.0
        open_[side] = open_.get(side, 0.0) + sign * deal.volume
        cash -= sign * deal.volume * deal.price
        profit, paid, count = profit + deal.profit, paid + deal.price, count + 1
        if all(abs(volume) < TINY for volume in open_.values()):
            if abs(profit) >= NOISE and cash:
                yield profit / cash * (paid / count if inverse else 1.0)
            cash = profit = paid = 0.0
            count = 0


def _voted(deals: list[ReportDeal], *, inverse: bool) -> float:
    """Return the worth that most pairs of an exit and an entry before it agree on, 0 for none."""
    votes: Counter[int] = Counter()
    voters = 0
    entries: dict[str, list[ReportDeal]] = {}
    for deal in deals:
        if deal.direction in CLOSING and abs(deal.profit) >= NOISE:
            classes = set()
            for other in entries.get("sell" if deal.type == BUY else BUY, [])[-RECENT:]:
                gain = (other.price - deal.price) * deal.volume * (1 if deal.type == BUY else -1)
                ratio = deal.profit / gain * (deal.price if inverse else 1.0) if gain else 0.0
                if ratio > 0:
                    classes.add(round(math.log(ratio) / BIN))
            votes.update(classes)
            voters += 1
        if deal.direction == IN:
            entries.setdefault(deal.type, []).append(deal)
    best, count = votes.most_common(1)[0] if votes else (0, 0)
    return math.exp(best * BIN) if count > SHARE * voters else 0.0
