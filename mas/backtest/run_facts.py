"""What is known of a run beside its numbers: strategy, settings, data, versions."""

from __future__ import annotations

import ast
import linecache
import platform
import textwrap
from dataclasses import asdict
from functools import cache, lru_cache
from importlib.metadata import version
from types import FunctionType
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from mas.schema.words import TIMEFRAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mas.schema.market import BacktestParams
    from mas.sim import SimSettings

NAMES = {code: name for name, code in TIMEFRAMES.items()}


class RunFacts(Struct, frozen=True, kw_only=True):
    """What a run was asked to do, and by what it was done.

    Attributes
    ----------
    strategy, code : str
        Name of the class and its source text, "" where that cannot be found; never executed.
    bars, ticks : tuple
        What was pushed: symbols with the names of timeframes, and symbols.
    start, end : int
        The period asked for, ms; `end` is not in it.
    settings : dict
        The fields of :class:`mas.sim.SimSettings`.
    versions : dict
        Of this package, Python, numpy.
    """

    strategy: str = ""
    code: str = ""
    bars: tuple[tuple[str, str], ...] = ()
    ticks: tuple[str, ...] = ()
    start: int = 0
    end: int = 0
    params: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def seed(self) -> int:
        """Seed of the synthetic market."""
        return int(self.settings.get("seed", 0))

    @property
    def profile(self) -> str:
        """Whose rules the run followed."""
        return str(self.params.get("profile", ""))


RUN_FIELDS = (
    "capital", "model", "spread", "profile", "stop_on_error", "partial", "source", "mode",
    "interval_ms", "settings",
)  # fmt: skip
"""Parameters that a run needs to be done again, beside its feeds and its period."""


def facts_of(kind: type, given: BacktestParams, settings: SimSettings) -> RunFacts:
    """Return what is known of a run before it begins."""
    start, end = given.period()
    asked = {name: getattr(given, name, None) for name in RUN_FIELDS}
    return RunFacts(
        strategy=kind.__name__,
        code=source_text(kind),
        bars=tuple((symbol, NAMES[code]) for symbol, code in given.bars),
        ticks=given.ticks,
        start=start,
        end=end,
        params={name: value for name, value in asked.items() if value is not None},
        settings=asdict(settings),
        versions=dict(versions()),
    )


@cache
def versions() -> dict[str, str]:
    """Return the versions of what makes the numbers of a run."""
    import numpy as np  # noqa: PLC0415

    return {
        "mas": version("masjupyter"),
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def source_text(kind: type) -> str:
    """Return the source text of a class, also of one from a notebook's cell; "" if unknown.

    ``inspect`` looks for the file of the module, which a cell has not; the methods know theirs.
    """
    functions = [member for member in vars(kind).values() if isinstance(member, FunctionType)]
    for function in functions:
        text = "".join(linecache.getlines(function.__code__.co_filename))
        found = _class_in(text, kind.__name__, function.__code__.co_firstlineno)
        if found:
            return found
    return ""


@lru_cache(maxsize=16)
def _class_in(text: str, name: str, line: int) -> str:
    """Return the lines of the class of that name that a line is in."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return ""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == name:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            last = node.end_lineno or first
            if first <= line <= last:
                return textwrap.dedent("\n".join(text.splitlines()[first - 1 : last])) + "\n"
    return ""


def fingerprint(columns: Sequence[Any]) -> str:
    """Return a digest of some columns of numbers, the same for the same data."""
    import hashlib  # noqa: PLC0415

    import numpy as np  # noqa: PLC0415

    digest = hashlib.blake2b(digest_size=16)
    for values in columns:
        if values is None:
            digest.update(b"-")
            continue
        column = np.asarray(values)
        kind = np.float64 if column.dtype.kind == "f" else np.int64
        digest.update(f"{len(column)}{np.dtype(kind).str}".encode())
        for at in range(0, len(column), 1 << 20):
            digest.update(np.ascontiguousarray(column[at : at + (1 << 20)], kind).data)
    return digest.hexdigest()
