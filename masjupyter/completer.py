"""Tab inside ``%mas_order`` and ``%%mas_order``: fields, order types, symbols, constants."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from IPython.core.completer import (
    CompletionContext,
    SimpleCompletion,
    SimpleMatcherResult,
    context_matcher,
)

from masjupyter import commands
from masjupyter.ordertext import FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from masjupyter.desk import Desk

MAGIC = re.compile(r"^\s*%{1,2}mas_order\b")
VALUE = re.compile(r"""^[\s\-{]*["']?([A-Za-z_]\w*)["']?\s*[:=]\s*["']?[^:=]*$""")
OPTIONS = ("--check", "--as")


def order_matcher(desk: Desk) -> Callable[[CompletionContext], SimpleMatcherResult]:
    """Return the matcher to append to IPython's completer."""

    @context_matcher(identifier="masjupyter.order")
    def match(context: CompletionContext) -> SimpleMatcherResult:
        lines = context.full_text.split("\n")
        if not MAGIC.match(lines[0]):
            return {"completions": [], "suppress": False}
        words = suggestions(desk, _typed(context), first=context.cursor_line == 0)
        fitting = [
            SimpleCompletion(text=word, type="field")
            for word in words
            if word.lower().startswith(context.token.lower())
        ]
        return {"completions": fitting, "suppress": True}

    return cast("Callable[[CompletionContext], SimpleMatcherResult]", match)


def _typed(context: CompletionContext) -> str:
    """Return what stands before the cursor in its line."""
    lines = context.full_text.split("\n")
    # IPython's cursor_position is the column.
    return lines[context.cursor_line][: context.cursor_position]


def suggestions(desk: Desk, typed: str, *, first: bool) -> list[str]:
    """Return what may come next after `typed`, on the magic's own line or in the body."""
    if first:
        words = typed.split()
        if words and "=" in words[-1] and not typed.endswith(" "):
            return _values(desk, words[-1].partition("=")[0])
        fields = [f"{name}=" for name in FIELDS if name not in {"symbol", "order_type", "volume"}]
        return [*OPTIONS, *_values(desk, "order_type"), *_values(desk, "symbol"), *fields]
    value = VALUE.match(typed)
    if value:
        return _values(desk, value.group(1))
    return list(FIELDS)


def _values(desk: Desk, name: str) -> list[str]:
    """Return the accepted words of a field."""
    field = FIELDS.get(name)
    if name == "symbol":
        return commands.symbols(desk)
    if field is None:
        return []
    if field.kind == "bool":
        return ["true", "false"]
    return list(_prefixed(field.prefix, field.choices))


def _prefixed(prefix: str, words: Iterable[str]) -> list[str]:
    return [prefix + word for word in words]
