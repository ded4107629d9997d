"""What other processes of ``test_store.py`` do; forked from one that has imported all of this."""

from __future__ import annotations

import multiprocessing
import os
import time

import numpy as np
import pandas as pd

from mas.history import History
from mas.history.derived_cache import made

PROCESSES = multiprocessing.get_context("forkserver" if hasattr(os, "fork") else "spawn")
ROWS = 20_000


def write(folder, first, last, told):
    """Store every other block of ticks from the first to the last; tell each that is stored."""
    history = History(folder)
    for number in range(first, last + 1, 2):
        times = 1_700_000_000_000 + number * 10_000_000 + np.arange(ROWS) * 250
        table = pd.DataFrame({"time": times, "bid": 1.1, "ask": 1.2})
        history.load(table, symbol="EURUSD", progress=False)
        told.send(number)


def make(folder, everybody, built):
    """Ask for something that is made slowly, when all the others are about to ask too."""
    stored = History(folder).store.find("EURUSD", "ticks")

    def build(writer):
        built.release()
        time.sleep(0.1)  # the others ask meanwhile
        writer.add(numbers=np.arange(1000))

    everybody.wait()
    assert made(stored, "slow", build)["numbers"][-1] == 999


if hasattr(os, "fork"):
    PROCESSES.set_forkserver_preload([__name__])
