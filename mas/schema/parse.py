"""From the dict that a caller gives to the typed parameters of the call, or to one clear error."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from mas.errors import ParamError
from mas.schema.convert import convert
from mas.schema.field import Field, Params, fields
from mas.schema.messages import missing, no_dict, shown, unknown
from mas.schema.trading import OrderParams
from mas.schema.words import ORDER_TYPES

P = TypeVar("P", bound=Params)
_exactly: Final = msgspec.convert
_INEXACT: Final = (msgspec.ValidationError, LookupError, TypeError, ValueError, AttributeError)
"""What making a class of a dict as it is may raise, whatever is in it."""


class _Keys(NamedTuple):
    """The keys of a class of parameters, and what each is."""

    known: dict[str, Field]
    required: tuple[Field, ...]
    aliased: tuple[Field, ...]
    by_key: dict[str, Field]
    names: frozenset[str]


@cache
def _keys(model: type[Params]) -> _Keys:
    known = fields(model)
    aliased = tuple(field for field in known.values() if field.alias)
    by_key = known | {field.alias: field for field in aliased}
    required = tuple(field for field in known.values() if field.required)
    return _Keys(known, required, aliased, by_key, frozenset(by_key))


def parse(call: str, model: type[P], params: object) -> P:
    """Return the parameters of a documented call, checked, converted and with their defaults.

    Times become epoch seconds; tickets, codes and order types become numbers.

    Parameters
    ----------
    call : str
        As messages name it.
    model : type
        The class of its parameters.

    Raises
    ------
    ParamError
        A field is unknown, missing, or of a wrong type; the message names it, what came, and what
        is accepted.
    """
    if model.exact:
        try:
            return _exactly(params, model).checked(params)
        except _INEXACT:
            pass
    return _read(call, model, params)


def parse_order(params: object) -> OrderParams:
    """Return the parameters of ``send_order``, as :func:`parse` does.

    Exactly typed values, which most are, make the order without any conversion.
    """
    try:
        given: Any = params
        numbered = {**given, "order_type": ORDER_TYPES[given["order_type"]]}
        for name in ("order_id", "position"):  # the text that ``send_order`` returned
            ticket = given.get(name)
            if type(ticket) is str and ticket.isdecimal() and ticket.isascii():
                numbered[name] = int(ticket)
        order = _exactly(numbered, OrderParams)
    except _INEXACT:
        return _read("send_order", OrderParams, params)
    return order.checked(params)


def _read(call: str, model: type[P], params: object) -> P:
    """Convert field by field, and say of the first that is wrong why."""
    keys = _keys(model)
    given: Mapping[Any, Any] = {} if params is None else params  # type: ignore[assignment]
    if not isinstance(given, Mapping):
        raise no_dict(call, params, keys.known)
    if not keys.names.issuperset(given):
        raise unknown(call, given, keys.known, keys.names)
    for field in keys.required:
        if given.get(field.name) is None and given.get(field.alias) is None:
            raise missing(field)
    clean = {}
    for key, value in given.items():
        field = keys.by_key[key]
        if value is not None and (field.name == key or given.get(field.name) is None):
            clean[field.attribute] = convert(field, value)
    for field in keys.aliased:
        _same(field, given)
    return model(**clean).checked(given)


def _same(field: Field, given: Mapping[str, Any]) -> None:
    """Refuse two values of one field, by its name and by its alias."""
    value, other = given.get(field.name), given.get(field.alias)
    if value is not None and other is not None and value != other:
        raise ParamError(
            f"{field.name} and {field.alias} are the same field, was {shown(value)} and "
            f"{shown(other)}",
            field=field.name,
            value=value,
        )
