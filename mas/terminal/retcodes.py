"""Return codes of the trade server: name, text, and what to do about them (R35)."""

from __future__ import annotations

from typing import Final, NamedTuple


class Retcode(NamedTuple):
    """One return code: the constant's name, the usual comment, and advice in one sentence."""

    name: str
    text: str
    advice: str


RETCODES: Final[dict[int, Retcode]] = {
    0: Retcode("CHECK_PASSED", "Done", "the check found nothing wrong"),
    10004: Retcode(
        "REQUOTE",
        "Requote",
        "the price has moved; send again at the new quote or allow more deviation",
    ),
    10006: Retcode(
        "REJECT",
        "Request rejected",
        "the broker refused the request; ask the broker for the reason",
    ),
    10007: Retcode("CANCEL", "Request canceled", "the request was cancelled in the terminal"),
    10008: Retcode("PLACED", "Order placed", "the order was placed"),
    10009: Retcode("DONE", "Request executed", "the request was carried out"),
    10010: Retcode(
        "DONE_PARTIAL",
        "Request executed partially",
        "only part of the volume was dealt",
    ),
    10011: Retcode(
        "ERROR",
        "Request processing error",
        "the server failed to process it; look at orders and positions before sending again",
    ),
    10012: Retcode(
        "TIMEOUT",
        "Request timed out",
        "no answer in time; look at orders and positions before sending again",
    ),
    10013: Retcode(
        "INVALID",
        "Invalid request",
        "fields contradict each other or the symbol is unknown; check symbol, type and position",
    ),
    10014: Retcode(
        "INVALID_VOLUME",
        "Invalid volume",
        "keep to the minimum, maximum and step of the symbol",
    ),
    10015: Retcode(
        "INVALID_PRICE",
        "Invalid price",
        "a pending price must lie on its own side of the market and on the price grid",
    ),
    10016: Retcode(
        "INVALID_STOPS",
        "Invalid stops",
        "SL and TP must lie on their own sides of the price and keep the stops level away from it",
    ),
    10017: Retcode(
        "TRADE_DISABLED",
        "Trade disabled",
        "trading is switched off for the symbol or the account",
    ),
    10018: Retcode(
        "MARKET_CLOSED",
        "Market closed",
        "try again in the trading hours of the symbol",
    ),
    10019: Retcode(
        "NO_MONEY",
        "No money",
        "the free margin does not cover it; lower the volume or close something",
    ),
    10020: Retcode(
        "PRICE_CHANGED",
        "Price changed",
        "the price moved while the request was handled; send again at the new quote",
    ),
    10021: Retcode(
        "PRICE_OFF",
        "No prices",
        "there is no quote for the symbol yet; try again when one has come",
    ),
    10022: Retcode(
        "INVALID_EXPIRATION",
        "Invalid expiration",
        "give an expiration in the future, of a type that the symbol allows",
    ),
    10023: Retcode(
        "ORDER_CHANGED",
        "Order changed",
        "the order was filled, expired or changed meanwhile; look at it again",
    ),
    10024: Retcode(
        "TOO_MANY_REQUESTS",
        "Too many requests",
        "wait a moment before the next request",
    ),
    10025: Retcode(
        "NO_CHANGES",
        "No changes",
        "the values equal the present ones; nothing was changed",
    ),
    10026: Retcode(
        "SERVER_DISABLES_AT",
        "AutoTrading disabled by server",
        "the broker does not allow automated trading on this account",
    ),
    10027: Retcode(
        "CLIENT_DISABLES_AT",
        "AutoTrading disabled by client",
        "switch on Algo Trading in the terminal",
    ),
    10028: Retcode("LOCKED", "Request locked", "the request is being handled; wait for its answer"),
    10029: Retcode(
        "FROZEN",
        "Order or position frozen",
        "the price is too near to the market to change or close now",
    ),
    10030: Retcode(
        "INVALID_FILL",
        "Unsupported filling mode",
        "choose a type_filling that the symbol's filling_mode allows",
    ),
    10031: Retcode("CONNECTION", "No connection", "the terminal has no link to its trade server"),
    10032: Retcode("ONLY_REAL", "Only real accounts allowed", "only real accounts may do this"),
    10033: Retcode(
        "LIMIT_ORDERS",
        "Orders limit reached",
        "the account has as many pending orders as it may have",
    ),
    10034: Retcode(
        "LIMIT_VOLUME",
        "Volume limit reached",
        "the volume limit of the symbol in this direction is reached",
    ),
    10035: Retcode("INVALID_ORDER", "Invalid order type", "this order type is not allowed here"),
    10036: Retcode(
        "POSITION_CLOSED",
        "Position closed",
        "there is no open position with that ticket",
    ),
    10038: Retcode(
        "INVALID_CLOSE_VOLUME",
        "Invalid close volume",
        "a close cannot be larger than its position",
    ),
    10039: Retcode(
        "CLOSE_ORDER_EXIST",
        "Close order already exists",
        "a close order for this position is already waiting",
    ),
    10040: Retcode(
        "LIMIT_POSITIONS",
        "Positions limit reached",
        "the account has as many open positions as it may have",
    ),
    10041: Retcode(
        "REJECT_CANCEL",
        "Activation rejected",
        "the pending order could not be executed and was cancelled",
    ),
    10042: Retcode(
        "LONG_ONLY",
        "Only long positions allowed",
        "only long positions are allowed in this symbol",
    ),
    10043: Retcode(
        "SHORT_ONLY",
        "Only short positions allowed",
        "only short positions are allowed in this symbol",
    ),
    10044: Retcode(
        "CLOSE_ONLY",
        "Only closing allowed",
        "positions in this symbol can only be closed",
    ),
    10045: Retcode(
        "FIFO_CLOSE",
        "FIFO close only",
        "close the oldest position of the symbol first",
    ),
    10046: Retcode(
        "HEDGE_PROHIBITED",
        "Hedging prohibited",
        "opposite positions in one symbol are not allowed on this account",
    ),
}

_UNKNOWN = Retcode("UNKNOWN", "Unknown return code", "ask the broker what the code means")


def retcode_text(code: int) -> str:
    """Return the usual comment of a return code, such as ``Request executed``."""
    return RETCODES.get(code, _UNKNOWN).text


def retcode_help(code: int) -> str:
    """Return one sentence that says what to do."""
    return RETCODES.get(code, _UNKNOWN).advice
