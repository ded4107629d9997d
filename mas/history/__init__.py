"""Bars and ticks by symbol: kept, imported, fetched, resampled, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mas.history.library import History as History

__all__ = ["History"]


def __getattr__(name: str) -> Any:
    """Load ``History`` when it is asked for; the simulated terminal needs less."""
    if name == "History":
        from mas.history.library import History  # noqa: PLC0415

        return History
    raise AttributeError(f"module 'mas.history' has no attribute {name!r}")
