"""The record of a run of this package, numbered and worded as the tester's (R230 to R233)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mas.clock import naive_utc
from mas.report.mt5.facts import (
    BALANCE,
    BUY,
    IN,
    INOUT,
    OUT,
    OUT_BY,
    SELL,
    Falls,
    ReportDeal,
    ReportOrder,
    ReportRecord,
)
from mas.sim.money import digits_of, rounded
from mas.terminal import constants as c
from mas.terminal.orderkind import KINDS
from mas.timeunits import SECOND_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mas.backtest.result import Result
    from mas.backtest.run_facts import RunFacts

DEAL_TYPES = {c.DEAL_TYPE_BUY: BUY, c.DEAL_TYPE_SELL: SELL, c.DEAL_TYPE_CREDIT: "credit",
              c.DEAL_TYPE_CHARGE: "charge", c.DEAL_TYPE_CORRECTION: "correction",
              c.DEAL_TYPE_BONUS: "bonus", c.DEAL_TYPE_COMMISSION: "commission"}  # fmt: skip
WAYS = {c.DEAL_ENTRY_IN: IN, c.DEAL_ENTRY_OUT: OUT, c.DEAL_ENTRY_INOUT: INOUT,
        c.DEAL_ENTRY_OUT_BY: OUT_BY}  # fmt: skip
ORDER_TYPES = tuple(kind.name.replace("_", " ") for kind in KINDS)
STATES = ("started", "placed", "canceled", "partial", "filled", "rejected", "expired",
          "request add", "request modify", "request cancel")  # fmt: skip
BRACKETS = re.compile(r"\[((?:sl|tp|so) [^\]]*)\]")
FIRST = 2
"""Number of the first order, and of the first deal after the deposit (R230)."""
"""Milliseconds: a report knows its deals by the second, and so do its statistics."""


def tester_record(result: Result, name: str = "") -> ReportRecord:  # noqa: PT028 - no test
    """Return the facts about a run as a tester's report has them.

    Parameters
    ----------
    name : str
        Of the strategy; default what the result knows.
    """
    orders, deals = result.orders, result.deals
    digits = _digits(result, deals)
    server = server_time(result)
    numbers = {int(ticket): at for at, ticket in enumerate(orders["ticket"], FIRST)}
    done = tuple(_deals(deals, numbers, digits_of(result.currency), server))
    facts = result.facts
    feeds = facts.bars
    still = len(result.open_positions())
    counts = result.counts
    return ReportRecord(
        deals=done,
        orders=tuple(_orders(orders, numbers, digits, server)),
        deposit=result.capital,
        currency=result.currency,
        leverage=int(_settings(result).get("leverage", 0)),
        expert=name or facts.strategy,
        symbol=feeds[0][0] if feeds else ", ".join(_symbols(result)),
        period=_period(result, feeds),
        company=str(_settings(result).get("server", "")),
        inputs=tuple(_inputs(facts)),
        quality="; ".join(f"{symbol}: {text}" for symbol, text in result.source.items()),
        bars=counts.get("bars"),
        ticks=counts.get("ticks"),
        symbols=len(result.source) or None,
        digits=digits,
        money_digits=digits_of(result.currency),
        **_over_ticks(result),
        notes=tuple(_notes(result, still)),
    )


def _deals(table: Any, numbers: dict[int, int], money: int, server: Any) -> Iterator[ReportDeal]:
    balance = 0.0
    columns = ("time_msc", "symbol", "type", "entry", "volume", "price", "order", "commission",
               "fee", "swap", "profit", "comment", "position_id")  # fmt: skip
    rows = zip(*(table[column].tolist() for column in columns), strict=True)
    for number, row in enumerate(rows, 1):
        (
            at,
            symbol,
            kind,
            entry,
            volume,
            price,
            order,
            commission,
            fee,
            swap,
            profit,
            comment,
            of,
        ) = row
        balance = rounded(balance + profit + swap + commission + fee, money)
        dealt = kind in {c.DEAL_TYPE_BUY, c.DEAL_TYPE_SELL}
        yield ReportDeal(
            server(at) // SECOND_MS * SECOND_MS, number, symbol if dealt else "",
            DEAL_TYPES.get(kind, BALANCE),
            WAYS[entry] if dealt else "", volume, price, numbers.get(order, 0) if dealt else 0,
            commission + fee, swap, profit, balance, tester_comment(comment), of if dealt else 0,
        )  # fmt: skip


def _orders(
    table: Any, numbers: dict[int, int], digits: dict[str, int], server: Any
) -> Iterator[ReportOrder]:
    columns = ("time_setup_msc", "ticket", "symbol", "type", "volume_initial", "volume_current",
               "price_open", "sl", "tp", "time_done_msc", "state", "comment")  # fmt: skip
    rows = zip(*(table[column].tolist() for column in columns), strict=True)
    for at, ticket, symbol, kind, first, left, price, sl, tp, end, state, comment in rows:
        places = digits.get(symbol, 5)
        shown = price if KINDS[kind].limit or KINDS[kind].stop else 0.0  # R233
        yield ReportOrder(
            server(at), numbers[ticket], symbol, ORDER_TYPES[kind], first, round(first - left, 8),
            f"{shown:.{places}f}", f"{sl:.{places}f}" if sl else "",
            f"{tp:.{places}f}" if tp else "", server(end) if end else 0, STATES[state],
            tester_comment(comment),
        )  # fmt: skip


def _over_ticks(result: Result) -> dict[str, Any]:
    """Return what is found over every tick (R237, R241), money and percent."""
    drawdowns, table = result.drawdowns, result.excursions.reset_index()
    equity = drawdowns.equity
    rows = zip(*(table[name].tolist() for name in ("position", "mfe", "mae")), strict=True)
    return {
        "equity_falls": Falls(
            equity.absolute, equity.maximal, equity.maximal_percent, equity.relative,
            equity.relative_percent,
        ),
        "margin_level": drawdowns.margin_level or None,
        "excursions": {number: (best, worst) for number, best, worst in rows},
    }  # fmt: skip


def tester_comment(comment: str) -> str:
    """Return a comment as the tester has it: ``sl 147.545``, without brackets (R232)."""
    return BRACKETS.sub(r"\1", comment)


def _digits(result: Result, deals: Any) -> dict[str, int]:
    """Return the digits of each symbol's prices: of its specification, else the most that occur."""
    known = getattr(result, "symbols", None)
    if isinstance(known, dict):
        return {name: int(_field(item, "digits")) for name, item in known.items()}
    found: dict[str, int] = {}
    for symbol, price in zip(deals["symbol"].tolist(), deals["price"].tolist(), strict=True):
        if symbol:
            places = len(f"{price:.8f}".rstrip("0").rsplit(".", 1)[1])
            found[symbol] = max(found.get(symbol, 0), places)
    return found


def _field(symbol: Any, name: str) -> Any:
    return symbol[name] if isinstance(symbol, dict) else getattr(symbol, name)


def _symbols(result: Result) -> list[str]:
    return list(result.source)


def _settings(result: Result) -> dict[str, Any]:
    return result.facts.settings


def server_time(result: Result) -> Any:
    """Return what turns a moment, ms UTC, into the server's time."""
    from mas.history.serverclock import server_clock  # noqa: PLC0415

    name = _settings(result).get("server_zone", "UTC")
    return server_clock(name).to_server


def _period(result: Result, feeds: Any) -> str:
    first, last = (naive_utc(at) for at in (result.start, result.facts.end or result.end))
    frame = f"{feeds[0][1]} " if feeds else ""
    return f"{frame}({first:%Y.%m.%d} - {last:%Y.%m.%d})"


def _inputs(facts: RunFacts) -> Iterator[tuple[str, str]]:
    for name, value in facts.params.items():
        yield name, str(value)
    for name, value in facts.versions.items():
        yield f"version of {name}", str(value)


def _notes(result: Result, still: int) -> Iterator[str]:
    if still:
        yield f"{still} positions were open at the end: they are in no statistic of the balance"
    if result.stopped:
        yield f"stopped before its end: {result.stopped}"
    yield from result.notes()
