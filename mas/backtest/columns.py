"""The tables of a result: their columns, and the type of each, also where there is no row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, get_type_hints

from mas.terminal.types import TradeDeal, TradeOrder

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

WHOLE, NUMBER, TEXT, TIME = "int64", "float64", "str", "datetime64[ms]"
KINDS: Final[dict[type, str]] = {int: WHOLE, float: NUMBER, str: TEXT}


def _fields(fact: type) -> dict[str, str]:
    """Return the columns of a terminal's tuple, as it names and types them."""
    return {name: KINDS[kind] for name, kind in get_type_hints(fact).items()}


COLUMNS: Final[dict[str, dict[str, str]]] = {
    "deals": _fields(TradeDeal) | {"time": TIME},
    "orders": _fields(TradeOrder) | {"time_setup": TIME, "time_done": TIME},
    "trades": {
        "position": WHOLE, "symbol": TEXT, "side": TEXT, "volume": NUMBER, "entry_time": TIME,
        "entry_price": NUMBER, "exit_time": TIME, "exit_price": NUMBER, "profit": NUMBER,
        "swap": NUMBER, "commission": NUMBER, "net": NUMBER, "reason": TEXT,
        "entry_order": WHOLE, "exit_order": WHOLE,
    },
    "refusals": {
        "time": TIME, "order": WHOLE, "action": TEXT, "symbol": TEXT, "type": WHOLE,
        "volume": NUMBER, "price": NUMBER, "sl": NUMBER, "tp": NUMBER, "retcode": WHOLE,
        "reason": TEXT,
    },
    "errors": {
        "callback": TEXT, "where": TEXT, "error": TEXT, "count": WHOLE, "first": TIME,
        "traceback": TEXT,
    },
    "open": {
        "symbol": TEXT, "side": TEXT, "volume": NUMBER, "entry_time": TIME, "entry_price": NUMBER,
        "profit": NUMBER,
    },
    "excursions": {"position": WHOLE, "mfe": NUMBER, "mae": NUMBER},
    "deal_excursions": {"deal": WHOLE, "mfe": NUMBER, "mae": NUMBER},
    "stops": {"position": WHOLE, "sl": NUMBER, "tp": NUMBER},
}  # fmt: skip
"""Tickets and codes are whole, volumes and prices and money are floats, times are naive UTC."""


def table(name: str, rows: Iterable[Any]) -> pd.DataFrame:
    """Return a table from its rows; times are given in epoch ms."""
    import pandas as pd  # noqa: PLC0415  `import mas` stays light

    kinds = COLUMNS[name]
    return pd.DataFrame(list(rows), columns=list(kinds)).astype(kinds)
