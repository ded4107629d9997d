"""The documented dict parameters: every key, type and default, described once.

From these descriptions come the validation and its messages, the completions of the magics, the
form of the order ticket, and the reference of the client's calls.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from numbers import Integral, Real
from typing import Any, Final

from msgspec import Struct

from mas.clock import to_ms
from mas.errors import Failure, OrderRejectedError, ParamError
from mas.fields import CALLS, ORDER_TYPES, STOP_LIMIT_TYPES, Field
from mas.terminal import constants as c

log = logging.getLogger(__name__)

LARGEST: Final = 2**63 - 1
PERIOD: Final = frozenset({"from", "to"})
__all__ = ["CALLS", "ORDER_TYPES", "Field", "OrderParams", "fields", "parse", "parse_order"]


class OrderParams(Struct, frozen=True, kw_only=True):
    """The parameters of ``send_order``, typed.

    Attributes
    ----------
    order_type : int
        ``ORDER_TYPE_*``.
    volume : float
        Lots.
    price : float or None
        None takes the market's.
    sl, tp, stoplimit : float
        Prices; 0.0 for none.
    deviation : int
        Points.
    expiration : int
        Epoch seconds; 0 for none.
    position, position_by, order_id : int
        Tickets; 0 for none.
    """

    backtest_toggle: bool | None
    symbol: str
    order_type: int
    volume: float
    price: float | None
    sl: float
    tp: float
    stoplimit: float
    deviation: int
    magic: int
    comment: str
    type_time: int
    expiration: int
    type_filling: int
    position: int
    position_by: int
    order_id: int


_FIELDS: Final = {call: {field.name: field for field in known} for call, known in CALLS.items()}
_DEFAULTS: Final = {
    call: {name: field.default for name, field in known.items()} for call, known in _FIELDS.items()
}
_REQUIRED: Final = {
    call: [field for field in known.values() if field.required] for call, known in _FIELDS.items()
}
_ALIASES: Final = {
    call: {field.alias: name for name, field in known.items() if field.alias}
    for call, known in _FIELDS.items()
}
_ACCEPTED: Final = {
    call: frozenset(known) | {field.alias for field in known.values() if field.alias}
    for call, known in _FIELDS.items()
}


def fields(call: str) -> dict[str, Field]:
    """Return the fields of a call by name."""
    return _FIELDS[call]


def parse(call: str, params: object) -> dict[str, Any]:
    """Return the parameters of a documented call, checked, converted and with their defaults.

    Times become epoch seconds; tickets, codes and order types become numbers.

    Raises
    ------
    ParamError
        A field is unknown, missing, or of a wrong type; the message names it, what came, and what
        is accepted.
    """
    known = fields(call)
    given = _as_dict(call, params)
    aliases = _ALIASES[call]
    clean: dict[str, Any] = {**_DEFAULTS[call]}
    if not _ACCEPTED[call].issuperset(given):
        raise _unknown(call, given, known)
    for field in _REQUIRED[call]:
        if given.get(field.name) is None and given.get(field.alias) is None:
            raise _missing(field)
    for key, value in given.items():
        name = aliases.get(key, key)
        if value is not None and (name is key or given.get(name) is None):
            clean[name] = convert(known[name], value)
    if call in _CHECKED_TOGETHER:
        _between_fields(call, given, clean)
    return clean


def parse_order(params: object) -> OrderParams:
    """Return the parameters of ``send_order``, with the conditions between fields checked.

    Raises
    ------
    ParamError
        As :func:`parse`; also for a pending order without ``price``, a stop-limit without
        ``stoplimit``, or an expiration that is missing.
    """
    given = parse("send_order", params)
    kind = given["order_type"]
    name = _NAMES[kind]
    if kind > c.ORDER_TYPE_SELL and not given["price"]:
        raise ParamError(
            f"price is missing: a {name} order waits for a price; give price=…",
            field="price",
            accepted="a price above 0",
        )
    if kind in STOP_LIMIT_TYPES and not given["stoplimit"]:
        raise ParamError(
            f"stoplimit is missing: a {name} order places a limit order at that price",
            field="stoplimit",
            accepted="a price above 0",
        )
    if given["stoplimit"] and kind not in STOP_LIMIT_TYPES:
        raise ParamError(
            f"stoplimit is only for buy_stop_limit and sell_stop_limit, not for {name}",
            field="stoplimit",
            value=given["stoplimit"],
        )
    if given["position_by"] and not (given["position"] or given["order_id"]):
        raise ParamError(
            "position_by needs position: the two opposite positions to close",
            field="position",
            accepted="the ticket of an open position",
        )
    if given["expiration"] or given["type_time"]:
        _expiration(given, name)
    for price in ("sl", "tp", "stoplimit"):
        given[price] = given[price] or 0.0
    given["price"] = given["price"] or None
    return OrderParams(**given)


def _expiration(given: dict[str, Any], name: str) -> None:
    """GTC and DAY ignore an expiration, as MetaTrader does; the others need one (R93)."""
    specified = given["type_time"] in {c.ORDER_TIME_SPECIFIED, c.ORDER_TIME_SPECIFIED_DAY}
    if given["expiration"] and not specified:
        log.info("expiration is ignored: type_time of the %s order is not SPECIFIED", name)
        given["expiration"] = 0
    elif specified and not given["expiration"]:
        raise ParamError(
            "expiration is missing: type_time is ORDER_TIME_SPECIFIED; give a datetime",
            field="expiration",
            accepted="a datetime or ISO text such as 2026-01-31 12:00",
        )


def convert(field: Field, value: object) -> Any:
    """Return one value as its field wants it.

    Raises
    ------
    ParamError
        The value is of another type or out of range.
    """
    converted = _CONVERTERS[field.kind](field, value)
    if field.least is not None and converted is not None and converted < field.least:
        raise _wrong(field, value)
    if field.above is not None and converted is not None and converted <= field.above:
        raise _wrong(field, value)
    return converted


# -- conversion of each kind -------------------------------------------------------------------


def _bool(field: Field, value: object) -> bool:
    if isinstance(value, bool) or type(value).__name__ in {"bool_", "bool"}:
        return bool(value)
    raise _wrong(field, value)


def _text(field: Field, value: object) -> str:
    if not isinstance(value, str) or (field.required and not value.strip()):
        raise _wrong(field, value)
    return str(value)


def _int(field: Field, value: object) -> int:
    if type(value) is int and -LARGEST <= value <= LARGEST:
        return value  # by far the most
    if isinstance(value, bool) or not isinstance(value, Integral) or abs(int(value)) > LARGEST:
        raise _wrong(field, value)
    return int(value)


def _float(field: Field, value: object) -> float:
    if type(value) is float and math.isfinite(value):
        return value  # by far the most
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        raise _wrong(field, value)
    try:
        number = float(value)
    except (OverflowError, ValueError):
        raise _wrong(field, value) from None
    if not math.isfinite(number):
        raise _wrong(field, value)
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
    """Return epoch seconds of a datetime, ISO text or number; naive means UTC.

    An end of a period is exact to the millisecond; an expiration has whole seconds (R92).
    """
    try:
        if isinstance(value, datetime | str):
            ms = to_ms(value)
        else:
            ms = round(_float(field, value) * 1000)
        return ms / 1000 if field.name in PERIOD and ms % 1000 else ms // 1000
    except (ValueError, OverflowError, TypeError, AttributeError) as error:
        if isinstance(error, ParamError):
            raise
        raise _wrong(field, value) from None


def _word(field: Field, value: object) -> Any:
    """One of the documented words, in any case."""
    if not isinstance(value, str):
        raise _wrong(field, value)
    if value in field.choices:
        return field.choices[value]
    words = {word.lower(): meaning for word, meaning in field.choices.items()}
    key = value.strip().lower()
    if key not in words:
        raise _wrong(field, value, near=_near(key, words))
    return words[key]


def _code(field: Field, value: object) -> int:
    """One of the terminal's constants, or its name."""
    if isinstance(value, str):
        prefix = field.prefix
        names = {word.upper(): meaning for word, meaning in field.choices.items()}
        key = value.strip().upper().removeprefix(prefix)
        if key not in names:
            raise _wrong(field, value, near=_near(key, names))
        return int(names[key])
    number = _int(field, value)
    if number not in field.choices.values():
        raise _wrong(field, value)
    return number


def _mapping(field: Field, value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise _wrong(field, value)
    return dict(value)


def _texts(field: Field, value: object) -> tuple[str, ...]:
    whole = isinstance(value, (list, tuple)) and all(
        isinstance(entry, str) and entry for entry in value
    )
    if not whole:
        raise _wrong(field, value)
    return tuple(value)  # type: ignore[arg-type]


def _pairs(field: Field, value: object) -> tuple[tuple[str, int], ...]:
    """Return symbols with the codes of their timeframes."""
    found = []
    for entry in value if isinstance(value, (list, tuple)) else (None,):
        if not isinstance(entry, (list, tuple)) or len(entry) != 2 or not isinstance(entry[0], str):
            raise _wrong(field, value)
        found.append((entry[0], _code(_FIELDS["subscribe_bars"]["timeframe"], entry[1])))
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
_NAMES: Final = {number: name for name, number in ORDER_TYPES.items()}


# -- messages ----------------------------------------------------------------------------------


def shown(value: object) -> str:
    """Return a value for a message: one line, not too long, whatever it is."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001  a stranger's repr may raise anything
        text = f"<{type(value).__name__}>"
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:57]}…"


def _wrong(field: Field, value: object, near: str = "") -> ParamError:
    came = "(not shown)" if field.secret else shown(value)
    hint = f"; did you mean {near!r}?" if near else ""
    return ParamError(
        f"{field.name} must be {field.accepted()}, was {came}{hint}",
        field=field.name,
        value=None if field.secret else value,
        accepted=field.accepted(),
    )


def _missing(field: Field) -> ParamError:
    return ParamError(
        f"{field.name} is missing: {field.doc}; give {field.accepted()}",
        field=field.name,
        accepted=field.accepted(),
    )


def _as_dict(call: str, params: object) -> Mapping[str, Any]:
    if params is None:
        return {}
    if not isinstance(params, Mapping):
        secret = any(field.secret for field in fields(call).values())
        came = type(params).__name__ if secret else shown(params)
        raise ParamError(f"{call} takes one dict of parameters, was {came}", accepted="a dict")
    return params


def _unknown(call: str, given: Mapping[Any, Any], known: dict[str, Field]) -> ParamError:
    names = _ACCEPTED[call]
    name = next(name for name in given if name not in names)
    near = _near(name, names) if isinstance(name, str) else ""
    hint = f"did you mean {near!r}?" if near else f"accepted are {', '.join(known)}"
    return ParamError(
        f"{shown(name)} is not a field of {call}; {hint}",
        field=name if isinstance(name, str) else "",
        # A misspelt password is still one.
        value=None if any(field.secret for field in known.values()) else given[name],
        accepted=", ".join(known),
    )


def _near(word: str, words: Any) -> str:
    cutoff = 0.5 if len(word) < 4 else 0.6  # s1 is meant to be sl
    found = get_close_matches(word, list(words), n=1, cutoff=cutoff)
    return str(found[0]) if found else ""


_CHECKED_TOGETHER: Final = frozenset(
    {"modify_position_sltp", "subscribe_ticks", "subscribe_bars", "backtest", "signals"}
)


def _between_fields(call: str, given: Mapping[str, Any], clean: dict[str, Any]) -> None:
    """Check what no field can say by itself."""
    misspelt, other = given.get("captital"), given.get("capital")
    if misspelt is not None and other is not None and misspelt != other:
        raise ParamError(
            f"capital and captital are the same field, was {shown(other)} and {shown(misspelt)}",
            field="capital",
            value=other,
        )
    if call == "modify_position_sltp":
        if clean["sl"] is None and clean["tp"] is None:
            words = "sl and tp are both missing: give at least one of them"
            raise ParamError(words, field="sl", accepted="a price")
        return
    if call == "backtest" and not clean["bars"] and not clean["ticks"]:
        raise ParamError(
            "bars and ticks are both missing: say what is pushed, such as bars=[('EURUSD', 'H1')]",
            field="bars",
        )
    if call in {"backtest", "signals"} or clean.get("backtest_toggle"):
        for name in ("from", "to"):
            if clean[name] is None:
                raise _missing(fields(call)[name])
        if clean["to"] <= clean["from"]:
            raise ParamError(
                f"to must be later than from, was {shown(given['to'])} after "
                f"{shown(given['from'])}",
                field="to",
                value=given["to"],
            )
