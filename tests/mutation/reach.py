"""Which tests run which function, and how long each takes: measured once for each test file.

Kept in ``.cache/mutation``. Of a file that has changed it is measured again; of the others the
record may be older than the package, which can lose a test that would find a fault, never add any.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import time
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import coverage
import pytest

from tests.mutation.faults import ROOT

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.mutation.faults import Fault

KEPT = ROOT / ".cache" / "mutation"
NEAREST = 5
"""For a fault outside of functions: test files that run its module most, and that name it most."""
AROUND = ""
"""Stands for the functions of a file together."""


def path_of(test_file: str) -> Path:
    """Return where the record of a test file is kept."""
    return KEPT / (test_file.replace("/", ".") + ".json")


def key_of(test_file: str) -> str:
    """Return what a record belongs to: the text of the tests."""
    return hashlib.sha256((ROOT / test_file).read_bytes()).hexdigest()


def is_known(test_file: str) -> bool:
    """Tell whether the record of a test file is of its present text."""
    path = path_of(test_file)
    return path.exists() and json.loads(path.read_text())["key"] == key_of(test_file)


class Measured:
    """A plugin that notes for each test that passes what it runs and how long."""

    def __init__(self) -> None:
        self.tool = coverage.Coverage(
            data_file=None, config_file=False, source=[str(ROOT / "mas"), str(ROOT / "masjupyter")]
        )
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Measure a test."""
        self.tool.switch_context(item.nodeid)
        began = time.perf_counter()
        answer = yield
        self.seconds[item.nodeid] = time.perf_counter() - began
        return answer

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Leave out what fails or is skipped."""
        if not report.passed:
            self.seconds[report.nodeid] = -1.0

    def keep(self, test_file: str, key: str) -> None:
        """Write down what was measured of a test file, whose text had a key when it was read."""
        self.tool.stop()
        data = self.tool.get_data()
        reach: dict[str, list[str]] = defaultdict(list)
        for file in sorted(data.measured_files()):
            if not file.endswith(".py"):
                continue  # a page's template
            module = Path(file).relative_to(ROOT).as_posix()
            names = functions(module)
            found: dict[str, set[str]] = defaultdict(set)
            for line, tests in data.contexts_by_lineno(file).items():
                found[names.get(line, AROUND)].update(tests)
            for name, tests in found.items():
                reach[f"{module}::{name}"] = sorted(tests & self.seconds.keys())
        passed = {test: round(took, 4) for test, took in self.seconds.items() if took >= 0}
        path = path_of(test_file)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(json.dumps({"key": key, "seconds": passed, "reach": reach}))
        part.replace(path)


@cache
def functions(file: str) -> dict[int, str]:
    """Return for the lines of function bodies the name of the outermost function they are in."""
    lines: dict[int, str] = {}

    def walk(body: list[ast.stmt], names: tuple[str, ...]) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                name = ".".join((*names, node.name))
                lines.update(dict.fromkeys(range(node.lineno, node.end_lineno + 1), name))
            elif isinstance(node, ast.ClassDef):
                walk(node.body, (*names, node.name))

    walk(ast.parse((ROOT / file).read_bytes()).body, ())
    return lines


class Reach:
    """The records of all test files."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._tests: dict[str, set[str]] = defaultdict(set)
        for path in sorted(KEPT.glob("*.json")):
            record = json.loads(path.read_text())
            self.seconds |= record["seconds"]
            for name, tests in record["reach"].items():
                self._tests[name].update(tests)
                self._tests[name.partition("::")[0]].update(tests)

    def tests(self, fault: Fault, longest: float) -> list[str]:
        """Return the tests that run the function of a fault, of many files rather than of one.

        Parameters
        ----------
        longest : float
            Seconds that they may take together.
        """
        if fault.within:
            tests = self._tests.get(f"{fault.file}::{fault.within}") or self._tests[fault.file]
        else:
            tests = self._nearest(fault.file)
        seen: Counter[str] = Counter()
        turns = []
        for test in sorted(
            tests & self.seconds.keys(), key=lambda test: (self.seconds[test], test)
        ):
            turns.append((seen[_file(test)], self.seconds[test], test))
            seen[_file(test)] += 1
        chosen, total = [], 0.0
        for _, seconds, test in sorted(turns):  # the quickest of each file, then the second ones
            if not chosen or total + seconds <= longest:
                chosen.append(test)
                total += seconds
        return chosen

    def _nearest(self, file: str) -> set[str]:
        """Return the tests of the files that run most functions of a module, or name it most."""
        ran = [tests for name, tests in self._tests.items() if name.startswith(f"{file}::")]
        known = {_file(test) for test in self.seconds}
        word = re.compile(rf"\b{Path(file).stem}\b")
        runs = Counter(path for tests in ran for path in {_file(test) for test in tests})
        names = Counter({path: len(word.findall(_text(path))) for path in known})
        near: set[str] = set()
        for counts in (runs, names):
            found = [path for path in counts if counts[path]]
            near.update(sorted(found, key=lambda path: (-counts[path], path))[:NEAREST])
        return {test for test in self.seconds if _file(test) in near}


@cache
def _text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).exists() else ""


def _file(test: str) -> str:
    return test.partition("::")[0]
