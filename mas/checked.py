"""Checks the fields of a dataclass against their annotations, by msgspec."""

from __future__ import annotations

import dataclasses
import math
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import numpy as np

from mas.errors import ParamError

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = {bool: "True or False", int: "a whole number", float: "a number", str: "a text"}
TEXTS = {bool: "yes or no", int: "of type int", float: "of type float"}
YES_NO = {"yes": True, "no": False}


def check(instance: Any) -> None:
    """Check a frozen dataclass, and give each field the type of its annotation.

    A whole number may stand for a float, and NumPy's numbers for Python's.

    Raises
    ------
    ParamError
        A value is of another type or out of range; the message names the field, what is
        accepted and what came.
    """
    for name, hint in hints(instance.__class__).items():
        value = getattr(instance, name)
        given = value.item() if isinstance(value, np.generic) else value
        try:
            found = msgspec.convert(given, hint)
        except msgspec.ValidationError:
            raise _wrong(name, hint, value) from None
        if isinstance(found, float) and not math.isfinite(found):
            raise _wrong(name, hint, value)
        if found is not value:
            object.__setattr__(instance, name, found)


def of_texts(kind: Any, given: Mapping[str, str]) -> dict[str, Any]:
    """Return values of a dataclass's fields from texts, such as those of a URL.

    Raises
    ------
    ParamError
        A text is not of its field's type.
    """
    values = {}
    for name, text in given.items():
        plain = _plain(hints(kind)[name])
        word = YES_NO.get(text.lower(), text) if plain is bool else text
        try:
            values[name] = msgspec.convert(word, plain, strict=False)
        except msgspec.ValidationError:
            raise ParamError(
                f"{name} must be {TEXTS.get(plain, NAMES.get(plain))}, was {text!r}", field=name
            ) from None
    return values


@cache
def hints(kind: Any) -> dict[str, Any]:
    """Return the annotations of a dataclass's fields by name."""
    found = get_type_hints(kind, include_extras=True)
    return {field.name: found[field.name] for field in dataclasses.fields(kind)}


def accepted(hint: Any) -> str:
    """Return in words what an annotation accepts."""
    if get_origin(hint) is Literal:
        return f"one of {', '.join(map(str, get_args(hint)))}"
    meta = next((part for part in get_args(hint) if isinstance(part, msgspec.Meta)), None)
    if meta is None:
        return NAMES.get(hint, str(hint))
    if meta.gt is not None and meta.lt is None and meta.le is None:
        return f"above {meta.gt}"
    if meta.ge is not None and meta.le is not None:
        return f"{meta.ge} to {meta.le}"
    return f"at least {meta.ge}"


def _plain(hint: Any) -> Any:
    """Return the type of an annotation without its limits."""
    if get_origin(hint) is Literal:
        return str
    return get_args(hint)[0] if hasattr(hint, "__metadata__") else hint


def _wrong(name: str, hint: Any, value: object) -> ParamError:
    """Return the refusal of a value: of another type, or of the type and out of range."""
    plain, words = _plain(hint), accepted(hint)
    fits = isinstance(value, (int, float) if plain is float else plain)
    if get_origin(hint) is not Literal and (not fits or isinstance(value, bool)):
        words = NAMES[plain] if words == NAMES[plain] else f"{NAMES[plain]}, {words}"
    elif words == "at least 0":
        return ParamError(f"{name} must not be negative, was {value!r}", field=name)
    return ParamError(f"{name} must be {words}, was {value!r}", field=name)
