"""The trades of other libraries on the same data and strategy, recorded; each difference explained.

``python -m benchmarks.peers.record`` writes the records anew.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.bench_backtest import Cross, Hourly
from benchmarks.peers import data, ours
from mas.backtest.feeds import BarFeed
from mas.backtest.run import Run
from mas.backtest.sources import Plan, generated
from mas.history.columns import Bars
from mas.sim import SimSettings, built_in

RECORDS = Path(__file__).parents[1] / "data" / "peers"
BARS, TICKS = 20_000, 1_000_000


def recorded(name: str) -> pd.DataFrame:
    return pd.read_csv(RECORDS / name)


def traded(client: object, replay: object, feed: object, **settings: float) -> pd.DataFrame:
    run = Run(client, {"EURUSD": replay}, [feed], SimSettings(balance=1e6, **settings))
    table = run.go(progress=False).trades
    for name in ("entry_time", "exit_time"):
        table[name] = table[name].astype("datetime64[ms]").astype("int64")
    return table


@pytest.fixture(scope="module")
def minutes() -> Bars:
    columns = {name: column[:BARS] for name, column in data.minutes().items()}
    prices = (np.rint(columns[name] * 1e5).astype(np.int64) for name in ours.PRICES)
    return Bars(columns["time"] * 1000, *prices, columns["tick_volume"], columns["spread"])


def cross(minutes: Bars, spread: int) -> pd.DataFrame:
    feed = BarFeed("EURUSD", 1, int(minutes.times[0]), int(minutes.times[-1]) + 60_000)
    plan = Plan(feed.start, feed.end, "ohlc", spread=spread)
    replay = generated(built_in()["EURUSD"], minutes, plan, "made bars")
    return traded(Cross(), replay, feed, commission=7.0)


def test_market_orders_are_those_of_backtesting_py(minutes: Bars) -> None:
    """Without spread every time and price is the same; money but for cents and swaps.

    A terminal rounds each result and each commission to cents (R145), and charges swap at
    midnight (R160), which backtesting.py does not know.
    """
    theirs, mine = recorded("backtesting_W1.csv"), cross(minutes, 0)
    assert len(mine) == len(theirs) > 100
    assert mine["entry_time"].tolist() == theirs["entry_time"].tolist()
    assert mine["exit_time"].tolist() == theirs["exit_time"].tolist()
    assert mine["side"].tolist() == theirs["side"].tolist()
    assert mine["entry_price"].tolist() == theirs["entry_price"].tolist()
    assert mine["exit_price"].tolist() == theirs["exit_price"].tolist()
    assert (mine["commission"] == -1.4).all()
    own = mine["profit"] + mine["commission"]
    assert np.abs(own - theirs["net"]).max() < 0.011
    day = 86_400_000
    nights = mine["exit_time"] // day - mine["entry_time"] // day
    assert ((mine["swap"] != 0) <= (nights > 0)).all()


def test_a_spread_moves_what_buys_and_nothing_else(minutes: Bars) -> None:
    """With 10 points between bid and ask a buy pays the ask (R50); the signals do not change."""
    theirs, mine = recorded("backtesting_W1.csv"), cross(minutes, 10)
    assert mine["entry_time"].tolist() == theirs["entry_time"].tolist()
    long = mine["side"] == "buy"
    entry = np.rint((mine["entry_price"] - theirs["entry_price"]) * 1e5)
    leave = np.rint((mine["exit_price"] - theirs["exit_price"]) * 1e5)
    assert entry.tolist() == np.where(long, 10, 0).tolist()
    assert leave.tolist() == np.where(long, 0, 10).tolist()


def test_brackets_are_those_of_nautilus_trader() -> None:
    """Every entry is the same, and every exit but those that the rules make different.

    A stop loss deals at the quote that has passed it (R71), a point or two beyond the level at
    which nautilus_trader deals. Of two take profits that one tick passes, both deal with it
    (R72, R75); nautilus_trader deals one, and the other with a later tick.
    """
    columns = {name: column[:TICKS] for name, column in data.ticks().items()}
    replay, feed = ours.ticks(columns)
    mine = traded(Hourly(), replay, feed)
    theirs = recorded("nautilus_trader_W2.csv")
    both = mine.merge(theirs, on="entry_time", suffixes=("", "_theirs"))
    # The data begins within an hour, of which a client of ours is told nothing: no whole bar.
    assert len(both) == len(mine) == len(theirs) - 1 > 250
    assert both["entry_price"].tolist() == both["entry_price_theirs"].tolist()
    same_time = both["exit_time"] == both["exit_time_theirs"]
    slip = np.rint((both["exit_price"] - both["exit_price_theirs"]) * 1e5)
    profits = both["reason"] == "tp"
    assert (slip[profits] == 0).all()
    assert same_time[~profits].all()
    late = both[~same_time]
    assert (late["exit_time_theirs"] > late["exit_time"]).all()
    assert late["exit_time"].isin(both["exit_time"][same_time]).all()
    assert ((slip[~profits] <= 0) & (slip[~profits] >= -3)).all()
    bids = columns["bid"][np.searchsorted(columns["time"], both["exit_time"][~profits])]
    assert both["exit_price"][~profits].tolist() == (bids / 1e5).tolist()
