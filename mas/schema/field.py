"""What a field of a call is, and how the classes of parameters declare theirs."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Annotated, Any, ClassVar, Final, Self, get_args, get_origin

from msgspec import NODEFAULT, Meta, Struct, field
from msgspec.structs import replace

LARGEST: Final = 2**63 - 1
LARGEST_FLOAT: Final = 1.7976931348623157e308


class Field(Struct, frozen=True, kw_only=True):
    """One field of a call.

    Attributes
    ----------
    name : str
        Its key in the dict.
    attribute : str
        Its name in the class of parameters; another one where the key is a word of Python.
    kind : str
        ``bool``, ``str``, ``int``, ``float``, ``datetime``, ``ticket``, ``account``, ``mapping``,
        ``texts``, ``pairs`` (of symbol and timeframe), ``word`` (one of the documented words) or
        ``code`` (a constant of the terminal, or its name).
    choices : dict
        Accepted words and what they mean.
    least, above : float or None
        Smallest accepted value; value that must be exceeded.
    alias : str
        Another key under which the field is accepted.
    only : frozenset of str
        Order types that use the field; empty for all.
    """

    kind: str
    doc: str
    name: str = ""
    attribute: str = ""
    required: bool = False
    default: Any = None
    unit: str = ""
    choices: dict[str, Any] = field(default_factory=dict)
    prefix: str = ""
    least: float | None = None
    above: float | None = None
    alias: str = ""
    secret: bool = False
    only: frozenset[str] = frozenset()

    def accepted(self) -> str:
        """Return in words what the field accepts."""
        if self.kind == "word":
            return f"one of {', '.join(self.choices)}"
        if self.kind == "code":
            return f"one of {', '.join(self.prefix + name for name in self.choices)}"
        words = _WORDS[self.kind]
        if self.kind == "str" and self.required:
            words = "a text, not empty"
        unit = f" of {self.unit}" if self.unit and self.kind in {"int", "float"} else ""
        limit = ""
        if self.above is not None:
            limit = f" above {self.above:g}"
        elif self.least is not None:
            limit = f", {self.least:g} or more"
        return f"{words}{unit}{limit}"


_WORDS: Final = {
    "bool": "True or False",
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "datetime": "a datetime or ISO text such as 2026-01-31 12:00",
    "ticket": "the ticket of an order or position",
    "account": "the number of a trading account",
    "mapping": "a dict",
    "pairs": "a list of (symbol, timeframe)",
    "texts": "a list of texts",
}


class Params(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parameters of a call, checked and converted.

    Attributes
    ----------
    exact : bool
        Values of exactly the declared types need no conversion: the class may be made of the
        dict as it is, which costs a tenth.
    """

    exact: ClassVar[bool] = False

    def checked(self, given: Any) -> Self:
        """Return the parameters with what no field can say by itself checked.

        Parameters
        ----------
        given : dict
            As the caller gave it, for messages.

        Raises
        ------
        ParamError
            Fields do not go together.
        """
        del given
        return self


def about(kind: str, doc: str, **more: Any) -> Meta:
    """Return what a field is, for the ``Annotated`` type of an attribute.

    Parameters
    ----------
    **more
        The other attributes of :class:`Field`.
    """
    known = Field(kind=kind, doc=doc, **more)
    return Meta(description=doc, extra={"field": known}, **_limits(known))


def _limits(known: Field) -> dict[str, Any]:
    """Return the limits within which a value of exactly the declared type is accepted as it is."""
    codes = known.choices.values()
    if known.kind in {"int", "ticket", "float"}:
        least = {"ge": known.least} if known.above is None else {"gt": known.above}
        return least | {"le": LARGEST_FLOAT if known.kind == "float" else LARGEST}
    if known.kind in {"word", "code"} and all(isinstance(code, int) for code in codes):
        return {"ge": min(codes), "le": max(codes)}
    if known.kind == "datetime":
        return {"ge": 0, "le": 1 << 40}
    return {"pattern": r"\S"} if known.kind == "str" else {}


def of_price(doc: str, *, only: frozenset[str] = frozenset()) -> Meta:
    """Return what a price is; 0 stands for none."""
    return about("float", doc, unit="price", least=0, only=only)


def of_ticket(doc: str) -> Meta:
    """Return what the ticket of an order or position is; 0 stands for none."""
    return about("ticket", doc, least=0)


def of_comment() -> Meta:
    """Return what the comment of an order is."""
    return about("str", "a note on the order")


def of_code(prefix: str, choices: dict[str, int], doc: str, **more: Any) -> Meta:
    """Return what a constant of the terminal is."""
    return about("code", doc, prefix=prefix, choices=choices, **more)


@cache
def fields(model: type[Params]) -> dict[str, Field]:
    """Return the fields of a class of parameters by their keys, its own before inherited ones.

    A ``backtest_toggle`` that may be left out comes last.
    """
    keys = dict(zip(model.__struct_fields__, model.__struct_encode_fields__, strict=True))
    given = model.__struct_defaults__
    first = len(keys) - len(given)  # those before it have none
    defaults = dict(zip(list(keys)[first:], given, strict=True))
    found: dict[str, Field] = {}
    for owner in model.__mro__:
        for attribute, annotation in inspect.get_annotations(owner).items():
            if attribute in keys and attribute not in found:
                default = defaults.get(attribute, NODEFAULT)
                found[attribute] = replace(
                    _declared(annotation),
                    name=keys[attribute],
                    attribute=attribute,
                    required=default is NODEFAULT,
                    default=None if default is NODEFAULT else default,
                )
    toggle = found.get("backtest_toggle")
    if toggle is not None and not toggle.required:
        found["backtest_toggle"] = found.pop("backtest_toggle")
    return {field.name: field for field in found.values()}


def _declared(annotation: Any) -> Field:
    """Return the field that ``Annotated[type, about(…)]``, or a union with None of it, declares."""
    if get_origin(annotation) is Annotated:
        known: Field = get_args(annotation)[1].extra["field"]
        return known
    return next(_declared(part) for part in get_args(annotation) if part is not type(None))
