"""The figures of any time of a run are those that the account itself told at that time."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from mas import MAS
from mas.backtest.data import Replay
from mas.backtest.feeds import BarFeed, TickFeed
from mas.backtest.run import Run
from mas.backtest.valuation.over_time import ValuationOverTime
from mas.history.columns import Ticks
from mas.sim import SimSettings, built_in
from mas.sim.money import rounded, rounded_all
from mas.terminal import constants as c

START = 1_767_607_200_000  # 2026-01-05 10:00, a Monday
HOUR = 3_600_000
MIDS = {"EURUSD": 1.1, "GBPUSD": 1.27, "USDJPY": 150.0, "GBPJPY": 190.5, "EURGBP": 0.866,
        "XAUUSD": 2400.0}  # fmt: skip
BACKTEST = {"backtest_toggle": True}


def market(
    names: list[str], count: int, seed: int, span: int = 72 * HOUR, *, apart: bool = False
) -> dict[str, Replay]:
    """Return random ticks in some symbols, many at the same millisecond, or all `apart`."""
    rng, specs, found = np.random.default_rng(seed), built_in(), {}
    for index, name in enumerate(names):
        spec = specs[name]
        times = START + np.sort(rng.integers(0, span // 500, count)) * 500
        times[0] = START
        if apart:
            times = np.unique(times) + index
        moves = np.cumsum(rng.normal(0, 4e-4 * MIDS[name] * spec.scale, len(times)))
        bids = np.rint(MIDS[name] * spec.scale + moves).astype(np.int32)
        spreads = rng.integers(0, 20, len(times)).astype(np.int32)
        found[name] = Replay(spec, Ticks(times, bids, bids + spreads), "made ticks")
    return found


class Trader(MAS):
    """Does anything at random at some ticks, and writes down what the account says at each.

    Parameters
    ----------
    notes : bool
        False writes nothing down, which takes most of the time.
    """

    def __init__(
        self, names: list[str], seed: int, rate: float = 0.03, *, notes: bool = True
    ) -> None:
        super().__init__()
        self.notes = notes
        self.names, self.rng, self.rate = names, np.random.default_rng(seed), rate
        self.seen: dict[int, tuple[float, ...]] = {}
        self.results: dict[int, list[float]] = {}

    def receive_ticks(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        if self.rng.random() < self.rate:
            self.act(symbol, data)
        if self.notes:
            self.note(data)

    def note(self, data: dict[str, Any]) -> None:
        info = self.get_account_info(BACKTEST)
        now = int(np.datetime64(data["time"], "ms").astype(np.int64))
        self.seen[now] = (info["balance"], info["equity"], info["margin"], info["margin_level"])
        for one in self.get_positions(BACKTEST):
            result = one["profit"] + one["swap"]
            self.results.setdefault(one["identifier"], []).append(result)

    def act(self, symbol: str, data: dict[str, Any]) -> None:
        rng = self.rng
        held = self.get_positions(BACKTEST)
        volume = 0.01 * int(rng.integers(1, 60))
        order = {**BACKTEST, "symbol": symbol, "volume": round(volume, 2)}
        what = rng.integers(0, 6)
        if what < 2:
            self.send_order({**order, "order_type": ["buy", "sell"][rng.integers(0, 2)]})
        elif what == 2:
            kind = ["buy_limit", "sell_limit", "buy_stop", "sell_stop"][rng.integers(0, 4)]
            below = kind in {"buy_limit", "sell_stop"}
            price = data["bid"] * (1 + (-1 if below else 1) * 0.0007)
            self.send_order({**order, "order_type": kind, "price": price})
        elif what == 3 and held:
            one = held[int(rng.integers(0, len(held)))]
            gap = data["bid"] * 0.002 * (1 if one["type"] == 0 else -1)
            if one["symbol"] == symbol:
                self.modify_position_sltp({
                    **BACKTEST, "position_id": one["ticket"],
                    "sl": data["bid"] - gap, "tp": data["bid"] + gap,
                })  # fmt: skip
        elif what == 4 and held:
            one = held[int(rng.integers(0, len(held)))]
            part = max(round(one["volume"] * float(rng.choice([0.3, 1.0])), 2), 0.01)
            side = "sell" if one["type"] == 0 else "buy"
            self.send_order({
                **BACKTEST, "symbol": one["symbol"], "order_type": side, "volume": part,
                "order_id": one["ticket"],
            })  # fmt: skip


def run(
    names: list[str],
    seed: int,
    *,
    rows: int = 400,
    apart: bool = False,
    notes: bool = True,
    rate: float = 0.03,
    **settings: Any,
) -> tuple[Trader, Any]:
    symbols = {
        name: dataclasses.replace(
            one, margin_rates=(1.0, 1.0, 0.5, 0.5, 0.3, 0.3, 0.2, 0.2),
            margin_hedged=one.trade_contract_size / 2,
        )
        for name, one in built_in().items()
    }  # fmt: skip
    replays = market(names, rows, seed, apart=apart)
    client = Trader(names, seed, rate, notes=notes)
    feeds = [TickFeed(name, START, START + 80 * HOUR) for name in names]
    settings = {"balance": 20_000.0, **settings}
    made = Run(client, replays, feeds, SimSettings(**settings), symbols=symbols)
    return client, made.go(progress=False)


CASES = [
    (["EURUSD"], {}),
    (["EURUSD"], {"margin_mode": "netting"}),
    (["USDJPY"], {"commission": 3.5}),
    (["EURUSD", "GBPUSD"], {"margin_mode": "exchange", "currency": "EUR"}),
    (["GBPJPY", "GBPUSD", "USDJPY"], {}),
    (["GBPJPY", "GBPUSD", "USDJPY"], {"profit_conversion": "market", "margin_mode": "netting"}),
    (["EURGBP", "GBPUSD", "EURUSD"], {"commission": 2.0, "commission_charge": "daily"}),
    (["XAUUSD", "EURUSD", "GBPUSD"], {"currency": "EUR", "stop_out": 80.0, "balance": 3000.0}),
    (["EURUSD", "USDJPY"], {"currency": "JPY", "balance": 2_000_000.0}),
]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("names", "settings"), CASES, ids=str)
def test_every_figure_at_every_tick(names: list[str], settings: Any, seed: int) -> None:
    client, result = run(names, seed, **settings)
    times = np.array(sorted(client.seen), np.int64)
    found = ValuationOverTime(result._run.terminal.broker).curve(times)
    seen = np.array([client.seen[time] for time in times.tolist()])
    for name, column, told in zip(found._fields, found, seen.T, strict=True):
        np.testing.assert_array_equal(column, told, err_msg=name)
    assert len(result.deals) > 5


def test_the_curve_is_the_same_whatever_is_subscribed_in_whatever_order() -> None:
    class Buys(MAS):
        def receive_ticks(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
            if data["time"].minute == 30 and not self.get_positions(BACKTEST):
                order = {**BACKTEST, "symbol": "EURUSD", "order_type": "buy", "volume": 0.5}
                self.send_order({**order, "sl": data["bid"] - 0.001, "tp": data["bid"] + 0.001})

    ticks = TickFeed("EURUSD", START, START + 80 * HOUR)
    hours = BarFeed("EURUSD", c.TIMEFRAME_H1, START, START + 80 * HOUR)
    quarters = BarFeed("GBPUSD", c.TIMEFRAME_M15, START, START + 80 * HOUR)
    minutes = BarFeed("EURUSD", c.TIMEFRAME_M1, START, START + 80 * HOUR)
    replays = market(["EURUSD", "GBPUSD"], 3000, 4)

    def equity(*feeds: Any) -> Any:
        fresh = {name: one.fresh() for name, one in replays.items()}
        return Run(Buys(), fresh, feeds, SimSettings()).go(progress=False).equity

    whole = equity(ticks, hours, quarters, minutes)
    assert whole.equals(equity(minutes, quarters, ticks, hours))
    assert whole.index.is_unique
    assert whole.index.is_monotonic_increasing
    coarse = equity(hours, ticks)[:-1]  # a run ends with its last push
    assert len(coarse) < len(whole)
    assert coarse.equals(whole.loc[coarse.index])
    only = equity(ticks)[:-1]
    assert only.equals(whole.loc[only.index]), "minutes, where only ticks are pushed"
    assert len(only) > len(coarse)


@pytest.mark.parametrize("currency", ["USD", "EUR", "JPY"])
@pytest.mark.parametrize("by_market", [False, True])
def test_results_are_those_of_the_account_to_the_last_bit(currency: str, by_market: bool) -> None:
    rng = np.random.default_rng(11)
    conversion = "market" if by_market else "deal"
    client, result = run(["EURUSD", "USDJPY", "GBPUSD"], 5, currency=currency,
                         profit_conversion=conversion)  # fmt: skip
    del client
    broker = result._run.terminal.broker
    for name in ("EURUSD", "USDJPY", "GBPUSD", "XAUUSD"):
        symbol = broker.market.symbols[name]
        longs = rng.random(300) < 0.5
        volumes = rng.choice([0.01, 0.07, 0.3, 2.55], 300)
        mids = (MIDS[name] * symbol.scale * rng.uniform(0.9, 1.1, (2, 300))).astype(int)
        opened, closed = mids / symbol.scale
        terms = broker.money.of(symbol)
        found = terms.profits(
            volumes, opened, closed, longs,
            lambda step: tuple(np.full(300, one) for one in result._run.terminal.prices(step)),
        )  # fmt: skip
        assert found.tolist() == [
            terms.profit(volume, first, last, bool(long))
            for long, volume, first, last in zip(
                longs, volumes.tolist(), opened.tolist(), closed.tolist(), strict=True
            )
        ]


def test_rounding_is_that_of_the_account() -> None:
    rng = np.random.default_rng(3)
    amounts = np.concatenate([rng.normal(0, 1e4, 3000), np.arange(-500, 500) / 200])
    for digits in (0, 2, 8):
        assert rounded_all(amounts, digits).tolist() == [
            rounded(one, digits) for one in amounts.tolist()
        ]


def test_days_close_by_the_servers_clock() -> None:
    class Silent(MAS):
        def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
            pass

    replays = market(["EURUSD"], 3000, 4)
    feed = BarFeed("EURUSD", c.TIMEFRAME_D1, START, START + 72 * HOUR)
    settings = SimSettings(server_zone="New York close")
    table = Run(Silent(), replays, [feed], settings).go(progress=False).equity
    assert {one.hour for one in table.index[1:-1]} == {22}, "17:00 in New York, in winter"
