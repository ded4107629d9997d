"""Which checks a request has to pass, in the order of R32, and which of them can object at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas.sim import limits, rules
from mas.sim.rules import DEAL, ON_REQUEST, PENDING
from mas.terminal import constants as c

if TYPE_CHECKING:
    from collections.abc import Callable

    from mas.sim.request_context import RequestContext
    from mas.sim.symbols import Symbol

    Check = Callable[[RequestContext], int | None]
    Shape = tuple[str, int, int, int, int, bool]
    """Symbol, action, type, filling, time in force, and whether a position is named."""

CHECKS: dict[int, tuple[Check, ...]] = {
    DEAL: (
        rules.order_type, rules.traded, rules.direction, rules.volume_of, rules.close_volume,
        rules.filling, rules.hours, rules.quotes, rules.deal_price, rules.stops,
        rules.frozen_position, limits.counts, limits.volume_limit, limits.fifo, limits.hedge,
        limits.money,
    ),
    PENDING: (
        rules.order_type, rules.traded, rules.direction, rules.volume_of, rules.filling,
        rules.expiration, rules.hours, rules.quotes, rules.pending_price, rules.stops,
        limits.counts, limits.volume_limit, limits.hedge, limits.money,
    ),
    c.TRADE_ACTION_SLTP: (
        rules.traded, rules.hours, rules.quotes, rules.stops, rules.frozen_position,
        rules.same_stops,
    ),
    c.TRADE_ACTION_MODIFY: (
        rules.changeable, rules.traded, rules.expiration, rules.hours, rules.quotes,
        rules.pending_price, rules.stops, rules.frozen_order, rules.same_order,
    ),
    c.TRADE_ACTION_REMOVE: (rules.traded, rules.hours, rules.quotes, rules.frozen_order),
    c.TRADE_ACTION_CLOSE_BY: (
        rules.close_by, rules.traded, rules.hours, rules.quotes, rules.frozen_position,
    ),
}  # fmt: skip
"""What is checked of each action, in the order of R32."""

BOTH_STOPS = c.SYMBOL_ORDER_SL | c.SYMBOL_ORDER_TP
SAME_FOR_SHAPE: dict[Check, Callable[[RequestContext], object]] = {
    rules.order_type: lambda given: given.symbol.order_mode & BOTH_STOPS == BOTH_STOPS,
    rules.changeable: lambda _: True,
    rules.close_by: lambda _: True,
    rules.traded: lambda given: not (given.symbol.start_time or given.symbol.expiration_time),
    rules.direction: lambda given: (
        given.symbol.trade_mode == c.SYMBOL_TRADE_MODE_FULL and not given.request.position
    ),
    rules.close_volume: lambda given: not given.request.position,
    rules.filling: lambda _: True,
    rules.expiration: lambda given: given.request.type_time <= c.ORDER_TIME_DAY,
    rules.hours: lambda given: given.broker.market.always,
    rules.deal_price: lambda given: given.symbol.trade_exemode not in ON_REQUEST,
    rules.frozen_order: lambda given: not given.symbol.trade_freeze_level,
    rules.frozen_position: lambda given: not given.symbol.trade_freeze_level,
    limits.counts: lambda given: (
        not (given.broker.settings.limit_orders or given.broker.settings.limit_positions)
    ),
    limits.volume_limit: lambda given: not given.symbol.volume_limit,
    limits.fifo: lambda given: not given.broker.settings.fifo_close,
    limits.hedge: lambda given: not given.broker.settings.hedge_prohibited,
}
"""When a check says the same of all requests of one shape, as long as the account exists."""


def checks_of(given: RequestContext) -> tuple[Check, ...]:
    """Return the checks that can object to any request of the same shape as one, in their order.

    What says the same of all of them is asked here, once: either it never objects, or nothing
    after it is ever reached.
    """
    found: list[Check] = []
    for check in CHECKS[given.request.action]:
        same = SAME_FOR_SHAPE.get(check)
        if same is None or not same(given):
            found.append(check)
        elif check(given) is not None:
            return (*found, check)
    return tuple(found)


class Checks:
    """The checks of one account, as requests come."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[Shape, tuple[Symbol, tuple[Check, ...]]] = {}
        """Those that can object, for a specification of the symbol."""

    def refusal(self, given: RequestContext) -> int | None:
        """Return the code with which a request is refused, None when it may be carried out."""
        request, symbol = given.request, given.symbol
        shape = (
            symbol.name, request.action, given.kind.type, request.type_filling,
            request.type_time, request.position != 0,
        )  # fmt: skip
        found = self._known.get(shape)
        if found is None or found[0] is not symbol:  # a broker may change a specification
            found = self._known[shape] = symbol, checks_of(given)
        for check in found[1]:
            code = check(given)
            if code is not None:
                return code
        return None
