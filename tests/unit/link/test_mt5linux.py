"""One call is one line of text to the server, and a lost answer is a value, not an exception."""

from __future__ import annotations

import enum
import socket
import sys
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from mas.connect import open_link
from mas.errors import NotConnectedError
from mas.terminal import mt5linux
from mas.terminal.mt5linux import Mt5Linux, _literal

PASSWORD = "correct-horse"
REQUEST = {"action": 1, "symbol": "EURUSD", "volume": 0.1, "comment": "it's"}


class Server:
    """Stands for the client package: notes what is evaluated, answers or raises."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.lines: list[str] = []

    def eval(self, line: str) -> Any:
        self.lines.append(line)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("lost", "code"),
    [
        (EOFError(PASSWORD), -10004),
        (ConnectionResetError(PASSWORD), -10004),
        (TimeoutError(PASSWORD), -10005),
        (RuntimeError(PASSWORD), -1),
    ],
)
def test_an_answer_that_is_lost_is_none_with_its_reason(lost: Exception, code: int) -> None:
    server = Server(lost)
    terminal = Mt5Linux(server)
    assert terminal.order_send(REQUEST) is None
    assert terminal.last_error()[0] == code
    assert len(server.lines) == 1, "a request is sent once"
    assert terminal.initialize(login=5, password=PASSWORD, server="B") is False
    assert terminal.positions_total() == 0
    assert terminal.symbol_select("EURUSD") is False
    assert PASSWORD not in terminal.last_error()[1]
    assert PASSWORD not in repr(terminal)


def test_a_request_arrives_as_it_was_and_empty_keywords_do_not() -> None:
    """R6: the package refuses ``f(request, **{})``; the server leaves them out."""
    server = Server((None, (1, "Success")))
    Mt5Linux(server).order_send(REQUEST)
    calls: list[Any] = []

    class Package:
        @staticmethod
        def order_send(*given: Any, **named: Any) -> None:
            calls.append((given, named))

        @staticmethod
        def last_error() -> tuple[int, str]:
            return (1, "Success")

    space: dict[str, Any] = {"mt5": Package}
    exec(mt5linux.ON_THE_SERVER, space)
    assert eval(server.lines[0], space) == (None, (1, "Success"))
    assert calls == [((REQUEST,), {})]


class Side(enum.IntEnum):
    BUY = 0


class Name(str):
    __slots__ = ()

    def __repr__(self) -> str:
        return "__import__('os')"


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (Side.BUY, 0), (True, True), (None, None), (0.1, 0.1), (1e-300, 1e-300),
        (np.float64(0.5), 0.5), (np.int64(7), 7), (np.bool_(True), True),
        (float("inf"), float("inf")), (Name("x'\"\\\n"), "x'\"\\\n"), ("é☃", "é☃"),
        (datetime(2026, 1, 5, tzinfo=UTC), 1767571200.0), ((), ()), ((1,), (1,)),
        ({"a": 1, "b": "c"}, {"a": 1, "b": "c"}),
    ],
)  # fmt: skip
def test_a_literal_means_the_same_on_the_server(value: Any, wanted: Any) -> None:
    found = eval(_literal(value), {"float": float})
    assert found == wanted
    assert type(found) is type(wanted)


def test_what_is_not_plain_is_refused() -> None:
    with pytest.raises(TypeError, match="object cannot be sent"):
        _literal({"a": object()})
    assert _literal(float("nan")) == "float('nan')"


def test_without_the_client_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mt5linux", None)
    with pytest.raises(NotConnectedError, match=r"pip install 'masjupyter\[mt5linux\]'"):
        mt5linux.connect("127.0.0.1", 1)


@pytest.mark.parametrize("where", ["", "127.0.0.1:abc", "127.0.0.1:99999", "[::1"])
def test_a_wrong_address_is_one_line(where: str) -> None:
    with pytest.raises(NotConnectedError, match="expected mt5linux://host:port") as caught:
        open_link(f"mt5linux://{where}", login=5, password=PASSWORD, server="B", timeout_ms=1000)
    assert PASSWORD not in str(caught.value)


def test_nobody_there_never_reaches_the_client_package(monkeypatch: pytest.MonkeyPatch) -> None:
    package = pytest.importorskip("mt5linux")
    monkeypatch.setattr(package, "MetaTrader5", lambda **_: pytest.fail("it may start containers"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NotConnectedError, match="nobody answers there"):
        mt5linux.connect("127.0.0.1", port)


def test_a_server_without_the_package_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    package = pytest.importorskip("mt5linux")

    def fail(**_: Any) -> None:
        print("noise")
        raise ModuleNotFoundError("No module named 'MetaTrader5'\n\n= Remote Traceback =\n...")

    monkeypatch.setattr(package, "MetaTrader5", fail)
    with socket.socket() as there:
        there.bind(("127.0.0.1", 0))
        there.listen()
        with pytest.raises(NotConnectedError) as caught:
            mt5linux.connect("127.0.0.1", there.getsockname()[1])
    assert "No module named 'MetaTrader5'" in str(caught.value)
    assert "\n" not in str(caught.value)
