"""The parameters of market data, live and over history, and of backtests."""

from typing import Annotated, Any, Self

from msgspec import field

from mas.errors import ParamError
from mas.schema.field import Params, about, fields, of_code
from mas.schema.messages import missing, shown
from mas.schema.trading import Symbol, Toggle
from mas.schema.words import MODELS, PROFILES, SOURCES, TICK_KINDS, TIMEFRAMES, constants, same
from mas.terminal import constants as c

Timeframe = Annotated[int, of_code("TIMEFRAME_", TIMEFRAMES, "length of a bar, e.g. H1")]
Start = Annotated[float, about("datetime", "start of a backtest, UTC")]
End = Annotated[float, about("datetime", "end of a backtest, UTC")]
INTERVAL = "pause between two looks, live ({}); in a backtest the least time between ticks"
TickMode = Annotated[str, about("word", "which ticks, backtest", choices=same(*TICK_KINDS))]
TickInterval = Annotated[int, about("int", INTERVAL.format(500), unit="milliseconds", above=0)]
Dict = dict[str, Any]


class Run(Params, frozen=True, kw_only=True):
    """What every run over history is asked."""

    capital: Annotated[
        float,
        about("float", "starting capital of a backtest", unit="USD", above=0, alias="captital"),
    ] = 10_000.0
    model: Annotated[
        str,
        about(
            "word",
            "ticks of a backtest: real, or made of bars; best takes real ones where they are "
            "stored",
            choices=same(*MODELS),
        ),
    ] = "best"
    spread: (
        Annotated[
            int,
            about(
                "int",
                "the same spread on every tick of a backtest; none keeps what was recorded",
                unit="points",
                least=0,
            ),
        ]
        | None
    ) = None
    source: Annotated[
        str,
        about(
            "word",
            "history of a backtest: auto takes what is stored, and the synthetic market for a "
            "symbol of which nothing is; synthetic leaves out what is stored",
            choices=same(*SOURCES),
        ),
    ] = "auto"
    partial: Annotated[
        bool,
        about("bool", "whether a backtest plays a period of which only a part is stored"),
    ] = False
    profile: Annotated[
        str,
        about(
            "word",
            "mt5 deals and ends as the Strategy Tester does, account as the paper account",
            choices=same(*PROFILES),
        ),
    ] = "mt5"
    stop_on_error: Annotated[
        bool,
        about(
            "bool",
            "an exception of a callback ends the backtest; else it is reported, and the run goes "
            "on",
        ),
    ] = False
    settings: (
        Annotated[
            Dict,
            about(
                "mapping",
                "the account of a backtest: fields of mas.sim.SimSettings such as commission, "
                "leverage, latency_ms, slippage, margin_mode",
            ),
        ]
        | None
    ) = None


class BacktestParams(Run, frozen=True, kw_only=True):
    """A run over history: what is pushed, its period in epoch seconds, and how it is played."""

    bars: Annotated[
        tuple[tuple[str, int], ...],
        about(
            "pairs",
            "the bars that are pushed, such as [('EURUSD', 'H1'), ('USDJPY', 'M5')]",
            prefix="TIMEFRAME_",
            choices=TIMEFRAMES,
        ),
    ] = ()
    ticks: Annotated[
        tuple[str, ...],
        about("texts", "the symbols whose ticks are pushed, such as ['EURUSD']"),
    ] = ()
    from_: Start = field(name="from")
    to: End

    def period(self) -> tuple[int, int]:
        """Return the period, milliseconds; its end is not in it."""
        return round(self.from_ * 1000), round(self.to * 1000)

    def checked(self, given: Any) -> Self:
        """Return it, with something to push and a period that has a length."""
        if not self.bars and not self.ticks:
            raise ParamError(
                "bars and ticks are both missing: say what is pushed, such as "
                "bars=[('EURUSD', 'H1')]",
                field="bars",
            )
        _ordered(self.from_, self.to, given)
        return self


class ReplayParams(BacktestParams, frozen=True, kw_only=True):
    """A run over history whose ticks are chosen, as those of a subscription are."""

    mode: TickMode = "all"
    interval_ms: TickInterval | None = None


class SignalsParams(Run, frozen=True, kw_only=True):
    """The symbol and period of a backtest of signals."""

    symbol: Symbol
    timeframe: Timeframe
    from_: Start = field(name="from")
    to: End

    def checked(self, given: Any) -> Self:
        """Return it, with a period that has a length."""
        _ordered(self.from_, self.to, given)
        return self

    def run(self) -> BacktestParams:
        """Return the backtest that pushes these bars."""
        return BacktestParams(
            bars=((self.symbol, self.timeframe),), from_=self.from_, to=self.to, **_run_of(self)
        )


class TicksParams(Run, frozen=True, kw_only=True):
    """Ticks to push: live, or with ``backtest_toggle`` those of a period."""

    symbol: Symbol
    interval_ms: TickInterval | None = None
    flags: Annotated[int, of_code("COPY_TICKS_", constants("COPY_TICKS_"), "which ticks, live")] = (
        c.COPY_TICKS_ALL
    )
    mode: TickMode = "all"
    from_: Start | None = field(default=None, name="from")
    to: End | None = None
    backtest_toggle: Toggle = False

    def checked(self, given: Any) -> Self:
        """Return it, with a period where it is a backtest."""
        if self.backtest_toggle:
            _period(self, given)
        return self

    def run(self) -> ReplayParams:
        """Return the backtest that pushes these ticks."""
        return ReplayParams(
            ticks=(self.symbol,), from_=self.from_ or 0, to=self.to or 0, mode=self.mode,
            interval_ms=self.interval_ms, **_run_of(self),
        )  # fmt: skip


class BarsParams(Run, frozen=True, kw_only=True):
    """Bars to push: live, or with ``backtest_toggle`` those of a period."""

    symbol: Symbol
    timeframe: Timeframe
    interval_ms: (
        Annotated[int, about("int", INTERVAL.format(1000), unit="milliseconds", above=0)] | None
    ) = None
    from_: Start | None = field(default=None, name="from")
    to: End | None = None
    backtest_toggle: Toggle = False

    def checked(self, given: Any) -> Self:
        """Return it, with a period where it is a backtest."""
        if self.backtest_toggle:
            _period(self, given)
        return self

    def run(self) -> BacktestParams:
        """Return the backtest that pushes these bars."""
        return BacktestParams(
            bars=((self.symbol, self.timeframe),), from_=self.from_ or 0, to=self.to or 0,
            **_run_of(self),
        )  # fmt: skip


class EndTicksParams(TicksParams, frozen=True, kw_only=True):
    """Ticks to push no longer: the dict that subscribed, of which the symbol counts."""

    def checked(self, given: Any) -> Self:
        """Return it: what it says of a backtest does not matter."""
        del given
        return self


class EndBarsParams(BarsParams, frozen=True, kw_only=True):
    """Bars to push no longer: the dict that subscribed, of which symbol and timeframe count."""

    def checked(self, given: Any) -> Self:
        """Return it: what it says of a backtest does not matter."""
        del given
        return self


class BookParams(Params, frozen=True, kw_only=True):
    """A symbol whose depth of market is meant."""

    symbol: Symbol
    backtest_toggle: Toggle | None = None


class LastBarsParams(Params, frozen=True, kw_only=True):
    """Which bars to return."""

    symbol: Symbol
    timeframe: Timeframe
    count: Annotated[int, about("int", "how many", unit="bars", above=0)]
    start_pos: Annotated[int, about("int", "0 is the newest", least=0)] = 0
    backtest_toggle: Toggle | None = None


def _run_of(given: Run) -> dict[str, Any]:
    return {name: getattr(given, name) for name in Run.__struct_fields__}


def _period(params: TicksParams | BarsParams, given: Any) -> None:
    known = fields(type(params))
    for value, name in ((params.from_, "from"), (params.to, "to")):
        if value is None:
            raise missing(known[name])
    _ordered(params.from_ or 0, params.to or 0, given)


def _ordered(start: float, end: float, given: Any) -> None:
    if end <= start:
        raise ParamError(
            f"to must be later than from, was {shown(given['to'])} after {shown(given['from'])}",
            field="to",
            value=given["to"],
        )
