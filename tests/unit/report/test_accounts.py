"""From the deals of an account to the figures of its report, with every cost."""

from __future__ import annotations

import pytest

from mas.clock import ManualClock
from mas.report.mt5.worth import Worth
from mas.report.record import of_account
from mas.sim import SimSettings, SimTerminal


def test_the_equity_of_an_account_ends_at_its_balance() -> None:
    clock = ManualClock("2026-01-06T12:00:00")
    settings = SimSettings(seed=7, balance=5000, commission=3.5, login=8)
    terminal = SimTerminal(settings, clock=clock)
    terminal.initialize()
    clock.advance(60)
    for symbol, side in (("EURUSD", 0), ("USDJPY", 1), ("XAUUSD", 0)):
        terminal.order_send({"action": 1, "symbol": symbol, "volume": 0.1, "type": side})
    clock.advance(2 * 86_400)  # two nights of swap
    for held in terminal.positions_get():
        close = {"symbol": held.symbol, "volume": 0.1, "type": 1 - held.type}
        assert terminal.order_send({"action": 1, "position": held.ticket, **close}).retcode == 10009
    deals = terminal.history_deals_get(0, 4_000_000_000)
    balance = terminal.account_info().balance
    assert all(sum(abs(getattr(deal, cost)) for deal in deals) for cost in ("swap", "commission"))

    record = of_account(terminal, "by hand")
    assert (record.capital, record.currency, record.source) == (
        5000,
        "USD",
        {"account": "8@MAS-Sim"},
    )
    assert record.equity.iloc[0] == 5000
    assert record.equity.iloc[-1] == pytest.approx(balance, abs=1e-6)
    assert record.trades["net"].sum() == pytest.approx(balance - 5000, abs=1e-6)
    assert len(record.trades) == 3
    bars = record.prices("EURUSD")
    assert bars["time"].iloc[0].timestamp() * 1000 <= deals[1].time_msc
    assert bars["time"].iloc[-1].timestamp() * 1000 <= deals[-1].time_msc


@pytest.mark.parametrize(
    ("worth", "opened", "closed", "legs", "whole"),
    [
        # 0.03 lots of 100,000: 3,300.15 and 3,300.30 by legs, 0.15 as a whole
        (Worth(100_000, False, True), 1.10005, 1.10010, 0.15, 0.15),
        # each leg of 0.03 × 1,000 is rounded by itself: 33.0 and 33.02, not 0.015
        (Worth(1000, False, True), 1.1, 1.1005, 0.02, 0.02),
        (Worth(1000, False, True), 1.1001, 1.1004, 0.01, 0.01),
        # in yen, converted at the closing price: 1,500 yen / 150.5
        (Worth(100_000, True, True, 0), 150.0, 150.5, 9.97, 9.97),
    ],
)
def test_what_is_booked_between_two_prices(
    worth: Worth, opened: float, closed: float, legs: float, whole: float
) -> None:
    assert worth.booked(0.03, opened, closed, 2, buy=True) == pytest.approx(
        (legs, whole), abs=0.006
    )
    bought, sold = (worth.booked(0.03, opened, closed, 2, buy=buy) for buy in (True, False))
    assert bought == (-sold[0], -sold[1])
    assert bought[0] == legs
