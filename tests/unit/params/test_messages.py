"""Each wrong parameter gives one line: the field, the value, what is accepted, a suggestion."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mas import mt5
from mas.errors import ParamError
from mas.schema import CALLS, parse_order
from mas.schema import parse as parse_model


def parse(call: str, params: dict[str, Any]) -> Any:
    return parse_model(call, CALLS[call], params)


GOOD: dict[str, Any] = {
    "backtest_toggle": True,
    "symbol": "EURUSD",
    "order_type": "buy",
    "volume": 0.1,
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"symbl": "EURUSD"}, "'symbl' is not a field of send_order; did you mean 'symbol'?"),
        ({"volume": "0.1"}, "volume must be a number of lots above 0, was '0.1'"),
        ({"volume": 0}, "volume must be a number of lots above 0, was 0"),
        ({"volume": True}, "volume must be a number of lots above 0, was True"),
        ({"volume": float("nan")}, "volume must be a number of lots above 0, was nan"),
        ({"order_type": "bye"}, "did you mean 'buy'?"),
        ({"order_type": 0}, "order_type must be one of buy, sell, buy_limit"),
        ({"order_type": "sell_limit"}, "price is missing: a sell_limit order waits for a price"),
        ({"order_type": "buy_stop_limit", "price": 1.2}, "stoplimit is missing"),
        ({"stoplimit": 1.2}, "stoplimit is only for buy_stop_limit and sell_stop_limit"),
        ({"sl": -1}, "sl must be a number of price, 0 or more, was -1"),
        ({"deviation": 1.5}, "deviation must be a whole number of points, 0 or more, was 1.5"),
        ({"type_time": 9}, "type_time must be one of ORDER_TIME_GTC"),
        ({"type_time": 2}, "expiration is missing: type_time is ORDER_TIME_SPECIFIED"),
        ({"type_filling": "FOC"}, "did you mean"),
        ({"position_by": 5}, "position_by needs position"),
        ({"expiration": "tomorrow"}, "expiration must be a datetime or ISO text"),
        ({"backtest_toggle": 1}, "backtest_toggle must be True or False, was 1"),
        ({"symbol": ""}, "symbol must be a text, not empty, was ''"),
    ],
)
def test_wrong_fields(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ParamError) as caught:
        parse_order({**GOOD, **changes})
    assert message in str(caught.value)


@pytest.mark.parametrize("name", ["symbol", "order_type", "volume", "backtest_toggle"])
def test_missing_fields(name: str) -> None:
    params = {key: value for key, value in GOOD.items() if key != name}
    with pytest.raises(ParamError, match=f"^{name} is missing"):
        parse_order(params)


def test_numpy_and_pandas_values_are_numbers_and_times() -> None:
    order = parse_order(
        {
            **GOOD,
            "volume": np.float64(0.2),
            "magic": np.int64(7),
            "order_type": "buy_limit",
            "price": np.float32(1.5),
            "type_time": mt5.ORDER_TIME_SPECIFIED,
            "expiration": pd.Timestamp("2030-01-01 12:00", tz="Europe/Berlin"),
            "backtest_toggle": np.bool_(True),
        }
    )
    assert (order.volume, order.magic, order.price) == (0.2, 7, 1.5)
    assert order.expiration == 1_893_495_600


def test_capital_is_accepted_in_both_spellings_but_not_as_two_values() -> None:
    run = {
        "symbol": "EURUSD",
        "timeframe": "D1",
        "from": "2020-01-01",
        "to": "2024-12-31",
        "backtest_toggle": True,
    }
    assert parse("subscribe_bars", {**run, "captital": 1000}).capital == 1000
    assert parse("subscribe_bars", {**run, "capital": 1000}).capital == 1000
    assert parse("subscribe_bars", {**run, "capital": 1, "captital": 1}).capital == 1
    with pytest.raises(ParamError, match="same field"):
        parse("subscribe_bars", {**run, "capital": 1, "captital": 2})


def test_the_published_placeholder_is_kept_for_login_to_answer() -> None:
    given = parse("login", {"account": "YOUR_ACCOUNT", "password": "x", "server": "y"})
    assert given.account == "YOUR_ACCOUNT"
    assert parse("login", {"account": "123", "password": "x", "server": "y"}).account == 123


def test_a_ticket_may_be_the_text_that_send_order_returned() -> None:
    assert parse("cancel_order", {"order_id": "1000001"}).order_id == 1_000_001
