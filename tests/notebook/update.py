"""Run the notebooks in order and keep their outputs: ``python -m tests.notebook.update``.

All in one home, as a user has them; the tests run each in an empty one. The outputs are the same,
so no lesson changes what another plays.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from tests.notebook.environment import NOTEBOOKS, fixed_environment


def update(path: Path, home: Path) -> None:
    """Run one notebook in the fixed world and write it back."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=60, store_widget_state=False, record_timing=False)
    client.execute(cwd=path.parent, env=fixed_environment(home))
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            # A view of a widget that no longer exists shows as an error; text and HTML remain.
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    notebook.metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    nbformat.write(notebook, path)


def main() -> None:
    """Update the notebooks named on the command line, or all."""
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    chosen = [Path(name).resolve() for name in sys.argv[1:]] or NOTEBOOKS
    with tempfile.TemporaryDirectory() as home:
        for path in chosen:
            update(path, Path(home))
            sys.stdout.write(f"updated {path.name}\n")


if __name__ == "__main__":
    main()
