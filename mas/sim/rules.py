"""What is refused, and with which code: request against symbol, quote and account (R32).

Each check is a short function that returns a return code or None; the first that objects decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mas.sim.matching import BUY_TYPES, FALLING, LIMITS, STOP_LIMITS
from mas.terminal import constants as c

if TYPE_CHECKING:
    from mas.sim.account import Order, Position
    from mas.sim.market import Quote
    from mas.sim.symbols import Symbol
    from mas.terminal.types import TradeRequest

MARKET_TYPES = frozenset({c.ORDER_TYPE_BUY, c.ORDER_TYPE_SELL})
ORDER_BITS = {
    c.ORDER_TYPE_BUY: c.SYMBOL_ORDER_MARKET,
    c.ORDER_TYPE_SELL: c.SYMBOL_ORDER_MARKET,
    c.ORDER_TYPE_BUY_LIMIT: c.SYMBOL_ORDER_LIMIT,
    c.ORDER_TYPE_SELL_LIMIT: c.SYMBOL_ORDER_LIMIT,
    c.ORDER_TYPE_BUY_STOP: c.SYMBOL_ORDER_STOP,
    c.ORDER_TYPE_SELL_STOP: c.SYMBOL_ORDER_STOP,
    c.ORDER_TYPE_BUY_STOP_LIMIT: c.SYMBOL_ORDER_STOP_LIMIT,
    c.ORDER_TYPE_SELL_STOP_LIMIT: c.SYMBOL_ORDER_STOP_LIMIT,
}
FILLING_BITS = {
    c.ORDER_FILLING_FOK: c.SYMBOL_FILLING_FOK,
    c.ORDER_FILLING_IOC: c.SYMBOL_FILLING_IOC,
    c.ORDER_FILLING_BOC: c.SYMBOL_FILLING_BOC,
}


class Case(NamedTuple):
    """All that the rules look at. `position` and `order` are those that the request names."""

    request: TradeRequest
    symbol: Symbol
    quote: Quote | None
    now: int
    position: Position | None = None
    order: Order | None = None
    market_open: bool = True


def volume_of(case: Case) -> int | None:
    """Minimum, maximum and step (R35); the minimum is not asked of a close (R70)."""
    symbol, volume = case.symbol, case.request.volume
    closing = case.position is not None
    steps = volume / symbol.volume_step
    if volume <= 0 or volume > symbol.volume_max or abs(steps - round(steps)) > 1e-6:
        return c.TRADE_RETCODE_INVALID_VOLUME
    if volume < symbol.volume_min and not closing:
        return c.TRADE_RETCODE_INVALID_VOLUME
    if closing and case.position is not None and volume > case.position.volume + 1e-9:
        return c.TRADE_RETCODE_INVALID_CLOSE_VOLUME
    return None


def order_type(case: Case) -> int | None:
    """The type fits the action and is allowed for the symbol (R35)."""
    kind = case.request.type
    deal = case.request.action == c.TRADE_ACTION_DEAL
    if kind not in ORDER_BITS or deal != (kind in MARKET_TYPES):
        return c.TRADE_RETCODE_INVALID_ORDER
    if not case.symbol.order_mode & ORDER_BITS[kind]:
        return c.TRADE_RETCODE_INVALID_ORDER
    return None


def direction(case: Case) -> int | None:
    """A close goes against its position (10013); the symbol's trade mode allows an opening."""
    buys = case.request.type in BUY_TYPES
    if case.position is not None:
        same = (case.position.type == c.POSITION_TYPE_BUY) == buys
        wrong = same or case.position.symbol != case.symbol.name
        return c.TRADE_RETCODE_INVALID if wrong else None
    mode = case.symbol.trade_mode
    if mode == c.SYMBOL_TRADE_MODE_DISABLED:
        return c.TRADE_RETCODE_TRADE_DISABLED
    if mode == c.SYMBOL_TRADE_MODE_CLOSEONLY:
        return c.TRADE_RETCODE_CLOSE_ONLY
    if mode == c.SYMBOL_TRADE_MODE_LONGONLY and not buys:
        return c.TRADE_RETCODE_LONG_ONLY
    if mode == c.SYMBOL_TRADE_MODE_SHORTONLY and buys:
        return c.TRADE_RETCODE_SHORT_ONLY
    return None


def filling(case: Case) -> int | None:
    """Market execution: FOK and IOC by mask, never RETURN (R85); pending also RETURN (R86)."""
    policy = case.request.type_filling
    pending = case.request.action == c.TRADE_ACTION_PENDING
    if policy == c.ORDER_FILLING_RETURN:
        allowed = pending
    elif policy == c.ORDER_FILLING_BOC and case.request.type not in LIMITS | STOP_LIMITS.keys():
        allowed = False
    else:
        allowed = bool(case.symbol.filling_mode & FILLING_BITS.get(policy, 0))
    return None if allowed else c.TRADE_RETCODE_INVALID_FILL


def expiration(case: Case) -> int | None:
    """The time in force is allowed, and its end lies in the future (R93)."""
    kind = case.request.type_time
    if not 0 <= kind <= c.ORDER_TIME_SPECIFIED_DAY or not case.symbol.expiration_mode & 1 << kind:
        return c.TRADE_RETCODE_INVALID_EXPIRATION
    if kind == c.ORDER_TIME_SPECIFIED and case.request.expiration * 1000 <= case.now:
        return c.TRADE_RETCODE_INVALID_EXPIRATION
    if kind == c.ORDER_TIME_SPECIFIED_DAY and end_of_day(case.request.expiration) <= case.now:
        return c.TRADE_RETCODE_INVALID_EXPIRATION
    return None


def hours(case: Case) -> int | None:
    """Outside trading hours nothing is accepted (R40)."""
    return None if case.market_open else c.TRADE_RETCODE_MARKET_CLOSED


def quotes(case: Case) -> int | None:
    """There is a quote (R35)."""
    return None if case.quote is not None else c.TRADE_RETCODE_PRICE_OFF


def pending_price(case: Case) -> int | None:
    """A pending price lies on its side of the market (R54, R56), L points away (R61)."""
    request, symbol, quote = case.request, case.symbol, case.quote
    assert quote is not None  # noqa: S101  `quotes` came before
    kind, price = request.type, symbol.points(request.price)
    touch = quote.ask if kind in BUY_TYPES else quote.bid
    distance = touch - price if kind in FALLING else price - touch
    if kind in STOP_LIMITS:
        limit = symbol.points(request.stoplimit)
        beyond = limit < price if kind in BUY_TYPES else limit > price
        if limit <= 0 or not beyond:
            return c.TRADE_RETCODE_INVALID_PRICE
    if price <= 0 or distance < (0 if kind in LIMITS else 1):
        return c.TRADE_RETCODE_INVALID_PRICE
    return c.TRADE_RETCODE_INVALID_STOPS if distance < symbol.trade_stops_level else None


def stops(case: Case) -> int | None:
    """SL and TP lie on their own sides, L points away (R60, R62)."""
    request, symbol, quote = case.request, case.symbol, case.quote
    assert quote is not None  # noqa: S101  `quotes` came before
    if request.action in {c.TRADE_ACTION_PENDING, c.TRADE_ACTION_MODIFY}:
        kind = request.type
        base = symbol.points(request.stoplimit if kind in STOP_LIMITS else request.price)
        buys = kind in BUY_TYPES
    else:
        position = case.position if request.action == c.TRADE_ACTION_SLTP else None
        buys = position.type == c.POSITION_TYPE_BUY if position else request.type in BUY_TYPES
        base = quote.bid if buys else quote.ask
    sign, least = (1 if buys else -1), symbol.trade_stops_level
    sl, tp = symbol.points(request.sl), symbol.points(request.tp)
    if sl < 0 or tp < 0:
        return c.TRADE_RETCODE_INVALID_STOPS
    # On the level itself counts as hit, so one point is the least there is.
    wrong_sl = sl and sign * (base - sl) < max(least, 1)
    wrong_tp = tp and sign * (tp - base) < max(least, 1)
    return c.TRADE_RETCODE_INVALID_STOPS if wrong_sl or wrong_tp else None


def frozen_order(case: Case) -> int | None:
    """A pending order near its trigger cannot be changed or deleted (R64)."""
    order, quote, level = case.order, case.quote, case.symbol.trade_freeze_level
    if order is None or quote is None or not level:
        return None
    touch = quote.ask if order.type in BUY_TYPES else quote.bid
    return c.TRADE_RETCODE_FROZEN if abs(touch - order.price) <= level else None


def frozen_position(case: Case) -> int | None:
    """A position near its SL or TP cannot be changed or closed (R65)."""
    position, quote, level = case.position, case.quote, case.symbol.trade_freeze_level
    if position is None or quote is None or not level:
        return None
    price = quote.bid if position.type == c.POSITION_TYPE_BUY else quote.ask
    near = [at for at in (position.sl, position.tp) if at and abs(price - at) <= level]
    return c.TRADE_RETCODE_FROZEN if near else None


def same_stops(case: Case) -> int | None:
    """Equal values are no change (R35)."""
    position, symbol = case.position, case.symbol
    assert position is not None  # noqa: S101  an SLTP request names one
    new = symbol.points(case.request.sl), symbol.points(case.request.tp)
    return c.TRADE_RETCODE_NO_CHANGES if new == (position.sl, position.tp) else None


def same_order(case: Case) -> int | None:
    """Equal values are no change (R35)."""
    order, points, request = case.order, case.symbol.points, case.request
    assert order is not None  # noqa: S101  a MODIFY request names one
    new = points(request.price), points(request.sl), points(request.tp)
    rest = points(request.stoplimit), request.type_time, request.expiration
    old = order.price, order.sl, order.tp
    same = new == old and rest == (order.stoplimit, order.type_time, order.expiration)
    return c.TRADE_RETCODE_NO_CHANGES if same else None


CHECKS = {
    c.TRADE_ACTION_DEAL: (
        order_type, direction, volume_of, filling, hours, quotes, stops, frozen_position,
    ),
    c.TRADE_ACTION_PENDING: (
        order_type, direction, volume_of, filling, expiration, hours, quotes, pending_price, stops,
    ),
    c.TRADE_ACTION_SLTP: (hours, quotes, same_stops, stops, frozen_position),
    c.TRADE_ACTION_MODIFY: (
        expiration, hours, quotes, frozen_order, same_order, pending_price, stops,
    ),
    c.TRADE_ACTION_REMOVE: (hours, quotes, frozen_order),
    c.TRADE_ACTION_CLOSE_BY: (hours, quotes, frozen_position),
}  # fmt: skip


def refusal(case: Case) -> int | None:
    """Return the code with which a request is refused before money is looked at, or None."""
    for check in CHECKS[case.request.action]:
        code = check(case)
        if code is not None:
            return code
    return None


def end_of_day(seconds: int) -> int:
    """Return the last millisecond of the day of an epoch second (R92)."""
    return (seconds // 86400 + 1) * 86_400_000 - 1000
