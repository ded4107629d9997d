"""Ticks of one millisecond come one by one: an order sent between two deals at the first of them.

What a strategy does in the callback of each tick is compared with a walk over every tick.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mas import MAS
from mas.backtest.data import Replay
from mas.backtest.feeds import BarFeed, TickFeed, shared_ticks
from mas.backtest.run import Run
from mas.history.columns import Ticks
from mas.sim import SimSettings
from mas.terminal import constants as c
from tests.reference.test_against_reference import SCALE, START, WITHOUT_SWAP, Pair, ask, requests

DATA = Path(__file__).parents[3] / "shared" / "data"


class Trader(MAS):
    """At each tick: lets the slow broker see it, then both hear the wishes of that tick."""

    def __init__(self, pair: Pair, wishes: dict[int, list[dict[str, Any]]]) -> None:
        super().__init__()
        self.pair, self.wishes, self.count = pair, wishes, 0

    def receive_ticks(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        time, *_ = tick = self.pair.left.pop(0)
        self.pair.slow.tick(*tick)
        shown = self.pair.fast.symbol_info_tick(symbol)
        assert (shown.time_msc, shown.bid, shown.ask) == (time, data["bid"], data["ask"])
        for wish in self.wishes.get(self.count, ()):
            ask(self.pair, wish)
        self.count += 1


def played(
    ticks: Ticks, wishes: dict[int, list[dict[str, Any]]], *, improve: bool = False,
    hedging: bool = True, bars: bool = False,
) -> Pair:  # fmt: skip
    """Run both brokers over some ticks, and return them compared."""
    pair = Pair(balance=3_000.0, hedging=hedging, improve=improve)
    trader = Trader(pair, wishes)
    start, end = int(ticks.times[0]), int(ticks.times[-1]) + 1
    feeds: list[Any] = [TickFeed("EURUSD", start, end)]
    if bars:
        feeds.append(BarFeed("EURUSD", c.TIMEFRAME_M1, start, end))
    replay = Replay(WITHOUT_SWAP["EURUSD"], ticks, "made ticks")
    run = Run(trader, {"EURUSD": replay}, feeds, pair.fast.settings, symbols=WITHOUT_SWAP)
    pair.fast, pair.clock = run.terminal, run.clock
    pair.slow.next_ticket = run.terminal.broker.account.next_order
    pair.left = [
        (time, "EURUSD", bid, ask)
        for time, bid, ask in zip(*(one.tolist() for one in ticks[:3]), strict=True)
    ]
    run.go(progress=False)
    assert trader.count == len(ticks.times)
    pair.slow.until(run.clock.now_ms())  # a last bar may be pushed after the last tick
    pair.compare()
    return pair


def made(gaps: Any, moves: Any, spreads: Any) -> Ticks:
    bids = 110_000 + np.cumsum(moves)
    return Ticks(START + np.cumsum(gaps), bids, bids + np.asarray(spreads))


@given(
    steps=st.lists(
        st.tuples(st.sampled_from([0, 0, 0, 1, 40]), st.integers(-120, 120), st.integers(0, 30)),
        min_size=5, max_size=120,
    ),
    wishes=st.lists(requests, min_size=1, max_size=25),
    improve=st.booleans(), hedging=st.booleans(), bars=st.booleans(),
)  # fmt: skip
@settings(deadline=None)
def test_random_ticks_of_few_moments(
    steps: Any, wishes: Any, improve: bool, hedging: bool, bars: bool
) -> None:
    by_tick: dict[int, list[Any]] = {}
    for wish in wishes:
        wish["symbol"] = "EURUSD"
        by_tick.setdefault(wish["at"] % len(steps), []).append(wish)
    ticks = made(*zip(*steps, strict=True))
    played(ticks, by_tick, improve=improve, hedging=hedging, bars=bars)


@pytest.mark.skipif(not DATA.exists(), reason="the real market data are not on this machine")
def test_the_raw_feed() -> None:
    """One day of a real feed, in which bursts share a time and asks lie below bids."""
    pd = pytest.importorskip("pandas")
    table = pd.read_parquet(DATA / "EURUSD_ticks_raw_crossed_2014-05-08.parquet")
    table = table.iloc[60_000:80_000]
    times = table["time"].to_numpy(np.int64) // 250 * 250  # coarser, so that more share a time
    bids, asks = (
        np.round(table[name].to_numpy() * SCALE).astype(np.int64) for name in ("bid", "ask")
    )
    assert (np.diff(times) == 0).mean() > 0.1
    rng, wishes = np.random.default_rng(5), {}
    for at in rng.integers(0, len(times), 400).tolist():
        wishes[at] = [{
            "at": at, "action": int(rng.choice([1, 1, 5, 5, 5, 6, 8])), "symbol": "EURUSD",
            "type": int(rng.integers(0, 8)), "volume": float(rng.choice([0.01, 0.1])),
            "price": int(rng.integers(-30, 30)), "limit": int(rng.integers(-20, 20)),
            "sl": int(rng.integers(0, 40)), "tp": int(rng.integers(0, 40)),
            "close": bool(rng.integers(0, 2)), "ends": 0, "which": int(rng.integers(0, 9)),
        }]  # fmt: skip
    pair = played(Ticks(times - times[0] + START, bids, asks), wishes)
    assert len(pair.slow.deals) > 200


def run_of(ticks: Ticks, act: Any, *, dealt: bool = False, **options: Any) -> tuple[Any, list[Any]]:
    """Run a function of (terminal, tick) over the ticks; return the terminal and its answers."""
    answers: list[Any] = []

    class Acting(MAS):
        def receive_ticks(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
            answers.append(act(run.terminal, data))

    feed = TickFeed("EURUSD", START, int(ticks.times[-1]) + 1, dealt=dealt)
    replay = Replay(WITHOUT_SWAP["EURUSD"], ticks, "made ticks")
    made_settings = SimSettings(**options)
    run = Run(Acting(), {"EURUSD": replay}, [feed], made_settings, symbols=WITHOUT_SWAP)
    run.go(progress=False)
    return run.terminal, answers


BURST = Ticks(
    START + np.array([0, 5, 5, 5, 5, 900]),
    np.array([110_000, 110_010, 110_020, 110_000, 110_040, 110_030]),
    np.array([110_005, 110_015, 110_025, 110_005, 110_045, 110_035]),
    np.array([0, 110_010, 0, 110_005, 0, 110_030]),
    np.array([0.0, 1.0, 0.0, 1.0, 0.0, 1.0]),
)


def test_no_later_tick_is_known() -> None:
    """Neither as quote, nor in the history, nor in the bar that forms."""

    def look(terminal: Any, _: Any) -> Any:
        ticks = terminal.copy_ticks_range("EURUSD", START // 1000, START // 1000 + 60, -1)
        (bar,) = terminal.copy_rates_from_pos("EURUSD", c.TIMEFRAME_M1, 0, 1)
        return len(ticks), round(bar["high"] * SCALE), bar["tick_volume"]

    highs = [110_000, 110_010, 110_020, 110_020, 110_040, 110_040]
    assert run_of(BURST, look)[1] == [(n + 1, highs[n], n + 1) for n in range(6)]


def test_a_stop_is_seen_by_the_ticks_that_follow_in_the_same_millisecond() -> None:
    def act(terminal: Any, tick: Any) -> None:
        if tick["bid"] == 1.1002:  # the third tick; the fourth is below the stop, then it rises
            order = {"action": 1, "symbol": "EURUSD", "volume": 0.1, "type": 0, "sl": 1.1001}
            assert terminal.order_send(order).price == 1.10025

    terminal, _ = run_of(BURST, act)
    first, second = (one for one in terminal.history_deals_get(0, 4e9) if one.order)
    assert (second.price, second.reason, second.time_msc) == (1.1, c.DEAL_REASON_SL, START + 5)
    assert first.time_msc == START + 5


def test_ticks_that_are_not_pushed_are_looked_at_all_the_same() -> None:
    """Only ticks with a deal are pushed: the last of the burst, which reaches 1.1004, is not."""

    def act(terminal: Any, tick: Any) -> Any:
        if tick["bid"] == 1.1:
            order = {"action": 1, "symbol": "EURUSD", "volume": 0.1, "type": 0, "tp": 1.1004}
            return terminal.order_send(order).price
        return terminal.positions_total()

    terminal, answers = run_of(BURST, act, dealt=True)
    assert answers == [0, 1.10005, 0]
    assert [one.time_msc - START for one in terminal.history_deals_get(0, 4e9)[1:]] == [5, 5]


def test_time_that_passes_inside_a_callback_brings_all_of_the_burst() -> None:
    def act(terminal: Any, tick: Any) -> Any:
        if tick["bid"] == 1.1001:
            order = {"action": 1, "symbol": "EURUSD", "volume": 0.1, "type": 0}
            return terminal.order_send(order).price
        return None

    assert run_of(BURST, act, latency_ms=50)[1][1] == 1.10045


@given(
    gaps=st.lists(st.sampled_from([0, 0, 1]), min_size=1, max_size=30),
    chosen=st.lists(st.booleans(), min_size=30, max_size=30),
    ends=st.integers(1, 30),
)
def test_which_pushes_share_a_time(gaps: Any, chosen: Any, ends: int) -> None:
    times = np.cumsum(gaps)
    pushed = [n for n in range(len(times)) if chosen[n]]
    count = min(ends, len(pushed))
    if not count:
        return
    found = shared_ticks(times, np.array(pushed[: count + 1]), count)
    before, after = ([-1] * count, [-1] * count) if found is None else (x.tolist() for x in found)
    for place in range(count):
        same = [n for n in range(len(times)) if times[n] == times[pushed[place]]]
        goes_on = place + 1 < len(pushed) and times[pushed[place + 1]] == times[pushed[place]]
        assert before[place] == (pushed[place] if len(same) > 1 else -1)
        assert after[place] == (same[-1] if len(same) > 1 and not goes_on else -1)
