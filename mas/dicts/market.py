"""The dicts of market data, live and over history, and of backtests.

Generated from ``mas.schema`` by ``python -m tests.generated.update``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Required, TypeAlias, TypedDict

Moment: TypeAlias = datetime | str | float


_SubscribeTicksFrom = TypedDict("_SubscribeTicksFrom", {"from": Moment | None}, total=False)


class SubscribeTicks(_SubscribeTicksFrom, total=False):
    """Parameters of ``subscribe_ticks``."""

    symbol: Required[str]
    """The symbol, e.g. EURUSD."""
    interval_ms: int | None
    """Pause between two looks, live (500); in a backtest the least time between ticks, milliseconds."""
    flags: int | str | None
    """Which ticks, live; default COPY_TICKS_ALL."""
    mode: Literal["all", "trade"] | None
    """Which ticks, backtest; default "all"."""
    to: Moment | None
    """End of a backtest, UTC."""
    capital: float | None
    """Starting capital of a backtest, USD; default 10000.0."""
    captital: float | None
    """The same as ``capital``."""
    model: Literal["best", "real", "every_tick", "ohlc", "open"] | None
    """Ticks of a backtest: real, or made of bars; best takes real ones where they are stored; default "best"."""
    spread: int | None
    """The same spread on every tick of a backtest; none keeps what was recorded, points."""
    source: Literal["auto", "synthetic"] | None
    """History of a backtest: auto takes what is stored, and the synthetic market for a symbol of which nothing is; synthetic leaves out what is stored; default "auto"."""
    partial: bool | None
    """Whether a backtest plays a period of which only a part is stored; default False."""
    profile: Literal["mt5", "account"] | None
    """Mt5 deals and ends as the Strategy Tester does, account as the paper account; default "mt5"."""
    stop_on_error: bool | None
    """An exception of a callback ends the backtest; else it is reported, and the run goes on; default False."""
    settings: Mapping[str, Any] | None
    """The account of a backtest: fields of mas.sim.SimSettings such as commission, leverage, latency_ms, slippage, margin_mode."""
    backtest_toggle: bool | None
    """True trades on the simulated account, False through the terminal; default False."""


_SubscribeBarsFrom = TypedDict("_SubscribeBarsFrom", {"from": Moment | None}, total=False)


class SubscribeBars(_SubscribeBarsFrom, total=False):
    """Parameters of ``subscribe_bars``."""

    symbol: Required[str]
    """The symbol, e.g. EURUSD."""
    timeframe: Required[int | str]
    """Length of a bar, e.g. H1."""
    interval_ms: int | None
    """Pause between two looks, live (1000); in a backtest the least time between ticks, milliseconds."""
    to: Moment | None
    """End of a backtest, UTC."""
    capital: float | None
    """Starting capital of a backtest, USD; default 10000.0."""
    captital: float | None
    """The same as ``capital``."""
    model: Literal["best", "real", "every_tick", "ohlc", "open"] | None
    """Ticks of a backtest: real, or made of bars; best takes real ones where they are stored; default "best"."""
    spread: int | None
    """The same spread on every tick of a backtest; none keeps what was recorded, points."""
    source: Literal["auto", "synthetic"] | None
    """History of a backtest: auto takes what is stored, and the synthetic market for a symbol of which nothing is; synthetic leaves out what is stored; default "auto"."""
    partial: bool | None
    """Whether a backtest plays a period of which only a part is stored; default False."""
    profile: Literal["mt5", "account"] | None
    """Mt5 deals and ends as the Strategy Tester does, account as the paper account; default "mt5"."""
    stop_on_error: bool | None
    """An exception of a callback ends the backtest; else it is reported, and the run goes on; default False."""
    settings: Mapping[str, Any] | None
    """The account of a backtest: fields of mas.sim.SimSettings such as commission, leverage, latency_ms, slippage, margin_mode."""
    backtest_toggle: bool | None
    """True trades on the simulated account, False through the terminal; default False."""


_UnsubscribeTicksFrom = TypedDict("_UnsubscribeTicksFrom", {"from": Moment | None}, total=False)


class UnsubscribeTicks(_UnsubscribeTicksFrom, total=False):
    """Parameters of ``unsubscribe_ticks``."""

    symbol: Required[str]
    """The symbol, e.g. EURUSD."""
    interval_ms: int | None
    """Pause between two looks, live (500); in a backtest the least time between ticks, milliseconds."""
    flags: int | str | None
    """Which ticks, live; default COPY_TICKS_ALL."""
    mode: Literal["all", "trade"] | None
    """Which ticks, backtest; default "all"."""
    to: Moment | None
    """End of a backtest, UTC."""
    capital: float | None
    """Starting capital of a backtest, USD; default 10000.0."""
    captital: float | None
    """The same as ``capital``."""
    model: Literal["best", "real", "every_tick", "ohlc", "open"] | None
    """Ticks of a backtest: real, or made of bars; best takes real ones where they are stored; default "best"."""
    spread: int | None
    """The same spread on every tick of a backtest; none keeps what was recorded, points."""
    source: Literal["auto", "synthetic"] | None
    """History of a backtest: auto takes what is stored, and the synthetic market for a symbol of which nothing is; synthetic leaves out what is stored; default "auto"."""
    partial: bool | None
    """Whether a backtest plays a period of which only a part is stored; default False."""
    profile: Literal["mt5", "account"] | None
    """Mt5 deals and ends as the Strategy Tester does, account as the paper account; default "mt5"."""
    stop_on_error: bool | None
    """An exception of a callback ends the backtest; else it is reported, and the run goes on; default False."""
    settings: Mapping[str, Any] | None
    """The account of a backtest: fields of mas.sim.SimSettings such as commission, leverage, latency_ms, slippage, margin_mode."""
    backtest_toggle: bool | None
    """True trades on the simulated account, False through the terminal; default False."""


_UnsubscribeBarsFrom = TypedDict("_UnsubscribeBarsFrom", {"from": Moment | None}, total=False)


class UnsubscribeBars(_UnsubscribeBarsFrom, total=False):
    """Parameters of ``unsubscribe_bars``."""

    symbol: Required[str]
    """The symbol, e.g. EURUSD."""
    timeframe: Required[int | str]
    """Length of a bar, e.g. H1."""
    interval_ms: int | None
    """Pause between two looks, live (1000); in a backtest the least time between ticks, milliseconds."""
    to: Moment | None
    """End of a backtest, UTC."""
    capital: float | None
    """Starting capital of a backtest, USD; default 10000.0."""
    captital: float | None
    """The same as ``capital``."""
    model: Literal["best", "real", "every_tick", "ohlc", "open"] | None
    """Ticks of a backtest: real, or made of bars; best takes real ones where they are stored; default "best"."""
    spread: int | None
    """The same spread on every tick of a backtest; none keeps what was recorded, points."""
    source: Literal["auto", "synthetic"] | None
    """History of a backtest: auto takes what is stored, and the synthetic market for a symbol of which nothing is; synthetic leaves out what is stored; default "auto"."""
    partial: bool | None
    """Whether a backtest plays a period of which only a part is stored; default False."""
    profile: Literal["mt5", "account"] | None
    """Mt5 deals and ends as the Strategy Tester does, account as the paper account; default "mt5"."""
    stop_on_error: bool | None
    """An exception of a callback ends the backtest; else it is reported, and the run goes on; default False."""
    settings: Mapping[str, Any] | None
    """The account of a backtest: fields of mas.sim.SimSettings such as commission, leverage, latency_ms, slippage, margin_mode."""
    backtest_toggle: bool | None
    """True trades on the simulated account, False through the terminal; default False."""


_BacktestFrom = TypedDict("_BacktestFrom", {"from": Required[Moment]}, total=False)


class Backtest(_BacktestFrom, total=False):
    """Parameters of ``backtest``."""

    bars: Sequence[tuple[str, int | str]] | None
    """The bars that are pushed, such as [('EURUSD', 'H1'), ('USDJPY', 'M5')]."""
    ticks: Sequence[str] | None
    """The symbols whose ticks are pushed, such as ['EURUSD']."""
    to: Required[Moment]
    """End of a backtest, UTC."""
    capital: float | None
    """Starting capital of a backtest, USD; default 10000.0."""
    captital: float | None
    """The same as ``capital``."""
    model: Literal["best", "real", "every_tick", "ohlc", "open"] | None
    """Ticks of a backtest: real, or made of bars; best takes real ones where they are stored; default "best"."""
    spread: int | None
    """The same spread on every tick of a backtest; none keeps what was recorded, points."""
    source: Literal["auto", "synthetic"] | None
    """History of a backtest: auto takes what is stored, and the synthetic market for a symbol of which nothing is; synthetic leaves out what is stored; default "auto"."""
    partial: bool | None
    """Whether a backtest plays a period of which only a part is stored; default False."""
    profile: Literal["mt5", "account"] | None
    """Mt5 deals and ends as the Strategy Tester does, account as the paper account; default "mt5"."""
    stop_on_error: bool | None
    """An exception of a callback ends the backtest; else it is reported, and the run goes on; default False."""
    settings: Mapping[str, Any] | None
    """The account of a backtest: fields of mas.sim.SimSettings such as commission, leverage, latency_ms, slippage, margin_mode."""


_SignalsFrom = TypedDict("_SignalsFrom", {"from": Required[Moment]}, total=False)


class Signals(_SignalsFrom, total=False):
    """Parameters of ``signals``."""

    symbol: Required[str]
    """The symbol, e.g. EURUSD."""
    timeframe: Required[int | str]
    """Length of a bar, e.g. H1."""
    to: Required[Moment]
    """End of a backtest, UTC."""
    capital: float | None
    """Starting capital of a backtest, USD; default 10000.0."""
    captital: float | None
    """The same as ``capital``."""
    model: Literal["best", "real", "every_tick", "ohlc", "open"] | None
    """Ticks of a backtest: real, or made of bars; best takes real ones where they are stored; default "best"."""
    spread: int | None
    """The same spread on every tick of a backtest; none keeps what was recorded, points."""
    source: Literal["auto", "synthetic"] | None
    """History of a backtest: auto takes what is stored, and the synthetic market for a symbol of which nothing is; synthetic leaves out what is stored; default "auto"."""
    partial: bool | None
    """Whether a backtest plays a period of which only a part is stored; default False."""
    profile: Literal["mt5", "account"] | None
    """Mt5 deals and ends as the Strategy Tester does, account as the paper account; default "mt5"."""
    stop_on_error: bool | None
    """An exception of a callback ends the backtest; else it is reported, and the run goes on; default False."""
    settings: Mapping[str, Any] | None
    """The account of a backtest: fields of mas.sim.SimSettings such as commission, leverage, latency_ms, slippage, margin_mode."""


class SubscribeMarketBook(TypedDict, total=False):
    """Parameters of ``subscribe_market_book``, ``unsubscribe_market_book``, ``get_market_book``."""

    symbol: Required[str]
    """The symbol, e.g. EURUSD."""
    backtest_toggle: bool | None
    """True trades on the simulated account, False through the terminal."""


UnsubscribeMarketBook: TypeAlias = SubscribeMarketBook


GetMarketBook: TypeAlias = SubscribeMarketBook


class GetBarsFromPos(TypedDict, total=False):
    """Parameters of ``get_bars_from_pos``."""

    symbol: Required[str]
    """The symbol, e.g. EURUSD."""
    timeframe: Required[int | str]
    """Length of a bar, e.g. H1."""
    count: Required[int]
    """How many, bars."""
    start_pos: int | None
    """0 is the newest; default 0."""
    backtest_toggle: bool | None
    """True trades on the simulated account, False through the terminal."""
