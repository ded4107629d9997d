"""From one currency to another by the quotes of forex symbols (R127, R141 to R143)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from mas.sim.symbols import FOREX_MODES
from mas.terminal import constants as c

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mas.sim.symbols import Symbol

    Array = np.ndarray[Any, Any]
    Quoted = Callable[[str], tuple[Array, Array]]
    """Returns bids and asks of a symbol as prices at the moments in question, 0 for none."""
    Route = list[tuple[str, bool]]
    """The symbols that lead from one currency to another, each with whether it is inverted."""

INTEREST = frozenset({c.SYMBOL_SWAP_MODE_INTEREST_CURRENT, c.SYMBOL_SWAP_MODE_INTEREST_OPEN})
BY_PRICE, BY_INVERSE = 1, -1


class Rates(Protocol):
    """Newest bid and ask of a symbol as prices."""

    def prices(self, symbol: str) -> tuple[float, float] | None:
        """Return bid and ask, None without a quote."""
        ...

    def quoted(self, symbol: str) -> bool:
        """Tell whether the symbol has prices at all, now or later."""
        ...


class AllQuoted:
    """Rates of which only the way counts: every symbol has some."""

    def prices(self, symbol: str) -> None:
        """Return None: not yet."""

    def quoted(self, symbol: str) -> bool:  # noqa: ARG002
        """Tell whether the symbol has prices: yes."""
        return True


class Converter:
    """Finds the way from one currency to another among the forex symbols (R143).

    Only pairs with prices count. A direct or reverse pair is preferred, one with the suffix of the
    traded symbol before others; else two steps through USD, else through any other currency.

    Attributes
    ----------
    rates : Rates
        The quotes by which is converted.
    """

    def __init__(self, symbols: Iterable[Symbol], rates: Rates) -> None:
        self.rates = rates
        self._pairs: dict[tuple[str, str], list[str]] = {}
        self._routes: dict[tuple[str, str, str], Route | None] = {}
        for symbol in sorted(symbols, key=lambda item: item.name):
            if symbol.trade_calc_mode in FOREX_MODES:
                key = (symbol.currency_base, symbol.currency_profit)
                self._pairs.setdefault(key, []).append(symbol.name)
        others = {currency for pair in self._pairs for currency in pair} - {"USD"}
        self._between = ["USD", *sorted(others)]

    def route(self, source: str, target: str, suffix: str = "") -> Route | None:
        """Return the symbols that lead there, none between equal currencies, None for no way."""
        if source == target:
            return []
        key = (source, target, suffix)
        if key not in self._routes:
            self._routes[key] = self._search(source, target, suffix)
        return self._routes[key]

    def _search(self, source: str, target: str, suffix: str) -> Route | None:
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
            names = [name for name in self._pairs.get(pair, ()) if self.rates.quoted(name)]
            fitting = [name for name in names if suffix and name.endswith(suffix)]
            if names:
                return (fitting or names)[0], inverted
        return None


class Conversion:
    """From one currency of a symbol to the account's.

    Parameters
    ----------
    symbol : Symbol
        Its suffix is preferred; its own price converts where it is the pair (R127, R141).

    Attributes
    ----------
    same : bool
        Whether both are one currency.
    by_price : int
        BY_PRICE where the traded price is the rate, BY_INVERSE where its inverse is, else 0.
    """

    __slots__ = ("_converter", "_route", "_source", "_suffix", "_target", "by_price", "same")

    def __init__(self, converter: Converter, source: str, target: str, symbol: Symbol) -> None:
        self._converter = converter
        self._source = source
        self._target = target
        self._suffix = suffix_of(symbol)
        self._route: Route | None = None
        self.same = source == target
        self.by_price = 0
        if symbol.trade_calc_mode in FOREX_MODES and not self.same:
            pair = (symbol.currency_base, symbol.currency_profit)
            self.by_price = BY_PRICE * (pair == (source, target))
            self.by_price += BY_INVERSE * (pair == (target, source))

    def route(self) -> Route | None:
        """Return the symbols whose quotes convert, that of the pair itself too; None for no way."""
        if self._route is None:  # found late: a run over history gets symbols as it goes
            self._route = self._converter.route(self._source, self._target, self._suffix)
        return self._route

    def rate(self, price: float, ask: bool) -> float:
        """Return account currency for one unit, at the ask or at the bid; 0.0 without a quote.

        Parameters
        ----------
        price : float
            At which the symbol is dealt; 0 for none, so that only quotes convert.
        """
        if self.same:
            return 1.0
        if self.by_price and price:
            return price if self.by_price == BY_PRICE else 1.0 / price
        route = self.route()
        if route is None:
            return 0.0
        rate = 1.0
        for name, inverted in route:
            prices = self._converter.rates.prices(name)
            if prices is None:
                return 0.0
            rate *= 1.0 / prices[not ask] if inverted else prices[ask]
        return rate

    def rates(self, prices: Array | None, asks: Array, quoted: Quoted | None) -> Array:
        """Return what :meth:`rate` returns for each row.

        Parameters
        ----------
        prices : array of float, optional
            At which the symbol is dealt.
        quoted : callable, optional
            Needed where quotes convert.
        """
        if self.same:
            return np.ones(len(asks))
        if self.by_price and prices is not None:
            return prices if self.by_price == BY_PRICE else _inverse(prices)
        if quoted is None:
            raise ValueError(f"{self._source} to {self._target} needs the quotes of {self.route()}")
        rates = np.ones(len(asks))
        for name, inverted in self.route() or ():
            bids, offers = quoted(name)
            sides = (asks, offers, bids) if not inverted else (asks, bids, offers)
            chosen = np.where(*sides)
            rates *= _inverse(chosen) if inverted else chosen
        return rates

    def needed(self) -> list[str]:
        """Return the symbols whose quotes convert results of which the price is known."""
        if self.same or self.by_price:
            return []
        return [name for name, _ in self.route() or ()]


def currencies_of(symbol: Symbol) -> list[str]:
    """Return the currencies in which a symbol's results, margin and swap are, each once."""
    found = (symbol.currency_profit, symbol.currency_margin, swap_currency(symbol))
    return [currency for currency in dict.fromkeys(found) if currency]


def swap_currency(symbol: Symbol) -> str:
    """Return the currency in which a night is counted, "" for the account's (R161 to R163)."""
    mode = symbol.swap_mode
    if mode == c.SYMBOL_SWAP_MODE_CURRENCY_DEPOSIT:
        return ""
    if mode == c.SYMBOL_SWAP_MODE_CURRENCY_MARGIN:
        return symbol.currency_margin
    by_contract = mode in INTEREST and symbol.trade_calc_mode in FOREX_MODES
    if mode == c.SYMBOL_SWAP_MODE_CURRENCY_SYMBOL or by_contract:
        return symbol.currency_base
    return symbol.currency_profit


def suffix_of(symbol: Symbol) -> str:
    """Return what a broker hangs on a pair's name, such as ``.m`` of EURUSD.m (R143)."""
    return symbol.name[6:] if symbol.trade_calc_mode in FOREX_MODES else ""


def _inverse(prices: Array) -> Array:
    found: Array = np.divide(1.0, prices, out=np.zeros(len(prices)), where=prices != 0)
    return found
