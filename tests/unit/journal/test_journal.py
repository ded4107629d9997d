"""The durable memory: intents before they are sent, each deal once, also after a crash."""

from __future__ import annotations

import gc
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from mas.events import Execution
from mas.journal import Journal
from mas.sim.store import AccountStore

WHO = ("Broker", 7, "client")


def execution(deal: int) -> Execution:
    return Execution(
        deal=deal, order=1, position=1, symbol="EURUSD", type="buy", entry="in", reason="expert",
        price=1.1, volume=0.1, time_msc=0,
    )  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def test_an_intent_stays_open_until_it_is_answered(path: Path) -> None:
    journal = Journal(path)
    session = journal.open_session(*WHO)
    first = session.intent({"symbol": "EURUSD"})
    second = session.intent({"symbol": "GBPUSD"})
    session.answered(first, 10009, 55, [execution(1)])
    assert [one["request"]["symbol"] for one in session.unanswered()] == ["GBPUSD"]
    session.answered(second, 10019, 0)
    assert session.unanswered() == []
    session.close()
    journal.close()


def test_after_a_clean_end_nothing_is_missed(path: Path) -> None:
    journal = Journal(path)
    session = journal.open_session(*WHO)
    session.known([1, 2])
    session.close()
    again = journal.open_session(*WHO)
    assert again.crashed_since() is None
    assert again.missed([1, 2, 3]) == set()
    again.close()
    journal.close()


def test_after_a_crash_only_what_was_not_delivered_is_missed(path: Path) -> None:
    journal = Journal(path)
    session = journal.open_session(*WHO)
    session.known([1, 2])
    session.record([execution(3), execution(4)])
    session.mark_delivered(3)
    session.flush()
    journal.close()  # no end of the session: as if the process had died
    journal = Journal(path)
    again = journal.open_session(*WHO)
    assert again.crashed_since() is not None
    assert again.missed([1, 2, 3, 4, 5]) == {4, 5}
    again.close()
    journal.close()


def test_clients_and_accounts_are_apart(path: Path) -> None:
    journal = Journal(path)
    crashed = journal.open_session(*WHO)
    crashed.known([1])
    for who in (("Broker", 7, "other"), ("Broker", 8, "client"), ("Else", 7, "client")):
        session = journal.open_session(*who)
        assert session.crashed_since() is None
        session.close()
    journal.close()


KILLED = """
import os, signal, sys
from mas.journal import Journal
session = Journal(sys.argv[1]).open_session("Broker", 7, "client")
number = session.intent({"symbol": "EURUSD"})
session.known([1])
print("written", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is not there")
def test_what_was_written_survives_the_death_of_the_process(path: Path) -> None:
    died = subprocess.run(
        [sys.executable, "-c", KILLED, str(path)], capture_output=True, text=True, check=False
    )
    assert died.stdout == "written\n"
    assert died.returncode == -signal.SIGKILL
    journal = Journal(path)
    session = journal.open_session(*WHO)
    assert [one["request"] for one in session.unanswered()] == [{"symbol": "EURUSD"}]
    assert session.missed([1, 2]) == {2}
    session.close()
    journal.close()


def test_two_processes_may_write_at_once(path: Path) -> None:
    code = (
        "import sys; from mas.journal import Journal\n"
        "session = Journal(sys.argv[1]).open_session('Broker', 7, sys.argv[2])\n"
        "for n in range(200): session.answered(session.intent({'n': n}), 10009, n)\n"
        "session.close()"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(path), name], env={**os.environ})
        for name in ("one", "two")
    ]
    assert [process.wait(timeout=60) for process in running] == [0, 0]
    journal = Journal(path)
    assert journal.execute("SELECT count(*) FROM intent WHERE retcode = 10009") == [(400,)]
    journal.close()


@pytest.mark.parametrize("make", [Journal, AccountStore])
def test_what_nobody_closes_closes_itself(path: Path, make: type[Journal | AccountStore]) -> None:
    """Python 3.13 warns of a connection that is left open, and a warning is an error here."""
    forgotten = make(path)
    connection = forgotten._db
    del forgotten
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")
