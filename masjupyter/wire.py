"""What goes to the front end: full tables and changes of them. Twin of ``js/src/wire.ts``.

A message is one binary buffer of UTF-8 JSON, because a buffer passes the kernel's and the
server's JSON untouched. ``docs/wire.md`` describes it.
"""

from __future__ import annotations

from typing import TypedDict

import msgspec

WIRE_VERSION = 1

Cell = str
"""What a cell shows; a leading ``+``, ``-`` class is given by the column, not by the text."""


class Row(TypedDict, total=False):
    """One row: its key, the texts of its cells, and a tone for each that has one."""

    key: str
    cells: list[Cell]
    tones: list[str]


class More(TypedDict, total=False):
    """What may go with the rows: another title, a note beside it."""

    title: str
    note: str


class Frame(TypedDict, total=False):
    """One message: all rows, or what has changed since the frame before."""

    version: int
    seq: int
    kind: str
    rows: list[Row]
    gone: list[str]
    order: list[str]
    title: str
    note: str


encode = msgspec.json.Encoder().encode


def snapshot(seq: int, rows: list[Row], more: More) -> Frame:
    """Return a frame that replaces everything."""
    return _with(Frame(version=WIRE_VERSION, seq=seq, kind="all", rows=rows), more)


def delta(seq: int, before: list[Row], after: list[Row], more: More) -> Frame | None:
    """Return a frame that leads from one table to another, None when they are equal."""
    old = {row["key"]: row for row in before}
    new = {row["key"]: row for row in after}
    changed = [row for row in after if old.get(row["key"]) != row]
    gone = [key for key in old if key not in new]
    moved = [row["key"] for row in before if row["key"] in new] != [
        row["key"] for row in after if row["key"] in old
    ] or any(key not in old for key in new)
    if not changed and not gone and not moved and not more:
        return None
    frame = Frame(version=WIRE_VERSION, seq=seq, kind="some", rows=changed, gone=gone)
    if moved:
        frame["order"] = [row["key"] for row in after]
    return _with(frame, more)


def _with(frame: Frame, more: More) -> Frame:
    if "title" in more:
        frame["title"] = more["title"]
    if "note" in more:
        frame["note"] = more["note"]
    return frame
