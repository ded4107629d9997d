"""Options of magics, and their manuals, from the fields of the calls behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from IPython.core.magic_arguments import argument

from mas.schema import Field, Params, fields
from mas.schema.document import accepted_of, line_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

F = TypeVar("F", bound="Callable[..., Any]")
NUMBERS = {"int": int, "account": int, "ticket": int, "float": float}


def option(model: type[Params], name: str, **more: Any) -> Any:
    """Return the option of a magic for a field: ``--name``, of its type and with its default.

    Parameters
    ----------
    **more
        What differs, as ``argparse`` takes it.
    """
    field = fields(model)[name]
    known: dict[str, Any] = {"help": manual(field)}
    if field.kind == "bool":
        known["action"] = "store_true"
    else:
        known |= {"type": NUMBERS.get(field.kind, str), "default": field.default}
    return argument(f"--{name.replace('_', '-')}", **(known | more))


def manual(field: Field) -> str:
    """Return what a field is, in one line."""
    unit = f", {field.unit}" if field.unit and field.unit != "price" else ""
    accepted = f": {accepted_of(field)}" if field.kind == "word" else ""
    default = f"; default {field.default}" if field.default not in {None, False} else ""
    return f"{field.doc}{unit}{accepted}{default}".replace("%", "%%")


def takes_fields(model: type[Params], but: Iterable[str] = ()) -> Callable[[F], F]:
    """Add to the manual of a magic the fields that its text may have."""

    def wrap(magic: F) -> F:
        lines = [
            f"  {field.name} : {line_of(field)}"
            for field in fields(model).values()
            if field.name not in but
        ]
        magic.__doc__ = "\n".join([(magic.__doc__ or "").rstrip(), "", "fields:", *lines, ""])
        return magic

    return wrap
