"""Faults that change nothing anyone could see, each with the reason."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.mutation.faults import Fault

LIST = Path(__file__).with_name("equivalent.toml")


@dataclass(frozen=True, slots=True)
class Explained:
    """The faults of the list.

    Attributes
    ----------
    reasons : dict
        By file, function, change, and how often the same change is possible before it there.
    """

    reasons: dict[tuple[str, str, str, int], str]

    def has(self, fault: Fault) -> bool:
        """Tell whether a fault is in the list."""
        return (fault.file, fault.within, fault.change, fault.nth) in self.reasons


def explained() -> Explained:
    """Read the list."""
    rows = tomllib.loads(LIST.read_text(encoding="utf-8")).get("fault", [])
    return Explained({
        (row["file"], row["within"], row["change"], row.get("nth", 0)): row["reason"]
        for row in rows
    })  # fmt: skip
