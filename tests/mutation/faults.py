"""Small faults that an engineer could make: where they can stand, and a sample of them.

A fault replaces a piece of source text: a comparison loses its edge, a condition is turned round, a
field is lost on its way, bid stands for ask. What no test could or should see is not drawn: texts,
docstrings, annotations, decorators, ``__repr__``, blocks for type checkers (see ``quiet.py``).
"""

from __future__ import annotations

import ast
import hashlib
from bisect import bisect
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.mutation.places import Places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "orders", "live", "backtest", "journal", "terminal", "history", "report", "masjupyter", "sim",
    "client",
)  # fmt: skip
"""What has a score of its own; what belongs to none of the others is *client*."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A piece of source text, and what stands in its place.

    Attributes
    ----------
    within : str
        Qualified name of the outermost function whose body it is in, "" outside of functions.
    nth : int
        How often the same change is possible before it in the same function.
    start, end : int
        Where the piece is, in bytes of the file.
    """

    file: str
    line: int
    within: str
    old: str
    new: str
    nth: int
    start: int
    end: int

    @property
    def change(self) -> str:
        """Both texts on a line."""
        return f"{_short(self.old)} -> {_short(self.new)}"

    def applied(self) -> str:
        """Return the module with the fault."""
        text = (ROOT / self.file).read_bytes()
        return (text[: self.start] + self.new.encode() + text[self.end :]).decode()

    def key(self) -> str:
        """Return what a result belongs to: the module with the fault."""
        return hashlib.sha256(f"{self.file}\0{self.applied()}".encode()).hexdigest()

    def rank(self, seed: int) -> str:
        """Return where a seed puts it: a change elsewhere in the tree does not move it."""
        text = "\0".join(map(str, (seed, self.file, self.within, self.old, self.new, self.nth)))
        return hashlib.sha256(text.encode()).hexdigest()


def packages() -> dict[str, list[str]]:
    """Return the modules of each package."""
    found: dict[str, list[str]] = {package: [] for package in PACKAGES}
    for path in sorted([*ROOT.glob("mas/**/*.py"), *ROOT.glob("masjupyter/**/*.py")]):
        file = path.relative_to(ROOT).as_posix()
        names = file.removeprefix("mas/").removesuffix(".py").split("/")
        found[names[0] if names[0] in PACKAGES else "client"].append(file)
    return found


def possible_faults(file: str) -> Iterator[list[Fault]]:
    """Yield for each place in a file the faults that can stand there."""
    places = Places((ROOT / file).read_bytes())
    seen: dict[tuple[str, ...], int] = {}
    for within, changes in places.all():
        faults = []
        for start, end, new in changes:
            old, line = places.text[start:end].decode(), bisect(places.lines, start)
            nth = seen[within, old, new] = seen.get((within, old, new), -1) + 1
            faults.append(Fault(file, line, within, old, new, nth, start, end))
        yield faults


def sample(
    files: list[str], seed: int, count: int, is_same: Callable[[Fault], bool]
) -> tuple[list[Fault], int]:
    """Return the faults that a seed draws: a fault a line, more only when the lines run out.

    Parameters
    ----------
    is_same : callable
        Tells of a fault that it changes nothing; such faults are passed over, and counted in the
        second value.
    """
    places = [
        sorted(place, key=lambda fault: fault.rank(seed + 1))
        for file in files
        for place in possible_faults(file)
    ]
    first = sorted((place[0] for place in places), key=lambda fault: fault.rank(seed))
    others = sorted((fault for place in places for fault in place), key=lambda x: x.rank(seed))
    tried: dict[Fault, bool] = {}
    lines: set[tuple[str, int]] = set()
    for number, fault in enumerate([*first, *others]):
        again = number < len(first) and (fault.file, fault.line) in lines
        if fault in tried or again or not changes_meaning(fault):
            continue
        tried[fault] = is_same(fault)
        lines.add((fault.file, fault.line))
        if len(tried) - sum(tried.values()) == count:
            break
    chosen = [fault for fault, same in tried.items() if not same]
    return sorted(chosen, key=lambda x: (x.file, x.start, x.new)), sum(tried.values())


def changes_meaning(fault: Fault) -> bool:
    """Tell whether the module still compiles, and means something else."""
    try:
        tree = ast.parse(fault.applied())
        compile(tree, fault.file, "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return ast.dump(tree) != _without_fault(fault.file)


@cache
def _without_fault(file: str) -> str:
    return ast.dump(ast.parse((ROOT / file).read_bytes()))


def _short(text: str) -> str:
    line = " ".join(text.split()) or "nothing"
    return line if len(line) <= 90 else f"{line[:60]} … {line[-25:]}"
