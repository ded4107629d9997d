"""The dicts that callbacks are given."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  what reads the types of a TypedDict needs it
from typing import Any, NotRequired, TypedDict


class TickPush(TypedDict):
    """A tick: prices, and the moment of it, UTC."""

    time: datetime
    bid: float
    ask: float
    last: float
    volume: float


class BarPush(TypedDict):
    """A closed bar; ``time`` is its start, UTC, ``timeframe`` a name such as ``H1``."""

    time: datetime
    open: float
    high: float
    low: float
    close: float
    volume: int
    timeframe: str


class StatusPush(TypedDict):
    """The answer to a request, or the end of an order; ``action`` is absent for ``send_order``."""

    status: int
    retcode: int
    message: str
    request: dict[str, Any]
    action: NotRequired[str]


class ExecutionPush(TypedDict):
    """A deal: price, lots, and money in account currency; ``time`` is UTC, ``time_msc`` in ms."""

    price: float
    volume: float
    symbol: str
    time: datetime
    type: str
    deal: int
    position: int
    entry: str
    reason: str
    profit: float
    commission: float
    swap: float
    fee: float
    magic: int
    comment: str
    time_msc: int
