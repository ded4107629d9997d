"""What a runner remembers of its searches changes nothing of what happens."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mas.clock import ManualClock
from mas.history.columns import Ticks
from mas.sim import SimSettings, SimTerminal
from mas.sim.arrays import ArrayStream
from mas.terminal import constants as c
from mas.terminal.types import NO_REQUEST

START, BID, SPREAD = 1_767_614_400_000, 110_000, 10
SECOND = 1000
walks = st.lists(st.integers(-12, 12), min_size=30, max_size=120)
levels = st.none() | st.integers(1, 60)
steps = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(["stops", "stops", "limit", "cancel", "nothing"]),
              levels, levels),
    min_size=5, max_size=40,
)  # fmt: skip


class Account:
    """One account on stored ticks, with a long and a short position."""

    def __init__(self, moves: list[int], *, forgets: bool) -> None:
        bids = BID + np.cumsum(moves)
        times = START + np.arange(len(moves)) * SECOND
        self.clock = ManualClock(START)
        self.terminal = SimTerminal(SimSettings(balance=1e6), clock=self.clock)
        self.terminal.initialize()
        stream = ArrayStream(Ticks(times, bids.astype(np.int32), (bids + SPREAD).astype(np.int32)))
        self.terminal.market.replay("EURUSD", stream)
        self.forgets = forgets
        for kind in (c.ORDER_TYPE_BUY, c.ORDER_TYPE_SELL):
            self.send(action=c.TRADE_ACTION_DEAL, type=kind, symbol="EURUSD", volume=0.1)

    def send(self, **fields: Any) -> None:
        self.terminal.send(NO_REQUEST._replace(**fields))

    def at(self, away: int | None, sign: int) -> float:
        """Return a price so many points from the market, 0.0 for None."""
        quote = self.terminal.quote("EURUSD")
        assert quote is not None
        return 0.0 if away is None else (quote.bid + sign * away) / 1e5

    def act(self, seconds: int, what: str, near: int | None, far: int | None) -> None:
        if self.forgets:
            self.terminal.runner.fed()
        self.clock.advance(seconds)
        account = self.terminal.broker.account
        self.terminal.run_up_to_now()
        if what == "stops":
            for ticket, position in tuple(account.positions.items()):
                sign = 1 if position.type == c.POSITION_TYPE_BUY else -1
                stops = {"sl": self.at(near, -sign), "tp": self.at(far, sign)}
                self.send(action=c.TRADE_ACTION_SLTP, position=ticket, **stops)
        elif what == "limit":
            self.send(
                action=c.TRADE_ACTION_PENDING, type=c.ORDER_TYPE_BUY_LIMIT, symbol="EURUSD",
                type_filling=c.ORDER_FILLING_RETURN, volume=0.1, price=self.at(near or 5, -1),
            )  # fmt: skip
        elif what == "cancel" and account.orders:
            self.send(action=c.TRADE_ACTION_REMOVE, order=min(account.orders))


@settings(max_examples=150)
@given(moves=walks, acts=steps)
def test_the_same_happens_at_the_same_time(moves: list[int], acts: list[Any]) -> None:
    accounts = [Account(moves, forgets=forgets) for forgets in (False, True)]
    for act in acts:
        for account in accounts:
            account.act(*act)
        first, second = (account.terminal.broker.account for account in accounts)
        assert first.deals == second.deals
        assert first.orders == second.orders
        assert first.positions == second.positions
