"""What a run asks of its history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mas.clock import naive_utc
from mas.schema.words import TIMEFRAMES
from mas.terminal import constants as c

if TYPE_CHECKING:
    from mas.schema.market import BacktestParams
    from mas.sim import SimSettings
    from mas.timeunits import Ms

WORDS = {
    "real": "real ticks",
    "every_tick": "generated ticks",
    "ohlc": "1 minute OHLC",
    "open": "open prices",
}
"""The models (R190)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run asks of its history.

    Attributes
    ----------
    start, end : int
        Period, ms.
    model : str
        ``"best"``: real ticks where they are stored, else ticks generated from minute bars, else
        the four prices of longer ones (R245); or a key of WORDS.
    timeframe : int
        The shortest of the bars that are pushed; 0 when only ticks are.
    spread : int or None
        Points, the same on every tick; None for what was recorded.
    seed : int
        Of the synthetic market.
    source : str
        ``"auto"``: what is stored, else the synthetic market; ``"synthetic"``: that one only.
    partial : bool
        Whether a period of which a part is stored is played.
    zone : str
        The server's clock, as in the settings of the run.
    """

    start: int
    end: int
    model: str = "best"
    timeframe: int = 0
    spread: int | None = None
    seed: int = 7
    source: str = "auto"
    partial: bool = False
    zone: str = "UTC"


def ticks_made_of(model: str, timeframe: int) -> str:
    """Return what a model makes of bars of a timeframe."""
    if timeframe == c.TIMEFRAME_M1 or model == "open":
        return WORDS[model]
    what = "four prices" if model == "ohlc" else WORDS[model]
    name = next(name for name, code in TIMEFRAMES.items() if code == timeframe)
    return f"{what} of {name} bars"


def plan_of(given: BacktestParams, timeframe: int, settings: SimSettings) -> Plan:
    """Return the plan of a run from its parameters, times in epoch seconds."""
    return Plan(
        *given.period(), given.model, timeframe, given.spread, settings.seed, given.source,
        given.partial, settings.server_zone,
    )  # fmt: skip


def day_and_minute(at: Ms) -> str:
    """Return a time in ms as text: the day, and the minute where it is not midnight."""
    return f"{naive_utc(at):%Y-%m-%d %H:%M}".removesuffix(" 00:00")


def words(plan: Plan) -> str:
    """Return the period in words."""
    return f"{day_and_minute(plan.start)} to {day_and_minute(plan.end)}"


def fetch_command(plan: Plan, symbol: str, kind: str = "M1") -> str:
    """Return the command that fetches history of a symbol for the period."""
    start, end = (
        naive_utc(at).isoformat().removesuffix("T00:00:00") for at in (plan.start, plan.end)
    )
    return f"masjupyter data fetch {symbol} --from {start} --to {end} --kind {kind}"
