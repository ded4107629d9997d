"""Reads a tester report as MetaTrader saves it, by position, whatever its language.

What counts is the shape: rows of 13 cells that begin with a time are deals, of 11 orders, bold
values beside their words are settings and statistics in the order of the report (R244).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from mas.errors import DataError
from mas.report.mt5.cells import (
    DOT,
    SERIAL,
    TIME,
    decimal_mark,
    decimals,
    dotted,
    from_serial,
    number,
    parsed_time,
)
from mas.report.mt5.facts import ReportDeal, ReportOrder, ReportRecord
from mas.report.mt5.layout import NAMES
from mas.report.mt5.stated import stated
from mas.report.mt5.tables import sheet_rows
from mas.report.mt5.words import words_read
from mas.sim.money import digits_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mas.report.mt5.tables import Rows

DEAL_CELLS, ORDER_CELLS = 13, 11
LEAST_CELLS, FEE = 10, 9
"""Cells of a row of deals at least, and the place of the fee that other reports have."""
VOLUMES = re.compile(r"[\d.,\s]+/[\d.,\s]+$")
LEVERAGE = re.compile(r"1\s*:\s*(\d+)$")
KNOWN = "an HTML or XLSX report of MetaTrader 5's Strategy Tester, or a CSV of its deals"
DEALS_CSV = (
    "time", "deal", "symbol", "type", "direction", "volume", "price", "order", "commission",
    "swap", "profit", "balance", "comment",
)  # fmt: skip
Line = tuple[int, list[str]]


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
    rows = [_narrowed(row) for row in sheet_rows(where)]
    plain = where.suffix.lower() not in {".htm", ".html", ".xlsx"}
    if plain and rows and [cell.lower() for cell in rows[0][:2]] == ["time", "deal"]:
        return _from_csv(where, rows)
    if not any(row and TIME.match(row[0]) for row in rows):
        rows = [_dated(row) for row in rows]
    deals = [(at, row) for at, row in enumerate(rows, 1) if _is_deal(row)]
    orders = [(at, row) for at, row in enumerate(rows, 1) if _is_order(row)]
    if not deals:
        raise DataError(f"has no table of deals; accepted is {KNOWN}", path=str(where))
    head = rows[: (orders or deals)[0][0] - 1]
    heads = rows[deals[0][0] - 2] if deals[0][0] > 1 else []
    return _record(where, head, [(at, _placed(row, heads)) for at, row in deals], orders)


def _narrowed(row: list[str]) -> list[str]:
    """Return a row without empty cells before its time, and those that an order's cells span."""
    if row and not row[0]:
        first = next((at for at, cell in enumerate(row[:3]) if cell), 0)
        row = row[first:] if TIME.match(row[first]) else row
    if len(row) > ORDER_CELLS and VOLUMES.match(row[4]):
        return [cell for at, cell in enumerate(row) if cell or at not in {5, 10}]
    return row


def _dated(row: list[str]) -> list[str]:
    """Return a row whose times are a workbook's numbers with them as text."""
    if len(row) < LEAST_CELLS or not row[1].isdigit():
        return row
    places = (0, 8) if VOLUMES.match(row[4]) else (0,)
    return [
        from_serial(cell) if at in places and SERIAL.match(cell) else cell
        for at, cell in enumerate(row)
    ]


def _is_order(row: list[str]) -> bool:
    """Tell rows of orders, whose last cell may be missing, from all others."""
    if len(row) not in {ORDER_CELLS, ORDER_CELLS - 1}:
        return False
    return bool(TIME.match(row[0]) and VOLUMES.match(row[4]))


def _is_deal(row: list[str]) -> bool:
    """Tell rows of deals from all others; those of positions have a second time."""
    if not LEAST_CELLS <= len(row) <= DEAL_CELLS + 1 or not TIME.match(row[0]):
        return False
    return not VOLUMES.match(row[4]) and not TIME.match(row[8])


def _placed(row: list[str], heads: list[str]) -> list[str]:
    """Return a deal's cells in the order of DEALS_CSV, "" where the table has no such column.

    By the words of the heads where they are English, else by position; a fee is commission.
    """
    names = [cell.lower() for cell in heads]
    if len(set(DEALS_CSV[:7]) & set(names)) == 7:
        cells = dict(zip(names, row, strict=False))
        fee = cells.get("fee", "")
        placed = [cells.get(name, "") for name in DEALS_CSV]
        return _with_fee(placed, fee)
    if len(heads) == DEAL_CELLS + 1 or len(row) == DEAL_CELLS + 1:
        return _with_fee([*row[:FEE], *row[FEE + 1 :], ""][:DEAL_CELLS], row[FEE])
    return [*row, "", "", ""][:DEAL_CELLS]


def _with_fee(row: list[str], fee: str) -> list[str]:
    try:
        paid = number(fee)
    except ValueError:
        return row
    if paid:
        row[8] = f"{number(row[8]) + paid:.8f}"
    return row


def _record(path: Path, head: Rows, deals: list[Line], orders: list[Line]) -> ReportRecord:
    mark = decimal_mark(cell for _, row in deals for cell in (row[5], *row[8:12]))
    dealt = _deals(path, deals, mark)
    done = tuple(_order(path, at, row, mark) for at, row in orders)
    values, found = _settings(head)
    printed = {name: dotted(text, mark) for name, text in _statistics(values).items()}
    currency = found.get("currency") or "USD"
    return ReportRecord(
        deals=tuple(dealt),
        orders=done,
        deposit=_first_balance(dealt, found.get("deposit", ""), mark),
        currency=currency,
        leverage=int(found.get("leverage", "0")),
        expert=found.get("expert", ""),
        symbol=found.get("symbol", ""),
        period=found.get("period", ""),
        company=found.get("company", ""),
        server=found.get("server", ""),
        inputs=tuple(_inputs(head)),
        digits=_digits(deals, done, mark),
        money_digits=_money_digits(deals, currency, mark),
        printed=printed,
        notes=tuple(_cut_off(printed, dealt)),
        **stated(printed),
    )


def _deals(path: Path, lines: list[Line], mark: str) -> list[ReportDeal]:
    """Return the deals; balances that the table does not have are counted."""
    dealt = words_read([_deal(path, at, row, mark) for at, row in lines])
    if any(row[11] for _, row in lines):
        return dealt
    balance, found = 0.0, []
    for deal in dealt:
        balance = round(balance + deal.net, 8)
        found.append(deal._replace(balance=balance))
    return found


def _cut_off(printed: dict[str, str], deals: list[ReportDeal]) -> Iterator[str]:
    """Yield a note where the report says that it has other deals."""
    said = printed.get("Total Deals", "")
    there = sum(bool(deal.direction) for deal in deals)
    if said.isdigit() and int(said) != there:
        yield f"the report says that it has {said} deals, and has {there}: a part of it is missing"


# -- cells -----------------------------------------------------------------------------------------


def _deal(path: Path, at: int, row: list[str], mark: str = DOT) -> ReportDeal:
    cells = [*row, ""][:DEAL_CELLS]
    try:
        volume, price = number(cells[5], mark), number(cells[6], mark)
        commission, swap, profit, balance = (number(cell, mark) for cell in cells[8:12])
        return ReportDeal(
            parsed_time(cells[0]), int(number(cells[1], mark)), cells[2], cells[3].lower(),
            cells[4].lower(), volume, price, int(number(cells[7], mark)), commission, swap, profit,
            balance, cells[12],
        )  # fmt: skip
    except (ValueError, OverflowError) as error:
        raise DataError(f"a deal cannot be read: {error}", path=str(path), line=at) from None


def _order(path: Path, at: int, row: list[str], mark: str = DOT) -> ReportOrder:
    cells = [*row, ""][:ORDER_CELLS]
    first, _, second = cells[4].partition("/")
    try:
        return ReportOrder(
            parsed_time(cells[0]), int(number(cells[1], mark)), cells[2], cells[3].lower(),
            number(first, mark), number(second, mark), dotted(cells[5], mark),
            dotted(cells[6], mark), dotted(cells[7], mark), parsed_time(cells[8]), cells[9].lower(),
            cells[10],
        )  # fmt: skip
    except (ValueError, OverflowError) as error:
        raise DataError(f"an order cannot be read: {error}", path=str(path), line=at) from None


def _digits(deals: list[Line], orders: Iterable[ReportOrder], mark: str) -> dict[str, int]:
    """Return the digits of the prices of each symbol: the most that are printed."""
    found: dict[str, int] = {}
    for _, row in deals:
        if row[2] and row[6]:
            found[row[2]] = max(found.get(row[2], 0), decimals(row[6], mark))
    for order in orders:
        if order.symbol in found:
            prices = (price for price in (order.price, order.sl, order.tp) if price)
            shown = (decimals(price.split()[-1]) for price in prices)
            found[order.symbol] = max(found[order.symbol], *shown, 0)
    return {name: min(digits, MOST_DIGITS) for name, digits in found.items()}


MOST_DIGITS = 8


def _money_digits(deals: list[Line], currency: str, mark: str) -> int:
    """Return the digits of the money: the most that are printed, else the currency's."""
    most = max(decimals(cell, mark) for _, row in deals for cell in row[8:12])
    return min(most, MOST_DIGITS) or digits_of(currency)


def _first_balance(deals: list[ReportDeal], stated_: str = "", mark: str = DOT) -> float:
    """Return the deposit: the first row of the table, else what the settings say."""
    first = deals[0]
    if not first.direction:
        return first.balance
    try:
        said = number(stated_, mark)
    except ValueError:
        said = 0.0
    return said or first.balance - first.net


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
    found["server"] = next((part for part in titles if "build" in part.lower()), "")
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
    """Return the statistics by MetaTrader's English names: by their words, else by position."""
    given = [(words, value) for words, value in pairs if words]
    english = {name.lower(): name for name in NAMES}
    named = {english[words.lower()]: value for words, value in given if words.lower() in english}
    if len(given) == len(NAMES) and len(named) < len(NAMES) / 2:
        return {name: value for name, (_, value) in zip(NAMES, given, strict=True)}
    return {name: named[name] for name in NAMES if name in named}


def _from_csv(path: Path, rows: Rows) -> ReportRecord:
    heads = [cell.lower() for cell in rows[0]]
    missing = [name for name in DEALS_CSV[:-1] if name not in heads]
    if missing:
        raise DataError(f"the deals have no column {missing[0]!r}", path=str(path), line=1)
    order = [heads.index(name) for name in DEALS_CSV if name in heads]
    lines = [
        (at, [row[index] if index < len(row) else "" for index in order])
        for at, row in enumerate(rows[1:], 2)
        if row
    ]
    if not lines:
        raise DataError(f"has no deals; accepted is {KNOWN}", path=str(path))
    lines = [(at, [*row, ""][:DEAL_CELLS]) for at, row in lines]
    mark = decimal_mark(cell for _, row in lines for cell in (row[5], *row[8:12]))
    deals, orders = _deals(path, lines, mark), _orders_beside(path)
    return ReportRecord(
        deals=tuple(deals), orders=tuple(orders), deposit=_first_balance(deals),
        symbol=next((deal.symbol for deal in deals if deal.symbol), ""),
        digits=_digits(lines, orders, mark), money_digits=_money_digits(lines, "USD", mark),
        notes=("a CSV names neither currency nor leverage: USD is assumed unless given",),
    )  # fmt: skip


def _orders_beside(path: Path) -> list[ReportOrder]:
    """Return the orders of the file beside a CSV of deals, if there is one."""
    other = path.with_name(re.sub(r"deals(?=[^/]*$)", "orders", path.name))
    if other == path or not other.exists():
        return []
    found = []
    for at, row in enumerate(sheet_rows(other)[1:], 2):
        if len(row) >= 12:
            cells = [*row[:4], f"{row[4]} / {row[5]}", *row[6:12]]
            found.append(_order(other, at, cells))
    return found
