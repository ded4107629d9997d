# ruff: noqa: E501  tables
"""Signals: the arithmetic and the simulated terminal make the same trades, to the cent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mas
from mas.errors import ParamError
from mas.history import History
from mas.history.columns import Ticks
from mas.history.pyramid import FAN, Extremes
from mas.sim import built_in
from tests.unit.backtest.test_sources import SPAN, START, store_bars, ticks

DATA = Path(__file__).parents[4] / "shared" / "data"
M5 = {"timeframe": "M5", **SPAN}


def stored(symbol="EURUSD", digits=5, base=110_000, seed=7, **options):
    made = ticks(seed=seed, base=base, **options)
    scale = 10.0**digits
    table = pd.DataFrame({"time": made.times, "bid": made.bids / scale, "ask": made.asks / scale})
    History().load(table, symbol=symbol, digits=digits, progress=False)
    return made


def prepared(symbol="EURUSD", **params):
    return mas.Signals({"symbol": symbol, **M5, **params})


def both_ways(one, sets):
    """Return the results by arithmetic and by the simulated terminal."""
    quick = one.run(**sets)
    account, one._account = one._account, "asked for"
    slow = one.run(**sets)
    one._account = account
    return quick, slow


def same(quick, slow):
    pd.testing.assert_frame_equal(quick.trades, slow.trades, check_exact=True)
    assert quick.balance == slow.balance


def random_sets(rng, count, most=60):
    def flags(share):
        return rng.random(count) < share * rng.random()

    return {
        "entries": flags(0.3), "exits": flags(0.3), "short_entries": flags(0.3), "short_exits": flags(0.3),
        "volume": rng.choice([0.01, 0.1, 0.37], count), "sl": rng.integers(0, most, count) * rng.integers(0, 2),
        "tp": rng.integers(0, most, count) * rng.integers(0, 2),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("symbol", "digits", "base"), [("EURUSD", 5, 110_000), ("USDJPY", 3, 140_000)]
)
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"commission": 7.0, "slippage": 3},
        {"currency": "USD", "leverage": 30},
        {"price_improvement": True, "tester": True, "stop_out_ends": True, "slippage": 2},
    ],
)
def test_random_signals_on_random_ticks(symbol, digits, base, settings):
    stored(symbol, digits, base, days=6)
    one = prepared(symbol, to="2024-01-08", settings=settings)
    quick_runs = 0
    for seed in range(6):
        quick, slow = both_ways(one, random_sets(np.random.default_rng(seed), len(one.bars)))
        same(quick, slow)
        quick_runs += quick.exact == ""
    assert quick_runs == 6


def test_take_profits_at_the_gapped_price_R74():
    """A tick jumps 50 points over the level of a long, another below that of a short."""
    times = START + np.arange(0, 86_400_000, 10_000)
    bids = np.full(len(times), 110_000)
    bids[4000:6000] += 70
    table = pd.DataFrame({"time": times, "bid": bids / 1e5, "ask": (bids + 10) / 1e5})
    History().load(table, symbol="EURUSD", digits=5, progress=False)
    for improve, prices in ((True, [1.10070, 1.10010]), (False, [1.10030, 1.10050])):
        one = prepared(settings={"price_improvement": improve}, partial=True)
        sets = {"entries": flags(one, 3), "short_entries": flags(one, 140), "tp": 20}
        quick, slow = both_ways(one, sets)
        assert quick.exact == ""
        same(quick, slow)
        assert quick.trades["exit_price"].tolist() == prices


def test_a_night_is_charged_at_the_last_quote_before_it_R167():
    """USDJPY stands at 140.000, and at 150.000 from the tick of midnight on."""
    times = START + np.arange(0, 2 * 86_400_000, 10_000)
    bids = np.where(times < START + 86_400_000, 140_000, 150_000)
    table = pd.DataFrame({"time": times, "bid": bids / 1e3, "ask": bids / 1e3})
    History().load(table, symbol="USDJPY", digits=3, progress=False)
    one = prepared("USDJPY", capital=100_000)
    quick, slow = both_ways(one, {"entries": flags(one, 3), "exits": flags(one, 300), "volume": 1})
    assert quick.exact == ""
    same(quick, slow)
    rate = built_in()["USDJPY"].swap_long
    assert quick.trades["swap"].tolist() == [round(rate * 100 / 140, 2)]


@pytest.mark.parametrize("model", ["best", "ohlc", "open"])
@pytest.mark.parametrize("settings", [{}, {"commission": 7.0, "slippage": 3}])
def test_r245_random_signals_on_stored_minutes(model, settings):
    """Of ticks generated from bars, no more are made than are needed: the same trades."""
    store_bars(1, days=6)
    one = prepared(to="2024-01-08", settings=settings, model=model)
    stopped = 0
    for seed in range(12):
        quick, slow = both_ways(one, random_sets(np.random.default_rng(seed), len(one.bars)))
        same(quick, slow)
        assert quick.exact == ""
        stopped += quick.trades["reason"].isin(["sl", "tp"]).sum()
    assert stopped > 100


@given(st.integers(0, 2**32 - 1), st.sampled_from([60.0, 120.0, 300.0, 1000.0]))
def test_little_money(seed, capital):
    """Near the stop out, and without money for an order, the simulated terminal decides."""
    History().store.find("EURUSD", "ticks") or stored(days=3)
    one = prepared(capital=capital, to="2024-01-05")
    quick, slow = both_ways(one, random_sets(np.random.default_rng(seed), len(one.bars), most=400))
    same(quick, slow)


@given(st.integers(0, 2**32 - 1))
def test_what_is_refused_takes_no_terminal(seed):
    """Volumes that no symbol has, and orders without money far from any stop out (R35, R125)."""
    History().store.find("EURUSD", "ticks") or stored(days=3)
    one = prepared(capital=1000.0, to="2024-01-05", settings={"leverage": 10, "stop_out": 5.0})
    rng = np.random.default_rng(seed)
    sets = random_sets(rng, len(one.bars), most=400)
    sets["volume"] = rng.choice([0.001, 0.01, 0.105, 0.05, 0.2, 0.0, 101.0], len(one.bars))
    quick, slow = both_ways(one, sets)
    assert quick.exact == ""
    same(quick, slow)
    assert len(quick.refusals) == len(slow.refusals)


def test_a_stop_out_is_found():
    """A long of 3 lots on 4,000 falls 900 points: both ways the terminal closes it (R150)."""
    times = START + np.arange(0, 2 * 86_400_000, 10_000)
    bids = np.concatenate(
        [np.full(2000, 110_000), np.linspace(110_000, 109_100, len(times) - 2000).astype(int)]
    )
    table = pd.DataFrame({"time": times, "bid": bids / 1e5, "ask": (bids + 10) / 1e5})
    History().load(table, symbol="EURUSD", digits=5, progress=False)
    one = prepared(capital=4000, settings={"leverage": 100})
    entries = np.zeros(len(one.bars), bool)
    entries[3] = True
    quick, slow = both_ways(one, {"entries": entries, "volume": 3.0})
    assert quick.exact == "money could run short"
    assert quick.trades["reason"].tolist() == ["so"]
    same(quick, slow)


def flags(one, *at):
    found = np.zeros(len(one.bars), bool)
    found[list(at)] = True
    return found


def test_each_signal_deals_with_the_first_tick_after_its_bar():
    made = stored()
    one = prepared()
    result = one.run(flags(one, 10), flags(one, 20))
    (trade,) = result.trades.itertuples()
    closes = [START + (bar + 1) * 300_000 for bar in (10, 20)]
    first, last = made.times.searchsorted(closes)
    assert (trade.entry_price, trade.exit_price) == (made.asks[first] / 1e5, made.bids[last] / 1e5)
    assert (trade.entry_time, trade.exit_time) == tuple(
        pd.to_datetime(made.times[[first, last]], unit="ms")
    )
    assert result.equity["balance"].iloc[-1] == result.balance


@pytest.mark.parametrize(
    ("arrays", "sides"),
    [
        ({"entries": [5], "exits": [5, 9]}, []),  # an exit of its own bar
        ({"entries": [5], "short_entries": [5, 9]}, ["open short"]),  # both sides at once
        ({"entries": [5, 6, 7], "exits": [9]}, ["buy"]),  # already open
        ({"entries": [5], "short_entries": [9], "short_exits": [12]}, ["buy", "sell"]),  # turned round
        ({"entries": [5, 9], "exits": [9]}, ["buy"]),  # closes; the entry of that bar does not count
        ({"exits": [5], "entries": [7]}, []),  # left open
        ({"entries": [5], "exits": [3]}, []),
    ],
)  # fmt: skip
def test_which_signals_count(arrays, sides):
    stored()
    one = prepared(profile="account")
    sets = {"entries": flags(one), **{name: flags(one, *at) for name, at in arrays.items()}}
    quick, slow = both_ways(one, sets)
    assert quick.trades["side"].tolist() == [side for side in sides if side != "open short"]
    same(quick, slow)


def test_many_at_once_are_those_one_by_one():
    stored(days=4)
    one = prepared(to="2024-01-06")
    sets = [random_sets(np.random.default_rng(seed), len(one.bars)) for seed in range(12)]
    for many, single in zip(
        one.run_many(sets, workers=3), (one.run(**kept) for kept in sets), strict=True
    ):
        same(many, single)


@pytest.mark.parametrize(
    ("settings", "symbol", "why"),
    [
        ({"margin_mode": "netting"}, "EURUSD", "the setting margin_mode is 'netting'"),
        ({"latency_ms": 50}, "EURUSD", "the setting latency_ms is 50"),
        (
            {"currency": "JPY", "balance": 1e6},
            "EURUSD",
            "results of EURUSD are converted by another pair",
        ),
        ({}, "XAUUSD", "trade_calc_mode of XAUUSD is "),
    ],
)
def test_what_the_arithmetic_does_not_know_goes_through_the_terminal(settings, symbol, why):
    one = prepared(symbol, settings=settings)
    result = one.run(flags(one, 10, 100), flags(one, 50, 150))
    assert result.exact.startswith(why)
    assert len(result) == 2
    assert (result.trades["volume"] == 0.1).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"entries": [True]}, "entries must be an array of 576 bools, was bool of shape (1,)"),
        (
            {"entries": np.zeros(576)},
            "entries must be an array of 576 bools, was float64 of shape (576,)",
        ),
        ({"entris": None}, "'entris' must be one of entries, exits, short_entries"),
        ({"entry": "lmit"}, "entry must be one of market, limit, stop, was 'lmit'"),
        ({"distance": 10}, "distance, expiry and follow are for pending orders"),
        ({"entry": "stop", "entries": np.ones(576, bool)}, "distance is missing: a stop order"),
        ({"entry": "limit", "distance": 5, "follow": True}, "follow is for entry='stop'"),
        ({"risk": 1.0, "entries": np.ones(576, bool)}, "risk needs sl"),
        ({"expiry": 1.5, "entry": "limit"}, "expiry must be whole bars of 0 or more"),
        ({"volume": -1}, "volume must be lots of 0 or more, one number or 576 of them"),
        ({"sl": 1.5}, "sl must be whole points of 0 or more, one number or 576 of them"),
        ({"tp": [1, 2]}, "tp must be whole points of 0 or more, one number or 576 of them"),
        ({"tp": "x"}, "tp must be whole points"),
    ],
)
def test_wrong_arguments_are_one_line(arguments, message):
    stored()
    one = prepared()
    with pytest.raises(ParamError) as caught:
        one.run(**{"entries": flags(one), **arguments})
    assert str(caught.value).startswith(message)


def test_wrong_parameters_are_one_line():
    with pytest.raises(ParamError, match="timeframe is missing"):
        mas.Signals({"symbol": "EURUSD", "from": "2024-01-01", "to": "2024-01-02"})


def test_no_signal_no_trade():
    stored()
    one = prepared()
    result = one.run(flags(one))
    assert (len(result), result.balance) == (0, 10_000.0)
    assert repr(result) == "<SignalResult 0 trades, balance 10000.00>"
    assert result.trades.empty
    assert set(result.equity["equity"]) == {10_000.0}


def test_volumes_that_would_be_refused_are():
    stored()
    one = prepared()
    quick, slow = both_ways(
        one, {"entries": flags(one, 5, 20), "exits": flags(one, 10, 30), "volume": 0.001}
    )
    assert len(quick) == len(slow) == 0


@pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real data is not here")
@pytest.mark.parametrize(
    ("name", "symbol", "span"),
    [
        ("EURUSD_ticks_2014-05-01_2014-05-09", "EURUSD", ("2014-05-01", "2014-05-10")),
        ("EURUSD_ticks_raw_crossed_2014-05-08", "EURUSD", ("2014-05-08 05:00", "2014-05-09 05:00")),
        ("USDJPY_M1_2013", "USDJPY", ("2013-02-01", "2013-03-01")),
    ],
)
def test_random_signals_on_real_ticks(name, symbol, span):
    History().load(DATA / f"{name}.parquet", progress=False)
    one = mas.Signals({"symbol": symbol, "timeframe": "M1", "from": span[0], "to": span[1]})
    for seed in range(2):
        quick, slow = both_ways(
            one, random_sets(np.random.default_rng(seed), len(one.bars), most=300)
        )
        same(quick, slow)
        assert quick.exact == ""


# -- many searches at once ---------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, FAN - 1, FAN, FAN + 1, 5000, FAN * FAN + 777])
@pytest.mark.parametrize("lowest", [True, False])
def test_many_searches_find_what_one_finds(count, lowest):
    rng = np.random.default_rng(count)
    column = (100_000 + np.cumsum(rng.integers(-3, 4, count))).astype(np.int32)
    extremes = Extremes(column, lowest=lowest)
    starts = rng.integers(0, count + 1, 200)
    ends = np.minimum(starts + rng.integers(0, count + 1, 200), count)
    near = rng.integers(-200, 60, 200)
    levels = column[np.minimum(starts, count - 1)] + (near if lowest else -near)
    alone = [
        extremes.first(int(start), int(end), int(level)) if start < end else -1
        for start, end, level in zip(starts, ends, levels, strict=True)
    ]
    assert extremes.first_of_each(starts, ends, levels).tolist() == alone


def test_ticks_of_one_moment():
    """A bar is pushed with the last tick of its moment; stops look at those after it."""
    times = START + np.array(
        [0, 299_000, 300_000, 300_000, 300_000, 300_001, 600_000, 600_000, 900_000]
    )
    bids = 110_000 + np.array([0, 5, 10, 40, 20, -60, 30, -90, 0])
    made = Ticks(times, bids, bids + 10)
    table = pd.DataFrame({"time": made.times, "bid": made.bids / 1e5, "ask": made.asks / 1e5})
    History().load(table, symbol="EURUSD", digits=5, progress=False)
    one = mas.Signals(
        {"symbol": "EURUSD", "timeframe": "M5", "from": "2024-01-02", "to": "2024-01-03"}
    )
    for sl in (0, 30, 100, 119, 120):
        quick, slow = both_ways(one, {"entries": flags(one, 0), "exits": flags(one, 1), "sl": sl})
        same(quick, slow)
        assert quick.trades["entry_price"].tolist() == [1.10030]
