"""The tables of a run, made from its account, its history and its events; brings pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from mas.backtest.incidents import ERROR_COLUMNS, REFUSAL_COLUMNS
from mas.backtest.trips import TRADE_COLUMNS, TRADE_KINDS, round_trips
from mas.backtest.valuation import sampled
from mas.clock import naive_utc
from mas.history.library import frame
from mas.history.resample import merged, seconds_of, step_of
from mas.sim import to_mt5
from mas.terminal import constants as c
from mas.terminal.servertime import in_utc
from mas.terminal.types import TradeDeal, TradeOrder

if TYPE_CHECKING:
    from collections.abc import Callable

    from mas.backtest.excursions import Excursion
    from mas.backtest.state import RunState


def deals(run: RunState) -> pd.DataFrame:
    """Return all deals, one row each, balance operations included."""
    table = pd.DataFrame(run.account.deals, columns=TradeDeal._fields)
    table["time"] = pd.to_datetime(table["time_msc"], unit="ms")
    return table


def orders(run: RunState) -> pd.DataFrame:
    """Return all orders, finished and active, in the order of their tickets."""
    symbols = run.terminal.market.symbols
    found = sorted(
        [*run.account.history.values(), *run.account.orders.values()],
        key=lambda order: order.ticket,
    )
    rows = [to_mt5.order(order, symbols[order.symbol], None) for order in found]
    table = pd.DataFrame(rows, columns=TradeOrder._fields)
    for name in ("time_setup", "time_done"):
        table[name] = pd.to_datetime(table[f"{name}_msc"], unit="ms")
    return table


def trades(run: RunState) -> pd.DataFrame:
    """Return round trips: what each closing deal took off its position."""
    rows = list(round_trips(run.account.deals))
    table = pd.DataFrame(rows, columns=list(TRADE_COLUMNS))
    for name in ("entry_time", "exit_time"):
        table[name] = pd.to_datetime(table[name], unit="ms")
    return table.astype(TRADE_KINDS)


def refused(run: RunState) -> pd.DataFrame:
    """Return the requests and orders that were refused."""
    table = pd.DataFrame(run.session.statuses.refused, columns=list(REFUSAL_COLUMNS))
    table["time"] = pd.to_datetime(table["time"], unit="ms")
    return table


def errors(run: RunState) -> pd.DataFrame:
    """Return what callbacks raised, a row for each place."""
    table = pd.DataFrame(run.incidents.rows(), columns=list(ERROR_COLUMNS))
    table["first"] = pd.to_datetime(table["first"], unit="ms")
    return table


def open_positions(run: RunState) -> pd.DataFrame:
    """Return what is still open, valued at the newest quotes."""
    rows = [
        {
            "symbol": position.symbol,
            "side": "buy" if position.type == c.POSITION_TYPE_BUY else "sell",
            "volume": position.volume,
            "entry_time": naive_utc(position.time_msc),
            "entry_price": position.price_open,
            "profit": round(position.profit + position.swap, 2),
        }
        for position in in_utc(run.terminal, run.terminal.market.server).positions_get() or ()
    ]
    names = ("symbol", "side", "volume", "entry_time", "entry_price", "profit")
    table = pd.DataFrame(rows, columns=list(names))
    return table.astype({"volume": float, "entry_price": float, "profit": float})


def stops(run: RunState) -> pd.DataFrame:
    """Return SL and TP that each position was opened with, 0.0 for none, by identifier."""
    symbols, history = run.terminal.market.symbols, run.account.history
    rows = []
    for deal in run.account.deals:
        order = history.get(deal.order)
        if deal.entry == c.DEAL_ENTRY_IN and order is not None and (order.sl or order.tp):
            price = symbols[deal.symbol].price
            rows.append((deal.position_id, price(order.sl), price(order.tp)))
    table = pd.DataFrame(rows, columns=["position", "sl", "tp"])
    return table.astype({"position": np.int64, "sl": float, "tp": float})


def prices(run: RunState, symbol: str) -> pd.DataFrame:
    """Return the bars of a symbol in the run's period, few enough for a chart."""
    replay = run.replays[symbol]
    step = max(step_of(run.start, run.end), replay.timeframe, key=seconds_of)
    bars, _ = replay.bars(replay.timeframe, run.start, run.end + 1)
    return frame(merged(bars, step), replay.symbol.digits)


def equity(run: RunState) -> pd.DataFrame:
    """Return balance, equity, margin and margin level as the account itself had them then."""
    times = sampled(run.feeds, run.replays, run.end, [deal.time_msc for deal in run.account.deals])
    curve = run.valuation().curve(times)
    index = pd.DatetimeIndex(times.astype("datetime64[ms]"), name="time")
    return pd.DataFrame(curve._asdict(), index=index, copy=False)


def excursions(run: RunState) -> pd.DataFrame:
    """Return the best and the worst floating result of each position."""
    return _extremes("position", run.valuation().excursions())


def deal_excursions(run: RunState) -> pd.DataFrame:
    """Return the same for each part of a position that was closed, by the closing deal."""
    return _extremes("deal", run.valuation().deal_excursions())


def _extremes(key: str, found: dict[int, Excursion]) -> pd.DataFrame:
    rows = [(ticket, *excursion) for ticket, excursion in found.items()]
    table = pd.DataFrame(rows, columns=[key, "mfe", "mae"])
    return table.astype({key: np.int64, "mfe": float, "mae": float})


MAKERS: Final[dict[str, Callable[[RunState], pd.DataFrame]]] = {
    "deals": deals,
    "orders": orders,
    "trades": trades,
    "equity": equity,
    "excursions": excursions,
    "deal_excursions": deal_excursions,
    "refusals": refused,
    "errors": errors,
    "open": open_positions,
    "stops": stops,
}
"""The tables that a result keeps, by name."""
