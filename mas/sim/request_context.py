"""From a request to what the rules look at: which order, position and symbol it means (R20)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas.sim.rules import RequestContext
from mas.terminal import constants as c
from mas.terminal.orderkind import kind_of

if TYPE_CHECKING:
    from mas.sim.broker import Broker
    from mas.sim.holdings import Position
    from mas.sim.permissions import Permissions
    from mas.terminal.types import TradeRequest

BY_ORDER = frozenset({c.TRADE_ACTION_MODIFY, c.TRADE_ACTION_REMOVE})
BY_SYMBOL = frozenset({c.TRADE_ACTION_DEAL, c.TRADE_ACTION_PENDING})
CLOSE_BY = c.TRADE_ACTION_CLOSE_BY
ACTIONS = BY_ORDER | BY_SYMBOL | {c.TRADE_ACTION_SLTP, CLOSE_BY}
Found = tuple[RequestContext | None, int]
"""What the rules look at, or None and the code for what does not exist."""


def context_of(asked: TradeRequest, broker: Broker, permissions: Permissions) -> Found:
    """Return what the rules look at, or the code for what is off or missing (R32, R35).

    The expiration, which the request has in server time, is in UTC there (R183).
    """
    server = broker.market.server
    if asked.expiration and not server.utc:
        asked = asked._replace(expiration=server.to_utc(asked.expiration * 1000) // 1000)
    code = permissions.refusal(broker.account)
    if code:
        return None, code
    if asked.action not in ACTIONS:
        return None, c.TRADE_RETCODE_INVALID
    if asked.action in BY_ORDER:
        return _order_context(asked, broker)
    if asked.action in BY_SYMBOL:
        return _symbol_context(asked, broker)
    return _position_context(asked, broker)


def _order_context(asked: TradeRequest, broker: Broker) -> Found:
    order = broker.account.orders.get(asked.order)
    if order is None:
        return None, c.TRADE_RETCODE_INVALID
    asked = asked._replace(symbol=order.symbol, type=order.type, volume=order.volume)
    spec, quote = broker.market.symbols[order.symbol], broker.valuation.quote(order.symbol)
    return RequestContext(asked, spec, quote, broker, None, order), 0


def _symbol_context(asked: TradeRequest, broker: Broker) -> Found:
    """Find the position of a deal or order: the one named, or on netting the symbol's (R23)."""
    account, hedging = broker.account, broker.settings.hedging
    position: Position | None = None
    if not hedging:
        position = account.position_of(asked.symbol)
    elif asked.position and asked.action == c.TRADE_ACTION_DEAL:
        position = account.positions.get(asked.position)
        if position is None:
            return None, c.TRADE_RETCODE_POSITION_CLOSED
        if not asked.symbol:
            asked = asked._replace(symbol=position.symbol)
    spec = broker.market.symbols.get(asked.symbol)
    if spec is None:
        return None, c.TRADE_RETCODE_INVALID
    closes = position is not None
    if not hedging and position is not None:
        against = (position.type == c.POSITION_TYPE_BUY) != kind_of(asked.type).buys
        closes = against and asked.volume <= position.volume
    quote = broker.valuation.quote(asked.symbol)
    return RequestContext(asked, spec, quote, broker, position, None, None, closes), 0


def _position_context(asked: TradeRequest, broker: Broker) -> Found:
    """Find the position whose stops change, or the two that close each other (R20, R25)."""
    account, by = broker.account, None
    position = account.positions.get(asked.position)
    if position is None and not broker.settings.hedging and asked.action != CLOSE_BY:
        position = account.position_of(asked.symbol)
    if position is None:
        named = asked.position or asked.symbol in account.books
        missing = c.TRADE_RETCODE_POSITION_CLOSED if named else c.TRADE_RETCODE_INVALID
        return None, missing
    if asked.action == CLOSE_BY:
        by = account.positions.get(asked.position_by)
        if by is None:
            return None, c.TRADE_RETCODE_POSITION_CLOSED
        if by.symbol != position.symbol or by.type == position.type:
            return None, c.TRADE_RETCODE_INVALID
    elif asked.symbol not in {"", position.symbol}:
        return None, c.TRADE_RETCODE_INVALID
    spec, quote = broker.market.symbols[position.symbol], broker.valuation.quote(position.symbol)
    return RequestContext(asked, spec, quote, broker, position, None, by, closes=True), 0
