"""The result of signals: a few columns at once, all the rest when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mas.backtest.columns import COLUMNS
from mas.backtest.result import Result
from mas.backtest.run import RUN_TICKETS

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from mas.backtest.run_facts import RunFacts
    from mas.backtest.signals.booking import Trades
    from mas.backtest.state import RunState

    Array = np.ndarray[Any, Any]


class SignalResult(Result):
    """What came of signals.

    Trades and balance are there at once. Deals, orders, equity and reports are those of the
    simulated terminal, through which the orders go when one of these is first asked for; it makes
    the same trades.

    Parameters
    ----------
    play : callable
        Sends the orders through the simulated terminal, and returns what came of it.
    trades : Trades or None
        What the arithmetic has made of them; None where the terminal has to.
    source : dict
        Where the history came from.
    exact : str
        Why the orders went through the simulated terminal; "" when the arithmetic did.
    """

    def __init__(
        self,
        play: Callable[[], Result],
        facts: RunFacts,
        trades: Trades | None,
        *,
        source: dict[str, str],
        symbol: str,
        exact: str,
    ) -> None:
        super().__init__(None, facts)
        self._play: Callable[[], Result] | None = play
        self._trades = trades
        self._source = source
        self._symbol = symbol
        self.exact = exact

    def __repr__(self) -> str:
        return f"<SignalResult {len(self)} trades, balance {self.balance:.2f}>"

    def __len__(self) -> int:
        return len(self.net)

    @property
    def _run(self) -> RunState | None:
        if self._live is None and self._play is not None:
            found, self._play = self._play(), None
            self._live, self._stopped = found.state(), found.stopped
        return self._live

    def _complete(self) -> None:
        """Send the orders through the terminal, where no arithmetic says how it ends."""
        if self._trades is None:
            _ = self._run

    @property
    def capital(self) -> float:
        """The balance at the start."""
        return float(self.facts.settings["balance"])

    @property
    def currency(self) -> str:
        """The currency of the account."""
        return str(self.facts.settings["currency"])

    @property
    def balance(self) -> float:
        """The balance at the end; what is still open is not in it, but its commission is."""
        return super().balance if self._trades is None else self._trades.balance

    @property
    def net(self) -> Array:
        """What each trade brought: profit, swap and commission."""
        if self._trades is None:
            found: Array = self.trades["net"].to_numpy()
            return found
        return self._trades.nets

    @property
    def source(self) -> dict[str, str]:
        """Where the history of each symbol came from."""
        return self._source

    @property
    def trades(self) -> pd.DataFrame:
        """Round trips, as :attr:`Result.trades`."""
        return super().trades if self._trades is None else table_of(self._trades, self._symbol)


def table_of(made: Trades, symbol: str) -> pd.DataFrame:
    """Return the trades of the arithmetic as a table.

    One position at a time: each takes two orders, whose tickets follow each other.
    """
    import pandas as pd  # noqa: PLC0415

    count = len(made.profits)
    orders = RUN_TICKETS[0] + 2 * np.arange(count)
    columns: dict[str, Any] = {
        "position": orders,
        "symbol": np.full(count, symbol, object),
        "side": np.where(made.longs, "buy", "sell"),
        "volume": made.volumes,
        "entry_time": pd.to_datetime(made.entry_times, unit="ms"),
        "entry_price": made.entry_prices,
        "exit_time": pd.to_datetime(made.exit_times, unit="ms"),
        "exit_price": made.exit_prices,
        "profit": made.profits,
        "swap": made.swaps,
        "commission": made.commissions,
        "net": made.nets,
        "reason": made.reasons,
        "entry_order": orders,
        "exit_order": orders + 1,
    }
    kinds = COLUMNS["trades"]
    return pd.DataFrame({name: columns[name] for name in kinds}).astype(kinds)
