"""Backtests of signals: arrays of entries and exits in, a result out, no Python per bar.

One position at a time. A signal of a bar is an order with the first tick after that bar has
closed, as in a callback; stops are found to the tick. Trades are chained by array arithmetic; where
money could run short, or the orders or the account are ones that the arithmetic does not know, the
same orders go through the simulated terminal instead, which gives the same result more slowly.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from mas.backtest.plan import plan_of
from mas.backtest.run import last_moment
from mas.backtest.run_facts import facts_of
from mas.backtest.setup import TESTER, settings_of, specifications
from mas.backtest.signals.arithmetic import account_of, chained
from mas.backtest.signals.booking import AccountTerms
from mas.backtest.signals.orders import orders_of
from mas.backtest.signals.replay import SignalOrders, played
from mas.backtest.signals.result import SignalResult
from mas.backtest.sources import Sources
from mas.errors import ParamError
from mas.history.library import frame
from mas.history.serverclock import server_clock
from mas.history.store import Store
from mas.schema import parse
from mas.schema.market import SignalsParams

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mas import dicts
    from mas.backtest.result import Result
    from mas.backtest.signals.orders import Orders


class Signals:
    """One symbol and period, on which any number of signals can be run.

    Parameters
    ----------
    params : dict
        ``symbol``, ``timeframe``, ``from``, ``to``; ``capital``, ``model``, ``spread``,
        ``profile``, ``settings`` and so on as in ``backtest``.

    Attributes
    ----------
    bars : DataFrame
        The closed bars: ``time``, ``open`` … ``close``, ``tick_volume``, ``spread``. A signal
        array has one entry for each.
    """

    def __init__(self, params: dicts.Signals) -> None:
        given = parse("signals", SignalsParams, params)
        self._timeframe, run = given.timeframe, given.run()
        self._settings = settings_of(run)
        self._symbols = specifications(self._settings)
        self._period = run.period()
        self._close_at_end = given.profile == TESTER
        plan = plan_of(run, given.timeframe, self._settings)
        self._sources = Sources(plan, Store(), self._symbols)
        replay = self._sources.replay(given.symbol)
        replay.server = server_clock(self._settings.server_zone)
        self._sources.convert_to(self._settings.currency)
        bars, self._pushed = replay.bars(given.timeframe, *self._period)
        self.symbol = replay.symbol
        self.bars = frame(bars, replay.symbol.digits)
        self._account: AccountTerms | str = account_of(
            replay, self._settings, self._pushed, last_moment([replay], self._period[1]),
            close_at_end=self._close_at_end,
        )  # fmt: skip
        self._facts = facts_of(Signals, run, self._settings)

    def __repr__(self) -> str:
        return f"<Signals {self.symbol.name}, {len(self.bars)} bars>"

    def run(self, entries: Any, exits: Any = None, **more: Any) -> SignalResult:
        """Run one set of signals.

        Parameters
        ----------
        entries, exits : array of bool, (bars,)
            Where a long position is opened and closed.
        **more
            ``short_entries``, ``short_exits``: arrays likewise. Each of the following is a number
            or an array of one for each bar. ``volume``: lots, 0.1. ``risk``: percent of the
            equity that the stop loss may cost, slippage included, gaps and commission not,
            instead of a volume; an entry that has both is refused. ``sl``, ``tp``: points from
            the quote at which the order is sent, 0 for none. ``trail``: points at which the stop
            loss follows the price at the end of each bar. ``entry``: ``"market"``, or ``"limit"``
            and ``"stop"`` for pending orders ``distance`` points from the quote, deleted after
            ``expiry`` bars; with ``follow=True`` a stop order follows a price that moves away
            from it.

        An entry against the open position closes it and opens the other side; one while an order
        is pending replaces that order. Where a bar has an entry and an exit of one side, or
        entries of both, the entry does not count.

        Raises
        ------
        ParamError
            An array is of another length or type, or there is no such argument.
        """
        orders = orders_of({"entries": entries, "exits": exits, **more}, len(self.bars))
        account, exact, made = self._account, "", None
        if not orders.plain:
            exact = "pending orders, trailing stops and risks are the simulated terminal's"
        elif isinstance(account, AccountTerms):
            made = chained(account, orders)
            exact = "" if made is not None else "money could run short"
        else:
            exact = account
        return SignalResult(
            lambda: self._play(orders), self._facts, made,
            source={name: replay.source for name, replay in self._sources.found.items()},
            symbol=self.symbol.name, exact=exact,
        )  # fmt: skip

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
            return list(pool.map(lambda parameters: self.run(**parameters), sets))

    @staticmethod
    def together(*sets: tuple[Signals, Mapping[str, Any]]) -> Result:
        """Run signals of several symbols in one account.

        Parameters
        ----------
        *sets : (Signals, dict)
            Each with the arguments of :meth:`run`; all of one period, profile and account.

        Raises
        ------
        ParamError
            A symbol is there twice, or periods or accounts differ.
        """
        first = _checked(sets)
        asked = [
            parameters._asked(orders_of({"exits": None, **given}, len(parameters.bars)))  # noqa: SLF001
            for parameters, given in sets
        ]
        return played(
            first._sources.with_found(*(parameters._sources for parameters, _ in sets)),  # noqa: SLF001
            asked, first._settings, first._facts, close_at_end=first._close_at_end,  # noqa: SLF001
        )  # fmt: skip

    def account(self) -> tuple[Any, ...]:
        """Return period, settings and profile: what signals of one account have in common."""
        return self._period, self._settings, self._close_at_end

    def _play(self, orders: Orders) -> Result:
        return played(
            self._sources, [self._asked(orders)], self._settings, self._facts,
            close_at_end=self._close_at_end,
        )  # fmt: skip

    def _asked(self, orders: Orders) -> SignalOrders:
        return SignalOrders(self.symbol, self._timeframe, self._pushed, orders, self._period)


def _checked(sets: Sequence[tuple[Signals, Mapping[str, Any]]]) -> Signals:
    """Return the first of some signals that may share an account."""
    if not sets:
        raise ParamError("together takes pairs of Signals and the arguments of run")
    first, names = sets[0][0], [parameters.symbol.name for parameters, _ in sets]
    for parameters, _ in sets:
        if names.count(parameters.symbol.name) > 1:
            raise ParamError(f"{parameters.symbol.name} is there twice", field="symbol")
        if parameters.account() != first.account():
            raise ParamError(
                f"{parameters.symbol.name} has another period or account than {first.symbol.name}",
                field="settings",
            )
    return first
