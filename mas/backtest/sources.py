"""Where the history of a run comes from: what is stored, else the synthetic market, which says so.

Of a symbol that is stored the run plays what covers most of the period: ticks before minutes
before longer bars. Times that the store does not have are not made up; a symbol without any stored
history in the period is played from the synthetic market.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from mas.backtest.data import Replay
from mas.clock import naive_utc
from mas.errors import DataError, ParamError
from mas.fields import TIMEFRAMES
from mas.history.collect import scaled
from mas.history.columns import NO_TICKS, Bars, Ticks, joined
from mas.history.derived import Playable, of_bars, of_ticks, with_spread
from mas.history.generate import tick_blocks
from mas.history.resample import divides, merged, seconds_of
from mas.history.store import TICKS
from mas.sim.streams import SyntheticStream
from mas.terminal import constants as c

if TYPE_CHECKING:
    from mas.history.pyramid import Pyramid
    from mas.history.store import Store, Stored
    from mas.sim import Symbol

    Array = np.ndarray[Any, Any]

log = logging.getLogger(__name__)
DAY = 86_400_000
TICK_DAYS = 14
"""Longest period of the synthetic market that is played tick by tick."""
KEPT = 4
"""Synthetic histories that are kept for the next run; five years take about 180 MB."""
ENOUGH = 0.95
"""Share of the best coverage with which finer history is taken."""
WORDS = {
    "real": "real ticks",
    "every_tick": "every tick",
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
        ``"best"``: real ticks where they are stored, else 1 minute OHLC; or a key of WORDS.
    timeframe : int
        The shortest of the bars that are pushed; 0 when only ticks are.
    spread : int or None
        Points, the same on every tick; None for what was recorded.
    seed : int
        Of the synthetic market.
    """

    start: int
    end: int
    model: str = "best"
    timeframe: int = 0
    spread: int | None = None
    seed: int = 7


class Sources:
    """Finds the history of symbols for one run, each once.

    Attributes
    ----------
    found : dict
        Replays by symbol, as far as they were asked for.
    """

    def __init__(self, plan: Plan, store: Store, symbols: dict[str, Symbol]) -> None:
        if plan.model == "open" and not plan.timeframe:
            raise ParamError(
                "model open plays the open prices of bars: subscribe to bars, not to ticks",
                field="model",
            )
        self.plan = plan
        self.found: dict[str, Replay] = {}
        self._store = store
        self.symbols = symbols

    def replay(self, name: str) -> Replay:
        """Return the history of a symbol.

        Raises
        ------
        ParamError
            The symbol has no specification.
        DataError
            What is stored cannot be played by the model that was asked for.
        """
        if name not in self.found:
            self.found[name] = self._replay(specification(name, self.symbols))
        return self.found[name]

    def _replay(self, symbol: Symbol) -> Replay:
        stored = self._stored(symbol.name)
        if stored is None:
            made = synthetic(symbol, self.plan)
            log.warning("no history is stored for %s: it comes from %s", symbol.name, made.source)
            return made
        self._say_what_is_missing(stored)
        return play(stored, symbol, self.plan)

    def _stored(self, name: str) -> Stored | None:
        """Return what covers most of the period among what the model and the bars can use."""
        plan = self.plan
        there = [
            one for one in self._store.of(name) if one.first < plan.end and one.last >= plan.start
        ]
        usable = [one for one in there if self._fits(one)]
        if there and not usable:
            kinds = ", ".join(one.kind for one in there)
            raise DataError(
                f"{kinds} of {name} are stored, which cannot be played as {WORDS[plan.model]}"
                if plan.model != "best"
                else f"{kinds} of {name} are stored, too long for bars of "
                f"{_name(plan.timeframe)}: import shorter ones"
            )
        if not usable:
            return None
        most = max(map(self._covers, usable))
        good = [one for one in usable if self._covers(one) >= ENOUGH * most]
        return min(
            good, key=lambda one: 0 if one.kind == TICKS else seconds_of(TIMEFRAMES[one.kind])
        )

    def _fits(self, stored: Stored) -> bool:
        if stored.kind == TICKS:
            return True
        if self.plan.model == "real":
            return False
        return not self.plan.timeframe or divides(TIMEFRAMES[stored.kind], self.plan.timeframe)

    def _covers(self, stored: Stored) -> int:
        return min(stored.last, self.plan.end) - max(stored.first, self.plan.start) + 1

    def _say_what_is_missing(self, stored: Stored) -> None:
        plan = self.plan
        early = stored.first - plan.start > 3 * DAY
        late = plan.end - stored.last > 4 * DAY
        if early or late:
            log.warning(
                "%s was asked for from %s to %s, but stored are %s from %s to %s: they are played",
                stored.symbol, naive_utc(plan.start), naive_utc(plan.end), stored.kind,
                stored.start, stored.end,
            )  # fmt: skip


def specification(name: str, symbols: dict[str, Symbol]) -> Symbol:
    """Return the specification of a symbol; ``EURUSD.sml`` has that of ``EURUSD``.

    Raises
    ------
    ParamError
        There is none.
    """
    if name in symbols:
        return symbols[name]
    plain = next((one for one in (name[:6], name.split(".", maxsplit=1)[0]) if one in symbols), "")
    if not plain:
        raise ParamError(
            f"symbol {name!r} has no specification{near(name, symbols)}; those of others come from "
            "a file: settings={'symbols': 'my_symbols.toml'}",
            field="symbol",
            value=name,
        )
    symbols[name] = replace(symbols[plain], name=name)
    return symbols[name]


def play(stored: Stored, symbol: Symbol, plan: Plan) -> Replay:
    """Return what is stored, by the model that was asked for."""
    model = plan.model
    if stored.kind == TICKS and model in {"best", "real"}:
        return _replay_of(of_ticks(stored), stored, symbol, plan, WORDS["real"])
    if stored.kind != TICKS and model in {"best", "every_tick", "ohlc"}:
        model = "ohlc" if model == "best" else model
        words = WORDS[model] if stored.kind == "M1" else f"{model} of {stored.kind}"
        bars = cast("Bars", stored.read())
        usual = plan.spread if plan.spread is not None else usual_spread(symbol, bars)
        if plan.spread is None and usual:
            words += f", spread {usual} points"
        made = of_bars(stored, model, spread=_in_points_of(stored, symbol, usual))
        return _replay_of(made, stored, symbol, plan, words)
    if stored.kind == TICKS:
        index = of_ticks(stored)
        bars, timeframe = index.bars, index.timeframe
    else:
        bars, timeframe = cast("Bars", stored.read()), TIMEFRAMES[stored.kind]
    bars = cast("Bars", scaled(bars, symbol.digits - stored.digits))
    source = f"{stored.symbol} {stored.kind} ({_files(stored)})"
    return generated(symbol, bars, replace(plan, model=model), source, timeframe=timeframe)


def _replay_of(played: Playable, stored: Stored, symbol: Symbol, plan: Plan, words: str) -> Replay:
    ticks, more = played.ticks, symbol.digits - stored.digits
    bars = played.bars
    pyramid: Pyramid | None = played.pyramid
    if more or plan.spread is not None:
        ticks = cast("Ticks", scaled(ticks, more))
        bars = cast("Bars", scaled(bars, more))
        if plan.spread is not None:
            ticks = ticks._replace(asks=ticks.bids + np.int32(plan.spread))
            words += f", spread {plan.spread} points"
        pyramid = None
    return Replay(
        symbol, ticks, f"{stored.symbol} {stored.kind} ({_files(stored)}), {words}", bars=bars,
        firsts=played.firsts, timeframe=played.timeframe, pyramid=pyramid,
    )  # fmt: skip


def generated(
    symbol: Symbol, bars: Bars, plan: Plan, source: str, *, timeframe: int = c.TIMEFRAME_M1
) -> Replay:
    """Return ticks generated from bars, by the model of the plan (R190)."""
    model = "ohlc" if plan.model == "best" else plan.model
    words = WORDS[model]
    if plan.spread is not None:
        bars = bars._replace(spreads=np.full(len(bars.times), plan.spread))
        words += f", spread {plan.spread} points"
    else:
        bars = with_spread(bars, usual_spread(symbol, bars))
    if model == "open":
        # Weeks and months take the prices of days (R199).
        timeframe = min(plan.timeframe, c.TIMEFRAME_D1)
        bars = merged(bars, timeframe)
    pieces = list(tick_blocks(bars, model, length_ms=seconds_of(timeframe) * 1000))
    ticks = joined(pieces) if pieces else NO_TICKS
    return Replay(symbol, ticks, f"{source}, {words}", bars=bars, timeframe=timeframe)


def usual_spread(symbol: Symbol, bars: Bars) -> int:
    """Return the spread that bars without any are given, points; 0 when they have one."""
    known = len(bars.spreads) and bars.spreads[0] > 0
    return 0 if known else round(symbol.market.spread)


def synthetic(symbol: Symbol, plan: Plan) -> Replay:
    """Return the synthetic market of a period, kept for the next run over the same.

    A few days are played tick by tick, more as the four prices of each minute bar.
    """
    return _synthetic(symbol, plan).fresh()


@lru_cache(maxsize=KEPT)
def _synthetic(symbol: Symbol, plan: Plan) -> Replay:
    stream = SyntheticStream(symbol, seed=plan.seed, always=False)
    source = f"the synthetic market (seed {plan.seed})"
    start = plan.start - DAY
    short = plan.end - plan.start <= TICK_DAYS * DAY
    minutes = None
    if plan.model != "real" and not (plan.model == "best" and short):
        minutes = stream.minute_bars(start, plan.end)
    if minutes is not None:
        return generated(symbol, minutes, plan, source)
    ticks = stream.ticks(start, plan.end)
    words = WORDS["real"]
    if plan.spread is not None:
        ticks = ticks._replace(asks=ticks.bids + plan.spread)
        words += f", spread {plan.spread} points"
    return Replay(symbol, ticks, f"{source}, {words}")


def _length(stored: Stored) -> int:
    return 0 if stored.kind == TICKS else seconds_of(TIMEFRAMES[stored.kind])


def _in_points_of(stored: Stored, symbol: Symbol, spread: int) -> int:
    """Return a spread in the points of stored bars, which may have other digits."""
    whole = round(spread * 10.0 ** (stored.digits - symbol.digits))
    return max(whole, 1) if spread else 0


def _files(stored: Stored) -> str:
    names = [one.name for one in stored.origins]
    return names[0] if len(names) == 1 else f"{len(names)} files"


def _name(timeframe: int) -> str:
    return next(name for name, code in TIMEFRAMES.items() if code == timeframe)


def near(name: str, symbols: dict[str, Symbol]) -> str:
    """Return a question that names the symbol which was perhaps meant."""
    found = get_close_matches(name.upper(), list(symbols), n=1)
    return f", did you mean {found[0]}?" if found else ""
