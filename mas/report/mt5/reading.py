"""Reads a tester report as MetaTrader saves it, by position, whatever its language.

What counts is the shape: rows of 13 cells that begin with a time are deals, of 11 orders, bold
values beside their words are settings and statistics in the order of the report (R244).
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mas.errors import DataError
from mas.report.mt5.facts import (
    BALANCE,
    BUY,
    IN,
    INOUT,
    OUT,
    OUT_BY,
    SELL,
    ReportDeal,
    ReportOrder,
    ReportRecord,
)
from mas.report.mt5.layout import NAMES
from mas.report.mt5.stated import stated
from mas.report.mt5.tables import rows_of

if TYPE_CHECKING:
    from mas.report.mt5.tables import Rows

TIME = re.compile(r"\d{4}[.\-/]\d\d[.\-/]\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?$")
DEAL_CELLS, ORDER_CELLS = 13, 11
VOLUMES = re.compile(r"[\d.,\s]+/[\d.,\s]+$")
LEVERAGE = re.compile(r"1\s*:\s*(\d+)$")
PERIOD = re.compile(r"\d{4}\.\d\d\.\d\d\s*-\s*\d{4}\.\d\d\.\d\d")
SIDES = {BUY, SELL}
CASH = (BALANCE, "credit", "charge", "correction", "bonus", "commission", "interest", "dividend")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KNOWN = "an HTML or XLSX report of MetaTrader 5's Strategy Tester, or a CSV of its deals"
DEALS_CSV = (
    "time", "deal", "symbol", "type", "direction", "volume", "price", "order", "commission",
    "swap", "profit", "balance", "comment",
)  # fmt: skip


def read(path: str | Path) -> ReportRecord:
    """Read a tester report.

    Parameters
    ----------
    path : str or Path
        ``.htm``, ``.html``, ``.xlsx``, or a ``.csv`` of its deals (with one of its orders beside
        it, named alike).

    Raises
    ------
    DataError
        It is none, or a number in it cannot be read.
    """
    where = Path(path).expanduser()
    rows = [_narrowed(row) for row in rows_of(where)]
    if rows and [cell.lower() for cell in rows[0][:2]] == ["time", "deal"]:
        return _from_csv(where, rows)
    deals = [(at, row) for at, row in enumerate(rows, 1) if _timed(row, DEAL_CELLS)]
    orders = [(at, row) for at, row in enumerate(rows, 1) if _timed(row, ORDER_CELLS)]
    if not deals:
        raise DataError(f"has no table of deals; accepted is {KNOWN}", path=str(where))
    head = rows[: (orders or deals)[0][0] - 1]
    return _record(where, head, deals, orders)


def _narrowed(row: list[str]) -> list[str]:
    """Return a row without the columns that an order's volume and end span in a workbook."""
    if len(row) > ORDER_CELLS and VOLUMES.match(row[4]):
        return [cell for at, cell in enumerate(row) if cell or at not in {5, 10}]
    return row


def _timed(row: list[str], cells: int) -> bool:
    """Tell rows of deals and of orders, whose last cell may be missing, from all others."""
    if len(row) not in {cells, cells - 1} or not TIME.match(row[0]):
        return False
    return bool(VOLUMES.match(row[4])) == (cells == ORDER_CELLS)


def _record(
    path: Path, head: Rows, deals: list[tuple[int, list[str]]], orders: list[tuple[int, list[str]]]
) -> ReportRecord:
    dealt = words_read([_deal(path, at, row) for at, row in deals])
    values, found = _settings(head)
    deposit = found.get("deposit") or _first_balance(dealt)
    printed = _statistics(values)
    return ReportRecord(
        deals=tuple(dealt),
        orders=tuple(_order(path, at, row) for at, row in orders),
        deposit=number(deposit) if isinstance(deposit, str) else deposit,
        currency=found.get("currency", "USD"),
        leverage=int(found.get("leverage", "0")),
        expert=found.get("expert", ""),
        symbol=found.get("symbol", ""),
        period=found.get("period", ""),
        company=found.get("company", ""),
        server=found.get("server", ""),
        inputs=tuple(_inputs(head)),
        digits=_digits(deals),
        money_digits=_decimals(deals[0][1][11]),
        printed=printed,
        **stated(printed, number),
    )


# -- cells -----------------------------------------------------------------------------------------


def number(text: str) -> float:
    """Return a number as MetaTrader writes it: ``-1 234.50``, ``1,234.50``, ``1234,50``.

    Raises
    ------
    ValueError
        It is none.
    """
    plain = re.sub(r"[\s'%]", "", text).replace("\u2212", "-")
    if "," in plain:
        single = plain.count(",") == 1 and "." not in plain
        decimal = single and len(plain.rsplit(",", 1)[1]) != 3
        plain = plain.replace(",", "." if decimal else "")
    value = float(plain) if plain else 0.0
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is not a number")
    return value


def moment(text: str) -> int:
    """Return a time in ms, server time as if UTC; 0 for none."""
    parts = [int(one) for one in re.findall(r"\d+", text)]
    if len(parts) < 3:
        return 0
    year, month, day, hour, minute, second, *rest = [*parts, 0, 0, 0][: max(len(parts), 6)]
    span = datetime(year, month, day, hour, minute, second, tzinfo=UTC) - EPOCH
    milliseconds = int(str(rest[0]).ljust(3, "0")[:3]) if rest else 0
    return int(span.total_seconds()) * 1000 + milliseconds


def _decimals(text: str) -> int:
    return len(text.rsplit(".", 1)[1]) if "." in text else 0


def _deal(path: Path, at: int, row: list[str]) -> ReportDeal:
    cells = [*row, ""][:DEAL_CELLS]
    try:
        volume, price = number(cells[5]), number(cells[6])
        commission, swap, profit, balance = (number(one) for one in cells[8:12])
        return ReportDeal(
            moment(cells[0]), int(number(cells[1])), cells[2], cells[3].lower(),
            cells[4].lower(), volume, price, int(number(cells[7])), commission, swap, profit,
            balance, cells[12],
        )  # fmt: skip
    except ValueError as error:
        raise DataError(f"a deal cannot be read: {error}", path=str(path), line=at) from None


def _order(path: Path, at: int, row: list[str]) -> ReportOrder:
    cells = [*row, ""][:ORDER_CELLS]
    first, _, second = cells[4].partition("/")
    try:
        return ReportOrder(
            moment(cells[0]), int(number(cells[1])), cells[2], cells[3].lower(), number(first),
            number(second), cells[5], cells[6], cells[7], moment(cells[8]), cells[9].lower(),
            cells[10],
        )  # fmt: skip
    except ValueError as error:
        raise DataError(f"an order cannot be read: {error}", path=str(path), line=at) from None


def _digits(deals: list[tuple[int, list[str]]]) -> dict[str, int]:
    """Return the digits of the prices of each symbol: the most that are printed."""
    found: dict[str, int] = {}
    for _, row in deals:
        if row[2]:
            found[row[2]] = max(found.get(row[2], 0), _decimals(row[6]))
    return found


def _first_balance(deals: list[ReportDeal]) -> float:
    first = deals[0]
    return first.balance if not first.direction else first.balance - first.net


# -- words in other languages ----------------------------------------------------------------------


def words_read(deals: list[ReportDeal]) -> list[ReportDeal]:
    """Return deals with English types and directions, found by what they did where they are not.

    A row without a symbol is a balance operation. The first direction of a symbol's first deal is
    ``in``; the side is told by the money: a long gains when it closes higher.
    """
    types = {one.type for one in deals if one.symbol}
    ways = {one.direction for one in deals if one.symbol}
    if types <= SIDES and ways <= {IN, OUT, INOUT, OUT_BY}:
        return [one if one.symbol else one._replace(direction="", type=_cash(one)) for one in deals]
    first = next((one for one in deals if one.symbol), None)
    if first is None:
        return [one._replace(direction="", type=_cash(one)) for one in deals]
    long = _is_long(deals, first)
    done = []
    for one in deals:
        if not one.symbol:
            done.append(one._replace(direction="", type=_cash(one)))
            continue
        same = (one.type == first.type) == long
        way = IN if one.direction == first.direction else INOUT if "/" in one.direction else OUT
        done.append(one._replace(type=BUY if same else SELL, direction=way))
    return done


def _cash(deal: ReportDeal) -> str:
    return deal.type if deal.type in CASH else BALANCE


def _is_long(deals: list[ReportDeal], first: ReportDeal) -> bool:
    """Tell whether the first deal's type means buy: by the sums of a time from flat to flat."""
    votes = 0.0
    net = cash = profit = 0.0
    for one in deals:
        if one.symbol != first.symbol:
            continue
        sign = 1 if one.type == first.type else -1
        net, cash, profit = (
            net + sign * one.volume, cash - sign * one.volume * one.price, profit + one.profit
        )  # fmt: skip
        if abs(net) < 1e-9:
            votes += cash * profit
            net = cash = profit = 0.0
    return votes >= 0


# -- settings and statistics -----------------------------------------------------------------------


def _pairs(head: Rows) -> list[tuple[str, str]]:
    """Return words and values of all rows above the tables; words end with a colon."""
    found = []
    for row in head:
        cells = [cell for cell in row if cell]
        if len(row) >= 2 and not row[0] and len(cells) == 1 and "=" in cells[0]:
            found.append(("", cells[0]))
            continue
        at = 0
        while at + 1 < len(cells):
            if cells[at].rstrip().endswith((":", "\uff1a")):
                value = cells[at + 1]
                named = value.rstrip().endswith((":", "\uff1a"))
                found.append((cells[at].rstrip(" :\uff1a"), "" if named else value))
                at += 1 if named else 2
            else:
                at += 1
    return found


def _settings(head: Rows) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """Return the pairs of the statistics, and the settings by name."""
    pairs = _pairs(head)
    found: dict[str, str] = {}
    last = next((at for at, (_, value) in enumerate(pairs) if LEVERAGE.match(value)), -1)
    if last >= 0:
        leverage = LEVERAGE.match(pairs[last][1])
        found["leverage"] = leverage[1] if leverage else "0"
        for back, name in enumerate(("deposit", "currency", "company"), 1):
            if last - back >= 0 and pairs[last - back][0]:
                found[name] = pairs[last - back][1]
    for name, (_, value) in zip(("expert", "symbol", "period"), pairs, strict=False):
        found[name] = value
    titles = [row[0] for row in head if len(row) == 1 and row[0]]
    found["server"] = next((one for one in titles if "build" in one.lower()), "")
    return pairs[last + 1 :], found


def _inputs(head: Rows) -> list[tuple[str, str]]:
    values = [value for _, value in _pairs(head)]
    last = next((at for at, value in enumerate(values) if LEVERAGE.match(value)), 0)
    found = []
    for value in values[:last]:
        name, equals, text = value.partition("=")
        if equals:
            found.append((name.strip(), text.strip()))
    return found


def _statistics(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Return the statistics by MetaTrader's English names: by position, else by their words."""
    given = [(words, value) for words, value in pairs if words]
    if len(given) == len(NAMES):
        return {name: value for name, (_, value) in zip(NAMES, given, strict=True)}
    english = {name.lower(): name for name in NAMES}
    return {english[words.lower()]: value for words, value in given if words.lower() in english}


def _from_csv(path: Path, rows: Rows) -> ReportRecord:
    heads = [cell.lower() for cell in rows[0]]
    missing = [name for name in DEALS_CSV[:-1] if name not in heads]
    if missing:
        raise DataError(f"the deals have no column {missing[0]!r}", path=str(path), line=1)
    order = [heads.index(name) for name in DEALS_CSV if name in heads]
    lines = [
        (at, [row[one] if one < len(row) else "" for one in order])
        for at, row in enumerate(rows[1:], 2)
        if row
    ]
    if not lines:
        raise DataError(f"has no deals; accepted is {KNOWN}", path=str(path))
    deals = words_read([_deal(path, at, row) for at, row in lines])
    return ReportRecord(
        deals=tuple(deals), orders=tuple(_orders_beside(path)), deposit=_first_balance(deals),
        symbol=next((one.symbol for one in deals if one.symbol), ""),
        digits=_digits(lines), money_digits=_decimals(lines[0][1][11]),
        notes=("a CSV names neither currency nor leverage: USD is assumed unless given",),
    )  # fmt: skip


def _orders_beside(path: Path) -> list[ReportOrder]:
    """Return the orders of the file beside a CSV of deals, if there is one."""
    other = path.with_name(re.sub(r"deals(?=[^/]*$)", "orders", path.name))
    if other == path or not other.exists():
        return []
    found = []
    for at, row in enumerate(rows_of(other)[1:], 2):
        if len(row) >= 12:
            cells = [*row[:4], f"{row[4]} / {row[5]}", *row[6:12]]
            found.append(_order(other, at, cells))
    return found
