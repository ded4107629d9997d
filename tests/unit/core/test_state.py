from __future__ import annotations

from mas.events import Execution
from mas.state import KEPT, Connection, State


def _execution(deal: int) -> Execution:
    return Execution(
        deal=deal,
        order=deal,
        position=deal,
        symbol="EURUSD",
        type="buy",
        entry="in",
        reason="expert",
        price=1.1,
        volume=0.1,
        time_msc=0,
    )


def test_listeners_hear_changes_only() -> None:
    state, heard = State(), []
    state.listen(heard.append)
    state.set_positions(())
    assert heard == []
    state.set_connection(Connection("connected", "MAS-Sim", 1))
    state.set_connection(Connection("connected", "MAS-Sim", 1))
    assert heard == ["connection"]


def test_a_stopped_listener_hears_nothing_and_the_others_go_on() -> None:
    state, first, second = State(), [], []
    stop = state.listen(first.append)
    state.listen(second.append)
    stop()
    state.add_execution(_execution(1))
    assert first == []
    assert second == ["execution"]


def test_a_reader_keeps_what_it_read() -> None:
    state = State()
    state.add_execution(_execution(1))
    read = state.executions
    state.add_execution(_execution(2))
    assert [one.deal for one in read] == [1]
    assert [one.deal for one in state.executions] == [1, 2]


def test_the_oldest_executions_give_way() -> None:
    state = State()
    for deal in range(KEPT + 10):
        state.add_execution(_execution(deal))
    assert len(state.executions) == KEPT
    assert state.executions[-1].deal == KEPT + 9


def test_clearing_tells_every_panel() -> None:
    state, heard = State(), []
    state.add_execution(_execution(1))
    state.set_quotes({"EURUSD": object()})  # type: ignore[dict-item]
    state.listen(heard.append)
    state.clear()
    assert state.executions == ()
    assert {"execution", "status", "quotes"} <= set(heard)
