"""A tester report as a page that needs nothing else, in MetaTrader's order and words (R244)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from mas.report import svg
from mas.report.mt5.facts import CLOSING, UNKNOWN
from mas.report.mt5.layout import ROWS, grouped
from mas.report.pages import render_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mas.report.mt5.facts import ReportDeal, ReportOrder, ReportRecord
    from mas.timeunits import Ms

T = TypeVar("T")
ORDERS = ("Open Time", "Order", "Symbol", "Type", "Volume", "Price", "S / L", "T / P", "Time",
          "State", "Comment")  # fmt: skip
DEALS = ("Time", "Deal", "Symbol", "Type", "Direction", "Volume", "Price", "Order", "Commission",
         "Swap", "Profit", "Balance", "Comment")  # fmt: skip
ORDER_SPANS = {4: 2, 8: 2}
WIDTH, HEIGHT, RIGHT, POINTS = 860, 240, 76, 1200


def page(
    record: ReportRecord,
    statistics: dict[str, str],
    equity: Sequence[tuple[int, float]] = (),
    *,
    most: int | None = None,
) -> str:
    """Return the page.

    Parameters
    ----------
    statistics : dict
        As printed, by name.
    equity : sequence of (ms, money)
        The equity over time, in the server's time, where it is known.
    most : int, optional
        Rows of each table; the middle ones are left out. Default: all.
    """
    title, chart = graph(record, equity)
    return render_page(
        "tester.html", record=record, settings=_settings(record), layout=ROWS,
        statistics=statistics, chart_title=title, chart=chart, sums=_sums(record), unknown=UNKNOWN,
        lists=[
            ("Orders", ORDERS, ORDER_SPANS, _cut(record.orders, most, order_row)),
            ("Deals", DEALS, {}, _cut(record.deals, most, partial(deal_row, record))),
        ],
    )  # fmt: skip


def _settings(record: ReportRecord) -> list[tuple[str, str]]:
    inputs = [f"{name}={value}" for name, value in record.inputs] or [""]
    return [
        ("Expert:", record.expert), ("Symbol:", record.symbol), ("Period:", record.period),
        ("Inputs:", inputs[0]), *(("", line) for line in inputs[1:]), ("Company:", record.company),
        ("Currency:", record.currency),
        ("Initial Deposit:", grouped(record.deposit, record.money_digits)),
        ("Leverage:", f"1:{record.leverage}" if record.leverage else UNKNOWN),
    ]  # fmt: skip


# -- tables ----------------------------------------------------------------------------------------


def stamp(at: Ms) -> str:
    """Return a time as MetaTrader prints it, server time."""
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y.%m.%d %H:%M:%S}" if at else ""


def volume(lots: float) -> str:
    """Return lots as MetaTrader prints them: no more digits than needed."""
    return f"{lots:.8f}".rstrip("0").rstrip(".")


def order_row(order: ReportOrder) -> list[str]:
    """Return the cells of an order."""
    lots = f"{volume(order.volume_initial)} / {volume(order.volume_filled)}"
    return [stamp(order.time_setup), str(order.order), order.symbol, order.type, lots, order.price,
            order.sl, order.tp, stamp(order.time_done), order.state, order.comment]  # fmt: skip


def deal_row(record: ReportRecord, deal: ReportDeal) -> list[str]:
    """Return the cells of a deal."""
    money = [grouped(value, record.money_digits)
             for value in (deal.commission, deal.swap, deal.profit, deal.balance)]  # fmt: skip
    if not deal.direction:
        return [stamp(deal.time) or "1970.01.01 00:00:00", str(deal.deal), "", deal.type, "", "",
                "", "", *money, deal.comment]  # fmt: skip
    price = f"{deal.price:.{record.digits.get(deal.symbol, 5)}f}"
    return [stamp(deal.time), str(deal.deal), deal.symbol, deal.type, deal.direction,
            volume(deal.volume), price, str(deal.order), *money, deal.comment]  # fmt: skip


def _cut(
    rows: Sequence[T], most: int | None, cells: Callable[[T], list[str]]
) -> Iterator[list[str] | str]:
    """Yield rows of cells; a text stands for those in the middle that are left out."""
    if most is None or len(rows) <= most:
        yield from (cells(row) for row in rows)
        return
    yield from (cells(row) for row in rows[: most // 2])
    yield f"… {len(rows) - most // 2 * 2} more: write the report to a file to see them"
    yield from (cells(row) for row in rows[-(most // 2) :])


def _sums(record: ReportRecord) -> list[str]:
    deals = record.deals
    sums = [sum(deal.commission for deal in deals), sum(deal.swap for deal in deals),
            sum(deal.profit for deal in deals if deal.direction),
            deals[-1].balance if deals else record.deposit]  # fmt: skip
    return [grouped(amount, record.money_digits) for amount in sums]


# -- the graph -------------------------------------------------------------------------------------


def graph(record: ReportRecord, equity: Sequence[tuple[int, float]] = ()) -> tuple[str, str]:
    """Return the title and the SVG of balance, and equity where it is known, over time."""
    first = record.deals[0].time if record.deals else 0
    balance = [(first, record.deposit)]
    balance += [(deal.time, deal.balance) for deal in record.deals if deal.direction in CLOSING]
    curves = [("balance", np.array(balance, float))]
    if len(equity) > 1:
        curves.append(("equity", np.array(equity, float)))
    if len(balance) < 2 and len(curves) < 2:
        return "", ""
    whole = np.concatenate([curve for _, curve in curves])
    (start, low), (end, high) = whole.min(axis=0), whole.max(axis=0)
    room = (high - low or abs(high) or 1.0) * 0.05
    plane = svg.Plane(start, end, low - room, high + room, height=HEIGHT, width=WIDTH, right=RIGHT)
    lines = []
    for name, curve in curves:
        points = curve[svg.kept(curve[:, 1], POINTS)]
        if name == "balance":  # it moves in steps
            points = np.repeat(points, 2, axis=0)
            points = np.column_stack((points[1:, 0], points[:-1, 1]))
        lines.append(({"class": name}, plane.points(points[:, 0], points[:, 1])))
    rules = plane.rules(lambda value: grouped(value, 0))
    words = "Balance" + (" and equity (green)" if len(curves) > 1 else "")
    return words, plane.draw(lines, rules, words="balance and equity", form="%Y.%m.%d")
