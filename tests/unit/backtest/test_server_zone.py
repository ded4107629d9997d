"""A run on a server with a clock of its own: what is pushed when, and what is stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pytest

from mas import MAS
from mas.backtest.data import Replay
from mas.backtest.feeds import BarFeed, TickFeed
from mas.backtest.run import Run, RunRules
from mas.backtest.signals import Signals
from mas.clock import ManualClock, to_ms
from mas.core import core_of
from mas.errors import DataError
from mas.history.columns import Bars
from mas.history.generate import ohlc
from mas.history.library import History
from mas.history.serverclock import server_clock
from mas.sim import SimSettings, SimTerminal, built_in
from mas.terminal import constants as c

DAY, HOUR = 86_400_000, 3_600_000
CLOSE = "New York close"


class Client(MAS):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[int, datetime]] = []
        self.closed: list[tuple[datetime, datetime]] = []
        self.run: Any = None

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        self.told.append((self.run.clock.now_ms(), data["time"]))
        asked = {"symbol": symbol, "timeframe": data["timeframe"], "start_pos": 1, "count": 1}
        last = self.get_bars_from_pos(asked)
        self.closed.append((data["time"], last["time"].iloc[-1].to_pydatetime()))


def stored(times: list[int], timeframe: int, length: int) -> Replay:
    """Return bars as a file has them, each with prices of its own."""
    at = np.array(times, np.int64)
    rows = np.arange(len(at)) * 10 + 110_000
    fill = np.full(len(at), 10)
    bars = Bars(at, rows, rows + 5, rows - 5, rows + 3, fill, fill)
    ticks = ohlc(bars, length_ms=length)
    return Replay(built_in()["EURUSD"], ticks, "a file", bars=bars, timeframe=timeframe)


def played(replay: Replay, timeframe: int, zone: str) -> Client:
    client = Client()
    start, end = int(replay._bars.times[0]), int(replay._bars.times[-1]) + 3 * DAY
    feed = BarFeed("EURUSD", timeframe, start - 7 * DAY, end)
    run = Run(client, {"EURUSD": replay}, [feed], SimSettings(server_zone=zone))
    client.run = run
    run.go(progress=False)
    return client


@pytest.mark.parametrize("first", ["2024-03-05T22:00", "2024-10-30T21:00"])
def test_r182_stored_days_of_the_servers_clock_are_its_days(first: str) -> None:
    server = server_clock(CLOSE)
    start = to_ms(first)
    times = [start, *server.midnights(start, start + 10 * DAY).tolist()]
    client = played(stored(times, c.TIMEFRAME_D1, DAY - HOUR), c.TIMEFRAME_D1, CLOSE)
    assert [to_ms(time) for _, time in client.told] == times
    for (pushed, time), following in zip(client.told, times[1:], strict=False):
        assert pushed == following == server.next_midnight(to_ms(time))
    # No tick follows the last one, which is still the forming one for the terminal.
    assert all(told == asked for told, asked in client.closed[:-1])


def test_r182_stored_days_of_another_clock_are_played_as_they_are() -> None:
    times = [to_ms("2024-07-01T21:00") + day * DAY for day in range(8)]
    client = played(stored(times, c.TIMEFRAME_D1, DAY), c.TIMEFRAME_D1, "UTC")
    assert [to_ms(time) for _, time in client.told] == times
    assert all(now == to_ms(time) + DAY for now, time in client.told)


def test_r182_a_month_whose_last_day_is_short_is_made_of_its_days() -> None:
    """2024-03-31 has 23 hours in Athens."""
    server = server_clock("Europe/Athens")
    start = to_ms("2024-02-29T22:00")
    times = [start, *server.midnights(start, start + 62 * DAY).tolist()]
    replay = stored(times, c.TIMEFRAME_D1, DAY - HOUR)
    replay.server = server
    months, _ = replay.bars(c.TIMEFRAME_MN1, start, start + 90 * DAY)
    assert months.times.tolist()[:2] == [start, to_ms("2024-03-31T21:00")]


def test_r182_what_they_would_reach_over_is_refused() -> None:
    times = [to_ms("2024-07-01T00:00") + 4 * HOUR * at for at in range(40)]
    replay = stored(times, c.TIMEFRAME_H4, 4 * HOUR)
    assert len(played(replay, c.TIMEFRAME_D1, "UTC").told) == 7
    with pytest.raises(
        DataError, match=r"H4 bars of EURUSD reach over the ends of D1 bars at serv"
    ):
        played(replay, c.TIMEFRAME_D1, "+3")


def test_bars_of_another_clock_do_not_tell_what_comes() -> None:
    """A day asked for in a callback, made of stored bars that reach over its end."""
    times = [to_ms("2024-07-01T00:00") + 4 * HOUR * at for at in range(40)]
    replay, clock = stored(times, c.TIMEFRAME_H4, 4 * HOUR), ManualClock("2024-07-03T21:30")
    terminal = SimTerminal(SimSettings(server_zone="+3"), clock=clock)
    terminal.initialize()
    terminal.market.replay("EURUSD", replay.stream)
    ticks = replay.stream.ticks(0, clock.now_ms() + 1)
    day = terminal.copy_rates_from_pos("EURUSD", c.TIMEFRAME_D1, 1, 1)[0]
    inside = slice(
        *ticks.times.searchsorted((to_ms("2024-07-02T21:00"), to_ms("2024-07-03T21:00")))
    )
    assert round(day["high"] * 100_000) == ticks.bids[inside].max()
    assert round(day["close"] * 100_000) == ticks.bids[inside][-1]


@pytest.mark.parametrize("zone", [CLOSE, "+5"])
def test_r160_signals_pay_the_nights_of_the_server(zone: str) -> None:
    asked = {
        "symbol": "EURUSD", "timeframe": "H1", "from": "2024-03-06", "to": "2024-03-13",
        "source": "synthetic", "settings": {"server_zone": zone},
    }  # fmt: skip
    signals = Signals(asked)
    every = np.arange(len(signals.bars)) % 24 == 5
    fast = signals.run(every, np.roll(every, 19))
    assert fast.exact == ""
    slow = Signals({**asked, "settings": {"server_zone": zone, "latency_ms": 0, "stop_out": 49.0}})
    slow._account = "through the terminal"
    exact = slow.run(every, np.roll(every, 19))
    assert exact.exact
    assert fast.trades["swap"].abs().sum() > 0
    for name in ("swap", "profit", "entry_time", "exit_time"):
        assert fast.trades[name].tolist() == exact.trades[name].tolist()


def test_fetched_history_is_kept_in_utc() -> None:
    clock = ManualClock("2024-07-02T10:00")
    ahead, plain = (
        SimTerminal(SimSettings(server_zone=zone), clock=clock) for zone in (CLOSE, "UTC")
    )
    history, start, end = History(), "2024-07-02 06:00", "2024-07-02 08:00"
    kept = []
    for terminal, zone in ((ahead, CLOSE), (plain, "UTC")):
        terminal.initialize()
        history.fetch(terminal, "EURUSD", start, end, "M1", zone=zone)
        kept.append(history.bars("EURUSD", "M1", start, end))
        history.delete("EURUSD", "M1")
    assert len(kept[0]) == 120
    assert kept[0].equals(kept[1])


def test_r205_the_clock_does_not_go_back_after_a_request_with_a_latency() -> None:
    """The ticks of its way are pushed when it has arrived, and the clock says so."""

    class Slow(Client):
        def receive_ticks(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
            if not self.told:
                order = {"symbol": symbol, "order_type": "buy", "volume": 0.1}
                assert self.send_order({**order, "backtest_toggle": True})
            tick = core_of(self).tick(symbol)
            assert tick is not None
            now = self.run.clock.now_ms()
            self.told.append((now, data["time"]))
            assert tick.time_msc <= now
            assert all(to_ms(row["time"]) <= now for row in self.get_positions())

    times = [to_ms("2024-07-01T10:00") + second * 1000 for second in range(60)]
    replay = stored(times, c.TIMEFRAME_M1, 1000)
    client = Slow()
    feed = TickFeed("EURUSD", times[0], times[-1])
    settings, rules = SimSettings(latency_ms=2500), RunRules(stop_on_error=True)
    client.run = run = Run(client, {"EURUSD": replay}, [feed], settings, rules=rules)
    run.go(progress=False)
    moments = [now for now, _ in client.told]
    assert moments == sorted(moments)
    assert moments[0] == times[0] + 2500
