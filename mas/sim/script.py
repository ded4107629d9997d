"""``python -m mas.mt5 script.py [arguments]``: run code written for MetaTrader5, unchanged."""

from __future__ import annotations

import importlib
import runpy
import sys
from pathlib import Path

USAGE = "usage: python -m mas.mt5 script.py [arguments]   or   -m module [arguments]"


def main() -> None:
    """Run the script or module named on the command line on the simulated terminal."""
    arguments = sys.argv[1:]
    # The module runs as __main__ here; scripts must get the one that everybody else imports.
    sys.modules["MetaTrader5"] = importlib.import_module("mas.mt5")  # noqa: TID251  for others
    if len(arguments) > 1 and arguments[0] == "-m":
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    elif arguments and Path(arguments[0]).is_file():
        sys.argv = arguments
        sys.path[0] = str(Path(arguments[0]).parent)
        runpy.run_path(arguments[0], run_name="__main__")
    else:
        sys.exit(USAGE)
