"""The clock of a server is found from its ticks, and the client's edge is UTC (R183)."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest

from mas import MAS
from mas.clock import ManualClock, to_ms
from mas.core import core_of
from mas.history.serverclock import server_clock
from mas.live.gateway import servertime
from mas.live.gateway.servertime import ServerTime
from mas.sim import SimSettings, SimTerminal, hold_terminal, release_terminal
from mas.terminal import constants as c
from mas.terminal.servertime import dates

WEEKDAYS = {"hours": "market"}
HOUR = 3_600_000


class Real:
    """A terminal that does not tell its zone, as real ones do not."""

    def __init__(self, zone: str, start: str, **more: Any) -> None:
        self.clock = ManualClock(start)
        self.sim = SimTerminal(SimSettings(server_zone=zone, **more), clock=self.clock)
        self.sim.initialize()

    def __getattr__(self, name: str) -> Any:
        if name == "server_zone":
            raise AttributeError(name)
        return getattr(self.sim, name)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each look be due."""
    seconds = itertools.count(step=100.0)
    monkeypatch.setattr(servertime, "monotonic", lambda: next(seconds))


def looked(terminal: Real, found: ServerTime, looks: int, apart: float = 2.0) -> list[str]:
    zones = []
    for _ in range(looks):
        found.look(terminal, ())  # type: ignore[arg-type]
        zones.append(found.zone)
        terminal.clock.advance(apart)
    return zones


@pytest.mark.parametrize(
    ("zone", "start", "wanted"),
    [
        ("UTC", "2024-07-02T10:00:00", "UTC"),
        ("+3", "2024-07-02T10:00:00", "UTC+3"),
        ("-5", "2024-07-02T10:00:00", "UTC-5"),
        ("+05:30", "2024-07-02T10:00:00", "UTC+05:30"),
        ("New York close", "2024-01-15T10:00:00", "UTC+2"),
        ("New York close", "2024-07-15T10:00:00", "UTC+3"),
    ],
)
def test_r183_two_fresh_ticks_show_it(zone: str, start: str, wanted: str) -> None:
    terminal = Real(zone, start)
    found = ServerTime(terminal.clock)
    zones = looked(terminal, found, 8, apart=5.0)
    assert zones[:2] == ["unknown", "unknown"]
    assert zones[-1] == wanted


@pytest.mark.parametrize("minute", range(0, 60, 7))
def test_r183_old_ticks_of_a_weekend_show_nothing(
    minute: int, caplog: pytest.LogCaptureFixture
) -> None:
    terminal = Real("New York close", f"2024-03-09T12:{minute:02d}:00", **WEEKDAYS)
    found = ServerTime(terminal.clock)
    for name in ("EURUSD", "XAUUSD", "BTCUSD"):
        if name in terminal.sim.market.symbols:
            terminal.sim.feed(name, 1.1, 1.1001)
    terminal.clock.advance(7 * 3600 + minute)
    assert set(looked(terminal, found, 10)) == {"unknown"}
    assert caplog.text.count("the server's time zone is not known") == 1


def test_r183_a_backlog_after_a_reconnect_is_not_fresh() -> None:
    terminal = Real("+3", "2024-03-09T12:00:00")
    terminal.sim.feed("EURUSD", 1.1, 1.1001)
    found = ServerTime(terminal.clock)
    terminal.clock.advance(6 * 3600 + 5)
    looked(terminal, found, 1)
    for hours in (4, 3, 2, 1):  # the terminal catches up, an hour or so at a time
        terminal.sim.feed("EURUSD", 1.1, 1.1001, terminal.clock.now_ms() - hours * HOUR)
        assert looked(terminal, found, 1) == ["unknown"]


def test_r183_a_server_that_changes_its_clock_is_followed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    terminal = Real("New York close", "2024-03-10T06:58:00")
    found = ServerTime(terminal.clock)
    zones = looked(terminal, found, 60, apart=5.0)
    assert list(dict.fromkeys(zones)) == ["unknown", "UTC+2", "UTC+3"]
    assert "the server's clock has gone from UTC+2 to UTC+3" in caplog.text


def test_r183_what_is_known_is_kept_while_no_tick_comes() -> None:
    terminal = Real("+3", "2024-07-02T10:00:00")
    found = ServerTime(terminal.clock)
    assert looked(terminal, found, 8, apart=5.0)[-1] == "UTC+3"
    terminal.sim.feed("EURUSD", 1.1, 1.1001)
    for name in ("XAUUSD", "BTCUSD"):
        if name in terminal.sim.market.symbols:
            terminal.sim.feed(name, 1.1, 1.1001)
    terminal.clock.advance(3 * 86_400)
    assert set(looked(terminal, found, 5)) == {"UTC+3"}


# -- a client ----------------------------------------------------------------------------------

START = "2024-07-02T10:00:30"


class Client(MAS):
    def __init__(self, url: str) -> None:
        super().__init__(terminal=url)
        self.executions: list[dict[str, Any]] = []
        self.bars: list[dict[str, Any]] = []

    def receive_order_execution(self, order_id: str, execution_data: dict[str, Any]) -> None:
        self.executions.append(execution_data)


@pytest.mark.parametrize("zone", ["UTC", "+3", "New York close", "-05:30"])
def test_r183_the_clients_edge_is_utc_and_the_terminals_is_not(zone: str) -> None:
    client = Client(f"sim:?at={START}&server_zone={zone.replace('+', '%2B')}")
    assert client.login({"account": 77, "password": "x", "server": "MAS-Sim"})
    try:
        terminal = hold_terminal(77)
        release_terminal(77)
        server, now = terminal.market.server, to_ms(START)
        assert core_of(client).state.connection.zone == server.name
        assert ("server time" in repr(client)) == (zone != "UTC")
        tick = core_of(client).tick("EURUSD")
        shown = core_of(client).terminal.symbol_info_tick("EURUSD")
        assert tick is not None
        assert now - 60_000 < tick.time_msc <= now
        assert shown.time_msc == server.to_server(tick.time_msc)
        order = {"symbol": "EURUSD", "volume": 0.1, "backtest_toggle": False}
        assert client.send_order({**order, "order_type": "buy"})
        (position,) = client.get_positions()
        assert position["time"] == datetime(2024, 7, 2, 10, 0, 30)
        assert [one["time"] for one in client.executions] == [position["time"]]
        assert core_of(client).terminal.positions_get()[0].time == server.to_server(now) // 1000
        ends = datetime(2024, 7, 2, 12)
        limit = {"order_type": "buy_limit", "price": 1.0, "type_time": 2, "expiration": ends}
        assert client.send_order({**order, **limit})
        (pending,) = client.get_pending_orders()
        assert pending["time_expiration"] == ends
        (raw,) = core_of(client).terminal.orders_get()
        assert raw.time_expiration == server.to_server(to_ms(ends)) // 1000
        later = ends + timedelta(hours=1)
        assert client.modify_order(
            {"order_id": pending["ticket"], "price": 1.0, "expiration": later}
        )
        assert client.get_pending_orders()[0]["time_expiration"] == later
        assert client.modify_order({"order_id": pending["ticket"], "price": 1.01})
        assert client.get_pending_orders()[0]["time_expiration"] == later, "kept as it was"
        deals = client.get_order_history({"from": "2024-07-02 10:00", "to": "2024-07-02 10:01"})
        assert [one["time"] for one in deals][-1] == position["time"]
        assert not client.get_order_history({"from": "2024-07-02 09:00", "to": "2024-07-02 10:00"})
        bars = client.get_bars_from_pos({"symbol": "EURUSD", "timeframe": "M1", "count": 2})
        assert bars["time"].tolist()[-1] == datetime(2024, 7, 2, 10)
        days = client.get_bars_from_pos({"symbol": "EURUSD", "timeframe": "D1", "count": 1})
        day = server.next_midnight(now) - 86_400_000
        assert to_ms(days["time"].iloc[0].to_pydatetime()) == day
        raw_days = core_of(client).terminal.copy_rates_from_pos("EURUSD", c.TIMEFRAME_D1, 0, 1)
        assert raw_days[0]["time"] % 86_400 == 0
    finally:
        client.shutdown_mt5()


AUTUMN = 1_729_990_800  # 2024-10-27 01:00 UTC: in Athens 04:00 becomes 03:00
SPRING = 1_711_846_800  # 2024-03-31 01:00 UTC: in Athens 03:00 becomes 04:00


@pytest.mark.parametrize(
    ("call", "before", "after"),
    [  # the arguments in front of the dates, and behind them
        ("copy_rates_from", ("EURUSD", 1), (5,)),
        ("copy_ticks_from", ("EURUSD",), (5, -1)),
        ("copy_rates_range", ("EURUSD", 1), ()),
        ("copy_ticks_range", ("EURUSD",), (-1,)),
        ("history_orders_total", (), ()),
        ("history_orders_get", (), ()),
        ("history_deals_total", (), ()),
        ("history_deals_get", (), ()),
    ],
)
def test_each_date_of_a_call_is_the_servers_R182(
    call: str, before: tuple[object, ...], after: tuple[object, ...]
) -> None:
    clock = server_clock("Europe/Athens")
    count = 1 if call.endswith("_from") else 2
    for edge, first, second in ((AUTUMN, 10_800, 7200), (SPRING, 7200, 10_800)):
        for moment, ahead in ((edge - 0.5, first), (edge, second), (edge + 1800, second)):
            given = (*before, *((moment,) * count), *after)
            wanted = (*before, *((moment + ahead,) * count), *after)
            assert dates(call, given, clock.to_server) == wanted
    assert dates("symbol_info", ("EURUSD",), clock.to_server) == ("EURUSD",)
    assert dates("history_deals_get", ("no", None), clock.to_server) == ("no", None)
