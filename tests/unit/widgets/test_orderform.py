"""The ticket's form is what the schema says of an order."""

from __future__ import annotations

import pytest

from mas.schema import OrderParams, fields
from mas.schema.words import ORDER_TYPES
from masjupyter.widgets.orderform import KINDS, NUMBERS, inputs, priced

FIELDS = fields(OrderParams)


def test_kinds_and_sides_are_the_order_types() -> None:
    made = {side + ending for side in ("buy", "sell") for ending in KINDS.values()}
    assert made == set(ORDER_TYPES)
    assert list(KINDS) == ["market", "limit", "stop", "stop limit"]


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("market", []),
        ("limit", ["price"]),
        ("stop", ["price"]),
        ("stop limit", ["price", "stoplimit"]),
    ],
)
def test_only_prices_that_the_type_has_are_asked_for(kind: str, names: list[str]) -> None:
    assert priced(kind) == names


def test_each_input_explains_itself() -> None:
    made = inputs("EURUSD", ["EURUSD", "USDJPY"])
    assert set(made) == {"symbol", "order_type", "stops_in", *NUMBERS}
    for name in made.keys() & FIELDS.keys():
        assert made[name].tooltip == FIELDS[name].doc
    for part in made.values():
        part.close()
