"""One class through every door: the same deals, the same equity, the same events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import mas
from mas.backtest.signals import Signals

if TYPE_CHECKING:
    from tests.unit.magics.conftest import Cells

FROM, TO = "2024-01-02", "2024-01-09"
PERIOD = {"from": FROM, "to": TO}
CODE = """
import mas

class Cross(mas):
    def __init__(self):
        super().__init__()
        self.closes, self.ticket = [], None

    def receive_bars(self, symbol, data, is_end=False):
        self.closes.append(data["close"])
        fast = sum(self.closes[-3:]) / 3
        slow = sum(self.closes[-8:]) / 8
        if len(self.closes) < 8:
            return
        order = {"backtest_toggle": True, "symbol": symbol, "volume": 0.1}
        if fast > slow and self.ticket is None:
            self.ticket = self.send_order({**order, "order_type": "buy"})
        elif fast < slow and self.ticket is not None:
            self.send_order({**order, "order_type": "sell", "order_id": self.ticket})
            self.ticket = None
"""
space: dict[str, Any] = {}
exec(CODE, space)
Cross = space["Cross"]


def by_subscription() -> mas.Result:
    client = Cross()
    asked = {"symbol": "EURUSD", "timeframe": "H1", **PERIOD, "captital": 5_000}
    client.subscribe_bars({**asked, "backtest_toggle": True})
    return client.result


def by_method() -> mas.Result:
    return Cross().backtest({"bars": [("EURUSD", "H1")], **PERIOD, "capital": 5_000})


def by_object() -> mas.Result:
    return mas.Backtest(
        Cross, symbol="EURUSD", timeframe="H1", from_=FROM, to=TO, capital=5_000
    ).go()


def by_signals() -> mas.Result:
    one = Signals({"symbol": "EURUSD", "timeframe": "H1", **PERIOD, "capital": 5_000})
    closes = one.bars["close"]
    fast, slow = closes.rolling(3).mean(), closes.rolling(8).mean()
    # The class adds up lists, pandas keeps a running sum: no cross may hang on the last bit.
    assert (np.abs(fast - slow).dropna() > 1e-9).all()
    return one.run((fast > slow).to_numpy(), (fast < slow).to_numpy())


def by_magic(cells: Cells) -> mas.Result:
    error = cells.run(
        f"%%mas_backtest --timeframe H1 --from {FROM} --to {TO} --capital 5000\n{CODE}"
    )
    assert error is None
    found: mas.Result = cells.shell.user_ns["backtest"].result
    return found


DOORS = {"method": by_method, "object": by_object, "signals": by_signals}


@pytest.mark.parametrize("door", [*DOORS, "magic"])
def test_every_door_leads_to_the_same_run(door: str, cells: Cells) -> None:
    first = by_subscription()
    other = by_magic(cells) if door == "magic" else DOORS[door]()
    assert len(first.trades) > 5
    for name in ("deals", "orders", "trades", "equity", "refusals"):
        one, two = getattr(first, name), getattr(other, name)
        pd.testing.assert_frame_equal(one, two, check_exact=True, obj=name)
    assert (first.balance, first.capital, first.start, first.end) == (
        other.balance, other.capital, other.start, other.end,
    )  # fmt: skip
    assert first.drawdowns == other.drawdowns
    assert first.fingerprint == other.fingerprint
    assert first.facts.settings == other.facts.settings
    assert first.events() == other.events()
