"""What the documentation shows, as typed code has it: no checker says a word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mas
from mas import MAS, Backtest, Result
from mas.dicts import BarPush, ExecutionPush, SendOrder, StatusPush, SubscribeBars, TickPush
from mas.errors import MasError, OrderRejectedError, ParamError, TerminalError


class Client(MAS):
    """Buys when a bar closes above the last one."""

    def __init__(self, volume: float = 0.1) -> None:
        super().__init__(terminal="sim:")
        self.volume = volume
        self.last = 0.0
        self.tickets: list[str] = []

    def receive_bars(self, symbol: str, data: BarPush, is_end: bool = False) -> None:
        close: float = data["close"]
        hour: int = data["time"].hour
        if 0.0 < self.last < close and hour < 20:
            order: SendOrder = {
                "backtest_toggle": True,
                "symbol": symbol,
                "order_type": "buy",
                "volume": self.volume,
            }
            if close > 1.0:
                order["sl"] = close - 0.01
            sent = self.send_order(order)
            if sent:
                self.tickets.append(sent)
        self.last = close

    def receive_ticks(self, symbol: str, data: TickPush, is_end: bool = False) -> None:
        spread: float = data["ask"] - data["bid"]
        print(symbol, f"{spread:.5f}", data["time"].isoformat(), is_end)

    def receive_order_status(self, order_id: str, status_data: StatusPush) -> None:
        print(order_id, status_data["retcode"] == 10009, status_data.get("action", "send"))

    def receive_order_execution(self, order_id: str, execution_data: ExecutionPush) -> None:
        net: float = execution_data["profit"] + execution_data["swap"]
        print(order_id, execution_data["entry"].upper(), net)


class Plain(MAS):
    """May take any mapping where it is told something."""

    def receive_bars(self, symbol: str, data: Mapping[str, Any], is_end: bool = False) -> None:
        print(data["close"])


def live() -> None:
    client = Client()
    answer = client.login({"account": 123456, "password": "demo", "server": "MAS-Sim"})
    if not answer:
        raise SystemExit(str(answer))
    client.subscribe_ticks({"symbol": "EURUSD", "interval_ms": 500})
    sent = client.send_order(
        {"backtest_toggle": False, "symbol": "EURUSD", "order_type": "buy_limit", "volume": 0.1,
         "price": 1.05, "sl": 1.04, "tp": 1.07, "comment": "from a notebook", "magic": 7}
    )  # fmt: skip
    if sent and client.modify_order({"order_id": sent, "price": 1.06}):
        client.cancel_order({"order_id": int(sent)})
    for position in client.get_positions({"symbol": "EURUSD"}):
        client.modify_position_sltp({"position_id": position["ticket"], "sl": 1.01})
    client.shutdown_mt5()


def over_history() -> Result:
    asked: SubscribeBars = {
        "symbol": "EURUSD",
        "timeframe": "H1",
        "from": "2025-01-01",
        "to": "2025-06-30",
        "backtest_toggle": True,
    }
    client = Client()
    client.subscribe_bars(asked)
    run = Backtest(Client, symbol="EURUSD", timeframe="H1", from_="2025-01-01", to="2025-02-01")
    result: Result = run.go()
    balance: float = result.balance
    print(balance, len(result.trades), mas.__version__)
    return result


def errors() -> None:
    try:
        over_history()
    except ParamError as wrong:
        print(wrong.field, wrong.accepted)
    except (TerminalError, OrderRejectedError) as refused:
        code: int = refused.code if isinstance(refused, TerminalError) else refused.retcode
        print(code)
    except MasError as other:
        print(other)
