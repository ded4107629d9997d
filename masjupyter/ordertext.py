"""Orders as people write them in a cell: YAML, ``key = value`` lines, a Python dict, one line.

Every form becomes the documented dict of ``send_order``. Text in braces is an expression in the
user's namespace, with ``bid``, ``ask`` and ``point`` of the order's symbol. Nothing is sent here.
"""

from __future__ import annotations

import ast
import re
import shlex
from string import Formatter
from typing import TYPE_CHECKING, Any, Protocol

import yaml

from mas.errors import ParamError
from mas.fields import CALLS, ORDER_TYPES
from mas.params import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Order = dict[str, Any]
FIELDS = {field.name: field for field in CALLS["send_order"]}
PRICED = re.compile(r"^\s*([A-Za-z_]\w*)\s*=(?!=)\s*(.*?)\s*$")
FORMS = "YAML (symbol: EURUSD), lines of key = value, or a Python dict"
DEEPEST = 50
"""Nested brackets beyond which a text is no order, and would only exhaust a parser."""


class Quotes(Protocol):
    """Where ``bid``, ``ask`` and ``point`` of a symbol come from."""

    def __call__(self, symbol: str) -> Mapping[str, float]:
        """Return the names for expressions, empty when there is no quote."""
        ...


def read_cell(text: str, namespace: Mapping[str, Any], quotes: Quotes) -> list[Order]:
    """Return the orders of a cell's body.

    Raises
    ------
    ParamError
        The text is none of the forms, or an expression fails; one line says where.
    """
    if not text.strip():
        raise ParamError(f"the cell holds no order; write one as {FORMS}")
    if _depth(text) > DEEPEST:
        raise ParamError("the cell is no order: too many nested brackets")
    content = _read(text, namespace, quotes)
    found = content if isinstance(content, list) else [content]
    orders = []
    for one in found:
        if not isinstance(one, dict):
            raise ParamError(f"an order is fields with values, was {shown(one)}; write {FORMS}")
        orders.append(_evaluated(one, namespace, quotes))
    if not orders:
        raise ParamError(f"the cell holds no order; write one as {FORMS}")
    return orders


def read_line(line: str, namespace: Mapping[str, Any], quotes: Quotes) -> Order:
    """Return the order of ``buy 0.1 EURUSD sl=1.0850``: type, volume and symbol, then fields.

    Raises
    ------
    ParamError
        A word is none of these; the message names it.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ParamError(f"the line cannot be read: {error}") from None
    order: Order = {}
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            _put(order, name, _scalar(name, value))
        elif word.lower() in ORDER_TYPES:
            _put(order, "order_type", word)
        elif _number(word) is not None:
            _put(order, "volume", _number(word))
        else:
            _put(order, "symbol", word)
    if not order:
        raise ParamError("write an order as: buy 0.1 EURUSD sl=1.0850 tp=1.0950")
    return _evaluated(order, namespace, quotes)


def _put(order: Order, name: str, value: object) -> None:
    if name in order:
        raise ParamError(
            f"{name} is given twice: {shown(order[name])} and {shown(value)}",
            field=name,
            value=value,
        )
    order[name] = value


# -- the three forms of a body -----------------------------------------------------------------


def _read(text: str, namespace: Mapping[str, Any], quotes: Quotes) -> Any:
    start = text.lstrip()
    if start.startswith(("{", "[")):
        return _read_python(text.strip(), namespace, quotes)
    lines = [line for line in text.splitlines() if line.strip() and not _comment(line)]
    if lines and all(PRICED.match(line) for line in lines):
        return _read_pairs(lines)
    return _read_yaml(text)


def _comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _read_pairs(lines: list[str]) -> Order:
    order: Order = {}
    for line in lines:
        match = PRICED.match(line)
        assert match is not None  # noqa: S101  the caller has looked
        name, value = match.groups()
        _put(order, name, _scalar(name, value))
    return order


def _scalar(name: str, text: str) -> Any:
    """Return a value written without quotes: a number, a boolean, or text."""
    bare = text.split(" #", 1)[0].strip()
    if len(bare) >= 2 and bare[0] == bare[-1] and bare[0] in "\"'":
        return bare[1:-1]
    field = FIELDS.get(name)
    if field is not None and field.kind in {"str", "word"}:
        return bare
    if bare.lower() in {"true", "false"}:
        return bare.lower() == "true"
    number = _number(bare)
    return bare if number is None else number


def _number(text: str) -> int | float | None:
    if re.fullmatch(r"[+-]?\d{1,30}", text):
        return int(text)
    if re.fullmatch(r"[+-]?(\d+\.\d*|\.\d+|\d+)([eE][+-]?\d{1,3})?", text):
        return float(text)
    return None


class _Loader(yaml.SafeLoader):
    """Safe YAML in which a key may not come twice and only true and false are booleans."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        """Return a mapping; a key given twice is an error, for one of them was not meant."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen if isinstance(key.value, str) else False:
                raise ParamError(f"{key.value} is given twice", field=str(key.value))
            if isinstance(key.value, str):
                seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":int"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
# Without YAML 1.1's octals and base 60, in which 1:30 is ninety.
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789")
)


def _read_yaml(text: str) -> Any:
    try:
        documents = [one for one in yaml.load_all(text, _Loader) if one is not None]  # noqa: S506
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        what = getattr(error, "problem", None) or "it is not YAML"
        raise ParamError(f"the order cannot be read{where}: {what}; write {FORMS}") from None
    except (ValueError, TypeError, RecursionError, AttributeError) as error:
        raise ParamError(f"the order cannot be read: {error}; write {FORMS}") from None
    orders: list[Any] = []
    for one in documents:
        orders.extend(one if isinstance(one, list) else [one])
    return orders


def _read_python(text: str, namespace: Mapping[str, Any], quotes: Quotes) -> Any:
    """Return a Python dict or list, evaluated in the user's namespace as his own code is."""
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        try:
            return _read_yaml(text)
        except ParamError:
            reason = error.msg if isinstance(error, SyntaxError) else str(error)
            raise ParamError(f"the Python dict cannot be read: {reason}") from None
    if not isinstance(tree.body, ast.Dict | ast.List | ast.Tuple):
        raise ParamError(f"the cell is no order; write one as {FORMS}")
    if any(_is_yaml(part) for part in ast.walk(tree)):
        return _read_yaml(text)
    parts = tree.body.elts if isinstance(tree.body, ast.List | ast.Tuple) else [tree.body]
    names = _with_names(namespace)
    values = []
    for part in parts:
        symbol = _symbol_of(part)
        prices = quotes(symbol) if symbol else {}
        values.append(_evaluate(ast.unparse(part), {**names, **prices}))
    return values


def _symbol_of(part: ast.AST) -> str:
    """Return the symbol that a dict names in so many words, "" when it does not."""
    if isinstance(part, ast.Dict):
        for key, value in zip(part.keys, part.values, strict=True):
            named = isinstance(key, ast.Constant) and key.value == "symbol"
            if named and isinstance(value, ast.Constant) and isinstance(value.value, str):
                return value.value
    return ""


def _is_yaml(part: ast.AST) -> bool:
    """Tell whether a piece is YAML's flow form, ``{symbol: EURUSD}``, that Python reads too."""
    names = isinstance(part, ast.Dict) and any(isinstance(key, ast.Name) for key in part.keys)
    return names or isinstance(part, ast.Set)


def _with_names(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return the namespace with ``mt5`` and ``datetime``, which published orders use."""
    if "mt5" in namespace and "datetime" in namespace:
        return dict(namespace)
    from datetime import datetime  # noqa: PLC0415

    from mas import mt5  # noqa: PLC0415  the terminal is loaded for those who use it

    return {"mt5": mt5, "datetime": datetime, **namespace}


# -- expressions -------------------------------------------------------------------------------


def _evaluated(order: Order, namespace: Mapping[str, Any], quotes: Quotes) -> Order:
    """Return the order with its expressions evaluated."""
    order = {name: _unbraced(value) for name, value in order.items()}
    if not any(isinstance(value, str) and "{" in value for value in order.values()):
        return order
    symbol = order.get("symbol")
    if isinstance(symbol, str) and "{" in symbol:
        symbol = _formatted("symbol", symbol, _with_names(namespace))
    prices = quotes(symbol) if isinstance(symbol, str) else {}
    names = {**_with_names(namespace), **prices}
    return {
        name: _formatted(str(name), value, names)
        if isinstance(value, str) and "{" in value
        else value
        for name, value in order.items()
    }


def _unbraced(value: Any) -> Any:
    """Return ``{bid - 0.002}`` as text where YAML made a mapping of it."""
    if isinstance(value, dict) and len(value) == 1:
        (key, nothing), *_ = value.items()
        if nothing is None and isinstance(key, str):
            return f"{{{key}}}"
    return value


def _formatted(name: str, text: str, names: dict[str, Any]) -> Any:
    """Return a value with ``{expression}`` or ``{expression:format}`` worked out.

    An expression alone keeps its type; a formatted price is a number again.
    """
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise ParamError(f"{name}: {shown(text)}: {error}", field=name, value=text) from None
    if len(parts) == 1 and not parts[0][0] and not parts[0][2] and not parts[0][3]:
        return _plain(_value(name, parts[0][1] or "", names))
    pieces = []
    for literal, expression, form, conversion in parts:
        pieces.append(literal)
        if expression is None:
            continue
        if conversion:
            raise ParamError(f"{name}: !{conversion} has no meaning here", field=name, value=text)
        value = _value(name, expression, names)
        try:
            pieces.append(format(value, form or ""))
        except (ValueError, TypeError) as error:
            raise ParamError(f"{name}: {shown(text)}: {error}", field=name, value=text) from None
    return _scalar(name, "".join(pieces))


def _plain(value: Any) -> Any:
    """Return a rounded float, so that 1.1 - 0.002 is no 1.0980000000000003."""
    return round(value, 10) if isinstance(value, float) else value


def _value(name: str, expression: str, names: dict[str, Any]) -> Any:
    try:
        return _evaluate(expression, names)
    except ParamError as error:
        raise ParamError(f"{name}: {error}", field=name, value=expression) from None


def _evaluate(code: str, names: dict[str, Any]) -> Any:
    """Evaluate the user's own code in the user's own namespace, as the cell itself would."""
    run: Callable[..., Any] = eval
    try:
        return run(code.strip(), names)
    except Exception as error:  # noqa: BLE001  the user's code may raise anything
        reason = f"{type(error).__name__}: {error}"
        raise ParamError(f"{shown(code.strip())} fails: {' '.join(reason.split())}") from None


def _depth(text: str) -> int:
    depth = deepest = 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        deepest = max(deepest, depth)
    return deepest
