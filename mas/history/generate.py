"""Ticks made from bars, for times of which no real ticks are stored.

Three models of differing detail (R190). All are pure functions without any randomness.

All bars of a call make one history: the direction of a doji and a missing spread come from the
bars before. A caller who cuts a history in pieces therefore lets each piece begin early, with a
bar that is no doji and has a spread, and drops the ticks of that overlap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas.history.columns import NO_TICKS, Bars, Ticks, joined
from mas.history.paths import BLOCK, BarTicks
from mas.timeunits import MINUTE_MS

if TYPE_CHECKING:
    from collections.abc import Iterator


def every_tick(bars: Bars, *, length_ms: int = MINUTE_MS) -> Ticks:
    """Return as many ticks for each bar as its tick volume says (R190, R192–R197).

    From four ticks on they start at the open, end at the close and touch both extremes. Three
    ticks are open, one extreme and close, where both extremes differ from open and close: the one
    farther from where its shadow begins, or else the first. Two are open and close, one is the
    close. A tick volume of 0 means that it is unknown and counts as 4.

    Prices move on by at least a point from tick to tick, unless there are more ticks than points
    on the path; then no price is left out, and repeats are spread over the whole path.
    """
    return _joined(tick_blocks(bars, "every_tick", length_ms=length_ms))


def ohlc(bars: Bars, *, length_ms: int = MINUTE_MS) -> Ticks:
    """Return the four prices of each bar, a quarter of its length apart (R192, R193, R198).

    A bar of tick volume 1 has its close only, one of 2 has open and close, half its length apart
    (R194). Equal prices are otherwise kept.
    """
    return _joined(tick_blocks(bars, "ohlc", length_ms=length_ms))


def open_prices(bars: Bars, *, length_ms: int) -> Ticks:
    """Return four ticks for each bar of any period: its open and three hidden ones (R199).

    Every fourth tick, from the first on, is an open at the start of its bar: the only one a
    strategy sees. The extremes and the close follow at quarters of the bar by the path rule (R192,
    R193), for margin, stops and pending orders; whatever the tick volume.

    Parameters
    ----------
    length_ms : int
        Length of a bar. For weeks and months the rule wants bars of a day here.
    """
    return _joined(tick_blocks(bars, "open", length_ms=length_ms))


def tick_blocks(bars: Bars, model: str, *, length_ms: int = MINUTE_MS) -> Iterator[Ticks]:
    """Yield the ticks of a model, those of some thousand bars at a time.

    Parameters
    ----------
    model : str
        ``"every_tick"``, ``"ohlc"`` or ``"open"``.
    """
    made = BarTicks(bars, model, length_ms=length_ms)
    for first in range(0, len(bars.times), BLOCK):
        yield made.made(first, min(first + BLOCK, len(bars.times)))


def _joined(pieces: Iterator[Ticks]) -> Ticks:
    found = list(pieces)
    return joined(found) if found else NO_TICKS
