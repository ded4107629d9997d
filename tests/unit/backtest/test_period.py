"""The period of a run is strict: nothing from its end on is pushed, dealt or charged."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pytest

from mas.backtest.data import Replay
from mas.backtest.feeds import BarFeed, TickFeed
from mas.backtest.run import Run, RunRules
from mas.history.columns import Ticks
from mas.sim import SimSettings, built_in
from mas.terminal import constants as c
from tests.unit.backtest.test_backtest import Client

MONDAY = 1_767_571_200_000  # 2026-01-05 00:00
HOUR, DAY = 3_600_000, 86_400_000
H1, D1 = c.TIMEFRAME_H1, c.TIMEFRAME_D1


def replay(symbol: str, rows: list[tuple[int, float]]) -> Replay:
    """Return ticks of a time, ms, and a bid; the spread is a point."""
    spec = built_in()[symbol]
    bids = np.array([spec.points(price) for _, price in rows], np.int32)
    return Replay(spec, Ticks(np.array([at for at, _ in rows]), bids, bids + 1), "made ticks")


def hours(count: int, start: int = MONDAY, step: float = 0.0) -> list[tuple[int, float]]:
    return [(start + n * HOUR // 2, 1.1 + n * step) for n in range(2 * count)]


def run(rows: list[Any], end: int, act: Any = None, *, timeframe: int = H1, **rules: Any) -> Any:
    client = Client(act)
    feed = BarFeed("EURUSD", timeframe, MONDAY, end)
    made = Run(
        client, {"EURUSD": replay("EURUSD", rows)}, [feed], SimSettings(), rules=RunRules(**rules)
    )
    return client, made.go(progress=False)


def buy_on_last(client: Client, data: dict[str, Any]) -> None:
    if client.told[-1][3]:
        client.order("buy")


def test_the_last_bars_order_deals_at_the_last_quote_before_the_end() -> None:
    """The next tick comes sixteen months later; it used to be the price of the order."""
    rows = [*hours(24, step=0.0001), (MONDAY + 500 * DAY, 2.0)]
    client, result = run(rows, MONDAY + DAY, buy_on_last)
    deal = next(one[2] for one in client.told if one[0] == "deal")
    assert deal["price"] == pytest.approx(1.1 + 47 * 0.0001 + 0.00001)
    assert deal["time"] == datetime(2026, 1, 5, 23, 59, 59, 999_000)
    assert result.end == MONDAY + DAY - 1


def test_no_night_is_charged_for_the_midnight_at_which_the_period_ends() -> None:
    def first(client: Client, _: Any) -> None:
        if len(client.told) == 1:
            client.order("buy", volume=1.0)

    rows = hours(72)
    _, one_day = run(rows, MONDAY + DAY, first, close_at_end=True)
    _, longer = run(rows, MONDAY + DAY + 1, first, close_at_end=True)
    assert one_day.deals["swap"].sum() == 0
    assert longer.deals["swap"].sum() < 0


def test_bars_that_close_after_the_end_are_not_pushed() -> None:
    client, _ = run(hours(48), MONDAY + 5 * HOUR + HOUR // 2)
    assert [one[2]["time"].hour for one in client.told] == [0, 1, 2, 3, 4]
    assert [one[3] for one in client.told] == [False] * 4 + [True]
    client, _ = run(hours(48), MONDAY + DAY + 5 * HOUR, timeframe=D1)
    assert [one[2]["time"].day for one in client.told] == [5]


def test_stops_work_between_the_last_push_and_the_end() -> None:
    def stop(client: Client, _: Any) -> None:
        if client.told[-1][3]:
            client.order("buy", sl=1.0990)

    rows = [
        *hours(5),
        (MONDAY + 5 * HOUR, 1.1),
        (MONDAY + 5 * HOUR + 60_000, 1.0980),
        (MONDAY + 7 * HOUR, 1.2),
    ]
    client, result = run(rows, MONDAY + 5 * HOUR + HOUR // 2, stop)
    assert [one[2]["reason"] for one in client.told if one[0] == "deal"] == ["expert", "sl"]
    assert result.trades["exit_time"].iloc[0] == datetime(2026, 1, 5, 5, 1)


def test_several_symbols_end_together_and_the_last_push_is_the_end() -> None:
    client = Client()
    replays = {
        "EURUSD": replay("EURUSD", hours(48)),
        "GBPUSD": replay("GBPUSD", [(at + 7, price) for at, price in hours(40)]),
    }
    end = MONDAY + 30 * HOUR
    feeds = [BarFeed(name, H1, MONDAY, end) for name in replays]
    feeds.append(TickFeed("GBPUSD", MONDAY, end))  # type: ignore[arg-type]
    result = Run(client, replays, feeds, SimSettings()).go(progress=False)
    pushed = [one for one in client.told if one[0] in {"bar", "tick"}]
    assert [one[3] for one in pushed].count(True) == 1
    assert pushed[-1][3]
    assert max(one[2]["time"] for one in pushed) < datetime(2026, 1, 6, 6)
    assert result.end == end - 1


def test_data_that_end_long_before_the_period_end_the_run() -> None:
    """No nights are charged for a year without prices."""

    def first(client: Client, _: Any) -> None:
        if len(client.told) == 1:
            client.order("buy", volume=1.0)

    _, result = run(hours(24), MONDAY + 365 * DAY, first)
    assert result.end == MONDAY + 24 * HOUR  # the last bar is over then
    assert result.open_positions()[0]["profit"] > -20


def test_r231_what_is_open_at_the_end_is_closed_and_counts_as_a_trade() -> None:
    def first(client: Client, _: Any) -> None:
        if len(client.told) == 1:
            client.order("buy")
            client.order("buy_limit", price=1.0)

    client, result = run(hours(24, step=0.0001), MONDAY + DAY, first, close_at_end=True)
    assert result.open_positions() == []
    assert result.deals["comment"].iloc[-1] == "end of test"
    assert len(result.trades) == 1
    assert result.orders["state"].tolist() == [
        c.ORDER_STATE_FILLED, c.ORDER_STATE_CANCELED, c.ORDER_STATE_FILLED,
    ]  # fmt: skip
    assert client.told[-1][0] == "deal", "the client is told of it"


def test_r156_a_stop_out_ends_the_run_with_one_last_push(caplog: Any) -> None:
    def all_in(client: Client, _: Any) -> None:
        if len(client.told) == 1:
            client.order("buy", volume=5.0)

    rows = [(MONDAY + n * HOUR, 1.1 - n * 0.002) for n in range(30)]
    client = Client(all_in)
    settings = SimSettings(balance=6_000, leverage=100, stop_out_ends=True)
    feed = BarFeed("EURUSD", H1, MONDAY, MONDAY + 30 * HOUR)
    result = Run(client, {"EURUSD": replay("EURUSD", rows)}, [feed], settings).go(progress=False)
    assert result.deals["reason"].iloc[-1] == c.DEAL_REASON_SO
    bars = [one for one in client.told if one[0] == "bar"]
    assert bars[-1][3], "the last push says so"
    assert len(bars) < 12
    assert "stop out" in result.stopped
    assert "a stop out ended the run" in caplog.text


def test_a_request_that_waits_does_not_wait_beyond_the_end() -> None:
    """Latency carries the last bar's order to the end of the period, not over it (R205)."""
    rows = [*hours(24, step=0.0001), (MONDAY + DAY, 1.5), (MONDAY + DAY + HOUR, 1.6)]
    client = Client(buy_on_last)
    feed = BarFeed("EURUSD", H1, MONDAY, MONDAY + DAY)
    replays = {"EURUSD": replay("EURUSD", rows)}
    settings = SimSettings(latency_ms=5_000)
    result = Run(client, replays, [feed], settings).go(progress=False)
    deal = next(one[2] for one in client.told if one[0] == "deal")
    assert deal["price"] == pytest.approx(1.1 + 47 * 0.0001 + 0.00001)
    assert deal["time"] == datetime(2026, 1, 5, 23, 59, 59, 999_000)
    assert result.end == MONDAY + DAY - 1
