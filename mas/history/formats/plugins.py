"""Readers of formats from other distributions, registered by entry point.

A distribution names a function in the group :data:`GROUP`::

    [project.entry-points."mas.history.formats"]
    mybroker = "mybroker.reader:open_source"

The function takes a :class:`~pathlib.Path` and the file's first 4,096 bytes, and returns a
:class:`~mas.history.formats.source.Source`, or None when the file is not of its format. Readers
are asked in the order of their names, before the built-in ones: a special format is not to be
taken for a general one. An attribute ``suffixes`` of the function, such as ``(".mb",)``, adds to
the files that are looked for in a folder.
"""

from __future__ import annotations

import logging
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from mas.errors import DataError
from mas.history.formats.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

log = logging.getLogger(__name__)

GROUP = "mas.history.formats"
HEAD = 4096
"""Bytes of a file that a reader is shown."""


@cache
def readers() -> dict[str, Callable[[Path, bytes], Any]]:
    """Return the registered readers by name; one that cannot be loaded is logged and left out."""
    found = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            found[entry.name] = entry.load()
        except Exception as error:  # noqa: BLE001  another's code may raise anything
            log.warning("the reader %r (%s) cannot be loaded: %s", entry.name, entry.value, error)
    return found


def suffixes() -> tuple[str, ...]:
    """Return the endings of file names that registered readers ask for."""
    asked = [getattr(reader, "suffixes", ()) for reader in readers().values()]
    return tuple(sorted({str(suffix).lower() for endings in asked for suffix in endings}))


def source_of(path: Path, head: bytes) -> Source | None:
    """Return what the first reader that knows the file makes of it; None when none does.

    Raises
    ------
    DataError
        A reader failed, or returned something else than a Source; the message names it.
    """
    for name, reader in readers().items():
        try:
            source = reader(path, head)
        except DataError:
            raise
        except Exception as error:
            raise DataError(f"the reader {name!r} failed: {error!r}", path=str(path)) from error
        if source is None:
            continue
        if not isinstance(source, Source):
            raise DataError(
                f"the reader {name!r} returned {type(source).__name__}, not a Source",
                path=str(path),
            )
        return source
    return None
