"""What a push costs: counted in calls, which no busy machine changes."""

from __future__ import annotations

import gc
import sys
from typing import Any

import numpy as np

from mas import MAS
from mas.backtest.feeds import BarFeed
from mas.backtest.run import Run
from mas.backtest.sources import Plan, generated
from mas.history.columns import Bars
from mas.sim import SimSettings, built_in
from mas.terminal import constants as c

START = 1_767_607_200_000  # 2026-01-05 10:00, a Monday
MINUTE = 60_000


class Counting(MAS):
    """Counts its bars and does nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.mark: list[object] = []

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        self.count += 1


def run(count: int) -> Run:
    """Return a run over so many flat minute bars."""
    flat = np.full(count, 110_000)
    bars = Bars(START + np.arange(count) * MINUTE, *(flat,) * 4, np.full(count, 4), flat * 0 + 10)
    end = START + count * MINUTE
    replay = generated(built_in()["EURUSD"], bars, Plan(START, end, "ohlc"), "made bars")
    feed = BarFeed("EURUSD", c.TIMEFRAME_M1, START, end)
    return Run(Counting(), {"EURUSD": replay}, [feed], SimSettings())


def calls(count: int) -> int:
    """Return how many Python functions are called, and generators resumed, by a run."""
    made = run(count)
    total = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal total
        total += event == "call"

    sys.setprofile(note)
    try:
        made.go(progress=False)
    finally:
        sys.setprofile(None)
    return total


def test_a_bar_costs_its_row_and_its_callback() -> None:
    calls(10)  # what is done once in a process
    assert calls(6000) - calls(4000) <= 2000 * 2.05


def dicts_of(client: Any) -> list[dict[str, Any]]:
    """Return the dicts that were made of a client's attributes; asking for one would make it."""
    mark = client.mark
    return [kept for kept in gc.get_objects() if type(kept) is dict and kept.get("mark") is mark]


def test_a_run_does_not_ask_for_the_dict_of_its_client() -> None:
    """CPython reads attributes slower for good once a dict has been made of them."""
    made = run(3)
    made.go(progress=False)
    assert not dicts_of(made._client)
    vars(made._client)
    assert dicts_of(made._client)
