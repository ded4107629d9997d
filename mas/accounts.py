"""Which account a call means: that of the run, as told, that of the ticket, or the live one.

See ``docs/decisions/0021-which-account-a-call-means.md``.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING

from mas.errors import MasError, NotConnectedError
from mas.live.login import LoginSession, own_session
from mas.running import STRAY, Running, current, inside, stray

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mas.backtest.ledger import BacktestSession
    from mas.callbacks import Callbacks
    from mas.clock import Clock
    from mas.live.login import Login
    from mas.session import TradingSession
    from mas.state import State

IN_THE_RUN = "backtest_toggle=False while a backtest is on: it means the run, not the live account"


class Accounts:
    """The accounts of one client.

    Attributes
    ----------
    session : LoginSession or None
        The account that is logged in.
    tried : bool
        Whether a login was ever tried; the simulated account then stands in for no other.
    follows_run : bool
        Whether calls from other threads mean the run while one is on; a desk's do not.
    clock : Clock
        Time of the simulated accounts that are made from now on.
    before_logout : callable
        Stops what is pushed of a session that ends.
    """

    def __init__(self, client: Callbacks, clock: Clock) -> None:
        self.session: LoginSession | None = None
        self.tried = False
        self.follows_run = True
        self.clock = clock
        self.before_logout: Callable[[], None] = _nothing
        self._client = client
        self._own: TradingSession | None = None
        self._run: Running | None = None
        self._begins = threading.Lock()

    # -- which one -----------------------------------------------------------------------------

    def of(
        self,
        toggle: bool | None = None,
        *,
        order: int = 0,
        position: int = 0,
        past: bool = False,
    ) -> TradingSession:
        """Return the account that a call means.

        Parameters
        ----------
        toggle : bool, optional
            ``backtest_toggle``, where the call has one.
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
        if run is not None:
            if toggle is False:
                run.say(IN_THE_RUN)
            return run.session
        if toggle is not None:
            return self.own() if toggle else self.logged_in()
        return self._holder(order, position, past=past) or self._usual()

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
        if self.follows_run and stray():
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
            self._own = own_session(self._client, self.clock)
        return self._own

    def run(self) -> Running | None:
        """Return the run that this call belongs to."""
        run = current()
        return run if run is not None or not self.follows_run else self._run

    def _usual(self) -> TradingSession:
        return self.own() if self.session is None and not self.tried else self.logged_in()

    def _holder(self, order: int, position: int, *, past: bool) -> TradingSession | None:
        """Return who has a ticket; of a live and a simulated one that are equal, the live one."""
        if self._own is None or not (order or position):
            return None
        logged_in = [self.session] if self.session is not None else []
        for session in (*logged_in, self._own):
            if session.holds(order, position) or (past and session.knew(order, position)):
                return session
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
                journal=journal, consumer=name, clock=self.clock,
            )  # fmt: skip
        except BaseException:
            link.close()
            raise

    def log_out(self) -> None:
        """End the session and what it pushes, if there is one."""
        self.before_logout()
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


def _nothing() -> None:
    """Stop nothing: nothing is pushed yet."""
