"""What a report tells of its symbols: contract size, currencies, how results are rounded.

Reports have no symbol settings. The digits are those of the prices; the contract size is what makes
the profits of the price differences, a round number; the currencies are in the name.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from mas.errors import ParamError
from mas.history.synthetic import Character
from mas.report.mt5.worth import LOT, UNKNOWN_CURRENCY, Quoting, quoting, rounded_size
from mas.sim.settings import SimSettings
from mas.sim.symbols import Symbol
from mas.sim.terms import Money
from mas.terminal import constants as c

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mas.report.mt5.exits import Exit, Matching
    from mas.report.mt5.facts import ReportRecord


class _NoRates:
    """Quotes of nothing: conversion by the deal's own price needs none."""

    def prices(self, symbol: str) -> tuple[float, float] | None:  # noqa: ARG002
        return None

    def quoted(self, symbol: str) -> bool:  # noqa: ARG002
        return False


def guessed_specification(
    record: ReportRecord, matching: Matching, name: str, given: Mapping[str, Any]
) -> Symbol:
    """Return what is known of a symbol; what is given counts before what is inferred.

    Raises
    ------
    ParamError
        A given field is unknown or wrong.
    """
    known = quoting(name, record.currency)
    worth = matching.worths.get(name)
    measured = rounded_size(worth.lot) if worth is not None else None
    cross = known is not None and record.currency not in {known.base, known.profit}
    if known is None:
        profit = record.currency if measured or worth is None else UNKNOWN_CURRENCY
        known = Quoting(profit, profit, measured or 1.0)
    contract = known.contract if cross or measured is None else measured
    fields: dict[str, Any] = {
        "name": name, "digits": min(record.digits.get(name, 5), 8), "currency_base": known.base,
        "currency_profit": known.profit, "currency_margin": known.profit,
        "trade_contract_size": contract, "margin_rates": (0.0,) * 8, "volume_min": 1e-8,
        "volume_step": 1e-8, "volume_max": 1e9,
        "market": Character(1.0, 10.0 ** -record.digits.get(name, 5), 0.1, 1.0),
    }  # fmt: skip
    allowed = {field.name for field in dataclasses.fields(Symbol)}
    wrong = next((item for item in given if item not in allowed), None)
    if wrong is not None:
        raise ParamError(
            f"{wrong!r} is no field of a symbol; accepted are those of symbol_info()", field=wrong
        )
    fields |= given
    if "trade_calc_mode" not in fields:
        fields["trade_calc_mode"] = _mode(record, matching, fields)
    return Symbol(**fields)


def _mode(record: ReportRecord, matching: Matching, fields: dict[str, Any]) -> int:
    """Return the mode whose rounding explains more profits to the cent (R140, R234)."""
    modes = (c.SYMBOL_CALC_MODE_FOREX, c.SYMBOL_CALC_MODE_CFD)
    some = [closing for closing in matching.exits if closing.deal.symbol == fields["name"]][:2000]
    best = max(modes, key=lambda mode: _explained(record, some, fields | {"trade_calc_mode": mode}))
    return int(best)


def _explained(record: ReportRecord, some: list[Exit], fields: dict[str, Any]) -> int:
    symbol = Symbol(**fields)
    if record.currency not in {symbol.currency_base, symbol.currency_profit}:
        return 0
    try:
        settings = SimSettings(currency=record.currency)
        terms = Money({symbol.name: symbol}, _NoRates(), settings).of(symbol)
    except ParamError:
        return 0
    found = (
        terms.profit(closing.volume, closing.price_open, closing.deal.price, closing.buy)
        for closing in some
    )
    return sum(
        abs(profit - closing.deal.profit) < 0.005
        for profit, closing in zip(found, some, strict=True)
    )


def conversion(symbol: Symbol, account: str, contract: float = LOT) -> Symbol | None:
    """Return the pair that converts a symbol's results, None where its own price does."""
    if account in {symbol.currency_profit, symbol.currency_base}:
        return None
    return Symbol(
        name=f"{symbol.currency_profit}{account} implied", digits=8,
        currency_base=symbol.currency_profit, currency_profit=account, currency_margin=account,
        trade_contract_size=contract, margin_rates=(0.0,) * 8,
        market=Character(1.0, 1e-8, 0.1, 1.0),
    )  # fmt: skip
