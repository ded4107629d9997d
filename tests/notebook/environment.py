"""The world the notebooks are run in when their outputs are compared: always the same."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def fixed_environment(home: Path) -> dict[str, str]:
    """Give the environment of a compared run: a seed, a stopped clock, an empty home.

    A Monday, in the busy hours of London and New York.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAS_")}
    return kept | {
        "MAS_HOME": str(home / "mas"),
        "MAS_SIM_SEED": "7",
        "MAS_SIM_CLOCK": "2026-03-02T14:30:00Z",
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "PYTHONHASHSEED": "0",
    }
