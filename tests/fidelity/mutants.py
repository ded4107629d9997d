"""The mutant of each rule: a small fault that the tests cited for the rule have to find.

``python -m tests.fidelity.mutants`` applies the mutants whose result is not known, each in a copy
of the package, runs the tests that the row cites and writes down which were killed;
``python -m tests.fidelity.mutants R56 R60`` does so for some rules, known or not.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import itertools
import json
import multiprocessing
import os
import queue
import shutil
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.fidelity.table import FAULTS, ROOT, Row, read

RESULTS = ROOT / "tests" / "data" / "mutants.json"
OUT_OF_SCOPE = "out of scope"
WORKERS = 2
RAN = 10
"""Exit code of a process in which pytest has passed all tests: its own code is added."""
FAILED = RAN + 1
"""Tests failed; a mutant that cannot be imported gives another."""
LONGEST = 150
"""Seconds that the tests of a rule may take; a mutant that runs on for ever is killed by it."""
ALL = 900
"""Seconds that the tests of all rules may take, without any mutant."""
KILLED = -9
"""Exit code of a process that took longer."""
MOMENTS = itertools.count(1_000_000_000)
CONTEXT = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")
"""A fork has pytest and all libraries in memory; the package itself is not yet."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault.

    Attributes
    ----------
    what : str
        The fault in words, for the page.
    file, within : str
        Where it is: a module, and the function, class or name in it.
    old, new : str
        What stands there once, and what takes its place.
    """

    rule: str
    what: str
    file: str
    within: str
    old: str
    new: str

    def source(self) -> str:
        """Return the source of the definition it is in."""
        return definition(self.file, self.within)

    def applied(self) -> str:
        """Return the module with the fault."""
        own = self.source()
        if own.count(self.old) != 1:
            raise ValueError(f"{self.rule}: {self.old!r} is not once in {self.within}")
        text = _text(self.file)
        start = text.index(own)
        return text[:start] + own.replace(self.old, self.new) + text[start + len(own) :]


@cache
def _text(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


@cache
def _tree(file: str) -> ast.Module:
    return ast.parse(_text(file))


@cache
def definition(file: str, name: str) -> str:
    """Return the source of a function, class or name of a module: ``Class.method``, ``NAME``."""
    body: list[ast.stmt] = _tree(file).body
    found: ast.stmt | None = None
    for part in name.split("."):
        found = next((one for one in body if part in _names(one)), None)
        if found is None:
            raise ValueError(f"{file} has no {name}")
        body = getattr(found, "body", [])
    assert found is not None
    decorated = getattr(found, "decorator_list", [])
    first = min([found.lineno, *(one.lineno for one in decorated)])
    return "\n".join(_text(file).splitlines()[first - 1 : found.end_lineno])


def _names(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return {one.id for one in targets if isinstance(one, ast.Name)}


@cache
def mutants() -> dict[str, Mutant]:
    """Return the mutants by rule."""
    table = tomllib.loads(FAULTS.read_text(encoding="utf-8"))
    return {rule: Mutant(rule, *fields) for rule, fields in table.items()}


def in_scope() -> dict[str, Row]:
    """Return the rows that need a mutant."""
    return {row.rule: row for row in read() if row.status != OUT_OF_SCOPE}


def fingerprint(mutant: Mutant, tests: list[str]) -> str:
    """Return what a result belongs to: the definition, its fault, the sources of the tests."""
    parts = [mutant.source(), mutant.old, mutant.new]
    for test in tests:
        file, _, name = test.partition("::")
        parts += [test, definition(f"tests/{file}", name)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def results() -> dict[str, str]:
    """Return by rule the fingerprint under which its mutant was killed."""
    return dict(json.loads(RESULTS.read_text())) if RESULTS.exists() else {}


def wrong(mutant: Mutant) -> str:
    """Return why a mutant cannot be applied, "" where it can."""
    try:
        ast.parse(mutant.applied())
    except (OSError, SyntaxError, ValueError) as error:
        return f"{mutant.rule}: {error}"
    return ""


def stale() -> list[str]:
    """Return the rules whose mutant is not known to be killed as things stand."""
    rows, known = in_scope(), results()
    return [
        rule
        for rule, mutant in mutants().items()
        if rule in rows
        and (wrong(mutant) or known.get(rule) != fingerprint(mutant, rows[rule].tests))
    ]


def killed(mutant: Mutant, tests: list[str], folder: Path) -> bool | str:
    """Tell whether the tests find a mutant; a text where they could not run.

    Parameters
    ----------
    folder : Path
        A copy of the package, in which the mutant takes the place of its module.
    """
    path = folder / mutant.file
    path.write_text(mutant.applied(), encoding="utf-8")
    os.utime(path, (next(MOMENTS),) * 2)  # so that no compiled module is taken for this one
    code, said = tested(folder, tests, LONGEST)
    shutil.copy2(ROOT / mutant.file, path)
    return code in {FAILED, KILLED} or (code != RAN and f"no result:\n{said}")


def tested(folder: Path, tests: list[str], longest: int) -> tuple[int, str]:
    """Run tests on the package in a folder: the exit code, and what pytest said."""
    log = folder / "log.txt"
    process = CONTEXT.Process(target=_test, args=(folder, tests, log))
    process.start()
    process.join(longest)
    if process.exitcode is None:
        process.kill()
        process.join()
    return int(process.exitcode or 0), log.read_text(encoding="utf-8")[-3000:]


def _test(folder: Path, tests: list[str], log: Path) -> None:
    """Run tests on the package in a folder, and exit as pytest does."""
    with log.open("w", encoding="utf-8") as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
        os.chdir(ROOT)
        sys.path[:0] = [str(folder), str(ROOT)]
        sys.dont_write_bytecode, sys.pycache_prefix = False, str(folder / "compiled")
        import pytest

        plugins = [f"-pno:{name}" for name in ("cacheprovider", "nbval", "xdist")]
        paths = [f"tests/{one}" for one in tests]
        options = ["-qx", "-opythonpath=", "-oaddopts=--import-mode=importlib"]
        code = pytest.main([*options, *plugins, "--hypothesis-seed=0", *paths])
        import mas

        assert Path(mas.__file__).is_relative_to(folder), "the tests ran on another package"
    os._exit(RAN + int(code))


def run(rules: list[str]) -> int:
    """Apply the mutants of some rules, note what was killed, and return how many were not."""
    rows, known, faults = in_scope(), results(), mutants()
    folders: queue.Queue[Path] = queue.Queue()

    def tried(rule: str) -> tuple[str, bool | str]:
        if wrong(faults[rule]):
            return rule, wrong(faults[rule])
        folder = folders.get()
        try:
            return rule, killed(faults[rule], rows[rule].tests, folder)
        finally:
            folders.put(folder)

    left = 0
    with (
        tempfile.TemporaryDirectory(prefix="mutants-") as place,
        ThreadPoolExecutor(WORKERS) as pool,
    ):
        for number in range(WORKERS):
            folder = Path(place) / str(number)
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / "mas", folder / "mas", ignore=ignore)
            folders.put(folder)
        code, said = tested(
            folder, sorted({one for rule in rules for one in rows[rule].tests}), ALL
        )
        if code != RAN:
            raise SystemExit(f"the tests fail without any mutant:\n{said}")
        for rule, found in pool.map(tried, rules):
            word = found
            if found is True:
                word = "killed"
                known[rule] = fingerprint(faults[rule], rows[rule].tests)
            else:
                word = found or "SURVIVES"
                known.pop(rule, None)
                left += 1
            print(f"{rule}: {word}: {faults[rule].what}", flush=True)
            kept = {one: known[one] for one in rows if one in known}
            RESULTS.write_text(json.dumps(kept, indent=0) + "\n")
    return left


def main() -> int:
    """Run what was asked for, or what is not known."""
    for name in ("pytest", "numpy", "pandas", "msgspec"):
        importlib.import_module(name)  # once, for all processes
    rules = sys.argv[1:] or stale()
    missing = [rule for rule in in_scope() if rule not in mutants()]
    left = run(rules)
    print(f"{len(rules)} tried, {left} not killed; {len(missing)} rules have no mutant yet")
    if missing:
        print("without:", " ".join(missing))
    return 1 if left else 0


if __name__ == "__main__":
    raise SystemExit(main())
