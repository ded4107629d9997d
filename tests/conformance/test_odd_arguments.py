"""Odd arguments fail as values, at once: never a traceback from inside, never minutes of work."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mas import mt5
from mas.clock import ManualClock
from mas.sim import SimSettings, SimTerminal, bars
from mas.terminal import constants as c

NOW = datetime(2026, 1, 7, 10, 20, 30, tzinfo=UTC)
ODD = [
    None, True, -1, 0, 10**9, -(10**9), 10**30, -(10**30), 1.5, -0.0, 1e300, float("nan"),
    float("inf"), -float("inf"), "", "EURUSD", "\0", "12", b"EURUSD", np.int64(3), np.float64(2.5),
    np.float32("nan"), np.array([1, 2]), np.str_("EURUSD"), [], {}, (), {1}, object(), 1j,
    Decimal(1), datetime(1950, 1, 1, tzinfo=UTC), datetime.min, datetime.max, datetime(2026, 1, 6),
    NOW, date(2026, 1, 6), np.datetime64("2026-01-06"), pd.NaT, pd.Timestamp("2026-01-06"), print,
]  # fmt: skip
USUAL = {
    "symbols_total": (), "symbols_get": ("*",), "symbol_info": ("EURUSD",),
    "symbol_info_tick": ("EURUSD",), "symbol_select": ("EURUSD", True),
    "market_book_add": ("EURUSD",), "market_book_get": ("EURUSD",),
    "market_book_release": ("EURUSD",), "positions_total": (), "orders_total": (),
    "copy_rates_from": ("EURUSD", c.TIMEFRAME_H1, NOW, 3),
    "copy_rates_from_pos": ("EURUSD", c.TIMEFRAME_H1, 0, 3),
    "copy_rates_range": ("EURUSD", c.TIMEFRAME_M1, NOW, NOW),
    "copy_ticks_from": ("EURUSD", NOW, 3, c.COPY_TICKS_ALL),
    "copy_ticks_range": ("EURUSD", NOW, NOW, c.COPY_TICKS_ALL),
    "history_orders_total": (NOW, NOW), "history_orders_get": (NOW, NOW),
    "history_deals_total": (NOW, NOW), "history_deals_get": (NOW, NOW),
    "order_calc_margin": (0, "EURUSD", 0.1, 1.1),
    "order_calc_profit": (0, "EURUSD", 0.1, 1.1, 1.2),
    "order_check": ({"action": 1},), "order_send": ({"action": 1},),
}  # fmt: skip
NAMED = {
    "symbols_get": ["group"], "positions_get": ["symbol", "group", "ticket"],
    "orders_get": ["symbol", "group", "ticket"],
    "history_orders_get": ["group", "ticket", "position"],
    "history_deals_get": ["group", "ticket", "position"],
}  # fmt: skip
SOON = 20.0
"""Seconds of work that a call may take."""


@pytest.fixture(scope="module")
def terminal() -> SimTerminal:
    one = SimTerminal(SimSettings(), clock=ManualClock(NOW.isoformat()))
    one.initialize()
    return one


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse too many ticks earlier than usual, as making millions of them takes seconds."""
    monkeypatch.setattr(bars, "MOST_TICKS", 50_000)


def ask(terminal: SimTerminal, name: str, *args: Any, **named: Any) -> Any:
    """Call a function; check that it answers as R2 says, and soon."""
    began = time.process_time()
    found = getattr(terminal, name)(*args, **named)
    took = time.process_time() - began
    assert took < SOON, (name, args, named, took)
    code, text = terminal.last_error()
    if name != "market_book_release":  # False without an error where nothing was subscribed
        failed = found is None or found is False
        assert (code != c.RES_S_OK) if failed else (code, text) == (c.RES_S_OK, "Success")
    assert "Traceback" not in text
    return found


@pytest.mark.parametrize(
    ("name", "place"), [(name, at) for name, args in USUAL.items() for at in range(len(args))]
)
def test_r2_any_argument_gets_an_answer(terminal: SimTerminal, name: str, place: int) -> None:
    for odd in ODD:
        args = list(USUAL[name])
        args[place] = odd
        ask(terminal, name, *args)


@pytest.mark.parametrize(("name", "field"), [(n, one) for n, all_ in NAMED.items() for one in all_])
def test_r2_any_filter_gets_an_answer(terminal: SimTerminal, name: str, field: str) -> None:
    for odd in ODD:
        ask(terminal, name, **{field: odd})


@pytest.mark.parametrize("name", ["copy_rates_range", "copy_ticks_range"])
def test_any_two_dates_get_an_answer(terminal: SimTerminal, name: str) -> None:
    dates = [odd for odd in ODD if isinstance(odd, int | float | datetime)]
    first = USUAL[name][: 2 if name == "copy_rates_range" else 1]
    for one, other in itertools.product(dates[::3], dates[::2]):
        ask(terminal, name, *first, one, other, *USUAL[name][len(first) + 2 :])


@pytest.mark.parametrize(
    ("name", "args", "field"),
    [
        ("symbols_get", (None,), "group"),
        ("symbol_info", (None,), "symbol"),
        ("symbol_info_tick", (5,), "symbol"),
        ("copy_rates_from_pos", ("EURUSD", "H1", 0, 3), "timeframe"),
        ("copy_rates_from_pos", ("EURUSD", c.TIMEFRAME_H1, 0, 3.0), "count"),
        ("copy_rates_from_pos", ("EURUSD", c.TIMEFRAME_H1, None, 3), "start_pos"),
        ("copy_rates_from", ("EURUSD", c.TIMEFRAME_H1, "2026-01-06", 3), "date_from"),
        ("copy_rates_range", ("EURUSD", c.TIMEFRAME_H1, 0, float("nan")), "date_to"),
        ("copy_ticks_from", ("EURUSD", NOW, 3, None), "flags"),
        ("history_deals_get", (NOW, date(2026, 1, 6)), "date_to"),
        ("order_calc_margin", (0, "EURUSD", "0.1", 1.1), "volume"),
    ],
)
def test_r5_a_wrong_type_is_named(
    terminal: SimTerminal, name: str, args: tuple[Any, ...], field: str
) -> None:
    assert ask(terminal, name, *args) is None
    assert terminal.last_error() == (c.RES_E_INVALID_PARAMS, f'Invalid "{field}" argument')


def test_r5_a_filter_of_a_wrong_type_is_named(terminal: SimTerminal) -> None:
    assert ask(terminal, "positions_get", symbol=None) is None
    assert terminal.last_error() == (c.RES_E_INVALID_PARAMS, 'Invalid "symbol" argument')
    assert ask(terminal, "history_deals_get", ticket="1") is None
    assert ask(terminal, "market_book_add", None) is False
    assert ask(terminal, "symbol_select", "EURUSD", None) is False


def test_whole_numbers_of_numpy_are_whole_numbers(terminal: SimTerminal) -> None:
    plain = terminal.copy_rates_from_pos("EURUSD", c.TIMEFRAME_H1, 0, 3)
    args = (np.str_("EURUSD"), np.int32(c.TIMEFRAME_H1), np.uint8(0), np.int64(3))
    assert np.array_equal(terminal.copy_rates_from_pos(*args), plain)


def test_r174_a_position_beyond_all_history_is_empty(terminal: SimTerminal) -> None:
    for position in (10**9, 2**62, 4_000_000):
        found = ask(terminal, "copy_rates_from_pos", "EURUSD", c.TIMEFRAME_D1, position, 5)
        assert (len(found), found.dtype.itemsize) == (0, 60)
    assert ask(terminal, "copy_rates_from_pos", "EURUSD", c.TIMEFRAME_D1, 0, 10**9) is None
    assert ask(terminal, "copy_rates_from_pos", "EURUSD", c.TIMEFRAME_D1, -1, 5) is None


def test_r176_more_than_a_call_can_return_is_refused(terminal: SimTerminal) -> None:
    old = datetime(1970, 1, 1, tzinfo=UTC)
    assert ask(terminal, "copy_rates_range", "EURUSD", c.TIMEFRAME_M1, old, NOW) is None
    assert terminal.last_error()[0] == c.RES_E_INVALID_PARAMS
    assert len(ask(terminal, "copy_ticks_from", "EURUSD", old, 10, c.COPY_TICKS_ALL)) == 10
    assert len(ask(terminal, "copy_ticks_from", "EURUSD", old, 10, c.COPY_TICKS_TRADE)) == 0
    assert len(ask(terminal, "copy_rates_from", "EURUSD", c.TIMEFRAME_M1, old, 10)) <= 1


def test_dates_before_1970_are_before_all_history(terminal: SimTerminal) -> None:
    old, older = datetime(1950, 1, 1, tzinfo=UTC), datetime(1900, 1, 1, tzinfo=UTC)
    assert len(ask(terminal, "copy_rates_range", "EURUSD", c.TIMEFRAME_D1, older, old)) == 0
    assert len(ask(terminal, "copy_rates_from", "EURUSD", c.TIMEFRAME_D1, old, 5)) == 0
    assert len(ask(terminal, "copy_ticks_range", "EURUSD", older, old, c.COPY_TICKS_ALL)) == 0
    assert ask(terminal, "history_deals_get", older, old) == ()
    assert ask(terminal, "history_deals_total", older, old) == 0


def test_r1_a_wrong_calling_style_is_a_type_error() -> None:
    assert mt5.initialize()
    for call in (
        lambda: mt5.symbols_total(1), lambda: mt5.symbol_info(symbol="EURUSD"),
        mt5.symbol_info, lambda: mt5.copy_rates_from_pos("EURUSD", 1, 0),
        lambda: mt5.copy_ticks_from("EURUSD", NOW, 3, flags=1), lambda: mt5.positions_get(name=1),
    ):  # fmt: skip
        with pytest.raises(TypeError):
            call()
    assert mt5.symbols_get(None) is None
    assert mt5.last_error() == (c.RES_E_INVALID_PARAMS, 'Invalid "group" argument')
    mt5.shutdown()
