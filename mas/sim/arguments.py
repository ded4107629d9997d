"""The types of what the terminal's functions are called with, checked as the package does (R5)."""

from __future__ import annotations

import inspect
import math
import operator
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    Moment = datetime | float
    Read = Callable[[Any], Any]

LARGE = 1e15
"""Numbers are below it."""
LARGEST = 1 << 63
FARTHEST = 1e12
"""Seconds before and after 1970 beyond which it makes no difference."""
PERIOD = ("date_from", "date_to")


class InvalidArgumentError(Exception):
    """An argument is of a wrong type; the message is its name."""


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole(value: Any) -> int:
    number = operator.index(value)
    if not -LARGEST <= number < LARGEST:
        raise ValueError
    return int(number)


def _number(value: Any) -> float:
    if not isinstance(value, int | float | np.number | np.bool_):
        raise TypeError
    number = float(value)
    if not -LARGE < number < LARGE:  # nor NaN
        raise ValueError
    return number


def _flag(value: Any) -> bool:
    if not isinstance(value, int | np.bool_ | np.integer):
        raise TypeError
    return bool(value)


def seconds(moment: Moment) -> float:
    """Return epoch seconds of a datetime or number; a naive one is local time (R12)."""
    if isinstance(moment, datetime):
        number = moment.timestamp()
    elif isinstance(moment, int | float | np.integer | np.floating):
        number = float(moment)
    else:
        raise TypeError
    if math.isnan(number):
        raise ValueError
    return min(max(number, -FARTHEST), FARTHEST)


READERS: dict[str, Read] = {
    "str": _text, "int": _whole, "float": _number, "bool": _flag, "Moment": seconds,
}  # fmt: skip
"""By the annotation of a parameter; others are not looked at."""


class Arguments(NamedTuple):
    """How the arguments of a function are read.

    Attributes
    ----------
    placed : list of (str, Read or None)
        By position.
    rest : Read or None
        Of all further ones.
    named : dict of Read
        By name.
    texts : tuple of type
        The types of a call that takes texts alone, which are as they should be.
    """

    placed: list[tuple[str, Read | None]]
    rest: Read | None
    named: dict[str, Read]
    texts: tuple[type, ...]

    def read(
        self, given: tuple[Any, ...], named: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments as the types that the function works with.

        Raises
        ------
        InvalidArgumentError
            One is of another type, or beyond what its type can hold.
        """
        if not named and tuple(map(type, given)) == self.texts:
            return given, named  # by far the most
        if given:
            given = tuple(self._placed(index, value) for index, value in enumerate(given))
        for name, value in named.items():
            if name in self.named:
                named[name] = _read(name, self.named[name], value)
        return given, named

    def _placed(self, index: int, value: Any) -> Any:
        if index < len(self.placed):
            name, reader = self.placed[index]
        else:
            name, reader = PERIOD[index] if index < len(PERIOD) else "", self.rest
        return value if reader is None else _read(name, reader, value)


def _read(name: str, reader: Read, value: Any) -> Any:
    try:
        return reader(value)
    except (TypeError, ValueError, OverflowError, OSError):
        raise InvalidArgumentError(name) from None


def arguments(method: Callable[..., Any]) -> Arguments | None:
    """Return how the arguments of a method are read, None where there are none to look at."""
    placed: list[tuple[str, Read | None]] = []
    named: dict[str, Read] = {}
    rest = None
    for parameter in list(inspect.signature(method).parameters.values())[1:]:
        reader = READERS.get(str(parameter.annotation))
        if parameter.kind is parameter.VAR_POSITIONAL:
            rest = reader
        elif parameter.kind in {parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD}:
            placed.append((parameter.name, reader))
        if reader is not None and parameter.kind in {
            parameter.KEYWORD_ONLY,
            parameter.POSITIONAL_OR_KEYWORD,
        }:
            named[parameter.name] = reader
    read = rest is not None or named or any(reader for _, reader in placed)
    texts = (str,) * len(placed) if all(reader is _text for _, reader in placed) else (object,)
    return Arguments(placed, rest, named, texts) if read else None
