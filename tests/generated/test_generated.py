"""What is generated from the schema is up to date, and covers the contract."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import mas
from mas.schema import CALLS, fields
from tests.generated.update import FILES, GROUPS, ROOT

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "mas_api.md"
ADDED = {"backtest", "result", "connected", "close_all"}


@pytest.mark.parametrize("path", FILES)
def test_files_are_up_to_date(path: str) -> None:
    words = f"{path} is not what the schema says: python -m tests.generated.update"
    assert (ROOT / path).read_text(encoding="utf-8") == FILES[path](), words


def test_the_page_has_all_public_names_of_a_client() -> None:
    public = {name for name in dir(mas.MAS) if not name.startswith("_")}
    assert {name for names in GROUPS.values() for name in names} == public
    assert set(CALLS) - public == {"signals"}


def test_the_public_names_are_the_contract() -> None:
    """The contract names its calls in code, alone or with their arguments."""
    if not REFERENCE.exists():
        pytest.skip("the contract is not beside this checkout")
    text = REFERENCE.read_text(encoding="utf-8")
    named = set(re.findall(r"`(?:un)?([a-z_0-9]+)(?:\(|`)", text))
    named |= {f"un{name}" for name in named if f"`un{name}`" in text}
    public = {name for name in dir(mas.MAS) if not name.startswith("_")}
    assert public - ADDED - named == set()


@pytest.mark.parametrize("call", sorted(set(CALLS) - {"signals"}))
def test_help_names_each_field_with_its_unit_and_default(call: str) -> None:
    doc = getattr(mas.MAS, call).__doc__
    for field in fields(CALLS[call]).values():
        (line,) = [line for line in doc.splitlines() if line.startswith(f"{field.name} : ")]
        assert field.doc in line
        assert field.unit == "price" or field.unit in line
        assert ("required" in line) == field.required
        if isinstance(field.default, float) and field.default:
            assert f"default {field.default}" in line
