"""What a client keeps for itself: one private object, so that all other names are its user's.

The object lies in the client's ``__dict__`` under a key that no attribute can have, and is read
from there alone. A subclass may name its own attributes, methods and properties as it likes, and
need not call ``super().__init__()``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn, Self

from mas import config
from mas.accounts import Accounts
from mas.callbacks import PRIVATE, Callbacks, private_of
from mas.errors import MasError, NotConnectedError
from mas.live.login import Login
from mas.orders import build
from mas.orders.closing import change_of, closing, not_closed, position_of
from mas.schema import CALLS, OrderParams, parse, parse_order
from mas.schema.messages import shown
from mas.state import State
from mas.subscriptions import Subscriptions
from mas.terminal.order_entry import newest_tick, order_entry_of
from mas.terminal.proxy import TerminalProxy

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from mas.backtest.ledger import BacktestSession
    from mas.backtest.result import Result
    from mas.clock import Clock
    from mas.events import OrderStatus
    from mas.schema.account import LoginParams
    from mas.schema.trading import CloseAllParams
    from mas.session import TradingSession
    from mas.terminal import Terminal
    from mas.terminal.order_entry import OrderEntry
    from mas.terminal.types import OrderCheckResult, SymbolInfo, Tick, TradePosition, TradeRequest

LOST: Final = (
    "{} has replaced its __dict__, where mas keeps its session: update __dict__ instead, or call "
    "super().__init__() afterwards"
)
NO_CLIENT: Final = "a call needs a client, such as MyClient(), was {}"
UNCOPIED: Final = (
    "a client can be neither pickled nor deep-copied: it holds a session with a terminal; make "
    "another one from its class, and pickle its result"
)


class ClientCore:
    """The accounts, the subscriptions and the settings of one client.

    Attributes
    ----------
    accounts : Accounts
        Which account a call means.
    result : Result or None
        Of the client's last run.
    name, lang : str
        In the journal; of messages.
    """

    def __init__(self, client: Callbacks) -> None:
        self.name = type(client).__name__
        self.lang = "en"
        self.result: Result | None = None
        self.accounts = Accounts(client, config.sim_clock())
        self.subscriptions = Subscriptions(client, self.accounts)
        self.accounts.before_logout = self.subscriptions.stop
        self._state = State()
        self._url: str | None = None
        self._journal: str | Path | None = None
        self._login: LoginParams | None = None
        self._login_url: str | None = None

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(UNCOPIED)

    def __repr__(self) -> str:
        where = self._state.connection
        clock = f", server time {where.zone}" if where.zone not in {"", "UTC"} else ""
        return f"{where.login}@{where.server or 'nowhere'} {where.status}{clock}"

    def set_up(
        self,
        *,
        terminal: str | None,
        journal: str | Path | None,
        clock: Clock | None,
        name: str | None,
    ) -> None:
        """Take what ``__init__`` was given, from the next login on; None leaves what there is."""
        self.name = name or self.name
        self._url = terminal or self._url
        self._journal = journal or self._journal
        if clock is not None:
            self.accounts.clock = clock

    # -- login ---------------------------------------------------------------------------------

    def use_terminal(self, url: str | None) -> None:
        """Use another terminal from the next login on."""
        self._url = url

    def log_in(self, given: LoginParams, call: str) -> None:
        """Begin a session; one that fails leaves an open session as it is.

        Raises
        ------
        MasError
            The terminal refused, or a run is on.
        """
        self._open(given, call, self._url)

    def log_in_again(self) -> None:
        """Begin a session as the last one was begun."""
        if self._login is None:
            raise NotConnectedError("there was no login yet; call login() first")
        self._open(self._login, "reconnect_mt5", self._login_url)

    def log_out(self, call: str) -> None:
        """End the session, if there is one; the terminal itself goes on."""
        self.accounts.refuse_in_run(call)
        self.accounts.log_out()

    def _open(self, given: LoginParams, call: str, url: str | None) -> None:
        self.accounts.refuse_in_run(call)
        self.accounts.tried = True
        if not self.logged_in:
            self._login, self._login_url = given, url
        if not isinstance(given.account, int):
            raise NotConnectedError(
                f"account must be the number of a trading account, was {given.account!r}; "
                'nothing was tried. For the simulated terminal use server "MAS-Sim" with any '
                "number and password"
            )
        login = Login(
            url=url, login=given.account, password=given.password, server=given.server,
            timeout_ms=given.timeout,
        )  # fmt: skip
        self.accounts.log_in(login, self._state, journal=self._journal, name=self.name)
        self._login, self._login_url = given, url

    @property
    def logged_in(self) -> bool:
        """Whether there is a session, be its link up or lost."""
        return self.accounts.session is not None

    @property
    def connected(self) -> bool:
        """Whether there is a session with its link up; in a run, the run's always is."""
        if self.accounts.run() is not None:
            return True
        return self.logged_in and self._state.connection.status == "connected"

    # -- trading: every order and every change of a client comes through here -------------------

    def place(self, params: object) -> OrderStatus:
        """Send an order as ``send_order`` does, and return the whole answer.

        Raises
        ------
        ParamError
            The parameters are wrong; nothing was sent.
        NotConnectedError
            There is no login, and the order is not for the simulated account.
        """
        return self.place_order(parse_order(params))

    def place_order(self, order: OrderParams) -> OrderStatus:
        """Send an order whose parameters have been parsed."""
        session = self.accounts.of(order.backtest_toggle)
        return session.send(lambda account: build.new_order(order, account))

    def change(self, call: str, params: object) -> OrderStatus:
        """Cancel or modify as the documented `call` does, and return the whole answer."""
        given: Any = parse(call, CALLS[call], params)
        make, action = build.CHANGES[call]
        order, position = getattr(given, "order_id", 0), getattr(given, "position_id", 0)
        session = self.accounts.of(given.backtest_toggle, order=order, position=position)
        return session.send(lambda account: make(given, account), action)

    def preview(self, params: object) -> OrderCheckResult:
        """Return what the terminal's ``order_check`` says to exactly this order."""
        order = parse_order(params)
        return self.checked(order, order.backtest_toggle)

    def checked(self, order: OrderParams, toggle: bool | None) -> OrderCheckResult:
        """Return what ``order_check`` says on the account that `toggle` means."""

        def check(terminal: Terminal) -> OrderCheckResult | None:
            return terminal.order_check(build.new_order(order, order_entry_of(terminal))._asdict())

        return self.accounts.of(toggle).call(check)

    def close_all(self, given: CloseAllParams) -> list[OrderStatus]:
        """Close all positions, or those in a symbol; what fails does not keep the others open."""
        session = self.accounts.of(given.backtest_toggle)
        named: dict[str, Any] = {"symbol": given.symbol} if given.symbol else {}
        found = session.call(lambda t: t.positions_get(**named))
        return [self._closed(session, position) for position in found]

    @staticmethod
    def _closed(session: TradingSession, position: TradePosition) -> OrderStatus:
        try:
            return session.send(
                lambda account: build.new_order(closing(position, account.functions), account)
            )
        except MasError as error:  # of the link: there is no answer
            return not_closed(position, error)

    def close_position(self, ticket: int, volume: float | None = None) -> OrderStatus:
        """Close a position of the account that is logged in, or some lots of it."""

        def make(account: OrderEntry) -> TradeRequest:
            position = position_of(ticket, account.functions)
            return build.new_order(closing(position, account.functions, volume), account)

        return self.accounts.of(toggle=False).send(make)

    def modify(self, ticket: int, changes: dict[str, Any]) -> OrderStatus:
        """Change the stops of a position, or a pending order, of the account that is logged in."""

        def make(account: OrderEntry) -> TradeRequest:
            call, named = change_of(ticket, account.functions)
            given: Any = parse(call, CALLS[call], named | changes)
            return build.CHANGES[call][0](given, account)

        return self.accounts.of(toggle=False).send(make, "modify")

    # -- for panels and magics -----------------------------------------------------------------

    @property
    def state(self) -> State:
        """What panels observe; in a callback of a run what is true of the run."""
        return self.accounts.state(self._state)

    @property
    def terminal(self) -> TerminalProxy:
        """The functions of the terminal that is logged in to, as ``mas.mt5`` has them."""
        return TerminalProxy(self.live_session)

    def watch(self, symbol: str) -> None:
        """Keep ``state.quotes[symbol]`` fresh until as many calls of ``unwatch``."""
        self.live_session().watch(symbol)

    def unwatch(self, symbol: str) -> None:
        """Take back one ``watch``."""
        if self.logged_in:
            self.live_session().unwatch(symbol)

    def refresh(self) -> None:
        """Look at the terminal now, and deliver what is found before returning."""
        self.live_session().poll()

    def tick(self, symbol: str) -> Tick | None:
        """Return the newest quote of a symbol, None when there is none."""
        return self.accounts.seen().ask(lambda terminal: newest_tick(symbol, terminal))

    def symbol_info(self, symbol: str) -> SymbolInfo | None:
        """Return a symbol's specification, None when it is unknown."""
        return self.accounts.seen().ask(lambda t: t.symbol_info(symbol))

    def live_session(self) -> TradingSession:
        """Return the account that is logged in; inside a callback of a run, the run's."""
        return self.accounts.live()

    def running(self, session: BacktestSession) -> AbstractContextManager[None]:
        """Let every call mean a run while it is on, and its account be the client's own after."""
        return self.accounts.running(session)


class Client(Callbacks):
    """A client with its private object, which is there before ``__init__`` begins."""

    def __new__(cls, *args: object, **kwargs: object) -> Self:
        """Make a client; the arguments are its ``__init__``'s."""
        del args, kwargs
        client = super().__new__(cls)
        make_core(client)
        return client

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name != PRIVATE]


def make_core(client: Callbacks) -> ClientCore:
    """Return the private object of a client, a new one where it has none."""
    if private_of(client) is client:
        object.__setattr__(client, PRIVATE, ClientCore(client))
    return core_of(client)


def core_of(client: object) -> ClientCore:
    """Return the private object of a client.

    Raises
    ------
    MasError
        The class has replaced its ``__dict__``, and what was in it is lost.
    TypeError
        It is no client.
    """
    try:
        core: ClientCore = object.__getattribute__(client, PRIVATE)
    except AttributeError:
        if not isinstance(client, Callbacks):
            raise TypeError(NO_CLIENT.format(shown(client))) from None
        raise MasError(LOST.format(type(client).__name__)) from None
    return core
