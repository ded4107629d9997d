"""The documented dict parameters: one declaration a call, from which everything else follows.

Each call has a class of parameters (:data:`mas.schema.calls.CALLS`) whose attributes say type,
default, unit, accepted values, alias and meaning. From it come the checks and their messages, the
TypedDicts of :mod:`mas.dicts`, docstrings, completions, the form of the order ticket and the
reference page of the calls.
"""

from __future__ import annotations

from mas.schema.calls import CALLS
from mas.schema.field import Field, Params, fields
from mas.schema.parse import parse, parse_order
from mas.schema.trading import OrderParams

__all__ = ["CALLS", "Field", "OrderParams", "Params", "fields", "parse", "parse_order"]
