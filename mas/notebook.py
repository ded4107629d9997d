"""The notebook that this code runs in, if it does; nothing of it is imported."""

from __future__ import annotations

import builtins
from typing import Any


def current_shell() -> Any:
    """Return the IPython shell whose cell calls this, None outside of one.

    A shell adds ``get_ipython`` to the built-in names while it runs a cell.
    """
    shell = getattr(builtins, "get_ipython", None)
    return None if shell is None else shell()
