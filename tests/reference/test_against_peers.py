"""The trades of other libraries on the same data and strategy, recorded; each difference explained.

``python -m benchmarks.peers.record`` writes the records anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmarks.bench_backtest import Cross
from benchmarks.peers import data, match, ours
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
    """Every entry and exit is the same, but for the price of stop losses.

    A stop loss deals at the quote that has passed it (R71), a point or two beyond the level at
    which nautilus_trader deals; a take profit, a limit, never deals worse than its price (R72).
    """
    columns = {name: column[:TICKS] for name, column in data.ticks().items()}
    replay, feed = ours.ticks(columns)
    mine = traded(ours.Hourly(), replay, feed).sort_values("entry_time", ignore_index=True)
    theirs = recorded("nautilus_trader_W2.csv")
    assert len(mine) == len(theirs) > 250
    assert mine["entry_time"].tolist() == theirs["entry_time"].tolist()
    assert mine["exit_time"].tolist() == theirs["exit_time"].tolist()
    assert mine["entry_price"].tolist() == theirs["entry_price"].tolist()
    slip = np.rint((mine["exit_price"] - theirs["exit_price"]) * 1e5)
    profits = mine["reason"] == "tp"
    assert (slip[profits] == 0).all()
    assert ((slip[~profits] <= 0) & (slip[~profits] >= -3)).all()
    bids = columns["bid"][np.searchsorted(columns["time"], mine["exit_time"][~profits])]
    assert mine["exit_price"][~profits].tolist() == (bids / 1e5).tolist()


@pytest.fixture(scope="module")
def brackets() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return ticks, our trades on them, and those that nautilus_trader has recorded."""
    columns = {name: column[:TICKS] for name, column in data.ticks().items()}
    replay, feed = ours.ticks(columns)
    run = Run(ours.Hourly(), {"EURUSD": replay}, [feed], SimSettings(balance=1e6))
    theirs = recorded("nautilus_trader_W2.csv")
    taken = {name: theirs[name].to_numpy() for name in theirs if name != "net"}
    taken |= {"size": np.full(len(theirs), 10_000.0), "side": taken["side"].astype(str)}
    return columns, ours.trades_of(run.go(progress=False).trades), taken


def test_the_comparison_finds_the_same_trades_the_same(brackets: Any) -> None:
    columns, mine, theirs = brackets
    assert match.differences("nautilus_trader", "W2", columns, mine, theirs) == []


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("entry_time", lambda value: value + 1, "1 of 265 entry times: of trade 7 "),
        ("exit_time", lambda value: value - 1, "1 of 265 exit times: of trade 7 "),
        ("entry_price", lambda value: value + 1e-5, "1 of 265 entry prices: of trade 7 "),
        ("exit_price", lambda value: value - 1e-5, "1 of 265 exit prices: of trade 7 "),
        ("size", lambda value: value + 1, "1 of 265 sizes: of trade 7 10001.0, ours 10000.0"),
        ("side", lambda _: "sel", "1 of 265 sides: of trade 7 sel, ours buy"),
    ],
)
def test_the_comparison_finds_what_differs(
    brackets: Any, name: str, change: Any, words: str
) -> None:
    columns, mine, theirs = brackets
    column = theirs[name].copy()
    column[7] = change(column[7])
    (found,) = match.differences("nautilus_trader", "W2", columns, mine, {**theirs, name: column})
    assert found.startswith(words)


def test_the_comparison_counts_trades(brackets: Any) -> None:
    columns, mine, theirs = brackets
    fewer = {name: column[1:] for name, column in theirs.items()}
    assert match.differences("nautilus_trader", "W2", columns, mine, fewer) == [
        "264 trades, ours are 265"
    ]
    none = {name: column[:0] for name, column in mine.items()}
    assert "there are no trades" in match.differences("any", "W2", columns, none, none)


def test_a_stop_at_its_level_is_another_price_unless_a_library_is_known_for_it(
    brackets: Any,
) -> None:
    columns, mine, theirs = brackets
    (found,) = match.differences("hftbacktest", "W2", columns, mine, theirs)
    assert "exit prices" in found


def test_our_own_stops_are_checked_against_the_ticks(brackets: Any) -> None:
    columns, mine, theirs = brackets
    stopped = int(np.flatnonzero(mine["reason"] == "sl")[0])
    price = mine["exit_price"].copy()
    price[stopped] -= 1e-5
    found = match.differences(
        "nautilus_trader", "W2", columns, {**mine, "exit_price": price}, theirs
    )
    assert found == ["1 of our stops are not at the quote that passed them"]
