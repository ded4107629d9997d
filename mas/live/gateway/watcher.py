"""The thread that looks at an account again and again, and opens a lost link anew."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from mas.errors import MasError
from mas.state import Connection

if TYPE_CHECKING:
    from collections.abc import Callable

    from mas.live.gateway.gateway import Gateway, GatewayListener
    from mas.terminal.link import Link

log = logging.getLogger(__name__)

BREATH = 0.02
"""Seconds between being poked and looking."""
RETRY_FIRST, RETRY_MOST = 0.25, 5.0
"""Seconds between attempts to reconnect: doubled from the first to the most."""


class Watcher:
    """Looks at an account again and again.

    A callback that takes its time holds up other callbacks, never the looking: panels go on.

    Parameters
    ----------
    reopen : callable
        Opens a new link and logs in, or raises :class:`~mas.errors.MasError`.
    interval : float
        Seconds between two looks at the terminal.
    """

    def __init__(
        self,
        gateway: Gateway,
        follower: GatewayListener,
        reopen: Callable[[], Link],
        connection: Connection,
        *,
        interval: float,
    ) -> None:
        self._gateway = gateway
        self._tell = follower.connection_changed
        self._reopen = reopen
        self._connected = connection
        self._interval = interval
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._looking = threading.Lock()
        self._paused = False
        self._thread = threading.Thread(target=self._watch, name="mas-watch", daemon=True)
        self._tell(connection)
        self._thread.start()

    def poke(self) -> None:
        """Look again at once."""
        if not self._wake.is_set():  # to ask costs a tenth of telling
            self._wake.set()

    def pause(self) -> None:
        """Neither look nor reconnect until ``resume``; a look that has begun ends first."""
        with self._looking:
            self._paused = True

    def resume(self) -> None:
        """Look again."""
        self._paused = False

    def stop(self) -> None:
        """End the thread. May be called from any other, a callback's among them."""
        self._stopped.set()
        self._wake.set()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout=5)

    def _watch(self) -> None:
        pause = self._interval
        while not self._stopped.is_set():
            if self._wake.wait(pause):
                self._stopped.wait(BREATH)  # orders in quick succession share one look
            self._wake.clear()
            if self._stopped.is_set():
                return
            pause = self._look()

    def _look(self) -> float:
        """Look once; return the pause before the next look, in seconds."""
        try:
            with self._looking:
                if not self._paused:
                    self._gateway.look()
                    self._tell(self._standing())
        except MasError as error:
            return self._reconnect(error)
        return self._interval

    def _standing(self) -> Connection:
        if self._gateway.server_connected:
            self._connected = replace(self._connected, zone=self._gateway.time.zone)
            return self._connected
        return self._lost("the terminal has no link to its trade server")

    def _lost(self, detail: str) -> Connection:
        known = self._connected
        return Connection("lost", known.server, known.login, detail, known.zone)

    def _reconnect(self, error: MasError) -> float:
        """Replace the link; return the pause before the next look or attempt, in seconds."""
        log.warning("connection lost: %s", error)
        self._tell(self._lost(str(error)))
        self._gateway.link.close()
        pause = RETRY_FIRST
        while not self._stopped.wait(pause):
            try:
                with self._looking:
                    if self._paused:
                        continue
                    self._gateway.link = self._reopen()
            except MasError as failed:
                self._tell(self._lost(str(failed)))
                pause = min(pause * 2, RETRY_MOST)
            else:
                log.info("connection is back")
                return 0.0
        return 0.0
