"""Reports on deals, whoever made them: numbers, a tear sheet, a chart. Nothing here trades."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mas.report.mt5.compared import compare as compare
    from mas.report.mt5.report import tester as tester

__all__ = ["compare", "tester"]
WHERE = {"compare": "mas.report.mt5.compared", "tester": "mas.report.mt5.report"}


def __getattr__(name: str) -> Any:
    """Load what makes a report when it is asked for; it brings pandas along."""
    if name in WHERE:
        return getattr(import_module(WHERE[name]), name)
    raise AttributeError(f"module 'mas.report' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
