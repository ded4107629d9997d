"""A terminal is found by its URL: argument, environment, configuration file, the usual one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import mas
from mas import mt5
from mas.connect import open_link, resolve
from mas.core import core_of
from mas.errors import NotConnectedError, ParamError
from mas.sim import reset_process_terminals

CONFIG = """
terminal = "home"
[terminals.home]
url = "mt5linux://127.0.0.1:1"
[terminals.broker]
url = "mt5linux://127.0.0.1:2"
servers = ["Broker-Live"]
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MAS_HOME", str(tmp_path))
    monkeypatch.delenv("MAS_TERMINAL", raising=False)
    return tmp_path


def test_without_anything_the_server_decides() -> None:
    assert resolve(None, "MAS-Sim") == "sim:"
    assert resolve(None, "Broker-Live") == "native:"


def test_the_order_in_which_a_terminal_is_looked_for(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "config.toml").write_text(CONFIG)
    assert resolve(None, "MAS-Sim") == "sim:"
    assert resolve(None, "Elsewhere") == "mt5linux://127.0.0.1:1"
    assert resolve(None, "Broker-Live") == "mt5linux://127.0.0.1:2"
    monkeypatch.setenv("MAS_TERMINAL", "native:")
    assert resolve(None, "Broker-Live") == "native:"
    assert resolve("broker", "MAS-Sim") == "mt5linux://127.0.0.1:2"
    assert resolve("sim:", "Broker-Live") == "sim:"


def test_a_wrong_url_says_what_there_is(home: Path) -> None:
    (home / "config.toml").write_text(CONFIG)
    with pytest.raises(ParamError, match="one of sim:, native:, mt5linux:, broker, home, was"):
        resolve("ftp://x", "Broker")


@pytest.mark.parametrize("text", ["terminal = ", "[terminals.x]\nport = 5", "terminals = 5"])
def test_a_broken_configuration_file_is_named(home: Path, text: str) -> None:
    (home / "config.toml").write_text(text)
    with pytest.raises(ParamError, match=r"config\.toml") as caught:
        resolve(None, "Broker")
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="the package may be there")
def test_without_the_package_native_says_what_to_do() -> None:
    client = mas.MAS()
    answer = client.login({"account": 5, "password": "hunter22", "server": "Broker-Live"})
    assert not answer
    for words in ("tried native:", "Windows only", "mt5linux://host:port", "MAS-Sim"):
        assert words in str(answer)
    assert "hunter22" not in str(answer)


def test_the_official_package_is_used_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulated module stands in its place: it has the same surface."""
    monkeypatch.setitem(sys.modules, "MetaTrader5", mt5)
    client = mas.MAS(terminal="native:")
    assert client.login({"account": 4711, "password": "x", "server": "MAS-Sim"})
    order = client.send_order(
        {"backtest_toggle": False, "symbol": "EURUSD", "order_type": "buy", "volume": 0.1}
    )
    assert order
    assert [row["ticket"] for row in client.get_positions()] == [int(order)]
    client.shutdown_mt5()
    reset_process_terminals()
    mt5._process.terminal = None


def test_a_refused_login_is_one_line_without_the_password() -> None:
    with pytest.raises(NotConnectedError) as caught:
        open_link("sim:", login=5, password="hunter22", server="Nowhere", timeout_ms=1000)
    text = str(caught.value)
    assert "account 5" in text
    assert "'Nowhere'" in text
    assert "Authorization failed" in text
    assert "hunter22" not in text
    reset_process_terminals()


def test_an_own_seed_and_clock_make_the_same_quotes_and_tickets() -> None:
    seen = []
    for _ in range(2):
        client = mas.MAS(terminal="sim:?seed=9&at=2026-01-05T10:00:00&balance=500")
        assert client.login({"account": 5, "password": "x", "server": "MAS-Sim"})
        order = client.send_order(
            {"backtest_toggle": False, "symbol": "EURUSD", "order_type": "buy", "volume": 0.1}
        )
        seen.append((order, core_of(client).tick("EURUSD"), client.get_account_info()))
        client.shutdown_mt5()
        reset_process_terminals()
    assert seen[0] == seen[1]
    assert seen[0][2]["balance"] == 500.0


def test_a_logout_leaves_the_account_to_other_processes() -> None:
    """Two clients hold it; with the second gone another process may log in."""
    code = (
        "import mas; client = mas.MAS(); "
        "answer = client.login({'account': 31, 'password': 'x', 'server': 'MAS-Sim'}); "
        "print(bool(answer), str(answer)); client.shutdown_mt5()"
    )

    def elsewhere() -> str:
        return subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout

    login = {"account": 31, "password": "x", "server": "MAS-Sim"}
    one, two = mas.MAS(), mas.MAS(name="two")
    assert one.login(login)
    assert two.login(login)
    one.shutdown_mt5()
    assert "open in another notebook" in elsewhere()
    two.shutdown_mt5()
    assert elsewhere().startswith("True")
    assert mt5.initialize(login=31, server="MAS-Sim")
    assert elsewhere().startswith("False")
    mt5.shutdown()
    assert elsewhere().startswith("True")
    assert mt5.initialize(), "the last account again"
    assert mt5.account_info().login == 31
    mt5.shutdown()
    mt5._process.last = 0


def test_an_account_with_a_market_of_its_own_does_not_stay() -> None:
    """After ``sim:?seed=`` the stored account of that number is the stored one again."""
    login = {"account": 32, "password": "x", "server": "MAS-Sim"}
    client = mas.MAS()
    for url, balance in (("sim:", 10_000.0), ("sim:?seed=5&balance=77", 77.0), ("sim:", 10_000.0)):
        core_of(client).use_terminal(url)
        assert client.login(login)
        assert client.get_account_info()["balance"] == balance
    client.shutdown_mt5()


def test_real_trading_hours_are_a_setting() -> None:
    """On a Sunday the paper market is open, unless it is to keep the hours of a real one."""
    order = {"backtest_toggle": False, "symbol": "EURUSD", "order_type": "buy", "volume": 0.1}
    client = mas.MAS()
    for hours, retcode in (("always", 10009), ("market", 10018)):
        core_of(client).use_terminal(f"sim:?at=2026-01-04T10:00&hours={hours}")
        assert client.login({"account": 33, "password": "x", "server": "MAS-Sim"})
        assert core_of(client).place(order).retcode == retcode
    client.shutdown_mt5()
    core_of(client).use_terminal("sim:?hours=never")
    with pytest.raises(ParamError, match="hours must be one of always, market, was 'never'"):
        client.login({"account": 33, "password": "x", "server": "MAS-Sim"})
