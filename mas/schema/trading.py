"""The parameters of the calls that trade, or ask what a trade would cost."""

import logging
from typing import Annotated, Any, ClassVar, Final, Self

from msgspec.structs import replace

from mas.errors import ParamError
from mas.schema.field import Params, about, of_code, of_comment, of_price, of_ticket
from mas.schema.words import (
    ORDER_NAMES,
    ORDER_TYPES,
    PENDING,
    SIDES,
    STOP_LIMITS,
    constants,
)
from mas.terminal import constants as c

log = logging.getLogger(__name__)

TOGGLE: Final = "True trades on the simulated account, False through the terminal"
STOP_LIMIT_TYPES: Final = frozenset(ORDER_TYPES[name] for name in STOP_LIMITS)

Toggle = Annotated[bool, about("bool", TOGGLE)]
Symbol = Annotated[str, about("str", "the symbol, e.g. EURUSD")]
OrderType = Annotated[int, about("word", "what to do", choices=ORDER_TYPES)]
Side = Annotated[int, about("word", "buy or sell", choices=SIDES)]
Lots = Annotated[float, about("float", "lots to deal", unit="lots", above=0)]
StopLoss = Annotated[float, of_price("stop loss price; 0 for none")]
TakeProfit = Annotated[float, of_price("take profit price; 0 for none")]
Comment = Annotated[str, of_comment()]


class OrderParams(Params, frozen=True, kw_only=True):
    """An order for ``send_order``; prices are 0.0 and tickets 0 where there is none.

    ``price`` is None where the market's is meant, ``expiration`` epoch seconds.
    """

    exact: ClassVar[bool] = True

    backtest_toggle: Toggle
    symbol: Symbol
    order_type: OrderType
    volume: Lots
    price: (
        Annotated[
            float,
            of_price("the price of a pending order; market orders take the market's", only=PENDING),
        ]
        | None
    ) = None
    sl: StopLoss = 0.0
    tp: TakeProfit = 0.0
    stoplimit: Annotated[
        float, of_price("price of the limit order that a stop-limit places", only=STOP_LIMITS)
    ] = 0.0
    deviation: Annotated[int, about("int", "largest slippage", unit="points", least=0)] = 10
    magic: Annotated[int, about("int", "number of the strategy", least=0)] = 123456
    comment: Comment = "MAS Order"
    type_time: Annotated[
        int,
        of_code("ORDER_TIME_", constants("ORDER_TIME_"), "how long the order stays", only=PENDING),
    ] = c.ORDER_TIME_GTC
    expiration: Annotated[
        int, about("datetime", "when the order ends, with SPECIFIED", only=PENDING)
    ] = 0
    type_filling: Annotated[
        int,
        of_code(
            "ORDER_FILLING_",
            constants("ORDER_FILLING_"),
            "what happens when not all of the volume can be dealt",
        ),
    ] = c.ORDER_FILLING_FOK
    position: Annotated[int, of_ticket("the position to change or close")] = 0
    position_by: Annotated[int, of_ticket("the opposite position to close it by")] = 0
    order_id: Annotated[int, of_ticket("the order whose position is to be closed")] = 0

    def checked(self, given: Any) -> Self:
        """Return the order with what no field can say by itself checked.

        Raises
        ------
        ParamError
            A pending order without ``price``, a stop-limit without ``stoplimit``, an expiration
            that is missing.
        """
        del given
        kind = self.order_type
        if self.price == 0:
            return replace(self, price=None).checked(None)
        if kind > c.ORDER_TYPE_SELL and not self.price:
            raise ParamError(
                f"price is missing: a {ORDER_NAMES[kind]} order waits for a price; give price=…",
                field="price",
                accepted="a price above 0",
            )
        if (kind in STOP_LIMIT_TYPES) != bool(self.stoplimit):
            raise self._stop_limit_error()
        if self.position_by and not (self.position or self.order_id):
            raise ParamError(
                "position_by needs position: the two opposite positions to close",
                field="position",
                accepted="the ticket of an open position",
            )
        if self.expiration or self.type_time:
            return self._expiring()
        return self

    def _stop_limit_error(self) -> ParamError:
        name = ORDER_NAMES[self.order_type]
        if not self.stoplimit:
            return ParamError(
                f"stoplimit is missing: a {name} order places a limit order at that price",
                field="stoplimit",
                accepted="a price above 0",
            )
        return ParamError(
            f"stoplimit is only for buy_stop_limit and sell_stop_limit, not for {name}",
            field="stoplimit",
            value=self.stoplimit,
        )

    def _expiring(self) -> Self:
        """GTC and DAY ignore an expiration, as MetaTrader does; the others need one (R93)."""
        specified = self.type_time in {c.ORDER_TIME_SPECIFIED, c.ORDER_TIME_SPECIFIED_DAY}
        if self.expiration and not specified:
            name = ORDER_NAMES[self.order_type]
            log.info("expiration is ignored: type_time of the %s order is not SPECIFIED", name)
            return replace(self, expiration=0)
        if specified and not self.expiration:
            raise ParamError(
                "expiration is missing: type_time is ORDER_TIME_SPECIFIED; give a datetime",
                field="expiration",
                accepted="a datetime or ISO text such as 2026-01-31 12:00",
            )
        return self


class CancelParams(Params, frozen=True, kw_only=True):
    """A pending order to delete."""

    exact: ClassVar[bool] = True

    order_id: Annotated[int, of_ticket("the pending order")]
    comment: Comment = "Cancel by MAS"
    backtest_toggle: Toggle | None = None


class ModifyParams(Params, frozen=True, kw_only=True):
    """A pending order to change; what is None keeps its value."""

    exact: ClassVar[bool] = True

    order_id: Annotated[int, of_ticket("the pending order")]
    price: Annotated[float, of_price("its new price")]
    sl: StopLoss | None = None
    tp: TakeProfit | None = None
    stoplimit: Annotated[float, of_price("its new stop-limit price")] | None = None
    expiration: Annotated[int, about("datetime", "its new end")] | None = None
    comment: Comment = "Modified by MAS"
    backtest_toggle: Toggle | None = None


class StopsParams(Params, frozen=True, kw_only=True):
    """A position whose stops change; what is None keeps its value."""

    exact: ClassVar[bool] = True

    position_id: Annotated[int, of_ticket("the position")]
    sl: StopLoss | None = None
    tp: TakeProfit | None = None
    backtest_toggle: Toggle | None = None

    def checked(self, given: Any) -> Self:
        """Return it, with at least one of the stops there."""
        del given
        if self.sl is None and self.tp is None:
            words = "sl and tp are both missing: give at least one of them"
            raise ParamError(words, field="sl", accepted="a price")
        return self


class CheckParams(Params, frozen=True, kw_only=True):
    """An order to check; nothing is sent."""

    symbol: Symbol
    order_type: OrderType
    volume: Lots
    price: Annotated[float, of_price("the price of a pending order")] | None = None
    sl: StopLoss | None = None
    tp: TakeProfit | None = None
    stoplimit: (
        Annotated[float, of_price("price of the limit order that a stop-limit places")] | None
    ) = None
    backtest_toggle: Toggle | None = None


class MarginParams(Params, frozen=True, kw_only=True):
    """An order whose margin is asked."""

    action: Side
    symbol: Symbol
    volume: Lots
    price: Annotated[float, of_price("the price")]
    backtest_toggle: Toggle | None = None


class ProfitParams(Params, frozen=True, kw_only=True):
    """A deal whose profit is asked."""

    action: Side
    symbol: Symbol
    volume: Lots
    price_open: Annotated[float, of_price("the price of the entry")]
    price_close: Annotated[float, of_price("the price of the exit")]
    backtest_toggle: Toggle | None = None


class CloseAllParams(Params, frozen=True, kw_only=True):
    """Which positions to close."""

    symbol: (
        Annotated[str, about("str", "only the positions in this symbol, e.g. EURUSD")] | None
    ) = None
    backtest_toggle: Toggle | None = None
