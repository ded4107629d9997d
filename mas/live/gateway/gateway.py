"""One account on one terminal: what happened there, each fact once.

Facts are found on the thread that owns the terminal, either in the answer to a request or by
:meth:`Gateway.look`, which compares the terminal with what is known. They are journalled, then
told to the one who follows, in that order.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from mas.live.gateway.reconciliation import Reconciliation, required
from mas.live.gateway.servertime import ServerTime, UtcLink
from mas.orders.path import OrderPath
from mas.terminal.order_entry import newest_tick

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mas.clock import Clock
    from mas.events import Execution, OrderStatus
    from mas.journal import JournalSession
    from mas.orders.path import Action, Build
    from mas.state import Connection
    from mas.terminal import Terminal
    from mas.terminal.link import Link
    from mas.terminal.types import (
        AccountInfo,
        SymbolInfo,
        Tick,
        TradeDeal,
        TradeOrder,
        TradePosition,
        TradeRequest,
    )

    Look = Callable[[Terminal], object]

T = TypeVar("T")
log = logging.getLogger(__name__)

DEADLINE = 10.0
"""Seconds to wait for an answer of the terminal."""


class AccountSnapshot(NamedTuple):
    """How an account stands at one look.

    Attributes
    ----------
    quotes : mapping
        The newest tick of each symbol that is watched.
    symbols : mapping
        The specification of each symbol that was ever quoted, held, ordered or dealt here.
    """

    orders: tuple[TradeOrder, ...]
    positions: tuple[TradePosition, ...]
    account: AccountInfo
    quotes: Mapping[str, Tick]
    symbols: Mapping[str, SymbolInfo]


class GatewayListener(Protocol):
    """Who is told; its methods return at once."""

    def connection_changed(self, connection: Connection) -> None:
        """Take the state of the link to the terminal."""
        ...

    def looked(self, standing: AccountSnapshot) -> None:
        """Take how the account stands."""
        ...

    def status(self, status: OrderStatus) -> None:
        """Take the answer to a request, or a later change of an order."""
        ...

    def execution(self, execution: Execution) -> None:
        """Take a deal; once its consumer has it, ``delivered`` says so."""
        ...


class Gateway:
    """Finds facts on one terminal and tells them to one follower.

    Parameters
    ----------
    link : Link
        The way to the terminal; replaced by a reconnect.
    record : JournalSession
        The journal's record of the follower on this account.

    Attributes
    ----------
    time : ServerTime
        How the server's time becomes UTC, which all that is told and answered is in.
    server_connected : bool
        Whether the terminal has a link to its trade server.
    """

    wants_deals = True

    def __init__(
        self, link: Link, record: JournalSession, follower: GatewayListener, *, clock: Clock
    ) -> None:
        self.link = link
        self.time = ServerTime(clock)
        self.server_connected = True
        self._utc = UtcLink(lambda: self.link, self.time)
        self._path = OrderPath(self, clock)
        self._record = record
        self._known = Reconciliation(record)
        self._follower = follower
        self._clock = clock
        self._watched: dict[str, int] = {}
        self._held: tuple[str, ...] = ()
        self._told: set[str] = set()
        self._symbols: Mapping[str, SymbolInfo] = {}
        self._looks: tuple[Look, ...] = ()

    # -- calls ---------------------------------------------------------------------------------

    def read(self, fn: Callable[[Terminal], T]) -> T:
        """Ask the terminal, after all orders that wait."""
        return self._utc.read(fn, deadline=DEADLINE)

    def first(self, fn: Callable[[Terminal], T]) -> T:
        """Ask the terminal what an order has to know."""
        return self._utc.run(fn, deadline=DEADLINE)

    def raw(self, fn: Callable[[Terminal], T]) -> T:
        """Ask the terminal in the server's own time."""
        return self.link.read(fn, deadline=DEADLINE)

    def required(self, fn: Callable[[Terminal], T | None]) -> T:
        """Ask the terminal; its None becomes an error with the reason from ``last_error``."""
        value = self.read(fn)
        if value is not None:
            return value
        # A terminal keeps the reason of its newest call alone, which another thread may have made.
        return self.first(lambda terminal: required(fn(terminal), terminal))

    def send(self, build: Build, action: Action | None) -> OrderStatus:
        """Send a request; its answer and deals are told before it returns."""
        return self._path.send_over(self._utc, build, action, deadline=DEADLINE)

    def delivered(self, execution: Execution) -> None:
        """Take note that an execution has reached its consumer, and is not to be told again."""
        self._record.mark_delivered(execution.deal)

    # -- looking -------------------------------------------------------------------------------

    def start(self) -> None:
        """Take what is on the account now as known; only what comes later is told."""
        self.link.run(self._begin, deadline=DEADLINE)

    def _begin(self, bare: Terminal) -> None:
        self.time.look(bare, ())
        newest = self._known.begin(self.time.utc(bare), self._clock.now_ms())
        self._look(bare)
        self._known.look_back(newest)

    def look(self) -> None:
        """Look at the terminal once and tell what was found."""
        self.link.run(self._look, deadline=DEADLINE)
        self._record.flush()

    def _look(self, bare: Terminal) -> None:
        """Compare the terminal with what is known.

        Deals are read last: a deal that closes a position or fills an order in between is then
        found at once, and the reverse cannot be told too early.
        """
        if self.time.look(bare, (*self._watched, *self._held)):
            self._known.clock_changed()
        terminal = self.time.utc(bare)
        orders = required(terminal.orders_get(), terminal)
        positions = required(terminal.positions_get(), terminal)
        account = required(terminal.account_info(), terminal)
        deals = self._known.deals(terminal)
        info = required(terminal.terminal_info(), terminal)
        unseen = self._known.unseen(deals)
        quotes = self._quotes(terminal)
        self._held = tuple(position.symbol for position in positions)
        traded = [order.symbol for order in orders] + [deal.symbol for deal in unseen]
        self._learn([*self._held, *traded], terminal)
        changed = self._known.orders(orders, terminal)
        self.server_connected = info.connected
        self._follower.looked(AccountSnapshot(orders, positions, account, quotes, self._symbols))
        for status in changed:
            self._tell(status)
        fresh = self._known.fresh(unseen)
        if fresh:
            self._record.record(fresh)
        for execution in fresh:
            self._follower.execution(execution)
        for look in self._looks:
            look(bare)

    def _quotes(self, terminal: Terminal) -> dict[str, Tick]:
        found = {symbol: newest_tick(symbol, terminal) for symbol in tuple(self._watched)}
        return {symbol: tick for symbol, tick in found.items() if tick is not None}

    def _learn(self, symbols: Iterable[str], terminal: Terminal) -> None:
        """Read the specification of each symbol that is new here."""
        told, self._told = self._told, set()
        for symbol in {*symbols, *self._watched, *told} - self._symbols.keys() - {""}:
            info = terminal.symbol_info(symbol)
            if info is not None:
                self._symbols = {**self._symbols, symbol: info}

    def watch(self, symbol: str) -> None:
        """Tell the quote of a symbol at each look, until as many ``unwatch`` calls came."""
        self._watched[symbol] = self._watched.get(symbol, 0) + 1

    def unwatch(self, symbol: str) -> None:
        """Take back one ``watch``."""
        left = self._watched.get(symbol, 0) - 1
        if left > 0:
            self._watched[symbol] = left
        else:
            self._watched.pop(symbol, None)

    def add_look(self, look: Look) -> None:
        """Call `look` with the terminal, in the server's own time, at each look."""
        self._looks = (*self._looks, look)

    def remove_look(self, look: Look) -> None:
        """Stop calling `look`."""
        self._looks = tuple(known for known in self._looks if known != look)

    # -- the ledger of the order path ----------------------------------------------------------

    def intent(self, request: TradeRequest) -> int:
        """Write down that a request is about to be sent."""
        return self._record.intent(request._asdict())

    def answer(self, intent: int, status: OrderStatus, deals: Iterable[TradeDeal]) -> None:
        """Record an answer with its deals and tell them."""
        self._tell(status)
        fresh = self._known.fresh(deals)
        self._record.answered(intent, status.retcode, status.order, fresh)
        for execution in fresh:
            self._follower.execution(execution)

    def refused(self, intent: int, status: OrderStatus) -> None:
        """Record that nothing was sent."""
        self._record.answered(intent, status.retcode, 0)
        self._tell(status)

    def unanswered(self, intent: int, status: OrderStatus) -> None:
        """Tell that an answer is missing; the journal keeps the intent open."""
        log.warning("request %d got no answer: %s", intent, status.message)
        self._tell(status)

    def _tell(self, status: OrderStatus) -> None:
        self._known.told(status)
        self._told.add(status.symbol)
        self._follower.status(status)
