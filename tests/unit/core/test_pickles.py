"""What needs no client goes through a pickle and a copy with every field, to a process and back."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pytest

import mas
from mas import errors
from mas.clock import ManualClock
from mas.events import Execution, OrderStatus
from mas.report.record import Record, of_account, of_result
from mas.sim import SimSettings, SimTerminal, Symbol, built_in
from mas.state import Connection
from mas.terminal.types import NO_REQUEST

ROOT = Path(__file__).parents[3]
REQUEST = {"action": 1, "symbol": "EURUSD", "volume": 0.1}
RAISED = [
    errors.MasError("no"),
    errors.ParamError("volume is wrong", field="volume", value=-1, accepted="> 0"),
    errors.DataError("cannot be read", path="a.csv", line=7),
    errors.NotConnectedError("no terminal"),
    errors.TerminalError("no answer", code=-10004),
    errors.TerminalTimeoutError("late", code=-10005),
    errors.OrderRejectedError("no money", retcode=10019, request=REQUEST),
]
OTHER = {int: 3, float: 2.5, str: "x", bool: True, tuple: ("a",)}


class Trades(mas.MAS):
    """Buys at each tenth bar and closes five bars later."""

    bars = 0

    def receive_bars(self, symbol: str, data: Any, is_end: bool = False) -> None:
        self.bars += 1
        order = {"backtest_toggle": True, "symbol": symbol, "volume": 0.1}
        if self.bars % 10 == 1:
            self.ticket = self.send_order({**order, "order_type": "buy", "sl": 0.5})
        if self.bars % 10 == 6:
            self.send_order({**order, "order_type": "sell", "order_id": self.ticket})


def backtest() -> mas.Backtest:
    span = {"from_": "2024-01-02", "to": "2024-01-04"}
    return mas.Backtest(Trades, symbol="EURUSD", timeframe="H1", commission=3.0, **span)


def changed(value: Any) -> Any:
    """Return settings or a symbol in which each field has a value that is not the default."""
    found = {}
    for field in dataclasses.fields(value):
        old = getattr(value, field.name)
        found[field.name] = not old if isinstance(old, bool) else OTHER.get(type(old), old)
    made = copy.copy(value)
    for name, new in found.items():
        object.__setattr__(made, name, new)
    return made


def used(symbol: Symbol) -> Symbol:
    """Return a symbol that has worked everything out that it keeps."""
    for name, _ in inspect.getmembers_static(
        type(symbol), lambda member: hasattr(member, "__get__")
    ):
        if not name.startswith("__"):
            getattr(symbol, name)
    return symbol


def record_of_account() -> Record:
    terminal = SimTerminal(SimSettings(), clock=ManualClock(1_767_607_200_000))
    terminal.initialize()
    terminal.order_send({**REQUEST, "type": 0})
    terminal.order_send({**REQUEST, "type": 1, "position": terminal.positions_get()[0].ticket})
    return of_account(terminal, "account")


@pytest.fixture(scope="module")
def everything() -> list[Any]:
    result = backtest().go(progress=False)
    ran = backtest()
    ran.go(progress=False)
    return [
        *RAISED,
        errors.Failure("no money", 10019),
        OrderStatus(
            order=7, status=4, retcode=10009, message="done", action="modify", symbol="EURUSD",
            time_msc=5, request=NO_REQUEST._replace(**REQUEST),
        ),
        Execution(
            deal=1, order=2, position=3, symbol="EURUSD", type="buy", entry="in", reason="sl",
            price=1.1, volume=0.1, time_msc=5, profit=1.0, commission=-2.0, swap=-3.0, fee=-4.0,
            magic=5, comment="c",
        ),
        Connection("lost", "MAS-Sim", 7, "no link", "UTC"),
        SimSettings(),
        changed(SimSettings()),
        *map(used, built_in().values()),
        changed(built_in()["EURUSD"]),
        result,
        of_result(result, "run"),
        record_of_account(),
        backtest(),
        ran,
    ]  # fmt: skip


def fields(value: Any) -> dict[str, Any]:
    """Return all that a value of ours says, in plain values and tables."""
    if isinstance(value, mas.Result):
        names = [
            name
            for name, _ in inspect.getmembers(type(value), lambda one: isinstance(one, property))
        ]
        found = {name: getattr(value, name) for name in names if not name.startswith("_")}
        return found | {"events": value.events(), "facts": value.facts, "notes": value.notes(),
                        "open": value.open_positions(), "stops": value.stops()}  # fmt: skip
    if isinstance(value, mas.Backtest):
        return {"params": value.params, "strategy": value.strategy, "repr": repr(value)}
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.asdict(value)
    if isinstance(value, Exception):
        return {"args": value.args, "text": str(value), **vars(value)}
    if isinstance(value, errors.Failure):
        return {"text": value.message, "retcode": value.retcode, "truth": bool(value)}
    found = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Record):
        found["prices"] = [value.prices(symbol) for symbol in value.symbols]
        found["excursions"] = value.excursions and value.excursions()
    return found


def same(one: Any, other: Any) -> None:
    assert type(one) is type(other)
    said, again = fields(one), fields(other)
    assert said.keys() == again.keys()
    for name, value in said.items():
        equal(value, again[name], name)


def equal(one: Any, other: Any, name: str) -> None:
    assert type(one) is type(other), name
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other, obj=name)
    elif isinstance(one, pd.Series):
        pd.testing.assert_series_equal(one, other, obj=name)
    elif isinstance(one, list):
        assert len(one) == len(other), name
        for first, second in zip(one, other, strict=True):
            equal(first, second, name)
    else:
        assert one == other, name


def test_every_error_is_here() -> None:
    known = {one for _, one in inspect.getmembers(errors, inspect.isclass)
             if issubclass(one, errors.MasError)}  # fmt: skip
    assert {type(error) for error in RAISED} == known


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_has_every_field(everything: list[Any], protocol: int) -> None:
    for value in everything:
        same(value, pickle.loads(pickle.dumps(value, protocol)))


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_has_every_field(everything: list[Any], copied: Any) -> None:
    for value in everything:
        same(value, copied(value))


def test_another_process_reads_it_and_sends_it_back(everything: list[Any], tmp_path: Path) -> None:
    """A fresh process that has imported nothing of ours."""
    there, back = tmp_path / "there", tmp_path / "back"
    there.write_bytes(pickle.dumps(everything))
    code = (
        "import pickle, sys; assert 'mas' not in sys.modules; "
        "found = pickle.load(open(sys.argv[1], 'rb')); "
        "pickle.dump(found, open(sys.argv[2], 'wb'))"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code, there, back], check=True, env=env)
    again = pickle.loads(back.read_bytes())
    assert len(again) == len(everything)
    for one, other in zip(everything, again, strict=True):
        same(one, other)


def test_a_backtest_that_came_in_a_pickle_runs() -> None:
    result = pickle.loads(pickle.dumps(backtest())).go(progress=False)
    same(result, backtest().go(progress=False))


def test_an_error_keeps_its_notes_and_is_raised_again() -> None:
    error = errors.TerminalError("no answer", code=-10004)
    error.add_note("while logging in")
    again = pickle.loads(pickle.dumps(error))
    assert again.__notes__ == ["while logging in"]
    with pytest.raises(errors.TerminalError, match="no answer") as caught:
        raise again
    assert caught.value.code == -10004
