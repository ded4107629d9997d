"""What a run pushes of one symbol: its closed bars, or its ticks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from mas.views import timeframe_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mas.backtest.data import Replay
    from mas.callbacks import Callbacks

    Receive = Callable[..., None]
    Push = tuple[int, dict[str, Any], str, Receive]

CHUNK = 8192
"""Rows that are turned into Python objects at a time."""


@dataclass(frozen=True, slots=True)
class BarFeed:
    """The closed bars of one symbol and timeframe in a period, ms."""

    symbol: str
    timeframe: int
    start: int
    end: int

    def rows(self, replay: Replay, client: Callbacks) -> tuple[int, Iterator[Push]]:
        """Return how many pushes there are, and each: time, data, symbol, who takes it."""
        bars, pushed = replay.bars(self.timeframe, self.start, self.end)
        rows = self._rows(bars, pushed, replay.symbol.scale, client.receive_bars)
        return len(pushed), rows

    def _rows(self, bars: Any, pushed: Any, scale: float, receive: Receive) -> Iterator[Push]:
        symbol = self.symbol
        code = timeframe_code(self.timeframe)
        moments = bars.times.astype("datetime64[ms]")
        for at in range(0, len(pushed), CHUNK):
            part = slice(at, at + CHUNK)
            for now, time, first, high, low, last, volume in zip(
                pushed[part].tolist(), moments[part].tolist(),
                (bars.opens[part] / scale).tolist(), (bars.highs[part] / scale).tolist(),
                (bars.lows[part] / scale).tolist(), (bars.closes[part] / scale).tolist(),
                bars.volumes[part].tolist(), strict=True,
            ):  # fmt: skip
                yield now, {
                    "time": time, "open": first, "high": high, "low": low, "close": last,
                    "volume": volume, "timeframe": code,
                }, symbol, receive  # fmt: skip

    def times(self, replay: Replay) -> Any:
        """Return when the pushes are, ms."""
        return replay.bars(self.timeframe, self.start, self.end)[1]


@dataclass(frozen=True, slots=True)
class TickFeed:
    """The ticks of one symbol in a period, ms.

    Attributes
    ----------
    dealt : bool
        Only those with a deal (mode ``"trade"``).
    interval : int
        At most one push in so many milliseconds, the newest tick; 0 for all.
    """

    symbol: str
    start: int
    end: int
    dealt: bool = False
    interval: int = 0

    def rows(self, replay: Replay, client: Callbacks) -> tuple[int, Iterator[Push]]:
        """Return how many pushes there are, and each: time, data, symbol, who takes it."""
        times = replay.columns.times
        chosen = replay.columns.part(slice(*times.searchsorted((self.start, self.end))))
        if self.dealt:
            empty = np.zeros(len(chosen.times), bool)
            chosen = chosen.part(empty if chosen.volumes is None else chosen.volumes > 0)
        if self.interval and len(chosen.times):
            slots = (chosen.times - self.start) // self.interval
            chosen = chosen.part(np.append(np.flatnonzero(np.diff(slots)), len(slots) - 1))
        rows = self._rows(chosen, replay, client.receive_ticks)
        return len(chosen.times), rows

    def _rows(self, ticks: Any, replay: Replay, receive: Receive) -> Iterator[Push]:
        symbol, scale = self.symbol, replay.symbol.scale
        for at in range(0, len(ticks.times), CHUNK):
            part = ticks.part(slice(at, at + CHUNK))
            if not at % (CHUNK << 8):
                replay.stream.forget()
            nothing = [0.0] * len(part.times)
            lasts = nothing if part.lasts is None else (part.lasts / scale).tolist()
            volumes = nothing if part.volumes is None else part.volumes.tolist()
            for now, time, bid, ask, last, volume in zip(
                part.times.tolist(), part.times.astype("datetime64[ms]").tolist(),
                (part.bids / scale).tolist(), (part.asks / scale).tolist(), lasts, volumes,
                strict=True,
            ):  # fmt: skip
                data = {"time": time, "bid": bid, "ask": ask, "last": last, "volume": volume}
                yield now, data, symbol, receive

    def times(self, replay: Replay) -> Any:
        """Return when the ticks of the period are, ms."""
        times = replay.columns.times
        return times[slice(*times.searchsorted((self.start, self.end)))]


class Feed(Protocol):
    """What is pushed of one symbol."""

    @property
    def symbol(self) -> str:
        """The symbol."""
        ...

    @property
    def start(self) -> int:
        """Start of the period, ms."""
        ...

    @property
    def end(self) -> int:
        """End of the period, ms; not included."""
        ...

    def rows(self, replay: Replay, client: Callbacks) -> tuple[int, Iterator[Push]]:
        """Return how many pushes there are, and each: time, data, symbol, who takes it."""
        ...

    def times(self, replay: Replay) -> Any:
        """Return times, ms, at which the equity is to be known."""
        ...
