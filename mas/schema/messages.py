"""What is said of wrong parameters: the field, what came, what is accepted, what was meant."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from mas.errors import ParamError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mas.schema.field import Field


def shown(value: object) -> str:
    """Return a value for a message: one line, not too long, whatever it is."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001  a stranger's repr may raise anything
        text = f"<{type(value).__name__}>"
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:57]}…"


def wrong(field: Field, value: object, near: str = "") -> ParamError:
    """Return the error of a value that a field does not accept."""
    came = "(not shown)" if field.secret else shown(value)
    hint = f"; did you mean {near!r}?" if near else ""
    return ParamError(
        f"{field.name} must be {field.accepted()}, was {came}{hint}",
        field=field.name,
        value=None if field.secret else value,
        accepted=field.accepted(),
    )


def missing(field: Field) -> ParamError:
    """Return the error of a required field that was left out."""
    return ParamError(
        f"{field.name} is missing: {field.doc}; give {field.accepted()}",
        field=field.name,
        accepted=field.accepted(),
    )


def no_dict(call: str, params: object, known: Mapping[str, Field]) -> ParamError:
    """Return the error of parameters that are no dict."""
    came = type(params).__name__ if _secret(known) else shown(params)
    return ParamError(f"{call} takes one dict of parameters, was {came}", accepted="a dict")


def unknown(
    call: str, given: Mapping[Any, Any], known: Mapping[str, Field], names: frozenset[str]
) -> ParamError:
    """Return the error of a key that a call has not; `names` are those that it has."""
    name = next(name for name in given if name not in names)
    meant = near(name, names) if isinstance(name, str) else ""
    hint = f"did you mean {meant!r}?" if meant else f"accepted are {', '.join(known)}"
    return ParamError(
        f"{shown(name)} is not a field of {call}; {hint}",
        field=name if isinstance(name, str) else "",
        # A misspelt password is still one.
        value=None if _secret(known) else given[name],
        accepted=", ".join(known),
    )


def near(word: str, words: Iterable[str]) -> str:
    """Return the word that a misspelt one is most like, "" for none."""
    cutoff = 0.5 if len(word) < 4 else 0.6  # s1 is meant to be sl
    found = get_close_matches(word, list(words), n=1, cutoff=cutoff)
    return str(found[0]) if found else ""


def _secret(known: Mapping[str, Field]) -> bool:
    return any(field.secret for field in known.values())
