"""A client's two accounts: the live one while it is logged in, and its own simulated one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas import config
from mas.connect import AnyLink, open_link, poll_seconds
from mas.live.venue import Venue
from mas.live.watcher import Watcher
from mas.state import Connection, State
from mas.terminal.direct import DirectLink

if TYPE_CHECKING:
    from pathlib import Path

    from mas.callbacks import Callbacks
    from mas.clock import Clock
    from mas.sim import SimSettings


class LiveSession:
    """One login: the venue, its journal, and the threads that watch it.

    Parameters
    ----------
    url : str or None
        Where the terminal is; None for the configured or default one.
    password : str
        Kept for reconnecting, in this object alone; never shown, logged or written.
    consumer : str
        The client's name in the journal.
    """

    def __init__(  # noqa: PLR0913  a login has that many parts
        self,
        client: Callbacks,
        state: State,
        *,
        url: str | None,
        login: int,
        password: str,
        server: str,
        timeout_ms: int,
        journal: str | Path | None,
        consumer: str,
        clock: Clock,
    ) -> None:
        def reopen() -> AnyLink:
            return open_link(
                url, login=login, password=password, server=server, timeout_ms=timeout_ms
            )

        from mas.journal import Journal  # noqa: PLC0415  SQLite; nothing needs it before a login

        link = reopen()
        self._journal = Journal(journal)
        self._records = self._journal.open_session(server, login, consumer)
        self.venue = Venue(link, self._records, client, state=state, clock=clock)
        try:
            self.venue.start()
        except BaseException:
            self._shut()
            raise
        connection = Connection("connected", server, login)
        self._watcher = Watcher(
            self.venue, reopen, connection, interval=poll_seconds(url, server=server)
        )
        self.poke = self._watcher.poke

    def close(self) -> None:
        """End the session cleanly: all that was found is delivered, the journal says so."""
        self._watcher.stop()
        self._shut()
        self.venue.state.set_connection(Connection())
        self.venue.state.clear()

    def _shut(self) -> None:
        self.venue.link.close()
        self._records.close()
        self._journal.close()


def own_venue(client: Callbacks, clock: Clock, settings: SimSettings | None = None) -> Venue:
    """Return the client's own simulated account, for orders with ``backtest_toggle``."""
    from mas.journal import Journal  # noqa: PLC0415  SQLite; nothing needs it before an order
    from mas.sim import SimSettings, SimTerminal  # noqa: PLC0415  numpy; a live client needs none

    seed = config.sim_seed()
    usual = SimSettings() if seed is None else SimSettings(seed=seed)
    terminal = SimTerminal(settings or usual, clock=clock)
    terminal.initialize()
    records = Journal(":memory:").open_session("backtest", 0, "")
    venue = Venue(DirectLink(terminal), records, client, state=State(), clock=clock)
    venue.start()
    return venue
