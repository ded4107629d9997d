"""Where the history of a run comes from: what is stored, else the synthetic market, which says so.

Of a symbol that is stored the run plays the finest kind that covers the period: ticks before
minutes before longer bars; where none does, it is refused. A symbol of which nothing is stored is
played from the synthetic market, and so are the rates that convert its results. Where prices are
stored ones, no rate is made up.
"""

from __future__ import annotations

import copy
import logging
from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from mas.backtest.choice import Choice
from mas.backtest.data import Replay
from mas.backtest.digits import with_digits
from mas.backtest.plan import WORDS, Plan, fetch_command, ticks_made_of, words
from mas.backtest.rates import check_rates, specified, suffixed
from mas.errors import DataError, ParamError
from mas.history.collect import scaled
from mas.history.columns import NO_TICKS, joined
from mas.history.derived import Playable, of_ticks, with_spread
from mas.history.generate import tick_blocks
from mas.history.paths import BarTicks
from mas.history.resample import merged, seconds_of
from mas.history.serverclock import server_clock
from mas.history.store import TICKS
from mas.schema.words import TIMEFRAMES
from mas.sim.streams import SyntheticStream
from mas.terminal import constants as c
from mas.timeunits import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mas.history.columns import Bars, Ticks
    from mas.history.pyramid import Pyramid
    from mas.history.store import Store, Stored
    from mas.sim import Symbol
    from mas.sim.streams import Stream

    Array = np.ndarray[Any, Any]

log = logging.getLogger(__name__)
TICK_DAYS = 14
"""Longest period of the synthetic market that is played tick by tick."""
LONGEST = 50 * 366 * DAY_MS
KEPT = 4
"""Synthetic histories that are kept for the next run; five years of minutes take about 180 MB."""
KEPT_STORED = 2
"""The same of stored ones: what is made of their columns, which lie on disk."""


class Sources:
    """Finds the history of symbols for one run, each once.

    Attributes
    ----------
    found : dict
        Replays by symbol, as far as they were asked for.
    real : bool
        Whether any of them is stored: then all that follow are, and no rate is made up.
    """

    def __init__(self, plan: Plan, store: Store, symbols: dict[str, Symbol]) -> None:
        if plan.model == "open" and not plan.timeframe:
            raise ParamError(
                "model open plays the open prices of bars: subscribe to bars, not to ticks",
                field="model",
            )
        self.plan = plan
        self.found: dict[str, Replay] = {}
        self.real = False
        self.symbols = symbols
        self._specified = frozenset(symbols)
        self._store = store
        self._others: dict[str, Stored | None] = {}
        self._usual: dict[str, int] = {}  # digits of the specification, where the run has more

    def replay(self, name: str) -> Replay:
        """Return the history of a symbol.

        Raises
        ------
        ParamError
            The symbol has no specification.
        DataError
            What is stored cannot be played by the model that was asked for, or does not cover
            the period.
        """
        if name not in self.found:
            self.found[name] = self._replay(specification(name, self.symbols))
        return self.found[name]

    def convert_to(self, currency: str) -> None:
        """Make sure that all results can be converted; rates of real prices are real (R143).

        Raises
        ------
        DataError
            A rate is missing in the run's period.
        """
        if self.real:
            self._add_stored()
            check_rates(self, list(self.found), currency)

    def fresh(self) -> Sources:
        """Return the same for another run, sharing what is in memory; runs may go on together."""
        other = copy.copy(self)
        other.found = {name: replay.fresh() for name, replay in self.found.items()}
        other._others = dict(self._others)  # noqa: SLF001  of its own kind
        return other

    def with_found(self, *others: Sources) -> Sources:
        """Return the same with the history that others have found, too."""
        whole = self.fresh()
        for other in others:
            whole.found.update({name: replay.fresh() for name, replay in other.found.items()})
            whole.symbols.update(other.symbols)
            whole.real = whole.real or other.real
        return whole

    # -- what a run has not begun with: conversions, and symbols that it comes to trade ----------

    def has(self, symbol: str) -> bool:
        """Tell whether there is any history of a symbol for this run."""
        return symbol in self.found or not self.real or self._other(symbol) is not None

    def stream(self, symbol: str) -> Stream | None:
        """Return the ticks of a symbol; None where none are stored and the others are."""
        if symbol in self.found:
            return self.found[symbol].stream
        if not self.real:
            self.found[symbol] = self._made(self.symbols[symbol])
            return self.found[symbol].stream
        stored = self._other(symbol)
        if stored is None:
            log.warning(
                "%s has no quotes in this run: %s. %s",
                symbol, self.why_off(symbol), fetch_command(self.plan, symbol),
            )  # fmt: skip
            return None
        self.found[symbol] = self._played(stored, self.symbols[symbol], self._lenient())
        return self.found[symbol].stream

    def why_off(self, symbol: str) -> str:
        """Return why a symbol cannot be dealt in."""
        if not self.real or self._lacks(symbol):
            return f"{symbol} is not stored for {words(self.plan)}" if self.real else ""
        return f"no stored rate converts what {symbol} brings"

    # -- inside --------------------------------------------------------------------------------

    def _lacks(self, symbol: str) -> bool:
        return symbol not in self.found and self._other(symbol) is None

    def _lenient(self) -> Plan:
        """Return the plan for symbols that are not pushed: whatever is stored does."""
        model = self.plan.model
        return replace(self.plan, timeframe=0, model="best" if model in {"real", "open"} else model)

    def _add_stored(self) -> None:
        """Make known all that is stored, pairs without a specification for their rates."""
        for name in self._store.names():
            found = self.symbols.get(name) or specified(name, self.symbols)
            if found is not None and name not in self.found:
                # Now, for the terminal keeps what it once knew of a symbol.
                digits = max(origin.digits for origin in self._store.of(name))
                self.symbols[name] = self._with(found, digits)

    def _other(self, name: str) -> Stored | None:
        """Return what is stored for the period of a symbol that is not pushed."""
        if name not in self._others:
            choice = Choice(self._store.of(name), self.symbols[name], self._lenient())
            self._others[name] = choice.best() if choice.kinds else None
        return self._others[name]

    def _replay(self, symbol: Symbol) -> Replay:
        plan = self.plan
        kinds = [] if plan.source == "synthetic" else self._store.of(symbol.name)
        if not kinds:
            if symbol.name not in self._specified and plan.source != "synthetic":
                raise ParamError(
                    f"symbol {symbol.name!r} is neither stored nor specified"
                    f"{near(symbol.name, sorted(self._specified))}; import its history, or "
                    'say source="synthetic" to play a made-up market',
                    field="symbol",
                    value=symbol.name,
                )
            return self._made(symbol)
        choice = Choice(kinds, symbol, plan)
        stored = choice.best()
        if stored is None:
            raise DataError(choice.refusal())
        self.real = True
        self.symbols[symbol.name] = symbol = self._with(symbol, stored.digits)
        made = self._played(stored, symbol, plan)
        if choice.part(stored):
            made.source += f", in part: {choice.part(stored)}"
            log.warning("%s: what is there is played", choice.part(stored))
        return made

    def _with(self, symbol: Symbol, digits: int) -> Symbol:
        """Return a symbol with the digits of its stored prices, where these have more."""
        if digits <= symbol.digits:
            return symbol
        self._usual[symbol.name] = symbol.digits
        return with_digits(symbol, digits)

    def _played(self, stored: Stored, symbol: Symbol, plan: Plan) -> Replay:
        made = replay_of(stored, symbol, plan)
        if symbol.name in self._usual:
            made.source += f", {symbol.digits} digits"
            log.warning(
                "%s is stored with %d digits, its specification has %d: in this run it has %d, and "
                "its points are smaller by as much",
                symbol.name, symbol.digits, self._usual[symbol.name], symbol.digits,
            )  # fmt: skip
        return made

    def _made(self, symbol: Symbol) -> Replay:
        """Return the synthetic market of a symbol, and say so."""
        if self.plan.end - self.plan.start > LONGEST:
            raise DataError(
                f"the synthetic market of {symbol.name} is made for 50 years at most, asked for "
                f"was {words(self.plan)}: shorten the period"
            )
        made = synthetic(symbol, self.plan)
        stored = self._store.of(symbol.name)
        if stored:
            made.source += ", not what is stored"
        if not stored and self.plan.source != "synthetic":
            log.warning("no history is stored for %s: it comes from %s", symbol.name, made.source)
        return made


def specification(name: str, symbols: dict[str, Symbol]) -> Symbol:
    """Return the specification of a symbol; ``EURUSD.sml`` has that of ``EURUSD``.

    Raises
    ------
    ParamError
        There is none.
    """
    if name in symbols:
        return symbols[name]
    found = suffixed(name, symbols)
    if found is None:
        raise ParamError(
            f"symbol {name!r} has no specification{near(name, list(symbols))}; those of others "
            "come from a file: settings={'symbols': 'my_symbols.toml'}",
            field="symbol",
            value=name,
        )
    symbols[name] = found
    return found


def replay_of(stored: Stored, symbol: Symbol, plan: Plan) -> Replay:
    """Return what is stored, by the model that was asked for, kept for the next run."""
    plain = Plan(0, 0, plan.model, spread=plan.spread)
    if plan.model == "open":  # of the bars that are pushed
        plain = replace(plain, timeframe=plan.timeframe, zone=plan.zone)
    return _stored(stored, symbol, plain).fresh()


@lru_cache(maxsize=KEPT_STORED)
def _stored(stored: Stored, symbol: Symbol, plan: Plan) -> Replay:
    if stored.kind == TICKS:
        index = of_ticks(stored)
        if plan.model in {"best", "real"}:
            return _replay_of(index, stored, symbol, plan)
        bars, timeframe = index.bars, index.timeframe
    else:
        bars, timeframe = cast("Bars", stored.read()), TIMEFRAMES[stored.kind]
    bars = cast("Bars", scaled(bars, symbol.digits - stored.digits))
    source = f"{stored.symbol} {stored.kind} ({_files(stored)})"
    return generated(symbol, bars, plan, source, timeframe=timeframe)


def _replay_of(index: Playable, stored: Stored, symbol: Symbol, plan: Plan) -> Replay:
    words = WORDS["real"]
    ticks, more = index.ticks, symbol.digits - stored.digits
    bars = index.bars
    pyramid: Pyramid | None = index.pyramid
    if more or plan.spread is not None:
        ticks = cast("Ticks", scaled(ticks, more))
        bars = cast("Bars", scaled(bars, more))
        if plan.spread is not None:
            ticks = ticks._replace(asks=ticks.bids + np.int32(plan.spread))
            words += f", spread {plan.spread} points"
        pyramid = None
    return Replay(
        symbol, ticks, f"{stored.symbol} {stored.kind} ({_files(stored)}), {words}", bars=bars,
        firsts=index.firsts, timeframe=index.timeframe, pyramid=pyramid,
    )  # fmt: skip


def generated(
    symbol: Symbol, bars: Bars, plan: Plan, source: str, *, timeframe: int = c.TIMEFRAME_M1
) -> Replay:
    """Return ticks generated from bars, by the model of the plan (R190).

    Four prices a bar are made at once, as many ticks as a bar had only where somebody looks.
    """
    model = plan.model
    if model == "best":
        model = "every_tick" if timeframe == c.TIMEFRAME_M1 else "ohlc"
    words = ticks_made_of(model, timeframe)
    spread = plan.spread if plan.spread is not None else usual_spread(symbol, bars)
    if plan.spread is not None:
        bars = bars._replace(spreads=np.full(len(bars.times), plan.spread))
    elif spread:
        bars = with_spread(bars, spread)
    if plan.spread is not None or spread:
        words += f", spread {spread} points"
    if model == "open":
        # Weeks and months take the prices of days (R199).
        timeframe = min(plan.timeframe, c.TIMEFRAME_D1)
        bars = merged(bars, timeframe, server_clock(plan.zone))
    length_ms, source = seconds_of(timeframe) * 1000, f"{source}, {words}"
    if model == "every_tick":
        lazy = BarTicks(bars, model, length_ms=length_ms)
        return Replay(symbol, lazy, source, timeframe=timeframe)
    pieces = list(tick_blocks(bars, model, length_ms=length_ms))
    ticks: Ticks = joined(pieces) if pieces else NO_TICKS
    if symbol.by_last:
        ticks = ticks._replace(lasts=ticks.bids)
    return Replay(symbol, ticks, source, bars=bars, firsts=bars.times, timeframe=timeframe)


def usual_spread(symbol: Symbol, bars: Bars) -> int:
    """Return the spread that bars without any are given, points; 0 when they have one."""
    known = len(bars.spreads) and bars.spreads[0] > 0
    return 0 if known else round(symbol.market.spread)


def synthetic(symbol: Symbol, plan: Plan) -> Replay:
    """Return the synthetic market of a period, kept for the next run over the same.

    A few days are played tick by tick, more from its minute bars.
    """
    return _synthetic(symbol, replace(plan, source="auto", partial=False)).fresh()


@lru_cache(maxsize=KEPT)
def _synthetic(symbol: Symbol, plan: Plan) -> Replay:
    server = server_clock(plan.zone)
    stream = SyntheticStream(symbol, seed=plan.seed, always=False, server=server)
    source = f"the synthetic market (seed {plan.seed})"
    start = plan.start - DAY_MS
    short = plan.end - plan.start <= TICK_DAYS * DAY_MS
    minutes = None
    if plan.model != "real" and not (plan.model == "best" and short):
        minutes = stream.minute_bars(start, plan.end)
    if minutes is not None:
        return generated(symbol, minutes, plan, source)
    ticks = stream.ticks(start, plan.end)
    words = "synthetic ticks"
    if plan.spread is not None:
        ticks = ticks._replace(asks=ticks.bids + plan.spread)
        words += f", spread {plan.spread} points"
    return Replay(symbol, ticks, f"{source}, {words}")


def _files(stored: Stored) -> str:
    names = [origin.name for origin in stored.origins]
    return names[0] if len(names) == 1 else f"{len(names)} files"


def near(name: str, symbols: Iterable[str]) -> str:
    """Return a question that names the symbol which was perhaps meant."""
    found = get_close_matches(name.upper(), list(symbols), n=1)
    return f" (did you mean {found[0]}?)" if found else ""
