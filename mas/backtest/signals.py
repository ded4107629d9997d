"""Backtests of signals: arrays of entries and exits in, a result out, no Python per bar.

One position at a time. A signal of a bar is an order with the first tick after that bar has
closed, as in a callback; stops are found to the tick. Trades are chained by array arithmetic; where
money could run short, or the account is one that the arithmetic does not know, the same orders go
through the simulated terminal instead, which gives the same result more slowly.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mas.backtest.plan import plan_of
from mas.backtest.setup import settings_of, specifications
from mas.backtest.signalplay import played
from mas.backtest.sources import Sources
from mas.backtest.trips import TRADE_COLUMNS
from mas.backtest.vector import Account, account_of, chained
from mas.errors import ParamError
from mas.history.library import frame
from mas.history.serverclock import server_clock
from mas.history.store import Store
from mas.params import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from mas.backtest.booking import Trades

    Array = np.ndarray[Any, Any]

SECOND = 1000
SIDES = ("entries", "exits", "short_entries", "short_exits")


@dataclass(frozen=True, slots=True)
class Orders:
    """What the arrays of a user ask for, without contradictions.

    Attributes
    ----------
    longs, shorts, long_exits, short_exits : array of int64
        Bars, ascending.
    volumes : array of float64
        Lots, by bar.
    sls, tps : array of int64
        Points from the quote that is dealt at, by bar; 0 for none.
    """

    longs: Array
    shorts: Array
    long_exits: Array
    short_exits: Array
    volumes: Array
    sls: Array
    tps: Array


class SignalResult:
    """What came of one set of signals.

    Attributes
    ----------
    source : dict
        Where the history came from.
    exact : str
        Why the orders went through the simulated terminal; "" when the arithmetic did.
    """

    def __init__(
        self, trades: Trades, capital: float, source: dict[str, str], exact: str, symbol: str
    ) -> None:
        self._trades = trades
        self._symbol = symbol
        self.capital = capital
        self.source = source
        self.exact = exact

    def __repr__(self) -> str:
        return f"<SignalResult {len(self)} trades, balance {self.balance:.2f}>"

    def __len__(self) -> int:
        return len(self._trades.profits)

    @property
    def balance(self) -> float:
        """The balance at the end; what is still open is not in it, but its commission is."""
        return self._trades.balance

    @property
    def net(self) -> Array:
        """What each trade brought: profit, swap and commission."""
        nets: Array = self._trades.nets
        return nets

    @property
    def trades(self) -> pd.DataFrame:
        """Round trips, with the columns of ``Result.trades`` but for the orders."""
        import pandas as pd  # noqa: PLC0415

        made = self._trades
        columns: dict[str, Any] = {
            "symbol": np.full(len(self), self._symbol, object),
            "side": np.where(made.longs, "buy", "sell"),
            "volume": made.volumes,
            "entry_time": made.entry_times.astype("datetime64[ms]"),
            "entry_price": made.entry_prices,
            "exit_time": made.exit_times.astype("datetime64[ms]"),
            "exit_price": made.exit_prices,
            "profit": made.profits,
            "swap": made.swaps,
            "commission": made.commissions,
            "net": made.nets,
            "reason": made.reasons,
        }
        names = [name for name in TRADE_COLUMNS if name in columns]
        return pd.DataFrame({name: columns[name] for name in names})

    @property
    def equity(self) -> pd.DataFrame:
        """The balance after each trade, by the time of its exit."""
        import pandas as pd  # noqa: PLC0415

        times = pd.to_datetime(self._trades.exit_times, unit="ms")
        balance = self.capital + np.cumsum(self._trades.nets)
        return pd.DataFrame({"balance": np.round(balance, 2)}, index=pd.Index(times, name="time"))


class Signals:
    """One symbol and period, on which any number of signals can be run.

    Parameters
    ----------
    params : dict
        ``symbol``, ``timeframe``, ``from``, ``to``; ``capital``, ``model``, ``spread``,
        ``settings`` as in ``backtest``.

    Attributes
    ----------
    bars : DataFrame
        The closed bars: ``time``, ``open`` … ``close``, ``tick_volume``, ``spread``. A signal
        array has one entry for each.
    """

    def __init__(self, params: dict[str, Any]) -> None:
        given = parse("signals", params)
        start, end = given["from"] * SECOND, given["to"] * SECOND
        self._settings = settings_of({**given, "profile": "account"})
        self._symbols = specifications(self._settings)
        timeframe = given["timeframe"]
        plan = plan_of(given, timeframe, self._settings)
        self._sources = Sources(plan, Store(), self._symbols)
        replay = self._sources.replay(given["symbol"])
        replay.server = server_clock(self._settings.server_zone)
        self._sources.convert_to(self._settings.currency)
        bars, self._pushed = replay.bars(timeframe, start, end)
        self.symbol = replay.symbol
        self.bars = frame(bars, replay.symbol.digits)
        self._account: Account | str = account_of(replay, self._settings, self._pushed)

    def __repr__(self) -> str:
        return f"<Signals {self.symbol.name}, {len(self.bars)} bars>"

    def run(self, entries: Any, exits: Any = None, **more: Any) -> SignalResult:
        """Run one set of signals.

        Parameters
        ----------
        entries, exits : array of bool, (bars,)
            Where a long position is opened and closed.
        **more
            ``short_entries``, ``short_exits``: arrays likewise. ``volume``: lots, 0.1; ``sl``,
            ``tp``: points from the price dealt at, 0 for none; each a number or an array.

        An entry against the open position closes it and opens the other side. Where a bar has
        an entry and an exit of one side, or entries of both, the entry does not count.

        Raises
        ------
        ParamError
            An array is of another length or type, or there is no such argument.
        """
        orders = self._orders({"entries": entries, "exits": exits, **more})
        account, exact = self._account, ""
        made = None
        if isinstance(account, Account):
            made = chained(account, orders)
            exact = "" if made is not None else "money could run short"
        else:
            exact = account
        if made is None:
            made = played(self._sources, self.symbol, self._pushed, orders, self._settings)
        source = {name: replay.source for name, replay in self._sources.found.items()}
        return SignalResult(made, self._settings.balance, source, exact, self.symbol.name)

    def run_many(
        self, sets: Iterable[Mapping[str, Any]], workers: int | None = None
    ) -> list[SignalResult]:
        """Run many sets of signals, each a dict of the arguments of :meth:`run`.

        Parameters
        ----------
        workers : int, optional
            Threads; default: as many as there are processors, but no more than eight.
        """
        with ThreadPoolExecutor(workers or 8) as pool:
            return list(pool.map(lambda one: self.run(**one), sets))

    def _orders(self, given: dict[str, Any]) -> Orders:
        unknown = set(given) - {*SIDES, "volume", "sl", "tp"}
        if unknown:
            accepted = ", ".join((*SIDES, "volume", "sl", "tp"))
            raise ParamError(f"{min(unknown)!r} must be one of {accepted}")
        long, out, short, short_out = (self._flags(name, given.get(name)) for name in SIDES)
        open_long = long & ~out & ~short
        open_short = short & ~short_out & ~long
        return Orders(
            np.flatnonzero(open_long), np.flatnonzero(open_short),
            np.flatnonzero(out | open_short), np.flatnonzero(short_out | open_long),
            self._numbers("volume", given.get("volume", 0.1), float),
            self._numbers("sl", given.get("sl", 0), np.int64),
            self._numbers("tp", given.get("tp", 0), np.int64),
        )  # fmt: skip

    def _flags(self, name: str, given: Any) -> Array:
        if given is None:
            return np.zeros(len(self.bars), np.bool_)
        found = np.asarray(given)
        if found.dtype != np.bool_ or found.shape != (len(self.bars),):
            raise ParamError(
                f"{name} must be an array of {len(self.bars)} bools, was {found.dtype} of shape "
                f"{found.shape}",
                field=name,
            )
        return found

    def _numbers(self, name: str, given: Any, kind: Any) -> Array:
        try:
            found = np.broadcast_to(np.asarray(0 if given is None else given), len(self.bars))
            good = np.issubdtype(found.dtype, np.number) and bool(np.all(found >= 0))
        except ValueError:
            good = False
        if not good or (kind is not float and not np.all(found == np.floor(found))):
            what = "lots" if kind is float else "whole points"
            raise ParamError(
                f"{name} must be {what} of 0 or more, one number or {len(self.bars)} of them",
                field=name,
            )
        numbers: Array = found.astype(kind)
        return numbers
