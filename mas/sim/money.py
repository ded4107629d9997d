"""Margin, profit and conversion between currencies (R124 to R145). Pure but for the quotes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

from mas.errors import ParamError
from mas.terminal import constants as c

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mas.sim.account import Position
    from mas.sim.symbols import Symbol

CENTS = 2
"""Digits of the account currencies that are known here."""
DIGITS = {"JPY": 0}


class Rates(Protocol):
    """Newest bid and ask of a symbol as prices."""

    def prices(self, symbol: str) -> tuple[float, float] | None:
        """Return bid and ask, None without a quote."""
        ...


def rounded(money: float, digits: int = CENTS) -> float:
    """Round half away from zero (R145)."""
    scale = 10.0**digits
    # The nudge undoes binary fractions such as 1.005, which is a little less than it says.
    return math.copysign(math.floor(abs(money) * scale + 0.5 + 1e-7), money) / scale


class Converter:
    """Finds the rate from one currency to another among the symbols (R143)."""

    def __init__(self, symbols: dict[str, Symbol], rates: Rates) -> None:
        self._rates = rates
        self._pairs = {
            (symbol.currency_base, symbol.currency_profit): symbol.name
            for symbol in symbols.values()
            if symbol.calc_mode == c.SYMBOL_CALC_MODE_FOREX
        }

    def rate(self, source: str, target: str, *, ask: bool) -> float:
        """Return units of `target` for one of `source`, at the ask or the bid.

        Raises
        ------
        ParamError
            No pair leads there, neither directly nor through USD.
        """
        if source == target:
            return 1.0
        direct = self._direct(source, target, ask=ask)
        if direct is not None:
            return direct
        first = self._direct(source, "USD", ask=ask)
        second = self._direct("USD", target, ask=ask)
        if first is None or second is None:
            raise ParamError(f"no symbol converts {source} to {target}; add one to the symbols")
        return first * second

    def _direct(self, source: str, target: str, *, ask: bool) -> float | None:
        name = self._pairs.get((source, target))
        prices = self._rates.prices(name) if name else None
        if prices:
            return prices[1] if ask else prices[0]
        name = self._pairs.get((target, source))
        prices = self._rates.prices(name) if name else None
        if prices:
            return 1.0 / (prices[0] if ask else prices[1])
        return None


class Money:
    """Counts margin and profit in the account's currency.

    Parameters
    ----------
    leverage : int
        N of 1:N.
    """

    def __init__(self, converter: Converter, *, currency: str, leverage: int) -> None:
        self._converter = converter
        self._currency = currency
        self._leverage = leverage
        self.digits = DIGITS.get(currency, CENTS)

    def margin_per_lot(self, symbol: Symbol, price: float, *, buy: bool) -> float:
        """Return the margin of one lot in account currency, not rounded (R124, R127).

        Where the traded pair itself converts, the deal's own price does.
        """
        size = symbol.contract_size / self._leverage
        forex = symbol.calc_mode == c.SYMBOL_CALC_MODE_FOREX
        in_margin_currency = size if forex else size * price
        return in_margin_currency * self._rate(symbol.currency_margin, symbol, price, ask=buy)

    def profit(
        self, symbol: Symbol, volume: float, opened: float, closed: float, *, buy: bool
    ) -> float:
        """Return the result between two prices in account currency, rounded (R140 to R145)."""
        units = symbol.contract_size * volume
        digits = DIGITS.get(symbol.currency_profit, CENTS)
        if symbol.calc_mode == c.SYMBOL_CALC_MODE_FOREX:
            gain = rounded(closed * units, digits) - rounded(opened * units, digits)
            gain = gain if buy else -gain
            rate = self._rate(symbol.currency_profit, symbol, closed, ask=buy)
        else:
            gain = rounded((closed - opened) * units * (1 if buy else -1), digits)
            rate = self._rate(symbol.currency_profit, symbol, closed, ask=gain < 0)
        return rounded(gain * rate, self.digits)

    def _rate(self, source: str, symbol: Symbol, price: float, *, ask: bool) -> float:
        """Return the rate to the account's currency; the deal's price where it is the pair."""
        if symbol.calc_mode == c.SYMBOL_CALC_MODE_FOREX and source != self._currency:
            if (source, self._currency) == (symbol.currency_base, symbol.currency_profit):
                return price
            if (self._currency, source) == (symbol.currency_base, symbol.currency_profit):
                return 1.0 / price
        return self._converter.rate(source, self._currency, ask=ask)

    def tick_value(self, symbol: Symbol, price: float) -> float:
        """Return what one point of one lot is worth in account currency (R144)."""
        rate = self._rate(symbol.currency_profit, symbol, price, ask=False)
        return symbol.point * symbol.contract_size * rate

    def hedged_margin(self, symbol: Symbol, positions: Iterable[Position]) -> float:
        """Return the margin of the open positions of one symbol (R131, R132).

        The uncovered volume takes the average margin of the larger leg, the covered volume the
        average of all, in the ratio of ``margin_hedged`` to the contract size.
        """
        lots, money = [0.0, 0.0], [0.0, 0.0]
        for position in positions:
            lots[position.type] += position.volume
            money[position.type] += position.volume * position.margin_per_lot
        total = lots[0] + lots[1]
        if not total:
            return 0.0
        larger = 0 if lots[0] >= lots[1] else 1
        covered = min(lots)
        uncovered = (lots[larger] - covered) * money[larger] / lots[larger]
        share = symbol.margin_hedged / symbol.contract_size
        return rounded(uncovered + covered * share * sum(money) / total, self.digits)
