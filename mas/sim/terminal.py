"""The simulated MetaTrader 5 terminal: answers as the real one does.

Time is the clock's. Every call first lets the market run up to now, and what fell due meanwhile
is executed at the tick where it fell due; so there is no thread, and the same seed, clock and
calls give the same answers.
"""

from __future__ import annotations

import dataclasses
import threading
from typing import TYPE_CHECKING

from mas.errors import ParamError
from mas.history.serverclock import server_clock
from mas.sim import to_mt5
from mas.sim.account import FIRST_DEAL, FIRST_ORDER, Account
from mas.sim.broker import Broker
from mas.sim.calls import SUCCESS, call
from mas.sim.ending import end_of_test, last_moment
from mas.sim.history import HistoryCalls
from mas.sim.market import Market, Offer
from mas.sim.order_entry import SimOrderEntry
from mas.sim.permissions import Permissions
from mas.sim.requests import Requests
from mas.sim.runner import Runner
from mas.sim.settings import SimSettings
from mas.sim.specs import built_in, load_symbols
from mas.sim.store import AccountStore
from mas.sim.streams import Quote
from mas.sim.terms import Money
from mas.sim.trade import TradeCalls
from mas.sim.watch import WatchCalls
from mas.terminal import constants as c
from mas.terminal import servertime

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mas.clock import Clock
    from mas.sim.symbols import Symbol
    from mas.terminal.types import (
        AccountInfo,
        TerminalInfo,
        TradeDeal,
    )
    from mas.timeunits import Ms


PASSED_BY = frozenset(
    {
        "order_send", "last_error", "symbol_info_tick", "symbol_select", "symbol_info",
        "positions_get", "orders_get", "history_deals_get",
    }
)  # fmt: skip
"""Functions that the typed way in does not go through."""


class SimTerminal(TradeCalls, HistoryCalls, WatchCalls):
    """A terminal with one account on a simulated market.

    Parameters
    ----------
    settings : SimSettings
        The broker's settings; those of a stored account win.
    clock : Clock
        The terminal's time: the wall for paper trading, a manual one for tests and backtests.
    store : Path, optional
        File that keeps the account; without it the account is gone with the object.
    symbols : dict, optional
        Specifications by name, see :func:`mas.sim.load_symbols`. Default: the built-in ones.
    first_order, first_deal : int
        Where a new account begins to count its tickets (R117).

    Attributes
    ----------
    permissions : Permissions
        What terminal, server and account allow at the moment.
    """

    def __init__(
        self,
        settings: SimSettings | None = None,
        *,
        clock: Clock,
        store: Path | None = None,
        symbols: dict[str, Symbol] | None = None,
        first_order: int = FIRST_ORDER,
        first_deal: int = FIRST_DEAL,
    ) -> None:
        settings = settings or SimSettings()
        if symbols is None:
            symbols = load_symbols(settings.symbols) if settings.symbols else built_in()
        self.lock = threading.RLock()
        self.clock = clock
        self.connected = False
        self.error = SUCCESS
        self.permissions = Permissions()
        self.selected = set(symbols)
        self.books: set[str] = set()
        self._order_entry = SimOrderEntry(self, self.selected)
        self._store = AccountStore(store) if store is not None else None
        self._set_up(settings, symbols, (first_order, first_deal))

    def _set_up(
        self, settings: SimSettings, symbols: dict[str, Symbol], tickets: tuple[int, int]
    ) -> None:
        kept = self._store.load(settings.login) if self._store is not None else None
        if kept is not None:
            settings = dataclasses.replace(settings, **kept[1]["settings"])
        self.settings = settings
        self._kept = dataclasses.asdict(settings)
        del self._kept["login"]
        always = settings.hours == "always"
        server = server_clock(settings.server_zone)
        self.market = Market(
            symbols, seed=settings.seed, always=always, since=self.clock.now_ms(), server=server
        )
        account = kept[0] if kept is not None else Account(settings.login, 0.0, 0.0, *tickets)
        money = Money(symbols, self, settings)
        self.broker = Broker(account, self.market, money, settings)
        self.broker.now = kept[1]["now"] if kept is not None else self.clock.now_ms()
        self.runner = Runner(self.broker, self.market)
        self.requests = Requests(self.broker, self.permissions, self.runner)
        if self._store is not None and account.changed is None:
            account.changed = set()
        if kept is None:
            self.broker.execution.cash(c.DEAL_TYPE_BALANCE, settings.balance)
            self.save()

    @property
    def order_entry(self) -> SimOrderEntry | None:
        """The typed way in, which the order path takes.

        None where a function that it passes by is replaced, in a subclass or on this object:
        what guards, records or breaks requests is not to be passed by.
        """
        own, kind = vars(self), type(self)
        if kind is SimTerminal and own.keys().isdisjoint(PASSED_BY):
            return self._order_entry
        replaced = any(
            name in own or getattr(kind, name) is not getattr(SimTerminal, name)
            for name in PASSED_BY
        )
        return None if replaced else self._order_entry

    @property
    def server_zone(self) -> str:
        """The zone of the server's clock; a real terminal does not tell."""
        return self.market.server.name

    def save(self) -> None:
        """Write what has changed to the account's file."""
        account = self.broker.account
        if self._store is not None and account.changed:
            self._store.save(account, self.broker.now, self._kept)

    def close_store(self) -> None:
        """Give the account's file back; the terminal is not to be used after that."""
        with self.lock:
            if self._store is not None:
                self._store.close()
                self._store = None
            self.connected = False

    def prices(self, symbol: str) -> tuple[float, float] | None:
        """Return bid and ask of a symbol now, as conversion needs them."""
        quote = self.market.quote(symbol, self.broker.now)
        if quote is None:
            return None
        spec = self.market.symbols[symbol]
        return spec.price(quote.bid), spec.price(quote.ask)

    def quoted(self, symbol: str) -> bool:
        """Tell whether a symbol has prices at all; of a run over history not all have (R143)."""
        return self.market.quoted(symbol)

    # -- driven by hand ------------------------------------------------------------------------

    def feed(
        self,
        symbol: str,
        bid: float,
        ask: float,
        time_msc: Ms | None = None,
        *,
        last: float = 0.0,
        volume: float = 0.0,
        book: Iterable[tuple[int, float, float]] | None = None,
    ) -> None:
        """Give a symbol its next quote by hand; its synthetic ticks end with the first one.

        Parameters
        ----------
        time_msc : int, optional
            Epoch milliseconds (UTC), not before the previous tick. Default: now.
        last, volume : float, optional
            Price and lots of the last deal, for symbols of an exchange.
        book : iterable of (type, price, lots), optional
            What is on offer until the next quote: BOOK_TYPE_SELL and BOOK_TYPE_BUY.

        Raises
        ------
        ParamError
            The symbol is unknown, or a price is not a number above 0.
        """
        spec = self.market.symbols.get(symbol)
        if spec is None or not all(0 < price < LARGE for price in (bid, ask, last or bid)):
            raise ParamError(
                f"a tick needs a known symbol and prices above 0, was {symbol!r} {bid} {ask} {last}"
            )
        with self.lock:
            now = self.clock.now_ms()
            at = now if time_msc is None else time_msc
            points = spec.points
            quote = Quote(at, points(bid), points(ask), points(last), volume)
            self.runner.advance(min(now, at))
            self.market.feed(symbol, quote)
            if book is not None:
                rows = [(kind, Offer(points(price), lots)) for kind, price, lots in book]
                asks = [row for kind, row in rows if kind in SELLING]
                bids = [row for kind, row in rows if kind not in SELLING]
                self.market.feed_book(symbol, quote, asks, bids)
            self.runner.fed()
            if at <= now:
                self.runner.tick_now(symbol)
            self.save()

    def deposit(
        self, amount: float, *, kind: int = c.DEAL_TYPE_BALANCE, comment: str = ""
    ) -> TradeDeal:
        """Book money that no trade brings: a deposit, with a minus a withdrawal (R121).

        Parameters
        ----------
        kind : int
            DEAL_TYPE_BALANCE, DEAL_TYPE_CREDIT, DEAL_TYPE_BONUS, ...
        """
        with self.lock:
            self.runner.advance(self.clock.now_ms())
            deal = self.broker.execution.cash(kind, amount, comment)
            self.runner.changed()
            self.save()
            return servertime.facts(deal, self.market.server.to_server)

    def end_of_test(self) -> None:
        """Close all that is open at the last quotes and cancel what waits (R231).

        The market runs up to the clock's time first; the deals have the time of the last quote.
        """
        with self.lock:
            self.runner.advance(self.clock.now_ms())
            broker = self.broker
            now, broker.now = broker.now, last_moment(broker.execution)
            end_of_test(broker.execution)
            broker.now = now
            self.runner.changed()
            self.save()

    # -- connection ----------------------------------------------------------------------------

    def initialize(
        self,
        path: str = "",
        *,
        login: int = 0,
        password: str = "",
        server: str = "",
        timeout: int = 60_000,
        portable: bool = False,
    ) -> bool:
        """Connect; a login needs the simulated server, any number and any password."""
        del path, timeout, portable
        if login and not self.login(login, password=password, server=server):
            return False
        with self.lock:
            self.connected = True
            self.error = SUCCESS
            return True

    def login(
        self, login: int, *, password: str = "", server: str = "", timeout: int = 60_000
    ) -> bool:
        """Log in to this terminal's account at the simulated server."""
        del password, timeout
        with self.lock:
            if server not in {"", self.settings.server} or login != self.settings.login:
                self.error = (c.RES_E_AUTH_FAILED, "Terminal: Authorization failed")
                return False
            self.error = SUCCESS
            return True

    def shutdown(self) -> None:
        """Disconnect; the account and the market go on."""
        with self.lock:
            self.connected = False
            self.error = SUCCESS

    def last_error(self) -> tuple[int, str]:
        """Return code and text of the last call's error (R2)."""
        return self.error

    @call()
    def version(self) -> tuple[int, int, str] | None:
        """Return version, build and release date."""
        return (500, to_mt5.BUILD, "1 Nov 2026")

    @call()
    def account_info(self) -> AccountInfo | None:
        """Return the account."""
        return to_mt5.account(self.broker, self.permissions)

    @call()
    def terminal_info(self) -> TerminalInfo | None:
        """Return the terminal's state."""
        return to_mt5.terminal(self.permissions)


LARGE = 1e12
SELLING = frozenset({c.BOOK_TYPE_SELL, c.BOOK_TYPE_SELL_MARKET})
