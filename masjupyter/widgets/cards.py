"""The cards: the account, and one order from request to position."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas.clock import naive_utc
from mas.terminal import constants as c
from masjupyter.widgets._base import TablePanel, column, tone
from masjupyter.widgets.tables import TYPE_NAMES, Prices

if TYPE_CHECKING:
    from mas.events import Execution, OrderStatus
    from mas.state import State
    from mas.terminal.types import TradePosition
    from masjupyter.desk import Desk
    from masjupyter.wire import More, Row

STATES = {
    "connected": ("● connected", "up"),
    "lost": ("● connection lost", "down"),
    "disconnected": ("○ logged out", "dim"),
}
ORDER_STATES = {
    c.ORDER_STATE_STARTED: "not answered",
    c.ORDER_STATE_PLACED: "placed",
    c.ORDER_STATE_CANCELED: "cancelled",
    c.ORDER_STATE_PARTIAL: "filled in part",
    c.ORDER_STATE_FILLED: "filled",
    c.ORDER_STATE_REJECTED: "refused",
    c.ORDER_STATE_EXPIRED: "expired",
}


class Card(TablePanel):
    """Labels and values below one another."""

    def __init__(self, desk: Desk, title: str) -> None:
        columns = [column("", align="left"), column("")]
        super().__init__(desk, columns=columns, title=title, look="card", empty="nothing yet")

    def __repr__(self) -> str:
        rows = [row["cells"] for row in self.rows(self.desk.state)]
        width = max((len(cells[0]) for cells in rows), default=0)
        lines = [f"  {label.ljust(width)}  {value}".rstrip() for label, value in rows]
        return "\n".join([self.headline(), *lines])


def _line(key: str, label: str, value: str, shade: str = "") -> Row:
    return {"key": key, "cells": [label, value], "tones": ["label", shade]}


class AccountCard(Card):
    """The account: login, server, balance, equity, margin level, and the connection."""

    kind = "account"
    topics = frozenset({"account", "connection"})

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "Account")
        self.begin()

    def rows(self, state: State) -> list[Row]:
        """Return the account's figures."""
        where, info = state.connection, state.account
        words, shade = STATES[where.status]
        lines = [_line("connection", "connection", words, shade)]
        if where.detail:
            lines.append(_line("detail", "", where.detail, "down"))
        if where.zone not in {"", "UTC"}:
            lines.append(_line("zone", "server time", where.zone, "dim"))
        if info is None:
            return lines
        level = f"{info.margin_level:,.2f} %" if info.margin else "no margin used"
        money = info.currency
        return [
            _line("login", "login", f"{info.login} · {info.server}", "name"),
            _line("balance", "balance", f"{info.balance:,.2f} {money}"),
            _line("equity", "equity", f"{info.equity:,.2f} {money}", "strong"),
            _line("profit", "floating profit", f"{info.profit:+,.2f} {money}", tone(info.profit)),
            _line("margin", "margin", f"{info.margin:,.2f} {money}"),
            _line("free", "free margin", f"{info.margin_free:,.2f} {money}"),
            _line("level", "margin level", level, _danger(info.margin_level, info.margin_so_call)),
            *lines,
        ]


def _danger(level: float, call: float) -> str:
    return "down" if 0 < level <= call else ""


class OrderCard(Card):
    """One order: its request, the answer, its executions, then its position.

    Attributes
    ----------
    status : OrderStatus
        The first answer, as the order path returned it.
    """

    kind = "order"
    topics = frozenset({"status", "execution", "positions", "orders", "symbols"})

    def __init__(self, desk: Desk, status: OrderStatus) -> None:
        self.status = status
        self._prices = Prices(desk)
        super().__init__(desk, f"Order {status.order}" if status.order else "Order refused")
        self.begin()

    @property
    def order(self) -> int:
        """The order's ticket; 0 when it never became an order."""
        return self.status.order

    @property
    def executions(self) -> list[Execution]:
        """The executions of this order and of the position that it opened."""
        return self._executions(self.desk.state)

    @property
    def position(self) -> TradePosition | None:
        """The open position that the order made, if there is one."""
        return self._position(self.desk.state)

    def rows(self, state: State) -> list[Row]:
        """Return request, answer, executions and position as they are now."""
        newest = self._newest(state)
        code = f" ({newest.retcode})" if newest.ok else ""  # a refusal's text has it
        words = f"{ORDER_STATES.get(newest.status, '')} · {newest.message}{code}"
        lines = [
            _line("request", "request", self._request(), "name"),
            _line("status", "status", words, "up" if newest.ok else "down"),
        ]
        lines += [
            _line(f"deal-{line.deal}", "execution", *self._deal(line))
            for line in self._executions(state)
        ]
        position = self._position(state)
        if position is not None:
            lines.append(_line("position", "position", *self._floating(position)))
        return lines

    def _newest(self, state: State) -> OrderStatus:
        """Return the newest status of this order; of another action only the first answer."""
        if not self.order or self.status.action:
            return self.status
        found = [line for line in state.statuses if line.order == self.order and line.ok]
        return found[-1] if found else self.status

    def _request(self) -> str:
        request = self.status.asked()
        symbol, text = request.get("symbol", ""), self._prices.text
        action = request.get("action")
        if action == c.TRADE_ACTION_REMOVE:
            return f"cancel order {request['order']}"
        if action in {c.TRADE_ACTION_SLTP, c.TRADE_ACTION_MODIFY}:
            what = f"order {request['order']}" if request["order"] else ""
            words = [f"modify {what or 'position ' + str(request['position'])}"]
        elif action == c.TRADE_ACTION_CLOSE_BY:
            return f"close position {request['position']} by {request['position_by']}"
        else:
            kind = TYPE_NAMES.get(request.get("type", 0), "")
            words = [f"{kind} {request.get('volume', 0):g} {symbol}"]
            if request.get("position"):
                words.append(f"on position {request['position']}")
        for name, word in (("price", "at"), ("stoplimit", "limit"), ("sl", "sl"), ("tp", "tp")):
            if request.get(name):
                words.append(f"{word} {text(symbol, request[name])}")
        return " ".join(words)

    def _executions(self, state: State) -> list[Execution]:
        if not self.order or self.status.action:
            return []
        mine = [line for line in state.executions if line.order == self.order]
        opened = {line.position for line in mine if line.entry == "in"}
        return [
            line for line in state.executions if line.order == self.order or line.position in opened
        ]

    def _deal(self, line: Execution) -> tuple[str, str]:
        price = self._prices.text(line.symbol, line.price)
        words = f"{line.type} {line.volume:g} at {price} · {naive_utc(line.time_msc):%H:%M:%S}"
        if line.entry == "in":
            return f"{words} · deal {line.deal}", line.type
        why = f" · {line.reason}" if line.reason != "expert" else ""
        return f"{words} · {line.profit:+,.2f}{why} · deal {line.deal}", tone(line.profit)

    def _position(self, state: State) -> TradePosition | None:
        opened = {line.position for line in self._executions(state)}
        found = [line for line in state.positions if line.ticket in opened]
        return found[0] if found else None

    def _floating(self, position: TradePosition) -> tuple[str, str]:
        side = "long" if position.type == c.POSITION_TYPE_BUY else "short"
        price = self._prices.text(position.symbol, position.price_current)
        words = f"{side} {position.volume:g} · now {price} · {position.profit:+,.2f}"
        return words, tone(position.profit)

    def more(self, state: State) -> More:
        """Say how far the order has come, for the card's edge."""
        newest = self._newest(state)
        return {"title": f"{self.title} · {newest.symbol or self.status.symbol}"}
