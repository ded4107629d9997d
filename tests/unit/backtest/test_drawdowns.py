"""Drawdowns, margin level and excursions over every tick, against what the account told there."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mas import MAS
from mas.backtest.feeds import BarFeed, TickFeed
from mas.backtest.result import Result
from mas.backtest.run import Run
from mas.backtest.sources import Plan, generated
from mas.backtest.valuation.drawdown import Drawdown, Fall
from mas.backtest.valuation.extremes import pruned, simple, walked
from mas.backtest.valuation.segments import segments
from mas.history.columns import Bars, Ticks
from mas.sim import SimSettings, built_in
from mas.sim.arrays import ArrayStream
from mas.terminal import constants as c
from tests.unit.backtest.test_valuation import BACKTEST, CASES, HOUR, START, market, run


def slow(values: list[float]) -> tuple[float, float, float, float, float]:
    """Return the five figures of R237, value by value."""
    peak = low = values[0]
    money, share = (0.0, 0.0), (0.0, 0.0)
    for value in values:
        peak, low = max(peak, value), min(low, value)
        fall = round(peak - value, 8)
        money = max(money, (fall, fall / peak), key=lambda one: one[0])
        share = max(share, (fall / peak, fall), key=lambda one: one[0])
    return values[0] - low, money[0], 100 * money[1], 100 * share[0], share[1]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("names", "settings"), CASES, ids=str)
def test_every_tick_counts(names: list[str], settings: Any, seed: int) -> None:
    client, result = run(names, seed, rows=500, apart=True, **settings)
    valuation = result._run.valuation()
    # Between ticks only events change the account; its figures then are those of the curve.
    events = valuation.states.times
    other = np.array([one for one in events.tolist() if one not in client.seen], np.int64)
    curve = valuation.curve(other)
    rows = {time: one[1:] for time, one in client.seen.items()}
    rows |= dict(zip(other.tolist(), zip(*(one.tolist() for one in curve[1:]), strict=True),
                     strict=True))  # fmt: skip
    told = [rows[time] for time in sorted(rows)]
    found = result.drawdowns
    capital = SimSettings(**{"balance": 20_000.0, **settings}).balance
    assert found.equity == pytest.approx(slow([capital, *(one[0] for one in told)]))
    levels = [one[2] for one in told if one[2]]
    assert found.margin_level == min(levels)
    assert rows[found.margin_level_time][2] == found.margin_level
    balances, balance = [], 0.0
    for deal in result._run.terminal.broker.account.deals:
        balance = round(balance + deal.profit + deal.swap + deal.commission, 8)
        balances.append(balance)
    assert found.balance == pytest.approx(slow(balances))


@pytest.mark.parametrize("mode", ["hedging", "netting"])
@pytest.mark.parametrize("names", [["EURUSD"], ["USDJPY"], ["EURUSD", "GBPUSD"]], ids=str)
def test_excursions_are_the_best_and_worst_that_positions_told(names: Any, mode: str) -> None:
    client, result = run(names, 3, rows=2000, apart=True, margin_mode=mode)
    found = result._run.valuation().excursions()
    parts = result._run.valuation().deal_excursions()
    assert set(client.results) <= set(found)
    closed: dict[int, list[Any]] = {}
    for deal in result._run.terminal.broker.account.deals:
        if deal.type < 2:
            closed.setdefault(deal.position_id, []).append(deal)
    once = 0
    for identifier, seen in client.results.items():
        deals = closed[identifier]
        mfe, mae = found[identifier]
        # Swap comes at midnight, a moment before the next tick.
        assert mfe >= round(max(seen), 2)
        assert mae <= round(min(seen), 2)
        if len(deals) == 2 and not any(one.swap for one in deals):
            ends = [round(deals[1].profit, 2)] if deals[1].entry == 1 else []
            assert (mfe, mae) == (
                round(max([*seen, *ends]), 2), round(min([*seen, *ends]), 2),
            )  # fmt: skip
            if deals[1].volume == deals[0].volume:
                assert parts[deals[1].ticket] == found[identifier]
                once += 1
    assert once >= 3 or mode == "netting"


def test_a_part_that_is_closed_has_its_share_of_the_excursion(tmp_path: Path) -> None:
    """0.4 lots bought at 1.1001: up to 1.1041, a quarter closed at 1.1021, the rest at 1.0981."""

    class Parts(MAS):
        def receive_ticks(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
            at = round((np.datetime64(data["time"], "ms").astype(int) - START) / 1000)
            order = {**BACKTEST, "symbol": symbol, "order_type": "sell"}
            if at == 0:
                self.send_order({**order, "order_type": "buy", "volume": 0.4})
            for time, volume in ((2, 0.1), (4, 0.3)):
                if at == time:
                    held = self.get_positions(BACKTEST)[0]["ticket"]
                    self.send_order({**order, "volume": volume, "order_id": held})

    bids = np.array([110_000, 110_410, 110_210, 109_510, 109_810])
    replay = market(["EURUSD"], 5, 1)["EURUSD"]
    columns = Ticks(START + 1000 * np.arange(5), bids, bids + 10)
    replays = {"EURUSD": type(replay)(replay.symbol, columns, "made ticks")}
    feed = TickFeed("EURUSD", START, START + HOUR)
    result = Run(Parts(), replays, [feed], SimSettings()).go(progress=False)
    held, parts = result.excursions, result.deal_excursions
    assert held[["mfe", "mae"]].to_numpy().tolist() == [[160.0, -150.0]]
    assert parts[["mfe", "mae"]].to_numpy().tolist() == [[40.0, -1.0], [120.0, -150.0]]
    assert parts["deal"].tolist() == result.deals["ticket"].tolist()[2:]
    again = pickle.loads(pickle.dumps(result))
    assert again.drawdowns == result.drawdowns
    assert again.excursions.equals(held)
    kept = Result.load(result.save(tmp_path / "run.mas"))
    assert kept.drawdowns == result.drawdowns
    assert kept.deal_excursions.equals(parts)


@pytest.mark.parametrize(
    ("names", "rate"),
    [
        (["EURUSD"], 0.03), (["USDJPY"], 0.03), (["EURUSD", "GBPUSD"], 0.03),
        (["GBPUSD", "USDJPY", "EURUSD"], 0.002),
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("mode", ["hedging", "netting"])
@pytest.mark.parametrize("seed", range(2))
def test_extremes_of_windows_say_what_the_walk_says(
    names: list[str], rate: float, mode: str, seed: int
) -> None:
    """Thousands of ticks, many of one millisecond; a window has 512 ticks of a symbol at most."""
    _, result = run(
        names, seed, rows=6000, notes=False, rate=rate, margin_mode=mode, balance=50_000.0
    )  # fmt: skip
    valuation = result._run.valuation()
    assert simple(valuation)
    one, other = pruned(valuation), walked(valuation)
    assert one.equity.found(2) == other.equity.found(2)
    assert (one.level, one.level_at) == (other.level, other.level_at)
    for name in one.best:
        np.testing.assert_array_equal(one.best[name], other.best[name])
        np.testing.assert_array_equal(one.worst[name], other.worst[name])


def test_what_the_first_tick_opens_has_a_price_at_once() -> None:
    """The first ticks of two symbols are of one millisecond; the second symbol is bought then."""

    class Buys(MAS):
        def receive_ticks(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
            if symbol == "GBPUSD" and not self.get_positions(BACKTEST):
                self.send_order({
                    **BACKTEST, "symbol": symbol, "order_type": "buy", "volume": 0.1,
                })  # fmt: skip

    names = ["EURUSD", "GBPUSD"]
    feeds = [TickFeed(name, START, START + HOUR) for name in names]
    result = Run(Buys(), market(names, 50, 1), feeds, SimSettings()).go(progress=False)
    valuation = result._run.valuation()
    for found in (pruned(valuation), walked(valuation)):
        assert 0 < found.equity.found(2).maximal < 500
        assert found.worst["GBPUSD"].min() > -500


class Rarely(MAS):
    """Opens a position at the first tick of some hours, with stops; both sides at times."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.rng = np.random.default_rng(seed)

    def receive_ticks(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        if self.rng.random() < 0.1:
            order = {**BACKTEST, "symbol": symbol, "volume": 0.5}
            kind = ["buy", "sell"][self.rng.integers(0, 2)]
            reach = float(self.rng.uniform(0.002, 0.05))
            self.send_order({
                **order, "order_type": kind, "sl": data["bid"] - reach, "tp": data["bid"] + reach,
            } if kind == "buy" else {
                **order, "order_type": kind, "sl": data["bid"] + reach, "tp": data["bid"] - reach,
            })  # fmt: skip


@pytest.mark.parametrize("names", [["EURUSD"], ["USDJPY", "EURUSD"]], ids=str)
@pytest.mark.parametrize("seed", range(4))
def test_long_blocks_between_few_events(names: list[str], seed: int) -> None:
    span = 40 * 24 * HOUR
    replays = market(names, 60_000, seed, span=span, apart=bool(seed % 2))
    feeds = [TickFeed(name, START, START + span, interval=3 * HOUR) for name in names]
    result = Run(Rarely(seed), replays, feeds, SimSettings(balance=50_000.0)).go(progress=False)
    valuation = result._run.valuation()
    assert simple(valuation)
    one, other = pruned(valuation), walked(valuation)
    assert one.equity.found(2) == other.equity.found(2)
    assert (one.level, one.level_at) == (other.level, other.level_at)
    for name in one.best:
        np.testing.assert_array_equal(one.best[name], other.best[name])
        np.testing.assert_array_equal(one.worst[name], other.worst[name])


@pytest.mark.parametrize("model", ["every_tick", "ohlc"])
def test_generated_ticks_count_though_only_some_are_made(model: str) -> None:
    """The blocks are bars; the walk makes each tick of them."""
    rng = np.random.default_rng(8)
    count = 6_000
    closes = 110_000 + np.cumsum(rng.integers(-12, 13, count))
    opens = np.append(110_000, closes[:-1])
    highs = np.maximum(opens, closes) + rng.integers(0, 9, count)
    lows = np.minimum(opens, closes) - rng.integers(0, 9, count)
    times = START + np.arange(count) * 60_000
    volumes, spreads = rng.integers(1, 60, count), rng.integers(3, 12, count)
    made = Bars(times, opens, highs, lows, closes, volumes, spreads)
    end = int(times[-1]) + 60_000
    replay = generated(built_in()["EURUSD"], made, Plan(START, end, model), "made bars")
    feed = BarFeed("EURUSD", c.TIMEFRAME_H1, START, end)

    class Hourly(MAS):
        def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
            kind, sign = ("buy", 1) if rng.random() < 0.7 else ("sell", -1)
            order = {**BACKTEST, "symbol": symbol, "order_type": kind, "volume": 0.3}
            stop, target = data["close"] - sign * 0.002, data["close"] + sign * 0.003
            self.send_order({**order, "sl": stop, "tp": target})

    result = Run(Hourly(), {"EURUSD": replay}, [feed], SimSettings()).go(progress=False)
    valuation = result._run.valuation()
    assert simple(valuation)
    assert len(result.deals) > 50
    one, other = pruned(valuation), walked(valuation)
    assert one.equity.found(2) == other.equity.found(2)
    assert (one.level, one.level_at) == (other.level, other.level_at)
    for name in one.best:
        np.testing.assert_array_equal(one.best[name], other.best[name])
        np.testing.assert_array_equal(one.worst[name], other.worst[name])


@pytest.mark.parametrize("seed", range(5))
def test_segments_hold_each_tick_once(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = 30_000
    times = START + np.cumsum(rng.integers(0, 4000, count) * (rng.random(count) < 0.3))
    bids = 100_000 + np.cumsum(rng.integers(-5, 6, count))
    ticks = Ticks(times, bids, bids + rng.integers(0, 9, count))
    changes = np.unique(rng.choice(times, 20) + rng.integers(-1, 2, 20))
    found = segments(ArrayStream(ticks), changes, START, int(times[-1]) + 1)
    assert np.all(found.firsts[1:] > found.lasts[:-1])
    total = 0
    for row in zip(*(one.tolist() for one in found), strict=True):
        inside = (times >= row[0]) & (times <= row[1])
        total += int(inside.sum())
        part = ticks.part(inside)
        assert row[2:] == (part.bids.min(), part.bids.max(), part.asks.min(), part.asks.max())
        assert not np.any((changes > row[0]) & (changes <= row[1]))
    assert total == count
    assert len(found.firsts) < count / 20


def test_drawdowns_of_a_curve() -> None:
    """R237: absolute from the deposit, maximal in money, relative in percent."""
    fall = Fall(1000.0)
    fall.add(np.array([1100.0, 900.0]))
    fall.add(np.array([1200.0, 5000.0, 4700.0]))
    assert fall.found(2) == Drawdown(100.0, 300.0, 6.0, pytest.approx(100 * 200 / 1100), 200.0)
    assert Fall(5.0).found(2) == Drawdown()


def test_a_run_without_a_trade_has_no_drawdown() -> None:
    replays = market(["EURUSD"], 50, 1)
    feed = TickFeed("EURUSD", START, START + HOUR)
    result = Run(MAS(), replays, [feed], SimSettings()).go(progress=False)
    assert result.drawdowns == (Drawdown(), Drawdown(), 0.0, 0)
    assert (len(result.excursions), len(result.deal_excursions)) == (0, 0)
