"""What a night costs (R160 to R167)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mas.sim.conversion import INTEREST
from mas.sim.money import rounded, rounded_all
from mas.sim.symbols import FOREX_MODES
from mas.terminal import constants as c
from mas.timeunits import DAY_MS, Ms

if TYPE_CHECKING:
    from mas.sim.conversion import Quoted
    from mas.sim.holdings import Position
    from mas.sim.symbols import Symbol
    from mas.sim.terms import Terms

    Array = np.ndarray[Any, Any]

REOPENING = frozenset({c.SYMBOL_SWAP_MODE_REOPEN_CURRENT, c.SYMBOL_SWAP_MODE_REOPEN_BID})
BY_LOT = frozenset(
    {
        c.SYMBOL_SWAP_MODE_CURRENCY_SYMBOL,
        c.SYMBOL_SWAP_MODE_CURRENCY_MARGIN,
        c.SYMBOL_SWAP_MODE_CURRENCY_DEPOSIT,
    }
)
BY_OPEN_PRICE = c.SYMBOL_SWAP_MODE_INTEREST_OPEN


def nights(symbol: Symbol, midnight: Ms) -> int:
    """Return the nights charged for the day that ends at a midnight (R165 to R167).

    Parameters
    ----------
    midnight : int
        Server time, ms.
    """
    return symbol.nights_of(midnight // DAY_MS - 1)


def night_swap(terms: Terms, position: Position, price: float, count: int = 1) -> float:
    """Return the swap of a night that counts for `count`, in account currency; negative is paid.

    It is rounded once, at the very end, as the deals of real reports show (R161). It converts at
    the rate that is worse for the client (R162).

    Parameters
    ----------
    price : float
        At which the position would be closed, the last of the day.
    """
    symbol = terms.symbol
    buy = position.type == c.POSITION_TYPE_BUY
    at = position.price_open if symbol.swap_mode == BY_OPEN_PRICE else price
    amount: float = night_value(symbol, position.volume, at, buy=buy)
    amount *= terms.of_swap.rate(0.0, amount <= 0)
    return rounded(amount * count, terms.digits)


def night_swaps(
    terms: Terms, volume: float, prices: Array, counts: Array, *, buy: bool, quoted: Quoted | None
) -> Array:
    """Return what :meth:`night_swap` returns for each of some nights of one position.

    Parameters
    ----------
    prices : array of float
        The last of each day, or the open price where that counts.
    quoted : callable, optional
        Needed where quotes convert.
    """
    amounts = np.zeros(len(counts)) + night_value(terms.symbol, volume, prices, buy=buy)
    rates = terms.of_swap.rates(None, amounts <= 0, quoted)
    return rounded_all(amounts * rates * counts, terms.digits)


def night_value(symbol: Symbol, volume: float, price: Any, *, buy: bool) -> Any:
    """Return the swap of one night in its own currency, at a price or at an array of prices."""
    rate = symbol.swap_long if buy else symbol.swap_short
    mode = symbol.swap_mode
    if mode == c.SYMBOL_SWAP_MODE_POINTS:
        return rate * point_value(symbol) * volume
    if mode in BY_LOT:
        return rate * volume
    if mode in INTEREST:
        return rate / 100 * volume * lot_value(symbol, price) / symbol.swap_year_days
    return 0.0


def point_value(symbol: Symbol) -> float:
    """Return what one point of one lot is worth in profit currency (R161)."""
    return symbol.point * symbol.per_price


def lot_value(symbol: Symbol, price: Any) -> Any:
    """Return the value of one lot: for forex the contract in base currency (R163)."""
    if symbol.trade_calc_mode in FOREX_MODES:
        return symbol.trade_contract_size
    return symbol.per_price * price


def reopening_price(symbol: Symbol, position: Position, price: float, count: int) -> float:
    """Return the price at which a position is opened again after `count` nights (R164).

    Swap points in the client's favour make a buy cheaper and a sell dearer.
    """
    buy = position.type == c.POSITION_TYPE_BUY
    points = (symbol.swap_long if buy else symbol.swap_short) * count
    return float(round(price + (-points if buy else points) * symbol.point, symbol.digits))
