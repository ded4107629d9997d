"""Writes a report's page to a file, and shows it where the user is."""

from __future__ import annotations

import re
import sys
import webbrowser
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from mas.errors import DataError
from mas.notebook import current_shell

if TYPE_CHECKING:
    from mas.report.record import Record

FOLDER = "reports"
"""Of the working folder."""


def write(record: Record, kind: str, page: str) -> Path:
    """Write a page into ``reports`` of the working folder, in the place of an older one.

    Raises
    ------
    DataError
        It cannot be written.
    """
    symbols = "_".join(record.symbols[:3]) or "none"
    name = f"{kind}_{record.name}_{symbols}_{record.start:%Y%m%d}_{record.end:%Y%m%d}.html"
    path = Path.cwd() / FOLDER / re.sub(r"[^\w.-]", "_", name)
    try:
        path.parent.mkdir(exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(page, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise DataError(f"cannot be written: {error.strerror}", path=str(path)) from None
    return path


def show(path: Path, height: int) -> None:
    """Show a page: in the notebook's cell, else in the browser of whoever sits at a terminal."""
    where = f"{FOLDER}/{path.name}"
    shell = current_shell()
    if shell is not None and hasattr(shell, "kernel"):
        shell.display_pub.publish(
            {
                "text/plain": where,
                "text/html": framed(path.read_text(encoding="utf-8"), height, where),
            }
        )
        return
    sys.stdout.write(f"{where}\n")
    if sys.stdout.isatty():
        webbrowser.open(path.as_uri())


def framed(page: str, height: int, where: str) -> str:
    """Return a page in a frame of its own, so that its style stays inside."""
    return (
        f'<iframe srcdoc="{escape(page, quote=True)}" style="width: 100%; height: {height}px; '
        f'border: 0" sandbox="allow-scripts" title="{escape(where)}"></iframe>'
        f"<div style='opacity: 0.7'>{escape(where)}</div>"
    )
