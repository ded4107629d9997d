"""What is refused, and with which code: request against symbol, quote and account (R32).

Each check is a short function that returns a return code or None; the first that objects decides.
What depends on the account as a whole is in :mod:`mas.sim.limits`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas.sim.broker import end_of_day
from mas.terminal import constants as c

if TYPE_CHECKING:
    from mas.sim.request_context import RequestContext
    from mas.sim.streams import Quote
    from mas.sim.symbols import Symbol
    from mas.terminal.orderkind import OrderKind

FILLING_BITS = {
    c.ORDER_FILLING_FOK: c.SYMBOL_FILLING_FOK,
    c.ORDER_FILLING_IOC: c.SYMBOL_FILLING_IOC,
    c.ORDER_FILLING_BOC: c.SYMBOL_FILLING_BOC,
}
ON_REQUEST = frozenset({c.SYMBOL_TRADE_EXECUTION_REQUEST, c.SYMBOL_TRADE_EXECUTION_INSTANT})
"""Execution modes in which the client's price counts (R80, R81)."""
DEAL, PENDING = c.TRADE_ACTION_DEAL, c.TRADE_ACTION_PENDING


def order_type(context: RequestContext) -> int | None:
    """The type fits the action and is allowed for the symbol, stops as well (R35)."""
    request, kind, allowed = context.request, context.kind, context.symbol.order_mode
    wrong = (request.action == DEAL) != kind.market or not allowed & kind.allowed_by
    wrong = wrong or bool(request.sl and not allowed & c.SYMBOL_ORDER_SL)
    wrong = wrong or bool(request.tp and not allowed & c.SYMBOL_ORDER_TP)
    return c.TRADE_RETCODE_INVALID_ORDER if wrong else None


def changeable(context: RequestContext) -> int | None:
    """Only pending orders can be changed; what is left of a market order cannot (R22)."""
    return c.TRADE_RETCODE_INVALID_ORDER if context.kind.market else None


def close_by(context: RequestContext) -> int | None:
    """Two opposite positions of one symbol, on a hedging account that allows it (R25)."""
    allowed = context.symbol.order_mode & c.SYMBOL_ORDER_CLOSEBY
    if not allowed or not context.broker.hedging:
        return c.TRADE_RETCODE_INVALID_ORDER
    return None


def traded(context: RequestContext) -> int | None:
    """The symbol is traded at all, and now (R35)."""
    broker, symbol = context.broker, context.symbol
    if symbol.trade_mode == c.SYMBOL_TRADE_MODE_DISABLED:
        return c.TRADE_RETCODE_TRADE_DISABLED
    begins, ends = symbol.start_time, symbol.expiration_time
    if not begins and not ends:
        return None
    seconds = broker.market.server.to_server(broker.now) // 1000
    outside = seconds < begins or (ends and seconds > ends)
    return c.TRADE_RETCODE_TRADE_DISABLED if outside else None


def direction(context: RequestContext) -> int | None:
    """A close goes against its position (10013); the trade mode allows an opening (R35, R39)."""
    position, mode = context.position, context.symbol.trade_mode
    buys = context.kind.buys
    if context.request.position and position is not None and context.broker.hedging:
        same = (position.type == c.POSITION_TYPE_BUY) == buys
        wrong = same or position.symbol != context.symbol.name
        return c.TRADE_RETCODE_INVALID if wrong else None
    if mode == c.SYMBOL_TRADE_MODE_FULL or context.closes:
        return None
    if mode == c.SYMBOL_TRADE_MODE_CLOSEONLY:
        return c.TRADE_RETCODE_CLOSE_ONLY
    if mode == c.SYMBOL_TRADE_MODE_LONGONLY and not buys:
        return c.TRADE_RETCODE_LONG_ONLY
    if mode == c.SYMBOL_TRADE_MODE_SHORTONLY and buys:
        return c.TRADE_RETCODE_SHORT_ONLY
    return None


def volume_of(context: RequestContext) -> int | None:
    """Minimum, maximum and step (R35); the minimum is not asked of a close (R70)."""
    symbol, volume = context.symbol, context.request.volume
    steps = volume / symbol.volume_step
    if volume <= 0 or volume > symbol.volume_max or abs(steps - round(steps)) > STEP_DUST:
        return c.TRADE_RETCODE_INVALID_VOLUME
    if volume < symbol.volume_min and not context.closes:
        return c.TRADE_RETCODE_INVALID_VOLUME
    return None


def close_volume(context: RequestContext) -> int | None:
    """A close takes no more than there is, less what other orders already close (R35, R104)."""
    request, position = context.request, context.position
    if not request.position or position is None or not context.broker.hedging:
        return None
    left = position.volume
    if request.volume > left + DUST:
        return c.TRADE_RETCODE_INVALID_CLOSE_VOLUME
    orders = context.broker.account.books[position.symbol].orders.values()
    left -= sum(order.volume_left for order in orders if order.position == position.ticket)
    return c.TRADE_RETCODE_CLOSE_ORDER_EXIST if request.volume > left + DUST else None


def filling(context: RequestContext) -> int | None:
    """What each execution mode allows for market orders (R85), and for pending ones (R86).

    RETURN goes with every pending order, with exchange execution, and with instant and request
    execution, where FOK and IOC need no bit either. BOC is for limits that have the bit.
    """
    policy, symbol, settings = context.request.type_filling, context.symbol, context.broker.settings
    kind = context.kind
    masked = bool(symbol.filling_mode & FILLING_BITS.get(policy, 0))
    if context.request.action == PENDING:
        if policy == c.ORDER_FILLING_RETURN:
            allowed = True
        elif policy == c.ORDER_FILLING_BOC:
            allowed = masked and (kind.limit or kind.stop_limit)
        else:
            allowed = masked and not settings.pending_return_only
    elif policy == c.ORDER_FILLING_BOC:
        allowed = False
    elif symbol.trade_exemode in ON_REQUEST:
        fok = policy == c.ORDER_FILLING_FOK
        allowed = fok or (policy in FILLINGS and not settings.instant_fok_only)
    elif policy == c.ORDER_FILLING_RETURN:
        allowed = symbol.exchange
    else:
        allowed = masked
    return None if allowed else c.TRADE_RETCODE_INVALID_FILL


def expiration(context: RequestContext) -> int | None:
    """The time in force is allowed, and its end lies in the future (R93)."""
    kind, ends = context.request.type_time, context.request.expiration
    if (
        not 0 <= kind <= c.ORDER_TIME_SPECIFIED_DAY
        or not context.symbol.expiration_mode & 1 << kind
    ):
        return c.TRADE_RETCODE_INVALID_EXPIRATION
    if kind == c.ORDER_TIME_SPECIFIED and ends * 1000 <= context.broker.now:
        return c.TRADE_RETCODE_INVALID_EXPIRATION
    server, now = context.broker.market.server, context.broker.now
    if kind == c.ORDER_TIME_SPECIFIED_DAY and end_of_day(ends * 1000, server) <= now:
        return c.TRADE_RETCODE_INVALID_EXPIRATION
    return None


def hours(context: RequestContext) -> int | None:
    """Outside trading hours nothing is accepted (R40)."""
    open_ = context.broker.market.is_open(context.symbol.name, context.broker.now)
    return None if open_ else c.TRADE_RETCODE_MARKET_CLOSED


def quotes(context: RequestContext) -> int | None:
    """There is a quote, and one for each currency that has to be converted (R35, R143)."""
    if context.quote is None or not context.broker.money.convertible(context.symbol):
        return c.TRADE_RETCODE_PRICE_OFF
    return None


def deal_price(context: RequestContext) -> int | None:
    """Instant and request execution need a price of the client's (R35, R81)."""
    if context.symbol.trade_exemode not in ON_REQUEST:
        return None
    off = context.request.price <= 0 or _off_grid(context.symbol, context.request.price)
    return c.TRADE_RETCODE_INVALID_PRICE if off else None


def pending_price(context: RequestContext) -> int | None:
    """A pending price lies on its side of the market (R54, R56), L points away (R61).

    On an exchange limits may be marketable (R55) and no distance is asked (R63).
    """
    request, kind, symbol, quote = context.request, context.kind, context.symbol, context.quote
    assert quote is not None  # noqa: S101  `quotes` came before
    price = symbol.points(request.price)
    if price <= 0 or _off_grid(symbol, request.price) or _off_grid(symbol, request.stoplimit):
        return c.TRADE_RETCODE_INVALID_PRICE
    if kind.stop_limit:
        limit = symbol.points(request.stoplimit)
        beyond = limit < price if kind.buys else limit > price
        if limit <= 0 or not beyond:
            return c.TRADE_RETCODE_INVALID_PRICE
    if kind.limit and symbol.exchange:
        return None
    distance = _distance(symbol, quote, kind, price)
    if distance < (0 if kind.limit else 1):
        return c.TRADE_RETCODE_INVALID_PRICE
    near = distance < symbol.trade_stops_level and not symbol.exchange
    return c.TRADE_RETCODE_INVALID_STOPS if near else None


def stops(context: RequestContext) -> int | None:
    """SL and TP lie on their own sides, L points away (R60, R62, R63)."""
    request, symbol, quote = context.request, context.symbol, context.quote
    if not request.sl and not request.tp:
        return None
    assert quote is not None  # noqa: S101  `quotes` came before
    entry = request.action == DEAL and symbol.trade_exemode not in ON_REQUEST
    if entry and not context.broker.settings.stops_on_market_entry:  # R26
        return c.TRADE_RETCODE_INVALID_STOPS
    kind, buys = context.kind, context.kind.buys
    if request.action in {PENDING, c.TRADE_ACTION_MODIFY}:
        base = symbol.points(request.stoplimit if kind.stop_limit else request.price)
    else:
        base = quote.last if symbol.by_last else quote.bid if buys else quote.ask
    sign, least = (1 if buys else -1), 0 if symbol.exchange else symbol.trade_stops_level
    sl, tp = symbol.points(request.sl), symbol.points(request.tp)
    off = sl < 0 or tp < 0 or _off_grid(symbol, request.sl) or _off_grid(symbol, request.tp)
    # On the level itself counts as hit, so one point is the least there is.
    wrong_sl = sl and sign * (base - sl) < max(least, 1)
    wrong_tp = tp and sign * (tp - base) < max(least, 1)
    return c.TRADE_RETCODE_INVALID_STOPS if off or wrong_sl or wrong_tp else None


def frozen_order(context: RequestContext) -> int | None:
    """A pending order near its trigger cannot be changed or deleted (R64)."""
    order, quote, level = context.order, context.quote, context.symbol.trade_freeze_level
    if order is None or quote is None or not level or context.kind.market:
        return None
    near = _distance(context.symbol, quote, context.kind, order.price) <= level
    return c.TRADE_RETCODE_FROZEN if near else None


def frozen_position(context: RequestContext) -> int | None:
    """A position near its SL or TP cannot be changed or closed (R65)."""
    quote, level = context.quote, context.symbol.trade_freeze_level
    if quote is None or not level or (context.request.action == DEAL and not context.closes):
        return None
    for position in (context.position, context.by):
        if position is None:
            continue
        price = quote.bid if position.type == c.POSITION_TYPE_BUY else quote.ask
        price = quote.last if context.symbol.by_last else price
        if any(at and abs(price - at) <= level for at in (position.sl, position.tp)):
            return c.TRADE_RETCODE_FROZEN
    return None


def same_stops(context: RequestContext) -> int | None:
    """Equal values are no change (R35)."""
    position, symbol = context.position, context.symbol
    assert position is not None  # noqa: S101  an SLTP request names one
    new = symbol.points(context.request.sl), symbol.points(context.request.tp)
    return c.TRADE_RETCODE_NO_CHANGES if new == (position.sl, position.tp) else None


def same_order(context: RequestContext) -> int | None:
    """Equal values are no change (R35)."""
    order, points, request = context.order, context.symbol.points, context.request
    assert order is not None  # noqa: S101  a MODIFY request names one
    new = points(request.price), points(request.sl), points(request.tp), points(request.stoplimit)
    same = new == (order.price, order.sl, order.tp, order.stoplimit)
    timed = request.type_time in {c.ORDER_TIME_SPECIFIED, c.ORDER_TIME_SPECIFIED_DAY}
    ends = order.expiration // 1000 if timed else request.expiration
    same = same and (order.type_time, ends) == (request.type_time, request.expiration)
    return c.TRADE_RETCODE_NO_CHANGES if same else None


def _distance(symbol: Symbol, quote: Quote, kind: OrderKind, price: int) -> int:
    """Return how far the market is from a pending price, in points; negative is beyond it."""
    touch = quote.ask if kind.buys else quote.bid
    touch = quote.last if symbol.by_last else touch
    return touch - price if kind.falling else price - touch


def _off_grid(symbol: Symbol, price: float) -> bool:
    """Tell whether a price, rounded to its digits, is no multiple of the tick size (R222)."""
    return symbol.tick_points > 1 and symbol.points(price) % symbol.tick_points != 0


STEP_DUST, DUST = 1e-6, 1e-9
FILLINGS = frozenset({c.ORDER_FILLING_FOK, c.ORDER_FILLING_IOC, c.ORDER_FILLING_RETURN})
