"""``python -m mas.mt5``: which script it runs, with which arguments."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mas import mt5
from mas.sim.script import main

SCRIPT = """
import sys
import MetaTrader5 as package
import neighbour
print(__name__, package.__name__, sys.argv[1:], neighbour.HERE)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "task.py").write_text(SCRIPT)
    (tmp_path / "neighbour.py").write_text("HERE = 'beside'")
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    monkeypatch.delitem(sys.modules, "MetaTrader5", raising=False)
    monkeypatch.delitem(sys.modules, "neighbour", raising=False)
    return tmp_path


def test_a_script_with_its_arguments(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["mas.mt5", str(folder / "task.py"), "one", "-m"])
    main()
    assert capsys.readouterr().out == "__main__ mas.mt5 ['one', '-m'] beside\n"
    assert sys.modules["MetaTrader5"] is mt5
    assert sys.path[0] == str(folder)


def test_a_module_with_its_arguments(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "argv", ["mas.mt5", "-m", "task", "two"])
    main()
    assert capsys.readouterr().out == "__main__ mas.mt5 ['two'] beside\n"


@pytest.mark.parametrize("arguments", [[], ["missing.py"], ["-m"], ["."]])
def test_anything_else_is_answered_with_the_usage(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["mas.mt5", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    assert str(caught.value).startswith("usage: python -m mas.mt5 script.py")
