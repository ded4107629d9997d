"""The documented calls: keys, types, failure values, as the reference has them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

import mas
from mas import mt5
from mas.clock import ManualClock, to_ms
from mas.core import core_of
from mas.sim import SimSettings, SimTerminal, built_in, process_terminal
from mas.terminal.types import TradeRequest

LOGIN = {"account": 123_456, "password": "any", "server": "MAS-Sim"}
ORDER = {"backtest_toggle": False, "symbol": "EURUSD", "order_type": "buy", "volume": 0.1}


class Client(mas.MAS):
    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.told: list[tuple[Any, ...]] = []

    def receive_order_status(self, order_id: str, status_data: dict[str, Any]) -> None:
        self.told.append(("status", order_id, status_data))

    def receive_order_execution(self, order_id: str, execution_data: dict[str, Any]) -> None:
        self.told.append(("execution", order_id, execution_data))

    def receive_ticks(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        self.told.append(("tick", symbol, data, is_end))

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
        self.told.append(("bar", symbol, data, is_end))


def until(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def client() -> Iterator[Client]:
    one = Client()
    assert one.login(LOGIN) is True
    yield one
    one.shutdown_mt5()


def test_the_module_is_a_base_class() -> None:
    class Mine(mas):  # type: ignore[misc, valid-type]
        pass

    assert issubclass(Mine, mas.MAS)
    assert isinstance(Mine(), mas)  # type: ignore[arg-type]
    from mas.mas import MAS

    assert MAS is mas.MAS


def test_a_market_order_tells_status_then_execution_with_every_documented_field(
    client: Client,
) -> None:
    order = client.send_order(ORDER)
    assert isinstance(order, str)
    (first, one, status), (second, other, execution) = client.told
    assert (first, second) == ("status", "execution")
    assert one == other == order
    assert set(status) == {"status", "retcode", "message", "request"}
    assert (status["status"], status["retcode"]) == (mt5.ORDER_STATE_FILLED, 10009)
    assert list(status["request"]) == list(TradeRequest._fields)
    assert {"price", "volume", "symbol", "time", "type"} <= set(execution)
    assert (execution["symbol"], execution["volume"], execution["type"]) == ("EURUSD", 0.1, "buy")
    assert isinstance(execution["time"], datetime)
    assert execution["time"].tzinfo is None
    assert isinstance(execution["price"], float)


def test_a_refusal_is_returned_and_told_not_raised(client: Client) -> None:
    answer = client.send_order({**ORDER, "volume": 1000.0})
    assert not answer
    assert answer.retcode == 10014
    assert [kind for kind, *_ in client.told] == ["status"]
    assert client.told[0][2]["retcode"] == 10014


def test_pending_modify_cancel(client: Client) -> None:
    bid = core_of(client).tick("EURUSD").bid
    order = client.send_order(
        {**ORDER, "order_type": "buy_limit", "price": round(bid - 0.01, 5), "sl": bid - 0.02}
    )
    (row,) = client.get_pending_orders()
    assert set(row) == {
        "ticket", "symbol", "type", "volume_initial", "volume_current", "price_open", "sl", "tp",
        "price_current", "price_stoplimit", "magic", "comment", "reason", "time_setup",
        "time_expiration", "time_done",
    }  # fmt: skip
    assert row["time_expiration"] is None
    assert client.get_orders_total() == 1
    assert client.modify_order({"order_id": order, "price": round(bid - 0.011, 5)}) is True
    (changed,) = client.get_pending_orders({"ticket": int(order)})
    assert (changed["price_open"], changed["sl"]) == (round(bid - 0.011, 5), row["sl"])
    assert client.cancel_order({"order_id": order}) is True
    assert client.cancel_order({"order_id": order}) is False
    actions = [data.get("action") for _, _, data in client.told]
    assert actions == [None, "modify", "cancel", "cancel"]
    history = client.get_history_orders({"from": "2000-01-01"})
    assert history[-1]["state"] == mt5.ORDER_STATE_CANCELED
    assert client.get_history_orders_total() == len(history)


def test_position_stops_keep_the_one_not_given(client: Client) -> None:
    client.send_order({**ORDER, "tp": round(core_of(client).tick("EURUSD").ask + 0.01, 5)})
    (before,) = client.get_positions({"symbol": "EURUSD"})
    sl = round(before["price_open"] - 0.01, 5)
    assert client.modify_position_sltp({"position_id": before["ticket"], "sl": sl}) is True
    (after,) = client.get_positions({"ticket": before["ticket"]})
    assert (after["sl"], after["tp"]) == (sl, before["tp"])
    assert set(after) == {
        "ticket", "symbol", "type", "magic", "identifier", "reason", "volume", "price_open", "sl",
        "tp", "price_current", "swap", "profit", "comment", "external_id", "time", "time_msc",
        "time_update", "time_update_msc",
    }  # fmt: skip
    with pytest.raises(mas.ParamError, match="at least one"):
        client.modify_position_sltp({"position_id": before["ticket"]})


def test_the_opposite_order_with_order_id_closes_its_position(client: Client) -> None:
    order = client.send_order(ORDER)
    assert client.send_order({**ORDER, "order_type": "sell", "order_id": order})
    assert client.get_positions() == []
    assert client.told[-1][2]["entry"] == "out"
    deals = client.get_order_history({"position": int(order)})
    assert [deal["entry"] for deal in deals] == [0, 1]
    assert set(deals[0]) == {
        "ticket", "order", "position_id", "symbol", "type", "entry", "reason", "volume", "price",
        "commission", "swap", "fee", "profit", "comment", "external_id", "time", "time_msc",
    }  # fmt: skip


def test_account_symbols_and_version(client: Client) -> None:
    account = client.get_account_info()
    assert account["free_margin"] == account["margin_free"]
    assert (account["login"], account["server"]) == (123_456, "MAS-Sim")
    assert len(account) == 29
    symbols = client.get_symbols({"group": "*USD"})
    assert set(symbols[0]) == {
        "name", "description", "digits", "point", "spread", "trade_contract_size", "volume_min",
        "volume_max", "volume_step", "currency_base", "currency_profit", "trade_mode",
    }  # fmt: skip
    assert client.get_symbols_total() == len(built_in())
    assert set(client.get_version()) == {"version", "build", "release_date"}


def test_calculations(client: Client) -> None:
    profit = {"action": "buy", "symbol": "EURUSD", "volume": 0.1, "price_open": 1.09}
    assert client.calc_order_profit({**profit, "price_close": 1.095}) == 50.00
    margin = {"action": "buy", "symbol": "EURUSD", "volume": 1.0, "price": 1.279}
    assert client.calc_order_margin(margin) == 1279.0
    assert client.calc_order_margin({**margin, "symbol": "NOPE"}) == -1.0
    checked = client.order_check({"symbol": "EURUSD", "order_type": "buy", "volume": 0.1})
    assert set(checked) == {
        "retcode", "balance", "equity", "profit", "margin", "margin_free", "margin_level",
        "comment",
    }  # fmt: skip
    assert checked["retcode"] == 0


def test_bars_and_book(client: Client) -> None:
    bars = client.get_bars_from_pos({"symbol": "EURUSD", "timeframe": "M1", "count": 10})
    assert isinstance(bars, pd.DataFrame)
    assert list(bars.columns) == [
        "time", "open", "high", "low", "close", "tick_volume", "spread", "real_volume",
    ]  # fmt: skip
    assert len(bars) == 10
    assert bars["time"].is_monotonic_increasing
    assert client.get_bars_from_pos({"symbol": "NOPE", "timeframe": "M1", "count": 1}).empty
    assert client.get_market_book({"symbol": "EURUSD"}) == []
    assert client.subscribe_market_book({"symbol": "EURUSD"}) is True
    assert set(client.get_market_book({"symbol": "EURUSD"})[0]) == {
        "type", "price", "volume", "volume_dbl",
    }  # fmt: skip
    assert client.unsubscribe_market_book({"symbol": "EURUSD"}) is True
    assert client.get_start_date("2025-06-30", "D1", 250) == "2024-07-15"
    with pytest.raises(ValueError, match="D1"):
        client.get_start_date("2025-06-30", "H1", 250)


def test_without_a_login_each_call_has_its_documented_failure() -> None:
    client = Client()
    answer = client.send_order(ORDER)
    assert not answer
    assert "login" in str(answer)
    assert client.check_connection() is False
    assert client.initialize_mt5() is False
    assert client.reconnect_mt5() is False
    assert client.cancel_order({"order_id": 5}) is False
    assert client.cancel_order({"order_id": 5, "backtest_toggle": False}) is False


def test_logging_in_again_and_switching(client: Client) -> None:
    assert client.check_connection() is True
    assert client.reconnect_mt5() is True
    assert client.switch_account({**LOGIN, "account": 654_321}) is True
    assert client.get_account_info()["login"] == 654_321
    client.shutdown_mt5()
    assert client.check_connection() is False
    assert core_of(client).state.connection.status == "disconnected"


def test_a_trade_by_hand_in_the_terminal_is_told_once(client: Client) -> None:
    terminal = process_terminal(LOGIN["account"])
    terminal.order_send({"action": 1, "symbol": "GBPUSD", "volume": 0.2, "type": 1})
    until(lambda: client.told)
    core_of(client).refresh()
    assert [(kind, data["symbol"]) for kind, _, data in client.told] == [("execution", "GBPUSD")]


def test_two_clients_on_one_account_hear_the_same_deal(client: Client) -> None:
    other = Client(name="other")
    assert other.login(LOGIN)
    order = client.send_order(ORDER)
    until(lambda: other.told)
    assert [(kind, ticket) for kind, ticket, _ in other.told] == [("execution", order)]
    other.shutdown_mt5()


def test_executions_missed_by_a_crash_come_at_the_next_login(client: Client) -> None:
    client.send_order(ORDER)
    core_of(
        client
    ).accounts.session._watcher.stop()  # the process dies: no more looks, no clean end
    terminal = process_terminal(LOGIN["account"])
    terminal.order_send({"action": 1, "symbol": "GBPUSD", "volume": 0.2, "type": 1})
    core_of(client).accounts.session._record.flush()
    again = Client()
    assert again.login(LOGIN)
    until(lambda: again.told)
    core_of(again).refresh()
    assert [(kind, data["symbol"]) for kind, _, data in again.told] == [("execution", "GBPUSD")]
    again.shutdown_mt5()


def test_an_exception_in_a_callback_is_reported_and_loses_nothing(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    client.receive_order_status = lambda *_: 1 / 0  # type: ignore[method-assign]
    with caplog.at_level(logging.ERROR):
        assert client.send_order(ORDER)
    assert [kind for kind, *_ in client.told] == ["execution"]
    assert "ZeroDivisionError" in caplog.text


def test_an_order_from_a_callback_is_told_after_it(client: Client) -> None:
    seen: list[str] = []

    def closing(order_id: str, execution: dict[str, Any]) -> None:
        seen.append(f"begin {execution['entry']}")
        if execution["entry"] == "in":
            close = {**ORDER, "order_type": "sell", "position": execution["position"]}
            assert client.send_order(close)
        seen.append(f"end {execution['entry']}")

    client.receive_order_execution = closing  # type: ignore[method-assign]
    client.send_order(ORDER)
    assert seen == ["begin in", "end in", "begin out", "end out"]


def test_live_ticks_and_bars_are_pushed_and_stopped() -> None:
    client = Client(terminal="sim:?seed=3&at=2026-01-05T10:00:58")
    assert client.login(LOGIN)
    clock = process_terminal(LOGIN["account"]).clock
    assert isinstance(clock, ManualClock)
    client.subscribe_ticks({"symbol": "EURUSD", "interval_ms": 10})
    client.subscribe_bars({"symbol": "EURUSD", "timeframe": "M1", "interval_ms": 10})
    core_of(client).refresh()
    clock.advance(10)
    until(lambda: {kind for kind, *_ in client.told} >= {"tick", "bar"})
    _, symbol, bar, is_end = next(one for one in client.told if one[0] == "bar")
    assert (symbol, is_end) == ("EURUSD", False)
    assert set(bar) == {"time", "open", "high", "low", "close", "volume", "timeframe"}
    assert (bar["time"], bar["timeframe"]) == (datetime(2026, 1, 5, 10), "M1")
    ticks = [one[2] for one in client.told if one[0] == "tick"]
    assert set(ticks[0]) == {"time", "bid", "ask", "last", "volume"}
    assert len({tick["time"] for tick in ticks}) == len(ticks)
    client.stop_all_subscriptions()
    core_of(client).refresh()
    before = len(client.told)
    clock.advance(120)
    core_of(client).refresh()
    assert len(client.told) == before
    client.shutdown_mt5()


def test_ticks_of_a_period_no_more_often_than_asked() -> None:
    asked = {
        "symbol": "EURUSD", "from": "2026-01-05 10:00:00", "to": "2026-01-05 10:05:00",
        "backtest_toggle": True,
    }  # fmt: skip
    counts = []
    for interval in (None, 1_000, 60_000):
        client = Client()
        client.subscribe_ticks({**asked, "interval_ms": interval})
        ticks = [one for one in client.told if one[0] == "tick"]
        assert [one[3] for one in ticks] == [False] * (len(ticks) - 1) + [True]
        counts.append(len(ticks))
    assert counts[0] > counts[1] > counts[2]
    assert counts[1] <= 300
    assert counts[2] == 5


def test_bars_of_a_period_are_pushed_without_looking_ahead() -> None:
    class Strategy(Client):
        def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
            super().receive_bars(symbol, data, is_end)
            if len(self.told) == 1:
                self.send_order({**ORDER, "backtest_toggle": True})

    client = Strategy()
    client.subscribe_bars(
        {"symbol": "EURUSD", "timeframe": "H1", "from": "2026-01-05", "to": "2026-01-05 06:00",
         "captital": 1000, "backtest_toggle": True}
    )  # fmt: skip
    bars = [one for one in client.told if one[0] == "bar"]
    assert [one[2]["time"].hour for one in bars] == [0, 1, 2, 3, 4, 5]
    assert [one[3] for one in bars] == [False] * 5 + [True]
    execution = next(one[2] for one in client.told if one[0] == "execution")
    # The first quote after the first bar had closed: its ask is what the buy pays.
    terminal = SimTerminal(SimSettings(), clock=ManualClock("2026-01-05T07:00:00"))
    terminal.initialize()
    quote = terminal.copy_ticks_from("EURUSD", datetime(2026, 1, 5, 1, tzinfo=UTC), 1, -1)[0]
    assert to_ms(execution["time"]) == quote["time_msc"]
    assert execution["price"] == quote["ask"]
    # R231: what is open at the end of the period is closed at its last price.
    result = sum(one[2]["profit"] for one in client.told if one[0] == "execution")
    assert result != 0
    balance = client.get_account_info({"backtest_toggle": True})["balance"]
    assert balance == pytest.approx(1000.0 + result)
