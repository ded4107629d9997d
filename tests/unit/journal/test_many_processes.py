"""Several processes open one journal at the same moment, as notebooks that start together do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

OPEN = """
import sys, time
from mas.journal import Journal
at = float(sys.argv[2])
for number in range(20):
    while time.time() < at + number * 0.05:
        pass
    journal = Journal(f"{sys.argv[1]}/{number}.db")
    journal.open_session("MAS-Sim", 1, "client").intent({"action": 1})
    journal.close()
"""


def test_all_of_them_can(tmp_path: Path) -> None:
    import time

    at = str(time.time() + 1.5)
    command = [sys.executable, "-c", OPEN, str(tmp_path), at]
    running = [
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]  # fmt: skip
    errors = [one.communicate(timeout=60)[1] for one in running]
    assert [one.returncode for one in running] == [0, 0, 0, 0], errors
