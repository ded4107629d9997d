"""Small charts as SVG: no script, no network, colours from the page."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

    Array = np.ndarray[Any, Any]

WIDTH, LEFT, RIGHT, BOTTOM = 760, 8, 74, 22
POINTS = 600
"""Points of a line; more are not seen in its width."""


def thinned(series: pd.Series) -> pd.Series:
    """Return a series of fewer points: the lowest and the highest of each stretch."""
    count = len(series)
    if count <= POINTS:
        return series
    values = series.to_numpy()
    edges = np.linspace(0, count, POINTS // 2 + 1).astype(int)
    kept = {0, count - 1}
    for first, last in pairwise(edges):
        part = values[first:last]
        kept.update((first + int(part.argmin()), first + int(part.argmax())))
    return series.iloc[sorted(kept)]


def line(
    series: pd.Series, *, height: int, label: Callable[[float], str], fill: bool = False,
    words: str = "",
) -> str:  # fmt: skip
    """Return a line over time, with its scale at the right and dates below.

    Parameters
    ----------
    label : callable
        Writes a value of the scale.
    fill : bool
        Fill the area up to 0, as for drawdowns.
    """
    shown = thinned(series)
    times = shown.index.to_numpy().astype("datetime64[ms]").astype(np.int64)
    values = shown.to_numpy(float)
    low, high = float(values.min()), float(values.max())
    if fill:
        high = 0.0
    room = (high - low) or max(abs(high), 1.0) * 0.01
    low, high = low - room * 0.04, high + (0 if fill else room * 0.04)
    inner, tall = WIDTH - LEFT - RIGHT, height - BOTTOM - 6
    span = max(int(times[-1] - times[0]), 1)
    x = LEFT + (times - times[0]) / span * inner
    y = 6 + (high - values) / (high - low) * tall
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(words)}">',
        *(rule(6 + share * tall, label(high - share * (high - low))) for share in STEPS),
        *dates(times, height),
    ]
    if fill:
        parts.append(f'<polygon class="down" points="{LEFT},6 {points} {x[-1]:.1f},6"/>')
    parts.append(f'<polyline class="{"loss" if fill else "line"}" points="{points}"/></svg>')
    return "".join(parts)


STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)


def rule(y: float, text: str) -> str:
    """Return a horizontal line with its value at the right."""
    end = WIDTH - RIGHT
    return (
        f'<line class="rule" x1="{LEFT}" x2="{end}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{end + 6}" y="{y + 4:.1f}">{escape(text)}</text>'
    )


def dates(times: Array, height: int) -> list[str]:
    """Return up to six dates below a chart."""
    inner = WIDTH - LEFT - RIGHT
    days = (times[-1] - times[0]) / 86_400_000
    form = "%Y-%m" if days > 400 else "%Y-%m-%d" if days > 3 else "%m-%d %H:%M"
    found = []
    for share in np.linspace(0, 1, 6):
        at = pd.Timestamp(int(times[0] + share * (times[-1] - times[0])), unit="ms")
        anchor = "start" if share == 0 else "end" if share == 1 else "middle"
        x = LEFT + share * inner
        found.append(
            f'<text x="{x:.1f}" y="{height - 6}" text-anchor="{anchor}">{at:{form}}</text>'
        )
    return found


def bars(values: pd.Series, *, height: int, label: Callable[[float], str], words: str) -> str:
    """Return one bar for each value, named by its index."""
    numbers = values.to_numpy(float)
    low, high = min(float(numbers.min()), 0.0), max(float(numbers.max()), 0.0)
    room = (high - low) or 1.0
    tall, inner = height - BOTTOM - 26, WIDTH - LEFT - RIGHT
    zero = 16 + high / room * tall
    step = inner / len(numbers)
    wide = min(step * 0.7, 64)
    parts = [f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(words)}">']
    for at, (name, value) in enumerate(zip(values.index, numbers, strict=True)):
        x, tip = LEFT + (at + 0.5) * step, 16 + (high - value) / room * tall
        top, size = min(tip, zero), max(abs(tip - zero), 1)
        kind = "gain" if value >= 0 else "lost"
        parts.append(
            f'<rect class="{kind}" x="{x - wide / 2:.1f}" y="{top:.1f}" width="{wide:.1f}" '
            f'height="{size:.1f}"/><text text-anchor="middle" x="{x:.1f}" '
            f'y="{tip - 4 if value >= 0 else tip + 12:.1f}">{escape(label(value))}</text>'
            f'<text text-anchor="middle" x="{x:.1f}" y="{height - 4}">{escape(str(name))}</text>'
        )
    parts.append(
        f'<line class="axis" x1="{LEFT}" x2="{LEFT + inner}" y1="{zero:.1f}" y2="{zero:.1f}"/>'
    )
    return "".join([*parts, "</svg>"])
