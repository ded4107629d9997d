"""Which parameters each documented call takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mas.schema.account import (
    AccountParams,
    HistoryParams,
    LanguageParams,
    LoginParams,
    OpenParams,
    PeriodParams,
    SymbolsParams,
)
from mas.schema.market import (
    BacktestParams,
    BarsParams,
    BookParams,
    EndBarsParams,
    EndTicksParams,
    LastBarsParams,
    SignalsParams,
    TicksParams,
)
from mas.schema.trading import (
    CancelParams,
    CheckParams,
    CloseAllParams,
    MarginParams,
    ModifyParams,
    OrderParams,
    ProfitParams,
    StopsParams,
)

if TYPE_CHECKING:
    from mas.schema.field import Params

CALLS: Final[dict[str, type[Params]]] = {
    "login": LoginParams,
    "switch_account": LoginParams,
    "set_lang": LanguageParams,
    "get_symbols": SymbolsParams,
    "send_order": OrderParams,
    "cancel_order": CancelParams,
    "modify_order": ModifyParams,
    "modify_position_sltp": StopsParams,
    "close_all": CloseAllParams,
    "order_check": CheckParams,
    "calc_order_margin": MarginParams,
    "calc_order_profit": ProfitParams,
    "get_account_info": AccountParams,
    "get_positions": OpenParams,
    "get_pending_orders": OpenParams,
    "get_history_orders": HistoryParams,
    "get_history_orders_total": PeriodParams,
    "get_order_history": HistoryParams,
    "subscribe_ticks": TicksParams,
    "subscribe_bars": BarsParams,
    "unsubscribe_ticks": EndTicksParams,
    "unsubscribe_bars": EndBarsParams,
    "backtest": BacktestParams,
    "signals": SignalsParams,
    "subscribe_market_book": BookParams,
    "unsubscribe_market_book": BookParams,
    "get_market_book": BookParams,
    "get_bars_from_pos": LastBarsParams,
}
