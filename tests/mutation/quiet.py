"""What no test could or should see: texts, annotations, decorators, blocks for type checkers."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

QUIET = frozenset({
    "__repr__", "__str__", "_repr_html_", "_repr_pretty_", "__dir__", "__all__", "__slots__",
    "cast", "TypeVar", "NewType", "ParamSpec", "print", "warn", "debug", "info", "warning",
})  # fmt: skip
"""Functions, calls and names in which nothing is drawn."""
QUIET_KEYWORDS = frozenset({
    "name", "daemon", "encoding", "stacklevel", "maxsize", "tag", "strict", "help",
})  # fmt: skip
"""Arguments without which the same is done, or that only a person reads."""


def children(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what can be at fault in a node."""
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "decorator_list", "type_params", "args"} and not (
            isinstance(node, ast.Call)
        ):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_quiet(node, child):
                yield child


def _is_quiet(parent: ast.AST, node: ast.AST) -> bool:
    if isinstance(node, ast.JoinedStr | ast.Assert | ast.Import | ast.ImportFrom):
        return True
    if isinstance(parent, ast.Raise):
        return True  # a message
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.Expr | ast.Call):
        call = node.value if isinstance(node, ast.Expr) else node
        return isinstance(call, ast.Call) and name_of(call.func) in QUIET
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(name_of(target) in QUIET for target in targets) or (
            isinstance(node, ast.AnnAssign) and name_of(node.annotation) == "TypeAlias"
        )
    if isinstance(node, ast.keyword):
        return node.arg in QUIET_KEYWORDS
    return isinstance(node, ast.If) and name_of(node.test) == "TYPE_CHECKING"


def is_stub(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell whether a function says nothing but its type."""
    return all(
        isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) for line in node.body
    )


def name_of(node: ast.AST) -> str:
    return getattr(node, "attr", None) or getattr(node, "id", None) or ""
