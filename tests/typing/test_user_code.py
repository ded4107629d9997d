"""Typed code of a user: what is right passes ``mypy --strict`` and pyright, each mistake is found.

pyright comes with the front end's packages, in ``js``: ``make typing`` has both.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.typing

ROOT = Path(__file__).parents[2]
PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))
PYRIGHT = ROOT / "js" / "node_modules" / "pyright" / "index.js"

Found = dict[str, dict[int, str]]
"""What is said, by file and line."""


def mypy(folder: Path) -> Found:
    """Run mypy as a user does: what the package itself is made of is not reported."""
    settings = folder / "mypy.ini"
    settings.write_text(
        f"[mypy]\nstrict = true\nmypy_path = {ROOT}\nfollow_imports = silent\n"
        f"cache_dir = {ROOT / '.mypy_cache' / 'user'}\n"
    )
    command = [sys.executable, "-m", "mypy", "--config-file", settings, "--output", "json", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    found: Found = {}
    for line in map(json.loads, done.stdout.splitlines()):
        if line["severity"] == "error":
            said = found.setdefault(line["file"], {})
            said[line["line"]] = f"{said.get(line['line'], '')}\n{line['message']}"
    return found


def pyright(folder: Path) -> Found:
    """Run pyright as a user's editor does."""
    node = shutil.which("node")
    if node is None or not PYRIGHT.is_file():
        pytest.skip("no pyright here: it needs Node 20 and make js")
    settings = {"typeCheckingMode": "standard", "extraPaths": [str(ROOT)]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [node, PYRIGHT, "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    found: Found = {}
    for entry in json.loads(done.stdout)["generalDiagnostics"]:
        assert entry["severity"] == "error"
        said = found.setdefault(Path(entry["file"]).name, {})
        at = entry["range"]["start"]["line"] + 1
        said[at] = f"{said.get(at, '')}\n{entry['message']}"
    return found


def documented() -> str:
    """Return the example of the documentation."""
    text = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"## Typed code\n.*?```python\n(.*?)```", text, re.DOTALL)
    return str(found)


@pytest.fixture(scope="module", params=[mypy, pyright], ids=["mypy", "pyright"])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Found:
    folder = tmp_path_factory.mktemp("user")
    for path in PROGRAMS:
        shutil.copy(path, folder)
    (folder / "documented.py").write_text(documented(), encoding="utf-8")
    check: Callable[[Path], Found] = request.param
    return check(folder)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_mistakes_are_found_and_nothing_else(found: Found, path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    wrong = {
        number: said[1]
        for number, line in enumerate(lines, 1)
        if (said := re.search(r"# error: (.+)", line))
    }
    told = found.get(path.name, {})
    assert told.keys() == wrong.keys(), told
    for number, words in wrong.items():
        assert words in told[number], (number, told[number])


def test_the_documented_example_is_right(found: Found) -> None:
    assert "documented.py" not in found


def test_the_published_form_works_at_run_time(tmp_path: Path) -> None:
    """What a checker does not see: ``import mas; class Client(mas)``."""
    code = "from module_base import Client; import mas; assert isinstance(Client(), mas.MAS)"
    paths = f"{ROOT}{os.pathsep}{Path(__file__).parent / 'programs'}"
    environment = {**os.environ, "PYTHONPATH": paths}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)
