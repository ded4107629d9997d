"""The statistics of MetaTrader's tester report, each defined once (R236 to R242).

A figure is a value, for some with a second one that stands in brackets beside it. None is not
known or not defined. Money is in account currency, shares and percents are in percent.
"""

from __future__ import annotations

import math
from itertools import groupby
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mas.report.mt5.exits import Matching
from mas.report.mt5.facts import Falls
from mas.sim.money import rounded
from mas.timeunits import DAY_S, WEEK_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from mas.report.mt5.exits import Exit
    from mas.report.mt5.facts import ReportRecord

WEEKEND = 2 * 86_400
SATURDAY = 2 * 86_400
"""Seconds from the epoch's Thursday to the first Saturday."""
YEAR = 252
SHARPE_FLOOR = -5.0


class Figure(NamedTuple):
    """A statistic and the one in brackets beside it."""

    value: float | None
    beside: float | None = None


NOTHING = Figure(None)


class Statistics:
    """The statistics of one record.

    Parameters
    ----------
    record : ReportRecord
        Its deals count; equity drawdowns, margin level and excursions where it knows them.
    exits : list of Exit, optional
        Its trades, where they are known already.

    Attributes
    ----------
    exits : list of Exit
        The trades: one for each closing deal.
    """

    def __init__(self, record: ReportRecord, exits: list[Exit] | None = None) -> None:
        self.record = record
        self.exits = Matching(record).exits if exits is None else exits
        money = record.money_digits
        self.nets = np.array([rounded(closing.net, money) for closing in self.exits], float)
        self.longs = np.array([closing.buy for closing in self.exits], bool)
        self.wins, self.losses = self.nets[self.nets >= 0], self.nets[self.nets < 0]
        self.streaks = streaks(self.nets)

    # -- money ---------------------------------------------------------------------------------

    def net_profit(self) -> Figure:
        """Sum of profit, swap and commission of all deals, balance operations left out."""
        total = math.fsum(deal.net for deal in self.record.deals if deal.direction)
        return Figure(rounded(total, self.record.money_digits))

    def gross_profit(self) -> Figure:
        """Sum of the trades that did not lose."""
        return Figure(float(self.wins.sum()))

    def gross_loss(self) -> Figure:
        """Sum of the trades that lost; 0 or negative."""
        return Figure(float(self.losses.sum()))

    def profit_factor(self) -> Figure:
        """Gross profit over gross loss; not defined without a loss."""
        return _over(float(self.wins.sum()), -float(self.losses.sum()))

    def expected_payoff(self) -> Figure:
        """Mean result of a trade."""
        return _mean(self.nets)

    def balance_falls(self) -> Falls:
        """Drawdowns of the balance after each deal, from the deposit (R237)."""
        return falls([self.record.deposit, *(deal.balance for deal in self.record.deals)])

    def recovery_factor(self) -> Figure:
        """Net profit over the largest fall of the equity in money (R241)."""
        equity = self.record.equity_falls
        return NOTHING if equity is None else _over(self.net_profit().value, equity.maximal)

    # -- the curve -----------------------------------------------------------------------------

    def balances(self) -> NDArray[np.float64]:
        """Return the deposit and the balance after each trade."""
        return self.record.deposit + np.concatenate(([0.0], np.cumsum(self.nets)))

    def ahpr(self) -> Figure:
        """Arithmetic mean of the ratios of balances, trade by trade; beside it its percent."""
        ratios = self._ratios()
        return _holding(float(ratios.mean())) if len(ratios) else NOTHING

    def ghpr(self) -> Figure:
        """Geometric mean of the ratios of balances, trade by trade; beside it its percent."""
        balances = self.balances()
        if len(balances) < 2 or not balances[0] > 0 or not balances[-1] > 0:
            return NOTHING
        return _holding(float((balances[-1] / balances[0]) ** (1 / (len(balances) - 1))))

    def lr_correlation(self) -> Figure:
        """Correlation of the balances, deposit first, with their straight line (R238)."""
        return _correlation(np.arange(len(self.nets) + 1.0), self.balances())

    def lr_error(self) -> Figure:
        """Standard error of the balances about their straight line, n - 2 (R238)."""
        balances = self.balances()
        if len(balances) < 3:
            return NOTHING
        x = np.arange(float(len(balances)))
        slope, start = np.polyfit(x, balances, 1)
        rest = balances - (start + slope * x)
        return Figure(float(np.sqrt((rest**2).sum() / (len(balances) - 2))))

    def z_score(self) -> Figure:
        """Z of the runs of wins and losses; beside it the confidence, percent (R239).

        (N (R - 0.5) - P) / sqrt(P (P - N) / (N - 1)) with N trades, R runs, P = 2 W L. The
        confidence is that of Z rounded to two digits.
        """
        count, runs = len(self.nets), len(self.streaks)
        product = 2.0 * len(self.wins) * len(self.losses)
        spread = product * (product - count) / (count - 1) if count > 1 else 0.0
        if not spread > 0:
            return NOTHING
        score = (count * (runs - 0.5) - product) / math.sqrt(spread)
        confidence = 2 * NormalDist().cdf(abs(rounded(score))) - 1
        return Figure(score, 100 * confidence)

    def sharpe(self) -> Figure:
        """Mean over standard deviation of the trades' returns, a year of the time in the market.

        An approximation of MetaTrader's figure, whose sampling is not published (R242): times the
        root of 252 days over the average holding time, -5 at the least.
        """
        returns = self._ratios() - 1
        held = self.holding()[2].value
        if len(returns) < 2 or not held or not returns.std(ddof=1) > 0:
            return NOTHING
        year = math.sqrt(YEAR * DAY_S / held)
        return Figure(max(float(returns.mean() / returns.std(ddof=1)) * year, SHARPE_FLOOR))

    # -- trades --------------------------------------------------------------------------------

    def trades(self) -> Figure:
        """Closing deals."""
        return Figure(len(self.nets))

    def deals(self) -> Figure:
        """Deals that open or close."""
        return Figure(sum(bool(deal.direction) for deal in self.record.deals))

    def shorts(self) -> Figure:
        """Closed shorts; beside it the share of them that did not lose."""
        return _won(self.nets[~self.longs])

    def longs_won(self) -> Figure:
        """Closed longs; beside it the share of them that did not lose."""
        return _won(self.nets[self.longs])

    def profit_trades(self) -> Figure:
        """Trades that did not lose; beside it their share."""
        return Figure(len(self.wins), _share(len(self.wins), len(self.nets)))

    def loss_trades(self) -> Figure:
        """Trades that lost; beside it their share."""
        return Figure(len(self.losses), _share(len(self.losses), len(self.nets)))

    def largest_profit(self) -> Figure:
        """Result of the best trade; 0 where none won."""
        return Figure(float(self.wins.max()) if len(self.wins) else 0.0)

    def largest_loss(self) -> Figure:
        """Result of the worst trade; 0 where none lost."""
        return Figure(float(self.losses.min()) if len(self.losses) else 0.0)

    def average_profit(self) -> Figure:
        """Mean of the trades that did not lose; 0 where there are none."""
        return Figure(_mean(self.wins).value or 0.0)

    def average_loss(self) -> Figure:
        """Mean of the trades that lost; 0 where there are none."""
        return Figure(_mean(self.losses).value or 0.0)

    def most_wins(self) -> Figure:
        """Longest row of wins; beside it its sum, the larger one of rows of equal length."""
        return _longest(self.streaks, won=True)

    def most_losses(self) -> Figure:
        """Longest row of losses; beside it its sum, the larger one of rows of equal length."""
        return _longest(self.streaks, won=False)

    def best_row(self) -> Figure:
        """Largest profit of a row of wins; beside it the trades in it."""
        return _richest(self.streaks, won=True)

    def worst_row(self) -> Figure:
        """Largest loss of a row of losses; beside it the trades in it."""
        return _richest(self.streaks, won=False)

    def average_wins(self) -> Figure:
        """Mean length of a row of wins, a whole number."""
        return _average_row(self.streaks, won=True)

    def average_losses(self) -> Figure:
        """Mean length of a row of losses, a whole number."""
        return _average_row(self.streaks, won=False)

    # -- inside a position ---------------------------------------------------------------------

    def profits_mfe(self) -> Figure:
        """Correlation of the results with the best floating result of each position (R241)."""
        profits, best, _ = self._excursions()
        return _correlation(profits, best)

    def profits_mae(self) -> Figure:
        """Correlation of the results with the worst floating result of each position (R241)."""
        profits, _, worst = self._excursions()
        return _correlation(profits, worst)

    def mfe_mae(self) -> Figure:
        """Correlation of the best with the worst floating result of each position (R241)."""
        _, best, worst = self._excursions()
        return _correlation(best, worst)

    def holding(self) -> tuple[Figure, Figure, Figure]:
        """Shortest, longest and mean time from a position's opening to its end, seconds (R240).

        Weekends of symbols that do not trade then are left out, and so are positions of zero
        seconds.
        """
        open_all_week = {name for name in self.record.traded if self._trades_weekends(name)}
        held = [
            seconds - (0 if closing.deal.symbol in open_all_week else weekend(closing))
            for closing in self.exits
            if closing.whole and (seconds := closing.seconds) > 0
        ]
        found = np.array([item for item in held if item > 0], float)
        if not len(found):
            return NOTHING, NOTHING, NOTHING
        return Figure(found.min()), Figure(found.max()), Figure(float(found.mean()))

    def _excursions(self) -> tuple[NDArray[np.float64], ...]:
        """Return result, best and worst floating result of each position that is closed."""
        known = self.record.excursions or {}
        rows: dict[int, float] = {}
        for closing in self.exits:
            rows[closing.position] = rows.get(closing.position, 0.0) + closing.net
        table = [(net, *known[number]) for number, net in rows.items() if number in known]
        return tuple(np.array(table, float).reshape(-1, 3).T)

    def _trades_weekends(self, symbol: str) -> bool:
        return any(
            (deal.time // 1000 - SATURDAY) % WEEK_S < WEEKEND
            for deal in self.record.deals
            if deal.symbol == symbol
        )

    def _ratios(self) -> NDArray[np.float64]:
        balances = self.balances()
        if (balances[:-1] <= 0).any():
            return np.array([])
        return np.asarray(balances[1:] / balances[:-1], float)


def falls(values: Sequence[float]) -> Falls:
    """Return the drawdowns of a curve whose first value is the deposit (R237)."""
    curve = np.asarray(values, float)
    peaks = np.maximum.accumulate(curve)
    down = peaks - curve
    share = np.divide(down, peaks, out=np.zeros_like(down), where=peaks > 0) * 100
    most, worst = int(down.argmax()), int(share.argmax())
    return Falls(
        max(float(curve[0] - curve.min()), 0.0), float(down[most]), float(share[most]),
        float(down[worst]), float(share[worst]),
    )  # fmt: skip


def weekend(closing: Exit) -> int:
    """Return the seconds of Saturdays and Sundays between opening and end of a position."""
    return _weekend_before(closing.deal.time // 1000) - _weekend_before(closing.opened // 1000)


def _weekend_before(at: int) -> int:
    weeks, rest = divmod(at - SATURDAY, WEEK_S)
    return weeks * WEEKEND + min(rest, WEEKEND)


def streaks(nets: Iterable[float]) -> list[tuple[bool, int, float]]:
    """Return the rows of wins and losses: whether won, how many, their sum."""
    found = []
    for won, row in groupby(nets, key=lambda net: net >= 0):
        run = list(row)
        found.append((bool(won), len(run), math.fsum(run)))
    return found


def _of(rows: list[tuple[bool, int, float]], *, won: bool) -> list[tuple[int, float]]:
    return [(count, total) for kind, count, total in rows if kind == won]


def _longest(rows: list[tuple[bool, int, float]], *, won: bool) -> Figure:
    count, total = max(_of(rows, won=won), key=lambda row: (row[0], abs(row[1])), default=(0, 0.0))
    return Figure(count, total)


def _richest(rows: list[tuple[bool, int, float]], *, won: bool) -> Figure:
    count, total = max(_of(rows, won=won), key=lambda row: abs(row[1]), default=(0, 0.0))
    return Figure(total, count)


def _average_row(rows: list[tuple[bool, int, float]], *, won: bool) -> Figure:
    counts = [count for count, _ in _of(rows, won=won)]
    return Figure(rounded(sum(counts) / len(counts), 0) if counts else 0)


def _mean(values: NDArray[np.float64]) -> Figure:
    return Figure(float(values.mean())) if len(values) else NOTHING


def _over(number: float | None, other: float) -> Figure:
    return Figure(number / other) if number is not None and other > 0 else NOTHING


def _share(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


def _won(nets: NDArray[np.float64]) -> Figure:
    return Figure(len(nets), _share(int((nets >= 0).sum()), len(nets)))


def _holding(value: float) -> Figure:
    return Figure(value, (value - 1) * 100)


def _correlation(series: NDArray[np.float64], other: NDArray[np.float64]) -> Figure:
    if len(series) < 2 or not series.std() > 0 or not other.std() > 0:
        return NOTHING
    return Figure(float(np.corrcoef(series, other)[0, 1]))
