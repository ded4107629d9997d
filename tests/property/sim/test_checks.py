"""Leaving out the checks that cannot object changes no answer."""

from __future__ import annotations

import dataclasses
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mas.clock import ManualClock
from mas.sim import SimSettings, SimTerminal, built_in
from mas.sim.checks import CHECKS
from mas.sim.request_context import context_of
from mas.terminal import constants as c
from mas.terminal.types import NO_REQUEST, TradeRequest

FIRST = 1_000_001
MONDAY_NOON = 1_767_614_400
prices = st.sampled_from([0.0, 1.0900, 1.0950, 1.0999, 1.1, 1.1001, 1.1005, 1.1050, 1.1100])
requests = st.builds(
    NO_REQUEST._replace,
    action=st.sampled_from([1, 1, 1, 5, 5, 6, 7, 8, 10]),
    order=st.integers(FIRST, FIRST + 8),
    symbol=st.just("EURUSD"),
    volume=st.sampled_from([0.0, 0.001, 0.1, 0.1, 0.1, 0.2, 0.5, 7.0]),
    price=prices, stoplimit=prices, sl=prices, tp=prices,
    type=st.integers(0, 9),
    type_filling=st.integers(0, 4),
    type_time=st.integers(0, 4),
    expiration=st.sampled_from([0, MONDAY_NOON - 60, MONDAY_NOON + 60]),
    position=st.sampled_from([0, 0, *range(FIRST, FIRST + 6)]),
    position_by=st.integers(FIRST, FIRST + 6),
)  # fmt: skip
specs = st.fixed_dictionaries({
    "order_mode": st.sampled_from([127, 127, 127, 31, 79, 126, 63]),
    "trade_mode": st.sampled_from([4, 4, 4, 0, 1, 2, 3]),
    "trade_exemode": st.integers(0, 3),
    "filling_mode": st.integers(0, 7),
    "expiration_mode": st.sampled_from([15, 15, 1, 4]),
    "trade_stops_level": st.sampled_from([0, 5]),
    "trade_freeze_level": st.sampled_from([0, 0, 20]),
    "volume_limit": st.sampled_from([0.0, 0.0, 0.4]),
    "start_time": st.sampled_from([0, 0, MONDAY_NOON + 3600]),
    "expiration_time": st.sampled_from([0, 0, MONDAY_NOON + 3600]),
    "trade_sessions": st.sampled_from([(), ("Mon-Fri 08:00-11:00",)]),
})  # fmt: skip
accounts = st.fixed_dictionaries({
    "margin_mode": st.sampled_from(["hedging", "hedging", "netting", "exchange"]),
    "hours": st.sampled_from(["always", "market"]),
    "limit_orders": st.sampled_from([0, 0, 1]),
    "limit_positions": st.sampled_from([0, 0, 2]),
    "fifo_close": st.booleans(),
    "hedge_prohibited": st.booleans(),
    "stops_on_market_entry": st.booleans(),
    "instant_fok_only": st.booleans(),
    "pending_return_only": st.booleans(),
})  # fmt: skip


@settings(max_examples=150)
@given(spec=specs, account=accounts, asked=st.lists(requests, min_size=1, max_size=25))
def test_the_first_of_all_checks_to_object_decides(
    spec: dict[str, Any], account: dict[str, Any], asked: list[TradeRequest]
) -> None:
    clock = ManualClock(MONDAY_NOON * 1000)
    symbol = dataclasses.replace(built_in()["EURUSD"], **spec)
    terminal = SimTerminal(SimSettings(**account), clock=clock, symbols={"EURUSD": symbol})
    terminal.initialize()
    terminal.feed("EURUSD", 1.1, 1.1001)
    for request in asked:
        context, _ = context_of(request, terminal.broker, terminal.permissions)
        if context is not None:
            codes = (check(context) for check in CHECKS[request.action])
            found = terminal.requests.checks.refusal(context)
            assert found == next((code for code in codes if code is not None), None)
        terminal.send(request)
        clock.advance(60)


def test_a_specification_that_changes_is_looked_at_anew() -> None:
    terminal = SimTerminal(clock=ManualClock(MONDAY_NOON * 1000))
    terminal.initialize()
    terminal.feed("EURUSD", 1.1, 1.1001)
    request = NO_REQUEST._replace(action=c.TRADE_ACTION_DEAL, symbol="EURUSD", volume=0.1)
    symbols = terminal.market.symbols
    codes = []
    for mode in (c.SYMBOL_TRADE_MODE_FULL, c.SYMBOL_TRADE_MODE_DISABLED, c.SYMBOL_TRADE_MODE_FULL):
        symbols["EURUSD"] = dataclasses.replace(symbols["EURUSD"], trade_mode=mode)
        answer = terminal.send(request)
        assert answer is not None
        codes.append(answer.retcode)
    assert codes == [10009, 10017, 10009]
