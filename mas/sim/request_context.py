"""From a request to what the rules look at: which order, position and symbol it means (R20)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas.terminal import constants as c
from mas.terminal.orderkind import KINDS, OrderKind, kind_of

if TYPE_CHECKING:
    from mas.sim.broker import Broker
    from mas.sim.holdings import Order, Position
    from mas.sim.permissions import Permissions
    from mas.sim.streams import Quote
    from mas.sim.symbols import Symbol
    from mas.terminal.types import TradeRequest

BY_ORDER = frozenset({c.TRADE_ACTION_MODIFY, c.TRADE_ACTION_REMOVE})
BY_SYMBOL = frozenset({c.TRADE_ACTION_DEAL, c.TRADE_ACTION_PENDING})
CLOSE_BY = c.TRADE_ACTION_CLOSE_BY
ACTIONS = BY_ORDER | BY_SYMBOL | {c.TRADE_ACTION_SLTP, CLOSE_BY}


class RequestContext:
    """All that the rules look at.

    Attributes
    ----------
    request : TradeRequest
        Its expiration is in UTC.
    kind : OrderKind
        Of the order that it makes, or of the one that it names.
    position, order : Position, Order or None
        What it names; on a netting account the symbol's position.
    by : Position or None
        The second position of a close-by.
    closes : bool
        Whether it can only make the position smaller.
    """

    __slots__ = (
        "broker", "by", "closes", "kind", "order", "position", "quote", "request", "symbol",
    )  # fmt: skip

    def __init__(  # noqa: PLR0913, PLR0917  all that the rules look at
        self,
        request: TradeRequest,
        kind: OrderKind,
        symbol: Symbol,
        quote: Quote | None,
        broker: Broker,
        position: Position | None = None,
        order: Order | None = None,
        by: Position | None = None,
        closes: bool = False,
    ) -> None:
        self.request = request
        self.kind = kind
        self.symbol = symbol
        self.quote = quote
        self.broker = broker
        self.position = position
        self.order = order
        self.by = by
        self.closes = closes


Found = tuple[RequestContext | None, int]
"""What the rules look at, or None and the code for what does not exist."""


def context_of(asked: TradeRequest, broker: Broker, permissions: Permissions) -> Found:
    """Return what the rules look at, or the code for what is off or missing (R32, R35)."""
    code = permissions.refusal(broker.account)
    if code:
        return None, code
    action = asked.action
    if action in BY_SYMBOL:
        return _symbol_context(asked, broker)
    if action in BY_ORDER:
        return _order_context(asked, broker)
    return _position_context(asked, broker) if action in ACTIONS else MISSING


MISSING: Found = None, c.TRADE_RETCODE_INVALID
CLOSED: Found = None, c.TRADE_RETCODE_POSITION_CLOSED


def _order_context(asked: TradeRequest, broker: Broker) -> Found:
    order = broker.account.orders.get(asked.order)
    if order is None:
        return MISSING
    spec, quote = broker.market.symbols[order.symbol], broker.valuation.quote(order.symbol)
    return RequestContext(asked, KINDS[order.type], spec, quote, broker, None, order), 0


def _symbol_context(asked: TradeRequest, broker: Broker) -> Found:
    """Find the position of a deal or order: the one named, or on netting the symbol's (R23)."""
    account, hedging = broker.account, broker.hedging
    name, kind = asked.symbol, kind_of(asked.type)
    position: Position | None = None
    if not hedging:
        position = account.position_of(name)
    elif asked.position and asked.action == c.TRADE_ACTION_DEAL:
        position = account.positions.get(asked.position)
        if position is None:
            return CLOSED
        name = name or position.symbol
    spec = broker.market.symbols.get(name)
    if spec is None:
        return MISSING
    closes = position is not None
    if not hedging and position is not None:
        against = (position.type == c.POSITION_TYPE_BUY) != kind.buys
        closes = against and asked.volume <= position.volume
    quote = broker.valuation.quote(name)
    return RequestContext(asked, kind, spec, quote, broker, position, None, None, closes), 0


def _position_context(asked: TradeRequest, broker: Broker) -> Found:
    """Find the position whose stops change, or the two that close each other (R20, R25)."""
    account, by = broker.account, None
    position = account.positions.get(asked.position)
    if position is None and not broker.hedging and asked.action != CLOSE_BY:
        position = account.position_of(asked.symbol)
    if position is None:
        named = asked.position or asked.symbol in account.books
        return CLOSED if named else MISSING
    if asked.action == CLOSE_BY:
        by = account.positions.get(asked.position_by)
        if by is None:
            return CLOSED
        if by.symbol != position.symbol or by.type == position.type:
            return MISSING
    elif asked.symbol and asked.symbol != position.symbol:
        return MISSING
    kind = KINDS[position.type]
    spec, quote = broker.market.symbols[position.symbol], broker.valuation.quote(position.symbol)
    return RequestContext(asked, kind, spec, quote, broker, position, None, by, closes=True), 0
