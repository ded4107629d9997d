"""The trading functions of the simulated terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mas.sim import facts
from mas.sim.calls import INVALID, Calls, call, fits
from mas.sim.rules import Case, refusal
from mas.terminal import constants as c
from mas.terminal.retcodes import retcode_text
from mas.terminal.types import (
    OrderCheckResult,
    OrderSendResult,
    TradeOrder,
    TradePosition,
    TradeRequest,
)

if TYPE_CHECKING:
    from mas.sim.account import Order, Position

INTS = frozenset(
    {
        "action", "magic", "order", "deviation", "type", "type_filling", "type_time",
        "expiration", "position", "position_by",
    }
)  # fmt: skip
TEXTS = frozenset({"symbol", "comment"})
FLOATS = frozenset({"volume", "price", "stoplimit", "sl", "tp"})
LARGE = 1e15
COMMENT_LENGTH = 31
NO_REQUEST = TradeRequest(0, 0, 0, "", 0.0, 0.0, 0.0, 0.0, 0.0, 0, 0, 0, 0, 0, "", 0, 0)
FIELDS = frozenset(NO_REQUEST._fields)
LARGEST = 2**63 - 1


class TradeCalls(Calls):
    """Requests, and what they left: active orders and open positions."""

    _requests = 0

    @call()
    def order_send(
        self, request: dict[str, Any] | None = None, /, **fields: Any
    ) -> OrderSendResult | None:
        """Carry out a trade request; None only for arguments of a wrong type (R5, R6)."""
        asked = self._request(request, fields)
        if asked is None:
            return None
        self._requests += 1
        case, code = self._case(asked)
        if code is None and case is not None:
            code = refusal(case) or self._short_of_money(case)
        if code is not None or case is None:
            return self._answer(asked, code or c.TRADE_RETCODE_INVALID)
        self.runner.changed()
        return self._carry_out(asked, case)

    @call()
    def order_check(
        self, request: dict[str, Any] | None = None, /, **fields: Any
    ) -> OrderCheckResult | None:
        """Say whether a request would pass, and the account after it (R15, R33, R34)."""
        asked = self._request(request, fields)
        if asked is None:
            return None
        case, code = self._case(asked)
        if code is None and case is not None:
            code = refusal(case)
        if code is not None or case is None:
            return self._checked(asked, code or c.TRADE_RETCODE_INVALID, None)
        deal = asked.action in {c.TRADE_ACTION_DEAL, c.TRADE_ACTION_PENDING}
        margin = self.broker.margin_with(case.request) if deal else self.broker.margin()
        return self._checked(asked, self._short_of_money(case) or 0, margin)

    @call()
    def order_calc_margin(
        self, action: int, symbol: str, volume: float, price: float, /
    ) -> float | None:
        """Return the margin of one order alone in account currency (R136)."""
        spec = self.market.symbols.get(symbol)
        if spec is None or volume <= 0 or price <= 0 or not 0 <= action <= LAST_TYPE:
            self.error = INVALID
            return None
        per_lot = self.broker.money.margin_per_lot(spec, price, buy=action % 2 == 0)
        return round(per_lot * volume, self.broker.money.digits)

    @call()
    def order_calc_profit(
        self, action: int, symbol: str, volume: float, price_open: float, price_close: float, /
    ) -> float | None:
        """Return the profit between two prices in account currency."""
        spec = self.market.symbols.get(symbol)
        prices = (volume, price_open, price_close)
        if spec is None or min(prices) <= 0 or action not in {0, 1}:
            self.error = INVALID
            return None
        return self.broker.money.profit(spec, *prices, buy=action == c.ORDER_TYPE_BUY)

    @call(0)
    def positions_total(self) -> int:
        """Return the number of open positions."""
        return len(self.broker.account.positions)

    @call()
    def positions_get(
        self, *, symbol: str = "", group: str = "", ticket: int = 0
    ) -> tuple[TradePosition, ...] | None:
        """Return open positions by ticket (R8, R18)."""
        found = _chosen(self.broker.account.positions, symbol, group, ticket)
        return tuple(self._position(one) for one in found)

    @call(0)
    def orders_total(self) -> int:
        """Return the number of active orders."""
        return len(self.broker.account.orders)

    @call()
    def orders_get(
        self, *, symbol: str = "", group: str = "", ticket: int = 0
    ) -> tuple[TradeOrder, ...] | None:
        """Return active orders by ticket (R8, R18)."""
        return tuple(
            facts.order(one, self.market.symbols[one.symbol], self.quote(one.symbol))
            for one in _chosen(self.broker.account.orders, symbol, group, ticket)
        )

    # -- inside --------------------------------------------------------------------------------

    def _request(self, given: dict[str, Any] | None, fields: dict[str, Any]) -> TradeRequest | None:
        """Return the request with every field of its type; absent ones are 0 or "" (R5)."""
        if given is not None and fields:
            self.error = (c.RES_E_INVALID_PARAMS, "Unnamed arguments not allowed")
            return None
        content = fields if given is None else given
        if not isinstance(content, dict):
            self.error = (c.RES_E_INVALID_PARAMS, "Invalid arguments")
            return None
        clean: dict[str, Any] = {}
        for name, value in content.items():
            if type(value) is float and name in FLOATS and -LARGE < value < LARGE:
                clean[name] = value  # by far the most; the rest is looked at more closely
                continue
            if name not in FIELDS:
                continue
            converted = _converted(name, value)
            if converted is None:
                self.error = (c.RES_E_INVALID_PARAMS, f'Invalid "{name}" argument')
                return None
            clean[name] = converted
        return NO_REQUEST._replace(**clean)

    def _case(self, asked: TradeRequest) -> tuple[Case | None, int | None]:
        """Return what the rules look at, or the code for what does not exist (R32, R35)."""
        account = self.broker.account
        order: Order | None = None
        position: Position | None = None
        if asked.action in {c.TRADE_ACTION_MODIFY, c.TRADE_ACTION_REMOVE}:
            order = account.orders.get(asked.order)
            if order is None:
                return None, c.TRADE_RETCODE_INVALID
            asked = asked._replace(symbol=order.symbol, type=order.type, volume=order.volume)
        elif asked.position or asked.action == c.TRADE_ACTION_SLTP:
            position = account.positions.get(asked.position)
            if position is None:
                return None, c.TRADE_RETCODE_POSITION_CLOSED
            asked = asked._replace(symbol=asked.symbol or position.symbol)
        if asked.action == c.TRADE_ACTION_CLOSE_BY:
            return self._close_by_case(asked, position)
        if asked.action not in ACTIONS or asked.symbol not in self.market.symbols:
            return None, c.TRADE_RETCODE_INVALID
        spec = self.market.symbols[asked.symbol]
        now, quote = self.broker.now, self.quote(asked.symbol)
        opened = self.settings_open(asked.symbol)
        return Case(asked, spec, quote, now, position, order, opened), None

    def _close_by_case(
        self, asked: TradeRequest, position: Position | None
    ) -> tuple[Case | None, int | None]:
        """Two opposite positions of one symbol (R25, R35)."""
        by = self.broker.account.positions.get(asked.position_by)
        if position is None or by is None:
            return None, c.TRADE_RETCODE_POSITION_CLOSED
        if by.symbol != position.symbol or by.type == position.type:
            return None, c.TRADE_RETCODE_INVALID
        spec, quote = self.market.symbols[position.symbol], self.quote(position.symbol)
        opened = self.settings_open(position.symbol)
        return Case(asked, spec, quote, self.broker.now, position, None, opened), None

    def settings_open(self, symbol: str) -> bool:
        """Tell whether a symbol trades at this hour (R40)."""
        return self.market.is_open(symbol, self.broker.now)

    def _short_of_money(self, case: Case) -> int | None:
        """The free margin covers an opening deal (R125); pending orders take none (R129)."""
        if case.request.action != c.TRADE_ACTION_DEAL or case.position is not None:
            return None
        free = self.broker.equity() - self.broker.margin_with(case.request)
        return c.TRADE_RETCODE_NO_MONEY if free < 0 else None

    def _carry_out(self, asked: TradeRequest, case: Case) -> OrderSendResult:
        """Do what passed all checks, and answer 10009 with the fields of R36."""
        broker, request = self.broker, case.request
        if request.action == c.TRADE_ACTION_DEAL:
            order, deal = broker.deal(request)
            return self._answer(
                asked, c.TRADE_RETCODE_DONE, deal=deal.ticket, order=order.ticket,
                volume=deal.volume, price=deal.price,
            )  # fmt: skip
        if request.action == c.TRADE_ACTION_PENDING:
            order = broker.place(request)
            return self._answer(
                asked, c.TRADE_RETCODE_DONE, order=order.ticket, volume=order.volume
            )
        if request.action == c.TRADE_ACTION_CLOSE_BY and case.position is not None:
            by = broker.account.positions[request.position_by]
            order = broker.close_by(case.position, by, request)
            return self._answer(
                asked, c.TRADE_RETCODE_DONE, order=order.ticket, volume=order.volume
            )
        if case.order is not None:
            if request.action == c.TRADE_ACTION_REMOVE:
                broker.cancel(case.order)
            else:
                broker.modify(case.order, request)
            return self._answer(asked, c.TRADE_RETCODE_DONE, order=case.order.ticket)
        if case.position is not None:
            points = case.symbol.points
            broker.set_stops(case.position, points(request.sl), points(request.tp))
        return self._answer(asked, c.TRADE_RETCODE_DONE, quoted=False)

    def _answer(  # noqa: PLR0913  the fields of a result
        self,
        asked: TradeRequest,
        code: int,
        *,
        deal: int = 0,
        order: int = 0,
        volume: float = 0.0,
        price: float = 0.0,
        quoted: bool = True,
    ) -> OrderSendResult:
        quote = self.quote(asked.symbol) if quoted and order else None
        spec = self.market.symbols.get(asked.symbol)
        bid = spec.price(quote.bid) if spec and quote else 0.0
        ask = spec.price(quote.ask) if spec and quote else 0.0
        return OrderSendResult(
            code, deal, order, volume, price, bid, ask, retcode_text(code), self._requests, 0, asked
        )

    def _checked(self, asked: TradeRequest, code: int, margin: float | None) -> OrderCheckResult:
        """Return the account after the operation, zeros when it did not get that far (R33)."""
        if margin is None:
            return OrderCheckResult(code, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, retcode_text(code), asked)
        digits = self.broker.money.digits
        equity = self.broker.equity()
        balance = round(self.broker.account.balance, digits)
        return OrderCheckResult(
            retcode=code,
            balance=balance,
            equity=equity,
            profit=round(equity - balance, digits),
            margin=margin,
            margin_free=round(equity - margin, digits),
            margin_level=100 * equity / margin if margin else 0.0,
            comment=retcode_text(code),
            request=asked,
        )

    def _position(self, fact: Position) -> TradePosition:
        spec, quote = self.market.symbols[fact.symbol], self.quote(fact.symbol)
        buys = fact.type == c.POSITION_TYPE_BUY
        price = 0 if quote is None else quote.bid if buys else quote.ask
        return facts.position(fact, spec, price, self.broker.floating(fact, price))


ACTIONS = frozenset(
    {
        c.TRADE_ACTION_DEAL,
        c.TRADE_ACTION_PENDING,
        c.TRADE_ACTION_SLTP,
        c.TRADE_ACTION_MODIFY,
        c.TRADE_ACTION_REMOVE,
    }
)
LAST_TYPE = c.ORDER_TYPE_SELL_STOP_LIMIT


def _converted(name: str, value: object) -> Any:
    """Return a field's value as its type, None when it is of another (R5, R7)."""
    if name in TEXTS:
        fitting = isinstance(value, str) and (name != "comment" or len(value) <= COMMENT_LENGTH)
        return value if fitting else None
    if name in INTS:
        whole = isinstance(value, int) and 0 <= value <= LARGEST
        return int(value) if whole and isinstance(value, int) else None
    if not isinstance(value, int | float) or abs(value) > LARGE or value != value:  # noqa: PLR0124
        return None
    return float(value)


def _chosen(things: dict[int, Any], symbol: str, group: str, ticket: int) -> list[Any]:
    """Return what fits the first filter given: symbol, group, ticket (R8)."""
    if ticket and not symbol and not group:
        return [things[ticket]] if ticket in things else []
    found = sorted(things.values(), key=lambda one: one.ticket)
    if symbol:
        return [one for one in found if one.symbol == symbol]
    return [one for one in found if fits(one.symbol, group)] if group else found
