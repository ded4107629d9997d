"""The manuals of the magics say what the calls behind them take."""

from __future__ import annotations

from typing import Any

from mas.schema import OrderParams, fields
from mas.schema.market import BacktestParams
from masjupyter.options import manual


def words(text: str) -> str:
    return " ".join(text.split())


def doc(cells: Any, magic: str) -> str:
    return words(cells.shell.magics_manager.magics["line"][magic].__doc__)


def test_an_order_s_manual_names_each_field(cells: Any) -> None:
    text = doc(cells, "mas_order")
    for field in fields(OrderParams).values():
        if field.name != "backtest_toggle":
            assert f" {field.name} : " in text
            assert words(field.doc) in text
    assert "deviation : int, points. largest slippage; accepted: 0 or more; default 10." in text


def test_options_say_what_their_fields_do(cells: Any) -> None:
    text, known = doc(cells, "mas_backtest"), fields(BacktestParams)
    for name in ("from", "to", "capital", "model", "source", "partial", "spread", "profile"):
        assert words(manual(known[name])) in text
    assert "stop loss price; 0 for none" in doc(cells, "mas_modify")
    assert "longest wait, milliseconds; default 6000" in doc(cells, "mas_login")
