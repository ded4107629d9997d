# ruff: noqa: E501  a line for each mistake
# fmt: off
"""A mistake in each line that says so; the words after ``error:`` are part of what is told."""

from __future__ import annotations

from mas import MAS, Backtest
from mas.dicts import BarPush, ExecutionPush, SendOrder


class Client(MAS):
    """Reads what is not there, and takes one thing for another."""

    def receive_bars(self, symbol: str, data: BarPush, is_end: bool = False) -> None:
        print(data["closed"])  # error: closed
        text: str = data["close"]  # error: float
        print(text)
        data["volume"].upper()  # error: upper

    def receive_order_execution(self, order_id: str, execution_data: ExecutionPush) -> None:
        print(execution_data["Price"])  # error: Price
        number: int = order_id  # error: str
        print(number)


class Swapped(MAS):
    """Declares a callback that will not be called so."""

    def receive_ticks(self, symbol: int, data: BarPush, is_end: bool = False) -> None:  # error: receive_ticks
        print(symbol, data)


def calls() -> None:
    client = Client()
    client.send_order({"backtest_toggle": True, "symbol": "EURUSD", "order_type": "buy", "volumne": 0.1})  # error: volumne
    client.send_order({"backtest_toggle": True, "symbol": "EURUSD", "order_type": "buy", "volume": "0.1"})  # error: str
    client.send_order({"backtest_toggle": True, "symbol": "EURUSD", "order_type": "by", "volume": 0.1})  # error: 'by'
    client.send_order({"backtest_toggle": True, "symbol": "EURUSD", "volume": 0.1})  # error: order_type
    client.send_order("buy 0.1 EURUSD")  # error: SendOrder
    client.login({"account": 1, "pasword": "x", "server": "MAS-Sim"})  # error: pasword
    client.login({"account": 1, "password": "x", "server": 5})  # error: int
    client.cancel_order({"order": 7})  # error: order
    client.modify_position_sltp({"position_id": 7, "s1": 1.0})  # error: s1
    client.subscribe_bars({"symbol": "EURUSD", "timefrane": "H1"})  # error: timefrane
    client.subscribe_ticks({"symbol": "EURUSD", "mode": "some"})  # error: 'some'
    client.get_positions({"symbols": "EURUSD"})  # error: GetPositions
    client.get_bars_from_pos({"symbol": "EURUSD", "timeframe": "H1", "count": "ten"})  # error: str
    number: int = client.send_order({"backtest_toggle": True, "symbol": "EURUSD", "order_type": "buy", "volume": 0.1})  # error: str
    client.send_orders({})  # error: send_orders
    order: SendOrder = {"backtest_toggle": True, "symbol": "EURUSD", "order_type": "buy", "volume": 0.1}
    order["tp1"] = 1.2  # error: tp1
    order["sl"] = "1.2"  # error: float | None
    print(number)


def backtest() -> None:
    run = Backtest(Client, symbol="EURUSD", timeframe="H1", from_="2025-01-01")  # error: to
    text: str = run.go().balance  # error: float
    print(text)
