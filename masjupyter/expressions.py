"""Values of orders: plain words, and ``{expressions}`` in the user's namespace.

``bid``, ``ask`` and ``point`` are always those of the order's own symbol. A variable of the
notebook by one of these names never stands in for them.
"""

from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING, Any, Protocol

from mas.errors import ParamError
from mas.schema import OrderParams, fields
from mas.schema.messages import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Order = dict[str, Any]
FIELDS = fields(OrderParams)
PRICES = ("bid", "ask", "point")
QUOTED = re.compile(r"""^\s*(?:"([^"]*)"|'([^']*)')\s*(?:\s#.*)?$""")
MARKET = re.compile(rf"\b(?:{'|'.join(PRICES)})\b")


class SymbolQuotes(Protocol):
    """Where ``bid``, ``ask`` and ``point`` of a symbol come from."""

    def __call__(self, symbol: str) -> Mapping[str, float]:
        """Return the names for expressions, empty when there is no quote."""
        ...


def scalar(name: str, text: str) -> Any:
    """Return a value written without a dict round it: a number, a boolean, or text."""
    quoted = QUOTED.match(text)
    if quoted:
        return quoted.group(1) if quoted.group(1) is not None else quoted.group(2)
    bare = re.split(r"\s#", text, maxsplit=1)[0].strip()
    field = FIELDS.get(name)
    if field is not None and field.kind in {"str", "word"}:
        return bare
    if bare.lower() in {"true", "false"}:
        return bare.lower() == "true"
    found = number(bare)
    return bare if found is None else found


def number(text: str) -> int | float | None:
    """Return the number that a text is, None when it is none."""
    if re.fullmatch(r"[+-]?\d{1,30}", text, re.ASCII):
        return int(text)
    if re.fullmatch(r"[+-]?(\d+\.\d*|\.\d+|\d+)([eE][+-]?\d{1,3})?", text, re.ASCII):
        return float(text)
    return None


def names_of(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return the user's names, with ``mt5`` and ``datetime``, which published orders use."""
    names = {name: value for name, value in namespace.items() if name not in PRICES}
    if "mt5" not in names or "datetime" not in names:
        from datetime import datetime  # noqa: PLC0415

        from mas import mt5  # noqa: PLC0415  the terminal is loaded for those who use it

        names = {"mt5": mt5, "datetime": datetime, **names}
    return names


def evaluated(order: Order, namespace: Mapping[str, Any], quotes: SymbolQuotes) -> Order:
    """Return the order with its expressions worked out.

    Raises
    ------
    ParamError
        One fails, or needs a quote that there is not; the message names the field.
    """
    order = {name: _unbraced(value) for name, value in order.items()}
    if not any(_is_expression(value) for value in order.values()):
        return order
    names = names_of(namespace)
    symbol = order.get("symbol")
    if _is_expression(symbol):
        symbol = formatted("symbol", str(symbol), names)
    prices = quotes(symbol) if isinstance(symbol, str) else {}
    if not prices:
        _no_quote_needed(order, symbol)
    names.update(prices)
    return {
        name: formatted(str(name), value, names) if _is_expression(value) else value
        for name, value in order.items()
    }


def _is_expression(value: object) -> bool:
    return isinstance(value, str) and "{" in value


def _no_quote_needed(order: Order, symbol: object) -> None:
    for name, value in order.items():
        if _is_expression(value) and any(map(MARKET.search, re.findall(r"\{(.*?)\}", value))):
            raise ParamError(
                f"{one_line_of(name)}: {shown(value)} needs a quote, and there is none of the "
                f"symbol {shown(symbol)}; check the symbol",
                field=str(name),
                value=value,
            )


def _unbraced(value: Any) -> Any:
    """Return ``{bid - 0.002}`` as text where YAML made a mapping of it."""
    if isinstance(value, dict) and len(value) == 1:
        ((key, nothing),) = value.items()
        if nothing in (None, "") and isinstance(key, str):
            return f"{{{key}}}"
    return value


def formatted(name: str, text: str, names: dict[str, Any]) -> Any:
    """Return a value with ``{expression}`` or ``{expression:format}`` worked out.

    An expression alone keeps its type; a formatted price is a number again.
    """
    label = one_line_of(name)
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise ParamError(f"{label}: {shown(text)}: {error}", field=name, value=text) from None
    if len(parts) == 1 and parts[0][1] is not None and not any((parts[0][0], *parts[0][2:])):
        value = _value(name, parts[0][1], names)
        # Rounded, so that 1.1 - 0.002 is no 1.0980000000000003.
        return round(value, 10) if isinstance(value, float) else value
    pieces = []
    for literal, expression, form, conversion in parts:
        pieces.append(literal)
        if expression is None:
            continue
        if conversion:
            raise ParamError(f"{label}: !{conversion} has no meaning here", field=name, value=text)
        value = _value(name, expression, names)
        try:
            pieces.append(format(value, form or ""))
        except Exception as error:  # noqa: BLE001  how a value is formatted is its own code
            reason = f"{label}: {shown(text)}: {one_line_of(error)}"
            raise ParamError(reason, field=name, value=text) from None
    return scalar(name, "".join(pieces))


def _value(name: str, expression: str, names: dict[str, Any]) -> Any:
    try:
        return evaluate(expression, names)
    except ParamError as error:
        reason = f"{one_line_of(name)}: {error}"
        raise ParamError(reason, field=name, value=expression) from None


def evaluate(code: str, names: dict[str, Any]) -> Any:
    """Evaluate the user's own code in the user's own namespace, as the cell itself would."""
    run: Callable[..., Any] = eval
    try:
        return run(code.strip(), names)
    except Exception as error:  # noqa: BLE001  the user's code may raise anything
        reason = one_line_of(f"{type(error).__name__}: {error}")
        raise ParamError(f"{shown(code.strip())} fails: {reason}") from None


def one_line_of(what: object) -> str:
    """Return a name or message as one line, not too long."""
    text = " ".join(str(what).split())
    return text if len(text) <= 160 else f"{text[:157]}…"
