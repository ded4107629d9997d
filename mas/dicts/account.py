"""The dicts of logins and of questions about the account.

Generated from ``mas.schema`` by ``python -m tests.generated.update``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Required, TypeAlias, TypedDict

Moment: TypeAlias = datetime | str | float


class Login(TypedDict, total=False):
    """Parameters of ``login``, ``switch_account``."""

    account: Required[int | str]
    """The account."""
    password: Required[str]
    """The password."""
    server: Required[str]
    """The trade server, e.g. MAS-Sim."""
    timeout: int | None
    """Longest wait, milliseconds; default 6000."""


SwitchAccount: TypeAlias = Login


class SetLang(TypedDict, total=False):
    """Parameters of ``set_lang``."""

    lang: Literal["en", "zh-tw", "zh-cn"] | None
    """Language of messages; default "en"."""


class GetSymbols(TypedDict, total=False):
    """Parameters of ``get_symbols``."""

    group: str | None
    """Masks such as *USD*."""
    backtest_toggle: bool | None
    """True trades on the simulated account, False through the terminal."""


class GetAccountInfo(TypedDict, total=False):
    """Parameters of ``get_account_info``."""

    backtest_toggle: bool | None
    """True trades on the simulated account, False through the terminal."""


class GetPositions(TypedDict, total=False):
    """Parameters of ``get_positions``, ``get_pending_orders``."""

    symbol: str | None
    """The symbol, e.g. EURUSD."""
    group: str | None
    """Masks such as *USD*,!XAU*."""
    ticket: int | str | None
    """One ticket; ignored with symbol."""
    backtest_toggle: bool | None
    """True trades on the simulated account, False through the terminal."""


GetPendingOrders: TypeAlias = GetPositions

_GetHistoryOrdersFrom = TypedDict("_GetHistoryOrdersFrom", {"from": Moment | None}, total=False)


class GetHistoryOrders(_GetHistoryOrdersFrom, total=False):
    """Parameters of ``get_history_orders``, ``get_order_history``."""

    to: Moment | None
    """End, UTC; default now."""
    symbol: str | None
    """The symbol, e.g. EURUSD."""
    ticket: int | str | None
    """One order."""
    position: int | str | None
    """One position."""
    backtest_toggle: bool | None
    """True trades on the simulated account, False through the terminal."""


GetOrderHistory: TypeAlias = GetHistoryOrders

_GetHistoryOrdersTotalFrom = TypedDict(
    "_GetHistoryOrdersTotalFrom", {"from": Moment | None}, total=False
)


class GetHistoryOrdersTotal(_GetHistoryOrdersTotalFrom, total=False):
    """Parameters of ``get_history_orders_total``."""

    to: Moment | None
    """End, UTC; default now."""
    backtest_toggle: bool | None
    """True trades on the simulated account, False through the terminal."""
