"""What a symbol brings and costs in one account: profit, margin, commission (R123 to R145).

Each formula is here once. Where many prices are valued at once its array form stands beside it and
does the same operations in the same order, so both give the same numbers to the last bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mas.errors import ParamError
from mas.sim.conversion import AllQuoted, Conversion, Converter, suffix_of, swap_currency
from mas.sim.money import digits_of, half_up, half_up_all, scale_of
from mas.sim.symbols import FOREX_MODES
from mas.terminal import constants as c

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mas.sim.conversion import Quoted, Rates
    from mas.sim.settings import SimSettings
    from mas.sim.symbols import Symbol

    Array = np.ndarray[Any, Any]

LEVERAGED = frozenset({c.SYMBOL_CALC_MODE_FOREX, c.SYMBOL_CALC_MODE_CFDLEVERAGE})
NO_MARGIN = frozenset({c.SYMBOL_CALC_MODE_SERV_COLLATERAL})
FUTURES = frozenset({c.SYMBOL_CALC_MODE_FUTURES, c.SYMBOL_CALC_MODE_EXCH_FUTURES})
"""Modes whose margin is fixed by the symbol, or none."""


class Terms:
    """How one symbol is counted in one account, as far as can be prepared.

    Attributes
    ----------
    digits : int
        Of the account's currency.
    forex : bool
        Whether each leg of a result is rounded (R140).
    leg_unit : float
        To which it is rounded, profit currency.
    by_deal : bool
        Whether the side of the closing deal converts, not gain or loss (R141, R142).
    of_profit, of_margin, of_swap : Conversion
        From the currency of results, of margin and of swaps to the account's.
    """

    __slots__ = (
        "_commission",
        "_commission_mode",
        "_leg_scale",
        "_leverage",
        "_margin",
        "_margin_opened",
        "_margin_ratio",
        "_scale",
        "_size",
        "by_deal",
        "digits",
        "forex",
        "leg_unit",
        "of_margin",
        "of_profit",
        "of_swap",
        "per_price",
        "symbol",
    )

    def __init__(self, symbol: Symbol, settings: SimSettings, converter: Converter) -> None:
        account = settings.currency
        self.symbol = symbol
        self.digits = digits_of(account)
        self.forex = symbol.trade_calc_mode in FOREX_MODES
        self.by_deal = self.forex and settings.profit_conversion != "market"
        self.per_price = symbol.per_price
        self.of_profit = Conversion(converter, symbol.currency_profit, account, symbol)
        self.of_margin = Conversion(converter, symbol.currency_margin, account, symbol)
        self.of_swap = Conversion(converter, swap_currency(symbol) or account, account, symbol)
        self._size = symbol.trade_contract_size
        self._leg_scale = scale_of(symbol.currency_profit)
        self.leg_unit = 1.0 / self._leg_scale
        self._scale = scale_of(account)
        self._leverage = settings.leverage if symbol.trade_calc_mode in LEVERAGED else 1
        self._margin = self._fixed(symbol.margin_initial)
        self._margin_opened = self._fixed(symbol.margin_maintenance or symbol.margin_initial)
        self._margin_ratio = 1.0
        if symbol.trade_calc_mode == c.SYMBOL_CALC_MODE_CFDINDEX:
            self._margin_ratio = symbol.trade_tick_value / symbol.trade_tick_size or 1.0
        own = symbol.commission
        self._commission = settings.commission if own is None else own
        self._commission_mode = settings.commission_mode

    def _fixed(self, given: float) -> float | None:
        """Return the margin of a lot that no price moves, in margin currency; None where it does.

        A fixed margin of the symbol replaces the formula (R126).
        """
        mode = self.symbol.trade_calc_mode
        if mode in NO_MARGIN:
            return 0.0
        if given:
            value = given
        elif self.forex:
            value = self._size
        elif mode in FUTURES:
            value = 0.0
        else:
            return None
        return value / self._leverage

    # -- results -------------------------------------------------------------------------------

    def profit(self, volume: float, opened: float, closed: float, buy: bool) -> float:
        """Return the result between two prices in account currency, rounded (R140 to R145)."""
        if self.forex:
            size = self._size * volume
            gain = half_up(closed * size, self._leg_scale) - half_up(opened * size, self._leg_scale)
        else:
            gain = half_up((closed - opened) * volume * self.per_price, self._leg_scale)
        if not buy:
            gain = -gain
        if self.of_profit.same:
            return half_up(gain, self._scale)
        ask = buy if self.by_deal else gain < 0
        return half_up(gain * self.of_profit.rate(closed, ask), self._scale)

    def profits(
        self,
        volumes: Array,
        opened: Array,
        closed: Array,
        buys: Array,
        quoted: Quoted | None = None,
    ) -> Array:
        """Return what :meth:`profit` returns for each row.

        Parameters
        ----------
        quoted : callable, optional
            Needed where other symbols convert.
        """
        if self.forex:
            sizes = self._size * volumes
            gains = half_up_all(closed * sizes, self._leg_scale)
            gains -= half_up_all(opened * sizes, self._leg_scale)
        else:
            gains = half_up_all((closed - opened) * volumes * self.per_price, self._leg_scale)
        gains = np.where(buys, gains, -gains)
        if self.of_profit.same:
            return half_up_all(gains, self._scale)
        asks = buys if self.by_deal else gains < 0
        return half_up_all(gains * self.of_profit.rates(closed, asks, quoted), self._scale)

    def rises(self, volume: float) -> bool:
        """Tell whether a better price never gives a worse result, from so many lots on.

        Where a point moves the rounded leg by less than a unit, converted results may step back.
        """
        if self.of_profit.needed() or self.per_price < 0:
            return False
        moved = volume * self.per_price * self.symbol.point
        return self.of_profit.same or moved * self._leg_scale >= 1 - 1e-9

    def tick_values(self, price: float) -> tuple[float, float]:
        """Return what one tick of one lot gains and loses in account currency (R142, R144)."""
        value = self.symbol.trade_tick_size * self.per_price
        gain, loss = (self.of_profit.rate(price, ask) for ask in (False, True))
        return value * gain, value * loss

    def point_worth(self, price: float) -> float:
        """Return what one point of one lot is worth in account currency, at the dearer rate."""
        return self.symbol.point * self.per_price * self.of_profit.rate(price, True)

    # -- margin --------------------------------------------------------------------------------

    def margin_per_lot(self, price: float, buy: bool, *, opened: bool = False) -> float:
        """Return the margin of one lot in account currency, neither rounded nor times the rate.

        The maintenance margin is that of what is `opened` (R124, R126). Converted at the ask for
        buys and at the bid for sells; where the traded pair itself converts, at the deal's own
        price (R127).
        """
        value = self._margin_opened if opened else self._margin
        if value is None:
            value = self._size * price * self._margin_ratio / self._leverage
        return value * self.of_margin.rate(price, buy)

    def margins_per_lot(self, prices: Array, buys: Array, quoted: Quoted | None = None) -> Array:
        """Return the margin of one lot of orders at some prices; see :meth:`margin_per_lot`."""
        values: Any = self._margin
        if values is None:
            values = self._size * prices * self._margin_ratio / self._leverage
        found: Array = values * self.of_margin.rates(prices, buys, quoted)
        return found

    # -- commission ----------------------------------------------------------------------------

    def commission(self, volume: float, price: float) -> float:
        """Return what a deal costs, as a negative amount of account currency (R123).

        What is charged by the order costs the same whatever its volume.
        """
        amount = self._commission
        if not amount:
            return 0.0
        if self._commission_mode == "lot":
            amount *= volume
        elif self._commission_mode == "value":
            worth = volume * price * self.per_price
            amount *= worth * self.of_profit.rate(price, True) / 100
        return 0.0 - half_up(amount, self._scale)

    def commissions(self, volumes: Array, prices: Array, quoted: Quoted | None = None) -> Array:
        """Return what :meth:`commission` returns for each row."""
        amounts = np.full(len(volumes), self._commission)
        if not self._commission:
            return amounts
        if self._commission_mode == "lot":
            amounts *= volumes
        elif self._commission_mode == "value":
            worth = volumes * prices * self.per_price
            dear = np.ones(len(volumes), bool)
            amounts *= worth * self.of_profit.rates(prices, dear, quoted) / 100
        return 0.0 - half_up_all(amounts, self._scale)


class Money:
    """The terms of all symbols in one account.

    Raises
    ------
    ParamError
        A symbol's currency cannot be converted (R143).
    """

    def __init__(self, symbols: Mapping[str, Symbol], rates: Rates, settings: SimSettings) -> None:
        self._settings = settings
        self._converter = Converter(symbols.values(), rates)
        self._terms: dict[str, Terms] = {}
        self._convertible: set[str] = set()
        self.digits = digits_of(settings.currency)
        self.unit = 1.0 / scale_of(settings.currency)
        known = Converter(symbols.values(), AllQuoted())
        for symbol in symbols.values():
            if (
                symbol.trade_mode != c.SYMBOL_TRADE_MODE_DISABLED
            ):  # such a one is there for its rate
                _check(known, symbol, settings.currency)

    def of(self, symbol: Symbol) -> Terms:
        """Return how a symbol is counted."""
        terms = self._terms.get(symbol.name)
        if terms is None or terms.symbol is not symbol:  # a run may learn its digits late
            terms = self._terms[symbol.name] = Terms(symbol, self._settings, self._converter)
        return terms

    def convertible(self, symbol: Symbol) -> bool:
        """Tell whether all rates that a trade in a symbol needs are quoted; once is for ever."""
        if symbol.name in self._convertible:
            return True
        terms = self.of(symbol)
        found = all(
            conversion.rate(0.0, True)
            for conversion in (terms.of_profit, terms.of_margin, terms.of_swap)
        )
        if found:
            self._convertible.add(symbol.name)
        return found


def _check(known: Converter, symbol: Symbol, account: str) -> None:
    """Refuse a symbol of whose currencies no pair leads to the account's."""
    for source in (symbol.currency_margin, symbol.currency_profit):
        if known.route(source, account, suffix_of(symbol)) is None:
            raise ParamError(
                f"symbol {symbol.name}: no forex symbol converts {source} to {account}; "
                f"add {source}{account} or a way through USD to the symbols"
            )
