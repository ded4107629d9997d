"""Clocks: the only place that reads the system's time."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mas.timeunits import Ms

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Tells the time of a terminal, in milliseconds since 1970-01-01 UTC."""

    def now_ms(self) -> Ms:
        """Return the present time in milliseconds."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let so much of this clock's time pass."""
        ...


class SystemClock:
    """The wall clock, which drives paper and live trading."""

    __slots__ = ()

    def now_ms(self) -> Ms:
        """Return the computer's time in milliseconds since 1970 UTC."""
        return time.time_ns() // 1_000_000

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class ManualClock:
    """A clock that stands still until it is moved: tests, lessons, replays.

    Parameters
    ----------
    start : int or datetime or str
        Epoch milliseconds, a datetime (naive means UTC) or ISO text.

    Attributes
    ----------
    now : int
        Milliseconds; set by hand only where times are known to rise, as in a run over history.
    """

    def __init__(self, start: Ms | datetime | str) -> None:
        self._lock = threading.Lock()
        self.now = start if isinstance(start, int) else to_ms(start)

    def now_ms(self) -> Ms:
        """Return the time this clock was last moved to, in milliseconds."""
        return self.now

    def advance(self, seconds: float) -> int:
        """Move forward by `seconds` and return the new time in milliseconds."""
        with self._lock:
            return self._set(self.now + round(seconds * 1000))

    def sleep(self, seconds: float) -> None:
        """Move forward, as waiting would."""
        self.advance(seconds)

    def set(self, moment: Ms | datetime | str) -> int:
        """Move to a later moment and return it in milliseconds; going back is refused."""
        with self._lock:
            return self._set(moment if isinstance(moment, int) else to_ms(moment))

    def _set(self, now: Ms) -> int:
        if now < self.now:
            raise ValueError(f"a clock cannot go back: it is {self.now} ms, asked for {now} ms")
        self.now = now
        return now


def monotonic() -> float:
    """Return seconds of a clock that never goes back, for deadlines and pauses."""
    return time.monotonic()


def to_ms(moment: datetime | str) -> Ms:
    """Return epoch milliseconds of a datetime or ISO text; naive values mean UTC."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - EPOCH) // timedelta(milliseconds=1)


def naive_utc(ms: int) -> datetime:
    """Return the naive UTC datetime of epoch milliseconds, as the client's edge shows time."""
    return (EPOCH + timedelta(milliseconds=ms)).replace(tzinfo=None)
