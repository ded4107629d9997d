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
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import coverage
import pytest

from tests.mutation.faults import ROOT

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.mutation.faults import Fault

KEPT = ROOT / ".cache" / "mutation" / "lines"
NEAREST = 5
"""For a fault outside of functions: test files that run its module most, and that name it most."""


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
        """Measure a test, in time of the processor: the machine may be busy with other things."""
        self.tool.switch_context(item.nodeid)
        began = time.process_time()
        answer = yield
        self.seconds[item.nodeid] = time.process_time() - began
        return answer

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Leave out what fails or is skipped."""
        if not report.passed:
            self.seconds[report.nodeid] = -1.0

    def keep(self, test_file: str, key: str) -> None:
        """Write down what was measured of a test file, whose text had a key when it was read."""
        self.tool.stop()
        passed = {test: round(took, 4) for test, took in self.seconds.items() if took >= 0}
        number = {test: at for at, test in enumerate(passed)}
        path = path_of(test_file)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        record = {"key": key, "seconds": passed, "ran": self._ran(number)}
        part.write_text(json.dumps(record, separators=(",", ":")))
        part.replace(path)

    def _ran(self, number: dict[str, int]) -> dict[str, dict[str, Any]]:
        """Return by function its source's digest, and by line the numbers of the tests."""
        data = self.tool.get_data()
        ran: dict[str, dict[str, Any]] = {}
        for file in sorted(data.measured_files()):
            if not file.endswith(".py"):
                continue  # a page's template
            module = Path(file).relative_to(ROOT).as_posix()
            bodies = functions(module)
            for line, tests in data.contexts_by_lineno(file).items():
                body = bodies.get(line)
                if body is None:
                    continue
                found = ran.setdefault(f"{module}::{body.name}", {"of": body.digest, "lines": {}})
                found["lines"][line - body.first] = [
                    number[test] for test in tests if test in number
                ]
        return ran


class Body(NamedTuple):
    """A function as it stands in its file."""

    name: str
    first: int
    digest: str


@cache
def functions(file: str) -> dict[int, Body]:
    """Return for the lines of function bodies the outermost function that they are in."""
    text = (ROOT / file).read_text(encoding="utf-8").splitlines()
    lines: dict[int, Body] = {}

    def walk(body: list[ast.stmt], names: tuple[str, ...]) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                source = "\n".join(text[node.lineno - 1 : node.end_lineno])
                digest = hashlib.sha256(source.encode()).hexdigest()[:16]
                found = Body(".".join((*names, node.name)), node.lineno, digest)
                lines.update(dict.fromkeys(range(node.lineno, node.end_lineno + 1), found))
            elif isinstance(node, ast.ClassDef):
                walk(node.body, (*names, node.name))

    walk(ast.parse("\n".join(text)).body, ())
    return lines


@cache
def statement_at(file: str, line: int) -> range:
    """Return the lines of the statement that a line is in; of a compound one those of its head."""
    found = range(line, line + 1)
    for node in ast.walk(ast.parse((ROOT / file).read_bytes())):
        if isinstance(node, ast.stmt) and node.lineno <= line <= node.end_lineno:
            inner = getattr(node, "body", None)
            last = inner[0].lineno - 1 if inner else node.end_lineno
            if line <= last:
                found = range(node.lineno, last + 1)
    return found


class Reach:
    """The records of all test files."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._records: list[tuple[list[str], dict[str, dict[str, Any]]]] = []
        for path in sorted(KEPT.glob("*.json")):
            record = json.loads(path.read_text())
            self.seconds |= record["seconds"]
            self._records.append((list(record["seconds"]), record["ran"]))

    def tests(self, fault: Fault, longest: float) -> list[str]:
        """Return the tests that run the line of a fault, of many files rather than of one.

        Parameters
        ----------
        longest : float
            Seconds that they may take together.
        """
        tests = self._running(fault) if fault.within else self._nearest(fault.file)
        seen: Counter[str] = Counter()
        turns = []
        for test in sorted(tests, key=lambda test: (self.seconds[test], test)):
            turns.append((seen[_file(test)], self.seconds[test], test))
            seen[_file(test)] += 1
        chosen, total = [], 0.0
        for _, seconds, test in sorted(turns):  # the quickest of each file, then the second ones
            if not chosen or total + seconds <= longest:
                chosen.append(test)
                total += seconds
        return chosen

    def _running(self, fault: Fault) -> set[str]:
        """Return the tests that run the line; those of the function where it is not known."""
        body = functions(fault.file)[fault.line]
        statement = {line - body.first for line in statement_at(fault.file, fault.line)}
        at = fault.line - body.first
        found: set[str] = set()
        for tests, ran in self._records:
            known = ran.get(f"{fault.file}::{fault.within}")
            if known is None:
                continue
            lines = {int(line): numbers for line, numbers in known["lines"].items()}
            if known["of"] == body.digest:
                wanted = {at} if at in lines else statement
                lines = {line: numbers for line, numbers in lines.items() if line in wanted}
            found.update(tests[number] for numbers in lines.values() for number in numbers)
        return found

    def _nearest(self, file: str) -> set[str]:
        """Return the tests of the files that run most functions of a module, or name it most."""
        known = {_file(test) for test in self.seconds}
        word = re.compile(rf"\b{Path(file).stem}\b")
        runs = Counter({
            _file(tests[0]): sum(name.startswith(f"{file}::") for name in ran)
            for tests, ran in self._records
            if tests
        })  # fmt: skip
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
