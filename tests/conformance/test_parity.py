"""The same calls give the same answers through ``sim:``, ``native:`` and ``mt5linux://``."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mas import mt5
from mas.connect import open_link
from mas.sim import reset_process_terminals

SERVER = Path(__file__).parents[1] / "e2e" / "mt5linux" / "server.py"
MOMENT = "2026-01-05T10:00:00"
NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
FAR = 4_000_000_000
BUY = {"action": 1, "symbol": "EURUSD", "volume": 0.1, "type": 0, "comment": 'it\'s "quoted" é\\'}
LIMIT = {"action": 5, "symbol": "EURUSD", "volume": 0.2, "type": 2, "price": 0.9}

CALLS: list[tuple[str, Callable[[Any], Any]]] = [
    ("version", lambda t: t.version()),
    ("account", lambda t: t.account_info()),
    ("terminal", lambda t: t.terminal_info()),
    ("symbols", lambda t: (t.symbols_total(), t.symbols_get(), t.symbols_get("*USD*,!EURUSD"))),
    ("symbol", lambda t: t.symbol_info("EURUSD")),
    ("no symbol", lambda t: t.symbol_info("NOPE")),
    ("tick", lambda t: t.symbol_info_tick("EURUSD")),
    ("no tick", lambda t: t.symbol_info_tick("NOPE")),
    ("select", lambda t: (t.symbol_select("EURUSD", True), t.symbol_select("NOPE"))),
    ("no book", lambda t: t.market_book_get("EURUSD")),
    ("book", lambda t: (t.market_book_add("EURUSD"), t.market_book_get("EURUSD"))),
    ("book off", lambda t: t.market_book_release("EURUSD")),
    ("bars by position", lambda t: t.copy_rates_from_pos("EURUSD", 1, 0, 50)),
    ("bars from", lambda t: t.copy_rates_from("EURUSD", 5, NOW, 20)),
    ("bars, naive", lambda t: t.copy_rates_from("EURUSD", 5, NOW.replace(tzinfo=None), 9)),
    ("bars between", lambda t: t.copy_rates_range("EURUSD", 1, NOW.timestamp() - 600, NOW)),
    ("no bars", lambda t: t.copy_rates_from_pos("NOPE", 1, 0, 5)),
    ("ticks from", lambda t: t.copy_ticks_from("EURUSD", NOW.timestamp() - 60, 30, -1)),
    ("ticks between", lambda t: t.copy_ticks_range("EURUSD", NOW.timestamp() - 30, NOW, -1)),
    ("nothing held", lambda t: (t.positions_get(), t.positions_total(), t.orders_get())),
    ("check", lambda t: t.order_check(BUY)),
    ("buy", lambda t: t.order_send(BUY)),
    ("limit", lambda t: t.order_send(LIMIT)),
    ("refused", lambda t: t.order_send({**BUY, "volume": 1e6})),
    ("bad argument", lambda t: t.order_send({**BUY, "volume": None})),
    ("margin", lambda t: t.order_calc_margin(0, "EURUSD", 1.0, 1.1)),
    ("unknown symbol", lambda t: t.order_send({**BUY, "symbol": "NOPE"})),
    ("positions", lambda t: (t.positions_get(), t.positions_total())),
    ("positions of", lambda t: (t.positions_get(symbol="EURUSD"), t.positions_get(symbol="NOPE"))),
    ("orders", lambda t: (t.orders_get(), t.orders_total(), t.orders_get(group="*USD*"))),
    ("deals", lambda t: (t.history_deals_get(0, FAR), t.history_deals_total(0, FAR))),
    ("deals of", lambda t: t.history_deals_get(position=t.positions_get()[0].ticket)),
    ("old orders", lambda t: (t.history_orders_get(0, FAR), t.history_orders_total(0, FAR))),
    ("profit", lambda t: t.order_calc_profit(0, "EURUSD", 1.0, 1.1, 1.2)),
    ("numpy arguments", lambda t: t.order_calc_profit(0, "EURUSD", np.float64(1), 1.1, 1.2)),
    ("close", lambda t: t.order_send(
        {**BUY, "type": 1, "position": t.positions_get()[0].ticket, "price": 0.0})),
    ("after", lambda t: (t.account_info(), t.positions_get(), t.history_deals_get(0, FAR))),
]  # fmt: skip


def plain(value: Any) -> Any:
    """Return what two answers must have in common: types, field names, dtypes and values."""
    if isinstance(value, np.ndarray):
        return ("array", value.dtype.descr, value.dtype.itemsize, value.tolist())
    if isinstance(value, tuple):
        names = getattr(value, "_fields", None)
        return (type(value).__name__, names, [plain(one) for one in value])
    return (type(value).__name__, value)


def answers(url: str) -> dict[str, Any]:
    link = open_link(url, login=501, password="x", server="MAS-Sim", timeout_ms=5000)
    try:
        return {
            name: link.run(lambda t, fn=fn: (plain(fn(t)), plain(t.last_error())))
            for name, fn in CALLS
        }
    finally:
        link.close()


@contextmanager
def home(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the process a new account, at the same moment of the same market."""
    reset_process_terminals()
    mt5._process.terminal, mt5._process.held, mt5._process.last = None, 0, 0
    monkeypatch.setenv("MAS_HOME", str(path))
    yield
    reset_process_terminals()
    mt5._process.terminal, mt5._process.held, mt5._process.last = None, 0, 0


@pytest.fixture
def wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("MAS_SIM_CLOCK", MOMENT)
    with home(tmp_path / "sim", monkeypatch):
        return answers("sim:")


def test_the_simulated_terminal_answers_all(wanted: dict[str, Any]) -> None:
    ok = {name for name, (_, error) in wanted.items() if error[2][0] == ("int", 1)}
    assert wanted.keys() - ok == {
        "no symbol", "no tick", "select", "no book", "no bars", "bad argument",
    }  # fmt: skip
    for name, count in (("bars by position", 50), ("bars from", 20), ("ticks from", 30)):
        assert len(wanted[name][0][3]) == count


def test_native(wanted: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "MetaTrader5", mt5)
    with home(tmp_path / "native", monkeypatch):
        found = answers("native:")
    for name, _ in CALLS:
        assert found[name] == wanted[name], name


def test_mt5linux(wanted: dict[str, Any], tmp_path: Path) -> None:
    pytest.importorskip("mt5linux")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, str(SERVER), str(port)],
        env={**os.environ, "MAS_HOME": str(tmp_path / "far")},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert server.stdout is not None
        server.stdout.readline()
        for _ in range(200):
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        found = answers(f"mt5linux://127.0.0.1:{port}")
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
    for name, _ in CALLS:
        assert found[name] == wanted[name], name
