"""The tables: quotes, open positions, pending orders, executions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas.clock import naive_utc
from mas.schema.words import ORDER_TYPES
from masjupyter.widgets._base import TablePanel, column, tone

if TYPE_CHECKING:
    from mas.state import State
    from mas.terminal.types import Tick
    from masjupyter.desk import Desk
    from masjupyter.wire import More, Row

TYPE_NAMES = {number: name.replace("_", " ") for name, number in ORDER_TYPES.items()}
USUAL_DIGITS = 5
"""Of a symbol that nothing is known of yet."""
NEWEST = 200
"""Executions that the blotter shows."""


class Prices:
    """Writes prices with the digits of their symbol, as far as the state knows it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def digits(self, symbol: str) -> int:
        """Return how many decimals a symbol's price has."""
        info = self._desk.state.symbols.get(symbol)
        return USUAL_DIGITS if info is None else info.digits

    def text(self, symbol: str, price: float) -> str:
        """Return a price as text, a dash for none."""
        return f"{price:.{self.digits(symbol)}f}" if price else "–"


class Quotes(TablePanel):
    """Live quotes of some symbols; the colour says where the last change went."""

    kind = "quotes"
    topics = frozenset({"quotes", "symbols"})

    def __init__(self, desk: Desk, symbols: list[str]) -> None:
        columns = [
            column("symbol", align="left"),
            column("bid"),
            column("ask"),
            column("spread"),
            column("time"),
        ]
        self._symbols = list(dict.fromkeys(symbols))
        self._prices = Prices(desk)
        self._before: dict[str, tuple[float, float, str]] = {}
        super().__init__(desk, columns=columns, title="Quotes", empty="no quotes yet")
        for symbol in self._symbols:
            desk.core.watch(symbol)
        desk.core.refresh()
        self.begin()

    def rows(self, state: State) -> list[Row]:
        """Return one row a symbol."""
        return [
            self._row(symbol, state.quotes[symbol])
            for symbol in self._symbols
            if symbol in state.quotes
        ]

    def _row(self, symbol: str, tick: Tick) -> Row:
        old_bid, _, old_tone = self._before.get(symbol, (tick.bid, tick.ask, ""))
        now = tone(tick.bid - old_bid) or old_tone
        self._before[symbol] = (tick.bid, tick.ask, now)
        spread = round((tick.ask - tick.bid) * 10 ** self._prices.digits(symbol))
        text = self._prices.text
        return {
            "key": symbol,
            "cells": [
                symbol,
                text(symbol, tick.bid),
                text(symbol, tick.ask),
                str(spread),
                f"{naive_utc(tick.time_msc):%H:%M:%S}",
            ],
            "tones": ["name", now, now, "", "dim"],
        }

    def close(self) -> None:
        """Close the panel and stop watching its symbols."""
        if self._is_open:
            for symbol in self._symbols:
                self.desk.core.unwatch(symbol)
        super().close()


class Positions(TablePanel):
    """Open positions with their floating profit; a button closes each."""

    kind = "positions"
    topics = frozenset({"positions", "symbols"})

    def __init__(self, desk: Desk) -> None:
        names = ("ticket", "symbol", "type", "volume", "open", "now", "sl", "tp", "profit")
        columns = [column(name, **_left(name)) for name in names]
        columns.append(column("", button="close"))
        self._prices = Prices(desk)
        super().__init__(desk, columns=columns, title="Positions", empty="no open positions")
        self.begin()

    def rows(self, state: State) -> list[Row]:
        """Return one row a position."""
        text = self._prices.text
        return [
            {
                "key": str(position.ticket),
                "cells": [
                    str(position.ticket),
                    position.symbol,
                    "buy" if position.type == 0 else "sell",
                    f"{position.volume:g}",
                    text(position.symbol, position.price_open),
                    text(position.symbol, position.price_current),
                    text(position.symbol, position.sl),
                    text(position.symbol, position.tp),
                    f"{position.profit:+,.2f}",
                    "close",
                ],
                "tones": [
                    "dim", "name", _side(position.type), "", "", "", "dim", "dim",
                    tone(position.profit), "",
                ],
            }
            for position in state.positions
        ]  # fmt: skip

    def more(self, state: State) -> More:
        """Return the sum of the floating profits, as part of the title."""
        total = sum(position.profit + position.swap for position in state.positions)
        return {"note": f"floating {total:+,.2f}" if state.positions else ""}

    def pressed(self, button: str, key: str) -> None:
        """Close the position."""
        del button
        status = self.desk.close_position(int(key))
        if not status.ok:
            self.say(status.message)


class PendingOrders(TablePanel):
    """Pending orders; a button cancels each."""

    kind = "orders"
    topics = frozenset({"orders", "symbols"})

    def __init__(self, desk: Desk) -> None:
        names = ("ticket", "symbol", "type", "volume", "price", "now", "sl", "tp", "until")
        columns = [column(name, **_left(name)) for name in names]
        columns.append(column("", button="cancel"))
        self._prices = Prices(desk)
        super().__init__(desk, columns=columns, title="Pending orders", empty="no pending orders")
        self.begin()

    def rows(self, state: State) -> list[Row]:
        """Return one row an order."""
        text = self._prices.text
        return [
            {
                "key": str(order.ticket),
                "cells": [
                    str(order.ticket),
                    order.symbol,
                    TYPE_NAMES.get(order.type, str(order.type)),
                    f"{order.volume_current:g}",
                    text(order.symbol, order.price_open),
                    text(order.symbol, order.price_current),
                    text(order.symbol, order.sl),
                    text(order.symbol, order.tp),
                    f"{naive_utc(order.time_expiration * 1000):%d %b %H:%M}"
                    if order.time_expiration
                    else "GTC",
                    "cancel",
                ],
                "tones": [
                    "dim",
                    "name",
                    _side(order.type % 2),
                    "",
                    "",
                    "",
                    "dim",
                    "dim",
                    "dim",
                    "",
                ],
            }
            for order in state.orders
        ]

    def pressed(self, button: str, key: str) -> None:
        """Cancel the order."""
        del button
        status = self.desk.cancel(int(key))
        if not status.ok:
            self.say(status.message)


class Executions(TablePanel):
    """The session's executions, newest first."""

    kind = "executions"
    topics = frozenset({"execution", "symbols"})

    def __init__(self, desk: Desk) -> None:
        names = ("time", "deal", "order", "symbol", "type", "entry", "volume", "price")
        columns = [column(name, **_left(name)) for name in (*names, "profit", "reason")]
        self._prices = Prices(desk)
        super().__init__(desk, columns=columns, title="Executions", empty="no executions yet")
        self.begin()

    def rows(self, state: State) -> list[Row]:
        """Return one row a deal."""
        return [
            {
                "key": str(execution.deal),
                "cells": [
                    f"{naive_utc(execution.time_msc):%H:%M:%S}",
                    str(execution.deal),
                    str(execution.order),
                    execution.symbol,
                    execution.type,
                    execution.entry,
                    f"{execution.volume:g}",
                    self._prices.text(execution.symbol, execution.price),
                    f"{execution.profit:+,.2f}" if execution.entry != "in" else "–",
                    execution.reason,
                ],
                "tones": [
                    "dim", "dim", "dim", "name", _side(SIDES[execution.type]), "", "", "",
                    tone(execution.profit), "dim",
                ],
            }
            for execution in reversed(state.executions[-NEWEST:])
        ]  # fmt: skip


SIDES = {"buy": 0, "sell": 1}


def _side(kind: int) -> str:
    return "buy" if kind == 0 else "sell"


def _left(name: str) -> dict[str, str]:
    return {"align": "left"} if name in {"symbol", "type", "entry", "reason"} else {}
