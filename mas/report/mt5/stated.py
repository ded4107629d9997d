"""What a report states that its deals do not say: equity drawdowns, margin level, counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mas.report.mt5.facts import Falls

if TYPE_CHECKING:
    from collections.abc import Callable

BESIDE = re.compile(r"([^()]+)\(([^()]+)\)")


def stated(printed: dict[str, str], number: Callable[[str], float]) -> dict[str, Any]:
    """Return the fields of a record that only the printed statistics tell."""
    found: dict[str, Any] = {"quality": printed.get("History Quality", "")}
    for name in ("Bars", "Ticks", "Symbols"):
        value = _number(printed.get(name), number)
        found[name.lower()] = None if value is None else int(value)
    found["margin_level"] = _number(printed.get("Margin Level"), number)
    absolute = _number(printed.get("Equity Drawdown Absolute"), number)
    maximal = _pair(printed.get("Equity Drawdown Maximal"), number)
    relative = _pair(printed.get("Equity Drawdown Relative"), number)
    if absolute is not None and maximal and relative:
        found["equity_falls"] = Falls(absolute, *maximal, relative[1], relative[0])
    return found


def _number(text: str | None, number: Callable[[str], float]) -> float | None:
    if not text:
        return None
    try:
        return number(text)
    except ValueError:
        return None


def _pair(text: str | None, number: Callable[[str], float]) -> tuple[float, float] | None:
    match = BESIDE.match(text or "")
    if match is None:
        return None
    try:
        return number(match[1]), number(match[2])
    except ValueError:
        return None
