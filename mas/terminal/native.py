"""The official MetaTrader5 package: the real terminal of this Windows computer.

The only module that imports it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, cast

from mas.errors import NotConnectedError

if TYPE_CHECKING:
    from mas.terminal import Terminal


def open_package() -> Terminal:
    """Return the package, which is a terminal as it stands.

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
    return cast("Terminal", package)


def shut(terminal: Terminal) -> None:
    """Close the package's connection to its terminal."""
    terminal.shutdown()
