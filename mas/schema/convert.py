"""One converter for each kind of field: the value as the call wants it, or the error that says why.

Numbers may be NumPy's, tickets and codes may be text, times may be text or datetimes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from mas.clock import to_ms
from mas.errors import Failure, OrderRejectedError, ParamError
from mas.schema.field import LARGEST
from mas.schema.messages import near, wrong

if TYPE_CHECKING:
    from mas.schema.field import Field

PERIOD: Final = frozenset({"from", "to"})
"""Fields that are exact to the millisecond; an expiration has whole seconds (R92)."""


def convert(field: Field, value: object) -> Any:
    """Return one value as its field wants it.

    Raises
    ------
    ParamError
        The value is of another type or out of range.
    """
    converted = _CONVERTERS[field.kind](field, value)
    if field.least is not None and converted < field.least:
        raise wrong(field, value)
    if field.above is not None and converted <= field.above:
        raise wrong(field, value)
    return converted


def _bool(field: Field, value: object) -> bool:
    if isinstance(value, bool) or type(value).__name__ in {"bool_", "bool"}:
        return bool(value)
    raise wrong(field, value)


def _text(field: Field, value: object) -> str:
    if not isinstance(value, str) or (field.required and not value.strip()):
        raise wrong(field, value)
    return str(value)


def _int(field: Field, value: object) -> int:
    if type(value) is int and -LARGEST <= value <= LARGEST:
        return value  # by far the most
    if isinstance(value, bool) or not isinstance(value, Integral) or abs(int(value)) > LARGEST:
        raise wrong(field, value)
    return int(value)


def _float(field: Field, value: object) -> float:
    if type(value) is float and math.isfinite(value):
        return value  # by far the most
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        raise wrong(field, value)
    try:
        number = float(value)
    except (OverflowError, ValueError):
        raise wrong(field, value) from None
    if not math.isfinite(number):
        raise wrong(field, value)
    return number


def _ticket(field: Field, value: object) -> int:
    """Return a number, also of the text that ``send_order`` returned."""
    if isinstance(value, Failure):  # published code goes on with what a refused order returned
        raise OrderRejectedError(
            f"{field.name} is no ticket, its order was refused: {value}",
            retcode=value.retcode,
            request={},
        )
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdecimal():
        value = int(value.strip()[:20])
    return _int(field, value)


def _account(field: Field, value: object) -> int | str:
    """Return a number; a text that is none is kept for ``login`` to answer."""
    if isinstance(value, str):
        text = value.strip()
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else text
    return _int(field, value)


def _moment(field: Field, value: object) -> float:
    """Return epoch seconds of a datetime, ISO text or number; naive means UTC."""
    try:
        if isinstance(value, datetime | str):
            ms = to_ms(value)
        else:
            ms = round(_float(field, value) * 1000)
        return ms / 1000 if field.name in PERIOD and ms % 1000 else ms // 1000
    except (ValueError, OverflowError, TypeError, AttributeError) as error:
        if isinstance(error, ParamError):
            raise
        raise wrong(field, value) from None


def _word(field: Field, value: object) -> Any:
    """Return the meaning of one of the documented words, in any case."""
    if not isinstance(value, str):
        raise wrong(field, value)
    if value in field.choices:
        return field.choices[value]
    words = {word.lower(): meaning for word, meaning in field.choices.items()}
    key = value.strip().lower()
    if key not in words:
        raise wrong(field, value, near=near(key, words))
    return words[key]


def _code(field: Field, value: object) -> int:
    """Return one of the terminal's constants, also of its name."""
    if isinstance(value, str):
        prefix = field.prefix
        names = {word.upper(): meaning for word, meaning in field.choices.items()}
        key = value.strip().upper().removeprefix(prefix)
        if key not in names:
            raise wrong(field, value, near=near(key, names))
        return int(names[key])
    number = _int(field, value)
    if number not in field.choices.values():
        raise wrong(field, value)
    return number


def _mapping(field: Field, value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise wrong(field, value)
    return dict(value)


def _texts(field: Field, value: object) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise wrong(field, value)
    if not all(isinstance(text, str) and text for text in value):
        raise wrong(field, value)
    return tuple(value)


def _pairs(field: Field, value: object) -> tuple[tuple[str, int], ...]:
    """Return symbols with the codes of their timeframes."""
    timeframe = replace(field, name="timeframe", kind="code")
    found = []
    for pair in value if isinstance(value, (list, tuple)) else (None,):
        if not isinstance(pair, (list, tuple)) or len(pair) != 2 or not isinstance(pair[0], str):
            raise wrong(field, value)
        found.append((pair[0], _code(timeframe, pair[1])))
    return tuple(found)


_CONVERTERS: Final = {
    "mapping": _mapping,
    "texts": _texts,
    "pairs": _pairs,
    "bool": _bool,
    "str": _text,
    "int": _int,
    "float": _float,
    "ticket": _ticket,
    "account": _account,
    "datetime": _moment,
    "word": _word,
    "code": _code,
}
