"""The trade server: checks a request, carries it out, and answers (R32 to R38)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas.sim.checks import Checks
from mas.sim.limits import price_moved
from mas.sim.request_context import BY_ORDER, context_of
from mas.terminal import constants as c
from mas.terminal.retcodes import retcode_text
from mas.terminal.types import OrderSendResult
from mas.timeunits import SECOND_MS

if TYPE_CHECKING:
    from mas.sim.broker import Broker, Outcome
    from mas.sim.permissions import Permissions
    from mas.sim.request_context import RequestContext
    from mas.sim.runner import Runner
    from mas.terminal.types import TradeRequest

DEAL, PENDING = c.TRADE_ACTION_DEAL, c.TRADE_ACTION_PENDING


class Requests:
    """Takes the requests of one account; their times are UTC.

    Attributes
    ----------
    count : int
        How many there have been.
    """

    __slots__ = ("_broker", "_in_second", "_permissions", "_runner", "_second", "checks", "count")

    def __init__(self, broker: Broker, permissions: Permissions, runner: Runner) -> None:
        self._broker = broker
        self._permissions = permissions
        self._runner = runner
        self._second = self._in_second = 0
        self.checks = Checks()
        self.count = 0

    def early_refusal(self, asked: TradeRequest) -> OrderSendResult | None:
        """Return what the terminal can tell before a request is on its way, None for nothing."""
        context, code = context_of(asked, self._broker, self._permissions)
        if context is not None:
            code = self.checks.refusal(context) or 0
        return self._answer(asked, code) if code else None

    def arrived(self, asked: TradeRequest) -> OrderSendResult:
        """Carry out a request after its way; what it names may be gone by now (R35)."""
        if asked.action in BY_ORDER and asked.order not in self._broker.account.orders:
            return self._answer(asked, c.TRADE_RETCODE_ORDER_CHANGED)
        return self.carry_out(asked)

    def carry_out(self, asked: TradeRequest) -> OrderSendResult:
        """Check a request, do it, and answer with the fields of R36."""
        self.count += 1
        if self._broker.settings.requests_per_second and self._too_many():
            return self._answer(asked, c.TRADE_RETCODE_TOO_MANY_REQUESTS)
        context, code = context_of(asked, self._broker, self._permissions)
        if context is None:
            return self._answer(asked, code)
        code = self.checks.refusal(context) or self._permissions.next_refusal()
        if code:
            return self._answer(asked, code)
        moved = price_moved(context) if asked.action == DEAL else None
        if moved is not None:
            return self._answer(asked, moved, quoted=True)
        self._runner.changed()
        return self._done(asked, context, self._do(context))

    def _do(self, context: RequestContext) -> Outcome:
        broker, request, symbol, quote = (
            self._broker,
            context.request,
            context.symbol,
            context.quote,
        )
        assert quote is not None  # noqa: S101  rules.quotes has refused it before
        if request.action == DEAL:
            return broker.deal(request, symbol, quote)
        if request.action == PENDING:
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

    def _too_many(self) -> bool:
        """Count the requests of this second (R35: 10024)."""
        second = self._broker.now // SECOND_MS
        self._in_second = self._in_second + 1 if self._second == second else 1
        self._second = second
        return self._in_second > self._broker.settings.requests_per_second

    # -- answers -------------------------------------------------------------------------------

    def _done(
        self, asked: TradeRequest, context: RequestContext, outcome: Outcome
    ) -> OrderSendResult:
        """Return the answer to what was carried out; a deal's with all that was dealt."""
        code, order, deals = outcome
        if order is None:
            return self._answer(asked, code)
        if not deals or context.quote is None or asked.action != DEAL:
            carried_out = code != c.TRADE_RETCODE_REJECT and asked.action not in BY_ORDER
            volume = order.volume if carried_out else 0.0
            return self._answer(asked, code, order=order.ticket, volume=volume, quoted=True)
        symbol, quote = context.symbol, context.quote
        volume, price = deals[0].volume, deals[0].price
        if len(deals) > 1:
            volume = round(sum(deal.volume for deal in deals), 8)
            price = symbol.price(order.price_done)
        return OrderSendResult(
            code, deals[-1].ticket, order.ticket, volume, price, quote.bid / symbol.scale,
            quote.ask / symbol.scale, retcode_text(code), self.count, 0, asked,
        )  # fmt: skip

    def _answer(
        self,
        asked: TradeRequest,
        code: int,
        *,
        order: int = 0,
        volume: float = 0.0,
        quoted: bool = False,
    ) -> OrderSendResult:
        market, bid, ask = self._broker.market, 0.0, 0.0
        symbol = market.symbols.get(asked.symbol) if quoted else None
        quote = None if symbol is None else self._broker.valuation.quote(symbol.name)
        if symbol is not None and quote is not None:
            bid, ask = quote.bid / symbol.scale, quote.ask / symbol.scale
        text = retcode_text(code)
        why = market.why_off(asked.symbol) if code == c.TRADE_RETCODE_PRICE_OFF else ""
        return OrderSendResult(
            code, 0, order, volume, 0.0, bid, ask, f"{text}: {why}" if why else text,
            self.count, 0, asked,
        )  # fmt: skip
