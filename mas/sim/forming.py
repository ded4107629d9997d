"""One bar that is still forming: what some shorter bars and ticks make together (R178 to R180)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mas.history.columns import Bars, Ticks

Forming = tuple[int, int, int, int, int, int, float]
"""Open, high, low and close, points; ticks; spread, points; lots dealt."""


def of_bars(bars: Bars) -> Forming | None:
    """Return what shorter bars make together."""
    times, opens_, highs, lows, closes, volumes, spreads, reals = bars
    if not len(times):
        return None
    return (
        int(opens_[0]), int(highs.max()), int(lows.min()), int(closes[-1]),
        int(volumes.sum()), int(spreads[0]), 0.0 if reals is None else float(reals.sum()),
    )  # fmt: skip


def of_ticks(ticks: Ticks, *, by_last: bool) -> Forming | None:
    """Return what ticks make together."""
    if by_last and ticks.lasts is not None:
        ticks = ticks.part(ticks.lasts > 0)
    times, bids, asks, lasts, volumes = ticks
    if not len(times):
        return None
    prices = lasts if by_last and lasts is not None else bids
    return (
        int(prices[0]), int(prices.max()), int(prices.min()), int(prices[-1]),
        len(times), int(asks[0]) - int(bids[0]), 0.0 if volumes is None else float(volumes.sum()),
    )  # fmt: skip


def grown(bar: Forming | None, more: Forming | None) -> Forming | None:
    """Return a bar with what follows it in its period."""
    if bar is None or more is None:
        return more if bar is None else bar
    first, high, low, _, volume, spread, real = bar
    _, higher, lower, last, count, _, dealt = more
    return first, max(high, higher), min(low, lower), last, volume + count, spread, real + dealt
