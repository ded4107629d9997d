"""The broker: carries out requests that the rules accept, and what the market triggers.

One tick is worked through in this order (R75): expirations, pending orders by ticket with the
second stage of stop-limits, SL and TP by position ticket, margin call and stop out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mas.sim import rules
from mas.sim.account import Account, Order, Position
from mas.sim.matching import (
    STOP_LIMITS,
    close_price,
    fill_price,
    is_buy,
    stop_hit,
    triggered,
)
from mas.terminal import constants as c

if TYPE_CHECKING:
    from mas.sim.market import Market, Quote
    from mas.sim.money import Money
    from mas.sim.symbols import Symbol
    from mas.terminal.types import TradeDeal, TradeRequest

SECOND = 1000


@dataclass(frozen=True, slots=True)
class Terms:
    """What the broker's group settings fix for an account.

    Attributes
    ----------
    stop_out : float
        Margin level in percent at or below which positions are closed (R150, R155).
    price_improvement : bool
        Whether limits and take-profits deal at the better quote after a gap (R74).
    """

    stop_out: float = 50.0
    margin_call: float = 100.0
    price_improvement: bool = False


class Broker:
    """Executes on one account against one market."""

    def __init__(
        self, account: Account, market: Market, money: Money, terms: Terms = Terms()
    ) -> None:
        self.account = account
        self.market = market
        self.money = money
        self.terms = terms
        self.now = 0

    # -- requests (already accepted) -----------------------------------------------------------

    def deal(self, request: TradeRequest) -> tuple[Order, TradeDeal]:
        """Deal at the market: open a position, or close the one named."""
        quote = self._quote(request.symbol)
        order = self._new_order(request)
        price = quote.ask if is_buy(order.type) else quote.bid
        position = self.account.positions.get(request.position)
        if position is not None:
            deal = self._close(order, position, request.volume, price)
        else:
            deal = self._open(order, price)
        return order, deal

    def place(self, request: TradeRequest) -> Order:
        """Place a pending order; one that is marketable deals at once (R54)."""
        order = self._new_order(request)
        self.account.place(order)
        self._work_order(order, self._quote(order.symbol))
        return order

    def modify(self, order: Order, request: TradeRequest) -> None:
        """Set price, stops and expiration of a pending order, absent ones to none (R21)."""
        points = self.market.symbols[order.symbol].points
        order.price, order.stoplimit = points(request.price), points(request.stoplimit)
        order.sl, order.tp = points(request.sl), points(request.tp)
        order.type_time = request.type_time
        order.expiration = self._expiration(request)
        self.account.touch("order", order.ticket)
        self._work_order(order, self._quote(order.symbol))

    def cancel(self, order: Order) -> None:
        """Delete a pending order."""
        self.account.finish(order, c.ORDER_STATE_CANCELED, self.now)

    def set_stops(self, position: Position, sl: int, tp: int) -> None:
        """Set both stops of a position, 0 for none (R21)."""
        position.sl, position.tp = sl, tp
        self.account.touch("position", position.ticket)

    def close_by(self, position: Position, by: Position, request: TradeRequest) -> Order:
        """Close two opposite positions against each other (R109, R110).

        One order, two deals: the first carries the whole profit at the open price of the other.
        """
        volume = min(position.volume, by.volume)
        order = self._new_order(request._replace(symbol=position.symbol, volume=volume, price=0.0))
        order.type, order.price = c.ORDER_TYPE_CLOSE_BY, by.price_open
        order.position_by_id = by.ticket
        order.position_id = position.ticket
        spec = self.market.symbols[position.symbol]
        profit = self._result(spec, position, volume, by.price_open)
        for one, price, gain in (
            (position, by.price_open, profit),
            (by, position.price_open, 0.0),
        ):
            self._book(
                order, one, c.DEAL_ENTRY_OUT_BY, volume, price, profit=gain,
                kind=self.account.opposite(one),
            )  # fmt: skip
            self.account.reduce(one, volume, self.now)
        self.account.finish(order, c.ORDER_STATE_FILLED, self.now, price=by.price_open)
        return order

    # -- the market ----------------------------------------------------------------------------

    def expire(self) -> None:
        """Remove orders whose time is over, before they can trigger (R94, R95)."""
        for order in tuple(self.account.orders.values()):
            if order.expiration and order.expiration <= self.now:
                self.account.finish(order, c.ORDER_STATE_EXPIRED, self.now)

    def tick(self, symbol: str) -> None:
        """Work through what the newest quote of a symbol triggers."""
        quote = self._quote(symbol)
        for order in sorted(self._of(symbol, self.account.orders), key=lambda one: one.ticket):
            self._work_order(order, quote)
        for position in sorted(
            self._of(symbol, self.account.positions), key=lambda one: one.ticket
        ):
            self._work_stops(position, quote)

    def stop_out(self) -> None:
        """Close what loses most until the margin level is above the threshold (R151, R155)."""
        while self.account.positions and self.in_stop_out(self.equity(), self.margin()):
            level = 100 * self.equity() / self.margin() if self.margin() else 0.0
            worst = min(
                self.account.positions.values(),
                key=lambda one: (self.floating(one) + one.swap, one.ticket),
            )
            quote = self._quote(worst.symbol)
            self._server_close(worst, c.ORDER_REASON_SO, quote, f"[so {level:.2f}%]")

    def in_stop_out(self, equity: float, margin: float) -> bool:
        """Tell whether an account is at or below its stop-out level (R152, R155)."""
        if not margin:
            return equity < 0
        return 100 * equity / margin <= self.terms.stop_out

    # -- figures -------------------------------------------------------------------------------

    def floating(self, position: Position, price: int | None = None) -> float:
        """Return the floating profit of a position at a price, or at the market."""
        if price is None:
            quote = self._quote(position.symbol)
            price = quote.bid if position.type == c.POSITION_TYPE_BUY else quote.ask
        spec = self.market.symbols[position.symbol]
        return self._result(spec, position, position.volume, price)

    def equity(self) -> float:
        """Return balance plus floating profit and swap (R135)."""
        floating = sum(self.floating(one) + one.swap for one in self.account.positions.values())
        return round(self.account.balance + floating, self.money.digits)

    def margin(self) -> float:
        """Return the margin of all open positions."""
        by_symbol: dict[str, list[Position]] = {}
        for position in self.account.positions.values():
            by_symbol.setdefault(position.symbol, []).append(position)
        total = sum(
            self.money.hedged_margin(self.market.symbols[name], positions)
            for name, positions in by_symbol.items()
        )
        return round(total, self.money.digits)

    def margin_with(self, request: TradeRequest) -> float:
        """Return the margin of the account after a request, or now for a close (R34)."""
        if request.position in self.account.positions or request.type > c.ORDER_TYPE_SELL:
            return self.margin()
        spec = self.market.symbols[request.symbol]
        per_lot = self._per_lot(spec, request.type, self._quote(request.symbol))
        return self.margin() + round(per_lot * request.volume, self.money.digits)

    # -- inside --------------------------------------------------------------------------------

    def _quote(self, symbol: str) -> Quote:
        quote = self.market.quote(symbol, self.now)
        assert quote is not None, symbol  # noqa: S101  rules.quotes has refused it before
        return quote

    @staticmethod
    def _of(symbol: str, things: dict[int, Any]) -> list[Any]:
        return [one for one in things.values() if one.symbol == symbol]

    def _new_order(self, request: TradeRequest) -> Order:
        points = self.market.symbols[request.symbol].points
        return Order(
            ticket=self.account.new_order_ticket(),
            symbol=request.symbol,
            type=request.type,
            volume=request.volume,
            price=points(request.price),
            time_setup_msc=self.now,
            sl=points(request.sl),
            tp=points(request.tp),
            stoplimit=points(request.stoplimit),
            type_time=request.type_time,
            type_filling=request.type_filling,
            expiration=self._expiration(request),
            magic=request.magic,
            comment=request.comment,
            position_id=request.position,
        )

    def _expiration(self, request: TradeRequest) -> int:
        """Return when an order ends, in ms; 0 for never (R91, R92)."""
        if request.action not in {c.TRADE_ACTION_PENDING, c.TRADE_ACTION_MODIFY}:
            return 0
        if request.type_time == c.ORDER_TIME_DAY:
            return rules.end_of_day(self.now // SECOND)
        if request.type_time == c.ORDER_TIME_SPECIFIED_DAY:
            return rules.end_of_day(request.expiration)
        return request.expiration * SECOND if request.type_time == c.ORDER_TIME_SPECIFIED else 0

    def _work_order(self, order: Order, quote: Quote) -> None:
        """Activate a stop-limit, or fill what the quote triggers (R51, R57, R58)."""
        _, bid, ask = quote
        if not triggered(order.type, order.price, bid, ask):
            return
        if order.type in STOP_LIMITS:
            order.type = STOP_LIMITS[order.type]
            order.price, order.stoplimit = order.stoplimit, 0
            order.type_filling = c.ORDER_FILLING_RETURN
            self.account.touch("order", order.ticket)
            if not triggered(order.type, order.price, bid, ask):
                return
            # Already marketable: it fills on the same tick at the better price (R58).
            price = ask if is_buy(order.type) else bid
        else:
            improve = self.terms.price_improvement
            price = fill_price(order.type, order.price, bid, ask, improve=improve)
        self._fill(order, price, quote)

    def _fill(self, order: Order, price: int, quote: Quote) -> None:
        """Deal a triggered order, or reject it when the money is short (R77, R125)."""
        spec = self.market.symbols[order.symbol]
        needed = self._per_lot(spec, order.type, quote) * order.volume
        if needed > self.equity() - self.margin():
            self.account.finish(order, c.ORDER_STATE_REJECTED, self.now)
            return
        self._open(order, price)
        position = self.account.positions[order.ticket]
        self._work_stops(position, quote)

    def _work_stops(self, position: Position, quote: Quote) -> None:
        """Close a position whose SL or TP the quote has reached (R52, R66)."""
        _, bid, ask = quote
        reason = stop_hit(position.type, position.sl, position.tp, bid, ask)
        if reason is None:
            return
        level = position.sl if reason == c.ORDER_REASON_SL else position.tp
        word = "sl" if reason == c.ORDER_REASON_SL else "tp"
        spec = self.market.symbols[position.symbol]
        text = f"[{word} {spec.price(level):.{spec.digits}f}]"
        self._server_close(position, reason, quote, text)

    def _server_close(self, position: Position, reason: int, quote: Quote, text: str) -> None:
        """Close a whole position by an order of the server (R66, R120)."""
        improve = self.terms.price_improvement
        price = close_price(position, reason, quote.bid, quote.ask, improve=improve)
        order = Order(
            ticket=self.account.new_order_ticket(),
            symbol=position.symbol,
            type=self.account.opposite(position),
            volume=position.volume,
            price=price,
            time_setup_msc=self.now,
            magic=position.magic,
            comment=text,
            reason=reason,
            position_id=position.ticket,
        )
        self._close(order, position, position.volume, price)

    def _open(self, order: Order, price: int) -> TradeDeal:
        buys = is_buy(order.type)
        kind = c.POSITION_TYPE_BUY if buys else c.POSITION_TYPE_SELL
        spec = self.market.symbols[order.symbol]
        position = Position(
            ticket=order.ticket,
            symbol=order.symbol,
            type=kind,
            volume=order.volume,
            price_open=price,
            time_msc=self.now,
            time_update_msc=self.now,
            margin_per_lot=self.money.margin_per_lot(spec, spec.price(price), buy=buys),
            sl=order.sl,
            tp=order.tp,
            magic=order.magic,
            comment=order.comment,
        )
        self.account.open(position)
        order.position_id = position.ticket
        self.account.finish(order, c.ORDER_STATE_FILLED, self.now, price=price)
        return self._book(order, position, c.DEAL_ENTRY_IN, order.volume, price, kind=kind)

    def _close(self, order: Order, position: Position, volume: float, price: int) -> TradeDeal:
        spec = self.market.symbols[position.symbol]
        profit = self._result(spec, position, volume, price)
        kind = self.account.opposite(position)
        deal = self._book(
            order, position, c.DEAL_ENTRY_OUT, volume, price, profit=profit, kind=kind
        )
        self.account.reduce(position, volume, self.now)
        order.position_id = position.ticket
        self.account.finish(order, c.ORDER_STATE_FILLED, self.now, price=price)
        return deal

    def _book(  # noqa: PLR0913  a deal has that many facts
        self,
        order: Order,
        position: Position,
        entry: int,
        volume: float,
        price: int,
        *,
        kind: int,
        profit: float = 0.0,
    ) -> TradeDeal:
        spec = self.market.symbols[position.symbol]
        return self.account.book(
            order=order.ticket,
            time=self.now // SECOND,
            time_msc=self.now,
            type=kind,
            entry=entry,
            magic=order.magic,
            position_id=position.ticket,
            reason=order.reason,
            volume=volume,
            price=spec.price(price),
            commission=0.0,
            swap=0.0,
            profit=profit,
            fee=0.0,
            symbol=position.symbol,
            comment=order.comment,
            external_id="",
        )

    def _result(self, spec: Symbol, position: Position, volume: float, price: int) -> float:
        buys = position.type == c.POSITION_TYPE_BUY
        opened, closed = spec.price(position.price_open), spec.price(price)
        return self.money.profit(spec, volume, opened, closed, buy=buys)

    def _per_lot(self, spec: Symbol, order_type: int, quote: Quote) -> float:
        buys = is_buy(order_type)
        price = spec.price(quote.ask if buys else quote.bid)
        return self.money.margin_per_lot(spec, price, buy=buys)
