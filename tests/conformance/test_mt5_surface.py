"""``mas.mt5`` has the names, values, fields and types of the MetaTrader5 package (mt5_api.json)."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest

from mas import mt5
from mas.sim import reset_process_terminals
from mas.terminal import constants, retcodes, types

API = json.loads((Path(__file__).parents[1] / "data" / "mt5_api.json").read_text())
NOT_IN_PACKAGE = {
    name: value
    for group in API["flags_missing_from_the_package"].values()
    if isinstance(group, dict)
    for name, value in group.items()
}


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
    """R1: names, order and optionality of the parameters, and how each may be given."""
    about = API["functions"][name]
    found = inspect.signature(getattr(mt5, name))
    named = [one for one in found.parameters.values() if one.kind is not one.VAR_POSITIONAL]
    wanted = [one["name"] for one in about["params"]]
    if about["calling"] == "no arguments":
        assert not found.parameters
        with pytest.raises(TypeError):
            getattr(mt5, name)(1)
    elif about["calling"] == "positional only":
        assert [one.name for one in named] == wanted
        assert {one.kind for one in named} == {inspect.Parameter.POSITIONAL_ONLY}
    elif about["calling"] == "pure Python":
        assert [one.name for one in named] == wanted
        for one, spec in zip(named, about["params"], strict=True):
            assert (one.kind is one.KEYWORD_ONLY) == (spec["kind"] == "keyword only")
    elif name in {"order_send", "order_check"}:  # a dict, or its keys as keywords (R6)
        assert [one.kind for one in named] == [
            inspect.Parameter.POSITIONAL_ONLY,
            inspect.Parameter.VAR_KEYWORD,
        ]
    else:
        period = {"date_from", "date_to"} if "date_from" in wanted else set()  # as *period
        assert {one.name for one in named} == set(wanted) - period
        assert not any(one.kind is one.POSITIONAL_ONLY for one in named)
    for one in named:
        optional = {spec["name"]: spec["optional"] for spec in about["params"]}.get(one.name)
        assert optional in {None, one.default is not one.empty} or one.name == "request"


@pytest.mark.parametrize("name", sorted(API["errors"]))
def test_error_code(name: str) -> None:
    assert getattr(mt5, name) == API["errors"][name]["value"]


@pytest.mark.parametrize("name", sorted(API["retcodes"]))
def test_retcode(name: str) -> None:
    """Each has its value, its name and a text; R35."""
    value = API["retcodes"][name]["value"]
    known = retcodes.RETCODES[value]
    if value:  # 0 has no name: order_check has passed (R15)
        assert getattr(constants, name) == value
        assert f"TRADE_RETCODE_{known.name}" == name
    usual = API["retcodes"][name].get("usual_comment")
    assert usual in {None, known.text}


@pytest.mark.parametrize("name", sorted(NOT_IN_PACKAGE))
def test_flag_that_the_package_does_not_name(name: str) -> None:
    assert getattr(constants, name) == NOT_IN_PACKAGE[name]


def test_nothing_of_the_package_is_left_out() -> None:
    """The lists that the tests above walk through are as long as the package's."""
    sizes = [len(API[kind]) for kind in ("functions", "constants", "structs")]
    assert sizes == [35, 223, 11]
    groups = {name for names in API["constant_groups"].values() for name in names}
    assert groups == set(API["constants"])


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


def test_types_of_struct_fields_are_annotated() -> None:
    kinds = {"int": int, "float": float, "str": str, "bool": bool}
    for name, fields in API["structs"].items():
        hints = get_type_hints(getattr(types, name))
        for field in fields:
            wanted = kinds.get(field["type"], types.TradeRequest)
            assert hints[field["name"]] is wanted, f"{name}.{field['name']}"


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


FAILING = {
    "symbol_info": ("NOPE",), "symbol_info_tick": ("NOPE",), "symbol_select": ("NOPE",),
    "market_book_add": ("NOPE",), "market_book_get": ("EURUSD",),
    "copy_rates_from": ("NOPE", 1, 0, 1), "copy_rates_from_pos": ("EURUSD", 7, 0, 1),
    "copy_rates_range": ("EURUSD", 1000, 0, 1), "copy_ticks_from": ("NOPE", 0, 1, -1),
    "copy_ticks_range": ("NOPE", 0, 1, -1), "order_calc_margin": (0, "NOPE", 1.0, 1.0),
    "order_calc_profit": (2, "EURUSD", 1.0, 1.0, 1.0), "orders_get": ("EURUSD",),
    "positions_get": ("EURUSD",), "history_orders_get": (), "history_deals_get": (),
    "order_send": ({"action": "deal"},), "order_check": ({"volume": "1"},),
}  # fmt: skip
BOOLEAN = {"symbol_select", "market_book_add"}


@pytest.mark.parametrize("name", FAILING)
def test_every_function_fails_by_value_and_the_next_success_forgets_it(name: str) -> None:
    """R2: None, or False of those that answer yes or no; never an exception."""
    answer = getattr(mt5, name)(*FAILING[name])
    assert answer is (False if name in BOOLEAN else None)
    code, text = mt5.last_error()
    assert code in {mt5.RES_E_NOT_FOUND, mt5.RES_E_INVALID_PARAMS}
    assert text
    assert mt5.last_error() == (code, text)
    assert mt5.symbols_total() > 0
    assert mt5.last_error() == (mt5.RES_S_OK, "Success")


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


def test_what_buy_sell_and_close_do_when_the_server_refuses() -> None:
    """R16: a requote is tried again, ten times at the most, but not with a price of one's own."""
    refusals = mt5._process.get().permissions.refusals
    for refused, sent, code in ((9, {}, 10009), (10, {}, 10004), (1, {"price": 1.1}, 10004)):
        refusals.extend([10004] * refused)
        assert mt5.Buy("EURUSD", 0.1, **sent).retcode == code
        refusals.clear()
    refusals.append(10006)
    assert mt5.Sell("EURUSD", 0.1).retcode == 10006
    assert mt5.Buy("EURUSD", 0.1).retcode == mt5.TRADE_RETCODE_DONE
    refusals.append(10006)
    assert mt5.Close("EURUSD") == "Partially"
    refusals.append(10006)
    assert mt5.Close("EURUSD") is False
    assert mt5.Close("EURUSD") is True


def test_buy_sell_close() -> None:
    """R16."""
    assert mt5.Buy("EURUSD", 0.1).retcode == mt5.TRADE_RETCODE_DONE
    assert mt5.Sell("EURUSD", 0.2).retcode == mt5.TRADE_RETCODE_DONE
    assert mt5.positions_total() == 2
    assert mt5.Close("EURUSD") is True
    assert mt5.positions_total() == 0
    assert mt5.Close("EURUSD") is False
