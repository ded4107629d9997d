"""The words that fields accept, and what they mean to the terminal."""

from __future__ import annotations

from typing import Final

from mas.terminal import constants as c


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


ORDER_TYPES: Final = {
    "buy": c.ORDER_TYPE_BUY,
    "sell": c.ORDER_TYPE_SELL,
    "buy_limit": c.ORDER_TYPE_BUY_LIMIT,
    "sell_limit": c.ORDER_TYPE_SELL_LIMIT,
    "buy_stop": c.ORDER_TYPE_BUY_STOP,
    "sell_stop": c.ORDER_TYPE_SELL_STOP,
    "buy_stop_limit": c.ORDER_TYPE_BUY_STOP_LIMIT,
    "sell_stop_limit": c.ORDER_TYPE_SELL_STOP_LIMIT,
}
ORDER_NAMES: Final = {number: name for name, number in ORDER_TYPES.items()}
PENDING: Final = frozenset(name for name in ORDER_TYPES if "_" in name)
STOP_LIMITS: Final = frozenset({"buy_stop_limit", "sell_stop_limit"})
SIDES: Final = {"buy": c.ORDER_TYPE_BUY, "sell": c.ORDER_TYPE_SELL}
TIMEFRAMES: Final = constants("TIMEFRAME_")
LANGUAGES: Final = ("en", "zh-tw", "zh-cn")
MODELS: Final = ("best", "real", "every_tick", "ohlc", "open")
SOURCES: Final = ("auto", "synthetic")
PROFILES: Final = ("mt5", "account")
TICK_KINDS: Final = ("all", "trade")
