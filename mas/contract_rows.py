"""The terminal's tuples as the dicts, lists and tables that the contract documents."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mas.clock import naive_utc
from mas.terminal import constants as c

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    import pandas as pd

    from mas.terminal.types import (
        AccountInfo,
        BookInfo,
        SymbolInfo,
        TradeDeal,
        TradeOrder,
        TradePosition,
    )

Row = dict[str, Any]

SYMBOL_KEYS = (
    "name",
    "description",
    "digits",
    "point",
    "spread",
    "trade_contract_size",
    "volume_min",
    "volume_max",
    "volume_step",
    "currency_base",
    "currency_profit",
    "trade_mode",
)
POSITION_KEYS = (
    "ticket",
    "symbol",
    "type",
    "magic",
    "identifier",
    "reason",
    "volume",
    "price_open",
    "sl",
    "tp",
    "price_current",
    "swap",
    "profit",
    "comment",
    "external_id",
    "time",
    "time_msc",
    "time_update",
    "time_update_msc",
)
ORDER_KEYS = (
    "ticket",
    "symbol",
    "type",
    "volume_initial",
    "volume_current",
    "price_open",
    "sl",
    "tp",
    "price_current",
    "price_stoplimit",
    "magic",
    "comment",
    "reason",
    "time_setup",
    "time_expiration",
    "time_done",
)
DEAL_KEYS = (
    "ticket",
    "order",
    "position_id",
    "symbol",
    "type",
    "entry",
    "reason",
    "volume",
    "price",
    "commission",
    "swap",
    "fee",
    "profit",
    "comment",
    "external_id",
    "time",
    "time_msc",
)
TIMES = frozenset({"time", "time_update", "time_setup", "time_expiration", "time_done"})
_CODES = {
    value: name.removeprefix("TIMEFRAME_")
    for name, value in vars(c).items()
    if name.startswith("TIMEFRAME_")
}
BAR_COLUMNS = ("time", "open", "high", "low", "close", "tick_volume", "spread", "real_volume")


def moment(seconds: float) -> datetime | None:
    """Return the naive UTC datetime of epoch seconds, None where the time is not set."""
    return naive_utc(round(seconds * 1000)) if seconds else None


def row(fact: object, keys: tuple[str, ...]) -> Row:
    """Return the documented keys of a fact; its times as naive UTC datetimes."""
    return {key: moment(getattr(fact, key)) if key in TIMES else getattr(fact, key) for key in keys}


def account(info: AccountInfo) -> Row:
    """Return the account's fields, with ``free_margin`` as an alias of ``margin_free``."""
    return {**info._asdict(), "free_margin": info.margin_free}


def symbols(infos: Iterable[SymbolInfo]) -> list[Row]:
    """Return the documented part of each symbol's specification."""
    return [row(info, SYMBOL_KEYS) for info in infos]


def positions(facts: Iterable[TradePosition]) -> list[Row]:
    """Return open positions."""
    return [row(fact, POSITION_KEYS) for fact in facts]


def orders(facts: Iterable[TradeOrder]) -> list[Row]:
    """Return pending orders."""
    return [row(fact, ORDER_KEYS) for fact in facts]


def finished_orders(facts: Iterable[TradeOrder]) -> list[Row]:
    """Return orders of the history, with their final state."""
    return [row(fact, (*ORDER_KEYS, "state")) for fact in facts]


def deals(facts: Iterable[TradeDeal]) -> list[Row]:
    """Return deals."""
    return [row(fact, DEAL_KEYS) for fact in facts]


def book(levels: Iterable[BookInfo]) -> list[Row]:
    """Return the depth of market, from the highest price down (R14)."""
    return [level._asdict() for level in levels]


def tick(row: np.void) -> Row:
    """Return the documented tick of ``receive_ticks``."""
    return {
        "time": naive_utc(int(row["time_msc"])),
        "bid": float(row["bid"]),
        "ask": float(row["ask"]),
        "last": float(row["last"]),
        "volume": float(row["volume_real"] or row["volume"]),
    }


def bar(row: np.void, timeframe: str) -> Row:
    """Return the documented bar of ``receive_bars``; its time is the bar's open."""
    return {
        "time": naive_utc(int(row["time"]) * 1000),
        "open": float(row["open"]),
        "high": float(row["high"]),
        "low": float(row["low"]),
        "close": float(row["close"]),
        "volume": int(row["tick_volume"]),
        "timeframe": timeframe,
    }


def bars(rates: np.ndarray[Any, Any] | None) -> pd.DataFrame:
    """Return bars as a table, newest last; empty when there are none."""
    import pandas as pd  # noqa: PLC0415  half a second that ``import mas`` must not cost

    if rates is None:
        return pd.DataFrame(columns=list(BAR_COLUMNS))
    # Column by column, without pandas's inference: three times as fast, as callbacks need it.
    columns = {name: rates[name].copy() for name in BAR_COLUMNS}
    columns["time"] = columns["time"].astype("datetime64[s]").astype(_time_type())
    return pd.DataFrame(columns, copy=False)


@lru_cache(maxsize=1)
def _time_type() -> np.dtype[Any]:
    """Return the type that this pandas gives to times in seconds."""
    import pandas as pd  # noqa: PLC0415

    return pd.to_datetime([0], unit="s").to_numpy().dtype


def timeframe_code(timeframe: int) -> str:
    """Return the documented name of a timeframe, such as ``H1`` (R181)."""
    return _CODES[timeframe]


def start_date(to_date: str, timeframe: str, bars_wanted: int) -> str:
    """Return the date from which that many daily bars end at `to_date`, five bars a week."""
    if timeframe != "D1":
        raise ValueError(f"timeframe must be 'D1', was {timeframe!r}")
    weeks = -(-bars_wanted // 5)
    return (date.fromisoformat(to_date) - timedelta(weeks=weeks)).isoformat()


def chosen(given: dict[str, Any]) -> dict[str, Any]:
    """Return the one filter that counts: ``symbol`` before ``group`` before ``ticket`` (R8)."""
    for name in ("symbol", "group", "ticket"):
        if given.get(name):
            return {name: given[name]}
    return {}


def of_symbol(facts: Any, symbol: str | None) -> Any:
    """Return the facts about one symbol, or all."""
    return facts if not symbol else [fact for fact in facts if fact.symbol == symbol]
