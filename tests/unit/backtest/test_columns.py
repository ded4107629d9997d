"""Each column of a result has one type, whatever is in it and where nothing is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mas
from mas import MAS
from mas.backtest.columns import COLUMNS
from mas.backtest.feeds import TickFeed
from mas.backtest.result import Result
from mas.backtest.run import Run
from mas.sim import SimSettings
from tests.unit.backtest.test_valuation import BACKTEST, HOUR, START, market, run

STORED = {*COLUMNS} - {"open", "stops"}
WORDS = {"int64": "i", "float64": "f", "datetime64[ms]": "M"}


class Everything(MAS):
    """Orders of whole numbers, some refused; a callback that raises."""

    def receive_ticks(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        order = {**BACKTEST, "symbol": symbol, "order_type": "buy", "volume": 1}
        self.send_order(order)
        self.send_order({**order, "sl": 2, "tp": 3})
        self.send_order({**order, "order_type": "buy_limit", "price": 1})
        self.send_order({**order, "sl": 1, "tp": 2})
        self.cancel_order({**BACKTEST, "order_id": 5})
        held = self.get_positions(BACKTEST)
        if len(held) > 3:
            closing = {"order_type": "sell", "order_id": held[0]["ticket"]}
            self.send_order({**order, **closing})
        raise ValueError(symbol)


def result_of(client: MAS) -> Result:
    replays = market(["EURUSD"], 60, 1)
    settings = SimSettings(balance=1_000_000.0)
    made = Run(client, replays, [TickFeed("EURUSD", START, START + 80 * HOUR)], settings)
    found: Result = made.go(progress=False)
    return found


def kinds(table: pd.DataFrame) -> dict[str, str]:
    return {str(name): str(kind) for name, kind in table.dtypes.items()}


@pytest.mark.parametrize("client", [Everything, MAS])
@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_the_type_of_each_column(client: type[MAS], name: str) -> None:
    result = result_of(client())
    table = result._frame(name)
    assert kinds(table) == COLUMNS[name]
    if client is Everything:
        assert len(table)
    elif name != "deals":  # the deposit is one
        assert not len(table)


@pytest.mark.parametrize("client", [Everything, MAS])
def test_a_file_keeps_them(client: type[MAS], tmp_path: Path) -> None:
    result = result_of(client())
    kept = Result.load(result.save(tmp_path / "run.mas"))
    for name in STORED:
        assert kinds(getattr(kept, name)) == COLUMNS[name]
        pd.testing.assert_frame_equal(getattr(kept, name), getattr(result, name))


def test_times_are_those_of_the_milliseconds() -> None:
    _, result = run(["EURUSD"], 1)
    deals, orders = result.deals, result.orders
    for table, time in ((deals, "time"), (orders, "time_setup"), (orders, "time_done")):
        assert (table[time].astype("int64") == table[f"{time}_msc"]).all()
    trades = result.trades
    by_ticket = deals.set_index("order")["time"]
    assert (by_ticket[trades["exit_order"]].to_numpy() == trades["exit_time"].to_numpy()).all()


def test_what_signals_make_has_the_same_types() -> None:
    signals = mas.Signals(
        {"symbol": "EURUSD", "timeframe": "H1", "from": "2024-01-01", "to": "2024-01-10",
         "model": "every_tick"},
    )  # fmt: skip
    none = np.zeros(len(signals.bars), bool)
    some = none.copy()
    some[::7] = True
    for entries in (none, some):
        found = signals.run(entries, np.roll(entries, 3))
        assert kinds(found.trades) == COLUMNS["trades"]
        assert kinds(found.refusals) == COLUMNS["refusals"]
