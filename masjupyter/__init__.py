"""``masjupyter``: trade MetaTrader 5 from notebook cells. Begin with ``%load_ext masjupyter``."""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"
__all__ = ["load_ipython_extension", "unload_ipython_extension"]

_loaded: dict[int, Any] = {}


def load_ipython_extension(shell: Any) -> None:
    """Add the magics to a shell (``%load_ext masjupyter``)."""
    from masjupyter.extension import Extension

    if id(shell) not in _loaded:
        _loaded[id(shell)] = Extension(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Take everything away again (``%unload_ext masjupyter``)."""
    extension = _loaded.pop(id(shell), None)
    if extension is not None:
        extension.close()
