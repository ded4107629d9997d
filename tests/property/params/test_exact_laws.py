"""Making an order of the dict as it is gives what converting each field gives."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mas.errors import ParamError
from mas.schema import CALLS, OrderParams, Params, fields, parse, parse_order
from mas.schema.parse import _read
from mas.schema.words import ORDER_TYPES

EXACT = sorted(call for call, model in CALLS.items() if model.exact)
numbers = (
    st.integers(-3, 3) | st.integers() | st.sampled_from([2**63 - 1, 2**63, -(2**63), 10**400])
    | st.floats() | st.floats(0.0, 100.0) | st.booleans() | st.none()
    | st.sampled_from([np.float64(1.5), np.int64(2), -0.0, 0.0])
)  # fmt: skip
texts = st.text(max_size=4) | st.sampled_from(["EURUSD", " ", "\ud800", "12", "GTC", "2030-01-01"])
values = {
    "order_type": st.sampled_from([*ORDER_TYPES, "BUY", "bye", 0]) | numbers,
    "symbol": texts | numbers,
    "comment": texts | numbers,
}


def outcome(make: Any) -> Any:
    try:
        return make()
    except ParamError as error:
        return str(error)


@st.composite
def dicts(draw: Any, call: str) -> dict[str, Any]:
    """Return a dict of known fields, mostly with all that are required."""
    known = fields(CALLS[call])
    chosen = draw(st.lists(st.sampled_from(sorted(known)), unique=True))
    if draw(st.integers(0, 9)):
        chosen += [field.name for field in known.values() if field.required]
    return {name: draw(values.get(name, numbers | texts)) for name in dict.fromkeys(chosen)}


@given(dicts("send_order"))
def test_an_order_is_the_same_by_both_ways(params: dict[str, Any]) -> None:
    logging.disable(logging.INFO)
    assert repr(outcome(lambda: parse_order(params))) == repr(
        outcome(lambda: _read("send_order", OrderParams, params))
    )


@pytest.mark.parametrize("call", [call for call in EXACT if call != "send_order"])
@given(data=st.data())
def test_a_change_is_the_same_by_both_ways(call: str, data: st.DataObject) -> None:
    params, model = data.draw(dicts(call)), CALLS[call]
    exact: type[Params] = model
    assert repr(outcome(lambda: parse(call, exact, params))) == repr(
        outcome(lambda: _read(call, exact, params))
    )
