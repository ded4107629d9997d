"""Key figures of a record. Each is defined here, once; None where it is not defined.

Daily figures look at the equity at the end of each business day (Saturdays and Sundays belong to
the Friday before), and scale a day to a year of 252. Figures of trades look at round trips net of
swap and commission. The rate without risk is 0.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from mas.report.record import Record

YEAR = 252
DAYS = 365.25
DEPTH_DIGITS = 6
"""Decimals of a share below which a fall is none."""
TAIL = 0.05


class DrawdownPeriod(NamedTuple):
    """A fall of the equity from its highest: share of it, and when; `end` None if it goes on."""

    depth: float
    start: pd.Timestamp
    valley: pd.Timestamp
    end: pd.Timestamp | None
    days: int


class Figures:
    """All key figures of one record.

    Parameters
    ----------
    record : Record
        Its equity and trades.
    """

    def __init__(self, record: Record) -> None:
        self.record = record
        self.equity = record.equity
        self.daily = record.equity.resample("B").last().ffill()
        before = pd.concat([pd.Series([record.capital]), self.daily.iloc[:-1]])
        self.returns = pd.Series(
            self.daily.to_numpy() / before.to_numpy() - 1, index=self.daily.index
        )
        nets = record.trades["net"].to_numpy(float)
        self.wins, self.losses = nets[nets > 0], nets[nets < 0]
        self.nets = nets

    # -- growth --------------------------------------------------------------------------------

    def final(self) -> float:
        """Equity at the end."""
        return float(self.equity.iloc[-1])

    def cumulative_return(self) -> float:
        """Equity at the end over the capital, less 1."""
        return self.final() / self.record.capital - 1

    def years(self) -> float:
        """Length of the record in years of 365.25 days."""
        return (self.record.end - self.record.start).total_seconds() / 86_400 / DAYS

    def cagr(self) -> float | None:
        """Compound annual growth: (end / capital) ** (1 / years) - 1."""
        if self.years() <= 0 or self.final() <= 0:
            return None
        return float((self.final() / self.record.capital) ** (1 / self.years()) - 1)

    # -- risk ----------------------------------------------------------------------------------

    def volatility(self) -> float | None:
        """Standard deviation of daily returns (n - 1), times the root of 252."""
        return self._spread(self.returns.std())

    def sharpe(self) -> float | None:
        """Mean over standard deviation of daily returns, times the root of 252."""
        return _ratio(self.returns.mean() * np.sqrt(YEAR), self.returns.std())

    def sortino(self) -> float | None:
        """Mean over downside deviation, times the root of 252.

        The downside deviation is the root of the mean of the squares of negative returns, where
        the others count as 0.
        """
        down = np.sqrt((np.minimum(self.returns, 0.0) ** 2).mean())
        return _ratio(self.returns.mean() * np.sqrt(YEAR), down)

    def omega(self) -> float | None:
        """Sum of positive daily returns over that of negative ones."""
        gains = self.returns[self.returns > 0].sum()
        return _ratio(gains, -self.returns[self.returns < 0].sum())

    def max_drawdown(self) -> float:
        """Deepest fall of the equity below its highest before, as a share of that; 0 or less."""
        return float(self.depth().min())

    def depth(self) -> pd.Series:
        """How far the equity is below its highest before, the capital included; 0 or less."""
        return self.equity / self.equity.cummax().clip(lower=self.record.capital) - 1

    def longest_drawdown(self) -> int:
        """Days of the longest time below an old high."""
        return max((drawdown.days for drawdown in self.drawdowns()), default=0)

    def calmar(self) -> float | None:
        """Annual growth over the deepest drawdown."""
        cagr = self.cagr()
        return None if cagr is None else _ratio(cagr, -self.max_drawdown())

    def skew(self) -> float | None:
        """Skewness of daily returns (sample)."""
        return self._spread(np.asarray(self.returns.skew()), scale=1.0)

    def kurtosis(self) -> float | None:
        """Kurtosis of daily returns beyond the normal one (sample)."""
        return self._spread(np.asarray(self.returns.kurt()), scale=1.0)

    def value_at_risk(self) -> float | None:
        """Daily return that a normal distribution of this mean and deviation undercuts in 5 %."""
        mean, deviation = float(self.returns.mean()), float(self.returns.std())
        if not deviation > 0:
            return None
        return NormalDist(mean, deviation).inv_cdf(TAIL)

    def expected_shortfall(self) -> float | None:
        """Mean of the daily returns beyond the value at risk, of the same normal distribution."""
        mean, deviation = float(self.returns.mean()), float(self.returns.std())
        if not deviation > 0:
            return None
        usual = NormalDist()
        return mean - deviation * usual.pdf(usual.inv_cdf(TAIL)) / TAIL

    def drawdowns(self) -> list[DrawdownPeriod]:
        """All falls below an old high, on daily closes, the deepest first."""
        closes = pd.concat(
            [pd.Series([self.record.capital], index=[self.daily.index[0] - pd.Timedelta(days=1)]),
             self.daily]
        )  # fmt: skip
        depth = closes / closes.cummax() - 1
        under = (depth < 0).to_numpy()
        edges = np.diff(np.concatenate(([0], under.astype(int), [0])))
        found = []
        for first, last in zip(
            np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True
        ):
            part = depth.iloc[first:last]
            over = last < len(depth)
            start, end = depth.index[first - 1], depth.index[last if over else -1]
            found.append(
                DrawdownPeriod(
                    float(part.min()), start, part.idxmin(), end if over else None,
                    int((end - start).days),
                )
            )  # fmt: skip
        seen = (period for period in found if round(period.depth, DEPTH_DIGITS))
        return sorted(seen, key=lambda period: period.depth)

    # -- trades --------------------------------------------------------------------------------

    def count(self) -> int:
        """Round trips."""
        return len(self.nets)

    def win_rate(self) -> float:
        """Share of round trips with a profit; 0 without any."""
        return len(self.wins) / len(self.nets) if len(self.nets) else 0.0

    def payoff(self) -> float | None:
        """Mean profit of the winners over the mean loss of the losers."""
        if not len(self.wins):
            return 0.0 if len(self.losses) else None
        return _ratio(self.wins.mean(), -self.losses.mean()) if len(self.losses) else None

    def profit_factor(self) -> float | None:
        """Sum of profits over sum of losses."""
        return _ratio(self.wins.sum(), -self.losses.sum())

    def expectancy(self) -> float | None:
        """Mean net result of a round trip."""
        return float(self.nets.mean()) if len(self.nets) else None

    def max_single_loss(self) -> float:
        """The worst round trip, 0 without a loss."""
        return float(self.losses.min()) if len(self.losses) else 0.0

    def max_consecutive_losses(self) -> int:
        """Longest row of losing round trips, in the order of their exits."""
        longest = row = 0
        for net in self.nets:
            row = row + 1 if net < 0 else 0
            longest = max(longest, row)
        return longest

    def kelly(self) -> float | None:
        """Share to stake by Kelly, from daily returns: p - (1 - p) / payoff, p the share of wins.

        Days without a change do not count.
        """
        up, down = self.returns[self.returns > 0], self.returns[self.returns < 0]
        if not len(up) or not len(down):
            return None
        p = len(up) / (len(up) + len(down))
        return float(p - (1 - p) / (up.mean() / -down.mean()))

    def risk_of_ruin(self) -> float | None:
        """((1 - p) / (1 + p)) ** n of the days with a change, p the share of wins."""
        moved = int((self.returns != 0).sum())
        if not moved:
            return None
        p = float((self.returns > 0).sum()) / moved
        return float(((1 - p) / (1 + p)) ** len(self.returns))

    def win_days(self) -> float | None:
        """Share of the days with a change that gained."""
        return _share(self.returns)

    def win_months(self) -> float | None:
        """Share of the months with a change that gained."""
        return _share(self.monthly())

    # -- periods -------------------------------------------------------------------------------

    def monthly(self) -> pd.Series:
        """Return of each month."""
        return self._periods("ME")

    def yearly(self) -> pd.Series:
        """Return of each year."""
        return self._periods("YE")

    def year_ends(self) -> pd.Series:
        """Equity at the end of each year, by the year."""
        ends = self.equity.groupby(years_of(self.equity)).last()
        return ends.reindex(range(ends.index[0], ends.index[-1] + 1)).ffill()

    def _periods(self, rule: str) -> pd.Series:
        ends = self.equity.resample(rule).last().ffill()
        before = np.concatenate(([self.record.capital], ends.to_numpy()[:-1]))
        return pd.Series(ends.to_numpy() / before - 1, index=ends.index)

    def _spread(self, value: Any, scale: float = YEAR**0.5) -> float | None:
        return float(value * scale) if np.isfinite(float(value)) else None


def years_of(values: pd.Series) -> pd.Index:
    """Return the year of each value."""
    return pd.DatetimeIndex(values.index).year


def _ratio(number: float, other: float) -> float | None:
    return float(number / other) if other > 0 and np.isfinite(number) else None


def _share(returns: pd.Series) -> float | None:
    moved = int((returns != 0).sum())
    return float((returns > 0).sum() / moved) if moved else None
