"""The dicts of the calls that trade, or say what a trade would cost.

Generated from ``mas.schema`` by ``python -m tests.generated.update``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Required, TypeAlias, TypedDict

Moment: TypeAlias = datetime | str | float


class SendOrder(TypedDict, total=False):
    """Parameters of ``send_order``."""

    backtest_toggle: Required[bool]
    """True trades on the simulated account, False through the terminal."""
    symbol: Required[str]
    """The symbol, e.g. EURUSD."""
    order_type: Required[
        Literal[
            "buy",
            "sell",
            "buy_limit",
            "sell_limit",
            "buy_stop",
            "sell_stop",
            "buy_stop_limit",
            "sell_stop_limit",
        ]
    ]
    """What to do."""
    volume: Required[float]
    """Lots to deal, lots."""
    price: float | None
    """The price of a pending order; market orders take the market's."""
    sl: float | None
    """Stop loss price; 0 for none."""
    tp: float | None
    """Take profit price; 0 for none."""
    stoplimit: float | None
    """Price of the limit order that a stop-limit places."""
    deviation: int | None
    """Largest slippage, points; default 10."""
    magic: int | None
    """Number of the strategy; default 123456."""
    comment: str | None
    """A note on the order; default "MAS Order"."""
    type_time: int | str | None
    """How long the order stays; default ORDER_TIME_GTC."""
    expiration: Moment | None
    """When the order ends, with SPECIFIED."""
    type_filling: int | str | None
    """What happens when not all of the volume can be dealt; default ORDER_FILLING_FOK."""
    position: int | str | None
    """The position to change or close."""
    position_by: int | str | None
    """The opposite position to close it by."""
    order_id: int | str | None
    """The order whose position is to be closed."""


class CancelOrder(TypedDict, total=False):
    """Parameters of ``cancel_order``."""

    order_id: Required[int | str]
    """The pending order."""
    comment: str | None
    """A note on the order; default "Cancel by MAS"."""
    backtest_toggle: bool | None
    """True trades on the simulated account, False through the terminal."""


class ModifyOrder(TypedDict, total=False):
    """Parameters of ``modify_order``."""

    order_id: Required[int | str]
    """The pending order."""
    price: Required[float]
    """Its new price."""
    sl: float | None
    """Stop loss price; 0 for none."""
    tp: float | None
    """Take profit price; 0 for none."""
    stoplimit: float | None
    """Its new stop-limit price."""
    expiration: Moment | None
    """Its new end."""
    comment: str | None
    """A note on the order; default "Modified by MAS"."""
    backtest_toggle: bool | None
    """True trades on the simulated account, False through the terminal."""


class ModifyPositionSltp(TypedDict, total=False):
    """Parameters of ``modify_position_sltp``."""

    position_id: Required[int | str]
    """The position."""
    sl: float | None
    """Stop loss price; 0 for none."""
    tp: float | None
    """Take profit price; 0 for none."""
    backtest_toggle: bool | None
    """True trades on the simulated account, False through the terminal."""


class CloseAll(TypedDict, total=False):
    """Parameters of ``close_all``."""

    symbol: str | None
    """Only the positions in this symbol, e.g. EURUSD."""
    backtest_toggle: bool | None
    """True trades on the simulated account, False through the terminal."""


class OrderCheck(TypedDict, total=False):
    """Parameters of ``order_check``."""

    symbol: Required[str]
    """The symbol, e.g. EURUSD."""
    order_type: Required[
        Literal[
            "buy",
            "sell",
            "buy_limit",
            "sell_limit",
            "buy_stop",
            "sell_stop",
            "buy_stop_limit",
            "sell_stop_limit",
        ]
    ]
    """What to do."""
    volume: Required[float]
    """Lots to deal, lots."""
    price: float | None
    """The price of a pending order."""
    sl: float | None
    """Stop loss price; 0 for none."""
    tp: float | None
    """Take profit price; 0 for none."""
    stoplimit: float | None
    """Price of the limit order that a stop-limit places."""
    backtest_toggle: bool | None
    """True trades on the simulated account, False through the terminal."""


class CalcOrderMargin(TypedDict, total=False):
    """Parameters of ``calc_order_margin``."""

    action: Required[Literal["buy", "sell"]]
    """Buy or sell."""
    symbol: Required[str]
    """The symbol, e.g. EURUSD."""
    volume: Required[float]
    """Lots to deal, lots."""
    price: Required[float]
    """The price."""
    backtest_toggle: bool | None
    """True trades on the simulated account, False through the terminal."""


class CalcOrderProfit(TypedDict, total=False):
    """Parameters of ``calc_order_profit``."""

    action: Required[Literal["buy", "sell"]]
    """Buy or sell."""
    symbol: Required[str]
    """The symbol, e.g. EURUSD."""
    volume: Required[float]
    """Lots to deal, lots."""
    price_open: Required[float]
    """The price of the entry."""
    price_close: Required[float]
    """The price of the exit."""
    backtest_toggle: bool | None
    """True trades on the simulated account, False through the terminal."""
