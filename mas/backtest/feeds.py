"""What a run pushes of one symbol: its closed bars, or its ticks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from mas.contract_rows import timeframe_code
from mas.history.columns import joined
from mas.sim.barstream import BarStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mas.backtest.data import Replay
    from mas.callbacks import Callbacks
    from mas.history.columns import Ticks
    from mas.sim.arrays import ArrayStream

    Array = np.ndarray[Any, Any]
    Receive = Callable[..., None]
    Push = tuple[int, dict[str, Any], str, Receive]
    Row = tuple[Any, ...]
    Steps = tuple[Array, Array]
    Piece = tuple[Ticks, Steps | None]
    Come = Callable[[int], None]
    """Makes a tick, by its index, the newest one of its millisecond."""

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
        stream = replay.stream
        if isinstance(stream, BarStream):
            return self._generated(stream, replay.symbol.scale, client)
        columns = stream.columns
        first, last = (int(column) for column in columns.times.searchsorted((self.start, self.end)))
        chosen = columns.part(slice(first, last))
        indexes: Array | None = None  # of those pushed, where they are not all
        if self.dealt:
            empty = np.zeros(len(chosen.times), bool)
            indexes = np.flatnonzero(empty if chosen.volumes is None else chosen.volumes > 0)
            chosen = chosen.part(indexes)
        if self.interval and len(chosen.times):
            slots = (chosen.times - self.start) // self.interval
            newest = np.append(np.flatnonzero(np.diff(slots)), len(slots) - 1)
            indexes = newest if indexes is None else indexes[newest]
            chosen = chosen.part(newest)
        pieces = (
            self._piece(chosen, slice(at, at + CHUNK), first, indexes, stream)
            for at in range(0, len(chosen.times), CHUNK)
        )
        scale, receive = replay.symbol.scale, client.receive_ticks
        return len(chosen.times), self._rows(pieces, scale, receive, stream.come)

    def _generated(
        self, stream: BarStream, scale: float, client: Callbacks
    ) -> tuple[int, Iterator[Push]]:
        """Return the pushes of ticks that are made piece by piece; no two have one time."""
        if self.dealt:
            return 0, iter(())
        if self.interval:
            count = sum(len(part.times) for part in self._newest(stream))
        else:
            count = stream.count(self.start, self.end)
        pieces = self._newest(stream) if self.interval else stream.windows(self.start, self.end)
        parts: Iterator[Piece] = (
            (piece.part(slice(at, at + CHUNK)), None)
            for piece in pieces
            for at in range(0, len(piece.times), CHUNK)
        )
        return count, self._rows(parts, scale, client.receive_ticks)

    def _newest(self, stream: BarStream) -> Iterator[Ticks]:
        """Yield the newest tick of each interval."""
        last: Ticks | None = None  # of an interval that the next piece may go on with
        for piece in stream.windows(self.start, self.end):
            if not len(piece.times):
                continue
            whole = piece if last is None else joined([last, piece])
            slots = (whole.times - self.start) // self.interval
            last = whole.part(slice(-1, None))
            yield whole.part(np.flatnonzero(np.diff(slots)))
        if last is not None:
            yield last

    def _piece(
        self,
        ticks: Ticks,
        piece: slice,
        first: int,
        indexes: Array | None,
        stream: ArrayStream,
    ) -> Piece:
        """Return some of the ticks; those of one millisecond come to the market one by one."""
        part = ticks.part(piece)
        if not piece.start % (CHUNK << 8):
            stream.forget()
        with_next = slice(piece.start, min(piece.stop + 1, len(ticks.times)))
        own = np.arange(with_next.start, with_next.stop) if indexes is None else indexes[with_next]
        return part, shared_ticks(stream.columns.times, own + first, len(part.times))

    def _rows(
        self, pieces: Iterator[Piece], scale: float, receive: Receive, come: Come | None = None
    ) -> Iterator[Push]:
        symbol = self.symbol
        for part, steps in pieces:
            nothing = [0.0] * len(part.times)
            lasts = nothing if part.lasts is None else (part.lasts / scale).tolist()
            volumes = nothing if part.volumes is None else part.volumes.tolist()
            rows: Iterator[Row] = zip(
                part.times.tolist(), part.times.astype("datetime64[ms]").tolist(),
                (part.bids / scale).tolist(), (part.asks / scale).tolist(), lasts, volumes,
                strict=True,
            )  # fmt: skip
            if steps is not None and come is not None:
                rows = _stepped(rows, steps, come)
            for now, time, bid, ask, last, volume in rows:
                data = {"time": time, "bid": bid, "ask": ask, "last": last, "volume": volume}
                yield now, data, symbol, receive


def shared_ticks(times: Array, indexes: Array, count: int) -> Steps | None:
    """Return what comes before and after each push of a tick, by index; -1 for nothing.

    Before: the tick itself where others have its time. After, where the next push is of another
    time: all of its time. None where no two ticks have one time.

    Parameters
    ----------
    times : array of int64
        Of all ticks, ms.
    indexes : array of int64
        The ticks that are pushed, rising; with the one that follows, if there is one.
    count : int
        How many of them are asked about.
    """
    window = times[max(int(indexes[0]) - 1, 0) : int(indexes[-1]) + 2]
    if not (window[1:] == window[:-1]).any():
        return None
    own = times[indexes]
    moves_on = np.append(own[1:] != own[:-1], True)[:count]
    firsts, lasts = (times.searchsorted(own[:count], side=side) for side in ("left", "right"))
    shared = lasts - firsts > 1
    return np.where(shared, indexes[:count], -1), np.where(shared & moves_on, lasts - 1, -1)


def _stepped(rows: Iterator[Row], steps: Steps, come: Come) -> Iterator[Row]:
    for row, before, after in zip(rows, *(step.tolist() for step in steps), strict=True):
        if before >= 0:
            come(before)
        yield row
        if after >= 0:
            come(after)


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
