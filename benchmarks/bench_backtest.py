"""Backtests: a million minute bars, and ticks by the million; floor: the same callbacks alone."""

from __future__ import annotations

import numpy as np
import pytest

from mas import MAS
from mas.backtest.data import Replay
from mas.backtest.feeds import BarFeed
from mas.backtest.run import Run
from mas.backtest.sources import Plan, generated
from mas.history.columns import Bars, Ticks
from mas.sim import SimSettings, built_in

BARS = 1_000_000
START = 1_400_000_040
ROUNDS = {"rounds": 3, "iterations": 1, "warmup_rounds": 0}
M1 = 1


class Silent(MAS):
    """Takes bars and does nothing."""

    def receive_bars(self, symbol, data, is_end=False):
        pass


class Cross(MAS):
    """A cross of two moving averages of 40 and 160 bars, by rolling sums."""

    def __init__(self):
        super().__init__()
        self.closes, self.fast, self.slow = [], 0.0, 0.0
        self.side, self.ticket = "", None

    def receive_bars(self, symbol, data, is_end=False):
        closes, last = self.closes, data["close"]
        closes.append(last)
        self.fast += last - closes[-41] if len(closes) > 40 else last
        if len(closes) <= 160:
            self.slow += last
            return
        self.slow += last - closes[-161]
        side = "buy" if self.fast * 4 > self.slow else "sell"
        if side != self.side:
            self.turn(side)

    def turn(self, side):
        order = {"backtest_toggle": True, "symbol": "EURUSD", "order_type": side, "volume": 0.1}
        if self.ticket:
            self.send_order({**order, "order_id": self.ticket})
        self.ticket, self.side = self.send_order(order), side


class Hourly(MAS):
    """A market order with stops 20 pips away at each hour."""

    def receive_bars(self, symbol, data, is_end=False):
        price = data["close"]
        order = {"backtest_toggle": True, "symbol": "EURUSD", "order_type": "buy", "volume": 0.1}
        self.send_order({**order, "sl": price - 0.0020, "tp": price + 0.0020})


class Brackets(Hourly):
    """The same with stops 10 pips away at each quarter of an hour."""

    def receive_bars(self, symbol, data, is_end=False):
        if data["time"].minute % 15:
            return
        price = data["close"]
        order = {"backtest_toggle": True, "symbol": "EURUSD", "order_type": "buy", "volume": 0.01}
        self.send_order({**order, "sl": price - 0.0010, "tp": price + 0.0010})


MODELS = ("ohlc", "every_tick")


@pytest.fixture(scope="module", params=MODELS)
def minutes(request):
    rng = np.random.default_rng(7)
    closes = 1.1 * np.exp(np.cumsum(rng.standard_normal(BARS) * 1e-4))
    closes = np.clip(closes, 0.5, 3.0)
    opens = np.concatenate(([1.1], closes[:-1]))
    reach = np.abs(rng.standard_normal((2, BARS))) * 2e-5
    highs = np.maximum(opens, closes) + reach[0]
    lows = np.minimum(opens, closes) - reach[1]
    points = [np.rint(one * 1e5).astype(np.int64) for one in (opens, highs, lows, closes)]
    times = (START + np.arange(BARS) * 60) * 1000
    bars = Bars(times, *points, np.full(BARS, 40), np.full(BARS, 10))
    plan = Plan(START * 1000, (START + BARS * 60) * 1000, request.param)
    return generated(built_in()["EURUSD"], bars, plan, "made bars")


def feed():
    return BarFeed("EURUSD", M1, START * 1000, (START + BARS * 60) * 1000)


def run(client, replay, one):
    settings = SimSettings(balance=1e6)
    return Run(client, {"EURUSD": replay}, [one], settings).go(progress=False)


GROUP = "a million minute bars"


@pytest.mark.benchmark(group=GROUP)
def test_floor_the_same_dicts_and_an_empty_method(benchmark, minutes):
    client, one = Silent(), feed()
    take = client.receive_bars

    def floor():
        count, rows = one.rows(minutes, client)
        for _, data, _, _ in rows:
            take("EURUSD", data, False)
        assert count == BARS

    benchmark.pedantic(floor, **ROUNDS)


@pytest.mark.benchmark(group=GROUP)
def test_an_empty_strategy(benchmark, minutes):
    benchmark.pedantic(lambda: run(Silent(), minutes, feed()), **ROUNDS)


@pytest.mark.benchmark(group=GROUP)
def test_moving_average_cross(benchmark, minutes):
    results = []
    benchmark.pedantic(lambda: results.append(run(Cross(), minutes, feed())), **ROUNDS)
    benchmark.extra_info["orders"] = len(results[-1].orders)


@pytest.mark.benchmark(group=GROUP)
@pytest.mark.parametrize("asked", ["drawdowns", "excursions", "equity"])
def test_what_is_asked_of_the_cross(benchmark, minutes, asked):
    """What one of its tables takes after the run; pandas is imported before."""
    results = [run(Cross(), minutes, feed())]

    def fresh():
        results[0]._made.clear()
        results[0]._run._valued = None

    benchmark.pedantic(lambda: getattr(results[0], asked), setup=fresh, rounds=5, iterations=1)


@pytest.mark.benchmark(group=GROUP)
def test_brackets(benchmark, minutes):
    results = []
    benchmark.pedantic(lambda: results.append(run(Brackets(), minutes, feed())), **ROUNDS)
    benchmark.extra_info["deals"] = len(results[-1].deals)


def tick_history(count):
    """Return 2,700 hours of so many ticks, and the feed of the hours."""
    rng = np.random.default_rng(7)
    steps = rng.integers(-3, 4, count, dtype=np.int32) * round((10_000_000 / count) ** 0.5)
    bids = (150_000 + np.cumsum(steps, dtype=np.int32)).clip(50_000, 400_000)
    times = START * 1000 + np.linspace(0, 2_700 * 3_600_000, count, dtype=np.int64)
    replay = Replay(built_in()["EURUSD"], Ticks(times, bids, bids + 10), "made ticks")
    hours = BarFeed("EURUSD", 16385, START * 1000, int(times[-1]) + 1)
    replay.stream.find(0, (-1, 10**9, -1, 10**9), by_last=False)  # what is kept with the data
    replay.bars(hours.timeframe, hours.start, hours.end)
    return replay, hours


@pytest.mark.benchmark(group="ticks, a bracket order an hour")
def test_floor_the_same_hours_without_an_order(benchmark):
    replay, hours = tick_history(1_000_000)
    benchmark.pedantic(lambda: run(Silent(), replay, hours), **ROUNDS)


@pytest.mark.benchmark(group="ticks, a bracket order an hour")
@pytest.mark.parametrize("count", [1_000_000, 10_000_000, 100_000_000])
def test_ticks(benchmark, count):
    """The same 2,700 hours with more and more ticks in each."""
    replay, hours = tick_history(count)
    results = []
    benchmark.pedantic(lambda: results.append(run(Hourly(), replay, hours)), **ROUNDS)
    benchmark.extra_info["deals"] = len(results[-1].deals)
