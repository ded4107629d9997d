"""Margin, profit and conversion between currencies (R124 to R145). Pure but for the quotes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

from mas.errors import ParamError
from mas.sim.symbols import FOREX_MODES, Symbol
from mas.terminal import constants as c

if TYPE_CHECKING:
    from collections.abc import Iterable

CENTS = 2
"""Digits of a currency that is not listed."""
DIGITS = {"JPY": 0, "HUF": 0, "KRW": 0, "BTC": 8, "ETH": 8}
SCALES = [10.0**digits for digits in range(16)]
LEVERAGED = frozenset({c.SYMBOL_CALC_MODE_FOREX, c.SYMBOL_CALC_MODE_CFDLEVERAGE})
NO_MARGIN = frozenset({c.SYMBOL_CALC_MODE_SERV_COLLATERAL})
BY_SIZE = FOREX_MODES
"""Modes whose margin is the size of the contract, not its value."""


class Rates(Protocol):
    """Newest bid and ask of a symbol as prices."""

    def prices(self, symbol: str) -> tuple[float, float] | None:
        """Return bid and ask, None without a quote."""
        ...

    def quoted(self, symbol: str) -> bool:
        """Tell whether the symbol has prices at all, now or later."""
        ...


def rounded(money: float, digits: int = CENTS) -> float:
    """Round half away from zero (R145)."""
    scale = SCALES[digits]
    # The nudge undoes binary fractions such as 1.005, which is a little less than it says.
    return math.copysign(math.floor(abs(money) * scale + 0.5 + 1e-7), money) / scale


class Converter:
    """Finds the rate from one currency to another among the forex symbols (R143).

    Only pairs with prices count. A direct or reverse pair is preferred, one with the suffix of the
    traded symbol before others; else two steps through USD, else through any other currency.
    """

    def __init__(self, symbols: Iterable[Symbol], rates: Rates) -> None:
        self._rates = rates
        self._pairs: dict[tuple[str, str], list[str]] = {}
        self._routes: dict[tuple[str, str, str], list[tuple[str, bool]] | None] = {}
        for symbol in sorted(symbols, key=lambda item: item.name):
            if symbol.trade_calc_mode in FOREX_MODES:
                key = (symbol.currency_base, symbol.currency_profit)
                self._pairs.setdefault(key, []).append(symbol.name)
        others = {currency for pair in self._pairs for currency in pair} - {"USD"}
        self._between = ["USD", *sorted(others)]

    def route(self, source: str, target: str, suffix: str = "") -> list[tuple[str, bool]] | None:
        """Return the symbols that lead there, each with whether it is inverted; None for no way."""
        key = (source, target, suffix)
        if key not in self._routes:
            self._routes[key] = self._search(source, target, suffix)
        return self._routes[key]

    def rate(self, source: str, target: str, *, ask: bool, suffix: str = "") -> float:
        """Return units of `target` for one of `source`, at the ask or the bid; 0.0 unknown."""
        if source == target:
            return 1.0
        rate = 1.0
        route = self.route(source, target, suffix)
        if route is None:
            return 0.0
        for name, inverted in route:
            prices = self._rates.prices(name)
            if prices is None:
                return 0.0
            rate *= 1.0 / prices[not ask] if inverted else prices[ask]
        return rate

    def _search(self, source: str, target: str, suffix: str) -> list[tuple[str, bool]] | None:
        direct = self._step(source, target, suffix)
        if direct is not None:
            return [direct]
        for through in self._between:
            first = self._step(source, through, suffix)
            second = self._step(through, target, suffix) if first is not None else None
            if first is not None and second is not None:
                return [first, second]
        return None

    def _step(self, source: str, target: str, suffix: str) -> tuple[str, bool] | None:
        for pair, inverted in (((source, target), False), ((target, source), True)):
            names = [name for name in self._pairs.get(pair, ()) if self._rates.quoted(name)]
            fitting = [name for name in names if suffix and name.endswith(suffix)]
            if names:
                return (fitting or names)[0], inverted
        return None


class Money:
    """Counts margin and profit of single deals in the account's currency.

    Parameters
    ----------
    leverage : int
        N of 1:N.
    by_market : bool
        Whether forex results convert by gain and loss, as all others do (R142).

    Raises
    ------
    ParamError
        A symbol's currency cannot be converted (R143).
    """

    def __init__(
        self,
        symbols: dict[str, Symbol],
        rates: Rates,
        *,
        currency: str,
        leverage: int,
        by_market: bool = False,
    ) -> None:
        self._converter = Converter(symbols.values(), rates)
        known = Converter(symbols.values(), AllQuoted())
        self._currency = currency
        self._leverage = leverage
        self.by_market = by_market
        self._convertible: set[str] = set()
        self.digits = digits_of(currency)
        self.unit = unit_of(currency)
        for symbol in symbols.values():
            if symbol.trade_mode == c.SYMBOL_TRADE_MODE_DISABLED:
                continue  # it is there for its rate
            for source in (symbol.currency_margin, symbol.currency_profit):
                suffix = suffix_of(symbol)
                if source != currency and not known.route(source, currency, suffix):
                    raise ParamError(
                        f"symbol {symbol.name}: no forex symbol converts {source} to {currency}; "
                        f"add {source}{currency} or a way through USD to the symbols"
                    )

    def margin_per_lot(
        self, symbol: Symbol, price: float, *, buy: bool, opened: bool = False
    ) -> float:
        """Return the margin of one lot in account currency, neither rounded nor times the rate.

        A fixed initial margin of the symbol replaces the formula, and its maintenance margin that
        one for what is `opened` (R124, R126). Converted at the ask for buys and at the bid for
        sells; where the traded pair itself converts, at the deal's own price (R127).
        """
        mode = symbol.trade_calc_mode
        fixed = (symbol.margin_maintenance if opened else 0.0) or symbol.margin_initial
        if mode in NO_MARGIN:
            return 0.0
        if fixed:
            value = fixed
        elif mode in BY_SIZE:
            value = symbol.trade_contract_size
        elif mode == c.SYMBOL_CALC_MODE_CFDINDEX:
            ratio = symbol.trade_tick_value / symbol.trade_tick_size or 1.0
            value = symbol.trade_contract_size * price * ratio
        elif mode in FUTURES:
            value = 0.0
        else:
            value = symbol.trade_contract_size * price
        if mode in LEVERAGED:
            value /= self._leverage
        return value * self.rate(symbol.currency_margin, symbol, price, ask=buy)

    def profit(
        self, symbol: Symbol, volume: float, opened: float, closed: float, *, buy: bool
    ) -> float:
        """Return the result between two prices in account currency, rounded (R140 to R145)."""
        mode = symbol.trade_calc_mode
        source = symbol.currency_profit
        digits = DIGITS.get(source, CENTS)
        if mode in FOREX_MODES:
            size = symbol.trade_contract_size * volume
            gain = rounded(closed * size, digits) - rounded(opened * size, digits)
            ask = buy
        else:
            gain = rounded((closed - opened) * volume * symbol.per_price, digits)
            ask = (gain if buy else -gain) < 0
        if not buy:
            gain = -gain
        if source == self._currency:
            return rounded(gain, self.digits)
        if self.by_market:
            ask = gain < 0
        return rounded(gain * self.rate(source, symbol, closed, ask=ask), self.digits)

    def rate(self, source: str, symbol: Symbol, price: float, *, ask: bool) -> float:
        """Return the rate to the account's currency; the deal's price where it is the pair."""
        if source == self._currency:
            return 1.0
        if symbol.trade_calc_mode in FOREX_MODES and price:
            if (source, self._currency) == (symbol.currency_base, symbol.currency_profit):
                return price
            if (self._currency, source) == (symbol.currency_base, symbol.currency_profit):
                return 1.0 / price
        return self._converter.rate(source, self._currency, ask=ask, suffix=suffix_of(symbol))

    def conversion(self, symbol: Symbol) -> tuple[bool, tuple[tuple[str, bool], ...]]:
        """Return how results convert: by the inverse of the closing price, or by steps.

        A step is a symbol and whether its rate is inverted; none in the account's own currency.
        """
        source, target = symbol.currency_profit, self._currency
        if source == target:
            return False, ()
        if symbol.trade_calc_mode in FOREX_MODES and target == symbol.currency_base:
            return True, ()
        return False, tuple(self._converter.route(source, target, suffix_of(symbol)) or ())

    def worse(self, source: str, money: float) -> float:
        """Return an amount in account currency, at the rate that is worse for the client."""
        return money * self._converter.rate(source, self._currency, ask=money <= 0)

    def convertible(self, symbol: Symbol) -> bool:
        """Tell whether all rates that a trade in a symbol needs are quoted; once is for ever."""
        if symbol.name in self._convertible:
            return True
        suffix = suffix_of(symbol)
        found = all(
            source == self._currency
            or self._converter.rate(source, self._currency, ask=True, suffix=suffix)
            for source in currencies_of(symbol)
        )
        if found:
            self._convertible.add(symbol.name)
        return found

    def route(self, symbol: Symbol) -> list[str]:
        """Return the symbols whose quotes convert a symbol's results, itself included."""
        if symbol.currency_profit == self._currency:
            return []
        found = self._converter.route(symbol.currency_profit, self._currency, suffix_of(symbol))
        return [name for name, _ in found or ()]

    def tick_values(self, symbol: Symbol, price: float) -> tuple[float, float]:
        """Return what one tick of one lot gains and loses in account currency (R142, R144)."""
        value = symbol.trade_tick_size * symbol.per_price
        source = symbol.currency_profit
        gain, loss = (self.rate(source, symbol, price, ask=ask) for ask in (False, True))
        return value * gain, value * loss


class AllQuoted:
    """Rates of which only the way counts: every symbol has some."""

    def prices(self, symbol: str) -> None:
        """Return None: not yet."""

    def quoted(self, symbol: str) -> bool:  # noqa: ARG002
        """Tell whether the symbol has prices: yes."""
        return True


INTEREST = frozenset({c.SYMBOL_SWAP_MODE_INTEREST_CURRENT, c.SYMBOL_SWAP_MODE_INTEREST_OPEN})


def currencies_of(symbol: Symbol) -> list[str]:
    """Return the currencies in which a symbol's results, margin and swap are, each once."""
    found = [symbol.currency_profit, symbol.currency_margin]
    if symbol.swap_mode == c.SYMBOL_SWAP_MODE_CURRENCY_SYMBOL or (
        symbol.swap_mode in INTEREST and symbol.trade_calc_mode in FOREX_MODES
    ):
        found.append(symbol.currency_base)
    return list(dict.fromkeys(found))


FUTURES = frozenset({c.SYMBOL_CALC_MODE_FUTURES, c.SYMBOL_CALC_MODE_EXCH_FUTURES})


def digits_of(currency: str) -> int:
    """Return the digits in which a currency is counted."""
    return DIGITS.get(currency, CENTS)


def unit_of(currency: str) -> float:
    """Return the smallest amount of a currency."""
    return 1.0 / SCALES[digits_of(currency)]


def suffix_of(symbol: Symbol) -> str:
    """Return what a broker hangs on a pair's name, such as ``.m`` of EURUSD.m (R143)."""
    return symbol.name[6:] if symbol.trade_calc_mode in FOREX_MODES else ""
