"""YAML for orders: what is written is what is meant, and nothing is guessed."""

from __future__ import annotations

import re
from typing import Any

import yaml

from mas.errors import ParamError
from masjupyter.expressions import one_line_of

BRACED = re.compile(r"^(\s*(?:-\s+)*[A-Za-z_]\w*\s*:\s+)(\{[^#]*\})\s*(#.*)?$")


class _Loader(yaml.SafeLoader):
    """Safe YAML in which a key may not come twice and no alias may stand."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping; a key given twice is an error, for one of them was not meant."""
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key.value, str):
                continue
            if key.value in seen:
                raise ParamError(f"{one_line_of(key.value)} is given twice", field=key.value)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Return a node; aliases are refused, with which a few lines can fill the memory."""
        if self.check_event(yaml.AliasEvent):
            raise ParamError("the order cannot be read: & and * have no meaning in an order")
        return super().compose_node(parent, index)


# None of what YAML 1.1 guesses: no "yes" for true, no octals, no base 60 in which 1:30 is ninety,
# no dates, and no value for one that was forgotten: "sl:" is no order without a stop.
_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|None", "~nN"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]{0,30})", "-+0123456789"),
    ("float", r"[-+]?(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][-+]?\d{1,3})?", "-+.0123456789"),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$", re.ASCII), list(_first)
    )


def read_yaml(text: str, forms: str) -> list[Any]:
    """Return the documents of a text, those of its lists one by one.

    Raises
    ------
    ParamError
        It is no YAML; the message says where, and names the accepted `forms`.
    """
    text = "\n".join(BRACED.sub(_in_quotes, line) for line in text.split("\n"))
    try:
        documents = [part for part in yaml.load_all(text, _Loader) if part not in (None, "")]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        what = getattr(error, "problem", None) or "it is not YAML"
        reason = f"the order cannot be read{where}: {one_line_of(what)}; write {forms}"
        raise ParamError(reason) from None
    except ParamError:
        raise
    except (ValueError, TypeError, ArithmeticError, LookupError, AttributeError) as error:
        reason = f"the order cannot be read: {one_line_of(error)}; write {forms}"
        raise ParamError(reason) from None
    except RecursionError:
        raise ParamError(f"the order cannot be read: too deeply nested; write {forms}") from None
    orders: list[Any] = []
    for document in documents:
        orders.extend(document if isinstance(document, list) else [document])
    return orders


def _in_quotes(match: re.Match[str]) -> str:
    """Quote ``sl: {bid - 0.002}``, of which YAML would make a mapping."""
    expression = match.group(2).replace("'", "''")
    return f"{match.group(1)}'{expression}'"
