"""A password that was typed is nowhere to be found afterwards."""

from __future__ import annotations

import gc
import getpass
import json
import logging

import nbformat
import pytest
from ipywidgets import Widget
from ipywidgets.widgets.widget import _instances

from masjupyter import prompt
from masjupyter.errors import CellError

SECRET = "Zx9-correct-horse-77"


@pytest.fixture
def typed(monkeypatch):
    monkeypatch.setattr(getpass, "getpass", lambda *_: SECRET)


def login(cells, server="MAS-Sim"):
    return cells.run(f"%mas_login --account 4711 --server {server}", history=True)


def everything(cells, home):
    """Return all that is kept or shown, as one text."""
    cells.shell.history_manager.writeout_cache()
    files = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    client, core = cells.desk.client, cells.desk.core
    texts = [
        repr(one)
        for one in (client, core, vars(core), core.state, cells.desk, core.accounts.session)
    ]
    states = [json.dumps(one.get_state(), default=repr) for one in _instances.values()]
    manager = json.dumps(Widget.get_manager_state(), default=repr)
    cell = nbformat.v4.new_code_cell(
        "%mas_login --account 4711 --server MAS-Sim",
        outputs=[nbformat.v4.new_output("display_data", data=one) for one in cells.shown],
    )
    notebook = json.dumps(nbformat.v4.new_notebook(cells=[cell]), default=repr)
    names = repr({k: v for k, v in cells.shell.user_ns.items() if not k.startswith("__")})
    return b"\n".join([*files, *(t.encode() for t in [*texts, *states, manager, notebook, names])])


def test_a_login_leaves_no_password(cells, typed, mas_home, caplog):
    caplog.set_level(logging.DEBUG)
    assert login(cells) is None
    assert cells.desk.state.connection.login == 4711
    cells.good("%mas_order buy 0.1 EURUSD", "order")
    gc.collect()
    kept = everything(cells, mas_home)
    assert b"mas_login --account 4711" in kept  # the search does find what is there
    assert SECRET.encode() not in kept
    assert SECRET not in caplog.text
    assert SECRET not in cells.printed


def test_a_failed_login_is_one_line_without_the_password(cells, typed, mas_home, caplog):
    caplog.set_level(logging.DEBUG)
    error = login(cells, "No-Such-Broker")
    assert "No-Such-Broker" in str(error)
    assert len("".join(error._render_traceback_()).splitlines()) == 1
    assert not cells.desk.core.logged_in
    assert SECRET.encode() not in everything(cells, mas_home)
    assert SECRET not in caplog.text + cells.printed


@pytest.mark.parametrize("line", [f"--password {SECRET}", f"--pass={SECRET}", SECRET])
def test_a_password_on_the_line_is_refused_and_not_repeated(cells, line):
    message = cells.bad(f"%mas_login --account 4711 --server MAS-Sim {line}")
    assert SECRET not in message + cells.printed
    assert not cells.desk.core.logged_in


def test_the_environment_answers_where_nobody_can(monkeypatch):
    def nobody(*_):
        raise EOFError

    monkeypatch.setattr(getpass, "getpass", nobody)
    with pytest.raises(CellError, match="MAS_PASSWORD"):
        prompt.password(1, "S")
    monkeypatch.setenv("MAS_PASSWORD", SECRET)
    assert prompt.password(1, "S") == SECRET
    monkeypatch.setattr(getpass, "getpass", lambda *_: "typed")
    assert prompt.password(1, "S") == "typed"


def test_no_password_typed_is_one_line(cells, monkeypatch):
    monkeypatch.setattr(getpass, "getpass", lambda *_: "")
    assert "no password was typed" in cells.bad("%mas_login --account 1 --server MAS-Sim")
