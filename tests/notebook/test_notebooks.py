"""Each notebook runs top to bottom, and prints what it is stored with."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.notebook.environment import NOTEBOOKS, ROOT, fixed_environment

pytestmark = [pytest.mark.notebook, pytest.mark.timeout(300)]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_as_stored(path, tmp_path):
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env"]
    command += ["--nbval-cell-timeout=60", "--nbval-sanitize-with=tests/notebook/sanitize.cfg"]
    # Our own pytest settings are not for nbval: it warns about itself.
    command += ["-q", "-c", "/dev/null" if sys.platform != "win32" else "NUL"]
    command += [f"--rootdir={ROOT}", "-p", "no:cacheprovider", str(path)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=fixed_environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_nothing_personal_is_stored(path):
    import nbformat  # reads many grammars: not where these tests are left out

    notebook = nbformat.read(path, as_version=4)
    assert "widgets" not in notebook.metadata, "widget state is not kept"
    outputs = [cell.get("outputs") for cell in notebook.cells if cell.cell_type == "code"]
    assert any(outputs), "stored without outputs: make notebook-update"
    text = str(outputs)
    for private in (str(ROOT), "/home/", "/Users/", "/tmp/"):
        assert private not in text
