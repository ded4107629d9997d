"""A server with a clock of its own: its days, sessions and bars, winter and summer (R182, R183).

New York closes at 22:00 UTC in winter and at 21:00 in summer; in 2024 the clocks changed on 10
March and on 3 November. On such a server that is always midnight.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from mas.clock import ManualClock
from mas.errors import ParamError
from mas.sim import SimSettings, SimTerminal, settings_of
from mas.sim.store import AccountStore
from mas.terminal import constants as c
from tests.scenario.sim.market import BUY, BUY_LIMIT, EVER, Market

CLOSE = "New York close"
PER_LOT = {"swap_mode": c.SYMBOL_SWAP_MODE_CURRENCY_DEPOSIT, "swap_long": -5.0}


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def open_market(start: str, zone: str = CLOSE, **more: Any) -> Market:
    return Market(start=start, server_zone=zone, balance=1e6, **more)


# -- nights ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "before", "after"),
    [
        ("2024-03-07", "21:59:59", "22:00:00"),  # winter
        ("2024-03-11", "20:59:59", "21:00:00"),  # the first Monday of summer
        ("2024-11-01", "20:59:59", "21:00:00"),  # the last Friday of summer
        ("2024-11-04", "21:59:59", "22:00:00"),
    ],
)
def test_r160_the_night_is_charged_when_new_york_closes(day: str, before: str, after: str) -> None:
    market = open_market(f"{day}T10:00:00", spec=PER_LOT)
    market.send(type=BUY, volume=1.0)
    market.clock.set(f"{day}T{before}")
    assert market.position().swap == 0.0
    market.clock.set(f"{day}T{after}")
    assert market.position().swap == -5.0


@pytest.mark.parametrize(
    ("start", "days", "wanted"),
    [
        # R165: from Sunday 0, 1, 1, 3 (Wednesday), 1, 1, 0; both changes of 2024 are on Sundays
        ("2024-03-08T10:00:00", 7, 1 + 0 + 0 + 1 + 1 + 3 + 1),
        ("2024-11-01T10:00:00", 7, 1 + 0 + 0 + 1 + 1 + 3 + 1),
        ("2024-03-06T21:30:00", 1, 3),  # Wednesday evening
        ("2024-03-06T22:30:00", 1, 1),  # the server's Thursday has begun
        ("2024-03-13T21:30:00", 1, 1),  # in summer it has by then
        ("2024-03-10T21:30:00", 1, 1),  # Sunday in New York, the server's Monday
    ],
)
def test_r166_r167_the_nights_are_those_of_the_servers_days(
    start: str, days: int, wanted: int
) -> None:
    market = open_market(start, spec=PER_LOT)
    market.send(type=BUY, volume=1.0)
    market.clock.advance(86_400 * days)
    assert market.position().swap == -5.0 * wanted


def test_r167_the_quotes_are_those_before_the_servers_midnight() -> None:
    """2 lots at 3.6 percent a year of 360 days cost 20 EUR a night, at 1.1 and not at 1.2."""
    spec = {"swap_mode": c.SYMBOL_SWAP_MODE_INTEREST_CURRENT, "swap_long": -3.6}
    market = open_market("2024-07-02T20:59:00", spec=spec, quote=(1.1, 1.1))
    market.send(type=BUY, volume=2.0)
    market.clock.set("2024-07-02T20:59:59")
    market.quote(1.2, 1.2)  # at 21:00:00, the new day
    assert market.position().swap == -22.0


@pytest.mark.parametrize(("charge", "paid"), [("daily", 21), ("monthly", 21)])
def test_r122_commissions_are_charged_with_the_servers_day_and_month(
    charge: str, paid: int
) -> None:
    market = open_market("2024-07-31T10:00:00", commission=7.0, commission_charge=charge)
    market.send(type=BUY, volume=1.0)
    market.clock.set(f"2024-07-31T{paid - 1}:59:59")
    kinds = (c.DEAL_TYPE_COMMISSION_DAILY, c.DEAL_TYPE_COMMISSION_MONTHLY)
    assert not [one for one in market.terminal.history_deals_get(0, EVER) if one.type in kinds]
    market.clock.set(f"2024-07-31T{paid}:00:00")
    (deal,) = [one for one in market.terminal.history_deals_get(0, EVER) if one.type in kinds]
    assert (deal.profit, deal.time) == (-7.0, seconds("2024-08-01T00:00:00"))


# -- orders ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "ends"),
    [
        ("2024-03-08T10:00:00", "2024-03-08T21:59:59"),
        ("2024-03-11T10:00:00", "2024-03-11T20:59:59"),
        ("2024-03-11T21:30:00", "2024-03-12T20:59:59"),
        ("2024-11-04T10:00:00", "2024-11-04T21:59:59"),
    ],
)
def test_r91_a_day_order_ends_with_the_servers_day(start: str, ends: str) -> None:
    market = open_market(start)
    market.place(BUY_LIMIT, 1.0, type_time=c.ORDER_TIME_DAY)
    (order,) = market.terminal.orders_get()
    assert order.time_expiration == order.time_setup // 86_400 * 86_400
    market.clock.set(datetime.fromtimestamp(seconds(ends) - 1, UTC))
    assert market.terminal.orders_total() == 1
    market.clock.set(ends)
    assert market.terminal.orders_total() == 0
    done = market.finished(order.ticket)
    assert done.time_done % 86_400 == 86_399


def test_r91_a_day_order_ends_with_the_last_session_in_server_time() -> None:
    spec = {"trade_sessions": ("Mon-Fri 01:00-23:00",), "session_zone": "server"}
    market = open_market("2024-07-02T10:00:00", spec=spec, hours="market")
    market.place(BUY_LIMIT, 1.0, type_time=c.ORDER_TIME_DAY)
    market.clock.set("2024-07-02T19:59:59")
    assert market.terminal.orders_total() == 1
    market.clock.advance(1)
    assert market.terminal.orders_total() == 0


@pytest.mark.parametrize(
    ("day", "ends"),
    [("2024-03-08", "2024-03-08T21:59:59"), ("2024-03-13", "2024-03-13T20:59:59")],
)
def test_r92_a_specified_day_is_the_servers(day: str, ends: str) -> None:
    market = open_market("2024-03-07T10:00:00")
    asked = seconds(f"{day}T00:00:00")
    kind = c.ORDER_TIME_SPECIFIED_DAY
    assert market.place(BUY_LIMIT, 1.0, type_time=kind, expiration=asked).retcode == 10009
    assert market.terminal.orders_get()[0].time_expiration == asked
    market.clock.set(datetime.fromtimestamp(seconds(ends) - 1, UTC))
    assert market.terminal.orders_total() == 1
    market.clock.set(ends)
    assert market.terminal.orders_total() == 0


def test_r92_r93_an_expiration_is_server_time() -> None:
    market = open_market("2024-07-02T10:00:00")  # 13:00 at the server
    kind, noon = c.ORDER_TIME_SPECIFIED, seconds("2024-07-02T12:59:00")
    assert market.place(BUY_LIMIT, 1.0, type_time=kind, expiration=noon).retcode == 10022
    ends = seconds("2024-07-02T13:30:00")
    order = market.place(BUY_LIMIT, 1.0, type_time=kind, expiration=ends)
    assert order.retcode == 10009
    assert order.request.expiration == ends
    assert market.terminal.orders_get()[0].time_expiration == ends
    same = {"action": c.TRADE_ACTION_MODIFY, "order": order.order, "price": 1.0}
    again = market.send(**same, type_time=kind, expiration=ends)
    assert again.retcode == c.TRADE_RETCODE_NO_CHANGES
    market.clock.set("2024-07-02T10:29:59")
    assert market.terminal.orders_total() == 1
    market.clock.set("2024-07-02T10:30:00")
    assert market.terminal.orders_total() == 0


# -- sessions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2024-03-08T21:59:59", True),  # Friday, a second before New York closes
        ("2024-03-08T22:00:00", False),
        ("2024-03-10T20:59:59", False),  # Sunday, summer has begun
        ("2024-03-10T21:00:00", True),
        ("2024-11-01T21:00:00", False),
        ("2024-11-03T21:00:00", False),  # winter again
        ("2024-11-03T22:00:00", True),
    ],
)
def test_r40_sessions_are_server_time(moment: str, open_: bool) -> None:
    spec = {"trade_sessions": ("Mon-Fri 00:00-24:00",), "session_zone": "server"}
    market = open_market("2024-03-07T10:00:00", spec=spec, hours="market")
    market.clock.set(moment)
    market.terminal.feed("EURUSD", 1.1, 1.1001)
    code = market.send(type=BUY).retcode
    assert code == (10009 if open_ else c.TRADE_RETCODE_MARKET_CLOSED)


def test_r40_what_is_reached_at_the_weekend_deals_with_the_first_tick_after_it() -> None:
    spec = {"trade_sessions": ("Mon-Fri 00:00-24:00",), "session_zone": "server"}
    market = open_market("2024-03-08T10:00:00", spec=spec, hours="market")
    market.place(BUY_LIMIT, 1.05)
    for moment, positions in (
        ("2024-03-08T22:30:00", 0),
        ("2024-03-10T20:59:59", 0),
        ("2024-03-10T21:00:30", 1),
    ):
        market.clock.set(moment)
        market.terminal.feed("EURUSD", 1.04, 1.0401)
        assert market.terminal.positions_total() == positions


# -- bars --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "opened"),
    [
        ("2024-03-08T10:00:00", "2024-03-07T22:00:00"),
        ("2024-03-12T10:00:00", "2024-03-11T21:00:00"),
        ("2024-11-04T22:30:00", "2024-11-04T22:00:00"),
    ],
)
def test_r182_days_open_when_new_york_has_closed(start: str, opened: str) -> None:
    market = open_market(start, quote=None)
    terminal = market.terminal
    day = terminal.copy_rates_from_pos("EURUSD", c.TIMEFRAME_D1, 0, 2)
    assert (day["time"] % 86_400 == 0).all()
    terminal = SimTerminal(SimSettings(), clock=ManualClock(start))
    terminal.initialize()
    minutes = terminal.copy_rates_range("EURUSD", c.TIMEFRAME_M1, seconds(opened), seconds(start))
    assert day[-1]["open"] == minutes[0]["open"]
    assert day[-1]["high"] == minutes["high"].max()
    assert day[-1]["tick_volume"] == minutes["tick_volume"].sum()


def test_r182_hours_of_four_weeks_and_months_follow_the_server() -> None:
    market = open_market("2024-07-02T10:05:00", quote=None)
    terminal = market.terminal
    for timeframe, opened in (
        (c.TIMEFRAME_H1, "2024-07-02T13:00:00"),
        (c.TIMEFRAME_H4, "2024-07-02T12:00:00"),
        (c.TIMEFRAME_W1, "2024-06-30T00:00:00"),
        (c.TIMEFRAME_MN1, "2024-07-01T00:00:00"),
    ):
        (bar,) = terminal.copy_rates_from_pos("EURUSD", timeframe, 0, 1)
        assert bar["time"] == seconds(opened)


# -- the surface -------------------------------------------------------------------------------


def test_r183_dates_are_asked_for_and_answered_in_server_time() -> None:
    market = open_market("2024-07-02T10:00:00", quote=None)
    terminal = market.terminal
    utc = SimTerminal(SimSettings(), clock=ManualClock("2024-07-02T10:00:00"))
    utc.initialize()
    now, ahead = seconds("2024-07-02T10:00:00"), 3 * 3600
    ticks = terminal.copy_ticks_range("EURUSD", now + ahead - 60, now + ahead, c.COPY_TICKS_ALL)
    plain = utc.copy_ticks_range("EURUSD", now - 60, now, c.COPY_TICKS_ALL)
    assert len(ticks)
    assert np.array_equal(ticks["bid"], plain["bid"])
    assert np.array_equal(ticks["time_msc"], plain["time_msc"] + ahead * 1000)
    assert np.array_equal(ticks["time"], plain["time"] + ahead)
    ours, theirs = (
        one.copy_rates_from("EURUSD", c.TIMEFRAME_M5, at, 50)
        for one, at in ((terminal, now + ahead), (utc, now))
    )
    assert np.array_equal(ours["time"], theirs["time"] + ahead)
    assert np.array_equal(ours["close"], theirs["close"])
    tick, other = terminal.symbol_info_tick("EURUSD"), utc.symbol_info_tick("EURUSD")
    assert (tick.time_msc, tick.time) == (other.time_msc + ahead * 1000, other.time + ahead)
    assert terminal.symbol_info("EURUSD").time == tick.time
    aware = datetime.fromtimestamp(now + ahead, UTC)
    assert len(terminal.copy_ticks_from("EURUSD", aware, 5, c.COPY_TICKS_ALL)) <= 1


def test_r183_history_is_selected_by_server_time() -> None:
    market = open_market("2024-07-02T10:00:00")
    sent = market.send(type=BUY)
    done = seconds("2024-07-02T13:00:01")
    terminal = market.terminal
    assert [one.time for one in market.deals()] == [done]
    assert market.position().time == market.position().time_update == done
    assert market.position().time_msc == done * 1000
    for period, count in (((done, done), 1), ((done - 9, done - 2), 0), ((done + 1, EVER), 0)):
        assert terminal.history_deals_total(*period) == count
        assert len(terminal.history_deals_get(*period)) == count
        assert terminal.history_orders_total(*period) == count
        assert len(terminal.history_orders_get(*period)) == count
    order = market.finished(sent.order)
    assert (order.time_setup, order.time_done) == (done, done)
    assert (order.time_setup_msc, order.time_done_msc) == (done * 1000, done * 1000)
    assert terminal.deposit(5.0).time == done


def test_r183_the_symbols_own_dates_are_server_time() -> None:
    begins = seconds("2024-07-02T14:00:00")
    market = open_market("2024-07-02T10:00:00", spec={"start_time": begins})
    assert market.send(type=BUY).retcode == c.TRADE_RETCODE_TRADE_DISABLED
    market.clock.set("2024-07-02T11:00:00")
    market.quote(1.1, 1.1001)
    assert market.send(type=BUY).retcode == 10009


# -- settings ----------------------------------------------------------------------------------


def test_r183_the_former_setting_names_its_successor() -> None:
    with pytest.raises(ParamError, match=r"server_offset_hours is now server_zone: an offset"):
        settings_of({"server_offset_hours": "2"})
    with pytest.raises(ParamError, match="server_zone must be 'UTC', an offset"):
        settings_of({"server_zone": "Mars"})
    assert settings_of({"server_zone": "new york close"}).server_zone == "new york close"


@pytest.mark.parametrize("hours", [0.0, 3.0, -5.5])
def test_r183_an_account_that_was_kept_in_server_time_opens_in_utc(
    tmp_path: Path, hours: float
) -> None:
    path, clock = tmp_path / "1.db", ManualClock("2026-01-05T10:00:00")
    terminal = SimTerminal(SimSettings(), clock=clock, store=path)
    terminal.initialize()
    terminal.order_send(action=1, symbol="EURUSD", volume=0.1, type=0)
    terminal.order_send(
        action=5, symbol="EURUSD", volume=0.1, type=2, price=0.5, type_time=c.ORDER_TIME_SPECIFIED,
        expiration=seconds("2026-01-09T00:00:00"),
    )  # fmt: skip
    wanted = (
        terminal.history_deals_get(0, EVER), terminal.positions_get(), terminal.orders_get(),
        terminal.history_orders_get(0, EVER),
    )  # fmt: skip
    terminal.close_store()
    as_before(path, hours)
    for _ in range(2):  # what was opened once is not moved again
        terminal = SimTerminal(SimSettings(), clock=clock, store=path)
        terminal.initialize()
        assert terminal.settings.server_zone == {0.0: "UTC", 3.0: "UTC+3", -5.5: "UTC-05:30"}[hours]
        account = terminal.broker.account
        assert account.deals == list(wanted[0])
        assert terminal.broker.now == clock.now_ms()
        (position,) = terminal.positions_get()
        assert position.time == wanted[1][0].time + hours * 3600
        (order,) = terminal.orders_get()
        assert order.time_expiration == wanted[2][0].time_expiration + hours * 3600
        assert order.time_setup_msc == wanted[2][0].time_setup_msc + hours * 3_600_000
        (done,) = terminal.history_orders_get(0, EVER)
        assert done.time_done == wanted[3][0].time_done + hours * 3600
        terminal.close_store()


def as_before(path: Path, hours: float) -> None:
    """Write a file as the version before kept it: all times in server time."""
    ahead = round(hours * 3_600_000)
    store = AccountStore(path)
    rows = store._db.execute("SELECT id, content FROM change").fetchall()
    for number, content in rows:
        change = msgspec.json.decode(content)
        for kind, _, thing in change:
            if kind == "account":
                del thing["settings"]["server_zone"]
                thing["settings"]["server_offset_hours"] = hours
                thing["now"] += ahead
            elif kind == "deal":
                thing[2] += ahead // 1000
                thing[3] += ahead
            elif thing is not None:
                names = [one for one in thing if one.endswith("_msc")] + ["expiration", "ends"]
                for name in names:
                    if thing.get(name):
                        thing[name] += ahead
        store._db.execute(
            "UPDATE change SET content = ? WHERE id = ?", (msgspec.json.encode(change), number)
        )
    store.close()
