"""A real shell with the extension loaded, and a market that stands still."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from ipywidgets import Widget
from traitlets.config import Config

from masjupyter import _loaded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Cells:
    """Run cells as a notebook does, and keep what they showed."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self.shown: list[dict[str, Any]] = []
        shell.display_pub.publish = self._publish  # type: ignore[method-assign]

    def _publish(self, data: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        self.shown.append(data)

    @property
    def desk(self) -> Any:
        return _loaded[id(self.shell)].desk

    def run(self, text: str, cell: str = "cell-1", *, history: bool = False) -> Any:
        """Run a cell; return what it raised, None when it succeeded."""
        with redirect_stdout(io.StringIO()) as out:
            result = self.shell.run_cell(text, store_history=history, cell_id=cell)
        self.printed = out.getvalue()
        return result.error_before_exec or result.error_in_exec

    def good(self, text: str, cell: str = "cell-1") -> str:
        """Run a cell that must succeed; return the text of what it showed last."""
        self.shown.clear()
        assert self.run(text, cell) is None, self.printed
        return self.shown[-1]["text/plain"] if self.shown else self.printed

    def bad(self, text: str) -> str:
        """Run a cell that must fail with one line; return the line."""
        error = self.run(text)
        assert error is not None
        shown = error._render_traceback_()
        assert len("".join(shown).splitlines()) == 1
        assert "Traceback" not in self.printed
        return str(error)


@pytest.fixture
def cells(mas_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cells]:
    monkeypatch.setenv("MAS_SIM_SEED", "7")
    monkeypatch.setenv("MAS_SIM_CLOCK", "2026-01-07T12:00:00")
    monkeypatch.setenv("IPYTHONDIR", str(mas_home / "ipython"))
    config = Config()
    config.HistoryManager.hist_file = str(mas_home / "history.sqlite")
    InteractiveShell.clear_instance()
    main = sys.modules["__main__"]
    shell = InteractiveShell.instance(config=config)
    one = Cells(shell)
    shell.run_line_magic("load_ext", "masjupyter")
    yield one
    if id(shell) in _loaded:
        shell.run_line_magic("unload_ext", "masjupyter")
    Widget.close_all()
    shell.history_manager.end_session()
    InteractiveShell.clear_instance()
    sys.modules["__main__"] = main


@pytest.fixture
def paper(cells: Cells) -> Cells:
    """A shell that is logged in to the paper account."""
    cells.good("%mas_login --sim", "login")
    return cells
