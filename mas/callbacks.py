"""What a client is told: the methods that a subclass overrides."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mas.pushes import BarPush, ExecutionPush, StatusPush, TickPush

PRIVATE: Final = "mas: private"
"""The name of our one attribute of a client; no other can have it, for it is no name."""


class Callbacks:
    """Four callbacks that do nothing by default."""

    def receive_ticks(self, symbol: str, data: TickPush, is_end: bool = False) -> None:
        """Take a tick: ``time``, ``bid``, ``ask``, ``last``, ``volume``."""

    def receive_bars(self, symbol: str, data: BarPush, is_end: bool = False) -> None:
        """Take a closed bar: ``time`` (open), ``open`` … ``close``, ``volume``, ``timeframe``."""

    def receive_order_status(self, order_id: str, status_data: StatusPush) -> None:
        """Take an order's status: ``status``, ``retcode``, ``message``, ``request``, ``action``."""

    def receive_order_execution(self, order_id: str, execution_data: ExecutionPush) -> None:
        """Take a deal: ``price``, ``volume`` in lots, ``symbol``, ``time`` in UTC, ``type``, …."""


def private_of(client: Callbacks) -> Any:
    """Return the private object of a client; the client itself where it has none.

    Its ``__dict__`` is not asked: an object whose dict has been looked at is slower for good.
    """
    try:
        return object.__getattribute__(client, PRIVATE)
    except AttributeError:
        return client


def overrides(client: Callbacks, name: str) -> bool:
    """Tell whether a client has a callback of its own; an empty one need not be called.

    ``vars(client)`` is not asked: an object whose dict has been looked at is slower for good,
    which costs a strategy with a few attributes a quarter of its time at each bar.
    """
    found = getattr(client, name)
    return getattr(found, "__func__", None) is not getattr(Callbacks, name)


def misnamed(kind: type) -> str:
    """Return one line about methods of a class that look like callbacks and are none; "" for none.

    Such a method is never called, and a strategy without callbacks trades nothing.
    """
    known = [name for name in vars(Callbacks) if name.startswith("receive_")]
    odd = [name for name in dir(kind) if name.startswith("receive_") and name not in known]
    found = [(name, get_close_matches(name, known, n=1, cutoff=0.8)) for name in odd]
    words = [f"{name} (did you mean {near[0]}?)" for name, near in found if near]
    return f"{kind.__name__} has a method that nothing calls: {', '.join(words)}" if words else ""
