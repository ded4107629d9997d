"""The terminals of a process: one for each account, shared, and given back."""

from __future__ import annotations

from pathlib import Path

import pytest

from mas import sim
from mas.clock import ManualClock, SystemClock
from mas.sim import SimSettings, hold_terminal, process_terminal, release_terminal


def test_one_terminal_for_each_account(mas_home: Path) -> None:
    memory, stored = process_terminal(), process_terminal(42)
    assert process_terminal() is memory
    assert process_terminal(42) is stored
    assert (memory.settings.login, stored.settings.login) == (SimSettings().login, 42)
    assert [path.name for path in mas_home.rglob("*.db")] == ["42.db"]
    assert isinstance(memory.clock, SystemClock)


def test_settings_or_a_clock_make_a_new_one_in_memory(mas_home: Path) -> None:
    first = process_terminal(42)
    clock = ManualClock(5)
    second = process_terminal(42, SimSettings(balance=7.0), clock)
    assert second is not first
    assert second is process_terminal(42)
    assert (second.settings.balance, second.settings.login, second.clock) == (7.0, 42, clock)
    assert first.connected is False
    third = process_terminal(43, clock=clock)
    assert third.clock is clock
    assert not (mas_home / "paper" / "43.db").exists()
    assert third is not process_terminal(43, SimSettings())


def test_seed_and_clock_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAS_SIM_SEED", "99")
    monkeypatch.setenv("MAS_SIM_CLOCK", "2026-01-05T10:00:00")
    terminal = process_terminal()
    assert terminal.settings.seed == 99
    assert terminal.clock.now_ms() == 1_767_607_200_000
    assert process_terminal(0, SimSettings(seed=5)).settings.seed == 5, "what is given wins"


def test_an_account_is_closed_with_its_last_holder() -> None:
    one, other = hold_terminal(42), hold_terminal(42)
    assert one is other
    release_terminal(42)
    assert process_terminal(42) is one
    release_terminal(42)
    assert process_terminal(42) is not one
    release_terminal(77)  # never held: nothing happens


def test_the_end_of_a_process_closes_all() -> None:
    one, other = process_terminal(), process_terminal(42)
    one.initialize()
    sim.reset_process_terminals()
    assert one.connected is False
    assert process_terminal() is not one
    assert process_terminal(42) is not other
