"""What a report is made of: round trips, the equity curve, what is still open, prices."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mas.backtest.columns import table
from mas.backtest.trips import round_trips
from mas.clock import naive_utc
from mas.history.resample import step_of
from mas.terminal import constants as c

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from mas.backtest.result import Result
    from mas.terminal import Terminal
    from mas.terminal.types import TradeDeal

CASH = frozenset({c.DEAL_TYPE_BALANCE, c.DEAL_TYPE_CREDIT, c.DEAL_TYPE_BONUS})


@dataclass(frozen=True, slots=True)
class Record:
    """The facts about one run or account.

    Attributes
    ----------
    trades : DataFrame
        Round trips, with the columns of ``Result.trades``.
    equity : Series
        Equity by time, naive UTC, rising; begins with the capital.
    start, end : datetime
        First and last moment of the data, not of the period that was asked for.
    open : list of dict
        Positions that are still open: symbol, side, volume, entry_time, entry_price, profit.
    prices : callable
        Returns the bars of a symbol for a chart: time, open, high, low, close.
    stops : dict
        SL and TP of each trade's position, by its identifier.
    excursions : callable, optional
        Returns best (``mfe``) and worst (``mae``) floating result, over all ticks, by ``position``.
    notes : list of str
        What else is to be said of it, a line each: refused requests, callbacks that raised.
    """

    name: str
    trades: pd.DataFrame
    equity: pd.Series
    capital: float
    currency: str
    start: datetime
    end: datetime
    source: dict[str, str] = field(default_factory=dict)
    open: list[dict[str, Any]] = field(default_factory=list)
    prices: Callable[[str], pd.DataFrame] | None = None
    stops: dict[int, tuple[float, float]] = field(default_factory=dict)
    stopped: str = ""
    notes: list[str] = field(default_factory=list)
    excursions: Callable[[], pd.DataFrame] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Keep what the callables return instead of them, for a pickle or a copy."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        if self.prices is not None:
            values["prices"] = {name: self.prices(name) for name in self.symbols}.__getitem__
        if self.excursions is not None:
            values["excursions"] = self.excursions().copy
        return partial(Record, **values), ()

    @property
    def symbols(self) -> list[str]:
        """The symbols that were traded, in the order of their first trade."""
        names = list(dict.fromkeys(self.trades["symbol"]))
        return names + [
            position["symbol"] for position in self.open if position["symbol"] not in names
        ]


def of_result(result: Result, name: str) -> Record:
    """Return the facts about a run over history, as far as it has come."""
    begin, end = (naive_utc(at) for at in result.played)
    curve = result.equity["equity"]
    first = pd.Series([result.capital], index=pd.DatetimeIndex([begin]))
    last = pd.Series(curve.iloc[-1:].to_numpy(), index=pd.DatetimeIndex([end]))
    curve = pd.concat([first, curve[(curve.index > begin) & (curve.index < end)], last])
    return Record(
        name=name, trades=result.trades, equity=curve, capital=result.capital,
        currency=result.currency, start=begin, end=end,
        source=result.source, open=result.open_positions(), prices=result.prices,
        stops=result.stops(), stopped=result.stopped, notes=result.notes(),
        excursions=lambda: result.excursions,
    )  # fmt: skip


def of_account(terminal: Terminal, name: str) -> Record:
    """Return the facts about the deals of an account; its equity between them is not known."""
    info = terminal.account_info()
    deals: Sequence[TradeDeal] = terminal.history_deals_get(0, 4_000_000_000) or ()
    paid_in = float(sum(deal.profit for deal in deals if deal.type in CASH))
    nets = [
        (deal.time_msc, deal.profit + deal.swap + deal.commission + deal.fee)
        for deal in deals
        if deal.type not in CASH
    ]
    times = [deal.time_msc for deal in deals] or [0]
    curve = pd.Series(
        paid_in + np.cumsum([0.0, *(net for _, net in nets)]),
        index=pd.to_datetime([times[0], *(at for at, _ in nets)], unit="ms"),
    )
    return Record(
        name=name, trades=table("trades", round_trips(list(deals))),
        equity=curve[~curve.index.duplicated(keep="last")], capital=paid_in,
        currency=info.currency if info else "", start=naive_utc(times[0]),
        end=naive_utc(times[-1]), source={"account": f"{info.login}@{info.server}" if info else ""},
        prices=lambda symbol: _rates(terminal, symbol, times[0], times[-1]),
    )  # fmt: skip


def _rates(terminal: Terminal, symbol: str, first: int, last: int) -> pd.DataFrame:
    """Return the bars of a symbol around its deals, of a timeframe that does not give too many."""
    step = step_of(first, last)
    rates = terminal.copy_rates_range(symbol, step, first // 1000 - 86_400, last // 1000 + 86_400)
    bars = pd.DataFrame(rates if rates is not None else [])
    if len(bars):
        bars["time"] = pd.to_datetime(bars["time"], unit="s")
    return bars
