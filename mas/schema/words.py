"""The words that fields accept, and what they mean to the terminal."""

from __future__ import annotations

from typing import Final

from mas.terminal import constants as c
from mas.terminal.orderkind import KINDS


def constants(prefix: str) -> dict[str, int]:
    """Return the terminal's constants of a family, by name without the prefix."""
    return {
        name.removeprefix(prefix): value
        for name, value in vars(c).items()
        if name.startswith(prefix)
    }


def same(*words: str) -> dict[str, str]:
    """Return words that mean themselves."""
    return {word: word for word in words}


ORDERED: Final = tuple(kind for kind in KINDS if kind.market or kind.limit or kind.stop)
"""The types of orders that can be sent."""
ORDER_TYPES: Final = {kind.name: kind.type for kind in ORDERED}
ORDER_NAMES: Final = {kind.type: kind.name for kind in ORDERED}
PENDING: Final = frozenset(kind.name for kind in ORDERED if not kind.market)
STOP_LIMITS: Final = frozenset(kind.name for kind in ORDERED if kind.stop_limit)
SIDES: Final = {"buy": c.ORDER_TYPE_BUY, "sell": c.ORDER_TYPE_SELL}
TIMEFRAMES: Final = constants("TIMEFRAME_")
LANGUAGES: Final = ("en", "zh-tw", "zh-cn")
MODELS: Final = ("best", "real", "every_tick", "ohlc", "open")
SOURCES: Final = ("auto", "synthetic")
PROFILES: Final = ("mt5", "account")
TICK_KINDS: Final = ("all", "trade")
