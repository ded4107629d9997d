"""The trading functions of the simulated terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from mas.sim import to_mt5
from mas.sim.calls import INVALID, NO_CONNECTION, SUCCESS, Calls, call, fits
from mas.sim.limits import margin_after
from mas.sim.request import in_range, read_request
from mas.sim.request_context import BY_SYMBOL, context_of
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
    from collections.abc import Callable

    from mas.sim.holdings import Position
    from mas.sim.requests import Requests

T = TypeVar("T")
LAST_TYPE = c.ORDER_TYPE_SELL_STOP_LIMIT


class TradeCalls(Calls):
    """Requests, and what they left: active orders and open positions."""

    requests: Requests

    def order_send(
        self, request: dict[str, Any] | None = None, /, **fields: Any
    ) -> OrderSendResult | None:
        """Carry out a trade request; None only for arguments of a wrong type (R5, R6)."""
        asked = self._read(request, fields)
        if asked is None:
            return None
        in_utc = self._in_utc(asked)
        result = self._carry_out(in_utc)
        return result if in_utc is asked or result is None else result._replace(request=asked)

    def send(self, asked: TradeRequest) -> OrderSendResult | None:
        """Carry out a request whose fields have their types already, and whose time is UTC."""
        if in_range(asked, self.settings.comment_length):
            return self._carry_out(asked)
        read = self._read(asked._asdict(), {})  # says what is wrong
        return None if read is None else self._carry_out(read)

    def _carry_out(self, asked: TradeRequest) -> OrderSendResult | None:
        """Carry out a request; with a latency at its arrival, and the call lasts as long (R205)."""
        latency = self.settings.latency_ms
        if not latency:
            return self._now(self.requests.carry_out, asked)
        early = self._now(self.requests.early_refusal, asked)
        if early is not None or self.error != SUCCESS:
            return early
        self.clock.sleep(latency / SECOND_MS)
        return self._now(self.requests.arrived, asked)

    def _now(self, do: Callable[[TradeRequest], T], asked: TradeRequest) -> T | None:
        """Let the market run up to now, then do something with a request (R2, R4)."""
        with self.lock:
            if not self.connected:
                self.error = NO_CONNECTION
                return None
            self.error = TRADING_DISABLED if self.permissions.tradeapi_disabled else SUCCESS
            self.runner.advance(self.clock.now_ms())
            if self.permissions.tradeapi_disabled:
                return None  # R216
            done = do(asked)
            self.save()
            return done

    @call()
    def _read(self, given: Any, fields: dict[str, Any]) -> TradeRequest | None:
        """Return a request with its types, or None with the error of the package (R5)."""
        asked = read_request(given, fields, self.settings)
        if isinstance(asked, TradeRequest):
            return asked
        self.error = (c.RES_E_INVALID_PARAMS, asked)
        return None

    def _in_utc(self, asked: TradeRequest) -> TradeRequest:
        """Return a request with its expiration, which is the server's, in UTC (R183)."""
        server = self.market.server
        if server.utc or not asked.expiration:
            return asked
        return asked._replace(expiration=server.to_utc(asked.expiration * 1000) // 1000)

    @call()
    def order_check(
        self, request: dict[str, Any] | None = None, /, **fields: Any
    ) -> OrderCheckResult | None:
        """Say whether a request would pass, and the account after it (R15, R33, R34)."""
        asked = read_request(request, fields, self.settings)
        if not isinstance(asked, TradeRequest):
            self.error = (c.RES_E_INVALID_PARAMS, asked)
            return None
        if self.permissions.tradeapi_disabled:
            self.error = TRADING_DISABLED
            return None
        context, code = context_of(self._in_utc(asked), self.broker, self.permissions)
        if context is None:
            return self._checked(asked, code, None)
        code = self.requests.checks.refusal(context) or 0
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


def _chosen(things: dict[int, Any], symbol: str, group: str, ticket: int) -> list[Any]:
    """Return what fits the first filter given: symbol, group, ticket (R8)."""
    if ticket and not symbol and not group:
        return [things[ticket]] if ticket in things else []
    found = sorted(things.values(), key=lambda thing: thing.ticket)
    if symbol:
        return [thing for thing in found if thing.symbol == symbol]
    return [thing for thing in found if fits(thing.symbol, group)] if group else found
