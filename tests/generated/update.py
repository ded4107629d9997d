"""Write what is generated from the schema: ``python -m tests.generated.update``.

The TypedDicts of ``mas.dicts``, which type checkers read as source, and the reference page of the
calls, ``docs/api.md``.
"""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import mas
from mas.schema import CALLS, Field, Params, account, fields, market, trading
from mas.schema.document import accepted_of, default_of, type_of

ROOT = Path(__file__).parents[2]
TYPES = {
    "bool": "bool",
    "str": "str",
    "int": "int",
    "float": "float",
    "datetime": "Moment",
    "ticket": "int | str",
    "account": "int | str",
    "mapping": "Mapping[str, Any]",
    "texts": "Sequence[str]",
    "pairs": "Sequence[tuple[str, int | str]]",
    "code": "int | str",
}
MODULES = {"trading": trading, "account": account, "market": market}
TITLES = {
    "trading": "The dicts of the calls that trade, or say what a trade would cost.",
    "account": "The dicts of logins and of questions about the account.",
    "market": "The dicts of market data, live and over history, and of backtests.",
}
HEAD = '''"""{title}

Generated from ``mas.schema`` by ``python -m tests.generated.update``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Required, TypeAlias, TypedDict

Moment: TypeAlias = datetime | str | float
'''
GROUPS = {
    "Login and terminal": (
        "login", "set_lang", "initialize_mt5", "check_connection", "connected", "reconnect_mt5",
        "shutdown_mt5", "switch_account", "get_version", "get_symbols", "get_symbols_total",
    ),
    "Trading": (
        "send_order", "cancel_order", "modify_order", "modify_position_sltp", "close_all",
        "order_check", "calc_order_margin", "calc_order_profit",
    ),
    "Account": (
        "get_account_info", "get_positions", "get_pending_orders", "get_orders_total",
        "get_history_orders", "get_history_orders_total", "get_order_history",
    ),
    "Market data": (
        "subscribe_ticks", "subscribe_bars", "unsubscribe_ticks", "unsubscribe_bars",
        "stop_all_subscriptions", "subscribe_market_book", "unsubscribe_market_book",
        "get_market_book", "get_bars_from_pos", "get_start_date",
    ),
    "Backtests and reports": (
        "backtest", "result", "generate_data_report", "generate_kpi_report",
        "generate_trade_chart",
    ),
    "Callbacks": (
        "receive_ticks", "receive_bars", "receive_order_status", "receive_order_execution",
    ),
}  # fmt: skip
PUSHES = ("BarPush", "ExecutionPush", "StatusPush", "TickPush")
PACKAGE = '''"""The documented dicts as types: what calls take, and what callbacks are given.

For typed code::

    from mas import MAS
    from mas.dicts import BarPush, SendOrder

Generated from ``mas.schema`` by ``python -m tests.generated.update``.
"""

'''
PAGE = """# The calls of a client

Generated from `mas.schema` by `python -m tests.generated.update`. Each call takes one dict; in
typed code its type is the class of that name in `mas.dicts` (`send_order` takes
`mas.dicts.SendOrder`), so that a type checker finds a misspelt key. A call that the broker or the
terminal refuses returns its failure value; wrong parameters raise `mas.ParamError`. Times are UTC:
datetimes or ISO text such as `2026-01-31 12:00`.
"""


def class_name(call: str) -> str:
    """Return the name of the TypedDict of a call."""
    return "".join(part.capitalize() for part in call.split("_"))


def type_text(field: Field) -> str:
    """Return the type of a field as a type checker is to see it."""
    text = TYPES.get(field.kind) or f"Literal[{', '.join(repr(word) for word in field.choices)}]"
    return f"Required[{text}]" if field.required else f"{text} | None"


def typed_dict(calls: list[str], model: type[Params]) -> str:
    """Return the source of the TypedDict of the calls that share a class of parameters."""
    first, known = class_name(calls[0]), fields(model)
    words = [f"``{call}``" for call in calls]
    base, lines = "TypedDict", []
    for field in known.values():
        if field.name == "from":  # a word of Python: no attribute of a class
            base = f"_{first}From"
            lines.insert(
                0, f'{base} = TypedDict("{base}", {{"from": {type_text(field)}}}, total=False)\n\n'
            )
    lines.append(f"class {first}({base}, total=False):")
    lines.append(f'    """Parameters of {", ".join(words)}."""\n')
    for field in known.values():
        if field.name != "from":
            lines.append(f"    {field.name}: {type_text(field)}")
            lines.append(f'    """{_sentence(field)}"""')
        if field.alias:
            lines.append(f"    {field.alias}: {type_text(field)}")
            lines.append(f'    """The same as ``{field.name}``."""')
    lines += [f"\n\n{class_name(call)}: TypeAlias = {first}" for call in calls[1:]]
    return "\n".join(lines)


def _sentence(field: Field) -> str:
    unit = f", {field.unit}" if field.unit and field.unit != "price" else ""
    default = f"; default {default_of(field)}" if default_of(field) else ""
    text = f"{field.doc}{unit}{default}."
    return text[0].upper() + text[1:]


def dicts(module: str) -> str:
    """Return the source of one module of ``mas.dicts``."""
    models: dict[type[Params], list[str]] = {}
    for call, model in CALLS.items():
        if model.__module__ == MODULES[module].__name__:
            models.setdefault(model, []).append(call)
    parts = [HEAD.format(title=TITLES[module])]
    parts += [typed_dict(calls, model) for model, calls in models.items()]
    return formatted("\n\n".join(parts) + "\n", f"mas/dicts/{module}.py")


def formatted(source: str, name: str) -> str:
    """Return a source as ruff leaves it."""
    ruff = Path(sys.executable).with_name("ruff")
    for command in (["check", "--fix", "--exit-zero", "--quiet"], ["format"]):
        done = subprocess.run(
            [ruff, *command, "--stdin-filename", name, "-"],
            cwd=ROOT, input=source, capture_output=True, text=True, check=True,
        )  # fmt: skip
        source = done.stdout
    return source


def page() -> str:
    """Return the reference page."""
    parts = [PAGE]
    for title, names in GROUPS.items():
        parts.append(f"## {title}\n")
        parts += [section(name) for name in names]
    return "\n".join(parts)


def section(name: str) -> str:
    """Return what the page says of a call, an attribute or a callback."""
    method = inspect.getattr_static(mas.MAS, name)
    doc = inspect.getdoc(method) or ""
    summary = doc.split("\n\n")[0].replace("``", "`").replace("\n", " ")
    named = name
    if callable(method):
        signature = str(inspect.signature(method)).replace("(self, ", "(").replace("(self)", "()")
        named = name + signature.replace("'", "")
    lines = [f"### `{named}`\n", f"{summary}\n"]
    known = fields(CALLS[name]) if name in CALLS else {}
    if known:
        lines += ["| field | type | default | meaning |", "|---|---|---|---|"]
        lines += [row(field) for field in known.values()]
        lines.append("")
    return "\n".join(lines)


def row(field: Field) -> str:
    """Return a field as a row of the page's table."""
    unit = f", {field.unit}" if field.unit and field.unit != "price" else ""
    default = (
        "required" if field.required else f"`{default_of(field)}`" if default_of(field) else ""
    )
    accepted = f": {accepted_of(field)}" if accepted_of(field) else ""
    alias = f" (also `{field.alias}`)" if field.alias else ""
    return f"| `{field.name}`{alias} | {type_of(field)}{unit} | {default} | {field.doc}{accepted} |"


def package() -> str:
    """Return the source of ``mas.dicts`` itself, which has all of them."""
    lines = [PACKAGE]
    for module, owner in MODULES.items():
        names = [name for name, model in CALLS.items() if model.__module__ == owner.__name__]
        lines += [f"from mas.dicts.{module} import {class_name(name)}" for name in names]
    lines += [f"from mas.pushes import {name}" for name in PUSHES]
    names = [*map(class_name, CALLS), *PUSHES]
    return formatted("\n".join([*lines, f"__all__ = {names}"]), "mas/dicts/__init__.py")


FILES = {f"mas/dicts/{module}.py": lambda module=module: dicts(module) for module in MODULES} | {
    "mas/dicts/__init__.py": package,
    "docs/api.md": page,
}


if __name__ == "__main__":
    for path, make in FILES.items():
        (ROOT / path).write_text(make(), encoding="utf-8")
        print(path)
