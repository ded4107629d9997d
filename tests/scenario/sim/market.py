"""A simulated terminal driven by hand: what all scenario tables stand on."""

from __future__ import annotations

import dataclasses
from typing import Any

from mas.clock import ManualClock
from mas.sim import SimSettings, SimTerminal, built_in
from mas.terminal import constants as c

BUY, SELL = c.ORDER_TYPE_BUY, c.ORDER_TYPE_SELL
BUY_LIMIT, SELL_LIMIT = c.ORDER_TYPE_BUY_LIMIT, c.ORDER_TYPE_SELL_LIMIT
BUY_STOP, SELL_STOP = c.ORDER_TYPE_BUY_STOP, c.ORDER_TYPE_SELL_STOP
BUY_SL, SELL_SL = c.ORDER_TYPE_BUY_STOP_LIMIT, c.ORDER_TYPE_SELL_STOP_LIMIT
FOK, IOC = c.ORDER_FILLING_FOK, c.ORDER_FILLING_IOC
RETURN, BOC = c.ORDER_FILLING_RETURN, c.ORDER_FILLING_BOC
EVER = 4_000_000_000


class Market:
    """A terminal whose quotes are fed by hand, a second apart.

    Parameters
    ----------
    symbol : str
        That requests and quotes mean when they name none; one that is not built in is like
        EURUSD.
    spec : dict, optional
        Fields of that symbol's specification to replace.
    start : str
        Time of the clock, UTC; 2026-01-05 is a Monday.
    settings
        Fields of SimSettings.
    """

    def __init__(
        self,
        symbol: str = "EURUSD",
        *,
        spec: dict[str, Any] | None = None,
        quote: tuple[float, float] | None = (1.10000, 1.10010),
        start: str = "2026-01-05T10:00:00",
        **settings: Any,
    ) -> None:
        self.symbol = symbol
        self.clock = ManualClock(start)
        symbols = dict(built_in())
        base = symbols.get(symbol, symbols["EURUSD"])
        symbols[symbol] = dataclasses.replace(base, name=symbol, **(spec or {}))
        self.terminal = SimTerminal(SimSettings(**settings), clock=self.clock, symbols=symbols)
        self.terminal.initialize()
        if quote is not None:
            self.quote(*quote)

    def quote(self, bid: float, ask: float, symbol: str = "", **more: Any) -> None:
        """Let a second pass and feed a quote: last=, volume=, book= as `feed` has them."""
        self.clock.advance(1)
        self.terminal.feed(symbol or self.symbol, bid, ask, **more)

    def send(self, **request: Any) -> Any:
        """Send a deal of 0.1 lots unless the request says otherwise."""
        base = {"action": c.TRADE_ACTION_DEAL, "symbol": self.symbol, "volume": 0.1}
        return self.terminal.order_send({**base, **request})

    def place(self, kind: int, price: float, **more: Any) -> Any:
        """Place a pending order of 0.1 lots."""
        return self.send(action=c.TRADE_ACTION_PENDING, type=kind, price=price, **more)

    def deals(self) -> list[Any]:
        """Return all deals that belong to orders."""
        return [one for one in self.terminal.history_deals_get(0, EVER) if one.order]

    def position(self) -> Any:
        """Return the only open position."""
        (found,) = self.terminal.positions_get()
        return found

    def finished(self, ticket: int) -> Any:
        """Return an order of the history."""
        (found,) = self.terminal.history_orders_get(ticket=ticket)
        return found

    def balance(self) -> float:
        """Return the account's balance."""
        return float(self.terminal.account_info().balance)
