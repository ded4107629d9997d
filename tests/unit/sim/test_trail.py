"""What streams and the account keep for the figures of the past."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mas.clock import ManualClock
from mas.history.columns import Ticks
from mas.sim import SimSettings, SimTerminal, built_in
from mas.sim.arrays import ArrayStream
from mas.sim.streams import FedStream, Quote, SyntheticStream

MONDAY = 1_767_571_200_000
DAY = 86_400_000


def made(count: int, seed: int = 1) -> Ticks:
    rng = np.random.default_rng(seed)
    times = MONDAY + np.cumsum(rng.integers(0, 3, count))
    bids = 110_000 + np.cumsum(rng.integers(-3, 4, count))
    return Ticks(times, bids.astype(np.int32), (bids + rng.integers(0, 9, count)).astype(np.int32))


@given(count=st.integers(1, 2500), first=st.integers(-5, 3000), length=st.integers(0, 4000))
def test_blocks_lie_within_and_know_their_extremes(count: int, first: int, length: int) -> None:
    ticks = made(count)
    stream = ArrayStream(ticks)
    start, end = MONDAY + first, MONDAY + first + length
    inside = np.flatnonzero((ticks.times >= start) & (ticks.times < end))
    blocks = stream.blocks(start, end)
    whole = [
        index
        for index in range(count // 512)
        if inside.size and inside[0] <= index * 512 and index * 512 + 511 <= inside[-1]
    ]
    assert (blocks is not None) == bool(whole)
    if blocks is None:
        return
    for row, index in zip(zip(*blocks, strict=True), whole, strict=True):
        part = ticks.part(slice(index * 512, index * 512 + 512))
        assert row == (
            part.times[0], part.times[-1], part.bids.min(), part.bids.max(),
            part.asks.min(), part.asks.max(),
        )  # fmt: skip


def test_the_last_block_is_not_whole() -> None:
    ticks = made(512 * 3 + 100)
    blocks = ArrayStream(ticks).blocks(MONDAY, MONDAY + DAY)
    assert blocks is not None
    assert len(blocks.firsts) == 3


def test_quotes_are_those_of_single_questions() -> None:
    ticks = made(600)
    array, fed = ArrayStream(ticks), FedStream()
    for row in zip(*(one.tolist() for one in ticks[:3]), strict=True):
        fed.feed(Quote(*row))
    times = np.arange(MONDAY - 5, MONDAY + 1300, 7)
    for stream in (array, fed):
        found = stream.quotes(times)
        for time, bid, ask in zip(times.tolist(), found.bids, found.asks, strict=True):
            quote = stream.quote(time)
            assert (bid, ask) == ((quote.bid, quote.ask) if quote is not None else (0, 0))


def test_quotes_of_the_synthetic_market() -> None:
    stream = SyntheticStream(built_in()["EURUSD"], seed=7, always=True)
    times = np.arange(MONDAY, MONDAY + 3_600_000, 60_007)
    found = stream.quotes(times)
    for time, bid, ask in zip(times.tolist(), found.bids, found.asks, strict=True):
        quote = stream.quote(time)
        assert quote is not None
        assert (quote.bid, quote.ask) == (bid, ask)
    assert len(stream.quotes(times[:0]).times) == 0


@pytest.mark.parametrize("mode", ["hedging", "netting"])
def test_the_trail_ends_in_the_positions(mode: str) -> None:
    clock = ManualClock(MONDAY)
    terminal = SimTerminal(SimSettings(balance=1e5, margin_mode=mode), clock=clock)
    terminal.initialize()
    rng = np.random.default_rng(5)
    for step in range(60):
        clock.set(MONDAY + step * 7 * 3_600_000)
        held = terminal.positions_get() or ()
        request = {"action": 1, "symbol": "EURUSD", "volume": 0.1 * int(rng.integers(1, 5))}
        request["type"] = int(rng.integers(0, 2))
        if held and rng.random() < 0.5:
            one = held[0]
            request |= {"type": 1 - one.type, "position": one.ticket}
            request["volume"] = min(request["volume"], one.volume)
            terminal.order_send({"action": 6, "position": one.ticket, "symbol": "EURUSD", "tp": 9})
        request["volume"] = round(request["volume"], 2)
        assert terminal.order_send(request) is not None
    account = terminal.broker.account
    newest = {one[1]: one for one in account.position_history}
    assert {key: one[2:] for key, one in newest.items() if one[4]} == {
        one.identifier: (
            one.symbol, one.type, one.volume, one.price_open, one.swap, one.margin_per_lot,
        )
        for one in account.positions.values()
    }  # fmt: skip
    assert any(one[6] for one in account.position_history), "no night was charged"
    times = [one[0] for one in account.position_history]
    assert times == sorted(times)
    before = len(account.position_history)
    for one in terminal.positions_get() or ():
        terminal.order_send({"action": 6, "position": one.ticket, "symbol": "EURUSD", "sl": 0.1})
    assert len(account.position_history) == before, "stops are not in the trail"
