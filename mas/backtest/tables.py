"""The tables of a run, made from its account, its history and its events; brings pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from mas.backtest.columns import table
from mas.backtest.trips import round_trips
from mas.backtest.valuation.over_time import sampled
from mas.history.library import frame
from mas.history.resample import merged, seconds_of, step_of
from mas.sim import to_mt5
from mas.terminal import constants as c
from mas.terminal.servertime import in_utc

if TYPE_CHECKING:
    from collections.abc import Callable

    from mas.backtest.state import RunState


def deals(run: RunState) -> pd.DataFrame:
    """Return all deals, one row each, balance operations included."""
    return table("deals", (deal._replace(time=deal.time_msc) for deal in run.account.deals))


def orders(run: RunState) -> pd.DataFrame:
    """Return all orders, finished and active, in the order of their tickets."""
    symbols = run.terminal.market.symbols
    found = sorted(
        [*run.account.history.values(), *run.account.orders.values()],
        key=lambda order: order.ticket,
    )
    rows = (to_mt5.order(order, symbols[order.symbol], None) for order in found)
    return table(
        "orders",
        (row._replace(time_setup=row.time_setup_msc, time_done=row.time_done_msc) for row in rows),
    )


def trades(run: RunState) -> pd.DataFrame:
    """Return round trips: what each closing deal took off its position."""
    return table("trades", round_trips(run.account.deals))


def refused(run: RunState) -> pd.DataFrame:
    """Return the requests and orders that were refused."""
    return table("refusals", run.session.statuses.refused)


def errors(run: RunState) -> pd.DataFrame:
    """Return what callbacks raised, a row for each place."""
    return table("errors", run.incidents.rows())


def open_positions(run: RunState) -> pd.DataFrame:
    """Return what is still open, valued at the newest quotes."""
    held = in_utc(run.terminal, run.terminal.market.server).positions_get() or ()
    return table(
        "open",
        (
            (
                position.symbol, "buy" if position.type == c.POSITION_TYPE_BUY else "sell",
                position.volume, position.time_msc, position.price_open,
                round(position.profit + position.swap, 2),
            )
            for position in held
        ),
    )  # fmt: skip


def stops(run: RunState) -> pd.DataFrame:
    """Return SL and TP that each position was opened with, 0.0 for none, by identifier."""
    symbols, history = run.terminal.market.symbols, run.account.history
    rows = []
    for deal in run.account.deals:
        order = history.get(deal.order)
        if deal.entry == c.DEAL_ENTRY_IN and order is not None and (order.sl or order.tp):
            price = symbols[deal.symbol].price
            rows.append((deal.position_id, price(order.sl), price(order.tp)))
    return table("stops", rows)


def prices(run: RunState, symbol: str) -> pd.DataFrame:
    """Return the bars of a symbol in the run's period, few enough for a chart."""
    replay = run.replays[symbol]
    step = max(step_of(run.start, run.end), replay.timeframe, key=seconds_of)
    bars, _ = replay.bars(replay.timeframe, run.start, run.end + 1)
    return frame(merged(bars, step), replay.symbol.digits)


def equity(run: RunState) -> pd.DataFrame:
    """Return balance, equity, margin and margin level as the account itself had them then."""
    times = sampled(run.feeds, run.replays, run.end, [one.time_msc for one in run.account.deals])
    curve = run.valuation().curve(times)
    index = pd.DatetimeIndex(times.astype("datetime64[ms]"), name="time")
    return pd.DataFrame(curve._asdict(), index=index, copy=False)


def excursions(run: RunState) -> pd.DataFrame:
    """Return the best and the worst floating result of each position."""
    found = run.valuation().excursions()
    return table("excursions", ((position, *each) for position, each in found.items()))


def deal_excursions(run: RunState) -> pd.DataFrame:
    """Return the same for each part of a position that was closed, by the closing deal."""
    found = run.valuation().deal_excursions()
    return table("deal_excursions", ((deal, *each) for deal, each in found.items()))


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
