"""The panels of a desk."""

from __future__ import annotations

from masjupyter.widgets.cards import AccountCard, OrderCard
from masjupyter.widgets.chart import PriceChart
from masjupyter.widgets.tables import Executions, PendingOrders, Positions, Quotes
from masjupyter.widgets.ticket import OrderTicket

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
