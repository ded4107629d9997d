"""The places of a module at which a fault can stand, and the faults that can stand there."""

from __future__ import annotations

import ast
import itertools
import re
from typing import TYPE_CHECKING

from tests.mutation.quiet import QUIET, QUIET_KEYWORDS, children, is_stub, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMPARED = {
    ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="), ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"), ast.In: ("in", "not in"), ast.NotIn: ("not in", "in"),
}  # fmt: skip
CALCULATED = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "/"), ast.Mod: ("%", "//"), ast.Pow: ("**", "*"),
    ast.BitAnd: ("&", "|"), ast.BitOr: ("|", "&"),
    ast.LShift: ("<<", ">>"), ast.RShift: (">>", "<<"),
}  # fmt: skip
_PAIRS = (
    "bid ask", "sl tp", "buy sell", "high low", "open close", "start end", "first last", "min max",
    "left right", "before after", "any all", "floor ceil", "entry exit", "profit loss",
    "price_open price_current", "volume_initial volume_current", "volume_min volume_max",
    "time_setup time_done", "position position_by", "stops_level freeze_level", "balance equity",
    "margin margin_free", "minimum maximum", "argmin argmax", "BUY SELL",
    "LIMIT STOP", "IN OUT",
)  # fmt: skip
SWAPPED = {
    word: other
    for first, second in (pair.split() for pair in _PAIRS)
    for word, other in ((first, second), (second, first))
}
SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE TABLE|PRAGMA)\b")
SQL_CHANGES = (
    (r"((?:AND|WHERE) [\w.]+) = ", r"\1 != "), (r"IS NULL", "IS NOT NULL"),
    (r"\bmin\(", "max("), (r"\bmax\(", "min("), (r"OR IGNORE", "OR REPLACE"),
    (r"DO UPDATE SET.*(?=\")", "DO NOTHING"), (r"DEFAULT 0", "DEFAULT 1"),
    (r"ORDER BY [\w.]+", "ORDER BY random()"), (r", 1\)", ", 0)"),
    (r"synchronous=NORMAL", "synchronous=OFF"), (r"journal_mode=WAL", "journal_mode=DELETE"),
    (r", \w+(?=\)\) WITHOUT ROWID)", ""),
)  # fmt: skip
"""What can be wrong in a statement."""

Change = tuple[int, int, str]
"""Where a piece of text begins and ends, in bytes, and what stands in its place."""


class Places:
    """The places of a module at which a fault can stand."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        lengths = [len(line) for line in text.splitlines(keepends=True)]
        self.lines = [0, *itertools.accumulate(lengths)]

    def all(self) -> Iterator[tuple[str, list[Change]]]:
        """Yield for each place the function it is in, and what can go wrong there."""
        for node, within in self._nodes(ast.parse(self.text), (), inside=False):
            if isinstance(node, ast.Assign) and within.endswith("__init__"):
                continue  # nothing would run
            changes = list(self._changes(node))
            if changes:
                yield within, changes

    def _nodes(
        self, node: ast.AST, names: tuple[str, ...], *, inside: bool
    ) -> Iterator[tuple[ast.AST, str]]:
        """Yield the nodes at which to look, and the function they are in."""
        for child in children(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                if child.name in QUIET or is_stub(child):
                    continue
                path = names if inside else (*names, child.name)
                for default in [*child.args.defaults, *child.args.kw_defaults]:
                    if default is not None:
                        yield from self._nodes(
                            ast.Expression(default), names if inside else (), inside=inside
                        )
                body = ast.Module(child.body, [])
                yield from self._nodes(body, path, inside=True)
            elif isinstance(child, ast.ClassDef):
                if not any(name_of(base) in {"Protocol", "TypedDict"} for base in child.bases):
                    path = names if inside else (*names, child.name)
                    yield from self._nodes(ast.Module(child.body, []), path, inside=inside)
            else:
                yield child, ".".join(names) if inside else ""
                yield from self._nodes(child, names, inside=inside)

    def _span(self, node: ast.AST) -> tuple[int, int]:
        start = self.lines[node.lineno - 1] + node.col_offset
        return start, self.lines[node.end_lineno - 1] + node.end_col_offset

    def _source(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return self.text[start:end].decode()

    def _between(self, left: ast.AST, right: ast.AST, old: str, new: str) -> Iterator[Change]:
        """Replace the operator between two operands."""
        start, end = self._span(left)[1], self._span(right)[0]
        words = re.escape(old).replace(r"\ ", r"\s+")
        at = re.search(
            rf"\b{words}\b" if old[0].isalpha() else words, self.text[start:end].decode()
        )
        if at:
            yield start + at.start(), start + at.end(), new

    def _whole(self, node: ast.AST, new: str) -> Change:
        return *self._span(node), new

    def _changes(self, node: ast.AST) -> Iterator[Change]:
        change = CHANGES.get(type(node))
        if change is not None:
            yield from change(self, node)

    def compare(self, node: ast.Compare) -> Iterator[Change]:
        """Move the edge of a comparison, or turn it round."""
        operands = [node.left, *node.comparators]
        for operator, (left, right) in zip(node.ops, itertools.pairwise(operands), strict=True):
            yield from self._between(left, right, *COMPARED[type(operator)])

    def boolean(self, node: ast.BoolOp) -> Iterator[Change]:
        """``and`` for ``or``, or an operand that is forgotten."""
        words = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        yield from self._between(node.values[0], node.values[1], *words)
        yield self._whole(node, self._source(node.values[0]))
        yield self._whole(node, f"({self._source(node.values[-1])})")

    def calculation(self, node: ast.BinOp) -> Iterator[Change]:
        """Use another operator."""
        texts = (ast.JoinedStr, ast.List, ast.Tuple)
        sides = (node.left, node.right)
        if type(node.op) in CALCULATED and not any(
            isinstance(side, texts)
            or (isinstance(side, ast.Constant) and isinstance(side.value, str | bytes))
            for side in sides
        ):
            yield from self._between(*sides, *CALCULATED[type(node.op)])

    def augmented(self, node: ast.AugAssign) -> Iterator[Change]:
        """Forget to add."""
        yield self._whole(node, "pass")

    def unary(self, node: ast.UnaryOp) -> Iterator[Change]:
        """Lose a ``not`` or a sign."""
        if isinstance(node.op, ast.Not | ast.USub):
            yield self._whole(node, f"({self._source(node.operand)})")

    def constant(self, node: ast.Constant) -> Iterator[Change]:
        """Another number, another truth, the opposite word."""
        if isinstance(node.value, bool):
            yield self._whole(node, str(not node.value))
        elif isinstance(node.value, int | float):
            yield self._whole(node, repr(node.value + 1))
        elif isinstance(node.value, str) and node.value in SWAPPED:
            yield self._whole(node, repr(SWAPPED[node.value]))
        elif isinstance(node.value, str) and SQL.search(node.value):
            yield from self._statement(node)

    def _statement(self, node: ast.Constant) -> Iterator[Change]:
        """Write another statement of SQL."""
        start, source = self._span(node)[0], self._source(node)
        for pattern, new in SQL_CHANGES:
            for found in re.finditer(pattern, source):
                yield start + found.start(), start + found.end(), found.expand(new)

    def condition(self, node: ast.If | ast.IfExp | ast.While) -> Iterator[Change]:
        """Turn a condition round, or take a side of a conditional expression always."""
        if isinstance(node, ast.IfExp):
            yield self._whole(node, f"({self._source(node.body)})")
            yield self._whole(node, f"({self._source(node.orelse)})")
        elif isinstance(node.test, ast.Name | ast.Attribute | ast.Call | ast.NamedExpr):
            yield self._whole(node.test, f"not ({self._source(node.test)})")

    def filtered(self, node: ast.comprehension) -> Iterator[Change]:
        """Filter nothing."""
        for test in node.ifs:
            yield self._whole(test, "True")

    def statement(self, node: ast.Expr | ast.Raise | ast.Continue) -> Iterator[Change]:
        """Forget a call or an exception, leave a loop too early."""
        if isinstance(node, ast.Continue):
            yield self._whole(node, "break")
        elif isinstance(node, ast.Raise) or isinstance(node.value, ast.Call):
            yield self._whole(node, "pass")

    def assignment(self, node: ast.Assign) -> Iterator[Change]:
        """Forget to keep a value in an object."""
        if all(isinstance(target, ast.Attribute | ast.Subscript) for target in node.targets):
            yield self._whole(node, "pass")

    def call(self, node: ast.Call) -> Iterator[Change]:
        """Lose an argument that is given by name, or change the places of two."""
        for keyword in node.keywords:
            if keyword.arg and keyword.arg not in QUIET_KEYWORDS:
                start, end = self._span(keyword)
                after = re.match(rb"\s*,", self.text[end:])
                yield start, end + (after.end() if after else 0), ""
        plain = ast.Name | ast.Attribute
        for first, second in itertools.pairwise(node.args):
            if isinstance(first, plain) and isinstance(second, plain) and name_of(first) != "self":
                start, end = self._span(first)[0], self._span(second)[1]
                gap = self.text[self._span(first)[1] : self._span(second)[0]].decode()
                yield start, end, self._source(second) + gap + self._source(first)

    def word(self, node: ast.Attribute | ast.Name) -> Iterator[Change]:
        """Take the opposite: the bid for the ask, a buy for a sell."""
        name = node.attr if isinstance(node, ast.Attribute) else node.id
        other = SWAPPED.get(name) or re.sub(
            "BUY|SELL|LIMIT|STOP", lambda found: SWAPPED[found[0]], name, count=1
        )
        if name != other and (
            isinstance(node, ast.Attribute) or name in {"min", "max", "any", "all"}
        ):
            end = self._span(node)[1]
            yield end - len(name.encode()), end, other

    def part(self, node: ast.Slice) -> Iterator[Change]:
        """Lose an end of a slice."""
        for bound in (node.lower, node.upper):
            if bound is not None:
                yield self._whole(bound, "")

    def handler(self, node: ast.ExceptHandler) -> Iterator[Change]:
        """Let an exception through."""
        if not (len(node.body) == 1 and isinstance(node.body[0], ast.Raise)):
            yield self._span(node.body[0])[0], self._span(node.body[-1])[1], "raise"

    def display(self, node: ast.Dict | ast.List | ast.Tuple | ast.Set) -> Iterator[Change]:
        """Lose an entry of a table."""
        values = node.values if isinstance(node, ast.Dict) else node.elts
        keys = node.keys if isinstance(node, ast.Dict) else values
        if len(values) < 3 or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            return
        for key, value in zip(keys, values, strict=True):
            if key is not None:
                start, end = self._span(key)[0], self._span(value)[1]
                after = re.match(rb"\s*,", self.text[end:])
                yield start, end + (after.end() if after else 0), ""


CHANGES: dict[type[ast.AST], Callable[..., Iterator[Change]]] = {
    ast.Compare: Places.compare, ast.BoolOp: Places.boolean, ast.BinOp: Places.calculation,
    ast.AugAssign: Places.augmented, ast.UnaryOp: Places.unary, ast.Constant: Places.constant,
    ast.If: Places.condition, ast.IfExp: Places.condition, ast.While: Places.condition,
    ast.comprehension: Places.filtered, ast.Expr: Places.statement, ast.Raise: Places.statement,
    ast.Continue: Places.statement, ast.Assign: Places.assignment, ast.Call: Places.call,
    ast.Attribute: Places.word, ast.Name: Places.word, ast.Slice: Places.part,
    ast.ExceptHandler: Places.handler, ast.Dict: Places.display, ast.List: Places.display,
    ast.Tuple: Places.display, ast.Set: Places.display,
}  # fmt: skip
