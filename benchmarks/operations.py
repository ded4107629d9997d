"""Operations at each bar of a backtest, and what each of them costs; see ``benchmarks.orders``."""

from __future__ import annotations

import gc
import statistics
import sys
from time import perf_counter, process_time

import pandas as pd

import mas
from benchmarks.peers import data
from mas.history import History

BARS = 4_000
ORDER = {"backtest_toggle": True, "symbol": "EURUSD", "order_type": "buy", "volume": 0.01}
POINT = 1e-5


def cpu(run):
    """Return what it returned and its CPU seconds."""
    gc.collect()
    began = process_time()
    result = run()
    return result, process_time() - began


def next_order(order, ticket):
    """Return the order itself, or the one that closes the position of that ticket."""
    return {**order, "order_type": "sell", "order_id": ticket} if ticket else order


class Silent(mas.MAS):
    """Takes bars and does nothing: the floor."""

    def receive_bars(self, symbol, data, is_end=False):
        pass


class Operation(mas.MAS):
    """Does something at each bar; ``through`` makes each measured call."""

    through = staticmethod(lambda function, params: function(params))

    def __init__(self):
        super().__init__()
        self.ticket, self.count, self.level = None, 0, None

    def did(self, answer):
        """Count an operation that was done."""
        assert answer, answer
        self.count += 1
        return answer


class Market(Operation):
    """A market order at each bar, which opens a position or closes it."""

    def receive_bars(self, symbol, data, is_end=False):
        ticket = self.did(self.through(self.send_order, next_order(ORDER, self.ticket)))
        self.ticket = None if self.ticket else ticket


class Modify(Operation):
    """Other stops at each bar, too far away to be reached."""

    def receive_bars(self, symbol, data, is_end=False):
        self.ticket = self.ticket or self.send_order(ORDER)
        change = {
            "backtest_toggle": True, "position_id": self.ticket, "sl": data["close"] - 0.05,
            "tp": data["close"] + 0.05 + self.count % 2 * POINT,
        }  # fmt: skip
        self.did(self.through(self.modify_position_sltp, change))


class Bracket(Operation):
    """A market order at each bar with stops 30 points away: it is closed within some bars."""

    def receive_bars(self, symbol, data, is_end=False):
        price = data["close"]
        order = {**ORDER, "sl": price - 30 * POINT, "tp": price + 30 * POINT}
        self.did(self.through(self.send_order, order))


class Pending(Operation):
    """A limit order at each bar, cancelled at once; the single call is the placing."""

    def receive_bars(self, symbol, data, is_end=False):
        order = {**ORDER, "order_type": "buy_limit", "price": round(data["close"] - 0.05, 5)}
        ticket = self.through(self.send_order, order)
        self.did(self.cancel_order({"backtest_toggle": True, "order_id": ticket}))


class Trail(Operation):
    """A stop loss 30 points below each bar's close; a new position when it was hit."""

    def receive_bars(self, symbol, data, is_end=False):
        level = round(data["close"] - 30 * POINT, 5)
        if level == self.level:
            return
        self.level = level
        self.count += 1
        change = {"backtest_toggle": True, "position_id": self.ticket, "sl": level}
        if self.ticket is None or not self.modify_position_sltp(change):
            self.ticket = self.send_order({**ORDER, "volume": 0.1, "sl": level})


OPERATIONS = {
    "market": (Market, "send_order, market"),
    "modify": (Modify, "modify_position_sltp"),
    "bracket": (Bracket, "bracket with its exit"),
    "pending": (Pending, "pending order, cancelled"),
}


def store_minutes():
    """Store the bars that the operations run over, and return their period."""
    frame = pd.DataFrame({name: column[:BARS] for name, column in data.minutes().items()})
    frame["time"] = pd.to_datetime(frame["time"], unit="s")
    History().load(frame, symbol="EURUSD", progress=False)
    return {"from_": str(frame["time"].iloc[0]), "to": str(frame["time"].iloc[-1])}


def backtest(kind, span):
    """Return a run with the default profile, and no lack of money."""
    return mas.Backtest(
        kind, symbol="EURUSD", timeframe="M1", model="ohlc", capital=1e6, stop_on_error=True,
        **span,
    )  # fmt: skip


def in_the_run(kind, span, floor):
    """Return CPU microseconds for each operation above those of an empty callback."""
    run = backtest(kind, span)
    _, seconds = cpu(lambda: run.go(progress=False))
    return (seconds - floor) / run.client.count * 1e6


def single_calls(kind, span):
    """Return the median microseconds of single calls, and the calls that they make."""
    times, entered, built_in = [], [], []

    def by_clock(function, params):
        began = perf_counter()
        answer = function(params)
        times.append(perf_counter() - began)
        return answer

    def by_profile(function, params):
        counts = {"call": 0, "c_call": -1}  # the last is sys.setprofile itself

        def count(frame, event, argument):
            if event in counts:
                counts[event] += 1

        sys.setprofile(count)
        answer = function(params)
        sys.setprofile(None)
        entered.append(counts["call"])
        built_in.append(counts["c_call"])
        return answer

    for through in (by_clock, by_profile):
        watched = type(kind.__name__, (kind,), {"through": staticmethod(through)})
        backtest(watched, span).go(progress=False)
    empty = []
    for _ in range(1_000):
        began = perf_counter()
        empty.append(perf_counter() - began)
    call = statistics.median(times) - statistics.median(empty)
    return call * 1e6, statistics.median(entered), statistics.median(built_in)


def show(names, rounds):
    """Measure operations in turn and print a line for each."""
    span = store_minutes()
    backtest(Silent, span).go(progress=False)
    found = {name: [] for name in names}
    floors = []
    for _ in range(rounds):
        _, floor = cpu(lambda: backtest(Silent, span).go(progress=False))
        floors.append(floor)
        for name in names:
            found[name].append(in_the_run(OPERATIONS[name][0], span, floor))
    print(f"{'in a backtest, µs':36}{'in the run: min, median':>26}{'the call':>12}{'calls':>18}")
    # Of the whole run, its loading too; a bar alone is in W1.
    empty = [seconds / BARS * 1e6 for seconds in floors]
    floor = f"{min(empty):.2f}, {statistics.median(empty):.2f}"
    print(f"{'floor: a bar, an empty callback':36}{floor:>26}")
    for name in names:
        kind, text = OPERATIONS[name]
        call, entered, built_in = single_calls(kind, span)
        run = f"{min(found[name]):.1f}, {statistics.median(found[name]):.1f}"
        print(f"{text:36}{run:>26}{call:12.1f}{f'{entered:.0f} + {built_in:.0f}':>18}", flush=True)
