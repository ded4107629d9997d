"""A change of a table, applied to the old one, gives the new one; on both ends of the wire."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from masjupyter import wire

CASES = Path(__file__).parents[3] / "js" / "tests" / "frames.json"


def row(key: str, text: str) -> wire.Row:
    return {"key": key, "cells": [key, text], "tones": ["", "up"]}


tables = st.lists(st.sampled_from("abcdef"), unique=True).flatmap(
    lambda keys: st.tuples(*[st.sampled_from("123").map(lambda t, k=k: row(k, t)) for k in keys])
).map(list)  # fmt: skip


def applied(before: list[wire.Row], frame: wire.Frame | None) -> list[wire.Row]:
    """Do what the page does."""
    if frame is None:
        return before
    rows = {one["key"]: one for one in before}
    for key in frame["gone"]:
        del rows[key]
    rows.update({one["key"]: one for one in frame["rows"]})
    return [rows[key] for key in frame.get("order", list(rows))]


@given(before=tables, after=tables)
def test_a_delta_leads_from_one_table_to_the_other(
    before: list[wire.Row], after: list[wire.Row]
) -> None:
    assert applied(before, wire.delta(2, before, after, {})) == after


@given(table=tables)
def test_equal_tables_need_no_frame(table: list[wire.Row]) -> None:
    assert wire.delta(2, table, list(table), {}) is None
    assert wire.delta(2, table, list(table), {"note": "x"}) is not None


def cases() -> list[dict[str, Any]]:
    """Return tables and the frames between them, for the page's own tests."""
    steps = [
        [row("a", "1"), row("b", "2")],
        [row("a", "1"), row("b", "3")],
        [row("c", "9"), row("a", "1"), row("b", "3")],
        [row("b", "3"), row("c", "9")],
        [],
        [row("z", "0")],
    ]
    found: list[dict[str, Any]] = [{"frame": wire.snapshot(1, steps[0], {}), "after": steps[0]}]
    for number, (before, after) in enumerate(pairwise(steps), start=2):
        found.append({"frame": wire.delta(number, before, after, {}), "after": after})
    return found


def test_the_page_is_tested_with_the_frames_that_are_sent() -> None:
    """Written by: python -m tests.unit.widgets.test_wire."""
    assert json.loads(CASES.read_text(encoding="utf-8")) == cases()


if __name__ == "__main__":
    CASES.write_text(json.dumps(cases(), indent=1) + "\n", encoding="utf-8")
