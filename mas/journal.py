"""The durable memory of a client: intents before they are sent, answers, executions, deliveries.

SQLite in WAL mode with ``synchronous=NORMAL``: a commit survives the death of the process; the
last few may be lost when the machine loses power, and are then found again at the terminal, whose
deals are compared with the journal at every login. No password ever comes here.
"""

from __future__ import annotations

import sqlite3
import threading
import weakref
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import msgspec
from filelock import FileLock

from mas import config
from mas.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from mas.events import Execution

SCHEMA = """
CREATE TABLE IF NOT EXISTS session (
    id INTEGER PRIMARY KEY, server TEXT NOT NULL, login INTEGER NOT NULL, consumer TEXT NOT NULL,
    opened INTEGER NOT NULL, closed INTEGER);
CREATE INDEX IF NOT EXISTS session_who ON session (server, login, consumer);
CREATE TABLE IF NOT EXISTS intent (
    id INTEGER PRIMARY KEY, session INTEGER NOT NULL REFERENCES session, time INTEGER NOT NULL,
    request BLOB NOT NULL, retcode INTEGER, order_ticket INTEGER, executions BLOB);
CREATE TABLE IF NOT EXISTS execution (
    server TEXT NOT NULL, login INTEGER NOT NULL, consumer TEXT NOT NULL, deal INTEGER NOT NULL,
    fact TEXT, delivered INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (server, login, consumer, deal)) WITHOUT ROWID;
"""

TURN = 10.0
"""Seconds to wait for other processes that open or close the journal."""

_encode = msgspec.json.Encoder().encode


class Journal:
    """One journal file, or one in memory.

    Parameters
    ----------
    path : str or Path or None
        The file; ``":memory:"`` keeps nothing; None is ``journal.db`` in the user's data folder.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        where = config.data_dir() / "journal.db" if path is None else path
        # Autocommit: each statement is one durable step, and a batch says BEGIN itself.
        self._db = sqlite3.connect(
            where, check_same_thread=False, isolation_level=None, timeout=10.0
        )
        self._closed = weakref.finalize(self, self._db.close)
        self._closed.atexit = False  # threads may still write while the process ends
        self._lock = threading.Lock()
        # SQLite waits for no lock while a file changes to or from WAL, so processes that open or
        # close the journal at the same moment wait for each other here.
        self._turn: AbstractContextManager[object] = nullcontext()
        if str(where) != ":memory:":
            self._turn = FileLock(f"{where}.lock", timeout=TURN)
        with self._lock, self._turn:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(SCHEMA)

    def open_session(self, server: str, login: int, consumer: str) -> JournalSession:
        """Begin the record of one client on one account."""
        return JournalSession(self, server, login, consumer)

    def close(self) -> None:
        """Close the file; a journal that nobody closes does it when it is no longer used."""
        with self._lock, self._turn:
            self._closed()

    def execute(self, sql: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement as a step of its own and return its rows."""
        with self._lock:
            return self._db.execute(sql, tuple(values)).fetchall()

    def insert(self, sql: str, values: Iterable[Any]) -> int:
        """Run one INSERT and return the number of its row."""
        with self._lock:
            return int(self._db.execute(sql, tuple(values)).lastrowid or 0)

    def together(self, steps: list[tuple[str, tuple[Any, ...]]]) -> None:
        """Run several statements as one step, all or none."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                for sql, values in steps:
                    self._db.execute(sql, values)
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


class JournalSession:
    """What one client on one account is about to do, has done, and has been told."""

    def __init__(self, journal: Journal, server: str, login: int, consumer: str) -> None:
        self._journal = journal
        self._who = (server, login, consumer)
        self._clock = SystemClock()
        self._told: list[int] = []
        self._crashed = self._last_unclosed()
        self._id = journal.insert(
            "INSERT INTO session (server, login, consumer, opened) VALUES (?, ?, ?, ?)",
            (*self._who, self._clock.now_ms()),
        )

    def close(self) -> None:
        """Mark the session as ended on purpose: what comes later is not for the next one."""
        self.flush()
        self._journal.execute(
            "UPDATE session SET closed = ? WHERE server = ? AND login = ? AND consumer = ?"
            " AND closed IS NULL",
            (self._clock.now_ms(), *self._who),
        )

    def intent(self, request: Mapping[str, Any]) -> int:
        """Write down a request before it is sent; return its number."""
        return self._journal.insert(
            "INSERT INTO intent (session, time, request) VALUES (?, ?, ?)",
            (self._id, self._clock.now_ms(), _encode(request)),
        )

    def answered(
        self, intent: int, retcode: int, order: int, executions: Iterable[Execution] = ()
    ) -> None:
        """Write down the answer to a request and its executions, in one step."""
        facts = _encode([execution.as_fact() for execution in executions])
        self._journal.execute(
            "UPDATE intent SET retcode = ?, order_ticket = ?, executions = ? WHERE id = ?",
            (retcode, order, facts, intent),
        )

    def unanswered(self) -> list[dict[str, Any]]:
        """Return the requests of this client on this account whose answer never came."""
        rows = self._journal.execute(
            "SELECT intent.id, intent.time, request FROM intent JOIN session ON"
            " session.id = intent.session WHERE retcode IS NULL AND server = ? AND login = ?"
            " AND consumer = ? ORDER BY intent.id",
            self._who,
        )
        return [
            {"id": number, "time_msc": time, "request": msgspec.json.decode(request)}
            for number, time, request in rows
        ]

    def record(self, executions: Iterable[Execution]) -> None:
        """Write down executions before they are told."""
        self._journal.together([self._row(execution) for execution in executions])

    def _row(self, execution: Execution) -> tuple[str, tuple[Any, ...]]:
        sql = (
            "INSERT OR IGNORE INTO execution (server, login, consumer, deal, fact)"
            " VALUES (?, ?, ?, ?, ?)"
        )
        return sql, (*self._who, execution.deal, _encode(execution.as_fact()))

    def mark_delivered(self, deal: int) -> None:
        """Note that the client was told of a deal; :meth:`flush` writes it down.

        Not at once, for that would cost every order a write. A process that dies in between is
        told again at its next login, with the same deal ticket: rather twice than never.
        """
        self._told.append(deal)

    def flush(self) -> None:
        """Write down of which deals the client was told."""
        told, self._told = self._told, []
        if told:
            self.known(told)

    def known(self, deals: Iterable[int]) -> None:
        """Write down deals that the client need not be told of, for they came before it."""
        sql = (
            "INSERT INTO execution (server, login, consumer, deal, delivered)"
            " VALUES (?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET delivered = 1"
        )
        self._journal.together([(sql, (*self._who, deal)) for deal in deals])

    def crashed_since(self) -> int | None:
        """Return when the previous session began, in ms, if it never ended on purpose."""
        return self._crashed

    def missed(self, deals: Iterable[int]) -> set[int]:
        """Return those of the deals that a session which crashed has not been told of."""
        if self._crashed is None:
            return set()
        told = self._journal.execute(
            "SELECT deal FROM execution WHERE server = ? AND login = ? AND consumer = ?"
            " AND delivered = 1",
            self._who,
        )
        return set(deals) - {row[0] for row in told}

    def _last_unclosed(self) -> int | None:
        rows = self._journal.execute(
            "SELECT min(opened) FROM session WHERE server = ? AND login = ? AND consumer = ?"
            " AND closed IS NULL",
            self._who,
        )
        opened: int | None = rows[0][0]
        return opened
