"""What a client is told: the methods that a subclass overrides."""

from __future__ import annotations

from typing import Any


class Callbacks:
    """Four callbacks that do nothing by default."""

    def receive_ticks(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        """Take a tick: ``time``, ``bid``, ``ask``, ``last``, ``volume``."""

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        """Take a closed bar: ``time`` (open), ``open`` … ``close``, ``volume``, ``timeframe``."""

    def receive_order_status(self, order_id: str, status_data: dict[str, Any]) -> None:
        """Take an order's status: ``status``, ``retcode``, ``message``, ``request``, ``action``."""

    def receive_order_execution(self, order_id: str, execution_data: dict[str, Any]) -> None:
        """Take a deal: ``price``, ``volume`` in lots, ``symbol``, ``time`` in UTC, ``type``, …."""


def overrides(client: Callbacks, name: str) -> bool:
    """Tell whether a client has a callback of its own; an empty one need not be called.

    ``vars(client)`` is not asked: an object whose dict has been looked at is slower for good,
    which costs a strategy with a few attributes a quarter of its time at each bar.
    """
    found = getattr(client, name)
    return getattr(found, "__func__", None) is not getattr(Callbacks, name)
