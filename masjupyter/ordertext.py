"""Orders as people write them in a cell: YAML, ``key = value`` lines, a Python dict, one line.

Every form becomes the documented dict of ``send_order``. Text in braces is an expression in the
user's namespace, with ``bid``, ``ask`` and ``point`` of the order's symbol. Nothing is sent here.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from mas.errors import ParamError
from mas.schema.messages import shown
from mas.schema.words import ORDER_TYPES
from masjupyter.expressions import (
    FIELDS,
    Order,
    SymbolQuotes,
    evaluate,
    evaluated,
    formatted,
    names_of,
    number,
    one_line_of,
    scalar,
)
from masjupyter.orderyaml import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FIELDS", "Order", "SymbolQuotes", "read_cell", "read_line", "read_words"]

PRICED = re.compile(r"^\s*([A-Za-z_]\w*)\s*=(?!=)\s*(.*?)\s*$")
FORMS = "YAML (symbol: EURUSD), lines of key = value, or a Python dict"
DEEPEST = 50
"""Nested brackets beyond which a text is no order, and would only exhaust a parser."""


def read_cell(
    text: str,
    namespace: Mapping[str, Any],
    quotes: SymbolQuotes,
    common: Mapping[str, Any] | None = None,
) -> list[Order]:
    """Return the orders of a cell's body; `common` is what all of them share.

    Raises
    ------
    ParamError
        The text is none of the forms, or an expression fails; one line says where.
    """
    if not text.strip():
        raise ParamError(f"the cell holds no order; write one as {FORMS}")
    if _depth(text) > DEEPEST:
        raise ParamError("the cell is no order: too many nested brackets")
    orders = []
    for part in _read(text, namespace, quotes):
        if not isinstance(part, dict):
            raise ParamError(f"an order is fields with values, was {shown(part)}; write {FORMS}")
        orders.append(evaluated({**(common or {}), **part}, namespace, quotes))
    if not orders:
        raise ParamError(f"the cell holds no order; write one as {FORMS}")
    return orders


# -- one line ----------------------------------------------------------------------------------


def read_line(line: str, namespace: Mapping[str, Any], quotes: SymbolQuotes) -> Order:
    """Return the order of ``buy 0.1 EURUSD sl=1.0850``: type, volume and symbol, then fields.

    Raises
    ------
    ParamError
        A word is none of these, or comes twice; the message names it.
    """
    order = read_words(line, namespace)
    if not order:
        raise ParamError("write an order as: buy 0.1 EURUSD sl=1.0850 tp=1.0950")
    return evaluated(order, namespace, quotes)


def read_words(line: str, namespace: Mapping[str, Any]) -> Order:
    """Return the fields of a line, expressions in ``field={…}`` not yet worked out."""
    order: Order = {}
    for word in _words(line):
        name, equals, value = word.partition("=")
        if equals and name.isidentifier():
            _put(order, name, scalar(name, value))
            continue
        meant = word
        if "{" in word:
            meant = str(formatted("the order", word, names_of(namespace)))
        if meant.lower() in ORDER_TYPES:
            _put(order, "order_type", meant)
        elif number(meant) is not None:
            _put(order, "volume", number(meant))
        else:
            _put(order, "symbol", meant)
    return order


def _words(line: str) -> list[str]:
    """Split at blanks, but neither in quotes nor in the braces of an expression."""
    words: list[str] = []
    word, quote, depth = "", "", 0
    for letter in f"{line} ":
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'" and not depth:
            quote = letter
        elif letter in "{}":
            depth = max(0, depth + (1 if letter == "{" else -1))
        elif letter.isspace() and not depth:
            words += [word] if word else []
            word = ""
            continue
        word += letter
    if word:
        raise ParamError(f"the line cannot be read: {shown(word.strip())} is not closed")
    return [
        part[1:-1] if len(part) > 1 and part[0] == part[-1] in "\"'" else part for part in words
    ]


def _put(order: Order, name: str, value: object) -> None:
    if name in order:
        raise ParamError(
            f"{name} is given twice: {shown(order[name])} and {shown(value)}",
            field=name,
            value=value,
        )
    order[name] = value


# -- the three forms of a body -----------------------------------------------------------------


def _read(text: str, namespace: Mapping[str, Any], quotes: SymbolQuotes) -> list[Any]:
    if text.lstrip().startswith(("{", "[")):
        return _read_python(text.strip(), namespace, quotes)
    lines = [line for line in text.splitlines() if line.strip() and not _comment(line)]
    if lines and all(PRICED.match(line) for line in lines):
        return [_read_pairs(lines)]
    return read_yaml(text, FORMS)


def _comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _read_pairs(lines: list[str]) -> Order:
    order: Order = {}
    for line in lines:
        name, _, value = line.partition("=")
        _put(order, name.strip(), scalar(name.strip(), value))
    return order


def _read_python(text: str, namespace: Mapping[str, Any], quotes: SymbolQuotes) -> list[Any]:
    """Return Python dicts, evaluated in the user's namespace as his own code is."""
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        try:
            return read_yaml(text, FORMS)
        except ParamError:
            reason = error.msg if isinstance(error, SyntaxError) else one_line_of(error)
            raise ParamError(f"the Python dict cannot be read: {reason}") from None
    if not isinstance(tree.body, ast.Dict | ast.List | ast.Tuple | ast.ListComp):
        raise ParamError(f"the cell is no order; write one as {FORMS}")
    if any(_is_yaml(part) for part in ast.walk(tree)):
        return read_yaml(text, FORMS)
    parts = tree.body.elts if isinstance(tree.body, ast.List | ast.Tuple) else [tree.body]
    values: list[Any] = []
    for part in parts:
        _no_twins(part)
        names = names_of(namespace)
        symbol = _symbol_of(part, names)
        value = evaluate(ast.unparse(part), {**names, **(quotes(symbol) if symbol else {})})
        values += value if isinstance(tree.body, ast.ListComp) else [value]
    return values


def _symbol_of(part: ast.AST, names: Mapping[str, Any]) -> str:
    """Return the symbol that a dict names, in a text or by a variable; "" when in no such way."""
    if not isinstance(part, ast.Dict):
        return ""
    for key, value in zip(part.keys, part.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == "symbol":
            found: object = names.get(value.id) if isinstance(value, ast.Name) else None
            found = value.value if isinstance(value, ast.Constant) else found
            return found if isinstance(found, str) else ""
    return ""


def _no_twins(part: ast.AST) -> None:
    """Refuse a key that is written twice, of which Python would drop one."""
    keys = part.keys if isinstance(part, ast.Dict) else []
    names = [key.value for key in keys if isinstance(key, ast.Constant)]
    for name in names:
        if names.count(name) > 1:
            raise ParamError(f"{one_line_of(name)} is given twice", field=str(name))


def _is_yaml(part: ast.AST) -> bool:
    """Tell whether a piece is YAML's flow form, ``{symbol: EURUSD}``, that Python reads too."""
    names = isinstance(part, ast.Dict) and any(isinstance(key, ast.Name) for key in part.keys)
    return names or isinstance(part, ast.Set)


def _depth(text: str) -> int:
    depth = deepest = 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        deepest = max(deepest, depth)
    return deepest
