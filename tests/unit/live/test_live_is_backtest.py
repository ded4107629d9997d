"""The same history in live and in a backtest: the same pushes in the same order.

The synthetic market is a function of seed and time, so that both play the same ticks. The clock of
the live terminal stands still, and is moved from tick to tick by hand.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest

import mas
from mas.clock import to_ms
from mas.core import core_of
from mas.sim import process_terminal

START, END = "2026-01-07 12:00", "2026-01-07 12:25"
ACCOUNT = {"account": 5, "password": "any", "server": "MAS-Sim"}
Push = tuple[str, str, dict[str, Any]]


class Trader(mas.MAS):
    """Does at each bar something else, and keeps what it is told."""

    toggle = True

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.told: list[Push] = []
        self.tickets: dict[str, Any] = {}

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        if is_end:
            return
        self.told.append(("bar", symbol, data))
        action = getattr(self, f"at_{data['time'].hour}_{data['time'].minute}", None)
        if action is not None:
            action({"backtest_toggle": self.toggle, "symbol": symbol}, data["close"])

    def receive_ticks(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        if not is_end:
            self.told.append(("tick", symbol, data))

    def receive_order_status(self, order_id: str, data: dict[str, Any]) -> None:
        self.told.append(("status", order_id, data))

    def receive_order_execution(self, order_id: str, data: dict[str, Any]) -> None:
        self.told.append(("execution", order_id, data))

    def at_12_1(self, order: dict[str, Any], close: float) -> None:
        levels = {"sl": round(close - 0.0015, 5), "tp": round(close + 0.0003, 5)}
        buy = {"order_type": "buy", "volume": 0.1, "magic": 7, "comment": "first", **levels}
        self.tickets["buy"] = self.send_order(order | buy)

    def at_12_2(self, order: dict[str, Any], close: float) -> None:
        sell = {"order_type": "sell_limit", "volume": 0.2, "price": round(close + 0.0002, 5)}
        self.tickets["sell"] = self.send_order(order | sell)
        far = {"order_type": "buy_limit", "volume": 0.1, "price": round(close - 0.005, 5)}
        self.tickets["far"] = self.send_order(order | far)

    def at_12_3(self, order: dict[str, Any], close: float) -> None:
        change = {"order_id": int(self.tickets["far"]), "sl": round(close - 0.01, 5)}
        self.modify_order({**change, "price": round(close - 0.004, 5), "comment": "nearer"})
        refused = {"order_type": "buy", "volume": 0.015}
        assert not self.send_order(order | refused)

    def at_12_4(self, order: dict[str, Any], close: float) -> None:
        self.cancel_order({"order_id": int(self.tickets["far"])})
        later = {"type_time": 2, "expiration": "2026-01-07 12:15"}
        stop = {"order_type": "buy_stop", "volume": 0.1, "price": round(close + 0.005, 5)}
        assert self.send_order(order | stop | later)

    def at_12_9(self, order: dict[str, Any], close: float) -> None:
        stops = {"position_id": int(self.tickets["sell"]), "sl": round(close + 0.003, 5)}
        self.modify_position_sltp(stops)
        again = {"order_type": "sell", "volume": 0.3}
        self.tickets["second"] = self.send_order(order | again)

    def at_12_12(self, order: dict[str, Any], close: float) -> None:
        part = {"order_type": "buy", "volume": 0.1, "order_id": int(self.tickets["second"])}
        self.send_order(order | part)

    def at_12_16(self, order: dict[str, Any], close: float) -> None:
        sell, buy = (
            int(self.tickets["second"]),
            self.send_order(order | {"order_type": "buy", "volume": 0.2}),
        )
        by = {"order_type": "buy", "volume": 0.2, "position": int(buy), "position_by": sell}
        self.send_order(order | by)


class Live(Trader):
    """The same on a live account."""

    toggle = False


def in_a_backtest() -> list[Push]:
    trader = Trader()
    trader.backtest(
        {"ticks": ["EURUSD"], "bars": [("EURUSD", "M1")], "from": START, "to": END}
    )  # fmt: skip
    return [push for push in trader.told if push[2].get("comment") != "end of test"]


def live(moments: list[int]) -> list[Push]:
    trader = Live(terminal="sim:?seed=7&at=2026-01-07T11:59:58")
    assert trader.login(ACCOUNT)
    clock: Any = process_terminal(ACCOUNT["account"]).clock
    asked = {"symbol": "EURUSD", "interval_ms": 1, "backtest_toggle": False}
    trader.subscribe_bars({**asked, "timeframe": "M1"})
    trader.subscribe_ticks(asked)
    session = core_of(trader).accounts.session
    session.poll()
    for moment in moments:
        clock.set(moment)
        session.poll()
    trader.shutdown_mt5()
    # Live begins with the tick that there is, and with the bar that is being formed.
    return [
        push
        for push in trader.told
        if push[0] not in {"tick", "bar"} or to_ms(push[2]["time"]) >= to_ms(START)
    ]


def named(pushes: list[Push]) -> list[Push]:
    """Return pushes with tickets counted from 1 as they come, for two accounts count alone."""
    numbers: dict[int, int] = {0: 0}

    def number(ticket: Any) -> int:
        return numbers.setdefault(int(ticket), len(numbers))

    def plain(name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(key, entry) for key, entry in value.items()}
        if name in {"deal", "position", "order", "position_by"}:
            return number(value)
        if name == "comment":
            return value.strip("[]")  # the tester says "tp 1.1", a server "[tp 1.1]"
        return value

    return [
        (kind, who if kind in {"bar", "tick"} else str(number(who)), plain("", data))
        for kind, who, data in pushes
    ]


def test_the_same_history_gives_the_same_pushes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAS_SIM_SEED", "7")
    looks = itertools.count(1)  # each look is a second later than the last: every feed is due
    monkeypatch.setattr("mas.live.feeds.monotonic", lambda: next(looks))
    tested = in_a_backtest()
    moments = [to_ms(push[2]["time"]) for push in tested if push[0] == "tick"]
    told = live(moments)
    kinds = [push[0] for push in tested]
    assert kinds.count("tick") > 1500
    assert kinds.count("bar") == 24
    assert kinds.count("status") >= 10
    assert kinds.count("execution") >= 7
    # A live tick is queued while the callback of its bar still sends: ticks are compared apart.
    for ticks in (True, False):
        expected, found = (
            named([push for push in pushes if (push[0] == "tick") is ticks])
            for pushes in (tested, told)
        )
        for wanted, came in zip(expected, found, strict=False):
            assert repr(came) == repr(wanted)  # 0 is not 0.0
        assert len(found) == len(expected)
