"""The one port to a market: what ``mas`` uses of the API of the MetaTrader5 package.

The simulated terminal, the official package and a bridge differ only behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np

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

    Moment = datetime | float
    Array = np.ndarray[Any, Any]


class Terminal(Protocol):
    """Function names, arguments and results of the MetaTrader5 package.

    A function that fails returns None, or False where it answers yes or no; ``last_error`` then
    says why (R2). An empty tuple means that nothing fits, which is not a failure (R3).
    """

    def initialize(
        self, *, login: int = ..., password: str = ..., server: str = ..., timeout: int = ...
    ) -> bool:
        """Connect to the terminal, with ``login``, ``password``, ``server``, ``timeout`` in ms."""
        ...

    def login(
        self, login: int, *, password: str = ..., server: str = ..., timeout: int = ...
    ) -> bool:
        """Log in to an account, with ``password``, ``server``, ``timeout`` in ms."""
        ...

    def shutdown(self) -> None:
        """Close the connection to the terminal."""
        ...

    def version(self) -> tuple[int, int, str] | None:
        """Return version, build and release date."""
        ...

    def last_error(self) -> tuple[int, str]:
        """Return code and text of the last call; (1, 'Success') after one that worked."""
        ...

    def account_info(self) -> AccountInfo | None:
        """Return the account."""
        ...

    def terminal_info(self) -> TerminalInfo | None:
        """Return the terminal's state."""
        ...

    def symbols_total(self) -> int:
        """Return the number of symbols."""
        ...

    def symbols_get(self, group: str = ...) -> tuple[SymbolInfo, ...] | None:
        """Return symbols that fit the masks (R9)."""
        ...

    def symbol_info(self, symbol: str, /) -> SymbolInfo | None:
        """Return one symbol."""
        ...

    def symbol_info_tick(self, symbol: str, /) -> Tick | None:
        """Return the newest tick of a symbol in Market Watch (R13)."""
        ...

    def symbol_select(self, symbol: str, enable: bool = True, /) -> bool:
        """Put a symbol into Market Watch or take it out."""
        ...

    def market_book_add(self, symbol: str, /) -> bool:
        """Subscribe to the depth of market."""
        ...

    def market_book_get(self, symbol: str, /) -> tuple[BookInfo, ...] | None:
        """Return the depth of market, highest price first (R14)."""
        ...

    def market_book_release(self, symbol: str, /) -> bool:
        """Give the depth of market back."""
        ...

    def copy_rates_from(
        self, symbol: str, timeframe: int, date_from: Moment, count: int, /
    ) -> Array | None:
        """Return up to `count` bars that open at or before a moment (R173)."""
        ...

    def copy_rates_from_pos(
        self, symbol: str, timeframe: int, start_pos: int, count: int, /
    ) -> Array | None:
        """Return bars by position; 0 is the forming one (R174)."""
        ...

    def copy_rates_range(
        self, symbol: str, timeframe: int, date_from: Moment, date_to: Moment, /
    ) -> Array | None:
        """Return bars that open between two moments, both included (R175)."""
        ...

    def copy_ticks_from(
        self, symbol: str, date_from: Moment, count: int, flags: int, /
    ) -> Array | None:
        """Return ticks from a moment on (R172)."""
        ...

    def copy_ticks_range(
        self, symbol: str, date_from: Moment, date_to: Moment, flags: int, /
    ) -> Array | None:
        """Return ticks between two moments, both included (R172)."""
        ...

    def positions_total(self) -> int:
        """Return the number of open positions."""
        ...

    def positions_get(
        self, *, symbol: str = ..., group: str = ..., ticket: int = ...
    ) -> tuple[TradePosition, ...] | None:
        """Return open positions, by ``symbol``, ``group`` or ``ticket`` (R8)."""
        ...

    def orders_total(self) -> int:
        """Return the number of active orders."""
        ...

    def orders_get(
        self, *, symbol: str = ..., group: str = ..., ticket: int = ...
    ) -> tuple[TradeOrder, ...] | None:
        """Return active orders, by ``symbol``, ``group`` or ``ticket`` (R8)."""
        ...

    def history_orders_total(self, date_from: Moment, date_to: Moment, /) -> int | None:
        """Return the number of finished orders between two moments."""
        ...

    def history_orders_get(
        self, *period: Moment, group: str = ..., ticket: int = ..., position: int = ...
    ) -> tuple[TradeOrder, ...] | None:
        """Return finished orders: two moments and ``group``; ``ticket``; ``position`` (R10)."""
        ...

    def history_deals_total(self, date_from: Moment, date_to: Moment, /) -> int | None:
        """Return the number of deals between two moments."""
        ...

    def history_deals_get(
        self, *period: Moment, group: str = ..., ticket: int = ..., position: int = ...
    ) -> tuple[TradeDeal, ...] | None:
        """Return deals: two moments and ``group``; ``ticket`` of the order; ``position`` (R10)."""
        ...

    def order_check(self, request: dict[str, Any], /) -> OrderCheckResult | None:
        """Say what a request would do, without sending it."""
        ...

    def order_send(self, request: dict[str, Any], /) -> OrderSendResult | None:
        """Send a request to the trade server; None is no refusal but no answer (R214)."""
        ...

    def order_calc_margin(
        self, action: int, symbol: str, volume: float, price: float, /
    ) -> float | None:
        """Return the margin of one order alone (R136)."""
        ...

    def order_calc_profit(
        self, action: int, symbol: str, volume: float, price_open: float, price_close: float, /
    ) -> float | None:
        """Return the profit between two prices."""
        ...
