"""What is refused for the sake of the account: counts, volumes, sides, money (R67 to R69, R125)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas.sim.rules import DEAL, DUST, ON_REQUEST, PENDING
from mas.terminal import constants as c
from mas.terminal.orderkind import KINDS

if TYPE_CHECKING:
    from mas.sim.request_context import RequestContext


def counts(context: RequestContext) -> int | None:
    """Pending orders and positions of the account stay within their numbers (R67, R69).

    Netting counts positions, and symbols that have one stay tradable; hedging counts positions
    and pending orders.
    """
    account, settings = context.broker.account, context.broker.settings
    if context.request.action == PENDING and settings.limit_orders:
        pending = sum(not KINDS[order.type].market for order in account.orders.values())
        if pending >= settings.limit_orders:
            return c.TRADE_RETCODE_LIMIT_ORDERS
    if not settings.limit_positions or context.closes:
        return None
    if context.broker.hedging:
        full = len(account.positions) + len(account.orders) >= settings.limit_positions
    else:
        full = context.position is None and len(account.positions) >= settings.limit_positions
    return c.TRADE_RETCODE_LIMIT_POSITIONS if full else None


def volume_limit(context: RequestContext) -> int | None:
    """Position and pending orders of one direction stay within the symbol's limit (R68)."""
    limit = context.symbol.volume_limit
    if not limit or (context.closes and context.request.action == DEAL):
        return None
    buys = context.kind.buys
    book = context.broker.account.books.get(context.symbol.name)
    total = context.request.volume
    if book is not None:
        side = c.POSITION_TYPE_BUY if buys else c.POSITION_TYPE_SELL
        total += sum(
            position.volume for position in book.positions.values() if position.type == side
        )
        total += sum(
            order.volume_left for order in book.orders.values() if KINDS[order.type].buys == buys
        )
    return c.TRADE_RETCODE_LIMIT_VOLUME if total > limit + DUST else None


def fifo(context: RequestContext) -> int | None:
    """Where that is the rule only the oldest position of a symbol is closed (R35)."""
    settings, position = context.broker.settings, context.position
    if (
        not settings.fifo_close
        or not context.broker.hedging
        or position is None
        or not context.closes
    ):
        return None
    book = context.broker.account.books[position.symbol]
    oldest = min(book.positions.values(), key=lambda position: (position.time_msc, position.ticket))
    return c.TRADE_RETCODE_FIFO_CLOSE if position is not oldest else None


def hedge(context: RequestContext) -> int | None:
    """Where hedging is prohibited nothing opens against a position or order (R35)."""
    settings = context.broker.settings
    if not settings.hedge_prohibited or not context.broker.hedging or context.closes:
        return None
    buys = context.kind.buys
    book = context.broker.account.books.get(context.symbol.name)
    if book is None:
        return None
    held = {position.type == c.POSITION_TYPE_BUY for position in book.positions.values()}
    held |= {KINDS[order.type].buys for order in book.orders.values()}
    return c.TRADE_RETCODE_HEDGE_PROHIBITED if buys not in held else None


def money(context: RequestContext) -> int | None:
    """Money: the free margin covers what opens or reserves margin (R125, R129, R130)."""
    request, valuation = context.request, context.broker.valuation
    if context.closes and request.action == DEAL:
        return None
    quote, symbol = context.quote, context.symbol
    assert quote is not None  # noqa: S101  `quotes` came before
    price = request.price
    if request.action == DEAL:
        price = symbol.price(quote.ask if context.kind.buys else quote.bid)
    if valuation.affords_more(valuation.order_margin(symbol, request.type, price, request.volume)):
        return None
    margin = valuation.margin_with(symbol, request.type, request.volume, price)
    if valuation.affords(margin) or margin <= valuation.margin():
        return None
    return c.TRADE_RETCODE_NO_MONEY


def margin_after(context: RequestContext) -> float:
    """Return the margin of the account after a request (R34)."""
    request, symbol, valuation = context.request, context.symbol, context.broker.valuation
    if context.closes and request.action == DEAL:
        return valuation.margin()
    price = request.price
    if request.action == DEAL:
        assert context.quote is not None  # noqa: S101  `quotes` came before
        quote = context.quote
        price = symbol.price(quote.ask if context.kind.buys else quote.bid)
    return valuation.margin_with(symbol, request.type, request.volume, price)


def price_moved(context: RequestContext) -> int | None:
    """Instant and request execution: the market is within the deviation asked for (R82)."""
    request, symbol, quote = context.request, context.symbol, context.quote
    if symbol.trade_exemode not in ON_REQUEST:
        return None
    assert quote is not None  # noqa: S101  `quotes` came before
    touch = quote.ask if context.kind.buys else quote.bid
    moved = abs(touch - symbol.points(request.price)) > request.deviation
    return c.TRADE_RETCODE_REQUOTE if moved else None
