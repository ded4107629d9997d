"""What a strategy does wrong is said, and does not end the run (contract section 1)."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from mas.backtest.feeds import BarFeed, TickFeed
from mas.backtest.run import Run, RunRules
from mas.sim import SimSettings
from tests.unit.backtest.test_backtest import M1, START, WALK, Client, replay

CALLBACKS = (
    "receive_bars", "receive_ticks", "receive_order_status", "receive_order_execution",
)  # fmt: skip


class Raising(Client):
    """Raises in one callback, and notes that all are called."""

    def __init__(self, where: str, act: Any = None) -> None:
        super().__init__(act)
        self.where = where

    def fail(self, name: str) -> None:
        if name == self.where:
            raise ValueError(f"from {name}")

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        super().receive_bars(symbol, data, is_end)
        self.fail("receive_bars")

    def receive_ticks(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        super().receive_ticks(symbol, data, is_end)
        self.fail("receive_ticks")

    def receive_order_status(self, order_id: str, status_data: dict[str, Any]) -> None:
        super().receive_order_status(order_id, status_data)
        self.fail("receive_order_status")

    def receive_order_execution(self, order_id: str, execution_data: dict[str, Any]) -> None:
        super().receive_order_execution(order_id, execution_data)
        self.fail("receive_order_execution")


def go(client: Client, **rules: Any) -> Any:
    end = START + 3600_000
    feeds: list[Any] = [BarFeed("EURUSD", M1, START, end), TickFeed("EURUSD", START, end)]
    made = Run(
        client, {"EURUSD": replay("EURUSD", WALK)}, feeds, SimSettings(), rules=RunRules(**rules)
    )
    return made.go(progress=False)


def deal(client: Client, data: dict[str, Any]) -> None:
    if "close" in data:
        client.order("buy")


@pytest.mark.parametrize("name", CALLBACKS)
def test_each_callback_may_raise_and_nothing_else_is_lost(name: str, caplog: Any) -> None:
    quiet, loud = Raising("", deal), Raising(name, deal)
    whole, result = go(quiet), go(loud)
    assert loud.told == quiet.told, "every push and every event came all the same"
    assert result.events() == whole.events()
    (row,) = result.errors.to_dict("records")
    kind = {"receive_bars": "bar", "receive_ticks": "tick", "receive_order_status": "status"}
    assert row["count"] == quiet.kinds().count(kind.get(name, "deal"))
    assert row["callback"] == name
    assert row["error"] == f"ValueError: from {name}"
    assert "in fail" in row["where"]
    assert 'raise ValueError(f"from {name}")' in row["traceback"]
    assert "mas/backtest" not in row["traceback"]
    assert caplog.text.count("Traceback") == 1, "told once for each place"
    assert f"callbacks raised {row['count']} times: ValueError" in caplog.text
    assert len(whole.errors) == 0


@pytest.mark.parametrize("name", CALLBACKS)
def test_stop_on_error_stops_and_keeps_what_there_is(name: str) -> None:
    client = Raising(name, deal)
    with pytest.raises(ValueError, match=f"from {name}"):
        go(client, stop_on_error=True)
    assert client.result is not None
    assert client.result.stopped.startswith("ValueError at 2026-01-05 10:0")


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_ends_the_run_whatever_the_rules(error: type[BaseException]) -> None:
    def stop(client: Client, _: Any) -> None:
        raise error

    client = Client(stop)
    with pytest.raises(error):
        go(client)
    assert client.result is not None
    assert client.result.stopped.startswith(error.__name__)


def test_places_are_told_apart() -> None:
    def fail(client: Client, data: dict[str, Any]) -> None:
        if "close" in data:
            raise KeyError("one")
        if client.kinds().count("tick") % 2:
            raise KeyError("two")

    result = go(Client(fail))
    assert result.errors["count"].sum() == 3 + 4
    assert result.errors["error"].tolist() == ["KeyError: 'two'", "KeyError: 'one'"]
    assert result.errors["first"].tolist() == [
        pd.Timestamp("2026-01-05 10:00"), pd.Timestamp("2026-01-05 10:01:10"),
    ]  # fmt: skip
    (note,) = result.notes()
    assert note.startswith(
        "callbacks raised 7 times, most often (4): KeyError: 'two', in receive_ticks (test_"
    )


def test_a_wrong_parameter_is_told_at_the_line_of_the_call() -> None:
    def misspell(client: Client, data: dict[str, Any]) -> None:
        if "close" in data:
            client.send_order({"symbol": "EURUSD", "order_typ": "buy", "volume": 0.1})

    text = go(Client(misspell)).errors["traceback"][0]
    last = text.rstrip().splitlines()[-1]
    assert last.startswith("mas.errors.ParamError: 'order_typ' is not a field of send_order")
    assert "in misspell" in text
    assert "client.py" not in text


def test_refusals_are_a_table_a_note_and_a_warning(caplog: Any) -> None:
    def ask(client: Client, data: dict[str, Any]) -> None:
        if "close" in data:
            client.order("buy", sl=9.0)
            client.order("buy", volume=1000.0)
            client.order("buy", sl=9.0)
            client.cancel_order({"order_id": 77})
            client.modify_position_sltp({"position_id": 77, "sl": 1.0})

    result = go(Client(ask))
    table = result.refusals
    assert table["retcode"].value_counts().to_dict() == {10016: 6, 10014: 3, 10013: 3, 10036: 3}
    first = table.iloc[0].to_dict()
    assert first["time"].isoformat() == "2026-01-05T10:01:10"
    assert (first["symbol"], first["sl"], first["volume"], first["action"]) == (
        "EURUSD", 9.0, 0.1, "send",
    )  # fmt: skip
    assert "Invalid stops" in first["reason"]
    assert set(table["action"]) == {"send", "cancel", "modify"}
    note = "15 requests were refused, most often (6): Invalid stops (10016)"
    assert result.notes()[0].startswith(note)
    assert note in caplog.text
    assert len(result.deals) == 1


def test_r77_a_pending_order_that_cannot_deal_is_a_refusal() -> None:
    def ask(client: Client, data: dict[str, Any]) -> None:
        if client.kinds() == ["tick"]:
            client.order("buy_stop", price=1.1015, volume=9.0)
            client.order("buy", volume=8.0)

    result = go(Client(ask))
    assert result.refusals["retcode"].tolist() == [10041]


def test_a_misnamed_callback_is_named(caplog: Any) -> None:
    class Misnamed(Client):
        def receive_bar(self, symbol: str, data: dict[str, Any]) -> None:
            raise AssertionError

        def receive_news(self) -> None:  # a name of one's own is nobody's business
            raise AssertionError

    go(Misnamed())
    line = "Misnamed has a method that nothing calls: receive_bar (did you mean receive_bars?)"
    assert [record.message for record in caplog.records].count(line) == 1
    caplog.clear()
    go(Client())
    assert "nothing calls" not in caplog.text
