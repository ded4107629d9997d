"""Whatever comes in: a typed order, or one ParamError of one line. Nothing else."""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mas.errors import ParamError
from mas.schema import CALLS, OrderParams, fields, parse, parse_order
from mas.schema.words import ORDER_TYPES

odd = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=5)
    | st.decimals()
    | st.datetimes()
    | st.complex_numbers(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)
names = st.sampled_from(list(fields(OrderParams)))


def refusal_of(call: str, params: Any) -> str:
    """Return the message with which the parameters are refused, "" when they pass."""
    try:
        result = parse(call, CALLS[call], params)
    except ParamError as error:
        return str(error) or "an error without a message"
    assert isinstance(result, CALLS[call])
    return ""


@given(call=st.sampled_from(sorted(CALLS)), params=odd)
def test_any_value_is_parsed_or_refused_in_one_line(call: str, params: Any) -> None:
    message = refusal_of(call, params)
    assert "\n" not in message
    assert message != "an error without a message"


@given(call=st.sampled_from(sorted(CALLS)), data=st.data())
def test_any_dict_of_known_fields_is_parsed_or_refused(call: str, data: st.DataObject) -> None:
    known = st.sampled_from(list(fields(CALLS[call])) or ["none"])
    params = data.draw(st.dictionaries(known | st.text(max_size=5), odd, max_size=8))
    assert "\n" not in refusal_of(call, params)


@given(params=st.dictionaries(names, odd, max_size=17))
def test_an_order_that_passes_is_complete_and_finite(params: dict[str, Any]) -> None:
    try:
        order = parse_order(params)
    except ParamError:
        return
    assert isinstance(order, OrderParams)
    assert order.symbol.strip()
    assert order.volume > 0
    assert all(
        math.isfinite(number)
        for number in (order.volume, order.price or 0.0, order.sl, order.tp, order.stoplimit)
    )
    assert order.order_type in ORDER_TYPES.values()


@given(
    kind=st.sampled_from(sorted(ORDER_TYPES)),
    volume=st.floats(0.01, 100),
    price=st.floats(0.01, 1e5),
    upper=st.booleans(),
)
def test_what_was_meant_is_what_comes_out(
    kind: str, volume: float, price: float, upper: bool
) -> None:
    params: dict[str, Any] = {
        "backtest_toggle": True,
        "symbol": "EURUSD",
        "order_type": kind.upper() if upper else kind,
        "volume": Decimal(repr(volume)),
        "price": price,
    }
    if kind.endswith("stop_limit"):
        params["stoplimit"] = price
    order = parse_order(params)
    assert (order.order_type, order.volume, order.price) == (ORDER_TYPES[kind], volume, price)


@pytest.mark.parametrize("secret", ["hunter2-very-secret", 12345678901234])
def test_no_message_shows_a_password(secret: object) -> None:
    for params in (
        {"account": 1, "password": secret, "server": 5},
        {"account": 1, "password": [secret], "server": "x"},
        {"account": 1, "pasword": secret, "server": "x"},
    ):
        with pytest.raises(ParamError) as caught:
            parse("login", CALLS["login"], params)
        assert str(secret) not in f"{caught.value!r} {caught.value} {caught.value.__dict__}"


def test_expiration_with_gtc_is_ignored_as_metatrader_does() -> None:
    order = parse_order(
        {
            "backtest_toggle": False,
            "symbol": "EURUSD",
            "order_type": "buy_limit",
            "volume": 0.1,
            "price": 1.09,
            "type_time": 0,
            "expiration": datetime(2030, 1, 1),
        }
    )
    assert order.expiration == 0
