"""What a journal file says to whoever reads it afterwards: another process, or SQLite by hand."""

from __future__ import annotations

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock, Timeout

from mas import config
from mas.clock import SystemClock
from mas.events import Execution
from mas.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WHO = ("Broker", 7, "client")


def execution(deal: int, price: float = 1.1) -> Execution:
    return Execution(
        deal=deal, order=5, position=3, symbol="EURUSD", type="buy", entry="in", reason="expert",
        price=price, volume=0.1, time_msc=1_700_000_000_123,
    )  # fmt: skip


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path / "journal.db")) as opened:
        yield opened


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as reader:
        return reader.execute(sql).fetchall()


def test_a_life_is_written_with_every_field(tmp_path: Path, journal: Journal) -> None:
    before = SystemClock().now_ms()
    session = journal.open_session(*WHO)
    number = session.intent({"symbol": "EURUSD", "sl": 1.05})
    session.record([execution(11), execution(12)])
    session.answered(number, 10009, 55, [execution(11)])
    session.mark_delivered(11)
    session.close()
    after = SystemClock().now_ms()

    path = tmp_path / "journal.db"
    ((first, *who, opened, closed),) = rows(path, "SELECT * FROM session")
    assert tuple(who) == WHO
    assert before <= opened <= closed <= after
    ((row, of, time, request, retcode, order, facts),) = rows(path, "SELECT * FROM intent")
    assert (row, of, retcode, order) == (number, first, 10009, 55)
    assert opened <= time <= closed
    assert json.loads(request) == {"symbol": "EURUSD", "sl": 1.05}
    assert json.loads(facts) == [execution(11).as_fact()]
    told, untold = rows(path, "SELECT * FROM execution ORDER BY deal")
    assert told[:4] == (*WHO, 11)
    assert json.loads(told[4]) == execution(11).as_fact()
    assert untold[:4] == (*WHO, 12)
    assert (told[5], untold[5]) == (1, 0), "only what the client was told of counts as told"


def test_a_deal_is_written_once_and_keeps_what_was_said_of_it(
    tmp_path: Path, journal: Journal
) -> None:
    session = journal.open_session(*WHO)
    session.record([execution(1)])
    session.known([1])
    session.record([execution(1, price=9.9)])  # reported again
    ((*_, fact, delivered),) = rows(tmp_path / "journal.db", "SELECT * FROM execution")
    assert json.loads(fact)["price"] == 1.1
    assert delivered == 1


def test_deals_of_one_number_on_several_accounts_are_several(journal: Journal) -> None:
    mine, other = journal.open_session(*WHO), journal.open_session("Broker", 8, "client")
    third = journal.open_session("Broker", 7, "other")
    for session in (mine, other, third):
        session.record([execution(1)])
    mine.known([1])
    # All three crash. Each is asked anew what it has missed.
    assert journal.open_session(*WHO).missed([1]) == set()
    assert journal.open_session("Broker", 8, "client").missed([1]) == {1}
    assert journal.open_session("Broker", 7, "other").missed([1]) == {1}


def test_open_requests_come_in_the_order_they_were_made_and_are_the_clients_own(
    journal: Journal,
) -> None:
    session = journal.open_session(*WHO)
    numbers = [session.intent({"n": n}) for n in range(12)]
    for other in (("Broker", 8, "client"), ("Else", 7, "client"), ("Broker", 7, "other")):
        journal.open_session(*other).intent({"n": "not mine"})
    session.answered(numbers[3], 10009, 1)
    open_ones = journal.open_session(*WHO).unanswered()  # as after a crash
    assert [(ask["id"], ask["request"]["n"]) for ask in open_ones] == [
        (numbers[n], n) for n in range(12) if n != 3
    ]
    (time,) = {ask["time_msc"] // 60_000 for ask in open_ones}
    assert time == pytest.approx(SystemClock().now_ms() // 60_000, abs=1)


def test_crashes_count_from_the_first_until_a_clean_end(tmp_path: Path, journal: Journal) -> None:
    journal.open_session(*WHO)
    journal.execute("UPDATE session SET opened = 1000")
    second = journal.open_session(*WHO)
    assert second.crashed_since() == 1000
    third = journal.open_session(*WHO)
    assert third.crashed_since() == 1000
    journal.open_session("Broker", 8, "client")
    third.close()
    assert journal.open_session(*WHO).crashed_since() is None
    assert journal.open_session("Broker", 8, "client").crashed_since() is not None


def test_the_end_of_a_session_is_kept(tmp_path: Path, journal: Journal) -> None:
    first = journal.open_session(*WHO)
    first.close()
    journal.execute("UPDATE session SET closed = 2000")
    journal.open_session(*WHO).close()
    closed = [row[0] for row in rows(tmp_path / "journal.db", "SELECT closed FROM session")]
    assert closed[0] == 2000
    assert closed[1] > 2000


def test_steps_that_belong_together_are_all_done_or_none(tmp_path: Path, journal: Journal) -> None:
    session = journal.open_session(*WHO)
    good = ("INSERT INTO intent (session, time, request) VALUES (1, 1, '{}')", ())
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        journal.together([good, ("INSERT INTO missing VALUES (1)", ())])
    assert session.unanswered() == []
    journal.together([good, good])  # no transaction was left open
    assert len(rows(tmp_path / "journal.db", "SELECT * FROM intent")) == 2


def test_a_session_is_used_from_the_threads_of_a_client(journal: Journal) -> None:
    session = journal.open_session(*WHO)

    def write(number: int) -> None:
        session.answered(session.intent({"n": number}), 10009, number)
        session.record([execution(number)])

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(write, range(150)))
    assert session.unanswered() == []


def test_the_file_is_kept_where_the_settings_say_and_is_given_back(mas_home: Path) -> None:
    journal = Journal()
    assert journal.execute("PRAGMA synchronous") == [(1,)], "NORMAL: a commit is in the log"
    journal.open_session(*WHO)
    journal.close()
    path = config.data_dir() / "journal.db"
    assert mas_home in path.parents
    assert rows(path, "PRAGMA journal_mode") == [("wal",)]
    assert rows(path, "SELECT login FROM session") == [(7,)]
    with pytest.raises(sqlite3.ProgrammingError):
        journal.execute("SELECT 1")


def test_one_in_memory_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    journal = Journal(":memory:")
    journal.open_session(*WHO).intent({})
    journal.close()
    assert [path.name for path in tmp_path.iterdir() if path.name != "mas-home"] == []


def test_a_journal_that_nobody_lets_go_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mas.journal.TURN", 0.02)
    with FileLock(tmp_path / "journal.db.lock"), pytest.raises(Timeout):
        Journal(tmp_path / "journal.db")
