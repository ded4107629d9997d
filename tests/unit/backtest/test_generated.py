"""Runs over generated ticks are those over all of these ticks, made beforehand (R190, R245)."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mas import MAS
from mas.backtest.data import Replay
from mas.backtest.feeds import BarFeed, TickFeed
from mas.backtest.run import Run
from mas.backtest.sources import Plan, generated
from mas.history.columns import Bars, joined
from mas.history.generate import tick_blocks
from mas.sim import SimSettings, built_in

MINUTE = 60_000
START = 1_767_607_200_000
COUNT = 120
SYMBOL = built_in()["EURUSD"]
MODELS = ("every_tick", "ohlc", "open")


def bars(seed: int) -> Bars:
    """Return minutes with gaps, dojis, flat bars, few ticks, and spreads that are not known."""
    rng = np.random.default_rng(seed)
    times = START + np.cumsum(rng.choice([1, 1, 1, 1, 3], COUNT)) * MINUTE
    closes = 110_000 + np.cumsum(rng.integers(-9, 10, COUNT))
    opens = np.concatenate(([110_000], closes[:-1])) + rng.integers(-1, 2, COUNT)
    opens = np.where(rng.random(COUNT) < 0.2, closes, opens)
    reach = rng.integers(0, 12, (2, COUNT)) * (rng.random((2, COUNT)) < 0.7)
    highs, lows = np.maximum(opens, closes) + reach[0], np.minimum(opens, closes) - reach[1]
    volumes = rng.choice([0, 1, 2, 3, 5, 40], COUNT)
    return Bars(times, opens, highs, lows, closes, volumes, rng.integers(-1, 9, COUNT))


def both(seed: int, model: str) -> tuple[Replay, Replay]:
    """Return the replay of bars, and the replay of all ticks that are generated from them."""
    made = bars(seed)
    plan = Plan(START, START + COUNT * 4 * MINUTE, model, 1)
    known = made._replace(spreads=np.where(np.arange(COUNT) == 0, 5, made.spreads))
    ticks = joined(list(tick_blocks(known, model)))
    whole = Replay(SYMBOL, ticks, "all ticks", bars=known, firsts=known.times)
    return generated(SYMBOL, known, plan, "bars"), whole


class Random(MAS):
    """Sends, changes, cancels and closes at random; sees prices, account, bars and ticks."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.rng = np.random.default_rng(seed)
        self.seen: list[Any] = []

    def receive_bars(self, symbol: str, data: Any, is_end: bool = False) -> None:
        self.seen.append((symbol, tuple(data.items()), is_end))
        draw, price = self.rng.random(), data.get("close") or data["bid"]
        sign = int(self.rng.choice([-1, 1]))
        near, far = (float(one) / 1e5 for one in self.rng.integers(1, 40, 2))
        order = {"backtest_toggle": True, "symbol": symbol, "volume": 0.1}
        side = "buy" if sign > 0 else "sell"
        if draw < 0.25:
            self.send_order(
                {**order, "order_type": side, "sl": price - sign * far, "tp": price + sign * near}
            )
        elif draw < 0.35:
            kind = self.rng.choice(["limit", "stop"])
            at = price - sign * near if kind == "limit" else price + sign * near
            self.send_order({**order, "order_type": f"{side}_{kind}", "price": at})
        elif draw < 0.45:
            positions = self.get_positions({"backtest_toggle": True})
            self.seen.append([str(one) for one in positions])
        elif draw < 0.5:
            last = self.get_bars_from_pos({"symbol": symbol, "timeframe": "M5", "count": 3})
            self.seen.append(last.to_dict("list") if hasattr(last, "to_dict") else str(last))

    def receive_ticks(self, symbol: str, data: Any, is_end: bool = False) -> None:
        self.receive_bars(symbol, data, is_end)

    def receive_order_status(self, *told: Any) -> None:
        self.seen.append(str(told))


def ran(replay: Replay, seed: int, feed: Any, balance: float) -> tuple[list[Any], bytes, Any]:
    client = Random(seed)
    money = SimSettings(balance=balance, leverage=500)
    result = Run(client, {"EURUSD": replay}, [feed], money).go(progress=False)
    assert not len(result.errors)
    return client.seen, result.events(), result


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    model=st.sampled_from(MODELS),
    kind=st.sampled_from(["M1", "M15", "ticks", "interval"]),
    balance=st.sampled_from([30.0, 10_000.0]),
)
def test_r245_random_strategies_deal_alike(
    seed: int, model: str, kind: str, balance: float
) -> None:
    lazy, whole = both(seed, model)
    span = START, START + 300 * MINUTE
    feed: Any = {
        "M1": BarFeed("EURUSD", 1, *span),
        "M15": BarFeed("EURUSD", 15, *span),
        "ticks": TickFeed("EURUSD", *span),
        "interval": TickFeed("EURUSD", *span, interval=45_000),
    }[kind]
    one, other = (ran(each, seed, feed, balance) for each in (lazy, whole))
    assert one[0] == other[0]
    assert one[1] == other[1]
    assert one[2].equity.equals(other[2].equity)
    assert repr(one[2].drawdowns) == repr(other[2].drawdowns)


@pytest.mark.parametrize("interval", [0, 1, 50_000, 60_000, 3_600_000])
def test_pushed_ticks_are_those_of_all(interval: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where an interval goes over the edge of a piece."""
    monkeypatch.setattr("mas.sim.barstream.BLOCK", 7)
    lazy, whole = both(7, "every_tick")
    client = MAS()
    for start, end in ((START, START + 500 * MINUTE), (START + 3_500_123, START + 7_200_001)):
        feed = TickFeed("EURUSD", start, end, interval=interval)
        (count, rows), (expected, all_rows) = (feed.rows(one, client) for one in (lazy, whole))
        pushes = list(rows)
        assert len(pushes) == count == expected
        assert [one[:3] for one in pushes] == [one[:3] for one in all_rows]
        assert not list(dataclasses.replace(feed, dealt=True).rows(lazy, client)[1])
