"""What a client keeps for itself is out of the way of its user's own names."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mas
from mas.callbacks import Callbacks
from mas.core import core_of
from mas.orders.closing import closing
from mas.sim import process_terminal
from tests.generated.update import GROUPS

SPAN = {"bars": [("EURUSD", "H1")], "from": "2024-01-02", "to": "2024-01-03"}
LOGIN = {"account": 7_000_001, "password": "any", "server": "MAS-Sim"}
ORDER = {"backtest_toggle": True, "symbol": "EURUSD", "order_type": "buy", "volume": 0.1}
CONTRACT = {name for names in GROUPS.values() for name in names}
CALLBACKS = {name for name in vars(Callbacks) if name.startswith("receive_")}
# What a user may call his own: everything but the calls of this test and the callbacks.
USED = {"backtest", "send_order", "login", "shutdown_mt5"} | CALLBACKS
CORE = {name for name in dir(core_of(mas.MAS())) if not name.startswith("__")}
COMMON = {
    "state", "change", "symbols", "name", "lang", "place", "core", "session", "accounts", "teller",
    "account", "position", "orders", "ticks", "bars", "journal", "clock", "terminal", "running",
    "_core", "_mas", "_state", "_live", "_login", "_accounts", "_session", "_client", "_run",
}  # fmt: skip
names = st.sampled_from(sorted((CONTRACT | CORE | COMMON) - USED))


class Odd:
    """Whatever is asked of it, it fails."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the user's own attribute was asked for {name}")

    def __call__(self, *args: object, **kwargs: object) -> Any:
        raise AssertionError("the user's own attribute was called")


def as_property(self: object) -> Any:
    raise AssertionError("the user's own property was read")


def trade(client: mas.MAS) -> mas.Result:
    """Log in, run, and log out, in the documented way."""
    assert client.login(LOGIN) is True
    result = client.backtest(SPAN)
    client.shutdown_mt5()
    return result


def body(owned: dict[str, str]) -> dict[str, Any]:
    """Return the body of a class that has those names in those ways."""
    found: dict[str, Any] = {}
    instance = [name for name, kind in owned.items() if kind == "instance"]
    for name, kind in owned.items():
        if kind == "class":
            found[name] = Odd()
        elif kind == "property":
            found[name] = property(as_property)
        elif kind == "method":
            found[name] = Odd.__call__

    def init(self: Any) -> None:
        for name in instance:
            setattr(self, name, Odd())

    def receive_bars(self: Any, symbol: str, data: Any, is_end: bool = False) -> None:
        if data["time"].hour == 4:
            self.sent.append(mas.MAS.send_order(self, ORDER))

    return found | {"__init__": init, "receive_bars": receive_bars, "sent": []}


@settings(max_examples=15)
@given(st.dictionaries(names, st.sampled_from(["class", "instance", "property", "method"])))
def test_a_class_may_call_its_own_what_it_likes(owned: dict[str, str]) -> None:
    kind: Any = type("Mine", (mas.MAS,), body(owned))
    client = kind()
    result = trade(client)
    assert client.sent[0].isdigit()
    assert len(result.trades) == 1
    assert core_of(client).result is result
    for name, how in owned.items():
        if how == "instance":
            assert isinstance(vars(client)[name], Odd)
    repr(client)


def test_all_names_at_once() -> None:
    owned = dict.fromkeys((CONTRACT | CORE | COMMON) - USED, "instance")
    client: Any = type("Mine", (mas.MAS,), body(owned))()
    assert len(trade(client).trades) == 1


class Forgetful(mas.MAS):
    """Its ``__init__`` has arguments of its own, and does not call ours."""

    def __init__(self, lots: float, *, side: str = "buy") -> None:
        self.lots, self.side = lots, side


def test_init_may_be_forgotten() -> None:
    client = Forgetful(0.1, side="sell")
    assert client.send_order({**ORDER, "order_type": client.side, "volume": client.lots})
    assert len(client.get_positions()) == 1
    assert client.result is None
    trade(client)
    assert client.result is not None


def test_init_may_come_late_and_twice() -> None:
    class Late(mas.MAS):
        def __init__(self) -> None:
            assert self.login(LOGIN)
            self.ticket = self.send_order({**ORDER, "backtest_toggle": False})
            super().__init__(name="late")
            super().__init__()

    client = Late()
    assert client.connected
    assert [row["ticket"] for row in client.get_positions()] == [int(client.ticket)]
    assert core_of(client).name == "late"
    client.shutdown_mt5()


def test_a_frozen_dataclass_may_be_a_client() -> None:
    @dataclass(frozen=True)
    class Frozen(mas.MAS):
        lots: float = 0.1

    client = Frozen(0.2)
    assert client.send_order({**ORDER, "volume": client.lots})
    assert client.get_positions()[0]["volume"] == 0.2


def test_odd_attribute_access_is_never_asked() -> None:
    class Odd(mas.MAS):
        def __getattribute__(self, name: str) -> Any:
            found = object.__getattribute__(self, name)
            assert callable(found) or name in {"__class__", "__dict__", "result"}
            return found

        def __setattr__(self, name: str, value: object) -> None:
            raise AssertionError(name)

    assert trade(Odd()).trades.empty


def test_a_replaced_dict_is_told_and_mended() -> None:
    class Wiped(mas.MAS):
        def __init__(self, *, mended: bool) -> None:
            self.__dict__ = {"mended": mended}
            if mended:
                super().__init__()

    assert Wiped(mended=True).send_order(ORDER)
    message = "^Wiped has replaced its __dict__, where mas keeps its session: .* afterwards$"
    with pytest.raises(mas.MasError, match=message):
        core_of(Wiped(mended=False))
    assert not Wiped(mended=False).send_order(ORDER)


def test_what_is_ours_is_not_among_the_names() -> None:
    client = mas.MAS()
    assert all(name.isidentifier() for name in dir(client))
    public = {name for name in dir(client) if not name.startswith("_")}
    assert public == CONTRACT


def test_a_copy_is_the_same_account_and_nothing_else_can_be_copied() -> None:
    client = mas.MAS()
    ticket = client.send_order(ORDER)
    twin = copy.copy(client)
    assert core_of(twin) is core_of(client)
    assert [str(row["ticket"]) for row in twin.get_positions()] == [ticket]
    words = "^a client can be neither pickled nor deep-copied: .*pickle its result$"
    for attempt in (copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match=words):
            attempt(client)


# -- connected and close_all -------------------------------------------------------------------


def test_connected_follows_the_session_without_asking() -> None:
    client = mas.MAS()
    assert client.connected is False
    assert client.send_order(ORDER)
    assert client.connected is False, "the own simulated account is no connection"
    assert client.login(LOGIN)
    assert client.connected is True
    state = core_of(client).state
    state.set_connection(mas.Connection("lost", "MAS-Sim", LOGIN["account"]))
    assert client.connected is False
    client.shutdown_mt5()
    assert client.connected is False


def test_connected_in_a_run() -> None:
    seen = []

    class Looks(mas.MAS):
        def receive_bars(self, symbol: str, data: Any, is_end: bool = False) -> None:
            seen.append(self.connected)

    client = Looks()
    client.backtest(SPAN)
    assert set(seen) == {True}
    assert client.connected is False


@pytest.mark.parametrize("toggle", [True, False])
def test_close_all_closes_what_is_open(toggle: bool) -> None:
    client = mas.MAS(terminal="sim:?at=2026-01-05T10:00")
    assert client.login(LOGIN)
    told: list[Any] = []
    client.receive_order_execution = lambda order, data: told.append(data)  # type: ignore[method-assign,assignment,misc]
    order = {**ORDER, "backtest_toggle": toggle}
    for changes in ({}, {"order_type": "sell", "magic": 5}, {"symbol": "USDJPY"}):
        assert client.send_order({**order, **changes})
    where = {"backtest_toggle": toggle}
    (answer,) = client.close_all({"symbol": "USDJPY", **where})
    assert answer.ok
    assert {row["symbol"] for row in client.get_positions(where)} == {"EURUSD"}
    answers = client.close_all(where)
    assert [answer.ok for answer in answers] == [True, True]
    assert client.get_positions(where) == []
    assert client.close_all(where) == []
    assert [data["entry"] for data in told] == ["in"] * 3 + ["out"] * 3
    assert sorted(data["magic"] for data in told[4:]) == [5, 123456]
    client.shutdown_mt5()


def test_close_all_says_what_could_not_be_closed() -> None:
    client = mas.MAS(terminal="sim:?at=2026-01-05T10:00")
    assert client.login(LOGIN)
    assert client.send_order({**ORDER, "backtest_toggle": False})
    process_terminal(LOGIN["account"]).permissions.trade_allowed = False
    (answer,) = client.close_all()
    assert not answer.ok
    assert len(client.get_positions()) == 1
    client.shutdown_mt5()


def test_a_position_that_fails_does_not_keep_the_others_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = mas.MAS(terminal="sim:?at=2026-01-05T10:00")
    assert client.login(LOGIN)
    for symbol in ("EURUSD", "USDJPY", "GBPUSD"):
        assert client.send_order({**ORDER, "symbol": symbol, "backtest_toggle": False})

    def failing(position: Any, terminal: Any, volume: Any = None) -> Any:
        if position.symbol == "USDJPY":
            raise mas.TerminalError("the pipe is broken", code=-10_000)
        return closing(position, terminal, volume)

    monkeypatch.setattr("mas.core.closing", failing)
    answers = client.close_all()
    assert [answer.ok for answer in answers] == [True, False, True]
    assert "the pipe is broken" in answers[1].message
    assert (answers[1].symbol, answers[1].retcode) == ("USDJPY", -10_000)
    assert [row["symbol"] for row in client.get_positions()] == ["USDJPY"]
    client.shutdown_mt5()


def test_a_call_of_the_class_says_that_it_needs_a_client() -> None:
    message = r"^a call needs a client, such as MyClient\(\), was \{'symbol': 'EURUSD'\}$"
    with pytest.raises(TypeError, match=message):
        mas.MAS.get_positions({"symbol": "EURUSD"})  # type: ignore[arg-type]
