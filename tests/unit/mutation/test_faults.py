"""make mutation: which faults are drawn, and that they take effect."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.mutation import faults as module
from tests.mutation.equivalent import LIST
from tests.mutation.faults import Fault, changes_meaning, packages, possible_faults, sample

SOURCE = '''"""A module."""
TABLE = {"bid": 1, "ask": 2, "last": 3}


class Quote:
    """A quote."""

    limit: float = 0.5

    def price(self, side: str, *, exact: bool = False) -> float:
        """Return the price."""
        if self.bid < 5 and side == "buy":
            raise ValueError(f"{side} is wrong: less than 5")
        return self.at(side, self.ask - self.bid, exact=exact)

    def __repr__(self) -> str:
        return "a" + str(1 + 1)
'''


@pytest.fixture
def changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Fault]:
    (tmp_path / "quote.py").write_text(SOURCE)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return {fault.change: fault for place in possible_faults("quote.py") for fault in place}


def test_what_an_engineer_could_get_wrong_is_drawn(changes: dict[str, Fault]) -> None:
    assert set(changes) == {
        '"ask": 2, -> nothing', '"bid": 1, -> nothing', '"last": 3 -> nothing', "1 -> 2", "2 -> 3",
        "3 -> 4", "0.5 -> 1.5", "False -> True", "< -> <=", "and -> or", "== -> !=", "5 -> 6",
        'self.bid < 5 and side == "buy" -> self.bid < 5', "bid -> ask", "ask -> bid", "- -> +",
        'self.bid < 5 and side == "buy" -> (side == "buy")', "exact=exact -> nothing",
        '"buy" -> \'sell\'', '"bid" -> \'ask\'', '"ask" -> \'bid\'', '"last" -> \'first\'',
        'raise ValueError(f"{side} is wrong: less than 5") -> pass',
    }  # fmt: skip
    assert {fault.within for fault in changes.values()} == {"", "Quote.price"}
    assert changes["False -> True"].within == "", "a default belongs to the definition"


def test_a_fault_changes_one_place_and_compiles(changes: dict[str, Fault]) -> None:
    assert all(changes_meaning(fault) for fault in changes.values())
    with_fault = SOURCE.replace("self.ask - self.bid", "self.ask + self.bid")
    assert changes["- -> +"].applied() == with_fault


def test_a_seed_draws_the_same_and_another_seed_others() -> None:
    files = packages()["orders"]
    drawn, none = sample(files, 11, 20, lambda fault: False)
    assert (drawn, none) == sample(files, 11, 20, lambda fault: False)
    assert len(drawn) == len(set(drawn)) == 20
    assert set(drawn) != set(sample(files, 12, 20, lambda fault: False)[0])


def test_a_fault_that_changes_nothing_makes_room_for_another() -> None:
    files = packages()["orders"]
    drawn, _ = sample(files, 11, 20, lambda fault: False)
    others, same = sample(files, 11, 20, lambda fault: fault in drawn[:2])
    assert (len(others), same) == (20, 2)
    assert set(drawn[2:]) < set(others)


def test_every_module_is_in_a_package() -> None:
    files = [file for package in packages().values() for file in package]
    assert len(files) == len(set(files)) == len([*Path(module.ROOT).glob("mas*/**/*.py")])
    assert all(packages().values()), "a package has no module"
    assert "mas/core.py" in packages()["client"]


def test_each_equivalent_fault_still_stands_there_and_has_a_reason() -> None:
    rows = tomllib.loads(LIST.read_text(encoding="utf-8")).get("fault", [])
    for row in rows:
        there = {
            (fault.within, fault.change, fault.nth)
            for place in possible_faults(row["file"])
            for fault in place
        }
        assert (row["within"], row["change"], row.get("nth", 0)) in there, (
            f"{row} is no longer possible"
        )
        assert len(row["reason"]) > 20
