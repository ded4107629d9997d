"""What a tester report is made of, whoever made it: MetaTrader or this package.

Whatever is not known is None (or empty) and is printed as unknown, never as 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

UNKNOWN = "–"
BUY, SELL, BALANCE = "buy", "sell", "balance"
IN, OUT, INOUT, OUT_BY = "in", "out", "in/out", "out by"
CLOSING = frozenset({OUT, INOUT, OUT_BY})


class ReportOrder(NamedTuple):
    """A row of the orders table; times are server time, ms as if UTC.

    Attributes
    ----------
    price, sl, tp : str
        As printed, with the symbol's digits; "" where the report has none.
    """

    time_setup: int
    order: int
    symbol: str
    type: str
    volume_initial: float
    volume_filled: float
    price: str
    sl: str
    tp: str
    time_done: int
    state: str
    comment: str


class ReportDeal(NamedTuple):
    """A row of the deals table; times are server time, ms as if UTC; money in account currency.

    Attributes
    ----------
    direction : str
        in, out, in/out or out by; "" for a balance operation.
    position : int
        Identifier of its position; 0 where the source does not say, as reports do not.
    """

    time: int
    deal: int
    symbol: str
    type: str
    direction: str
    volume: float
    price: float
    order: int
    commission: float
    swap: float
    profit: float
    balance: float
    comment: str
    position: int = 0

    @property
    def net(self) -> float:
        """What it changes the balance by."""
        return self.profit + self.swap + self.commission


class Falls(NamedTuple):
    """Drawdowns of a curve, account currency and percent (R237).

    Attributes
    ----------
    absolute : float
        Deposit minus the lowest value.
    maximal, maximal_percent : float
        The largest fall in money, and its percent of the peak.
    relative, relative_percent : float
        The largest fall in percent comes second; its money first.
    """

    absolute: float
    maximal: float
    maximal_percent: float
    relative: float
    relative_percent: float


@dataclass(frozen=True, kw_only=True)
class ReportRecord:
    """The facts about one run of a tester.

    Attributes
    ----------
    leverage : int
        N of 1:N; 0 unknown.
    period : str
        Timeframe and dates, as printed.
    inputs : tuple of pairs
        Names and values of what the strategy was given.
    digits : dict
        Digits of the prices by symbol.
    money_digits : int
        Digits of the account's currency.
    excursions : dict
        Best and worst floating result of each position over all ticks, by its identifier.
    printed : dict
        Statistics as the source prints them, by MetaTrader's English names; empty for our runs.
    notes : tuple of str
        What a reader has to know: odd rows, approximations.
    """

    deals: tuple[ReportDeal, ...]
    orders: tuple[ReportOrder, ...] = ()
    deposit: float
    currency: str = "USD"
    leverage: int = 0
    expert: str = ""
    symbol: str = ""
    period: str = ""
    company: str = ""
    server: str = ""
    inputs: tuple[tuple[str, str], ...] = ()
    quality: str = ""
    bars: int | None = None
    ticks: int | None = None
    symbols: int | None = None
    digits: dict[str, int] = field(default_factory=dict)
    money_digits: int = 2
    equity_falls: Falls | None = None
    margin_level: float | None = None
    excursions: dict[int, tuple[float, float]] | None = None
    printed: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def traded(self) -> list[str]:
        """Symbols in the order of their first deal."""
        return list(dict.fromkeys(deal.symbol for deal in self.deals if deal.direction))
