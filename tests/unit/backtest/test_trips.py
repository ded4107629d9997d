"""The rows of trades add up to the account's money, however positions were closed in parts."""

from __future__ import annotations

from typing import Any

import pytest

import mas


class Parts(mas):
    """Opens twice and closes three times by parts that do not fit each other."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        self.count += 1
        sides = {1: ("buy", 0.1), 2: ("buy", 0.3), 4: ("sell", 0.17), 5: ("sell", 0.4)}
        asked = {**sides, 7: ("buy", 0.05)}.get(self.count % 9)
        if asked is not None:
            order = {"symbol": symbol, "order_type": asked[0], "volume": asked[1]}
            self.send_order({"backtest_toggle": True, **order})


@pytest.mark.parametrize("mode", ["netting", "hedging"])
def test_trades_add_up_to_the_deals_and_the_balance(mode: str) -> None:
    run = mas.Backtest(
        Parts, symbol="USDJPY", timeframe="H1", from_="2025-01-06", to="2025-02-10",
        source="synthetic", margin_mode=mode, commission=3.33, capital=100_000,
    )  # fmt: skip
    result = run.go(progress=False)
    trades, deals = result.trades, result.deals
    dealt = (
        deals[deals["type"].isin(["buy", "sell"])]
        if deals["type"].dtype == object
        else (deals[deals["type"] < 2])
    )
    assert len(trades) > 100
    for column in ("profit", "swap", "commission"):
        assert round(trades[column].sum() - dealt[column].sum(), 6) == 0
    net = (trades["profit"] + trades["swap"] + trades["commission"]).round(2)
    assert net.tolist() == trades["net"].tolist()
    assert round(trades["net"].sum() - (result.balance - result.capital), 6) == 0
