"""The simulated MetaTrader 5 terminal: answers as the real one does.

Time is the clock's. Every call first lets the market run up to now, and what fell due meanwhile
is executed at the tick where it fell due; so there is no thread, and the same seed, clock and
calls give the same answers.
"""

from __future__ import annotations

import dataclasses
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mas.sim import facts
from mas.sim.account import Account
from mas.sim.broker import SECOND, Broker, Terms
from mas.sim.calls import NOT_FOUND, SUCCESS, call, fits
from mas.sim.history import HistoryCalls
from mas.sim.market import Market
from mas.sim.money import Converter, Money
from mas.sim.runner import Runner
from mas.sim.store import Store
from mas.sim.symbols import BUILT_IN, Symbol
from mas.sim.trade import TradeCalls
from mas.terminal import constants as c

if TYPE_CHECKING:
    from pathlib import Path

    from mas.clock import Clock
    from mas.terminal.types import AccountInfo, BookInfo, SymbolInfo, TerminalInfo, Tick


@dataclass(frozen=True, slots=True)
class SimSettings:
    """How the simulated broker has set up the account and the market.

    Attributes
    ----------
    seed : int
        Of the synthetic market.
    balance : float
        First deposit, account currency.
    leverage : int
        N of 1:N.
    hours : str
        ``"always"``: open whenever the user is. ``"market"``: closed at weekends.
    stop_out, margin_call : float
        Margin levels in percent (R150).
    price_improvement : bool
        Limits and take-profits deal at the better quote after a gap (R74).
    """

    seed: int = 7
    balance: float = 10_000.0
    currency: str = "USD"
    leverage: int = 100
    hours: str = "always"
    stop_out: float = 50.0
    margin_call: float = 100.0
    price_improvement: bool = False
    login: int = 1_000_000
    server: str = "MAS-Sim"


class SimTerminal(TradeCalls, HistoryCalls):
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
        Specifications by name.
    """

    def __init__(
        self,
        settings: SimSettings | None = None,
        *,
        clock: Clock,
        store: Path | None = None,
        symbols: dict[str, Symbol] | None = None,
    ) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.connected = False
        self.error = SUCCESS
        self.selected = set(symbols or BUILT_IN)
        self.books: set[str] = set()
        self._store = Store(store) if store is not None else None
        self._written = -1
        self._set_up(settings or SimSettings(), symbols or BUILT_IN)

    def _set_up(self, settings: SimSettings, symbols: dict[str, Symbol]) -> None:
        kept = self._store.load(settings.login) if self._store is not None else None
        if kept is not None:
            settings = dataclasses.replace(settings, **kept[1]["settings"])
        self.settings = settings
        self._kept = dataclasses.asdict(settings)
        del self._kept["login"]
        self.market = Market(symbols, seed=settings.seed, weekends=settings.hours == "always")
        account = kept[0] if kept is not None else Account(settings.login)
        converter = Converter(symbols, self)
        money = Money(converter, currency=settings.currency, leverage=settings.leverage)
        terms = Terms(settings.stop_out, settings.margin_call, settings.price_improvement)
        self.broker = Broker(account, self.market, money, terms)
        self.broker.now = kept[1]["now"] if kept is not None else self.clock.now_ms()
        self.runner = Runner(self.broker, self.market)
        if kept is None:
            self._deposit(settings.balance)
            self.save()

    def _deposit(self, amount: float) -> None:
        """Book the first deposit: a balance deal without order, symbol and volume (R121)."""
        now = self.broker.now
        self.broker.account.book(
            order=0, time=now // SECOND, time_msc=now, type=c.DEAL_TYPE_BALANCE, entry=0, magic=0,
            position_id=0, reason=0, volume=0.0, price=0.0, commission=0.0, swap=0.0,
            profit=amount, fee=0.0, symbol="", comment="", external_id="",
        )  # fmt: skip

    def save(self) -> None:
        """Write what has changed to the account's file."""
        account = self.broker.account
        if self._store is None or not account.changed:
            account.changed.clear()
            return
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

    def feed(self, symbol: str, bid: float, ask: float, time_msc: int | None = None) -> None:
        """Give a symbol its next quote by hand; its synthetic ticks end with the first one.

        Parameters
        ----------
        time_msc : int, optional
            Epoch milliseconds, not before the previous tick. Default: now.
        """
        with self.lock:
            now = self.clock.now_ms()
            self.runner.advance(min(now, time_msc if time_msc is not None else now))
            self.market.feed(symbol, bid, ask, now if time_msc is None else time_msc)
            self.runner.changed()
            if time_msc is None or time_msc <= now:
                self.runner.tick_now(symbol)
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
        return (500, facts.BUILD, "1 Nov 2026")

    @call()
    def account_info(self) -> AccountInfo | None:
        """Return the account."""
        return facts.account(self.broker, self.settings, self.settings.login)

    @call()
    def terminal_info(self) -> TerminalInfo | None:
        """Return the terminal's state."""
        return facts.terminal(connected=True)

    # -- symbols -------------------------------------------------------------------------------

    @call(0)
    def symbols_total(self) -> int:
        """Return the number of symbols."""
        return len(self.market.symbols)

    @call()
    def symbols_get(self, group: str = "*") -> tuple[SymbolInfo, ...] | None:
        """Return the symbols that fit the masks (R9)."""
        return tuple(self._symbol(name) for name in self.market.symbols if fits(name, group))

    @call()
    def symbol_info(self, symbol: str, /) -> SymbolInfo | None:
        """Return a symbol, None when it is unknown."""
        if symbol not in self.market.symbols:
            self.error = NOT_FOUND
            return None
        return self._symbol(symbol)

    @call()
    def symbol_info_tick(self, symbol: str, /) -> Tick | None:
        """Return the newest tick of a symbol in Market Watch (R13)."""
        quote = self.quote(symbol) if symbol in self.selected else None
        if quote is None:
            self.error = NOT_FOUND
            return None
        return facts.tick(self.market.symbols[symbol], quote)

    @call(failure=False)
    def symbol_select(self, symbol: str, enable: bool = True, /) -> bool:
        """Put a symbol into Market Watch, or take it out while no position uses it (R13)."""
        if symbol not in self.market.symbols:
            self.error = NOT_FOUND
            return False
        if enable:
            self.selected.add(symbol)
            return True
        if any(one.symbol == symbol for one in self.broker.account.positions.values()):
            self.error = (c.RES_E_FAIL, "Terminal: Call failed")
            return False
        self.selected.discard(symbol)
        return True

    @call(failure=False)
    def market_book_add(self, symbol: str, /) -> bool:
        """Subscribe to the depth of market."""
        if symbol not in self.market.symbols:
            self.error = NOT_FOUND
            return False
        self.books.add(symbol)
        return True

    @call()
    def market_book_get(self, symbol: str, /) -> tuple[BookInfo, ...] | None:
        """Return the depth of market: one level each side, the ask first (R14)."""
        quote = self.quote(symbol) if symbol in self.books else None
        if quote is None:
            self.error = NOT_FOUND
            return None
        return facts.book(self.market.symbols[symbol], quote)

    @call(failure=False)
    def market_book_release(self, symbol: str, /) -> bool:
        """Give the depth of market back."""
        known = symbol in self.books
        self.books.discard(symbol)
        return known

    def _symbol(self, name: str) -> SymbolInfo:
        spec, quote = self.market.symbols[name], self.quote(name)
        value = 0.0
        if quote is not None:
            price = spec.price(quote.bid)
            value = self.broker.money.tick_value(spec, price)
        return facts.symbol(spec, quote, selected=name in self.selected, tick_value=value)
