"""That the results of a run can be converted: by stored rates where its prices are (R143)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from mas.backtest.plan import fetch_command, words
from mas.errors import DataError
from mas.history.formats.source import CODES
from mas.sim.conversion import Converter, currencies_of, suffix_of
from mas.sim.symbols import FOREX_MODES
from mas.terminal import constants as c

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mas.backtest.plan import Plan
    from mas.sim import Symbol


class RunPrices(Protocol):
    """The prices that a run has."""

    plan: Plan
    symbols: dict[str, Symbol]

    def has(self, symbol: str) -> bool:
        """Tell whether there are prices of a symbol."""
        ...


class AvailableRates:
    """Pairs of which the run has rates, and one more that it could have."""

    def __init__(self, sources: RunPrices, more: str = "") -> None:
        self._sources = sources
        self._more = more

    def prices(self, symbol: str) -> None:
        """Return None: only the way counts."""

    def quoted(self, symbol: str) -> bool:
        """Tell whether there are prices of a symbol."""
        return symbol == self._more or self._sources.has(symbol)


def check_rates(sources: RunPrices, names: Iterable[str], currency: str) -> None:
    """Refuse a run whose results cannot be converted.

    Raises
    ------
    DataError
        What is missing, and the command that fetches it.
    """
    for name in names:
        symbol = sources.symbols[name]
        missing = _missing(sources, symbol, currency)
        if missing:
            raise DataError(_refusal(sources, symbol, missing, currency))


def _missing(sources: RunPrices, symbol: Symbol, currency: str, more: str = "") -> list[str]:
    """Return the currencies of a symbol that no way of stored pairs leads from."""
    converter = Converter(sources.symbols.values(), AvailableRates(sources, more))
    return [
        needed
        for needed in currencies_of(symbol)
        if converter.route(needed, currency, suffix_of(symbol)) is None
    ]


def _refusal(sources: RunPrices, symbol: Symbol, missing: list[str], currency: str) -> str:
    pairs = [_pair(sources.symbols, name, currency) for name in missing]
    enough = [pair for pair in pairs if not _missing(sources, symbol, currency, pair)]
    commands = " and ".join(fetch_command(sources.plan, pair) for pair in (enough[:1] or pairs))
    return (
        f"results of {symbol.name} cannot be converted from {' and '.join(missing)} to {currency}: "
        f"no stored prices of {' or '.join(pairs)} (nor a way through two stored pairs) cover "
        f"{words(sources.plan)}, and rates are not made up where prices are real; fetch them: "
        f"{commands}"
    )


def _pair(symbols: dict[str, Symbol], source: str, target: str) -> str:
    """Return the forex symbol of two currencies, the plainest name first."""
    names = [
        currency.name
        for currency in symbols.values()
        if currency.trade_calc_mode in FOREX_MODES
        and {currency.currency_base, currency.currency_profit} == {source, target}
    ]
    return min(names, key=lambda name: (len(name), name), default=source + target)


def suffixed(name: str, symbols: dict[str, Symbol]) -> Symbol | None:
    """Return the specification of a name with a suffix: ``EURUSD.sml`` has that of ``EURUSD``."""
    plain = next((key for key in (name[:6], name.split(".", maxsplit=1)[0]) if key in symbols), "")
    return replace(symbols[plain], name=name) if plain else None


def specified(name: str, symbols: dict[str, Symbol]) -> Symbol | None:
    """Return a stored symbol that has no specification, as far as its name tells; else None.

    A suffix after a known name has its specification. A pair of known currencies is there for
    its rate, and cannot be traded.
    """
    found = suffixed(name, symbols)
    if found is not None:
        return found
    base, profit = name[:3].upper(), name[3:6].upper()
    like = next(
        (currency for currency in symbols.values() if currency.trade_calc_mode in FOREX_MODES), None
    )
    if like is None or base not in CODES or profit not in CODES:
        return None
    return replace(
        like, name=name, currency_base=base, currency_profit=profit, currency_margin=base,
        description="", path="", trade_mode=c.SYMBOL_TRADE_MODE_DISABLED,
    )  # fmt: skip
