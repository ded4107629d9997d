"""A terminal that another distribution brings: from its URL to an order dealt there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

OPENER = '''
from mas.clock import ManualClock
from mas.sim import SimSettings, SimTerminal
from mas.terminal.link import TerminalLink


def open_terminal(url, login):
    """Another broker: an account in AUD, with a link of its own thread."""
    terminal = SimTerminal(
        SimSettings(currency="AUD", login=login, server="Other"), clock=ManualClock("2026-01-05")
    )
    return TerminalLink(terminal)
'''
USE = """
import mas

class Client(mas):
    def receive_order_execution(self, order_id, data):
        print("executed", data["symbol"], data["volume"])

client = Client(terminal="otherbroker://somewhere")
print("login", client.login({"account": 77, "password": "p", "server": "Other"}))
print(client.get_account_info({"backtest_toggle": False})["currency"])
sent = client.send_order(
    {"symbol": "EURUSD", "order_type": "buy", "volume": 0.1, "backtest_toggle": False}
)
print("sent", bool(sent))
client.shutdown_mt5()
"""


def run(folder: Path, function: str) -> subprocess.CompletedProcess[str]:
    (folder / "otherbroker.py").write_text(OPENER, encoding="utf-8")
    info = folder / "otherbroker-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: otherbroker\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[mas.terminals]\notherbroker = otherbroker:{function}\n"
    )
    path = os.pathsep.join([str(folder), str(Path.cwd()), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-c", USE], capture_output=True, text=True, check=False, timeout=100,
        env={**os.environ, "PYTHONPATH": path, "MAS_HOME": str(folder / "home")},
    )  # fmt: skip


def test_an_order_is_dealt_at_a_registered_terminal(tmp_path):
    done = run(tmp_path, "open_terminal")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:4] == ["login True", "AUD", "executed EURUSD 0.1", "sent True"]


def test_a_terminal_that_cannot_be_loaded_is_named(tmp_path):
    done = run(tmp_path, "gone")
    assert "the terminal 'otherbroker' (otherbroker:gone) cannot be loaded" in done.stderr
    assert "terminal must be one of sim:, native:, mt5linux:, was 'otherbroker://somewhere'" in (
        done.stdout + done.stderr
    )
    assert "executed" not in done.stdout
