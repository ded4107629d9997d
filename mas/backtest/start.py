"""What ``subscribe_*`` with ``backtest_toggle`` does: run the client over a period of history."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from mas import config
from mas.backtest.feeds import BarFeed, Feed, TickFeed
from mas.backtest.plan import Plan, plan_of
from mas.backtest.run import Run
from mas.backtest.sources import Sources
from mas.errors import ParamError
from mas.history.resample import seconds_of
from mas.history.store import Store
from mas.sim import SimSettings, built_in, load_symbols
from mas.sim.settings import refuse_renamed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mas.backtest.data import Replay
    from mas.backtest.result import Result
    from mas.client import MAS
    from mas.sim import Symbol

SECOND = 1000
LEVERAGE = 500
"""Of a backtest that names none: the published ones trade 0.1 lots on 1,000 USD."""


def replay_bars(client: MAS, given: dict[str, Any]) -> Result:
    """Push the bars of a symbol and timeframe that open between ``from`` and ``to``."""
    return run(client, {**given, "bars": [(given["symbol"], given["timeframe"])], "ticks": []})


def replay_ticks(client: MAS, given: dict[str, Any]) -> Result:
    """Push the ticks of a symbol between ``from`` and ``to``."""
    return run(client, {**given, "bars": [], "ticks": [given["symbol"]]})


def run(client: MAS, given: dict[str, Any]) -> Result:
    """Push the bars and ticks that ``backtest`` was given, merged by time."""
    __tracebackhide__ = True
    start, end = given["from"] * SECOND, given["to"] * SECOND
    feeds: list[Feed] = [
        BarFeed(symbol, timeframe, start, end) for symbol, timeframe in given["bars"]
    ]
    feeds += [
        TickFeed(
            symbol, start, end, dealt=given.get("mode") == "trade",
            interval=given.get("interval_ms") or 0,
        )
        for symbol in given["ticks"]
    ]  # fmt: skip
    settings = settings_of(given)
    codes = [timeframe for _, timeframe in given["bars"]]
    plan = plan_of(given, min(codes, key=seconds_of, default=0), settings.seed)
    return backtest(client, feeds, settings, plan)


def backtest(
    client: MAS,
    feeds: Sequence[Feed],
    settings: SimSettings,
    plan: Plan | None = None,
    *,
    replays: dict[str, Replay] | None = None,
) -> Result:
    """Run a client over what some feeds push, and return the result.

    Parameters
    ----------
    replays : dict, optional
        History by symbol. Default: what is stored, else the synthetic market.
    """
    __tracebackhide__ = True
    if plan is None:
        starts, ends = [feed.start for feed in feeds], [feed.end for feed in feeds]
        plan = Plan(min(starts), max(ends), seed=settings.seed)
    symbols = specifications(settings)
    sources = Sources(plan, Store(), symbols)
    sources.found.update(replays or {})
    for feed in feeds:
        sources.replay(feed.symbol)
    return Run(client, sources, feeds, settings, symbols=symbols).go()


def specifications(settings: SimSettings) -> dict[str, Symbol]:
    """Return the symbols of a run by name; it may add to them."""
    return dict(load_symbols(settings.symbols) if settings.symbols else built_in())


def settings_of(given: dict[str, Any]) -> SimSettings:
    """Return the account and market of a run from its parameters.

    Raises
    ------
    ParamError
        ``settings`` has an unknown field, or one of a wrong type.
    """
    seed = config.sim_seed()
    usual = SimSettings(balance=given["capital"], leverage=LEVERAGE)
    if seed is not None:
        usual = dataclasses.replace(usual, seed=seed)
    chosen = given["settings"] or {}
    kinds = {field.name: type(getattr(usual, field.name)) for field in dataclasses.fields(usual)}
    for name, value in chosen.items():
        kind = kinds.get(name)
        if kind is None:
            refuse_renamed(name)
            raise ParamError(
                f"settings: {name!r} must be one of {', '.join(sorted(kinds))}", field="settings"
            )
        whole = kind is float and isinstance(value, int) and not isinstance(value, bool)
        if not (whole or type(value) is kind):
            raise ParamError(
                f"settings: {name} must be of type {kind.__name__}, was {value!r}",
                field="settings",
                value=value,
            )
    return dataclasses.replace(usual, **chosen)
