"""``Backtest``: one run over history as an object; every other way to run one is thin over it."""

from __future__ import annotations

import dataclasses
import inspect
from typing import TYPE_CHECKING, Any

from mas.backtest.feeds import BarFeed, Feed, TickFeed
from mas.backtest.plan import plan_of
from mas.backtest.run import Run, RunRules
from mas.backtest.run_facts import NAMES, RunFacts, facts_of
from mas.backtest.setup import TESTER, settings_of, specifications
from mas.backtest.sources import Sources
from mas.callbacks import Callbacks
from mas.clock import naive_utc
from mas.errors import ParamError
from mas.history.resample import seconds_of
from mas.history.store import Store
from mas.schema import fields, parse
from mas.schema.market import BacktestParams, ReplayParams
from mas.sim import SimSettings
from mas.sim.settings import unknown_setting
from mas.timeunits import SECOND_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from mas.backtest.progress import Reached
    from mas.backtest.result import Result
    from mas.timeunits import Ms

    Moment = datetime | str | float

ACCOUNT = frozenset(field.name for field in dataclasses.fields(SimSettings))

TICK_CHOICES = fields(ReplayParams).keys() - fields(BacktestParams).keys()
"""What only the runs of subscriptions to ticks say."""


class Backtest:
    """One run of a class over history.

    Parameters
    ----------
    strategy : type
        A class of the client, made anew for each run, without arguments.
    symbol, timeframe : str, optional
        What is pushed: the bars of that timeframe, or without one the symbol's ticks.
    from_, to : datetime or str
        The period, UTC; `to` is not in it.
    bars, ticks : sequence, optional
        More that is pushed: pairs of symbol and timeframe; symbols.
    **settings
        The fields of ``backtest``: ``capital``, ``model``, ``spread``, ``profile``,
        ``stop_on_error`` and so on; and those of :class:`mas.sim.SimSettings`, such as
        ``commission``, ``leverage``, ``latency_ms``.

    Raises
    ------
    ParamError
        A field is unknown, missing or of a wrong type; `strategy` is no class of the client.

    Attributes
    ----------
    params : dict
        The parameters as ``client.backtest`` takes them.
    client : Callbacks or None
        The client of the last run.

    Examples
    --------
    >>> run = mas.Backtest(MyClient, symbol="EURUSD", timeframe="H1",
    ...                    from_="2024-01-01", to="2025-01-01", commission=3.5)
    >>> result = run.go()
    """

    def __init__(  # noqa: PLR0913  what a run is described by
        self,
        strategy: type[Callbacks],
        *,
        symbol: str = "",
        timeframe: str | int | None = None,
        from_: Moment,
        to: Moment,
        bars: Sequence[tuple[str, str | int]] = (),
        ticks: Sequence[str] = (),
        **settings: Any,
    ) -> None:
        self.strategy = checked(strategy)
        bars, ticks = list(bars), list(ticks)
        if symbol and timeframe is not None:
            bars.insert(0, (symbol, timeframe))
        elif symbol:
            ticks.insert(0, symbol)
        for name, ours in (("from", "from_"), ("symbol", "symbol"), ("to", "to")):
            if name in settings:
                raise ParamError(f"{name} is given twice: say it once, as {ours}", field=name)
        account = {**(settings.pop("settings", None) or {})}
        model = ReplayParams if settings.keys() & TICK_CHOICES else BacktestParams
        known = fields(model)
        run = {
            name: value for name, value in settings.items() if name in known or name == "captital"
        }
        account |= {name: value for name, value in settings.items() if name not in run}
        for name in account:
            if name not in ACCOUNT:
                raise unknown_setting(name, known)
        self.params = {
            **run, "bars": bars, "ticks": ticks, "from": from_, "to": to, "settings": account,
        }  # fmt: skip
        self._given = parse("backtest", model, self.params)
        settings_of(self._given)
        self.client: Any = None

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the client of the last run, which may hold anything."""
        return {**vars(self), "client": None}

    def __repr__(self) -> str:
        given = self._given
        pushed = [f"{symbol} {NAMES[code]}" for symbol, code in given.bars]
        pushed += [f"{symbol} ticks" for symbol in given.ticks]
        start, end = given.period()
        span = f"{_day(start)} to {_day(end)}"
        return f"<Backtest {self.strategy.__name__} {', '.join(pushed)}, {span}>"

    def go(
        self, *, progress: bool = True, follower: Callable[[Reached], None] | None = None
    ) -> Result:
        """Make a client, run it, and return what came of it.

        Parameters
        ----------
        progress : bool
            Show a bar when the run takes longer than a second.
        follower : callable, optional
            Is told instead of the bar how far the run has come.
        """
        __tracebackhide__ = True
        self.client = self.strategy()
        return play(self.client, self._given, progress=progress, follower=follower)


def checked(strategy: object) -> type[Callbacks]:
    """Return a class of the client that can be made without arguments.

    Raises
    ------
    ParamError
        It is none.
    """
    if not (inspect.isclass(strategy) and issubclass(strategy, Callbacks)):
        raise ParamError(
            f"strategy must be a class such as class MyClient(mas), was {strategy!r}",
            field="strategy",
            value=strategy,
        )
    try:
        inspect.signature(strategy).bind()
    except TypeError as error:
        raise ParamError(
            f"{strategy.__name__} must be made without arguments: {error}", field="strategy"
        ) from None
    return strategy


def again(facts: RunFacts, strategy: Any) -> Backtest:
    """Return the run that some facts describe, for a class of the caller's."""
    return Backtest(
        strategy, bars=facts.bars, ticks=facts.ticks, from_=facts.start / SECOND_MS,
        to=facts.end / SECOND_MS, **facts.params,
    )  # fmt: skip


def play(
    client: Any,
    given: BacktestParams,
    *,
    progress: bool = True,
    follower: Callable[[Reached], None] | None = None,
) -> Result:
    """Push to a client the bars and ticks that ``backtest`` was given, merged by time.

    Parameters
    ----------
    follower : callable, optional
        Is told how far the run has come.
    """
    __tracebackhide__ = True
    settings = settings_of(given)
    feeds = _feeds(given)
    timeframe = min((code for _, code in given.bars), key=seconds_of, default=0)
    plan = plan_of(given, timeframe, settings)
    symbols = specifications(settings)
    sources = Sources(plan, Store(), symbols)
    for feed in feeds:
        sources.replay(feed.symbol)
    rules = RunRules(close_at_end=given.profile == TESTER, stop_on_error=given.stop_on_error)
    run = Run(
        client, sources, feeds, settings, symbols=symbols, rules=rules,
        facts=facts_of(type(client), given, settings),
    )  # fmt: skip
    return run.go(progress=progress, follower=follower)


def _feeds(given: BacktestParams) -> list[Feed]:
    start, end = given.period()
    dealt, interval = False, 0
    if isinstance(given, ReplayParams):
        dealt, interval = given.mode == "trade", given.interval_ms or 0
    return [
        *(BarFeed(symbol, timeframe, start, end) for symbol, timeframe in given.bars),
        *(TickFeed(symbol, start, end, dealt=dealt, interval=interval) for symbol in given.ticks),
    ]


def _day(at: Ms) -> str:
    return f"{naive_utc(at):%Y-%m-%d}"
