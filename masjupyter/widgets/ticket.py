"""The order ticket: a form that says what an order costs and risks before it is sent."""

from __future__ import annotations

import threading
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from mas.clock import monotonic
from mas.errors import MasError, ParamError
from mas.schema import parse_order
from masjupyter.widgets._base import as_html, free_clicks
from masjupyter.widgets.orderform import KINDS, NUMBERS, inputs, priced
from masjupyter.widgets.tables import Prices

if TYPE_CHECKING:
    from mas.state import State
    from mas.terminal.types import Tick
    from masjupyter.desk import Desk

    Order = dict[str, Any]
    Advice = tuple[str, str]
    """The cells of a side, and what is wrong with it; one of them is empty."""

SIDES = ("sell", "buy")
DOUBLE_CLICK = 0.5
"""Seconds after an answer in which another click is taken for the same one."""
RETHINK = 1.0
"""Seconds between two checks of an unchanged form; its margin moves with the price."""


class OrderTicket(w.VBox):
    """A form for one order; its two buttons send through the desk, as a cell would."""

    kind = "ticket"
    _is_open = False
    topics = frozenset({"quotes"})

    def __init__(self, desk: Desk, symbol: str) -> None:
        self.desk, self._prices = desk, Prices(desk)
        self._is_open, self._changed, self._checked = True, True, 0.0
        self._sending, self._answered = threading.Lock(), 0.0
        self._found: dict[str, Advice] = {}
        self._edition = 0
        """Counts the changes of the form: an answer is about one of them."""
        self._watched, self._fitted, self._volume = symbol, "", 0.0
        desk.core.watch(symbol)
        desk.core.refresh()
        self._build(symbol, [str(row["name"]) for row in desk.client.get_symbols()])
        super().__init__([self._head, self._form, self._sides, self._advice, self._answer])
        self.add_class("mas-ticket")
        for part in (self, *self._inputs, self.sell, self.buy):
            free_clicks(part)
        self.refresh(desk.state)
        desk.publisher.attach(self)

    # -- the form ------------------------------------------------------------------------------

    def _build(self, symbol: str, symbols: list[str]) -> None:
        wide = {"width": "100%"}
        made = inputs(symbol, symbols)
        self._inputs = tuple(made.values())
        self._numbers = {name: made[name] for name in NUMBERS}
        self.symbol, self.type, self.stops_in = made["symbol"], made["order_type"], made["stops_in"]
        self.volume, self.price, self.stoplimit, self.sl, self.tp = self._numbers.values()
        self._head = w.HTML("<b>Order ticket</b>")
        self._form = w.Box(
            self._inputs, layout=w.Layout(flex_flow="row wrap", justify_content="space-between")
        )
        tall = w.Layout(width="49%", height="54px")
        self.sell = w.Button(description="SELL", button_style="danger", layout=tall)
        self.buy = w.Button(description="BUY", button_style="success", layout=tall)
        self.sell.add_class("mas-sell")
        self.buy.add_class("mas-buy")
        self._sides = w.HBox(
            [self.sell, self.buy], layout=w.Layout(justify_content="space-between")
        )
        self._advice, self._answer = w.HTML(layout=wide), w.HTML(layout=wide)
        self._fit(self.desk.state)
        for part in self._inputs:
            part.observe(self._edited, names="value")
        self.sell.on_click(lambda _: self._clicked("sell"))
        self.buy.on_click(lambda _: self._clicked("buy"))

    def _fit(self, state: State) -> None:
        """Step volume and prices as the symbol does, once it is known."""
        info = state.symbols.get(self._watched)
        if info is None or self._fitted == self._watched:
            return
        self._fitted = self._watched
        self.volume.min, self.volume.max = 0.0, info.volume_max
        self.volume.step = info.volume_step
        if self.volume.value == self._volume:  # never change what has been typed meanwhile
            self.volume.value = max(0.1, info.volume_min)
        for part in (self.price, self.stoplimit, self.sl, self.tp):
            part.step = info.point

    def _edited(self, change: dict[str, Any]) -> None:
        if change["owner"] is self.symbol:
            self.desk.core.unwatch(self._watched)
            self._watched = change["new"]
            self.desk.core.watch(self._watched)
            self._volume = self.volume.value
            self._fit(self.desk.state)
            self.price.value = self.stoplimit.value = self.sl.value = self.tp.value = 0.0
        self._edition += 1
        self._changed = True
        self.desk.publisher.mark(self)

    # -- what the form means -------------------------------------------------------------------

    def params(self, side: str) -> dict[str, Any]:
        """Return the documented dict of ``send_order`` for a side, ``buy`` or ``sell``.

        Raises
        ------
        ParamError
            Stops are in points, and there is no quote yet to count them from.
        """
        order: dict[str, Any] = {
            "symbol": self.symbol.value,
            "order_type": side + KINDS[self.type.value],
            "volume": round(self.volume.value, 8),
        }
        order |= {name: self._numbers[name].value for name in priced(self.type.value)}
        for name in ("sl", "tp"):
            level = self._level(side, name)
            if level:
                order[name] = level
        return order

    def _level(self, side: str, name: str) -> float:
        """Return a stop as a price; in points it counts from the price of the deal."""
        value = self._numbers[name].value
        if not value or self.stops_in.value == "price":
            return float(value)
        symbol, state = self.symbol.value, self.desk.state
        info, tick = state.symbols.get(symbol), state.quotes.get(symbol)
        if info is None or tick is None:
            raise ParamError(
                f"{name} is in points, and there is no quote of {symbol} yet to count from: wait "
                "for one, or give a price",
                field=name,
                value=value,
            )
        base = self._base(side, tick)
        sign = (1 if side == "buy" else -1) * (1 if name == "tp" else -1)
        return float(round(base + sign * value * info.point, info.digits))

    def _base(self, side: str, tick: Tick) -> float:
        if self.type.value == "stop limit":
            return float(self.stoplimit.value)
        if self.type.value != "market":
            return float(self.price.value)
        return float(tick.ask if side == "buy" else tick.bid)

    # -- bringing it up to date (the publisher's thread) ------------------------------------------

    def refresh(self, state: State) -> None:
        """Show the quote on the buttons; check the form when it changed, or once a second."""
        tick = state.quotes.get(self.symbol.value)
        if tick is not None:
            text = self._prices.text
            self.sell.description = f"SELL {text(self.symbol.value, tick.bid)}"
            self.buy.description = f"BUY {text(self.symbol.value, tick.ask)}"
        self._fit(state)
        if self._changed or monotonic() - self._checked > RETHINK:
            self._changed, self._checked = False, monotonic()
            self._show_fields()
            self._check(tick)
        self._advise()

    def _show_fields(self) -> None:
        """Show the price fields that this type of order needs."""
        needed = priced(self.type.value)
        for name in ("price", "stoplimit"):
            self._numbers[name].layout.display = "" if name in needed else "none"

    def _check(self, tick: Tick | None) -> None:
        """Check the form, and beside this thread with the terminal what passes."""
        orders = {}
        for side in SIDES:
            try:
                order = {"backtest_toggle": False, **self.params(side)}
                parse_order(order)
            except ParamError as error:
                self._found[side] = "", str(error)
            else:
                orders[side] = order, None if tick is None else self._base(side, tick)
        if orders:
            self.desk.reader.ask(self, partial(self._ask, orders, self._edition))

    def _ask(self, orders: dict[str, tuple[Order, float | None]], edition: int) -> None:
        """Keep what the terminal says, unless the form has changed meanwhile."""
        found = {side: self._consider(side, *asked) for side, asked in orders.items()}
        if edition == self._edition:
            self._found.update(found)

    def _consider(self, side: str, order: Order, price: float | None) -> Advice:
        """Return the cells for one side that would deal at a price, or what is wrong with it."""
        try:
            result = self.desk.core.preview(order)
        except MasError as error:
            return "", str(error)
        if result.retcode:
            return "", f"{side}: {result.comment} ({result.retcode})"
        if price is None:
            return "", "no quote yet"
        asked: Any = {"symbol": order["symbol"], "volume": order["volume"], "action": side}
        margin = self.desk.client.calc_order_margin(asked | {"price": price})
        cells = [f"{margin:,.2f}", f"{result.margin_free:,.2f}"]
        for name in ("sl", "tp"):
            money = "–"
            if name in order:
                prices = {"price_open": price, "price_close": order[name]}
                money = f"{self.desk.client.calc_order_profit(asked | prices):+,.2f}"
            cells.append(money)
        return "".join(f"<td>{cell}</td>" for cell in cells), ""

    def _advise(self) -> None:
        """Show margin and risk of both sides, or what is wrong with them."""
        lines, problems = [], []
        for side, button in (("sell", self.sell), ("buy", self.buy)):
            cells, problem = self._found.get(side, ("", ""))
            button.disabled = bool(problem) or self._sending.locked()
            if problem:
                problems.append(problem)
            elif cells:
                lines.append(f"<tr><td>{side}</td>{cells}</tr>")
        html = ""
        if lines:
            html = (
                "<table class='mas-advice'><tr><th></th><th>margin</th><th>free after</th>"
                f"<th>risk at sl</th><th>gain at tp</th></tr>{''.join(lines)}</table>"
            )
        said = dict.fromkeys(problems)
        html += "".join(f"<div class='mas-problem'>{escape(problem)}</div>" for problem in said)
        self._advice.value = html

    # -- sending -------------------------------------------------------------------------------

    def _clicked(self, side: str) -> None:
        """Send one order for one click: a second click under way, or a double click, is none."""
        if not self._sending.acquire(blocking=False):
            return
        try:
            if monotonic() - self._answered < DOUBLE_CLICK:
                return
            self.sell.disabled = self.buy.disabled = True
            self._send_order(side)
            self._answered = monotonic()
        finally:
            self._sending.release()
            self._changed = True
            self.desk.publisher.mark(self)

    def _send_order(self, side: str) -> None:
        try:
            status = self.desk.send(self.params(side))
        except MasError as error:
            self._answer.value = f"<div class='mas-problem'>{escape(str(error))}</div>"
            return
        shade = "mas-done" if status.ok else "mas-problem"
        ticket = f"order {status.order}: " if status.order else ""
        self._answer.value = f"<div class='{shade}'>{ticket}{escape(status.message)}</div>"

    # -- the panel -----------------------------------------------------------------------------

    def close(self) -> None:
        """Close the ticket: it is forgotten by the desk, and its symbol is watched no longer."""
        if not self._is_open:
            return
        self._is_open = False
        self.desk.publisher.detach(self)
        self.desk.reader.forget(self)
        self.desk.core.unwatch(self._watched)
        for part in (
            *self._inputs, self.sell, self.buy, self._head, self._form, self._sides,
            self._advice, self._answer,
        ):  # fmt: skip
            part.close()
        super().close()

    def __repr__(self) -> str:
        return f"Order ticket: {self.symbol.value}, {self.type.value}, {self.volume.value:g} lots"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the live form, and what it says as text and HTML for where there is none."""
        data = dict(super()._repr_mimebundle_(**kwargs) or {})
        data["text/plain"] = repr(self)
        cells = [self.symbol.value, self.type.value, f"{self.volume.value:g}"]
        data["text/html"] = as_html("Order ticket", ["symbol", "type", "volume"], [cells])
        return data
