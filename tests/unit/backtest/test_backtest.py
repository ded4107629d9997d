"""A run over history: what is pushed when, what deals where, and what comes of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pytest

from mas import MAS
from mas.backtest.data import Replay
from mas.backtest.feeds import BarFeed, TickFeed
from mas.backtest.run import Run, RunRules
from mas.backtest.sources import Plan, generated
from mas.backtest.valuation.over_time import ValuationOverTime
from mas.history.columns import Bars, Ticks
from mas.history.generate import open_prices
from mas.sim import SimSettings, built_in
from mas.terminal import constants as c

START = 1_767_607_200_000  # 2026-01-05 10:00, a Monday
MINUTE = 60_000
M1, M5 = c.TIMEFRAME_M1, c.TIMEFRAME_M5
Row = tuple[int, float, float]


def replay(symbol: str, rows: list[Any]) -> Replay:
    """Return ticks at seconds after the start: (second, bid, ask[, last, volume])."""
    spec = built_in()[symbol]
    times = np.array([START + round(row[0] * 1000) for row in rows], np.int64)
    prices = [np.array([spec.points(row[n]) for row in rows], np.int32) for n in (1, 2)]
    deals: list[Any] = [None, None]
    if len(rows[0]) > 3:
        deals = [
            np.array([spec.points(row[3]) for row in rows], np.int32),
            np.array([row[4] for row in rows]),
        ]
    return Replay(spec, Ticks(times, *prices, *deals), "made ticks")


class Client(MAS):
    """Notes all that it is told, and acts when a function of the test says so."""

    def __init__(self, act: Any = None) -> None:
        super().__init__()
        self.told: list[Any] = []
        self.act = act

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        self.told.append(("bar", symbol, data, is_end))
        if self.act:
            self.act(self, data)

    def receive_ticks(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        self.told.append(("tick", symbol, data, is_end))
        if self.act:
            self.act(self, data)

    def receive_order_status(self, order_id: str, status_data: dict[str, Any]) -> None:
        self.told.append(("status", order_id, status_data["message"]))

    def receive_order_execution(self, order_id: str, execution_data: dict[str, Any]) -> None:
        self.told.append(("deal", order_id, execution_data))

    def order(self, kind: str, symbol: str = "EURUSD", **more: Any) -> Any:
        order = {"backtest_toggle": True, "symbol": symbol, "order_type": kind, "volume": 0.1}
        return self.send_order({**order, **more})

    def kinds(self) -> list[str]:
        return [one[0] for one in self.told]


def bars(client: Client, rows: list[Any], timeframe: int = M1, **settings: Any) -> Any:
    feed = BarFeed("EURUSD", timeframe, START, START + 3600_000)
    run = Run(client, {"EURUSD": replay("EURUSD", rows)}, [feed], SimSettings(**settings))
    return run.go(progress=False)


WALK = [
    (0, 1.1000, 1.1001), (30, 1.1010, 1.1011), (59, 1.1005, 1.1006),
    (70, 1.1020, 1.1021), (110, 1.1015, 1.1016),
    (240, 1.1030, 1.1031), (299, 1.1040, 1.1042),
]  # fmt: skip


def test_a_bar_is_pushed_with_the_first_quote_after_it_has_closed() -> None:
    client = Client(lambda one, _: one.order("buy") if len(one.told) == 1 else None)
    bars(client, WALK)
    pushed = [one for one in client.told if one[0] == "bar"]
    assert [one[2]["time"].minute for one in pushed] == [0, 1, 4], "an empty minute has no bar"
    assert [one[3] for one in pushed] == [False, False, True]
    assert pushed[0][2] == {
        "time": datetime(2026, 1, 5, 10), "open": 1.1, "high": 1.101, "low": 1.1, "close": 1.1005,
        "volume": 3, "timeframe": "M1",
    }  # fmt: skip
    deal = next(one[2] for one in client.told if one[0] == "deal")
    assert (deal["price"], deal["time"]) == (1.1021, datetime(2026, 1, 5, 10, 1, 10))
    assert client.kinds() == ["bar", "status", "deal", "bar", "bar"], "told after the callback"


def test_a_strategy_that_would_profit_from_the_future_does_not() -> None:
    """It buys at the close of a rising bar; the market has jumped by then."""
    client = Client(lambda one, data: one.order("buy") if data["close"] > data["open"] else None)
    bars(client, WALK)
    prices = [one[2]["price"] for one in client.told if one[0] == "deal"]
    assert prices == [1.1021, 1.1042], "the last bar's order deals at the last known quote"


def test_stops_deal_between_two_bars_and_are_told_before_the_next() -> None:
    client = Client(
        lambda one, _: one.order("buy", sl=1.0990, tp=1.1035) if len(one.told) == 1 else None
    )
    bars(client, WALK)
    assert client.kinds() == ["bar", "status", "deal", "bar", "deal", "bar"]
    deal = client.told[4][2]
    assert (deal["price"], deal["reason"], deal["time"]) == (
        1.1035, "tp", datetime(2026, 1, 5, 10, 4, 59),
    )  # fmt: skip


def test_a_pending_order_that_fills_is_told_with_its_status() -> None:
    client = Client(
        lambda one, _: one.order("buy_stop", price=1.1030) if len(one.told) == 1 else None
    )
    bars(client, WALK)
    assert client.kinds() == ["bar", "status", "status", "deal", "bar", "bar"]
    assert client.told[2][2] == "order filled"
    assert client.told[3][2]["price"] == 1.1031


def test_r203_several_symbols_and_timeframes_in_one_run_merged_by_time() -> None:
    """A new bar on one symbol is none on another."""
    client = Client(lambda one, _: one.order("buy", "GBPUSD") if len(one.told) == 1 else None)
    other = [(5, 1.27, 1.2701), (65, 1.28, 1.2801), (400, 1.29, 1.2901)]
    replays = {"EURUSD": replay("EURUSD", WALK), "GBPUSD": replay("GBPUSD", other)}
    end = START + 3600_000
    feeds = [BarFeed("EURUSD", M1, START, end), BarFeed("GBPUSD", M1, START, end),
             BarFeed("EURUSD", M5, START, end)]  # fmt: skip
    Run(client, replays, feeds, SimSettings()).go(progress=False)
    pushed = [
        (one[1], one[2]["timeframe"], one[2]["time"].minute)
        for one in client.told
        if one[0] == "bar"
    ]
    assert pushed == [
        ("GBPUSD", "M1", 0), ("EURUSD", "M1", 0), ("EURUSD", "M1", 1), ("EURUSD", "M1", 4),
        ("EURUSD", "M5", 0), ("GBPUSD", "M1", 1), ("GBPUSD", "M1", 6),
    ]  # fmt: skip
    assert next(one[2] for one in client.told if one[0] == "deal")["price"] == 1.2801
    assert [one[3] for one in client.told if one[0] == "bar"] == [False] * 6 + [True]


def test_r191_deals_use_bid_and_ask_also_when_bars_are_made_of_deals() -> None:
    rows = [
        (0, 100.0, 100.2, 100.1, 5.0),
        (70, 101.0, 101.2, 101.1, 3.0),
        (140, 101, 101.2, 101, 1),
    ]
    client = Client(lambda one, _: one.order("buy", "AAPL", volume=10, type_filling=2))
    feed = BarFeed("AAPL", M1, START, START + 3600_000)
    Run(client, {"AAPL": replay("AAPL", rows)}, [feed], SimSettings(balance=1e6)).go(progress=False)
    assert client.told[0][2]["close"] == 100.1
    assert next(one[2] for one in client.told if one[0] == "deal")["price"] == 101.2


def made_bars(rows: list[tuple[float, float, float, float]]) -> Bars:
    times = START + np.arange(len(rows)) * MINUTE
    prices = np.rint(np.array(rows).T * 1e5).astype(np.int64)
    return Bars(times, *prices, np.full(len(rows), 30), np.full(len(rows), 10))


PRICES = [
    (1.1, 1.1012, 1.0995, 1.1005),
    (1.1005, 1.1030, 1.1003, 1.1020),
    (1.1020, 1.1025, 1.0980, 1.0985),
]


@pytest.mark.parametrize(("model", "price"), [("every_tick", 1.0989), ("ohlc", 1.0980)])
def test_r190_models_decide_where_a_stop_deals(model: str, price: float) -> None:
    """R198, R200: with four prices a bar a stop is found at the next of them only."""
    client = Client(lambda one, _: one.order("buy", sl=1.0990) if len(one.told) == 1 else None)
    plan = Plan(START, START + 3600_000, model)
    made = generated(built_in()["EURUSD"], made_bars(PRICES), plan, "made bars")
    feed = BarFeed("EURUSD", M1, START, START + 3600_000)
    result = Run(client, {"EURUSD": made}, [feed], SimSettings()).go(progress=False)
    assert [one[2]["volume"] for one in client.told if one[0] == "bar"] == [30, 30, 30]
    deals = [one[2] for one in client.told if one[0] == "deal"]
    assert [deal["price"] for deal in deals] == [1.1006, price]
    assert {"every_tick": "generated ticks", "ohlc": "1 minute OHLC"}[model] in str(result.source)


def test_r200_open_prices_alone_may_deal_far_from_a_level() -> None:
    ticks = open_prices(made_bars(PRICES), length_ms=MINUTE)
    made = Replay(built_in()["EURUSD"], ticks, "open prices")
    client = Client(lambda one, _: one.order("buy", sl=1.0999) if len(one.told) == 1 else None)
    feed = BarFeed("EURUSD", M1, START, START + 3600_000)
    Run(client, {"EURUSD": made}, [feed], SimSettings()).go(progress=False)
    deals = [one[2]["price"] for one in client.told if one[0] == "deal"]
    assert deals == [1.1006, 1.098]


def test_ticks_all_or_dealt_and_not_more_often_than_asked() -> None:
    rows = [
        (0, 10, 10.1, 10, 2.0),
        (0.2, 10.1, 10.2, 10, 0.0),
        (0.4, 10.2, 10.3, 10.2, 1.0),
        (1.1, 10, 10.1, 10, 0),
    ]
    for feed, wanted in (
        (TickFeed("AAPL", START, START + 5000), [10, 10.1, 10.2, 10]),
        (TickFeed("AAPL", START, START + 5000, dealt=True), [10, 10.2]),
        (TickFeed("AAPL", START, START + 5000, interval=500), [10.2, 10]),
        (TickFeed("AAPL", START + 100, START + 1000), [10.1, 10.2]),
    ):
        client = Client()
        Run(client, {"AAPL": replay("AAPL", rows)}, [feed], SimSettings()).go(progress=False)
        assert [one[2]["bid"] for one in client.told] == wanted
        assert [one[3] for one in client.told] == [False] * (len(wanted) - 1) + [True]
    assert client.told[0][2] == {
        "time": datetime(2026, 1, 5, 10, 0, 0, 200_000), "bid": 10.1, "ask": 10.2, "last": 10.0,
        "volume": 0.0,
    }  # fmt: skip


def trade(client: Client, data: dict[str, Any]) -> None:
    """Buy on the first bar, close a part on the second, the rest on the third."""
    count = client.kinds().count("bar")
    if count == 1:
        client.ticket = client.order("buy", volume=0.3)
    elif count < 4:
        client.order("sell", volume=[0.1, 0.2][count - 2], order_id=client.ticket)


def test_the_tables_of_a_result() -> None:
    rows = [*WALK, (420, 1.1050, 1.1051)]
    result = bars(Client(trade), rows, commission=2.0)
    assert result.deals["entry"].tolist() == [0, 0, 1, 1]
    first, second = result.trades.to_dict("records")
    # bought at 1.1021, sold at 1.1030 and 1.1050
    assert (first["volume"], first["profit"], first["commission"], first["net"]) == (
        0.1,
        9.0,
        -0.4,
        8.6,
    )
    assert (second["volume"], second["profit"], second["exit_price"]) == (0.2, 58.0, 1.105)
    assert first["entry_price"] == second["entry_price"] == 1.1021
    assert result.trades["net"].sum() == pytest.approx(result.balance - result.capital)
    assert result.orders["state"].tolist() == [4, 4, 4]
    equity = result.equity
    assert equity["equity"].iloc[-1] == result.balance
    # the close of the first bar, before its push; then 0.3 lots bought at 1.1021, commission 0.6
    assert equity["balance"].tolist()[:3] == [10_000.0, 10_000.0, 9999.4]
    assert equity["equity"].tolist()[:3] == [10_000.0, 10_000.0, 9999.4 - 3.0]
    assert equity["margin"].iloc[2] == 330.63
    assert equity["margin_level"].iloc[2] == pytest.approx(100 * 9996.4 / 330.63)
    assert "made ticks" in result.source["EURUSD"]


def test_equity_is_the_accounts_at_every_push() -> None:
    seen = []

    def look(client: Client, _: Any) -> None:
        trade(client, _)
        seen.append(client.get_account_info({"backtest_toggle": True})["equity"])

    result = bars(Client(look), [*WALK, (420, 1.1050, 1.1051)])
    pushed = result._run.replays["EURUSD"].bars(M1, START, START + 3600_000)[1]
    found = ValuationOverTime(result._run.terminal.broker).curve(pushed)
    assert found.equity.tolist() == seen


def test_two_runs_are_the_same_byte_for_byte() -> None:
    one, other = (bars(Client(trade), WALK).events() for _ in range(2))
    assert one == other
    assert b"Execution" in one


def test_an_error_of_the_strategy_is_its_own_and_keeps_what_there_is() -> None:
    def fail(client: Client, _: Any) -> None:
        client.order("buy")
        if client.kinds().count("bar") == 2:
            raise ZeroDivisionError("mine")

    client = Client(fail)
    feed = BarFeed("EURUSD", M1, START, START + 3600_000)
    rules = RunRules(stop_on_error=True)
    replays = {"EURUSD": replay("EURUSD", WALK)}
    with pytest.raises(ZeroDivisionError, match="mine"):
        Run(client, replays, [feed], SimSettings(), rules=rules).go(progress=False)
    assert client.result is not None
    assert len(client.result.deals) == 3
    assert "ZeroDivisionError" in client.result.stopped
    assert client.result.end == START + 240_000


def test_a_run_that_is_interrupted_still_reports() -> None:
    def stop(client: Client, _: Any) -> None:
        client.order("buy")
        raise KeyboardInterrupt

    client = Client(stop)
    with pytest.raises(KeyboardInterrupt):
        bars(client, WALK)
    assert client.result is not None
    assert "stopped: KeyboardInterrupt" in repr(client.result)
    assert len(client.result.equity) >= 1


def test_no_trade_at_all() -> None:
    result = bars(Client(), WALK)
    assert len(result.trades) == 0
    assert list(result.trades.columns)[:3] == ["position", "symbol", "side"]
    assert set(result.equity["equity"]) == {10_000.0}


def test_a_long_run_shows_time_speed_and_equity(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mas.backtest.progress.PATIENCE", 0.0)
    monkeypatch.setattr("mas.backtest.progress.PAUSE", 0.0)
    client = Client(lambda one, _: None)
    client.backtest({"bars": [("EURUSD", "M1")], "from": "2024-01-02", "to": "2024-01-03"})
    told = capsys.readouterr().err
    assert "pushes/s, 2024-01-0" in told
    assert "equity 10,000.00" in told
    monkeypatch.setattr("mas.backtest.progress.PATIENCE", 1e9)
    client.backtest({"bars": [("EURUSD", "M1")], "from": "2024-01-02", "to": "2024-01-03"})
    assert "pushes" not in capsys.readouterr().err
