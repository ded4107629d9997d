"""``mas``: one trading client for MetaTrader 5, live and in backtests.

The module itself may be a base class, as published code has it::

    import mas

    class MyClient(mas):
        def receive_order_execution(self, order_id, execution_data):
            print(order_id, execution_data)
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from mas import compiled as _compiled  # noqa: F401  first: which form the modules below have
from mas.client import MAS
from mas.errors import (
    Failure,
    MasError,
    NotConnectedError,
    OrderRejectedError,
    ParamError,
    TerminalError,
    TerminalTimeoutError,
)
from mas.events import Execution, OrderStatus
from mas.state import Connection, State

if TYPE_CHECKING:
    from mas.backtest.backtest import Backtest as Backtest
    from mas.backtest.result import Result as Result
    from mas.backtest.signals import Signals as Signals
    from mas.report.comparison import compare as compare

__version__ = "0.1.0"
__all__ = [
    "MAS",
    "Backtest",
    "Connection",
    "Execution",
    "Failure",
    "MasError",
    "NotConnectedError",
    "OrderRejectedError",
    "OrderStatus",
    "ParamError",
    "Result",
    "Signals",
    "State",
    "TerminalError",
    "TerminalTimeoutError",
    "compare",
]


_LATE = {
    "Backtest": "mas.backtest.backtest",
    "Result": "mas.backtest.result",
    "Signals": "mas.backtest.signals",
    "compare": "mas.report.comparison",
    "mt5": "mas.mt5",
}


def __getattr__(name: str) -> Any:
    """Load what brings numpy or pandas along when it is asked for."""
    if name in _LATE:
        module = importlib.import_module(_LATE[name])
        return module if name == "mt5" else getattr(module, name)
    raise AttributeError(f"module 'mas' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, "mt5", "report", "__version__"})


class _ClientModule(ModuleType):
    """Lets ``class X(mas)``, ``mas()`` and ``isinstance(x, mas)`` mean the class ``MAS``.

    PEP 560 asks the *module* for ``__mro_entries__``; the other three need its type.
    """

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
        return (MAS,)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, MAS)

    def __subclasscheck__(self, subclass: type) -> bool:
        return issubclass(subclass, MAS)

    def __call__(self, *args: Any, **kwargs: Any) -> MAS:
        return MAS(*args, **kwargs)


sys.modules[__name__].__class__ = _ClientModule  # noqa: TID251  this very module
