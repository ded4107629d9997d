"""Nothing that a callback can ask for is newer than its push, whatever the settings are (R183).

What is true is taken from the ticks themselves and from the standard library's time zones.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mas import MAS
from mas.backtest.feeds import BarFeed, TickFeed
from mas.backtest.run import Run, RunRules
from mas.backtest.sources import Plan, Sources
from mas.core import core_of
from mas.history.store import Store
from mas.sim import SimSettings, built_in
from mas.terminal import constants as c

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR, DAY = 3_600_000, 86_400_000
EVER = 4_000_000_000
ZONES = {
    "UTC": (UTC, 0),
    "+3": (UTC, 3),
    "-5": (UTC, -5),
    "+05:30": (UTC, 5.5),
    "Europe/Athens": (ZoneInfo("Europe/Athens"), 0),
    "New York close": (ZoneInfo("America/New_York"), 7),
}
STARTS = ("2024-03-07T09:00", "2024-03-10T19:00", "2024-11-01T15:00", "2026-01-05T10:00")
LENGTHS = {"M1": 60, "M5": 300, "M30": 1800, "H1": 3600, "H4": 14_400, "D1": 86_400}
MODELS = ("best", "real", "every_tick", "ohlc", "open")
FIELDS = {
    "server_zone": st.sampled_from(list(ZONES)),
    "latency_ms": st.sampled_from([0, 40, 2500]),
    "margin_mode": st.sampled_from(["hedging", "netting", "exchange"]),
    "hours": st.sampled_from(["always", "market"]),
    "commission": st.sampled_from([0.0, 3.5]),
    "commission_charge": st.sampled_from(["deal", "daily", "monthly"]),
    "commission_mode": st.sampled_from(["lot", "value", "order"]),
    "slippage": st.sampled_from([0, 7]),
    "slippage_mode": st.sampled_from(["fixed", "random"]),
    "price_improvement": st.booleans(),
    "free_margin_with_profit": st.booleans(),
    "profit_conversion": st.sampled_from(["deal", "market"]),
    "stop_out_ends": st.booleans(),
    "absent_filling": st.sampled_from(["fok", "return"]),
    "leverage": st.sampled_from([30, 500]),
    "currency": st.sampled_from(["USD", "EUR"]),
    "seed": st.integers(0, 99),
}
EXPLAINED = {
    "balance", "limit_orders", "limit_positions", "requests_per_second", "comment_length",
    "fifo_close", "hedge_prohibited", "stops_on_market_entry", "instant_fok_only",
    "pending_return_only", "hedged_stop_out", "negative_balance_protection", "stop_out",
    "margin_call", "stop_out_mode", "symbols", "login", "server", "tester",
}  # fmt: skip
"""What is refused, how the account ends and what things are called; none of it shows a price."""


def local(zone: str, moment: int) -> datetime:
    """Return what the server's clock shows at epoch ms, as a naive datetime."""
    where, hours = ZONES[zone]
    shown = (EPOCH + timedelta(milliseconds=moment)).astimezone(where).replace(tzinfo=None)
    return shown + timedelta(hours=hours)


def utc_of(zone: str, shown_ms: int, near: int) -> list[int]:
    """Return the moments at which the server's clock shows that time, around `near`."""
    shown = datetime(1970, 1, 1) + timedelta(milliseconds=int(shown_ms))
    guesses = {int(shown_ms) - step * HOUR // 2 for step in range(-26, 29)}
    return [one for one in guesses if local(zone, one) == shown and abs(one - near) < 400 * DAY]


def closes(zone: str, opened: int, length: int) -> int:
    """Return when the bar that opened at that moment is over, by the server's calendar."""
    start = local(zone, opened)
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    end = day + ((start - day) // timedelta(seconds=length) + 1) * timedelta(seconds=length)
    shown = (end - datetime(1970, 1, 1)) // timedelta(milliseconds=1)
    return min(one for one in utc_of(zone, shown, opened) if one > opened)


class Watch(MAS):
    """Looks at everything in every callback, and trades a little."""

    def __init__(self) -> None:
        super().__init__()
        self.run: Any = None
        self.seen = 0
        self.sent = 0
        self.timeframe = ""

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        ticks = self.run.tape.times
        opened = (data["time"].replace(tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)
        over = closes(self.run.zone, opened, LENGTHS[data["timeframe"]])
        at = int(ticks.searchsorted(over))
        # With the first tick after its close; the last one when the period ends.
        pushed = int(ticks[at]) if at < len(ticks) else over
        self.look(symbol, self.run.clock.now_ms())
        assert over <= self.run.clock.now_ms() + 1
        late = self.run.clock.now_ms() - max(pushed, over)
        assert late <= self.run.terminal.settings.latency_ms
        inside = slice(*ticks.searchsorted((opened, over)))
        bids = self.run.tape.bids[inside] / self.run.scale
        assert data["high"] <= bids.max() + 1e-9
        assert data["low"] >= bids.min() - 1e-9
        self.trade(symbol)

    def receive_ticks(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        now = self.run.clock.now_ms()
        # A push comes at its time, or when the request that was on its way has been answered.
        late = now - as_ms(data["time"])
        assert 0 <= late <= self.run.terminal.settings.latency_ms
        self.look(symbol, now)
        if self.seen % 50 == 1:
            self.trade(symbol)

    def receive_order_execution(self, order_id: str, execution_data: dict[str, Any]) -> None:
        now = self.run.clock.now_ms()
        assert execution_data["time_msc"] <= now
        assert as_ms(execution_data["time"]) == execution_data["time_msc"]

    def trade(self, symbol: str) -> None:
        if self.sent > 12:
            return
        self.sent += 1
        kind = ("buy", "sell_limit", "sell", "buy_limit")[self.sent % 4]
        more = {}
        if kind.endswith("limit"):
            tick = core_of(self).tick(symbol)
            more["price"] = round((tick.ask if kind[0] == "s" else tick.bid) * 1.0, 5)
            ends = self.run.clock.now_ms() + 3 * HOUR
            more["type_time"] = c.ORDER_TIME_SPECIFIED
            more["expiration"] = EPOCH.replace(tzinfo=None) + timedelta(milliseconds=ends)
        self.send_order(
            {"backtest_toggle": True, "symbol": symbol, "order_type": kind, "volume": 0.01, **more}
        )

    def look(self, symbol: str, now: int) -> None:
        """Compare all that can be asked for with the newest tick at `now`."""
        self.seen += 1
        run, tape = self.run, self.run.tape
        newest = int(tape.times.searchsorted(now, side="right")) - 1
        tick = core_of(self).tick(symbol)
        assert tick.time_msc == tape.times[newest]
        assert tick.time == tick.time_msc // 1000
        assert tick.bid == round(tape.bids[newest] / run.scale, 5)
        for rows, names in (
            (self.get_positions({"backtest_toggle": True}), ("time", "time_update")),
            (self.get_pending_orders({"backtest_toggle": True}), ("time_setup",)),
            (self.get_order_history(PERIOD), ("time",)),
            (self.get_history_orders(PERIOD), ("time_setup", "time_done")),
        ):
            for row in rows:
                assert all(as_ms(row[name]) <= now for name in names if row[name])
        for row in self.get_pending_orders({"backtest_toggle": True}):
            # Not an hour more or less than was asked for.
            asked = as_ms(row["time_setup"]) + 3 * HOUR - run.terminal.settings.latency_ms
            assert abs(as_ms(row["time_expiration"]) - asked) <= 1000
        for row in self.get_positions({"backtest_toggle": True}):
            side = tape.bids if row["type"] == 0 else tape.asks
            assert row["price_current"] == round(side[newest] / run.scale, 5)
        if self.seen % 40 == 1:
            self.look_back(symbol, now)

    def look_back(self, symbol: str, now: int) -> None:
        """Compare bars and ticks of the history with the ticks up to `now`."""
        run, tape = self.run, self.run.tape
        last = int(tape.times.searchsorted(now, side="right"))
        for name, length in LENGTHS.items():
            asked = {"symbol": symbol, "timeframe": name, "start_pos": 0, "count": 3}
            table = self.get_bars_from_pos({**asked, "backtest_toggle": True})
            opened = [int(one.value) // 10**6 for one in table["time"]]
            assert opened == sorted(opened)
            assert opened[-1] <= now
            if opened[-1] < tape.times[0]:
                continue
            bids = tape.bids[slice(int(tape.times.searchsorted(opened[-1])), last)] / run.scale
            assert table["close"].iloc[-1] == round(bids[-1], 5)
            assert table["high"].iloc[-1] == round(bids.max(), 5)
            assert table["low"].iloc[-1] == round(bids.min(), 5)
            assert now < closes(run.zone, opened[-1], length) or now >= tape.times[-1]
        # The functions of the terminal itself speak server time.
        for found in (
            run.terminal.copy_ticks_range(symbol, now // 1000 - 900, EVER, c.COPY_TICKS_ALL),
            run.terminal.copy_ticks_from(symbol, now // 1000 - 900, 9, c.COPY_TICKS_ALL),
        ):
            for shown in found["time_msc"][-2:]:
                assert min(utc_of(run.zone, shown, now), default=0) <= now
        rates = run.terminal.copy_rates_range(symbol, c.TIMEFRAME_H1, now // 1000 - DAY, EVER)
        shown = int(rates["time"][-1]) * 1000
        assert min(utc_of(run.zone, shown, now)) <= now
        tick = run.terminal.symbol_info_tick(symbol)
        assert local(run.zone, int(tape.times[last - 1])) == datetime(1970, 1, 1) + timedelta(
            milliseconds=tick.time_msc
        )


PERIOD = {"from": "2000-01-01", "to": "2090-01-01", "backtest_toggle": True}


def as_ms(moment: datetime) -> int:
    return (moment.replace(tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)


def test_every_setting_is_drawn_or_explained() -> None:
    names = set(SimSettings.__dataclass_fields__)
    assert set(FIELDS) | EXPLAINED == names
    assert not set(FIELDS) & EXPLAINED


@settings(max_examples=25)
@given(
    chosen=st.fixed_dictionaries(FIELDS),
    start=st.sampled_from(STARTS),
    model=st.sampled_from(MODELS),
    timeframes=st.lists(st.sampled_from(list(LENGTHS)), min_size=1, max_size=2, unique=True),
    ticks=st.booleans(),
)
def test_nothing_in_a_callback_is_newer_than_its_push_R183(
    chosen: dict[str, Any], start: str, model: str, timeframes: list[str], ticks: bool
) -> None:
    begin = int(datetime.fromisoformat(start).replace(tzinfo=UTC).timestamp()) * 1000
    shortest = min(LENGTHS[one] for one in timeframes)
    end = begin + min(max(shortest * 15_000, 4 * HOUR), 3 * DAY)
    codes = {name: getattr(c, f"TIMEFRAME_{name}") for name in timeframes}
    feeds: list[Any] = [BarFeed("EURUSD", code, begin, end) for code in codes.values()]
    if ticks:
        feeds.append(TickFeed("EURUSD", begin, begin + HOUR // 60))
    account = SimSettings(**chosen)
    plan = Plan(
        begin, end, model, min(codes.values(), key=lambda one: one), seed=account.seed,
        zone=account.server_zone,
    )  # fmt: skip
    symbols = dict(built_in())
    sources = Sources(plan, Store(), symbols)
    sources.replay("EURUSD")
    client = Watch()
    run = Run(client, sources, feeds, account, symbols=symbols, rules=RunRules(stop_on_error=True))
    stream = run.terminal.market.stream("EURUSD")
    client.run = run
    run.tape = stream.ticks(begin - 3 * DAY, end + DAY)  # type: ignore[attr-defined]
    run.scale, run.zone = symbols["EURUSD"].scale, account.server_zone  # type: ignore[attr-defined]
    run.go(progress=False)
    assert client.seen or end - begin <= 3 * DAY, "a weekend has no day of its own"
    assert not run.incidents.rows(), "a callback raised"
    deals = run.terminal.broker.account.deals
    assert all(one.time_msc <= run.clock.now_ms() for one in deals)
    assert np.all(np.diff([one.time_msc for one in deals]) >= 0)
