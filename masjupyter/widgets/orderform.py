"""The inputs of the order ticket, from the fields of ``send_order``."""

from __future__ import annotations

from typing import Any

import ipywidgets as w

from mas.schema import OrderParams, fields
from mas.schema.words import ORDER_TYPES

FIELDS = fields(OrderParams)
ENDINGS = [name.removeprefix("buy") for name in ORDER_TYPES if name.startswith("buy")]
KINDS = {ending.replace("_", " ").strip() or "market": ending for ending in ENDINGS}
"""What follows the side in ``order_type``, by what the form calls it."""
NUMBERS = ("volume", "price", "stoplimit", "sl", "tp")
STOPS_IN = "what sl and tp are: prices, or points from the price of the deal"
LABELS = {"order_type": "type", "stoplimit": "limit at", "stops_in": "sl, tp in"}


def inputs(symbol: str, symbols: list[str]) -> dict[str, Any]:
    """Return the inputs by the names of their fields, in the order of the form.

    ``stops_in`` is the form's own: whether ``sl`` and ``tp`` are prices, or points from the deal.
    """
    return {
        "symbol": w.Dropdown(options=symbols, value=symbol, **_looks("symbol")),
        "order_type": w.Dropdown(options=list(KINDS), **_looks("order_type")),
        "volume": _number("volume"),
        "stops_in": w.Dropdown(options=["price", "points"], **_looks("stops_in")),
        **{name: _number(name) for name in NUMBERS[1:]},
    }


def priced(kind: str) -> list[str]:
    """Return the price fields that only some types of order have, and this one does.

    Parameters
    ----------
    kind : str
        A key of KINDS.
    """
    order_type = f"buy{KINDS[kind]}"
    return [name for name in NUMBERS if order_type in FIELDS[name].only]


def _number(name: str) -> Any:
    made = w.FloatText if FIELDS[name].above is None else w.BoundedFloatText
    return made(continuous_update=True, **_looks(name))


def _looks(name: str) -> dict[str, Any]:
    field = FIELDS.get(name)
    return {
        "description": LABELS.get(name, name),
        "tooltip": STOPS_IN if field is None else field.doc,
        "layout": {"width": "49%"},  # a dict is a Layout of its own for each
        "style": {"description_width": "72px"},
    }
