"""``from mas import mt5``: the surface of the MetaTrader5 package over the simulated terminal.

The functions share one terminal of the process, as in the real package (R17): without a login an
account in memory, with one the stored account of that number at server ``MAS-Sim``. A client that
logs in to ``sim:`` uses the same account, so a trade made here is a trade made by hand there.

``python -m mas.mt5 script.py`` runs a script that says ``import MetaTrader5`` on it, unchanged.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, cast

from mas import running
from mas.clock import ManualClock
from mas.errors import NotConnectedError
from mas.sim import SimSettings, SimTerminal, hold_terminal, process_terminal, release_terminal
from mas.terminal.constants import *  # noqa: F403  the package's names are this module's
from mas.terminal.constants import (
    ORDER_TYPE_BUY,
    ORDER_TYPE_SELL,
    POSITION_TYPE_BUY,
    RES_E_AUTH_FAILED,
    TRADE_ACTION_DEAL,
    TRADE_RETCODE_DONE,
    TRADE_RETCODE_PRICE_OFF,
    TRADE_RETCODE_REQUOTE,
)
from mas.terminal.types import (
    AccountInfo,
    BookInfo,
    OrderCheckResult,
    OrderSendResult,
    SymbolInfo,
    TerminalInfo,
    Tick,
    TradeDeal,
    TradeOrder,
    TradePosition,
)

if TYPE_CHECKING:
    import numpy as np

    from mas.running import Running
    from mas.sim.history import Moment

    Array = np.ndarray[Any, Any]

__version__ = "5.0.6231"
__author__ = "MetaQuotes Ltd. (the original); this module answers from a simulated terminal"

TRIES = 10
"""Attempts of ``Buy`` and ``Sell`` without a price (R16)."""


class _Process:
    """Which of the process's terminals the functions mean: the one last logged in."""

    terminal: SimTerminal | None = None
    error: tuple[int, str] | None = None
    held = 0
    last = 0

    def get(self) -> SimTerminal:
        """Return the terminal, an account in memory before any login.

        Inside a callback of a backtest it is the run's.
        """
        run = running.current()
        if run is not None:
            return cast("SimTerminal", run.terminal)
        if running.stray():
            return _nothing()
        if self.terminal is None:
            self.terminal = process_terminal()
        return self.terminal

    def log_in(self, login: int, server: str) -> bool:
        """Change to the stored account of a number."""
        try:
            wanted = hold_terminal(login)
        except NotConnectedError as error:
            self.error = (RES_E_AUTH_FAILED, f"Terminal: Authorization failed, {error}")
            return False
        if not wanted.login(login, server=server):
            self.error = wanted.last_error()
            release_terminal(login)
            return False
        self.release()
        self.terminal, self.error, self.held, self.last = wanted, None, login, login
        return True

    def release(self) -> None:
        """Give the account's file back, so that another process can open it."""
        held, self.held = self.held, 0
        if held:
            release_terminal(held)
            self.terminal = None


_process = _Process()


@functools.cache
def _nothing() -> SimTerminal:
    """Return a terminal that is not connected: each call fails with its documented value."""
    return SimTerminal(SimSettings(), clock=ManualClock(0))


def _refused(run: Running, call: str, login: int) -> bool:
    """Answer a login inside a callback of a backtest: the run's terminal has one account."""
    terminal = cast("SimTerminal", run.terminal)
    if login == terminal.settings.login:
        return True
    line = f"a backtest is on: mt5.{call} to account {login} has changed nothing"
    terminal.error = (RES_E_AUTH_FAILED, f"Terminal: Authorization failed, {line}")
    run.say(line)
    return False


def initialize(
    path: str = "",
    *,
    login: int = 0,
    password: str = "",
    server: str = "",
    timeout: int = 60_000,
    portable: bool = False,
) -> bool:
    """Connect, to the last account where none is named; `timeout` is in ms."""
    del path, password, timeout, portable
    run = running.current()
    if run is not None:
        return not login or _refused(run, "initialize", login)
    if running.stray():
        return False
    login = login or (0 if _process.held else _process.last)
    if login and not _process.log_in(login, server):
        return False
    _process.error = None
    return _process.get().initialize()


def login(login: int, password: str = "", server: str = "", timeout: int = 60_000) -> bool:
    """Log in to another account."""
    del password, timeout
    run = running.current()
    if run is not None:
        return _refused(run, "login", login)
    if running.stray():
        return False
    connected = _process.get().connected
    done = _process.log_in(login, server)
    return done and (not connected or _process.get().initialize())


def shutdown() -> None:
    """Close the connection; inside a callback of a backtest it stays."""
    run = running.current()
    if run is not None:
        run.say("mt5.shutdown inside a backtest changes nothing: the run goes on")
        return
    if running.stray():
        return
    _process.get().shutdown()
    _process.release()


def last_error() -> tuple[int, str]:
    """Return code and text of the last error; (1, 'Success') after a call that worked."""
    error = _process.error if running.current() is None else None
    return error or _process.get().last_error()


def version() -> tuple[int, int, str] | None:
    """Return version, build and release date."""
    return _process.get().version()


def account_info() -> AccountInfo | None:
    """Return the account."""
    return _process.get().account_info()


def terminal_info() -> TerminalInfo | None:
    """Return the terminal's state."""
    return _process.get().terminal_info()


def symbols_total() -> int:
    """Return the number of symbols."""
    return _process.get().symbols_total()


def symbols_get(group: str = "*") -> tuple[SymbolInfo, ...] | None:
    """Return the symbols that fit the masks."""
    return _process.get().symbols_get(group)


def symbol_info(symbol: str, /) -> SymbolInfo | None:
    """Return one symbol."""
    return _process.get().symbol_info(symbol)


def symbol_info_tick(symbol: str, /) -> Tick | None:
    """Return the newest tick of a symbol."""
    return _process.get().symbol_info_tick(symbol)


def symbol_select(symbol: str, enable: bool = True, /) -> bool:
    """Put a symbol into Market Watch or take it out."""
    return _process.get().symbol_select(symbol, enable)


def market_book_add(symbol: str, /) -> bool:
    """Subscribe to the depth of market."""
    return _process.get().market_book_add(symbol)


def market_book_get(symbol: str, /) -> tuple[BookInfo, ...] | None:
    """Return the depth of market."""
    return _process.get().market_book_get(symbol)


def market_book_release(symbol: str, /) -> bool:
    """Give the depth of market back."""
    return _process.get().market_book_release(symbol)


def copy_rates_from(symbol: str, timeframe: int, date_from: Moment, count: int, /) -> Array | None:
    """Return bars that open at or before a moment, counted backwards."""
    return _process.get().copy_rates_from(symbol, timeframe, date_from, count)


def copy_rates_from_pos(symbol: str, timeframe: int, start_pos: int, count: int, /) -> Array | None:
    """Return bars by position; 0 is the forming one."""
    return _process.get().copy_rates_from_pos(symbol, timeframe, start_pos, count)


def copy_rates_range(
    symbol: str, timeframe: int, date_from: Moment, date_to: Moment, /
) -> Array | None:
    """Return bars that open between two moments."""
    return _process.get().copy_rates_range(symbol, timeframe, date_from, date_to)


def copy_ticks_from(symbol: str, date_from: Moment, count: int, flags: int, /) -> Array | None:
    """Return ticks from a moment on."""
    return _process.get().copy_ticks_from(symbol, date_from, count, flags)


def copy_ticks_range(
    symbol: str, date_from: Moment, date_to: Moment, flags: int, /
) -> Array | None:
    """Return ticks between two moments."""
    return _process.get().copy_ticks_range(symbol, date_from, date_to, flags)


def positions_total() -> int:
    """Return the number of open positions."""
    return _process.get().positions_total()


def positions_get(
    *unnamed: Any, symbol: str = "", group: str = "", ticket: int = 0
) -> tuple[TradePosition, ...] | None:
    """Return open positions, by `symbol`, `group` or `ticket`; None for unnamed filters (R8)."""
    return _process.get().positions_get(*unnamed, symbol=symbol, group=group, ticket=ticket)


def orders_total() -> int:
    """Return the number of active orders."""
    return _process.get().orders_total()


def orders_get(
    *unnamed: Any, symbol: str = "", group: str = "", ticket: int = 0
) -> tuple[TradeOrder, ...] | None:
    """Return active orders, by `symbol`, `group` or `ticket`; None for unnamed filters (R8)."""
    return _process.get().orders_get(*unnamed, symbol=symbol, group=group, ticket=ticket)


def history_orders_total(date_from: Moment, date_to: Moment, /) -> int | None:
    """Return the number of finished orders between two moments."""
    return _process.get().history_orders_total(date_from, date_to)


def history_orders_get(
    *period: Moment, group: str = "*", ticket: int = 0, position: int = 0
) -> tuple[TradeOrder, ...] | None:
    """Return finished orders: of two moments and a `group`, of a `ticket`, of a `position`."""
    terminal = _process.get()
    return terminal.history_orders_get(*period, group=group, ticket=ticket, position=position)


def history_deals_total(date_from: Moment, date_to: Moment, /) -> int | None:
    """Return the number of deals between two moments."""
    return _process.get().history_deals_total(date_from, date_to)


def history_deals_get(
    *period: Moment, group: str = "*", ticket: int = 0, position: int = 0
) -> tuple[TradeDeal, ...] | None:
    """Return deals: of two moments and a `group`, of an order's `ticket`, of a `position`."""
    terminal = _process.get()
    return terminal.history_deals_get(*period, group=group, ticket=ticket, position=position)


def order_check(request: dict[str, Any] | None = None, /, **fields: Any) -> OrderCheckResult | None:
    """Say whether a request would pass; retcode 0 when it would."""
    return _process.get().order_check(request, **fields)


def order_send(request: dict[str, Any] | None = None, /, **fields: Any) -> OrderSendResult | None:
    """Send a trade request."""
    return _process.get().order_send(request, **fields)


def order_calc_margin(action: int, symbol: str, volume: float, price: float, /) -> float | None:
    """Return the margin of one order alone, account currency."""
    return _process.get().order_calc_margin(action, symbol, volume, price)


def order_calc_profit(
    action: int, symbol: str, volume: float, price_open: float, price_close: float, /
) -> float | None:
    """Return the profit between two prices, account currency."""
    return _process.get().order_calc_profit(action, symbol, volume, price_open, price_close)


def Buy(
    symbol: str,
    volume: float,
    price: float | None = None,
    *,
    comment: str | None = None,
    ticket: int | None = None,
) -> OrderSendResult | None:
    """Buy at the market, or at a price (R16)."""
    return _deal(ORDER_TYPE_BUY, symbol, volume, price, comment, ticket)


def Sell(
    symbol: str,
    volume: float,
    price: float | None = None,
    *,
    comment: str | None = None,
    ticket: int | None = None,
) -> OrderSendResult | None:
    """Sell at the market, or at a price (R16)."""
    return _deal(ORDER_TYPE_SELL, symbol, volume, price, comment, ticket)


def Close(
    symbol: str, *, comment: str | None = None, ticket: int | None = None
) -> bool | str | None:
    """Close all positions of a symbol, or one: True, 'Partially', False; None on error (R16)."""
    found = positions_get(ticket=ticket) if ticket is not None else positions_get(symbol=symbol)
    if found is None:
        return None
    done = 0
    for position in found:
        opposite = Sell if position.type == POSITION_TYPE_BUY else Buy
        result = opposite(symbol, position.volume, comment=comment, ticket=position.ticket)
        done += result is not None and result.retcode == TRADE_RETCODE_DONE
    if found and done == len(found):
        return True
    return "Partially" if done else False


def _deal(
    kind: int,
    symbol: str,
    volume: float,
    price: float | None,
    comment: str | None,
    ticket: int | None,
) -> OrderSendResult | None:
    """Send a market deal; without a price try again on a requote or a missing price (R16)."""
    request: dict[str, Any] = {
        "action": TRADE_ACTION_DEAL,
        "symbol": symbol,
        "volume": volume,
        "type": kind,
        "deviation": 10,
    }
    if comment is not None:
        request["comment"] = comment
    if ticket is not None:
        request["position"] = ticket
    result = None
    for _ in range(TRIES if price is None else 1):
        tick = symbol_info_tick(symbol)
        at = tick.ask if tick and kind == ORDER_TYPE_BUY else tick.bid if tick else 0.0
        result = order_send({**request, "price": at if price is None else price})
        if result is None or result.retcode not in {
            TRADE_RETCODE_REQUOTE,
            TRADE_RETCODE_PRICE_OFF,
        }:
            break
    return result


if __name__ == "__main__":
    from mas.sim.script import main

    main()
