"""The fast terminal and the slow matcher make the same deals, to the last digit."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mas.clock import ManualClock
from mas.history.columns import Ticks
from mas.sim import SimSettings, SimTerminal, built_in
from mas.sim.arrays import ArrayStream
from mas.terminal import constants as c
from tests.reference.matcher import Matcher, Waiting

START = 1_767_607_200_000
DATA = Path(__file__).parents[3] / "shared" / "data"
SYMBOLS = ("EURUSD", "GBPUSD")
SCALE = 100_000
WITHOUT_SWAP = {
    name: dataclasses.replace(one, swap_mode=c.SYMBOL_SWAP_MODE_DISABLED)
    for name, one in built_in().items()
}
Tick = tuple[int, str, int, int]


class Pair:
    """Both brokers, told the same."""

    def __init__(self, *, balance: float, hedging: bool, improve: bool) -> None:
        mode = "hedging" if hedging else "netting"
        self.clock = ManualClock(START)
        self.fast = SimTerminal(
            SimSettings(balance=balance, margin_mode=mode, price_improvement=improve),
            clock=self.clock,
            symbols=WITHOUT_SWAP,
        )
        self.fast.initialize()
        self.slow = Matcher(Decimal(str(balance)), hedging, improve)
        self.left: list[Tick] = []

    def feed(self, ticks: list[Tick]) -> None:
        """Give the fast one all ticks at once; the slow one walks them as time passes."""
        for time, symbol, bid, ask in ticks:
            self.fast.feed(symbol, bid / SCALE, ask / SCALE, time_msc=time)
        self.left.extend(ticks)

    def go(self, time: int) -> None:
        """Let both come to a time."""
        self.clock.set(max(time, self.clock.now_ms()))
        while self.left and self.left[0][0] <= time:
            self.slow.tick(*self.left.pop(0))
        self.slow.until(time)

    def send(self, **request: Any) -> None:
        """Send a request to the fast one, and what it accepts to the slow one."""
        result = self.fast.order_send(request)
        assert result is not None
        if result.retcode != 10009:
            return
        volume = Decimal(str(request.get("volume", 0)))
        levels = [round(request.get(name, 0.0) * SCALE) for name in ("sl", "tp")]
        action = request["action"]
        if action == 1:
            close = request.get("position", 0) if self.slow.hedging else 0
            self.slow.market(request["symbol"], request["type"], volume, *levels, close)
        elif action == 5:
            price, limit = (round(request.get(n, 0.0) * SCALE) for n in ("price", "stoplimit"))
            ends = request.get("expiration", 0) * 1000
            self.slow.pending(
                Waiting(0, request["symbol"], request["type"], volume, price, limit, *levels, ends)
            )
        elif action == 6:
            self.slow.protect(request["position"], *levels)
        elif action == 8:
            self.slow.remove(request["order"])

    def compare(self) -> None:
        """Everything that has happened, field by field."""
        fast = self.fast
        fast.positions_total()  # it runs up to now
        found = [
            (one.time_msc, one.order, one.type, one.entry, one.position_id, one.reason, one.volume,
             round(one.price * SCALE), one.profit)
            for one in fast.history_deals_get(0, 4e9) if one.order
        ]  # fmt: skip
        assert found == self.slow.deals
        ended = {
            one.ticket: (one.state, one.time_done_msc) for one in fast.history_orders_get(0, 4e9)
        }
        assert ended == self.slow.ended
        held = {
            one.ticket: (one.identifier, one.volume, one.type == 0) for one in fast.positions_get()
        }
        assert held == {
            one.ticket: (one.identifier, float(one.volume), one.buy) for one in self.slow.positions
        }
        for one in self.slow.positions:
            price = next(p.price_open for p in fast.positions_get() if p.ticket == one.ticket)
            assert price == pytest.approx(float(one.price), abs=1e-12)
        account = fast.account_info()
        assert account.balance == float(self.slow.balance)
        if set(self.slow.quotes) >= {one.symbol for one in self.slow.positions}:
            assert account.equity == float(self.slow.equity())
            assert account.margin == float(self.slow.margin())
        assert {one.ticket for one in fast.orders_get()} == {one.ticket for one in self.slow.orders}


moves = st.tuples(
    st.integers(0, 3000), st.sampled_from(SYMBOLS), st.integers(-120, 120), st.integers(0, 30)
)
requests = st.fixed_dictionaries({
    "at": st.integers(0, 200_000), "action": st.sampled_from([1, 1, 1, 5, 5, 5, 5, 6, 8]),
    "symbol": st.sampled_from(SYMBOLS), "type": st.integers(0, 7),
    "volume": st.sampled_from([0.01, 0.1, 0.3, 1.0]), "price": st.integers(-300, 300),
    "limit": st.integers(-60, 60), "sl": st.integers(0, 200), "tp": st.integers(0, 200),
    "close": st.booleans(), "ends": st.integers(0, 200), "which": st.integers(0, 10),
})  # fmt: skip


def walk(steps: list[tuple[int, str, int, int]]) -> list[Tick]:
    """Return ticks; some at the same millisecond, some in both symbols at once."""
    time, mids = START, {"EURUSD": 110_000, "GBPUSD": 127_000}
    ticks = [(START, symbol, mid, mid + 10) for symbol, mid in mids.items()]
    for gap, symbol, move, spread in steps:
        time += gap
        mids[symbol] += move
        ticks.append((time, symbol, mids[symbol], mids[symbol] + spread))
    return ticks


def ask(pair: Pair, wish: dict[str, Any]) -> None:
    """Turn a random wish into a request near the market of its moment."""
    symbol, kind = wish["symbol"], wish["type"]
    if wish["action"] == 1:
        kind %= 2
    elif wish["action"] == 5:
        kind = 2 + kind % 6
    bid, _ = pair.slow.quotes.get(symbol, (0, 0))
    price = bid + wish["price"]
    sign = 1 if kind % 2 == 0 else -1
    base = price + wish["limit"] if kind > 5 else price if wish["action"] == 5 else bid
    request = {
        "action": wish["action"], "symbol": symbol, "type": kind, "volume": wish["volume"],
        "sl": (base - sign * wish["sl"]) / SCALE if wish["sl"] else 0.0,
        "tp": (base + sign * wish["tp"]) / SCALE if wish["tp"] else 0.0,
    }  # fmt: skip
    if wish["action"] == 5:
        request |= {"price": price / SCALE, "type_filling": 2}
        if kind > 5:
            request["stoplimit"] = (price + wish["limit"]) / SCALE
        if wish["ends"]:
            ends = pair.clock.now_ms() // 1000 + wish["ends"]
            request |= {"type_time": 2, "expiration": ends}
    held, waiting = pair.slow.positions, pair.slow.orders
    if wish["action"] == 6 or (wish["action"] == 1 and wish["close"] and pair.slow.hedging):
        if not held:
            return
        one = held[wish["which"] % len(held)]
        request |= {"position": one.ticket, "symbol": one.symbol, "type": 1 if one.buy else 0}
        request["volume"] = float(min(one.volume, Decimal(str(wish["volume"]))))
        if wish["action"] == 1:
            request |= {"sl": 0.0, "tp": 0.0}
    if wish["action"] == 8:
        if not waiting:
            return
        request["order"] = waiting[wish["which"] % len(waiting)].ticket
    pair.send(**request)


@given(
    steps=st.lists(moves, min_size=5, max_size=120),
    wishes=st.lists(requests, min_size=1, max_size=25),
    balance=st.sampled_from([300.0, 2_000.0, 50_000.0]),
    hedging=st.booleans(),
    improve=st.booleans(),
)
@settings(deadline=None)
def test_random_quotes_and_requests(
    steps: Any, wishes: Any, balance: float, hedging: bool, improve: bool
) -> None:
    pair = Pair(balance=balance, hedging=hedging, improve=improve)
    pair.feed(walk(steps))
    for wish in sorted(wishes, key=lambda one: one["at"]):
        pair.go(START + wish["at"])
        ask(pair, wish)
    pair.go(START + 500_000)
    pair.compare()


@pytest.mark.skipif(not DATA.exists(), reason="the real market data are not on this machine")
@pytest.mark.parametrize(
    ("file", "start"),
    [
        ("EURUSD_ticks_2014-05-01_2014-05-09.parquet", 100_000),
        ("EURUSD_ticks_raw_crossed_2014-05-08.parquet", 20_000),  # asks below bids
    ],
)
@pytest.mark.parametrize("hedging", [True, False])
def test_real_ticks(file: str, start: int, hedging: bool) -> None:
    """Stored ticks, searched by their extremes, against the walk over each of them."""
    pd = pytest.importorskip("pandas")
    table = pd.read_parquet(DATA / file).iloc[start : start + 30_000]
    times = (table["time"] - table["time"].iloc[0] + START).to_numpy(np.int64)
    bids, asks = (
        np.round(table[name].to_numpy() * SCALE).astype(np.int32) for name in ("bid", "ask")
    )
    pair = Pair(balance=3_000.0, hedging=hedging, improve=False)
    pair.fast.market.replay("EURUSD", ArrayStream(Ticks(times, bids, asks)))
    pair.left = [
        (time, "EURUSD", bid, ask)
        for time, bid, ask in zip(times.tolist(), bids.tolist(), asks.tolist(), strict=True)
    ]
    rng, span = np.random.default_rng(3), int(times[-1] - START)
    for at in np.sort(rng.integers(1, span, 150)).tolist():
        pair.go(START + at)
        wish = {
            "at": at, "action": int(rng.choice([1, 1, 5, 5, 5, 6, 8])), "symbol": "EURUSD",
            "type": int(rng.integers(0, 8)), "volume": float(rng.choice([0.01, 0.1, 0.3])),
            "price": int(rng.integers(-80, 80)), "limit": int(rng.integers(-30, 30)),
            "sl": int(rng.integers(0, 100)), "tp": int(rng.integers(0, 100)),
            "close": bool(rng.integers(0, 2)), "ends": int(rng.integers(0, 3000)),
            "which": int(rng.integers(0, 9)),
        }  # fmt: skip
        ask(pair, wish)
    pair.go(START + span)
    assert len(pair.slow.deals) > 50
    pair.compare()
