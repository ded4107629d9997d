"""The trade chart: prices with entries, exits and stops, equity and drawdown, as one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mas.report.figures import Figures
from mas.report.pages import render_page
from mas.report.svg import thinned

if TYPE_CHECKING:
    from mas.report.record import Record

MOST_TRADES = 5000
"""Trades that a chart can show and stay fluent; the newest are kept."""
SCRIPT = Path(__file__).with_name("static") / "tradechart.js"


def trade_chart(record: Record) -> str:
    """Return the page; it needs a browser with scripts, and no network."""
    return render_page(
        "trades.html", record=record, kind="Trades", data=chart_data(record),
        script=SCRIPT.read_text(encoding="utf-8"), more=len(record.trades) - MOST_TRADES,
    )  # fmt: skip


def chart_data(record: Record) -> dict[str, Any]:
    """Return what the script draws: times in epoch seconds, prices, money."""
    curve = thinned(record.equity)
    depth = Figures(record).depth().reindex(curve.index)
    return {
        "bars": {name: _bars(record, name) for name in record.symbols},
        "trades": _trades(record),
        "equity": {
            "time": _seconds(curve.index),
            "value": curve.round(2).tolist(),
            "drawdown": depth.round(6).tolist(),
            "pnl": _closed(record, pd.DatetimeIndex(curve.index)).tolist(),
        },
        "currency": record.currency,
    }  # fmt: skip


def _trades(record: Record) -> list[dict[str, Any]]:
    table = record.trades.iloc[-MOST_TRADES:]
    columns: dict[str, Any] = {
        "symbol": table["symbol"], "side": table["side"], "volume": table["volume"],
        "from": _seconds(table["entry_time"]), "to": _seconds(table["exit_time"]),
        "entry": table["entry_price"], "exit": table["exit_price"], "net": table["net"],
        "reason": table["reason"],
    }  # fmt: skip
    stops = [record.stops.get(int(ticket), (0.0, 0.0)) for ticket in table["position"]]
    rows = zip(*(list(column) for column in columns.values()), strict=True)
    return [
        {**dict(zip(columns, row, strict=True)), "sl": sl, "tp": tp}
        for row, (sl, tp) in zip(rows, stops, strict=True)
    ]


def _closed(record: Record, times: pd.DatetimeIndex) -> np.ndarray[Any, Any]:
    """Return the profit of the trades that were closed at each time."""
    exits = record.trades["exit_time"].to_numpy().astype("datetime64[ms]")
    order = np.argsort(exits, kind="stable")
    sums = np.concatenate(([0.0], np.cumsum(record.trades["net"].to_numpy()[order])))
    moments = times.to_numpy().astype("datetime64[ms]")
    found: np.ndarray[Any, Any] = sums[exits[order].searchsorted(moments, side="right")].round(2)
    return found


def _bars(record: Record, symbol: str) -> dict[str, Any]:
    table = record.prices(symbol) if record.prices is not None else pd.DataFrame()
    if not len(table):
        return {"digits": 5, "time": [], "open": [], "high": [], "low": [], "close": []}
    prices = {name: table[name].tolist() for name in ("open", "high", "low", "close")}
    digits = max(len(f"{price:.8f}".rstrip("0").partition(".")[2]) for price in prices["close"])
    return {"digits": digits, "time": _seconds(table["time"]), **prices}


def _seconds(times: Any) -> list[int]:
    stamps = np.asarray(times).astype("datetime64[s]").astype(np.int64)
    return list(stamps.tolist())
