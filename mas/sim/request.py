"""From a dict to a trade request, field by field, as the package checks it (R5 to R7, R27)."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from mas.terminal import constants as c
from mas.terminal.types import TradeRequest

if TYPE_CHECKING:
    from mas.sim.settings import SimSettings

TEXTS = frozenset({"symbol", "comment"})
FLOATS = frozenset({"volume", "price", "stoplimit", "sl", "tp"})
NO_REQUEST = TradeRequest(0, 0, 0, "", 0.0, 0.0, 0.0, 0.0, 0.0, 0, 0, 0, 0, 0, "", 0, 0)
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
