"""Small charts as SVG: no script, no network, colours from the page."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mas.report.pages import render
from mas.timeunits import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Callable

    Array = np.ndarray[Any, Any]

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 760, 8, 74, 6, 22
POINTS = 600
"""Points of a line; more are not seen in its width."""
STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)


class Plane:
    """Where moments and values lie in a chart of lines.

    Parameters
    ----------
    first, last : float
        The moments at the left and the right edge, ms.
    low, high : float
        The values at the lower and the upper edge.
    """

    def __init__(  # noqa: PLR0913  two axes and a size
        self, first: float, last: float, low: float, high: float, *, height: int,
        width: int = WIDTH, right: int = RIGHT,
    ) -> None:  # fmt: skip
        self.first, self.last, self.low, self.high = first, last, low, high
        self.width, self.height, self.right = width, height, width - right
        self._wide = self.right - LEFT
        self._tall = height - BOTTOM - TOP

    def x(self, at: Any) -> Any:
        """Return the place of moments, from the left."""
        return LEFT + (at - self.first) / max(self.last - self.first, 1) * self._wide

    def y(self, value: Any) -> Any:
        """Return the place of values, from above."""
        return TOP + (self.high - value) / (self.high - self.low) * self._tall

    def points(self, times: Array, values: Array) -> str:
        """Return a line as SVG writes it."""
        pairs = zip(self.x(times).tolist(), self.y(values).tolist(), strict=True)
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in pairs)

    def rules(self, label: Callable[[float], str]) -> list[tuple[float, str]]:
        """Return five horizontal lines with what is written beside them."""
        values = (self.high - share * (self.high - self.low) for share in STEPS)
        return [(self.y(value), label(value)) for value in values]

    def dates(self, form: str = "") -> list[tuple[float, str, str]]:
        """Return six dates below the chart: place, anchor, text."""
        days = (self.last - self.first) / DAY_MS
        form = form or ("%Y-%m" if days > 400 else "%Y-%m-%d" if days > 3 else "%m-%d %H:%M")
        found = []
        for share in np.linspace(0, 1, 6).tolist():
            at = self.first + share * (self.last - self.first)
            anchor = "start" if share == 0 else "end" if share == 1 else "middle"
            words = f"{pd.Timestamp(int(at), unit='ms'):{form}}"
            found.append((LEFT + share * self._wide, anchor, words))
        return found

    def draw(
        self, lines: list[tuple[dict[str, str], str]], rules: list[tuple[float, str]], *,
        words: str, areas: tuple[str, ...] = (), style: str = "", form: str = "",
    ) -> str:  # fmt: skip
        """Return the chart: each line has its attributes and its points."""
        return render(
            "line.svg", width=self.width, height=self.height, right=self.right, left=LEFT,
            words=words, style=style, rules=rules, dates=self.dates(form), areas=areas, lines=lines,
        )  # fmt: skip


def thinned(series: pd.Series) -> pd.Series:
    """Return a series of fewer points: the lowest and the highest of each stretch."""
    return series.iloc[kept(series.to_numpy(), POINTS)]


def kept(values: Array, most: int) -> list[int]:
    """Return the indices of the lowest and the highest value of each stretch, at most so many."""
    count = len(values)
    if count <= most:
        return list(range(count))
    found = {0, count - 1}
    for first, last in pairwise(np.linspace(0, count, most // 2 + 1).astype(int)):
        part = values[first:last]
        found.update((first + int(part.argmin()), first + int(part.argmax())))
    return sorted(found)


def milliseconds(index: pd.Index) -> Array:
    """Return the times of an index, ms since 1970."""
    return index.to_numpy().astype("datetime64[ms]").astype(np.int64)


def line(
    series: pd.Series, *, height: int, label: Callable[[float], str], fill: bool = False,
    words: str = "", style: str = "",
) -> str:  # fmt: skip
    """Return a line over time, with its scale at the right and dates below.

    Parameters
    ----------
    label : callable
        Writes a value of the scale.
    fill : bool
        Fill the area up to 0, as for drawdowns.
    style : str
        CSS of its own, where no page gives one.
    """
    shown = thinned(series)
    times, values = milliseconds(shown.index), shown.to_numpy(float)
    low, high = float(values.min()), float(values.max())
    if fill:
        high = 0.0
    room = (high - low) or max(abs(high), 1.0) * 0.01
    low, high = low - room * 0.04, high + (0 if fill else room * 0.04)
    plane = Plane(int(times[0]), int(times[-1]), low, high, height=height)
    points = plane.points(times, values)
    end = f"{plane.x(times[-1]):.1f},{TOP}"
    return plane.draw(
        [({"class": "loss" if fill else "line"}, points)], plane.rules(label), words=words,
        areas=(f"{LEFT},{TOP} {points} {end}",) if fill else (), style=style,
    )  # fmt: skip


def bars(values: pd.Series, *, height: int, label: Callable[[float], str], words: str) -> str:
    """Return one bar for each value, named by its index."""
    numbers = values.to_numpy(float)
    low, high = min(float(numbers.min()), 0.0), max(float(numbers.max()), 0.0)
    room = (high - low) or 1.0
    tall, inner = height - BOTTOM - 26, WIDTH - LEFT - RIGHT
    zero = 16 + high / room * tall
    step = inner / len(numbers)
    drawn = []
    for at, (name, value) in enumerate(zip(values.index, numbers, strict=True)):
        tip = 16 + (high - value) / room * tall
        drawn.append(
            {
                "kind": "gain" if value >= 0 else "lost", "x": LEFT + (at + 0.5) * step,
                "top": min(tip, zero), "size": max(abs(tip - zero), 1),
                "width": min(step * 0.7, 64), "above": tip - 4 if value >= 0 else tip + 12,
                "label": label(value), "name": name,
            }
        )  # fmt: skip
    return render(
        "bars.svg", width=WIDTH, height=height, words=words, bars=drawn, left=LEFT,
        right=LEFT + inner, zero=zero,
    )  # fmt: skip
