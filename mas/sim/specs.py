"""Files of symbol specifications, in TOML or JSON.

A list named ``symbol`` of tables whose keys are those of ``symbol_info()``, with the few that
MetaTrader 5 keeps to itself (sessions, margin rates, commission) and how the synthetic market
moves it. :func:`export_symbols` writes the same format from any connected terminal.
"""

from __future__ import annotations

import dataclasses
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mas.errors import ParamError
from mas.history.synthetic import Character
from mas.sim.symbols import (
    BY_TICK_VALUE,
    EXCHANGE_MODES,
    MOST_DIGITS,
    NOT_SIMULATED,
    ORDER_TYPES,
    Symbol,
)
from mas.terminal import constants as c

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mas.terminal.types import SymbolInfo

FIELDS = {field.name: field for field in dataclasses.fields(Symbol)}
REQUIRED = [name for name, field in FIELDS.items() if field.default is dataclasses.MISSING]
MARKET_KEYS = {field.name for field in dataclasses.fields(Character)} - {"point"}


def load_symbols(path: Path | str) -> dict[str, Symbol]:
    """Read a specification file.

    Parameters
    ----------
    path : path
        ``.toml`` or ``.json``.

    Raises
    ------
    ParamError
        The file cannot be read, or a key or value is wrong; the message names file and symbol.
    """
    path = Path(path)
    try:
        text = path.read_bytes()
        content = (
            tomllib.loads(text.decode()) if path.suffix == ".toml" else msgspec.json.decode(text)
        )
        file = msgspec.convert(content, _File)
    except (OSError, ValueError) as error:
        raise ParamError(f"{path}: cannot be read as a list of symbols: {error}") from None
    symbols: dict[str, Symbol] = {}
    for row in file.symbol:
        name, kind = row.get("name", "?"), row.pop("like", None)
        if kind is not None and str(kind) not in file.defaults:
            raise ParamError(f"{path}: symbol {name!r}: there is no [defaults.{kind}] to be like")
        symbol = _symbol({**file.defaults.get(str(kind), {}), **row}, path)
        if symbol.name in symbols:
            raise ParamError(f"{path}: symbol {name!r}: is there twice")
        symbols[symbol.name] = symbol
    return symbols


class _File(msgspec.Struct):
    symbol: list[dict[str, Any]]
    defaults: dict[str, dict[str, Any]] = {}


def _symbol(row: dict[str, Any], path: Path) -> Symbol:
    """Return one symbol of a file; constants may be given by their names."""
    name = row.get("name", "?")
    row = {
        key: getattr(c, value, value) if _is_constant(value) else value
        for key, value in row.items()
    }
    market = row.get("market")
    unknown = sorted(row.keys() - FIELDS.keys())
    if isinstance(market, dict):
        unknown += sorted(f"market.{key}" for key in market.keys() - MARKET_KEYS)
    missing = sorted(set(REQUIRED) - row.keys())
    if unknown or missing:
        what = f"unknown: {', '.join(unknown)}" if unknown else f"missing: {', '.join(missing)}"
        raise ParamError(f"{path}: symbol {name!r}: {what}")
    try:
        if isinstance(market, dict) and isinstance(row["digits"], int):
            row["market"] = {**market, "point": 10.0 ** -min(abs(row["digits"]), MOST_DIGITS)}
        return msgspec.convert(row, Symbol)
    except ValueError as error:
        wrong = str(error).removeprefix(f"symbol {name!r}: ")
        raise ParamError(f"{path}: symbol {name!r}: {wrong}") from None


def _is_constant(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("SYMBOL_", "DAY_OF_WEEK_"))


def built_in() -> dict[str, Symbol]:
    """Return the symbols that come with the package, in the order of their file.

    The dict is the caller's own; the symbols never change.
    """
    return dict(_built_in())


@cache
def _built_in() -> dict[str, Symbol]:
    return load_symbols(Path(__file__).with_name("symbols.toml"))


def export_symbols(symbols: Iterable[SymbolInfo], path: Path | str) -> int:
    """Write the specifications of a connected terminal as a file, and return how many.

    Parameters
    ----------
    symbols : iterable of SymbolInfo
        What ``symbols_get()`` of any terminal answers; bonds are left out.
    path : path
        A ``.json`` file that :func:`load_symbols` reads.
    """
    rows = [_row(info) for info in symbols if info.trade_calc_mode not in NOT_SIMULATED]
    Path(path).write_bytes(msgspec.json.format(msgspec.json.encode({"symbol": rows})))
    return len(rows)


def _row(info: SymbolInfo) -> dict[str, Any]:
    """Return the keys of a specification; the market's character is guessed from the quote."""
    known = {name: getattr(info, name) for name in FIELDS if hasattr(info, name)}
    price = info.bid or info.ask or info.last or 1.0
    known["market"] = {"base": price, "volatility": 0.1, "spread": float(max(info.spread, 1))}
    if info.trade_calc_mode in EXCHANGE_MODES:
        known["margin_rates"] = [1.0] * len(ORDER_TYPES)
    if info.trade_calc_mode not in BY_TICK_VALUE:
        known["trade_tick_value"] = 0.0  # it moves with the rates
    return known
