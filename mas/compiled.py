"""Which form of the simulator runs: its compiled core, or with ``MAS_PURE=1`` its source.

Both give the same deals, byte for byte. A wheel of one platform has the core compiled beside its
source; the pure wheel and a checkout have the source alone.
"""

from __future__ import annotations

import os
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class SourceFinder(MetaPathFinder):
    """Finds the modules of this package by their source, whatever is compiled beside it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where the source of a module of this package is, None for other modules."""
        if not fullname.startswith("mas."):
            return None
        finders = (FileFinder(folder, (SourceFileLoader, SOURCE_SUFFIXES)) for folder in path or ())
        found = (finder.find_spec(fullname, target) for finder in finders)
        return next((spec for spec in found if spec is not None), None)


if os.environ.get("MAS_PURE") == "1":
    sys.meta_path.insert(0, SourceFinder())
