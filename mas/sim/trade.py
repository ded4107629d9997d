"""The trading functions of the simulated terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mas.sim import to_mt5
from mas.sim.calls import INVALID, Calls, call, fits
from mas.sim.limits import margin_after, price_moved, refusal
from mas.sim.request import read_request
from mas.sim.request_context import BY_ORDER, BY_SYMBOL, context_of
from mas.sim.valuation import closing_points
from mas.terminal import constants as c
from mas.terminal.retcodes import retcode_text
from mas.terminal.types import (
    OrderCheckResult,
    OrderSendResult,
    TradeOrder,
    TradePosition,
    TradeRequest,
)
from mas.timeunits import SECOND_MS

if TYPE_CHECKING:
    from mas.sim.broker import Outcome
    from mas.sim.holdings import Position
    from mas.sim.rules import RequestContext

LAST_TYPE = c.ORDER_TYPE_SELL_STOP_LIMIT


class TradeCalls(Calls):
    """Requests, and what they left: active orders and open positions."""

    _requests = 0
    _recent: tuple[int, int] = (0, 0)
    """A second, and the requests in it."""

    def order_send(
        self, request: dict[str, Any] | None = None, /, **fields: Any
    ) -> OrderSendResult | None:
        """Carry out a trade request; None only for arguments of a wrong type (R5, R6).

        With a latency the request is looked at and carried out at its arrival (R205); the call
        lasts as long.
        """
        latency = self.settings.latency_ms
        if latency:
            early = self._send_check(request, fields)
            if not isinstance(early, TradeRequest):
                return early
            self.clock.sleep(latency / SECOND_MS)
            return self._arrive(early)
        return self._send(request, fields)

    @call()
    def _send(self, given: Any, fields: dict[str, Any]) -> OrderSendResult | None:
        asked = self._request(given, fields)
        return None if asked is None else self._carry_out(asked)

    @call()
    def _send_check(
        self, given: Any, fields: dict[str, Any]
    ) -> OrderSendResult | TradeRequest | None:
        """Look at a request before it is on its way: what the terminal can tell by itself."""
        asked = self._request(given, fields)
        if asked is None:
            return None
        context, code = context_of(asked, self.broker, self.permissions)
        code = code if context is None else refusal(context) or 0
        return self._answer(asked, code) if code else asked

    @call()
    def _arrive(self, asked: TradeRequest) -> OrderSendResult | None:
        """Carry out a request after its way; what it names may be gone by now (R35)."""
        if asked.action in BY_ORDER and asked.order not in self.broker.account.orders:
            return self._answer(asked, c.TRADE_RETCODE_ORDER_CHANGED)
        return self._carry_out(asked)

    @call()
    def order_check(
        self, request: dict[str, Any] | None = None, /, **fields: Any
    ) -> OrderCheckResult | None:
        """Say whether a request would pass, and the account after it (R15, R33, R34)."""
        asked = self._request(request, fields)
        if asked is None:
            return None
        context, code = context_of(asked, self.broker, self.permissions)
        if context is None:
            return self._checked(asked, code, None)
        code = refusal(context) or 0
        if code not in {0, c.TRADE_RETCODE_NO_MONEY}:
            return self._checked(asked, code, None)
        deal = asked.action in BY_SYMBOL
        margin = margin_after(context) if deal else self.broker.valuation.margin()
        return self._checked(asked, code, margin)

    @call()
    def order_calc_margin(
        self, action: int, symbol: str, volume: float, price: float, /
    ) -> float | None:
        """Return the margin of one order alone in account currency (R136)."""
        spec = self.market.symbols.get(symbol)
        if spec is None or not (volume > 0 and price > 0) or not 0 <= action <= LAST_TYPE:
            self.error = INVALID
            return None
        valuation = self.broker.valuation
        return round(valuation.order_margin(spec, action, price, volume), valuation.money.digits)

    @call()
    def order_calc_profit(
        self, action: int, symbol: str, volume: float, price_open: float, price_close: float, /
    ) -> float | None:
        """Return the profit between two prices in account currency."""
        spec = self.market.symbols.get(symbol)
        prices = (volume, price_open, price_close)
        if spec is None or not min(prices) > 0 or action not in {0, 1}:
            self.error = INVALID
            return None
        return self.broker.money.of(spec).profit(*prices, action == c.ORDER_TYPE_BUY)

    @call(0)
    def positions_total(self) -> int:
        """Return the number of open positions."""
        return len(self.broker.account.positions)

    @call()
    def positions_get(
        self, *unnamed: Any, symbol: str = "", group: str = "", ticket: int = 0
    ) -> tuple[TradePosition, ...] | None:
        """Return open positions by ticket (R8, R18)."""
        if unnamed:
            self.error = UNNAMED
            return None
        found = _chosen(self.broker.account.positions, symbol, group, ticket)
        return tuple(self._position(thing) for thing in found)

    @call(0)
    def orders_total(self) -> int:
        """Return the number of active orders."""
        return len(self.broker.account.orders)

    @call()
    def orders_get(
        self, *unnamed: Any, symbol: str = "", group: str = "", ticket: int = 0
    ) -> tuple[TradeOrder, ...] | None:
        """Return active orders by ticket (R8, R18)."""
        if unnamed:
            self.error = UNNAMED
            return None
        return tuple(
            to_mt5.order(thing, self.market.symbols[thing.symbol], self.quote(thing.symbol))
            for thing in _chosen(self.broker.account.orders, symbol, group, ticket)
        )

    # -- inside --------------------------------------------------------------------------------

    def _request(self, given: Any, fields: dict[str, Any]) -> TradeRequest | None:
        """Return the request, or None with the error of the package (R5, R216)."""
        asked = read_request(given, fields, self.settings)
        if isinstance(asked, str):
            self.error = (c.RES_E_INVALID_PARAMS, asked)
            return None
        if self.permissions.tradeapi_disabled:
            self.error = TRADING_DISABLED
            return None
        return asked

    def _carry_out(self, asked: TradeRequest) -> OrderSendResult:
        """Check a request, do it, and answer with the fields of R36."""
        self._requests += 1
        if self._too_many():
            return self._answer(asked, c.TRADE_RETCODE_TOO_MANY_REQUESTS)
        context, code = context_of(asked, self.broker, self.permissions)
        if context is None:
            return self._answer(asked, code)
        code = refusal(context) or self.permissions.next_refusal()
        if code:
            return self._answer(asked, code)
        if asked.action == c.TRADE_ACTION_DEAL:
            code = price_moved(context) or 0
            if code:
                return self._answer(asked, code, quoted=True)
        self.runner.changed()
        return self._done(asked, context, self._do(context))

    def _do(self, context: RequestContext) -> Outcome:
        broker, request, symbol, quote = self.broker, context.request, context.symbol, context.quote
        assert quote is not None  # noqa: S101  rules.quotes has refused it before
        if request.action == c.TRADE_ACTION_DEAL:
            return broker.deal(request, symbol, quote)
        if request.action == c.TRADE_ACTION_PENDING:
            return broker.place(request, symbol, quote)
        if context.order is not None:
            if request.action == c.TRADE_ACTION_REMOVE:
                return broker.cancel(context.order)
            return broker.modify(context.order, request, symbol, quote)
        assert context.position is not None  # noqa: S101  _position_context has found it
        if context.by is not None:
            return broker.close_by(context.position, context.by, request)
        return broker.set_stops(
            context.position, symbol.points(request.sl), symbol.points(request.tp)
        )

    def _done(
        self, asked: TradeRequest, context: RequestContext, outcome: Outcome
    ) -> OrderSendResult:
        code, order, deals = outcome
        if order is None:
            return self._answer(asked, code)
        if deals and context.quote is not None and asked.action == c.TRADE_ACTION_DEAL:
            volume = deals[0].volume if len(deals) == 1 else _total(deals)
            price = deals[0].price if len(deals) == 1 else context.symbol.price(order.price_done)
            spec, (_, low, high, *_) = context.symbol, context.quote
            return OrderSendResult(
                code, deals[-1].ticket, order.ticket, volume, price, spec.price(low),
                spec.price(high), retcode_text(code), self._requests, 0, asked,
            )  # fmt: skip
        carried_out = code != c.TRADE_RETCODE_REJECT and asked.action not in BY_ORDER
        volume = order.volume if carried_out else 0.0
        return self._answer(asked, code, order=order.ticket, volume=volume, quoted=True)

    def _too_many(self) -> bool:
        """Count the requests of this second (R35: 10024)."""
        most, second = self.settings.requests_per_second, self.broker.now // SECOND_MS
        count = self._recent[1] + 1 if self._recent[0] == second else 1
        self._recent = (second, count)
        return bool(most) and count > most

    def _answer(  # noqa: PLR0913  the fields of a result
        self,
        asked: TradeRequest,
        code: int,
        *,
        deal: int = 0,
        order: int = 0,
        volume: float = 0.0,
        price: float = 0.0,
        quoted: bool = False,
    ) -> OrderSendResult:
        bid = ask = 0.0
        quote = self.quote(asked.symbol) if quoted else None
        if quote is not None:
            spec = self.market.symbols[asked.symbol]
            bid, ask = spec.price(quote.bid), spec.price(quote.ask)
        text = retcode_text(code)
        why = self.market.why_off(asked.symbol) if code == c.TRADE_RETCODE_PRICE_OFF else ""
        return OrderSendResult(
            code, deal, order, volume, price, bid, ask, f"{text}: {why}" if why else text,
            self._requests, 0, asked,
        )  # fmt: skip

    def _checked(self, asked: TradeRequest, code: int, margin: float | None) -> OrderCheckResult:
        """Return the account after the operation, zeros when it did not get that far (R33)."""
        text = retcode_text(code)
        if margin is None:
            return OrderCheckResult(code, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, text, asked)
        valuation = self.broker.valuation
        digits, equity = valuation.money.digits, valuation.equity()
        balance = round(self.broker.account.balance, digits)
        credit = self.broker.account.credit
        return OrderCheckResult(
            code, balance, equity, round(equity - balance - credit, digits), margin,
            round(equity - margin, digits), valuation.level(equity, margin), text, asked,
        )  # fmt: skip

    def _position(self, fact: Position) -> TradePosition:
        spec, quote = self.market.symbols[fact.symbol], self.quote(fact.symbol)
        points = 0 if quote is None else closing_points(spec, fact.type, quote)
        return to_mt5.position(fact, spec, points, self.broker.valuation.floating(fact, points))


UNNAMED = (c.RES_E_INVALID_PARAMS, "Unnamed arguments not allowed")
TRADING_DISABLED = (
    c.RES_E_AUTO_TRADING_DISABLED, "Auto-Trading using Python API disabled in Terminal",
)  # fmt: skip


def _total(deals: tuple[Any, ...]) -> float:
    return float(round(sum(deal.volume for deal in deals), 8))


def _chosen(things: dict[int, Any], symbol: str, group: str, ticket: int) -> list[Any]:
    """Return what fits the first filter given: symbol, group, ticket (R8)."""
    if ticket and not symbol and not group:
        return [things[ticket]] if ticket in things else []
    found = sorted(things.values(), key=lambda thing: thing.ticket)
    if symbol:
        return [thing for thing in found if thing.symbol == symbol]
    return [thing for thing in found if fits(thing.symbol, group)] if group else found
