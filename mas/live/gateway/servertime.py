"""The clock of the server behind a live terminal: found from its newest ticks (R183).

A terminal does not say how far its server is ahead of UTC; its ticks show it. Only ticks that
arrive while somebody looks count, for the newest tick of a weekend is days old: two in a row have
to agree. Until then nothing is known, and times are those of the server.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

from mas.clock import monotonic, naive_utc, to_ms
from mas.terminal.servertime import in_utc
from mas.timeunits import MINUTE_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from mas.clock import Clock
    from mas.history.serverclock import ServerClock
    from mas.terminal import Terminal
    from mas.terminal.link import Link

T = TypeVar("T")
log = logging.getLogger(__name__)

STEP = 30
"""Minutes of which offsets are multiples."""
NEAR = 2 * MINUTE_MS
"""A fresh tick is no further from such an offset: its way, and what our clock is wrong, ms."""
SOON = MINUTE_MS
"""Two looks further apart do not show that a tick has just come, ms."""
SLACK = 5_000
"""What a new tick may be newer than the time since the last look, ms."""
FIRST, LAST = -12 * 60, 14 * 60
"""Minutes ahead of UTC between which all servers are."""
ENOUGH = 2
"""Ticks that have to agree."""
OFTEN, AGAIN, SELDOM = 0.2, 1.0, 60.0
"""Seconds between looks: while nothing is known, while it is confirmed, and after that."""
LATE = 30.0
"""Seconds after which it is said that nothing is known."""
USUAL = "*EURUSD*,*BTCUSD*,*XAUUSD*"
"""Symbols that most servers have, and that have ticks at most hours."""
MOST = 3
UNKNOWN = "unknown"
NOTHING = (0, 0, 0)


class ServerTime:
    """Knows, once ticks have come, how server time becomes UTC.

    Parameters
    ----------
    clock : Clock
        Ours, which the ticks are compared with.

    Attributes
    ----------
    server : ServerClock or None
        None while nothing is known.
    """

    def __init__(self, clock: Clock) -> None:
        self.server: ServerClock | None = None
        self._clock = clock
        self._told = False
        self._usual: tuple[str, ...] | None = None
        self._seen: dict[str, tuple[int, int]] = {}
        self._agreed = NOTHING
        self._due = self._began = 0.0
        self._warned = False

    @property
    def zone(self) -> str:
        """The server's zone in words, ``"unknown"`` until ticks have shown it."""
        return UNKNOWN if self.server is None else self.server.name

    def utc(self, terminal: Terminal) -> Terminal:
        """Return the terminal with its times in UTC, as far as they are known."""
        return terminal if self.server is None else in_utc(terminal, self.server)

    def moment(self, shown: datetime) -> datetime:
        """Return a naive datetime of the server in UTC."""
        if self.server is None or self.server.utc:
            return shown
        return naive_utc(self.server.to_utc(to_ms(shown)))

    def look(self, terminal: Terminal, symbols: Iterable[str]) -> bool:
        """Look at the newest ticks, and tell whether something else is known now.

        Parameters
        ----------
        symbols : iterable of str
            Those that somebody follows; they certainly have ticks.
        """
        now = monotonic()
        if self._told or now < self._due:
            return False
        if self._usual is None:
            self._began = now
            if self._is_told(terminal):
                return True
            rows = [row for row in terminal.symbols_get(group=USUAL) or () if row.time]
            rows.sort(key=lambda row: -row.time)
            self._usual = tuple(row.name for row in rows[:MOST])
        known = self.server
        self._due = now + (OFTEN if known is None else AGAIN)
        for symbol in dict.fromkeys((*symbols, *self._usual)):
            tick = terminal.symbol_info_tick(symbol)
            if tick is not None and self._heed(symbol, tick.time_msc):
                self._due = now + SELDOM
                break
        self._warn(now)
        return self.server is not known

    def _is_told(self, terminal: Terminal) -> bool:
        """Take the zone that the simulated terminal tells; a real one has no such thing."""
        zone = getattr(terminal, "server_zone", "")
        if zone:
            from mas.history.serverclock import server_clock  # noqa: PLC0415  numpy

            self.server, self._told = server_clock(zone), True
        return self._told

    def _heed(self, symbol: str, time: int) -> bool:
        """Take note of a symbol's newest tick, ms; tell whether it settles the matter."""
        now = self._clock.now_ms()
        before, self._seen[symbol] = self._seen.get(symbol), (time, now)
        if before is None or time <= before[0]:
            return False
        passed = now - before[1]
        ahead = round((time - now) / (STEP * MINUTE_MS)) * STEP
        fresh = passed <= SOON and time - before[0] <= passed + SLACK
        if not fresh or abs(time - now - ahead * MINUTE_MS) > NEAR or not FIRST <= ahead <= LAST:
            self._agreed = NOTHING
            return False
        known, count, counted = self._agreed
        if known == ahead and counted == now:
            return False  # ticks of one look count once
        count = count + 1 if known == ahead else 1
        self._agreed = (ahead, count % ENOUGH, now)
        if count < ENOUGH:
            return False
        self._settle(ahead)
        return True

    def _settle(self, minutes: int) -> None:
        from mas.history.serverclock import fixed_clock  # noqa: PLC0415  numpy

        found = fixed_clock(minutes)
        if self.server is None or self.server.fixed != found.fixed:
            if self.server is not None:
                log.warning("the server's clock has gone from %s to %s", self.zone, found.name)
            self.server = found

    def _warn(self, now: float) -> None:
        if self.server is None and not self._warned and now - self._began > LATE:
            self._warned = True
            log.warning(
                "the server's time zone is not known, for no tick has come since the login: times "
                "are the server's, not UTC, until one comes"
            )


class UtcLink:
    """A link whose jobs get the terminal in UTC.

    Parameters
    ----------
    link : callable
        Asked for at each job, because a reconnect replaces it.
    """

    def __init__(self, link: Callable[[], Link], time: ServerTime) -> None:
        self._link = link
        self._time = time

    def run(self, fn: Callable[[Terminal], T], *, deadline: float | None = None) -> T:
        """Run `fn` with the terminal on the thread that owns it."""
        return self._link().run(lambda terminal: fn(self._time.utc(terminal)), deadline=deadline)

    def read(self, fn: Callable[[Terminal], T], *, deadline: float | None = None) -> T:
        """Run `fn` with the terminal, after the jobs that are more than a question."""
        return self._link().read(lambda terminal: fn(self._time.utc(terminal)), deadline=deadline)

    def close(self) -> None:
        """Give the link back."""
        self._link().close()
