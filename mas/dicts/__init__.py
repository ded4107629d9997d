"""The documented dicts as types: what calls take, and what callbacks are given.

For typed code::

    from mas import MAS
    from mas.dicts import BarPush, SendOrder

Generated from ``mas.schema`` by ``python -m tests.generated.update``.
"""

from mas.dicts.account import (
    GetAccountInfo,
    GetHistoryOrders,
    GetHistoryOrdersTotal,
    GetOrderHistory,
    GetPendingOrders,
    GetPositions,
    GetSymbols,
    Login,
    SetLang,
    SwitchAccount,
)
from mas.dicts.market import (
    Backtest,
    GetBarsFromPos,
    GetMarketBook,
    Signals,
    SubscribeBars,
    SubscribeMarketBook,
    SubscribeTicks,
    UnsubscribeBars,
    UnsubscribeMarketBook,
    UnsubscribeTicks,
)
from mas.dicts.trading import (
    CalcOrderMargin,
    CalcOrderProfit,
    CancelOrder,
    CloseAll,
    ModifyOrder,
    ModifyPositionSltp,
    OrderCheck,
    SendOrder,
)
from mas.pushes import BarPush, ExecutionPush, StatusPush, TickPush

__all__ = [
    "Backtest",
    "BarPush",
    "CalcOrderMargin",
    "CalcOrderProfit",
    "CancelOrder",
    "CloseAll",
    "ExecutionPush",
    "GetAccountInfo",
    "GetBarsFromPos",
    "GetHistoryOrders",
    "GetHistoryOrdersTotal",
    "GetMarketBook",
    "GetOrderHistory",
    "GetPendingOrders",
    "GetPositions",
    "GetSymbols",
    "Login",
    "ModifyOrder",
    "ModifyPositionSltp",
    "OrderCheck",
    "SendOrder",
    "SetLang",
    "Signals",
    "StatusPush",
    "SubscribeBars",
    "SubscribeMarketBook",
    "SubscribeTicks",
    "SwitchAccount",
    "TickPush",
    "UnsubscribeBars",
    "UnsubscribeMarketBook",
    "UnsubscribeTicks",
]
