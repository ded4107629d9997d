"""The file of a simulated account: SQLite, written in the call that changed it.

Each call that changes something appends one row with all that it changed, so a row is there whole
or not at all. Opening the file plays the rows back; a long file is then folded into one row. A
lock file keeps a second process away, for two brokers of one account would lose deals.
"""

from __future__ import annotations

import sqlite3
import weakref
from typing import TYPE_CHECKING, Any

import msgspec
from filelock import FileLock, Timeout

from mas.errors import NotConnectedError
from mas.history.serverclock import offset_name
from mas.sim.account import Account
from mas.sim.holdings import Order, Position
from mas.terminal.types import TradeDeal
from mas.timeunits import HOUR_MS, MINUTE_MS, Ms

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = "CREATE TABLE IF NOT EXISTS change (id INTEGER PRIMARY KEY, content BLOB NOT NULL)"
FOLDED = 1000
"""Rows above which a file is folded into one when it is opened."""

VERSION = 2
ABOUT = ("balance", "credit", "next_order", "next_deal", "commission_due", "closed")
"""Fields of the account itself."""

MOMENTS = ("time_setup_msc", "time_done_msc", "expiration", "ends", "time_msc", "time_update_msc")
"""Fields of orders and positions that are times, ms."""
DEAL_TIME = TradeDeal._fields.index("time")

_encode = msgspec.json.Encoder().encode


class AccountStore:
    """Keeps one account in one file.

    Raises
    ------
    NotConnectedError
        Another process has the account open.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(f"{path}.lock")
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise NotConnectedError(
                f"the paper account in {path} is open in another notebook or process; "
                "close it there, or log in to another account number"
            ) from None
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._closed = weakref.finalize(self, self._db.close)
        self._closed.atexit = False  # threads may still write while the process ends
        # The lock file keeps others away, so SQLite need not look for them at each step.
        self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(SCHEMA)

    def load(self, login: int) -> tuple[Account, dict[str, Any]] | None:
        """Return the account and its circumstances, None when the file is new."""
        things: dict[tuple[str, int], Any] = {}
        rows = 0
        for (content,) in self._db.execute("SELECT content FROM change ORDER BY id"):
            rows += 1
            for kind, ticket, thing in msgspec.json.decode(content):
                if thing is None:
                    things.pop((kind, ticket), None)
                else:
                    things[kind, ticket] = thing
        if not rows:
            return None
        about = things["account", 0]
        if about.get("version") != VERSION:
            self.close()
            raise NotConnectedError(
                f"the paper account in {self._path} is of another version of this package; "
                "move the file away, or log in to another account number"
            )
        if _in_utc(things, about) or rows > FOLDED:
            self._fold(things)
        account = Account(login, **{name: about[name] for name in ABOUT})
        finished = sorted(
            things.items(), key=lambda entry: (entry[0][0], _done_at(*entry), entry[0][1])
        )
        for (kind, _), thing in finished:
            _restore(account, kind, thing)
        account.changed = set()
        return account, about

    def save(self, account: Account, now: Ms, settings: dict[str, Any]) -> None:
        """Append what has changed, in one row."""
        changed = account.changed or set()
        newest = {deal.ticket: deal for deal in account.deals[-len(changed) :]}
        about = {
            **{name: getattr(account, name) for name in ABOUT},
            "version": VERSION,
            "now": now,
            "settings": settings,
        }
        change = [(kind, ticket, _thing(account, newest, kind, ticket)) for kind, ticket in changed]
        content = _encode([*change, ("account", 0, about)])
        self._db.execute("INSERT INTO change (content) VALUES (?)", (content,))
        changed.clear()

    def _fold(self, things: dict[tuple[str, int], Any]) -> None:
        """Replace all rows by one that says the same."""
        content = _encode([(kind, ticket, thing) for (kind, ticket), thing in things.items()])
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.execute("DELETE FROM change")
            self._db.execute("INSERT INTO change (content) VALUES (?)", (content,))
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def close(self) -> None:
        """Close the file and let others open it."""
        self._closed()
        self._lock.release()


def _in_utc(things: dict[tuple[str, int], Any], about: dict[str, Any]) -> bool:
    """Turn the times of a file that kept server time into UTC, and tell whether any changed."""
    hours = about["settings"].pop("server_offset_hours", None)
    if hours is None:
        return False
    ahead = round(hours * HOUR_MS)
    about["settings"]["server_zone"] = offset_name(ahead // MINUTE_MS)
    about["now"] -= ahead
    for (kind, _), thing in things.items():
        if kind == "deal":
            thing[DEAL_TIME] -= ahead // 1000
            thing[DEAL_TIME + 1] -= ahead
        for name in MOMENTS if kind in {"order", "position"} else ():
            if thing.get(name):
                thing[name] -= ahead
    return bool(ahead)


def _restore(account: Account, kind: str, thing: Any) -> None:
    """Put one object back where it was."""
    if kind == "order":
        order = Order(**thing)
        account.file(order) if order.time_done_msc else account.place(order)
    elif kind == "position":
        account.open(Position(**thing))
    elif kind == "deal":
        account.deals.append(TradeDeal(*thing))


def _done_at(key: tuple[str, int], thing: Any) -> int:
    """Return when an order was finished, for the history is in that order."""
    return int(thing["time_done_msc"]) if key[0] == "order" else 0


def _thing(account: Account, deals: dict[int, TradeDeal], kind: str, ticket: int) -> Any:
    """Return what is written of an object, None when it is gone."""
    if kind == "deal":
        return deals[ticket]
    if kind == "position":
        position = account.positions.get(ticket)
        return _fields(position) if position is not None else None
    order = account.orders.get(ticket) or account.history.get(ticket)
    return _fields(order) if order is not None else None


def _fields(thing: Order | Position) -> dict[str, Any]:
    """Return the fields of a flat object; ``asdict`` would copy them deeply, ten times slower."""
    return {name: getattr(thing, name) for name in thing.__dataclass_fields__}
