"""The official MetaTrader5 package: the real terminal of this Windows computer.

The only module that imports it.
"""

from __future__ import annotations

import importlib
import threading
from typing import TYPE_CHECKING, cast

from mas.errors import NotConnectedError

if TYPE_CHECKING:
    from mas.terminal import Terminal


_lock = threading.Lock()
_opened = 0


def open_package() -> Terminal:
    """Return the package, which is a terminal as it stands, until as many calls of ``shut``.

    Raises
    ------
    NotConnectedError
        It cannot be imported: it exists for Windows only.
    """
    try:
        package = importlib.import_module("MetaTrader5")
    except ImportError as error:
        raise NotConnectedError(
            f"tried native: on this computer, but the MetaTrader5 package cannot be imported "
            f"({error}); it runs on Windows only. Elsewhere reach the terminal with "
            "terminal mt5linux://host:port, or use the simulated server MAS-Sim"
        ) from None
    _count(1)
    return cast("Terminal", package)


def shut(terminal: Terminal) -> None:
    """Close the package's connection to its terminal, unless somebody else has it open.

    It is one for the whole process: a login that replaces another opens it a second time first.
    """
    if not _count(-1):
        terminal.shutdown()


def _count(change: int) -> int:
    global _opened  # noqa: PLW0603  the package's one connection is as global
    with _lock:
        _opened += change
        return _opened
