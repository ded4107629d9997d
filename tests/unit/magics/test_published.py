"""The client code that the reference publishes runs in a cell unchanged."""

from __future__ import annotations

from datetime import datetime

import pytest

CLIENT = """
import mas
from mas import mt5
from datetime import datetime

class MAS_Client(mas):
    def __init__(self):
        super().__init__()
        self.statuses = []
        self.executions = []

    def receive_order_status(self, order_id, status_data):
        self.statuses.append((order_id, status_data))

    def receive_order_execution(self, order_id, execution_data):
        self.executions.append((order_id, execution_data))

client = MAS_Client()
"""
BACKTEST = """
login_params = {"account": "YOUR_ACCOUNT", "password": "YOUR_PASSWORD", "server": "YOUR_SERVER"}
logged_in = client.login(login_params)
order_id = client.send_order({
    "symbol": "EURUSD",
    "order_type": "buy",
    "volume": 0.1,
    "backtest_toggle": True,
})
"""
LIVE = """
logged_in = client.login({"account": 12345, "password": "secret", "server": "MAS-Sim"})
order_id = client.send_order({
    "symbol": "EURUSD",
    "order_type": "buy_limit",
    "volume": 0.1,
    "price": 1.0,
    "sl": 0.9,
    "tp": 1.2,
    "magic": 123456,
    "comment": "MAS Order",
    "type_time": mt5.ORDER_TIME_GTC,
    "expiration": datetime(2030, 1, 1),
    "type_filling": mt5.ORDER_FILLING_RETURN,
    "backtest_toggle": False,
})
"""


@pytest.fixture
def client(cells):
    assert cells.run(CLIENT) is None, cells.printed
    yield cells.shell.user_ns["client"]
    cells.shell.user_ns["client"].shutdown_mt5()


def test_placeholders_and_a_backtest_order(cells, client):
    assert cells.run(BACKTEST) is None, cells.printed
    names = cells.shell.user_ns
    assert not names["logged_in"]
    assert isinstance(names["logged_in"], str)
    ((status_id, status),) = client.statuses
    ((deal_id, deal),) = client.executions
    assert names["order_id"] == status_id == deal_id
    assert isinstance(status_id, str)
    types = {"status": int, "retcode": int, "message": str, "request": dict}
    assert {name: type(status[name]) for name in types} == types
    assert "action" not in status
    types = {"price": float, "volume": float, "symbol": str, "time": datetime, "type": str}
    assert {name: type(deal[name]) for name in types} == types
    assert deal["time"].tzinfo is None


def test_a_live_pending_order_at_the_simulated_server(cells, client):
    assert cells.run(LIVE) is None, cells.printed
    names = cells.shell.user_ns
    assert names["logged_in"] is True
    (order,) = client.get_pending_orders()
    assert str(order["ticket"]) == names["order_id"]
    assert (order["sl"], order["tp"], order["magic"]) == (0.9, 1.2, 123456)
    assert order["comment"] == "MAS Order"
    assert order["time_expiration"] is None
    assert cells.run('gone = client.cancel_order({"order_id": order_id})') is None
    assert names["gone"] is True
    assert client.statuses[-1][1]["action"] == "cancel"
