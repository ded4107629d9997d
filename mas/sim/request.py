"""From a dict to a trade request, field by field, as the package checks it (R5 to R7, R27)."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from mas.terminal import constants as c
from mas.terminal.types import NO_REQUEST, TradeRequest

if TYPE_CHECKING:
    from mas.sim.settings import SimSettings

TEXTS = frozenset({"symbol", "comment"})
FLOATS = frozenset({"volume", "price", "stoplimit", "sl", "tp"})
INDEX = {name: index for index, name in enumerate(TradeRequest._fields)}
QUICK = {name: str if name in TEXTS else float if name in FLOATS else int for name in INDEX}
LARGE = 1e15
LARGEST = 2**63 - 1
QUICK_LIMIT = 1 << 31
LATEST = 4_102_444_800
"""2100-01-01, above any expiration that a terminal accepts."""


def read_request(given: Any, fields: dict[str, Any], settings: SimSettings) -> TradeRequest | str:
    """Return the request with every field of its type, or the text of the error.

    Absent fields are 0 or "" (R5); keys that no request has are ignored.
    """
    if given is not None and fields:
        return "Unnamed arguments not allowed"
    content = fields if given is None else given
    if not isinstance(content, dict):
        return "Invalid arguments"
    values: list[Any] = list(NO_REQUEST)
    for name, value in content.items():
        index = INDEX.get(name)
        if index is None:
            continue
        kind = type(value)
        if kind is QUICK[name] and (kind is float or kind is int) and 0 <= value < QUICK_LIMIT:
            values[index] = value  # by far the most; the rest is looked at more closely
            continue
        converted = _converted(name, value, settings.comment_length)
        if converted is None:
            return f'Invalid "{name}" argument'
        values[index] = converted
    if "type_filling" not in content and settings.absent_filling == "return":
        values[INDEX["type_filling"]] = c.ORDER_FILLING_RETURN
    return TradeRequest._make(values)


def in_range(asked: TradeRequest, longest_comment: int) -> bool:
    """Tell whether a request whose fields have their types is one that :func:`read_request` makes.

    What no honest request holds may be False here all the same.
    """
    (
        action, magic, order, _, volume, price, stoplimit, sl, tp, deviation,
        kind, filling, time, expiration, comment, position, by,
    ) = asked  # fmt: skip
    return (
        0.0 <= volume < LARGE
        and 0.0 <= price < LARGE
        and 0.0 <= stoplimit < LARGE
        and 0.0 <= sl < LARGE
        and 0.0 <= tp < LARGE
        and 0 <= magic <= LARGEST
        and 0 <= order <= LARGEST
        and 0 <= position <= LARGEST
        and 0 <= by <= LARGEST
        and 0 <= deviation <= LARGEST
        and 0 <= expiration <= LATEST
        and min(action, kind, filling, time) >= 0
        and len(comment) <= longest_comment
    )


def _converted(name: str, value: Any, longest_comment: int) -> Any:
    """Return a field's value as its type, None when it is of another (R5, R7)."""
    kind = QUICK[name]
    if kind is float:
        if type(value) is not float:
            if not isinstance(value, float | int) and not hasattr(value, "__index__"):
                return None
            value = float(value)
        return value if -LARGE < value < LARGE else None
    if kind is str:
        fits = isinstance(value, str) and (name != "comment" or len(value) <= longest_comment)
        return value if fits else None
    try:
        whole = operator.index(value)
    except TypeError:
        return None
    most = LATEST if name == "expiration" else LARGEST
    return int(whole) if 0 <= whole <= most else None
