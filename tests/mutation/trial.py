"""Faults put in, tests run: a pytest plugin that runs each fault's tests in a process of its own.

All tests are collected once. For each fault a process is forked, in which the functions that the
fault changes get their new code; then the tests that run them are run. A fault outside of
functions takes effect when its module is imported, so there the packages are imported anew, from a
copy with the fault.
"""

from __future__ import annotations

import gc
import itertools
import json
import shutil
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from types import CodeType, FunctionType, SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from _pytest.main import pytest_runtestloop as run_tests

from tests.mutation.equivalent import explained
from tests.mutation.faults import ROOT, Fault, packages, sample
from tests.mutation.forks import TOO_LONG, Job, run_all
from tests.mutation.reach import KEPT, Measured, Reach, is_known, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSED, FAILED, UNTESTED = 10, 11, 12
"""Exit codes of a process that has run its tests."""
FOUND = KEPT.with_name("found.json")
"""Faults that were found: not tried again while their module stays as it is."""


@dataclass(slots=True)
class Score:
    """What became of the faults in a package.

    Attributes
    ----------
    slow : int
        Found by their time limit; among the found.
    equivalent : int
        Drawn, but the same by a reason in ``equivalent.toml``; not among the sample.
    """

    package: str
    seed: int
    day: str
    sample: int = 0
    found: int = 0
    slow: int = 0
    equivalent: int = 0


class Trials:
    """The plugin: what was asked for, and the scores."""

    def __init__(self, asked: SimpleNamespace) -> None:
        self.asked = asked
        self.results: list[Score] = []
        self.found: dict[str, int] = json.loads(FOUND.read_text()) if FOUND.exists() else {}
        self._numbers = itertools.count()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try the faults instead of running the tests."""
        _functions()
        gc.freeze()  # a child need not copy what it does not change
        self._measure(session)
        reach = Reach()
        FOUND.parent.mkdir(parents=True, exist_ok=True)
        for package in self.asked.packages or packages():
            self.results.append(self._package(session, package, reach))
        return True

    def _folder(self) -> Path:
        return self.asked.folder / str(next(self._numbers))

    def _measure(self, session: pytest.Session) -> None:
        """Measure what the tests of each file run, where that is not known."""
        files: dict[str, list[pytest.Item]] = {}
        for item in session.items:
            files.setdefault(item.nodeid.partition("::")[0], []).append(item)
        jobs = (
            Job(
                file,
                lambda file=file, items=items: _measured(session, file, items),
                900,
                self._folder(),
            )
            for file, items in files.items()
            if not is_known(file)
        )
        for file, code, said in run_all(jobs, self.asked.workers):
            print(
                f"measured {file}" + (f": {code}\n{said}" if code not in {PASSED, FAILED} else "")
            )

    def _package(self, session: pytest.Session, package: str, reach: Reach) -> Score:
        asked = self.asked
        score = Score(package, asked.seed, datetime.now(UTC).strftime("%Y-%m-%d"))
        drawn, score.equivalent = sample(
            packages()[package], asked.seed, asked.number, explained().has
        )
        drawn = [fault for fault in drawn if asked.only in f"{fault.file}::{fault.within}"]
        found = {} if asked.anew else self.found
        jobs = (self._job(session, fault, reach) for fault in drawn if fault.key() not in found)
        known = [(fault, found[fault.key()], "") for fault in drawn if fault.key() in found]
        for fault, code, said in itertools.chain(known, run_all(jobs, asked.workers)):
            score.sample += 1
            score.found += code in {FAILED, TOO_LONG}
            score.slow += code == TOO_LONG
            if code in {FAILED, TOO_LONG}:
                self.found[fault.key()] = code
            else:
                _tell(fault, code, said)
            FOUND.write_text(json.dumps(self.found))
        print(f"{package}: {score.found} of {score.sample} faults found", flush=True)
        return score

    def _job(self, session: pytest.Session, fault: Fault, reach: Reach) -> Job:
        tests = reach.tests(fault, self.asked.seconds)
        items = {item.nodeid: item for item in session.items}
        chosen = [items[test] for test in tests if test in items]
        taken = sum(reach.seconds[item.nodeid] for item in chosen)
        folder = self._folder()

        def run() -> int:
            if fault.within and apply(fault):
                return _tested(session, chosen)
            return _anew(fault, [item.nodeid for item in chosen], folder)

        return Job(fault, run if chosen else _untested, 20 + 3 * taken, folder)


def _tell(fault: Fault, code: int, said: str) -> None:
    """Print a fault that was not found."""
    reason = {PASSED: "SURVIVES", UNTESTED: "NO TEST RUNS"}.get(code, f"NO RESULT ({code}) for")
    print(f"{reason} {fault.file}:{fault.line} {fault.within}: {fault.change}", flush=True)
    if code not in {PASSED, UNTESTED}:
        print(said[-1500:])


def _untested() -> int:
    return UNTESTED


def _tested(session: pytest.Session, items: list[pytest.Item]) -> int:
    """Run tests in this process; say whether any failed."""
    session.items[:] = items
    try:
        run_tests(session)
    except (pytest.Session.Failed, pytest.Session.Interrupted):
        return FAILED
    return FAILED if session.testsfailed else PASSED


def _measured(session: pytest.Session, file: str, items: list[pytest.Item]) -> int:
    session.config.option.maxfail = 0
    measured, key = Measured(), key_of(file)
    session.config.pluginmanager.register(measured)
    measured.tool.start()
    code = _tested(session, items)
    measured.keep(file, key)
    return code


@cache
def _functions() -> dict[str, list[FunctionType]]:
    """Return the functions of the packages that are loaded, by file."""
    found: dict[str, list[FunctionType]] = {}
    for function in gc.get_objects():
        if type(function) is FunctionType:
            found.setdefault(function.__code__.co_filename, []).append(function)
    return found


def apply(fault: Fault) -> bool:
    """Give the functions that a fault changes their new code; False where there are none."""
    path = str(ROOT / fault.file)
    before = _codes((ROOT / fault.file).read_bytes(), path, fault.within)
    after = _codes(fault.applied(), path, fault.within)
    new = {key: after[key] for key, code in before.items() if key in after and code != after[key]}
    done = False
    for function in _functions().get(path, ()):
        code = new.get(_key(function.__code__))
        if code is not None and code.co_freevars == function.__code__.co_freevars:
            function.__code__ = code
            done = True
    return done


def _codes(text: str | bytes, path: str, within: str) -> dict[tuple[str, int], CodeType]:
    """Return the code of a function and of what is defined in it."""
    found: dict[tuple[str, int], CodeType] = {}

    def walk(code: CodeType) -> Iterator[CodeType]:
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                yield constant
                yield from walk(constant)

    for code in walk(compile(text, path, "exec", dont_inherit=True)):
        if code.co_qualname == within or code.co_qualname.startswith(f"{within}."):
            found.setdefault(_key(code), code)
    return found


def _key(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _anew(fault: Fault, tests: list[str], folder: Path) -> int:
    """Run tests on a copy of the packages with the fault, imported anew; libraries stay loaded."""
    for package in ("mas", "masjupyter"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, folder / package, ignore=ignored)
    (folder / fault.file).write_text(fault.applied(), encoding="utf-8")
    for name in tuple(sys.modules):
        if name.partition(".")[0] in {"mas", "masjupyter", "tests"}:
            del sys.modules[name]
    sys.path.insert(0, str(folder))
    options = ["-qx", "--hypothesis-seed=0", "--timeout=60", "-opythonpath="]
    plugins = [f"-pno:{name}" for name in ("cacheprovider", "nbval", "xdist")]
    code = pytest.main([*options, *plugins, f"--rootdir={ROOT}", *tests])
    used = getattr(sys.modules.get("mas"), "__file__", None)
    if used is not None and not used.startswith(str(folder)):
        raise RuntimeError(f"the tests ran on {used}, without the fault")
    return PASSED if code == 0 else FAILED
