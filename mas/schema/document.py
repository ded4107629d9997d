"""The fields of a call in words: for docstrings and the reference page."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, TypeVar

from mas.schema.account import FIRST, LAST
from mas.schema.calls import CALLS
from mas.schema.field import fields

if TYPE_CHECKING:
    from collections.abc import Callable

    from mas.schema.field import Field

F = TypeVar("F", bound="Callable[..., Any]")

TYPES = {
    "bool": "bool",
    "str": "str",
    "int": "int",
    "float": "float",
    "datetime": "datetime or str",
    "ticket": "int or str",
    "account": "int",
    "mapping": "dict",
    "texts": "list of str",
    "pairs": "list of (symbol, timeframe)",
    "word": "str",
    "code": "int or str",
}
EVER = {FIRST: "2000-01-01", LAST: "now"}
"""The ends of a period that is left open, as a reader knows them."""


def type_of(field: Field) -> str:
    """Return the type of a field in words."""
    return TYPES[field.kind]


def default_of(field: Field) -> str:
    """Return what holds where a field is left out, "" where that is nothing."""
    value = field.default
    if field.kind == "datetime":
        return EVER.get(value, "")
    if field.kind == "code":
        names = {code: name for name, code in field.choices.items()}
        return f"{field.prefix}{names[value]}" if value in names else ""
    none = {"ticket", "pairs", "texts"} if field.unit != "price" else {field.kind}
    if value is None or (field.kind in none and not value):
        return ""
    return f'"{value}"' if isinstance(value, str) else f"{value}"


def accepted_of(field: Field) -> str:
    """Return the accepted words or the limits of a field, "" where its type says all."""
    if field.kind == "word":
        return ", ".join(field.choices)
    if field.kind == "code":
        return ", ".join(field.prefix + name for name in field.choices)
    if field.above is not None:
        return f"above {field.above:g}"
    return f"{field.least:g} or more" if field.least is not None and field.unit else ""


def line_of(field: Field) -> str:
    """Return a field in one line: type, need, unit, meaning, accepted values, default."""
    need = ", required" if field.required else ""
    unit = f", {field.unit}" if field.unit and field.unit != "price" else ""
    words = [field.doc]
    if accepted_of(field):
        words.append(f"accepted: {accepted_of(field)}")
    if default_of(field):
        words.append(f"default {default_of(field)}")
    if field.alias:
        words.append(f"also accepted as {field.alias}")
    return f"{type_of(field)}{unit}{need}. {'; '.join(words)}."


def documented(method: F) -> F:
    """Add to the docstring of a call what its parameters are."""
    lines = [
        f"{field.name} : {line_of(field)}" for field in fields(CALLS[method.__name__]).values()
    ]
    doc = inspect.cleandoc(method.__doc__ or "")
    method.__doc__ = "\n".join([doc, "", "Fields", "------", *lines])
    return method
