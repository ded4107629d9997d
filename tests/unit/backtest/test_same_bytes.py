"""The bytes of a set of runs: those of the pure and of the compiled simulator, on any machine.

Strategies that send, change, cancel and close at random, over made prices. Nothing is drawn by
numpy, whose generators may change. ``python -m tests.unit.backtest.test_same_bytes`` writes the
digests anew; that is for rules that are meant to change, and says so in the commit.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mas import MAS
from mas.backtest.data import Replay
from mas.backtest.feeds import BarFeed, TickFeed
from mas.backtest.run import Run, RunRules
from mas.backtest.sources import Plan, generated
from mas.core import core_of
from mas.history.columns import Bars, Ticks
from mas.sim import SimSettings, built_in
from mas.terminal import constants as c

KNOWN = Path(__file__).parents[2] / "data" / "same_bytes.json"
START = 1_767_607_200_000  # 2026-01-05 10:00, a Monday
MINUTE, HOUR = 60_000, 3_600_000
BARS = 1500
ORDERS = ("buy", "sell", "buy_limit", "sell_limit", "buy_stop", "sell_stop",
          "buy_stop_limit", "sell_stop_limit")  # fmt: skip


class Draw:
    """Whole numbers that look random (Knuth's MMIX constants)."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def below(self, end: int) -> int:
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return (self._state >> 33) % end

    def walk(self, count: int, start: int, step: int) -> np.ndarray[Any, Any]:
        """Return a walk of so many points, away from 0."""
        found, at = [], start
        for _ in range(count):
            at = max(at + self.below(2 * step + 1) - step, start // 2)
            found.append(at)
        return np.array(found, np.int64)


class Busy(MAS):
    """Does anything that a client can do with orders, at every other push."""

    def __init__(self, seed: int, volume: float) -> None:
        super().__init__()
        self.draw, self.volume = Draw(seed), volume
        self.told: list[Any] = []

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        self.act(symbol, data["close"])

    def receive_ticks(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        self.act(symbol, data["last"] or data["bid"])

    def receive_order_status(self, order_id: str, status_data: dict[str, Any]) -> None:
        self.told.append((order_id, status_data["retcode"]))

    def receive_order_execution(self, order_id: str, execution_data: dict[str, Any]) -> None:
        self.told.append((order_id, execution_data["price"]))

    def act(self, symbol: str, price: float) -> None:
        self.traded, self.price = symbol, price
        self.spec = built_in()[symbol]
        things = (self.send, self.send, self.pending, self.stops, self.close_some, self.alter,
                  self.by, self.look)  # fmt: skip
        number = self.draw.below(2 * len(things))
        if number < len(things):
            things[number]()

    def away(self, most: int = 60) -> float:
        """Return a distance of some points, rarely one on the wrong side."""
        points = self.draw.below(most) + 1
        return (points if self.draw.below(12) else -points) * 10.0**-self.spec.digits

    def lots(self) -> float:
        return self.volume * (self.draw.below(4) + 1)

    def send(self) -> None:
        side = ORDERS[self.draw.below(2)]
        sign = 1 if side == "buy" else -1
        order = {"symbol": self.traded, "order_type": side, "volume": self.lots()}
        if self.draw.below(3):
            far = self.away() + 30 * 10.0**-self.spec.digits
            order |= {"sl": self.price - sign * far, "tp": self.price + sign * far}
        self.told.append(str(self.send_order({"backtest_toggle": True, **order})))

    def pending(self) -> None:
        kind = ORDERS[2 + self.draw.below(6)]
        up = kind in {"buy_stop", "sell_limit", "buy_stop_limit"}
        price = self.price + (self.away() if up else -self.away())
        order = {"symbol": self.traded, "order_type": kind, "volume": self.lots(), "price": price}
        if kind.endswith("stop_limit"):
            order["stoplimit"] = price + (-self.away() if up else self.away())
        if not self.draw.below(4):
            order |= {"type_time": "day"}
        elif not self.draw.below(3):
            seconds = self.session_now() // 1000 + self.draw.below(7200)
            order |= {"type_time": "specified", "expiration": seconds}
        self.told.append(str(self.send_order({"backtest_toggle": True, **order})))

    def session_now(self) -> int:
        return int(self.result.state().terminal.clock.now_ms())

    def tickets(self, things: Any) -> list[int]:
        return sorted(things) if things else []

    def chosen(self, things: Any) -> int:
        """Return the ticket of an order or a position, rarely of none."""
        tickets = self.tickets(things)
        if not tickets or not self.draw.below(20):
            return 77
        return tickets[self.draw.below(len(tickets))]

    @property
    def account(self) -> Any:
        return self.result.state().account

    def stops(self) -> None:
        ticket = self.chosen(self.account.positions)
        far = self.away() + 20 * 10.0**-self.spec.digits
        position = self.account.positions.get(ticket)
        sign = -1 if position is not None and position.type else 1
        levels = {"sl": self.price - sign * far, "tp": self.price + sign * far}
        self.told.append(self.modify_position_sltp({"position_id": ticket, **levels}))

    def close_some(self) -> None:
        ticket = self.chosen(self.account.positions)
        position = self.account.positions.get(ticket)
        if position is None:
            return
        side = "buy" if position.type else "sell"
        part = position.volume if self.draw.below(3) else self.volume
        self.told.append(
            str(self.send_order({"symbol": position.symbol, "order_type": side, "volume": part,
                                 "order_id": ticket, "backtest_toggle": True}))
        )  # fmt: skip

    def alter(self) -> None:
        ticket = self.chosen(self.account.orders)
        if self.draw.below(2):
            self.told.append(self.cancel_order({"order_id": ticket}))
            return
        price = self.price + self.away() * (1 if self.draw.below(2) else -1)
        self.told.append(self.modify_order({"order_id": ticket, "price": price}))

    def by(self) -> None:
        """Close two positions by each other, where the account can."""
        tickets = self.tickets(self.account.positions)
        if len(tickets) > 1:
            request = {"action": c.TRADE_ACTION_CLOSE_BY, "position": tickets[0],
                       "position_by": tickets[self.draw.below(len(tickets))]}  # fmt: skip
            self.told.append(core_of(self).terminal.order_send(request).retcode)

    def look(self) -> None:
        account = core_of(self).terminal.account_info()
        self.told.append((account.equity, account.margin, account.profit))


def bars(symbol: str, start: int, seed: int, *, length: int = MINUTE, model: str = "every_tick"):
    """Return made bars of a symbol, and the feed of all of them."""
    draw = Draw(seed)
    closes = draw.walk(BARS, start, 25)
    opens = np.concatenate(([start], closes[:-1]))
    reach = [np.array([draw.below(15) for _ in range(BARS)]) for _ in range(2)]
    times = START + np.arange(BARS) * length
    volumes = np.array([draw.below(30) + 1 for _ in range(BARS)])
    made = Bars(times, opens, np.maximum(opens, closes) + reach[0],
                np.minimum(opens, closes) - reach[1], closes, volumes,
                np.full(BARS, 8))  # fmt: skip
    end = START + BARS * length
    timeframe = {MINUTE: c.TIMEFRAME_M1, HOUR: c.TIMEFRAME_H1}[length]
    plan = Plan(START, end, model, timeframe)
    replay = generated(built_in()[symbol], made, plan, "made bars", timeframe=timeframe)
    return replay, BarFeed(symbol, timeframe, START, end)


def ticks(symbol: str, start: int, seed: int, *, count: int = 4000):
    """Return made ticks, some of one millisecond, with deals where the symbol has them."""
    draw, spec = Draw(seed), built_in()[symbol]
    step = spec.tick_points
    times = START + np.cumsum([draw.below(4) * 700 for _ in range(count)])
    bids = draw.walk(count, start, 12) // step * step
    asks = bids + np.array([(draw.below(6) + 1) * step for _ in range(count)])
    deals: list[Any] = [None, None]
    if spec.by_last:
        sides = np.array([draw.below(2) for _ in range(count)])
        volumes = np.array([float(draw.below(9)) for _ in range(count)])
        deals = [np.where(sides, bids, asks).astype(np.int32), volumes]
    made = Ticks(times, bids.astype(np.int32), asks.astype(np.int32), *deals)
    return Replay(spec, made, "made ticks"), TickFeed(symbol, START, int(times[-1]) + 1)


SLIPPERY = {"slippage": 5, "slippage_mode": "random", "commission": 3.5}
TESTER = {"price_improvement": True, "stop_out_ends": True, "tester": True}
RUNS: dict[str, tuple[Any, float, dict[str, Any]]] = {
    "hedging": (lambda: [bars("EURUSD", 110_000, 1)], 0.1, {}),
    "tester": (lambda: [bars("EURUSD", 110_000, 2, model="ohlc")], 0.1, {**TESTER, **SLIPPERY}),
    "netting": (lambda: [bars("USDJPY", 150_000, 3)], 0.2, {"margin_mode": "netting", **SLIPPERY}),
    "nights": (lambda: [bars("EURUSD", 110_000, 4, length=HOUR)], 0.1, {"leverage": 30}),
    "stop out": (lambda: [bars("USDJPY", 150_000, 5)], 0.3, {"balance": 900.0}),
    "ended": (lambda: [bars("XAUUSD", 200_000, 6)], 0.1, {"balance": 3_000.0, **TESTER}),
    "late": (lambda: [ticks("EURUSD", 110_000, 7)], 0.1, {"latency_ms": 900, "slippage": 2}),
    "ticks": (lambda: [ticks("XAUUSD", 200_000, 8)], 0.1, {"price_improvement": True}),
    "exchange": (
        lambda: [ticks("AAPL", 20_000, 9)], 100.0, {"margin_mode": "exchange", "balance": 1e6}
    ),
    "converted": (
        lambda: [bars("EURGBP", 86_000, 10), bars("GBPUSD", 127_000, 11)], 0.1,
        {"commission": 0.01, "commission_mode": "value", "free_margin_with_profit": False},
    ),
}  # fmt: skip


def played(name: str) -> tuple[Busy, Any]:
    """Return the client and the result of one of the runs."""
    make, volume, settings = RUNS[name]
    found = make()
    client = Busy(len(name), volume)
    run = Run(
        client, {feed.symbol: replay for replay, feed in found}, [feed for _, feed in found],
        SimSettings(**{"leverage": 500, **settings}),
        rules=RunRules(close_at_end=bool(settings.get("tester")), quiet=True),
    )  # fmt: skip
    return client, run.go(progress=False)


def described(name: str) -> dict[str, Any]:
    """Return what is committed of a run: digests, and how much has happened in it."""
    client, result = played(name)
    assert not len(result.errors), result.errors[["where", "error"]].to_string()
    codes = Counter(result.refusals["retcode"].tolist())
    return {
        "deals": len(result.deals), "orders": len(result.orders), "balance": result.balance,
        "refusals": {str(code): count for code, count in sorted(codes.items())},
        "events": hashlib.sha256(result.events()).hexdigest(),
        "told": hashlib.sha256(repr(client.told).encode()).hexdigest(),
    }  # fmt: skip


@pytest.mark.parametrize("name", RUNS)
def test_runs_give_the_committed_bytes(name: str) -> None:
    assert described(name) == json.loads(KNOWN.read_text())[name]


if __name__ == "__main__":
    KNOWN.write_text(json.dumps({name: described(name) for name in RUNS}, indent=1) + "\n")
