"""One market order inside the simulated terminal, alone and among many; floor: a call of it.

Each round feeds a new quote, so that nothing can be reused from the round before, and closes
what the round before has opened.
"""

from __future__ import annotations

import pytest

from mas.clock import ManualClock
from mas.sim import SimSettings, SimTerminal

ROUNDS = {"rounds": 2000, "iterations": 1, "warmup_rounds": 100}
ORDER = {
    "action": 1, "symbol": "EURUSD", "volume": 0.1, "type": 0, "price": 1.1, "sl": 1.0,
    "tp": 1.2, "deviation": 10, "magic": 7, "comment": "bench", "type_filling": 0,
}  # fmt: skip
GROUP = "order_send (simulated terminal)"


class Bench:
    """A terminal whose market is fed by hand."""

    def __init__(self) -> None:
        self.clock = ManualClock("2026-01-05T10:00:00")
        self.terminal = SimTerminal(SimSettings(balance=1e9), clock=self.clock)
        self.terminal.initialize()
        self.step = 0
        self.opened = 0
        self.quote()

    def quote(self) -> None:
        """Feed another quote and close what is open from the last round."""
        self.step += 1
        self.clock.advance(1)
        bid = round(1.1 + self.step % 7 * 1e-5, 5)
        self.terminal.feed("EURUSD", bid, round(bid + 1e-4, 5))
        if self.opened:
            assert self.send(type=1, position=self.opened, sl=0.0, tp=0.0).retcode == 10009
            self.opened = 0

    def send(self, **more):
        """Send the order."""
        return self.terminal.order_send({**ORDER, **more})

    def order(self) -> None:
        """What is measured: one market order."""
        result = self.terminal.order_send(ORDER)
        assert result.retcode == 10009
        self.opened = result.order


def run(benchmark, bench: Bench) -> None:
    benchmark.pedantic(bench.order, setup=bench.quote, **ROUNDS)


@pytest.mark.benchmark(group=GROUP)
def test_floor_positions_total(benchmark):
    bench = Bench()
    benchmark.pedantic(bench.terminal.positions_total, setup=bench.quote, **ROUNDS)


@pytest.mark.benchmark(group=GROUP)
def test_order_send_alone(benchmark):
    run(benchmark, Bench())


@pytest.mark.benchmark(group=GROUP)
def test_order_send_after_a_million_ticks(benchmark):
    bench = Bench()
    for index in range(1_000_000):
        bench.terminal.feed("GBPUSD", 1.27, 1.2701)
        if index % 5 == 0:
            bench.clock.advance(1)
    run(benchmark, bench)


@pytest.mark.benchmark(group=GROUP)
def test_order_send_among_1000_orders_and_1000_positions(benchmark):
    bench = Bench()
    for index in range(1000):
        assert bench.send(type=index % 2, sl=0.0, tp=0.0).retcode == 10009
        price = round(1.09 - index * 1e-5, 5)
        assert bench.send(action=5, type=2, price=price, sl=0.0, tp=0.0).retcode == 10009
    run(benchmark, bench)
