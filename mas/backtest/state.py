"""What a run works on while it goes on, as its result looks at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mas.backtest.valuation.over_time import ValuationOverTime

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mas.backtest.data import Replay
    from mas.backtest.feeds import Feed
    from mas.backtest.incidents import Incidents
    from mas.backtest.ledger import BacktestSession
    from mas.sim import SimTerminal
    from mas.sim.account import Account


@dataclass(slots=True, eq=False)
class RunState:
    """The account, the history and the events of one run.

    Attributes
    ----------
    replays : dict
        History by symbol, of those that were played or converted.
    feeds : list
        What was pushed.
    incidents : Incidents
        What callbacks raised.
    over : int or None
        Time of the data when the run ended, ms; None while it goes on.
    """

    terminal: SimTerminal
    session: BacktestSession
    replays: dict[str, Replay]
    feeds: Sequence[Feed]
    incidents: Incidents
    over: int | None = None
    _valued: tuple[tuple[int, ...], ValuationOverTime] | None = field(default=None, repr=False)

    @property
    def account(self) -> Account:
        """The simulated account."""
        return self.terminal.broker.account

    @property
    def start(self) -> int:
        """Start of the period, ms."""
        return min(feed.start for feed in self.feeds)

    @property
    def end(self) -> int:
        """Time of the data up to which the run has come, ms."""
        return self.terminal.clock.now_ms() if self.over is None else self.over

    @property
    def version(self) -> tuple[int, ...]:
        """Numbers that change whenever anything has happened."""
        account = self.account
        return (
            len(account.deals), account.finished_count, len(account.orders), self.end,
            len(self.incidents), len(self.session.statuses),
        )  # fmt: skip

    def valuation(self) -> ValuationOverTime:
        """Return the account's figures at any time, as far as the run has come."""
        if self._valued is None or self._valued[0] != self.version:
            self._valued = self.version, ValuationOverTime(self.terminal.broker, self.end)
        return self._valued[1]
