"""What came of a run over history: its facts, and its tables when they are asked for."""

from __future__ import annotations

import logging
from itertools import chain
from typing import TYPE_CHECKING, Any

from mas.backtest.run_facts import RunFacts, fingerprint
from mas.clock import naive_utc
from mas.errors import DataError
from mas.terminal import constants as c

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from mas.backtest.state import RunState
    from mas.backtest.valuation.drawdown import Drawdowns

log = logging.getLogger(__name__)

DEALS = frozenset({c.DEAL_TYPE_BUY, c.DEAL_TYPE_SELL})


class Result:
    """The outcome of one run.

    It can be pickled, and kept in a file: :meth:`save`, :meth:`load`. Tables are made when they
    are first asked for; money is in the account's currency, time naive UTC. The type of each
    column is in :data:`mas.backtest.columns.COLUMNS`.

    Attributes
    ----------
    facts : RunFacts
        Strategy with its source text, period, settings, seed, versions.
    """

    def __init__(
        self,
        run: RunState | None,
        facts: RunFacts,
        *,
        stopped: str = "",
        kept: dict[str, Any] | None = None,
    ) -> None:
        self._live = run
        self.facts = facts
        self._stopped = stopped
        self._made: dict[str, tuple[tuple[int, ...], Any]] = {}
        self._kept = kept or {}

    @property
    def stopped(self) -> str:
        """What ended the run before its time; "" when it is whole."""
        self._complete()
        return self._stopped

    @stopped.setter
    def stopped(self, why: str) -> None:
        self._stopped = why

    @property
    def _run(self) -> RunState | None:
        """What the run worked on; None for a result from a file."""
        return self._live

    def __repr__(self) -> str:
        span = f"{naive_utc(self.start):%Y-%m-%d} to {naive_utc(self.end):%Y-%m-%d}"
        tail = f", stopped: {self.stopped}" if self.stopped else ""
        return f"<Result {span}, {self.deals_count} deals, balance {self.balance:.2f}{tail}>"

    # -- numbers -------------------------------------------------------------------------------

    @property
    def start(self) -> int:
        """Start of the period, ms."""
        return int(self._number("start", lambda run: run.start))

    @property
    def end(self) -> int:
        """Time of the data up to which the run has come, ms."""
        return int(self._number("end", lambda run: run.end))

    @property
    def played(self) -> tuple[int, int]:
        """First and last moment of the data that was played, ms; within the period asked for."""
        from mas.backtest.span import played  # noqa: PLC0415  small, and not always wanted

        first, last = self._number("played", played)
        return first, last

    @property
    def counts(self) -> dict[str, int]:
        """How many ``bars`` of the first feed and ``ticks`` of all symbols were played."""
        from mas.backtest.span import counts  # noqa: PLC0415

        found: dict[str, int] = self._number("counts", counts)
        return found

    @property
    def currency(self) -> str:
        """The currency of the account."""
        return str(self._number("currency", lambda run: run.terminal.settings.currency))

    @property
    def capital(self) -> float:
        """The balance at the start."""
        return float(self._number("capital", lambda run: run.terminal.settings.balance))

    @property
    def balance(self) -> float:
        """The balance at the end; what is still open is not in it."""
        return float(self._number("balance", lambda run: round(run.account.balance, 2)))

    @property
    def deals_count(self) -> int:
        """Number of deals, without balance operations."""
        return int(
            self._number(
                "deals_count", lambda run: sum(deal.type in DEALS for deal in run.account.deals)
            )
        )

    @property
    def source(self) -> dict[str, str]:
        """Where the history of each symbol came from."""
        found: dict[str, str] = self._number(
            "source", lambda run: {name: replay.source for name, replay in run.replays.items()}
        )
        return found

    @property
    def fingerprint(self) -> dict[str, str]:
        """A digest of the history of each symbol: equal where the same prices were played."""
        found: dict[str, str] = self._table(
            "fingerprint",
            lambda run: {name: fingerprint(replay.data()) for name, replay in run.replays.items()},
        )
        return found

    # -- tables --------------------------------------------------------------------------------

    @property
    def deals(self) -> pd.DataFrame:
        """All deals, one row each, balance operations included."""
        return self._frame("deals")

    @property
    def orders(self) -> pd.DataFrame:
        """All orders, finished and active, in the order of their tickets."""
        return self._frame("orders")

    @property
    def trades(self) -> pd.DataFrame:
        """Round trips: what each closing deal took off its position, first in first out.

        A deal that closes several entries makes a row for each; profit, swap and commission are
        shared out by volume. What is still open is not here.
        """
        return self._frame("trades")

    @property
    def equity(self) -> pd.DataFrame:
        """The account over time: ``balance``, ``equity``, ``margin``, ``margin_level``.

        By the close of each pushed bar, of minutes where only ticks are pushed, by the time of
        each deal, and at the end; after everything that happened up to that millisecond.
        """
        return self._frame("equity")

    @property
    def refusals(self) -> pd.DataFrame:
        """Requests and orders that were refused.

        ``time``, ``order`` (0: it never became one), ``action`` (send, modify, cancel),
        ``symbol``, ``type``, ``volume``, ``price``, ``sl``, ``tp``, ``retcode``, ``reason``.
        """
        return self._frame("refusals")

    @property
    def errors(self) -> pd.DataFrame:
        """What callbacks raised, a row for each place.

        ``callback``, ``where``, ``error``, ``count``, ``first`` (time of the data), ``traceback``.
        """
        return self._frame("errors")

    def notes(self) -> list[str]:
        """Return a line each about refused requests and callbacks that raised, where there are."""
        from mas.backtest.incidents import summary_of, trouble  # noqa: PLC0415

        refused = self.refusals[["retcode", "reason"]].itertuples(index=False, name=None)
        raised = self.errors[["callback", "where", "error", "count"]]
        lines = (summary_of(list(refused)), trouble(raised.itertuples(index=False, name=None)))
        return [line for line in lines if line]

    @property
    def drawdowns(self) -> Drawdowns:
        """Drawdowns of balance and equity over every deal and every tick, as the tester has them.

        And the smallest margin level while positions were open, with its time (R237, R241).
        """
        from mas.backtest.valuation.drawdown import Drawdowns  # noqa: PLC0415  numpy

        return Drawdowns.of(self._table("drawdowns", lambda run: run.valuation().drawdowns()))

    @property
    def excursions(self) -> pd.DataFrame:
        """Best (``mfe``) and worst (``mae``) floating result of each position, over its ticks.

        By ``position``, the identifier; profit and swap, without commission (R241).
        """
        return self._frame("excursions")

    @property
    def deal_excursions(self) -> pd.DataFrame:
        """The same of the part that each closing deal took off its position, by ``deal``."""
        return self._frame("deal_excursions")

    def open_positions(self) -> list[dict[str, Any]]:
        """Return what is still open: symbol, side, volume, entry time and price, profit."""
        table = self._frame("open")
        times = [stamp.to_pydatetime() for stamp in table["entry_time"]]
        rows = zip(table.to_dict("records"), times, strict=True)
        return [
            {str(key): value for key, value in row.items()} | {"entry_time": at} for row, at in rows
        ]

    def stops(self) -> dict[int, tuple[float, float]]:
        """Return SL and TP that each position was opened with, 0.0 for none, by identifier."""
        table = self._frame("stops")
        pairs = zip(table["sl"].tolist(), table["tp"].tolist(), strict=True)
        return dict(zip(table["position"].tolist(), pairs, strict=True))

    def prices(self, symbol: str) -> pd.DataFrame:
        """Return the bars of a symbol in the run's period, few enough for a chart."""
        from mas.backtest.tables import prices  # noqa: PLC0415  pandas

        found: pd.DataFrame = self._table(f"prices {symbol}", lambda run: prices(run, symbol))
        return found

    def events(self) -> bytes:
        """Return all that was told as JSON lines; two runs of one seed give the same bytes."""
        found: bytes = self._table("events", _events)
        return found

    # -- doing it again ------------------------------------------------------------------------

    def rerun(self, strategy: Any) -> Result:
        """Run a class over the same history with the same settings.

        The source text that is kept is never executed: the class is the caller's. Where the
        history is no longer the same, a line says so.
        """
        from mas.backtest.backtest import again  # noqa: PLC0415

        made = again(self.facts, strategy).go()
        if made.fingerprint != self.fingerprint:
            log.warning(
                "the prices are not those of the first run: %s then, %s now",
                "; ".join(self.source.values()), "; ".join(made.source.values()),
            )  # fmt: skip
        return made

    def save(self, path: str | Path) -> Path:
        """Write all of it to one file, such as ``run.mas``; the same run gives the same bytes."""
        from mas.backtest.archive import save  # noqa: PLC0415  pyarrow

        return save(path, self.facts, self.stopped, self.kept())

    @staticmethod
    def load(path: str | Path) -> Result:
        """Return what :meth:`save` wrote; nothing in the file is executed.

        Raises
        ------
        DataError
            The file is missing, damaged, or of a newer version.
        """
        from mas.backtest.archive import load  # noqa: PLC0415  pyarrow

        facts, stopped, kept = load(path)
        return Result(None, facts, stopped=stopped, kept=kept)

    # -- inside --------------------------------------------------------------------------------

    def kept(self) -> dict[str, Any]:
        """Return all numbers and tables, as a file or a pickle keeps them."""
        if self._run is None:
            return dict(self._kept)
        from mas.backtest.tables import MAKERS  # noqa: PLC0415  pandas

        numbers = ("start", "end", "currency", "capital", "balance", "deals_count", "source")
        found = {name: getattr(self, name) for name in (*numbers, "counts")}
        found["played"] = list(self.played)
        found |= {"fingerprint": self.fingerprint, "events": self.events()}
        found |= {name: self._frame(name) for name in MAKERS}
        found |= {"drawdowns": self.drawdowns}
        found |= {f"prices {name}": self.prices(name) for name in self._run.replays}
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.facts, self.stopped, self.kept())

    def state(self) -> RunState:
        """Return what the run worked on.

        Raises
        ------
        DataError
            The result comes from a file.
        """
        if self._run is None:
            raise DataError("a result from a file has tables alone")
        return self._run

    def finished(self) -> None:
        """Take the present moment of the data as the run's end."""
        if self._run is not None:
            self._run.over = self._run.terminal.clock.now_ms()

    def _complete(self) -> None:
        """Do nothing: a run is over when it has a result."""

    def _number(self, name: str, of: Callable[[RunState], Any]) -> Any:
        return self._kept[name] if self._run is None else of(self._run)

    def _frame(self, name: str) -> pd.DataFrame:
        from mas.backtest.tables import MAKERS  # noqa: PLC0415  pandas

        found: pd.DataFrame = self._table(name, MAKERS[name])
        return found

    def _table(self, name: str, make: Callable[[RunState], Any]) -> Any:
        """Return a table, made once for as long as nothing happens."""
        run = self._run
        if run is None:
            if name not in self._kept:
                raise DataError(f"{name} was not kept in this result")
            return self._kept[name]
        now = run.version
        known = self._made.get(name)
        if known is None or known[0] != now:
            known = self._made[name] = (now, make(run))
        return known[1]


def _events(run: RunState) -> bytes:
    from msgspec.json import Encoder  # noqa: PLC0415
    from msgspec.structs import replace  # noqa: PLC0415

    encode = Encoder(order="deterministic").encode
    statuses = (replace(status, request=status.asked()) for status in run.session.statuses)
    told = chain(statuses, run.session.executions)
    return b"\n".join(encode({"type": type(event).__name__, "fact": event}) for event in told)


def _restored(facts: RunFacts, stopped: str, kept: dict[str, Any]) -> Result:
    return Result(None, facts, stopped=stopped, kept=kept)
