"""What a report states that its deals do not say: equity drawdowns, margin level, counts."""

from __future__ import annotations

import re
from typing import Any

from mas.report.mt5.cells import decimals, number
from mas.report.mt5.facts import Falls

NUMBERS = re.compile(r"-?\d[\d.,]*")
SLIGHT = 1e-9
BESIDE = re.compile(r"([^()]+)\(([^()]+)\)")


def stated(printed: dict[str, str]) -> dict[str, Any]:
    """Return the fields of a record that only the printed statistics tell."""
    found: dict[str, Any] = {"quality": printed.get("History Quality", "")}
    for name in ("Bars", "Ticks", "Symbols"):
        value = _number(printed.get(name))
        found[name.lower()] = None if value is None else int(value)
    found["margin_level"] = _number(printed.get("Margin Level"))
    absolute = _number(printed.get("Equity Drawdown Absolute"))
    maximal = _pair(printed.get("Equity Drawdown Maximal"))
    relative = _pair(printed.get("Equity Drawdown Relative"))
    if absolute is not None and maximal and relative:
        found["equity_falls"] = Falls(absolute, *maximal, relative[1], relative[0])
    return found


def same_figures(said: str, ours: str) -> bool:
    """Tell whether a printed statistic is ours, to our last digit; workbooks have no spaces."""
    if ":" in said or ":" in ours:
        return said.split() == ours.split()
    part, other = (NUMBERS.findall("".join(text.split())) for text in (said, ours))
    if not part or len(part) != len(other):
        return "".join(said.split()) == "".join(ours.split())
    return all(
        abs(number(first) - number(second)) < 0.5 * 10.0 ** -decimals(second) + SLIGHT
        for first, second in zip(part, other, strict=True)
    )


def _number(text: str | None) -> float | None:
    if not text:
        return None
    try:
        return number(text)
    except ValueError:
        return None


def _pair(text: str | None) -> tuple[float, float] | None:
    match = BESIDE.match(text or "")
    if match is None:
        return None
    try:
        return number(match[1]), number(match[2])
    except ValueError:
        return None
