"""A JupyterLab of our own and a page in it, for tests and benchmarks with a real browser."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page, Playwright

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CELL = "jupyterapp.shell.currentWidget.content.widgets[i]"
QUIET_LAB = {"checkForUpdates": False, "fetchNews": "false"}


@contextmanager
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Start Chromium: the machine's own where there is one, else Playwright's."""
    path = os.environ.get("MAS_CHROMIUM") or shutil.which("chromium")
    chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
    try:
        yield chromium
    finally:
        chromium.close()


@contextmanager
def serve(folder: Path, **environment: str) -> Iterator[str]:
    """Serve `folder` by a JupyterLab with an empty home; give its address."""
    home = folder / ".home"
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(QUIET_LAB))
    work = folder / "work"
    work.mkdir(exist_ok=True)
    port = _free_port()
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1"]
    command += [f"--port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={work}"]
    command += ["--IdentityProvider.token=", "--ServerApp.password="]
    command += ["--LabApp.expose_app_in_browser=True"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(
            command, env=_isolated(home) | environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, server, home / "server.log")
            yield url
        finally:
            server.terminate()
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait(5)


def _isolated(home: Path) -> dict[str, str]:
    """Take nothing from the user's home and settings; leave nothing there."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAS_")}
    places = {
        "HOME": home,
        "IPYTHONDIR": home / "ipython",
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_RUNTIME_DIR": home / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": home / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
        "MAS_HOME": home / "mas",
    }
    return kept | {name: str(place) for name, place in places.items()}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        if server.poll() is not None:
            break
        with (
            suppress(urllib.error.URLError, ConnectionError, TimeoutError),
            urllib.request.urlopen(f"{url}/api/status", timeout=2),
        ):
            return
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")


def write_notebook(path: Path, *cells: str) -> None:
    """Write a notebook with these code cells."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in cells])
    notebook.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    nbformat.write(notebook, path)


@dataclass
class Notebook:
    """One notebook, open in a page."""

    page: Page
    url: str
    problems: list[str] = field(default_factory=list)

    def open(self, name: str) -> None:
        """Open the notebook and wait until its kernel is idle."""
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.goto(f"{self.url}/lab/tree/{name}?reset")
        self.page.wait_for_selector(
            ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook", timeout=60_000
        )
        self.wait_idle()

    def wait_idle(self, seconds: float = 60) -> None:
        """Wait until the kernel has nothing to do and no cell is queued."""
        self.page.wait_for_function(
            """() => {
              const panel = window.jupyterapp?.shell.currentWidget;
              const session = panel?.sessionContext;
              return session?.isReady && session.session?.kernel?.status === 'idle'
                && ![...panel.content.widgets].some(c => c.model.executionState === 'running');
            }""",
            timeout=seconds * 1000,
        )

    def busy(self) -> bool:
        """Tell whether the kernel is at work."""
        status = "jupyterapp.shell.currentWidget.sessionContext.session.kernel.status"
        return self.page.evaluate(status) == "busy"

    def cell(self, index: int) -> Locator:
        """Give a cell's output in the page; cells are windowed, so it is scrolled to first."""
        self.show(index)
        self.page.evaluate(
            f"i => {{ {CELL}.node.dataset.index = i; }}",
            index,
        )
        return self.page.locator(f"[data-index='{index}'] .jp-OutputArea")

    def cell_count(self) -> int:
        """Count the cells, of every kind."""
        return self.page.evaluate("jupyterapp.shell.currentWidget.content.widgets.length")

    def source(self, index: int) -> str:
        """Give the text of a cell."""
        return self.page.evaluate(
            f"i => {CELL}.model.sharedModel.getSource()",
            index,
        )

    def start_cell(self, index: int) -> None:
        """Run a cell and do not wait for it."""
        self.page.evaluate(
            """i => {
              jupyterapp.shell.currentWidget.content.activeCellIndex = i;
              void jupyterapp.commands.execute('notebook:run-cell');
            }""",
            index,
        )

    def run_cell(self, index: int, seconds: float = 60) -> None:
        """Run a cell to its end."""
        self.page.evaluate(
            """i => {
              jupyterapp.shell.currentWidget.content.activeCellIndex = i;
              return jupyterapp.commands.execute('notebook:run-cell');
            }""",
            index,
        )
        self.wait_idle(seconds)

    def restart(self) -> None:
        """Restart the kernel, as the menu does, without its question."""
        self.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
        self.wait_idle()

    def show(self, index: int) -> None:
        """Scroll a cell into view; cells are windowed, so only then it has a DOM."""
        self.page.evaluate(
            """async i => {
              const content = jupyterapp.shell.currentWidget.content;
              content.activeCellIndex = i;
              await content.scrollToItem(i, 'center');
            }""",
            index,
        )

    def outputs(self, index: int) -> list[dict[str, Any]]:
        """Give a cell's outputs from the notebook's model."""
        return self.page.evaluate(
            f"i => {CELL}.model.toJSON().outputs ?? []",
            index,
        )

    def tags(self, index: int) -> list[str]:
        """Give a cell's tags."""
        return self.page.evaluate(
            f"i => {CELL}.model.getMetadata('tags') ?? []",
            index,
        )

    def errors(self) -> list[str]:
        """List what failed: one line for each cell that ended in an error and should not."""
        return [
            f"cell {index}: {output['ename']}: {output['evalue']}"
            for index in range(self.cell_count())
            if "raises-exception" not in self.tags(index)
            for output in self.outputs(index)
            if output.get("output_type") == "error"
        ]

    def find(self, needle: str) -> int:
        """Give the index of the first cell whose text contains `needle`."""
        for index in range(self.cell_count()):
            if needle in self.source(index):
                return index
        raise AssertionError(f"no cell contains {needle!r}")
