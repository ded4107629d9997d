"""How a live session begins and ends: a login, or a client's own simulated account."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mas import config
from mas.connect import AnyLink, log_in, open_link, poll_seconds, shared_terminal
from mas.errors import MasError
from mas.live.gateway.watcher import Watcher
from mas.live.session import LiveSession
from mas.state import Connection, State
from mas.terminal.direct import DirectLink

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mas.callbacks import Callbacks
    from mas.clock import Clock

log = logging.getLogger(__name__)

OWN_TICKETS = (300_000_001, 400_000_001)
"""First order and first deal of a client's own simulated account (R117); see decision 0021."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Where to log in, and as whom.

    Attributes
    ----------
    url : str or None
        Where the terminal is; None for the configured or default one.
    password : str
        Kept for reconnecting, in this object alone; never shown, logged or written.
    """

    url: str | None
    login: int
    password: str = field(repr=False)
    server: str
    timeout_ms: int

    def open(self) -> AnyLink:
        """Return a link to the terminal, logged in."""
        return open_link(
            self.url,
            login=self.login,
            password=self.password,
            server=self.server,
            timeout_ms=self.timeout_ms,
        )

    @property
    def terminal(self) -> str | None:
        """What other logins of this process may share with this one, None for nothing."""
        return shared_terminal(self.url, self.server)


class LoginSession(LiveSession):
    """The session of a login: with a journal, and threads that watch the account and tell.

    Parameters
    ----------
    login : Login
        As whom, for reconnecting.
    link : AnyLink
        The way to the terminal, logged in already; closed with the session.
    consumer : str
        The client's name in the journal.
    """

    def __init__(  # noqa: PLR0913  a login has that many parts
        self,
        client: Callbacks,
        state: State,
        login: Login,
        link: AnyLink,
        *,
        journal: str | Path | None,
        consumer: str,
        clock: Clock,
    ) -> None:
        from mas.journal import Journal  # noqa: PLC0415  SQLite; nothing needs it before a login

        self.login = login
        self._journal = Journal(journal)
        self._record = self._journal.open_session(login.server, login.login, consumer)
        super().__init__(link, self._record, client, state=state, clock=clock)
        try:
            self.start()
        except BaseException:
            self._shut()
            raise
        zone = self._gateway.time.zone
        connection = Connection("connected", login.server, login.login, zone=zone)
        interval = poll_seconds(login.url, server=login.server)
        self._watcher = Watcher(self._gateway, self, login.open, connection, interval=interval)
        self._end_telling = self.teller.in_background("mas-push")

    def _follow_up(self) -> None:
        self._watcher.poke()

    @contextlib.contextmanager
    def aside(self, other: Login) -> Iterator[None]:
        """Stand still while another login is tried; where that fails, be as before.

        The official package has one terminal for the whole process, so that a login which is
        tried there changes what this session would see. After one that was good it is closed.
        """
        known = self.login.terminal
        if known is None:
            from mas.sim import set_aside  # noqa: PLC0415  loaded already: this session uses it

            with set_aside(self.login.login):
                yield
            return
        if known != other.terminal:
            yield
            return
        self._watcher.pause()
        try:
            yield
        except BaseException:
            self._return()
            self._watcher.resume()
            raise

    def _return(self) -> None:
        known = self.login
        try:
            error = log_in(
                self._gateway.link, login=known.login, password=known.password, server=known.server,
                timeout_ms=known.timeout_ms,
            )  # fmt: skip
        except MasError as lost:  # the watcher finds the same, and tries until it is back
            error = (0, str(lost))
        if error is not None:
            log.warning("the session of account %d is lost: %s", known.login, error[1])

    def close(self) -> None:
        """End the session cleanly: all that was found is delivered, the journal says so."""
        self._watcher.stop()
        self._end_telling()
        self._shut()
        self.state.set_connection(Connection())
        self.state.clear()

    def _shut(self) -> None:
        self._gateway.link.close()
        self._record.close()
        self._journal.close()


def own_session(client: Callbacks, clock: Clock) -> LiveSession:
    """Return the client's own simulated account, for orders with ``backtest_toggle``."""
    from mas.journal import Journal  # noqa: PLC0415  SQLite; nothing needs it before an order
    from mas.sim import SimSettings, SimTerminal  # noqa: PLC0415  numpy; a live client needs none

    seed = config.sim_seed()
    usual = SimSettings() if seed is None else SimSettings(seed=seed)
    order, deal = OWN_TICKETS
    terminal = SimTerminal(usual, clock=clock, first_order=order, first_deal=deal)
    terminal.initialize()
    record = Journal(":memory:").open_session("backtest", 0, "")
    session = LiveSession(DirectLink(terminal), record, client, state=State(), clock=clock)
    session.start()
    return session
