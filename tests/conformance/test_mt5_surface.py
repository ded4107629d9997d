"""``mas.mt5`` has the names, values, fields and types of the MetaTrader5 package (mt5_api.json)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mas import mt5
from mas.sim import reset_process_terminals
from mas.terminal import types

API = json.loads((Path(__file__).parents[1] / "data" / "mt5_api.json").read_text())


@pytest.fixture(autouse=True)
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MAS_HOME", str(tmp_path))
    mt5._process.terminal = None
    mt5.initialize()
    yield
    reset_process_terminals()
    mt5._process.terminal = None


@pytest.mark.parametrize("name", sorted(API["constants"]))
def test_constant(name: str) -> None:
    assert getattr(mt5, name) == API["constants"][name]


@pytest.mark.parametrize("name", sorted(API["functions"]))
def test_function(name: str) -> None:
    assert callable(getattr(mt5, name))


@pytest.mark.parametrize("name", sorted(API["structs"]))
def test_struct(name: str) -> None:
    assert list(getattr(types, name)._fields) == [field["name"] for field in API["structs"][name]]


@pytest.mark.parametrize(("name", "wanted"), sorted(API["numpy_dtypes"].items()))
def test_dtype(name: str, wanted: Any) -> None:
    if name not in {"rates", "ticks"}:
        return
    found = {
        "rates": lambda: mt5.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_M1, 0, 5),
        "ticks": lambda: mt5.copy_ticks_from("EURUSD", 1_700_000_000, 5, mt5.COPY_TICKS_ALL),
    }[name]()
    assert found.dtype == np.dtype([tuple(field) for field in wanted])
    assert found.dtype.itemsize == API["numpy_dtypes"]["itemsize"][name]
    assert len(found) == 5


def _types_of(value: Any, name: str) -> None:
    kinds = {"int": int, "float": float, "str": str, "bool": bool, "TradeRequest": tuple}
    for field in API["structs"][name]:
        given = getattr(value, field["name"])
        assert type(given) is kinds[field["type"]] or (
            field["type"] == "TradeRequest" and isinstance(given, tuple)
        ), f"{name}.{field['name']} is {given!r}"


def test_every_struct_comes_with_the_documented_types() -> None:
    done = mt5.order_send(
        {"action": mt5.TRADE_ACTION_DEAL, "symbol": "EURUSD", "volume": 0.1, "type": 0}
    )
    bid = mt5.symbol_info_tick("EURUSD").bid
    resting = {"action": 5, "symbol": "EURUSD", "volume": 0.1, "type": 2, "price": bid - 0.01}
    mt5.order_send(resting)
    mt5.market_book_add("EURUSD")
    _types_of(mt5.account_info(), "AccountInfo")
    _types_of(mt5.terminal_info(), "TerminalInfo")
    _types_of(mt5.symbol_info("EURUSD"), "SymbolInfo")
    _types_of(mt5.symbol_info_tick("EURUSD"), "Tick")
    _types_of(mt5.market_book_get("EURUSD")[0], "BookInfo")
    _types_of(mt5.orders_get()[0], "TradeOrder")
    _types_of(mt5.positions_get()[0], "TradePosition")
    _types_of(mt5.history_deals_get(0, 4e9)[-1], "TradeDeal")
    _types_of(mt5.history_orders_get(0, 4e9)[-1], "TradeOrder")
    _types_of(done, "OrderSendResult")
    _types_of(done.request, "TradeRequest")
    _types_of(mt5.order_check(resting), "OrderCheckResult")


def test_failure_is_a_value_with_its_reason() -> None:
    """R2, R3, R5, R6."""
    assert mt5.symbol_info("NOPE") is None
    assert mt5.last_error()[0] == mt5.RES_E_NOT_FOUND
    assert mt5.positions_get(symbol="NOPE") == ()
    assert mt5.last_error() == (1, "Success")
    assert mt5.order_send({"action": 1, "volume": None}) is None
    assert mt5.last_error() == (-2, 'Invalid "volume" argument')
    assert mt5.order_send({"action": 1}, symbol="EURUSD") is None
    assert mt5.last_error() == (-2, "Unnamed arguments not allowed")
    assert mt5.order_send({"action": 1, "comment": "x" * 32}) is None
    assert mt5.last_error() == (-2, 'Invalid "comment" argument')


def test_nothing_works_before_initialize() -> None:
    """R4."""
    mt5.shutdown()
    assert mt5.account_info() is None
    assert mt5.last_error() == (-10004, "No IPC connection")
    assert mt5.initialize()
    assert mt5.account_info() is not None


def test_positional_only_arguments_cannot_be_named() -> None:
    """R1."""
    with pytest.raises(TypeError):
        mt5.symbol_info(symbol="EURUSD")
    with pytest.raises(TypeError):
        mt5.account_info(1)


def test_buy_sell_close() -> None:
    """R16."""
    assert mt5.Buy("EURUSD", 0.1).retcode == mt5.TRADE_RETCODE_DONE
    assert mt5.Sell("EURUSD", 0.2).retcode == mt5.TRADE_RETCODE_DONE
    assert mt5.positions_total() == 2
    assert mt5.Close("EURUSD") is True
    assert mt5.positions_total() == 0
    assert mt5.Close("EURUSD") is False
