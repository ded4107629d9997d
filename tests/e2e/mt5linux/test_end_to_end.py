"""The live path for real: the mt5linux client, a socket, and a terminal in another process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rpyc

import mas
from mas.core import core_of

SERVER = Path(__file__).parent / "server.py"
PASSWORD = "correct-horse-battery"
LOGIN = {"account": 77001, "password": PASSWORD, "server": "MAS-Sim", "timeout": 5000}


class Host:
    """The terminal's process, which can be killed and started again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(SERVER), str(self.port)],
            env={**os.environ, "MAS_HOME": str(self.home)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == "ready"
        until(self._listens)

    def _listens(self) -> bool:
        with socket.socket() as knock:
            return knock.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def by_hand(self) -> Any:
        """Return a second connection, for what a person does in the terminal."""
        connection = rpyc.classic.connect("127.0.0.1", self.port)
        connection.execute("from mas import mt5\nfrom mas.sim import process_terminal")
        return connection


class Client(mas.MAS):
    def __init__(self, **where: Any) -> None:
        super().__init__(**where)
        self.statuses: list[tuple[str, dict[str, Any]]] = []
        self.deals: list[tuple[str, dict[str, Any]]] = []

    def receive_order_status(self, order_id: str, status_data: dict[str, Any]) -> None:
        self.statuses.append((order_id, status_data))

    def receive_order_execution(self, order_id: str, execution_data: dict[str, Any]) -> None:
        self.deals.append((order_id, execution_data))


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    one = Host(tmp_path / "server")
    yield one
    one.kill()


def feed(hand: Any, bid: float, ask: float) -> None:
    hand.execute(f"process_terminal({LOGIN['account']}).feed('EURUSD', {bid}, {ask})")


def test_every_deal_once_through_a_killed_and_restarted_terminal(
    host: Host, tmp_path: Path
) -> None:
    client = Client(terminal=f"mt5linux://127.0.0.1:{host.port}", journal=tmp_path / "j.db")
    assert client.login(LOGIN), "logged in over the socket"
    hand = host.by_hand()
    feed(hand, 1.10000, 1.10010)

    # A market order with a stop, and a pending order.
    order = client.send_order(
        {"backtest_toggle": False, "symbol": "EURUSD", "order_type": "buy", "volume": 0.1,
         "sl": 1.0990}
    )  # fmt: skip
    assert order, order
    assert [deal["price"] for _, deal in client.deals] == [1.1001]
    pending = client.send_order(
        {"backtest_toggle": False, "symbol": "EURUSD", "order_type": "buy_limit", "volume": 0.2,
         "price": 1.0985}
    )  # fmt: skip
    assert pending, pending

    # The stop is hit, then the pending order is filled: both without a call of ours.
    feed(hand, 1.0990, 1.0991)
    until(lambda: len(client.deals) == 2)
    assert client.deals[1][1]["reason"] == "sl"
    feed(hand, 1.0984, 1.0985)
    until(lambda: len(client.deals) == 3)
    assert client.deals[2][0] == pending

    # A trade made by hand in the terminal.
    hand.execute("assert mt5.Buy('EURUSD', 0.3).retcode == 10009")
    until(lambda: len(client.deals) == 4)
    assert client.deals[3][1]["volume"] == 0.3

    # The terminal dies and comes back, with its account.
    hand.close()
    host.kill()
    until(lambda: core_of(client).state.connection.status == "lost")
    refused = client.send_order(
        {"backtest_toggle": False, "symbol": "EURUSD", "order_type": "buy", "volume": 0.5}
    )
    assert not refused
    assert "0.5" not in str(client.deals)
    host.start()
    until(lambda: core_of(client).state.connection.status == "connected", 30)
    assert len(client.get_positions()) == 2

    # A trade by hand after the restart arrives; nothing from before arrives again.
    hand = host.by_hand()
    hand.execute(
        f"mt5.initialize(login={LOGIN['account']}, server='MAS-Sim')\n"
        "assert mt5.Sell('GBPUSD', 0.1).retcode == 10009"
    )
    until(lambda: len(client.deals) == 5)
    hand.close()
    core_of(client).refresh()
    tickets = [deal["deal"] for _, deal in client.deals]
    assert len(set(tickets)) == len(tickets) == 5
    held = client.get_order_history({"from": "2000-01-01"})
    assert set(tickets) == {row["ticket"] for row in held if row["order"]}
    client.shutdown_mt5()
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert PASSWORD.encode() not in written
    assert PASSWORD not in repr(client)


DIE_AFTER_DEALING = """
import os
send = mt5.order_send
def order_send(*given):
    send(*given)
    os._exit(9)
mt5.order_send = order_send
"""


def test_an_answer_lost_on_the_way_is_told_as_unknown_and_its_deal_arrives_once(
    host: Host, tmp_path: Path
) -> None:
    """The terminal deals and dies before it answers: nothing is sent again (R214)."""
    client = Client(terminal=f"mt5linux://127.0.0.1:{host.port}", journal=tmp_path / "j.db")
    assert client.login(LOGIN)
    hand = host.by_hand()
    hand.execute(DIE_AFTER_DEALING)
    answer = client.send_order(
        {"backtest_toggle": False, "symbol": "EURUSD", "order_type": "buy", "volume": 0.1}
    )
    assert not answer
    hand.close()
    assert "not known whether it was executed" in str(answer)
    assert client.deals == []
    host.kill()
    host.start()
    until(lambda: len(client.deals) == 1, 30)
    until(lambda: core_of(client).state.connection.status == "connected")
    core_of(client).refresh()
    assert len(client.deals) == 1
    assert [row["volume"] for row in client.get_positions()] == [0.1]
    client.shutdown_mt5()


def test_nobody_there_is_one_line_without_the_password(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    client = Client(terminal=f"mt5linux://127.0.0.1:{port}", journal=tmp_path / "j.db")
    answer = client.login(LOGIN)
    assert not answer
    assert "\n" not in str(answer)
    assert f"mt5linux://127.0.0.1:{port}" in str(answer)
    assert PASSWORD not in str(answer)


def test_a_refused_login_is_one_line(host: Host, tmp_path: Path) -> None:
    client = Client(terminal=f"mt5linux://127.0.0.1:{host.port}", journal=tmp_path / "j.db")
    answer = client.login({**LOGIN, "server": "Nowhere"})
    assert not answer
    assert "77001" in str(answer)
    assert "Authorization failed" in str(answer)
    assert PASSWORD not in str(answer)


def test_a_failed_login_gives_the_terminal_back_and_a_good_one_takes_it(
    host: Host, tmp_path: Path
) -> None:
    """The package on the server has one account at a time, whoever asks."""
    client = Client(terminal=f"mt5linux://127.0.0.1:{host.port}", journal=tmp_path / "j.db")
    assert client.login(LOGIN)
    order = {"backtest_toggle": False, "symbol": "EURUSD", "order_type": "buy", "volume": 0.1}
    assert client.send_order(order)
    assert "Authorization failed" in str(client.login({**LOGIN, "server": "Nowhere"}))
    assert core_of(client).state.connection.login == LOGIN["account"]
    assert client.get_account_info()["login"] == LOGIN["account"]
    assert client.send_order(order)
    assert client.login({**LOGIN, "account": 77002})
    assert client.get_account_info()["login"] == 77002
    assert client.get_positions() == []
    core_of(client).refresh()
    assert len(client.deals) == 2
    looking = [thread for thread in threading.enumerate() if thread.name == "mas-watch"]
    assert len(looking) == 1, "the session before has ended"
    assert client.send_order(order)
    assert len(client.deals) == 3
    assert client.login(LOGIN)
    assert len(client.get_positions()) == 2
    client.shutdown_mt5()
