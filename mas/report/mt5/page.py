"""A tester report as a page that needs nothing else, in MetaTrader's order and words (R244)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from mas.report.mt5.facts import CLOSING, UNKNOWN
from mas.report.mt5.layout import ROWS, grouped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mas.report.mt5.facts import ReportDeal, ReportOrder, ReportRecord

Array = np.ndarray[Any, Any]
T = TypeVar("T")
ORDERS = ("Open Time", "Order", "Symbol", "Type", "Volume", "Price", "S / L", "T / P", "Time",
          "State", "Comment")  # fmt: skip
DEALS = ("Time", "Deal", "Symbol", "Type", "Direction", "Volume", "Price", "Order", "Commission",
         "Swap", "Profit", "Balance", "Comment")  # fmt: skip
ORDER_SPANS = {4: 2, 8: 2}
WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM, POINTS = 860, 240, 8, 76, 22, 1200
STYLE = """
.report td, .report th { text-align: right; font-size: 12px; padding: 3px 6px; }
.report td.words { color: var(--soft); white-space: normal; }
.report th.title { text-align: center; font-size: 15px; padding-top: 18px; color: var(--ink); }
.report tbody.list td { text-align: right; } .report td.text { text-align: left; }
.report td b { font-weight: 600; } .report td.text b { white-space: normal; }
.report td.room { border: 0; height: 8px; }
.balance { fill: none; stroke: var(--line); stroke-width: 1.5; }
.equity { fill: none; stroke: var(--up); stroke-width: 1.1; opacity: .85; }
"""


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
    title = "Strategy Tester Report"
    css = Path(__file__).parents[1].joinpath("page.css").read_text(encoding="utf-8")
    body = "".join(
        [
            "<div class='wide'><table class='report'><tbody>", *_settings(record),
            *_results(statistics),
            "</tbody></table></div>", graph(record, equity), *_notes(record),
            "<div class='wide'><table class='report'>",
            *_list("Orders", ORDERS, ORDER_SPANS, _cut(record.orders, most, order_row)),
            *_list("Deals", DEALS, {}, _cut(record.deals, most, partial(deal_row, record))),
            _sums(record), "</table></div>",
        ]
    )  # fmt: skip
    heading = escape(record.server or "simulated by mas")
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{title}: {escape(record.expert or record.symbol)}</title>"
        f"<style>{css}{STYLE}</style></head><body><main><h1>{title}</h1>"
        f"<p class='about'>{heading}</p>{body}"
        "<footer>The Sharpe Ratio is an approximation: trades' returns, a year of the time in the "
        f"market. {UNKNOWN} stands for what is not known or not defined.</footer>"
        "</main></body></html>"
    )


def _title(words: str) -> str:
    return f"<tr><th class='title' colspan='13'>{escape(words)}</th></tr>"


def _settings(record: ReportRecord) -> Iterator[str]:
    yield _title("Settings")
    leverage = f"1:{record.leverage}" if record.leverage else UNKNOWN
    inputs = [f"{name}={value}" for name, value in record.inputs] or [""]
    rows = [
        ("Expert:", record.expert), ("Symbol:", record.symbol), ("Period:", record.period),
        ("Inputs:", inputs[0]), *(("", line) for line in inputs[1:]), ("Company:", record.company),
        ("Currency:", record.currency),
        ("Initial Deposit:", grouped(record.deposit, record.money_digits)), ("Leverage:", leverage),
    ]  # fmt: skip
    for words, value in rows:
        yield (
            f"<tr><td class='words' colspan='3'>{words}</td>"
            f"<td class='text' colspan='10'><b>{escape(value or '')}</b></td></tr>"
        )


def _results(statistics: dict[str, str]) -> Iterator[str]:
    yield _title("Results")
    for row in ROWS:
        cells = []
        for at, name in enumerate(row):
            if not name:
                cells.append("<td colspan='4'></td>")
                continue
            span = " colspan='2'" if at == 2 else ""
            span = " class='text' colspan='10'" if len(row) == 1 else span
            cells.append(
                f"<td class='words' colspan='3'>{escape(name)}:</td>"
                f"<td{span}><b>{escape(statistics[name])}</b></td>"
            )
        yield f"<tr>{''.join(cells)}</tr>" if cells else "<tr><td class='room'></td></tr>"


def _notes(record: ReportRecord) -> Iterator[str]:
    for note in record.notes:
        yield f"<p class='note'>{escape(note)}</p>"


# -- tables ----------------------------------------------------------------------------------------


def stamp(at: int) -> str:
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
) -> Iterator[list[str]]:
    if most is None or len(rows) <= most:
        yield from (cells(row) for row in rows)
        return
    yield from (cells(row) for row in rows[: most // 2])
    yield [f"… {len(rows) - most // 2 * 2} more: write the report to a file to see them"]
    yield from (cells(row) for row in rows[-(most // 2) :])


def _list(
    title: str, heads: Sequence[str], spans: dict[int, int], rows: Iterator[list[str]]
) -> Iterator[str]:
    opening = [f"<td colspan='{spans[at]}'>" if at in spans else "<td>" for at in range(len(heads))]
    opening[-1] = opening[-1].replace("<td", "<td class='text'")
    yield f"<tbody>{_title(title)}<tr>"
    yield from (
        f"{start.replace('td', 'th', 1)}{head}</th>"
        for start, head in zip(opening, heads, strict=True)
    )
    yield "</tr></tbody><tbody class='list'>"
    for row in rows:
        if len(row) != len(heads):  # what is left out
            yield f"<tr><td class='text' colspan='13'>{escape(row[0])}</td></tr>"
            continue
        cells = [f"{start}{escape(cell)}</td>" for start, cell in zip(opening, row, strict=True)]
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody>"


def _sums(record: ReportRecord) -> str:
    digits, deals = record.money_digits, record.deals
    sums = [sum(deal.commission for deal in deals), sum(deal.swap for deal in deals),
            sum(deal.profit for deal in deals if deal.direction),
            deals[-1].balance if deals else record.deposit]  # fmt: skip
    cells = "".join(f"<td><b>{grouped(amount, digits)}</b></td>" for amount in sums)
    return f"<tbody><tr><td colspan='8'></td>{cells}<td></td></tr></tbody>"


# -- the graph -------------------------------------------------------------------------------------


def graph(record: ReportRecord, equity: Sequence[tuple[int, float]] = ()) -> str:
    """Return balance, and equity where it is known, over time as SVG."""
    first = record.deals[0].time if record.deals else 0
    balance = [(first, record.deposit)]
    balance += [(deal.time, deal.balance) for deal in record.deals if deal.direction in CLOSING]
    lines = [("balance", np.array(balance, float), True)]
    if len(equity) > 1:
        lines.append(("equity", np.array(equity, float), False))
    if len(balance) < 2 and len(lines) < 2:
        return ""
    whole = np.concatenate([part for _, part, _ in lines])
    (start, low), (end, high) = whole.min(axis=0), whole.max(axis=0)
    room = (high - low or abs(high) or 1.0) * 0.05
    low, high, span = low - room, high + room, max(end - start, 1.0)
    inner, tall = WIDTH - LEFT - RIGHT, HEIGHT - BOTTOM - 6
    parts = [f"<svg viewBox='0 0 {WIDTH} {HEIGHT}' role='img' aria-label='balance and equity'>"]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = 6 + share * tall
        parts.append(
            f"<line class='rule' x1='{LEFT}' x2='{WIDTH - RIGHT}' y1='{y:.1f}' y2='{y:.1f}'/>"
            f"<text x='{WIDTH - RIGHT + 6}' y='{y + 4:.1f}'>"
            f"{grouped(high - share * (high - low), 0)}</text>"
        )
        at, anchor = LEFT + share * inner, ("start", "middle", "end")[round(share * 2)]
        day = stamp(int(start + share * span)).split(" ")[0]
        parts.append(f"<text x='{at:.1f}' y='{HEIGHT - 6}' text-anchor='{anchor}'>{day}</text>")
    for name, curve, steps in lines:
        points = _thinned(curve)
        if steps:
            points = np.repeat(points, 2, axis=0)
            points = np.column_stack((points[1:, 0], points[:-1, 1]))
        x = LEFT + (points[:, 0] - start) / span * inner
        y = 6 + (high - points[:, 1]) / (high - low) * tall
        drawn = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
        parts.append(f"<polyline class='{name}' points='{drawn}'/>")
    words = "Balance" + (" and equity (green)" if len(lines) > 1 else "")
    return f"<section><h2>{words}</h2>{''.join(parts)}</svg></section>"


def _thinned(curve: Array) -> Array:
    """Return fewer points: the lowest and the highest of each stretch."""
    if len(curve) <= POINTS:
        return curve
    edges = np.linspace(0, len(curve), POINTS // 2 + 1).astype(int)
    kept = {0, len(curve) - 1}
    for first, last in pairwise(edges):
        part = curve[first:last, 1]
        kept.update((first + int(part.argmin()), first + int(part.argmax())))
    return np.asarray(curve[sorted(kept)])
