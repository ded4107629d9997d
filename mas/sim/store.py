"""The file of a simulated account: SQLite, written in the call that changed it.

Each object is one row of JSON; only changed ones are written, in one transaction. A lock file
keeps a second process away, for two brokers of one account would lose deals.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import msgspec
from filelock import FileLock, Timeout

from mas.errors import NotConnectedError
from mas.sim.account import Account, Order, Position
from mas.terminal.types import TradeDeal

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS thing (kind TEXT, ticket INTEGER, content TEXT,
    PRIMARY KEY (kind, ticket)) WITHOUT ROWID;
"""


_encode = msgspec.json.Encoder().encode


class Store:
    """Keeps one account in one file.

    Raises
    ------
    NotConnectedError
        Another process has the account open.
    """

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(f"{path}.lock")
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise NotConnectedError(
                f"the paper account in {path} is open in another notebook or process; "
                "close it there, or log in to another account number"
            ) from None
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # The lock file keeps others away, so SQLite need not look for them at each step.
        self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)

    def load(self, login: int) -> tuple[Account, dict[str, Any]] | None:
        """Return the account and its circumstances, None when the file is new."""
        rows = self._db.execute("SELECT kind, ticket, content FROM thing ORDER BY kind, ticket")
        kinds: dict[str, list[Any]] = {"order": [], "position": [], "deal": [], "account": []}
        for kind, _, content in rows:
            kinds[kind].append(msgspec.json.decode(content))
        if not kinds["account"]:
            return None
        about = kinds["account"][0]
        account = Account(login, about["balance"], about["next_order"], about["next_deal"])
        for fields in kinds["order"]:
            order = Order(**fields)
            place = account.history if order.time_done_msc else account.orders
            place[order.ticket] = order
        for fields in kinds["position"]:
            position = Position(**fields)
            account.positions[position.ticket] = position
        for fields in kinds["deal"]:
            account.index(TradeDeal(*fields))
        return account, about

    def save(self, account: Account, now: int, settings: dict[str, Any]) -> None:
        """Write what has changed, all or nothing."""
        changed, gone = [], []
        newest = {deal.ticket: deal for deal in account.deals[-len(account.changed) :]}
        for kind, ticket in account.changed:
            thing = _thing(account, newest, kind, ticket)
            if thing is None:
                gone.append((kind, ticket))
            else:
                changed.append((kind, ticket, _encode(thing)))
        about = {
            "balance": account.balance,
            "next_order": account.next_order,
            "next_deal": account.next_deal,
            "now": now,
            "settings": settings,
        }
        changed.append(("account", 0, _encode(about)))
        self._db.execute("BEGIN IMMEDIATE")
        try:
            if gone:
                self._db.executemany("DELETE FROM thing WHERE kind = ? AND ticket = ?", gone)
            self._db.executemany("INSERT OR REPLACE INTO thing VALUES (?, ?, ?)", changed)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        account.changed.clear()

    def close(self) -> None:
        """Close the file and let others open it."""
        self._db.close()
        self._lock.release()


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
    return {name: getattr(thing, name) for name in thing.__slots__}
