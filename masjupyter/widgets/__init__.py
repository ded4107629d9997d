"""The panels of a desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from masjupyter.widgets.cards import AccountCard, OrderCard
from masjupyter.widgets.tables import Executions, PendingOrders, Positions, Quotes
from masjupyter.widgets.ticket import OrderTicket

if TYPE_CHECKING:
    from masjupyter.widgets.chart import PriceChart

__all__ = [
    "AccountCard",
    "Executions",
    "OrderCard",
    "OrderTicket",
    "PendingOrders",
    "Positions",
    "PriceChart",
    "Quotes",
]


def __getattr__(name: str) -> Any:
    """Load the chart with its first use: bqplot brings pandas, which takes a second."""
    if name == "PriceChart":
        from masjupyter.widgets.chart import PriceChart  # noqa: PLC0415

        return PriceChart
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
