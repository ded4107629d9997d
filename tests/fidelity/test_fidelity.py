"""docs/fidelity.md names every rule, says what became of it, and which test proves it."""

from __future__ import annotations

import dataclasses

import pytest

from mas.sim import SimSettings
from tests.fidelity.mutants import Mutant, fingerprint, in_scope, mutants, results, wrong
from tests.fidelity.table import Row, citations, known_rules, read

ROWS = {row.rule: row for row in read()}
CITED = citations()
SETTINGS = {field.name for field in dataclasses.fields(SimSettings)}


def test_every_rule_is_in_the_table_once() -> None:
    assert [row.rule for row in read()] == list(known_rules())
    assert {rule: row.mark for rule, row in ROWS.items()} == known_rules()


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_what_is_said_of_a_rule_is_true(row: Row) -> None:
    """Kept: a test cites it. A setting: it exists, and a test cites the rule. Else: a reason."""
    if row.status == "out of scope":
        assert len(row.what) > 40, "a reason is needed"
        return
    assert row.tests, f"no test cites {row.rule}"
    assert set(row.tests) <= set(CITED[row.rule]), "run python -m tests.fidelity.table"
    if row.status != "kept":
        kind, _, names = row.status.partition(" ")
        assert kind == "setting"
        assert {name.strip(" `") for name in names.split(",")} <= SETTINGS


def test_every_rule_has_a_mutant() -> None:
    rows, known = in_scope(), mutants()
    missing = [rule for rule in rows if rule not in known]
    assert not missing, f"{len(known)} of {len(rows)} have one; without: {' '.join(missing)}"
    assert set(known) <= set(rows)


@pytest.mark.parametrize("mutant", mutants().values(), ids=mutants())
def test_a_mutant_can_be_applied_and_is_named_on_the_page(mutant: Mutant) -> None:
    assert not wrong(mutant)
    assert ROWS[mutant.rule].mutant == mutant.what, "run python -m tests.fidelity.table"


@pytest.mark.parametrize("rule", mutants())
def test_the_cited_tests_kill_the_mutant_of_a_rule(rule: str) -> None:
    """The last result is of this code, this mutant and these tests."""
    again = "what they stand on has changed: run python -m tests.fidelity.mutants"
    assert results().get(rule) == fingerprint(mutants()[rule], ROWS[rule].tests), again
