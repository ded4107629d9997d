"""What ``subscribe_*`` with ``backtest_toggle`` does: run the client over a period of history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mas import config
from mas.engine.data import Replay, synthetic
from mas.engine.run import BarFeed, Feed, Run, TickFeed
from mas.sim import SimSettings, built_in

if TYPE_CHECKING:
    from mas.client import MAS
    from mas.engine.result import Result

SECOND = 1000


def replay_bars(client: MAS, given: dict[str, Any]) -> Result:
    """Push the bars of a symbol and timeframe that open between ``from`` and ``to``."""
    start, end = given["from"] * SECOND, given["to"] * SECOND
    feed = BarFeed(given["symbol"], given["timeframe"], start, end)
    return backtest(client, [feed], _settings(given))


def replay_ticks(client: MAS, given: dict[str, Any]) -> Result:
    """Push the ticks of a symbol between ``from`` and ``to``."""
    start, end = given["from"] * SECOND, given["to"] * SECOND
    feed = TickFeed(
        given["symbol"], start, end, dealt=given["mode"] == "trade",
        interval=given["interval_ms"] or 0,
    )  # fmt: skip
    return backtest(client, [feed], _settings(given))


def backtest(
    client: MAS,
    feeds: list[Feed],
    settings: SimSettings,
    *,
    replays: dict[str, Replay] | None = None,
) -> Result:
    """Run a client over what some feeds push, and return the result.

    Parameters
    ----------
    replays : dict, optional
        History by symbol. Default: what is stored, else the synthetic market.
    """
    found = dict(replays or {})
    for feed in feeds:
        if feed.symbol not in found:
            symbol = built_in()[feed.symbol]
            found[feed.symbol] = synthetic(symbol, feed.start, feed.end, seed=settings.seed)
    return Run(client, found, feeds, settings).go()


def _settings(given: dict[str, Any]) -> SimSettings:
    seed = config.sim_seed()
    usual = SimSettings() if seed is None else SimSettings(seed=seed)
    return SimSettings(seed=usual.seed, balance=given["capital"])
