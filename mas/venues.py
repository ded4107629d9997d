"""Which account a call means: that of the run, as told, that of the ticket, or the live one.

See ``docs/decisions/0021-which-account-a-call-means.md``.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Self, overload

from mas.errors import MasError, NotConnectedError
from mas.live.login import LoginSession, own_session
from mas.running import STRAY, Running, current, inside, stray

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mas.backtest.ledger import BacktestSession
    from mas.client import MAS
    from mas.clock import Clock
    from mas.live.login import Login
    from mas.session import TradingSession
    from mas.state import State

IN_THE_RUN = "backtest_toggle=False while a backtest is on: it means the run, not the live account"


class Shown:
    """The attribute ``state``: what panels observe, in a callback of a run what is true of the run.

    No property, for a subclass may keep something of its own under that name.
    """

    @overload
    def __get__(self, client: None, owner: type[MAS]) -> Self: ...

    @overload
    def __get__(self, client: MAS, owner: type[MAS]) -> State: ...

    def __get__(self, client: MAS | None, owner: type[MAS]) -> Self | State:
        """Return the state of the account that is logged in, or of the run."""
        return self if client is None else client._venues.state(client._state)  # noqa: SLF001


class Venues:
    """The accounts of one client.

    Attributes
    ----------
    session : LoginSession or None
        The account that is logged in.
    tried : bool
        Whether a login was ever tried; the simulated account then stands in for no other.
    """

    def __init__(self, client: MAS, clock: Clock) -> None:
        self.session: LoginSession | None = None
        self.tried = False
        self._client = client
        self._clock = clock
        self._own: TradingSession | None = None
        self._run: Running | None = None
        self._begins = threading.Lock()

    # -- which one -----------------------------------------------------------------------------

    def of(
        self,
        given: dict[str, Any] | None = None,
        *,
        order: int = 0,
        position: int = 0,
        past: bool = False,
    ) -> TradingSession:
        """Return the account that a call means.

        Parameters
        ----------
        order, position : int
            The ticket that the call names, 0 for none.
        past : bool
            The ticket may be one of the history.

        Raises
        ------
        NotConnectedError
            It means the live account, and nobody is logged in.
        """
        run = self.run()
        toggle = (given or {}).get("backtest_toggle")
        if run is not None:
            if toggle is False:
                run.say(IN_THE_RUN)
            return run.session
        if toggle is not None:
            return self.own() if toggle else self.logged_in()
        return self._holder(order, position, past=past) or self._usual()

    def past(self, given: dict[str, Any]) -> TradingSession:
        """Return the account whose history a call means."""
        ticket, position = given.get("ticket") or 0, given.get("position") or 0
        return self.of(given, order=ticket, position=position, past=True)

    def seen(self) -> TradingSession:
        """Return the account that panels show: their thread is no callback of a run."""
        run = self.run()
        return run.session if run is not None else self._usual()

    def state(self, live: State) -> State:
        """Return what is true of the account that panels show; of a run as it is now."""
        run = self.run()
        return live if run is None else run.session.state

    def live(self) -> TradingSession:
        """Return the account that is logged in; while a run of the client is on, the run's."""
        run = self.run()
        return run.session if run is not None else self.logged_in()

    def logged_in(self) -> LoginSession:
        """Return the account that is logged in.

        Raises
        ------
        NotConnectedError
            There is none, or it is not known whether a callback of a run asks.
        """
        if self._client.calls_follow_run and stray():
            raise NotConnectedError(STRAY)
        if self.session is None:
            raise NotConnectedError(
                "not logged in: the last session has ended or the login failed; call login() again"
                if self.tried
                else "not logged in; call login() first"
            )
        return self.session

    def own(self) -> TradingSession:
        """Return the client's own simulated account: that of its last run, if there was one."""
        if self._own is None:
            self._own = own_session(self._client, self._clock)
        return self._own

    def run(self) -> Running | None:
        """Return the run that this call belongs to."""
        run = current()
        return run if run is not None or not self._client.calls_follow_run else self._run

    def _usual(self) -> TradingSession:
        return self.own() if self.session is None and not self.tried else self.logged_in()

    def _holder(self, order: int, position: int, *, past: bool) -> TradingSession | None:
        """Return who has a ticket; of a live and a simulated one that are equal, the live one."""
        if self._own is None or not (order or position):
            return None
        venues = [self.session] if self.session is not None else []
        for venue in (*venues, self._own):
            if venue.holds(order, position) or (past and venue.knew(order, position)):
                return venue
        return None

    # -- login ---------------------------------------------------------------------------------

    def log_in(self, login: Login, state: State, *, journal: str | Path | None, name: str) -> None:
        """Begin the session of a login; the one that is open ends when the terminal agrees.

        Raises
        ------
        MasError
            The terminal refused, and nothing has changed.
        """
        old = self.session
        with old.aside(login) if old is not None else nullcontext():
            link = login.open()
        self.log_out()
        try:
            self.session = LoginSession(
                self._client, state, login, link,
                journal=journal, consumer=name, clock=self._clock,
            )  # fmt: skip
        except BaseException:
            link.close()
            raise

    def log_out(self) -> None:
        """End the session and what it pushes, if there is one."""
        self._client.stop_all_subscriptions()
        session, self.session = self.session, None
        if session is not None:
            session.close()

    # -- runs ----------------------------------------------------------------------------------

    def refuse_in_run(self, call: str) -> None:
        """Refuse what would change the live session.

        Raises
        ------
        NotConnectedError
            A run is on; its callbacks cannot do that.
        """
        if self.run() is not None:
            raise NotConnectedError(
                f"a backtest is on: {call} has changed nothing; call it before or after the run"
            )

    def refuse_nested(self) -> None:
        """Refuse a run inside a run.

        Raises
        ------
        MasError
            One is on.
        """
        if current() is not None or self._run is not None:
            raise MasError(
                "a backtest is on already: a callback cannot start another one, nor can a client "
                "play two at once; run it afterwards, or with another client"
            )

    @contextmanager
    def running(self, session: BacktestSession) -> Iterator[None]:
        """Let each call of the client, and each inside its callbacks, mean a run.

        Live events wait meanwhile: callbacks of a client never run at the same time.
        """
        self.refuse_nested()
        with ExitStack() as stack:
            if self.session is not None:
                stack.enter_context(self.session.teller.held())
            with self._begins:
                self.refuse_nested()
                self._run = run = Running(session, session.terminal)
            stack.callback(self._end)
            self._own = session
            stack.enter_context(inside(run))
            yield

    def _end(self) -> None:
        self._run = None
