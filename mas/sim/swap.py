"""What a night costs (R160 to R167)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas.sim.money import rounded
from mas.sim.symbols import FOREX_MODES
from mas.terminal import constants as c
from mas.timeunits import DAY_MS

if TYPE_CHECKING:
    from mas.sim.account import Position
    from mas.sim.money import Money
    from mas.sim.symbols import Symbol

REOPENING = frozenset({c.SYMBOL_SWAP_MODE_REOPEN_CURRENT, c.SYMBOL_SWAP_MODE_REOPEN_BID})
INTEREST = frozenset({c.SYMBOL_SWAP_MODE_INTEREST_CURRENT, c.SYMBOL_SWAP_MODE_INTEREST_OPEN})


def nights(symbol: Symbol, midnight: int) -> int:
    """Return the nights charged for the day that ends at a midnight (R165 to R167).

    Parameters
    ----------
    midnight : int
        Server time, ms.
    """
    return symbol.nights_of(midnight // DAY_MS - 1)


def night_swap(
    money: Money, symbol: Symbol, position: Position, price: float, count: int = 1
) -> float:
    """Return the swap of a night that counts for `count`, in account currency; negative is paid.

    It is rounded once, at the very end, as the deals of real reports show (R161).

    Parameters
    ----------
    price : float
        At which the position would be closed, the last of the day.
    """
    buy = position.type == c.POSITION_TYPE_BUY
    rate = symbol.swap_long if buy else symbol.swap_short
    mode, volume = symbol.swap_mode, position.volume
    if mode == c.SYMBOL_SWAP_MODE_POINTS:
        amount = money.worse(symbol.currency_profit, rate * point_value(symbol) * volume)
    elif mode == c.SYMBOL_SWAP_MODE_CURRENCY_SYMBOL:
        amount = money.worse(symbol.currency_base, rate * volume)
    elif mode == c.SYMBOL_SWAP_MODE_CURRENCY_MARGIN:
        amount = money.worse(symbol.currency_margin, rate * volume)
    elif mode == c.SYMBOL_SWAP_MODE_CURRENCY_DEPOSIT:
        amount = rate * volume
    elif mode in INTEREST:
        at = position.price_open if mode == c.SYMBOL_SWAP_MODE_INTEREST_OPEN else price
        yearly = rate / 100 * volume * lot_value(symbol, at)
        source = symbol.currency_base if symbol.trade_calc_mode in FOREX_MODES else ""
        amount = money.worse(source or symbol.currency_profit, yearly / symbol.swap_year_days)
    else:
        return 0.0
    return rounded(amount * count, money.digits)


def point_value(symbol: Symbol) -> float:
    """Return what one point of one lot is worth in profit currency (R161)."""
    return symbol.point * symbol.per_price


def lot_value(symbol: Symbol, price: float) -> float:
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
