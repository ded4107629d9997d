"""Ticks and bars as the terminal hands them out (R170 to R184)."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mas.terminal import constants as c
from tests.scenario.sim.market import Market

if TYPE_CHECKING:
    from collections.abc import Iterator

START = 1_767_607_200  # 2026-01-05 10:00:00, a Monday
ALL, INFO, TRADE = c.COPY_TICKS_ALL, c.COPY_TICKS_INFO, c.COPY_TICKS_TRADE
BID, ASK, LAST, VOLUME = (
    c.TICK_FLAG_BID, c.TICK_FLAG_ASK, c.TICK_FLAG_LAST, c.TICK_FLAG_VOLUME,
)  # fmt: skip
TIMEFRAMES = {name: value for name, value in vars(c).items() if name.startswith("TIMEFRAME_")}


def fed(quotes: list[tuple[Any, ...]], symbol: str = "EURUSD", **more: Any) -> Market:
    """A market with ticks at seconds after the start: (second, bid, ask[, last, volume])."""
    market = Market(symbol, quote=None, **more)
    for second, bid, ask, *deal in quotes:
        last, volume = deal or (0.0, 0.0)
        at = (START + second) * 1000
        market.terminal.feed(symbol, bid, ask, time_msc=at, last=last, volume=volume)
    market.clock.advance(quotes[-1][0] + 1)
    return market


FX = [(1, 1.1, 1.1001), (2, 1.1, 1.1002), (3, 1.0999, 1.1002), (4, 1.0998, 1.1003)]
STOCK = [
    (1, 10.0, 10.02, 10.0, 5.0), (2, 10.0, 10.03, 10.0, 0.0), (3, 10.0, 10.03, 10.03, 7.0),
]  # fmt: skip


def test_r170_flags_tell_what_changed() -> None:
    ticks = fed(FX).terminal.copy_ticks_range("EURUSD", START, START + 9, ALL)
    assert ticks["flags"].tolist() == [BID | ASK, ASK, BID, BID | ASK]
    assert set(ticks["last"]) == set(ticks["volume"]) == {0.0}
    assert ticks["time_msc"].tolist() == [(START + n) * 1000 for n in (1, 2, 3, 4)]
    stock = fed(STOCK, "AAPL").terminal.copy_ticks_range("AAPL", START, START + 9, ALL)
    assert stock["flags"].tolist() == [BID | ASK | LAST | VOLUME, ASK, LAST | VOLUME]


@pytest.mark.parametrize(
    ("flags", "times"),
    # R171: the filters; the other fields keep their values. Some say 3 for all (R176's table)
    [(ALL, [1, 2, 3]), (3, [1, 2, 3]), (INFO, [1, 2]), (TRADE, [1, 3])],
)
def test_r171_filters_of_ticks(flags: int, times: list[int]) -> None:
    ticks = fed(STOCK, "AAPL").terminal.copy_ticks_range("AAPL", START, START + 9, flags)
    assert (ticks["time"] - START).tolist() == times
    assert set(ticks["bid"]) == {10.0}
    assert ticks["last"][-1] == (10.0 if flags == INFO else 10.03)


def test_r172_ticks_count_forwards_and_include_both_ends() -> None:
    terminal = fed(FX).terminal
    found = terminal.copy_ticks_from("EURUSD", START + 2, 2, ALL)
    assert (found["time"] - START).tolist() == [2, 3]
    between = terminal.copy_ticks_range("EURUSD", START + 2, START + 4, ALL)
    assert (between["time"] - START).tolist() == [2, 3, 4]


MINUTES = [(0, 1.1, 1.1002), (30, 1.2, 1.2001), (60, 1.3, 1.3005), (90, 1.25, 1.2501),
           (110, 1.28, 1.2801), (240, 1.4, 1.4003)]  # fmt: skip


def test_r178_a_bar_exists_where_a_tick_fell_into_it() -> None:
    """R180: ticks are counted, the spread is the first one's in points."""
    bars = fed(MINUTES).terminal.copy_rates_range("EURUSD", c.TIMEFRAME_M1, START, START + 300)
    assert ((bars["time"] - START) // 60).tolist() == [0, 1, 4]
    assert bars[["open", "high", "low", "close"]].tolist() == [
        (1.1, 1.2, 1.1, 1.2), (1.3, 1.3, 1.25, 1.28), (1.4, 1.4, 1.4, 1.4),
    ]  # fmt: skip
    assert bars["tick_volume"].tolist() == [2, 3, 1]
    assert bars["spread"].tolist() == [20, 50, 30]
    assert bars["real_volume"].tolist() == [0, 0, 0]


def test_r179_bars_of_an_exchange_symbol_are_made_of_deals() -> None:
    market = fed(STOCK, "AAPL")
    assert market.terminal.symbol_info("AAPL").chart_mode == c.SYMBOL_CHART_MODE_LAST
    (bar,) = market.terminal.copy_rates_from_pos("AAPL", c.TIMEFRAME_M1, 0, 1)
    assert (bar["open"], bar["high"], bar["low"], bar["close"]) == (10.0, 10.03, 10.0, 10.03)
    assert bar["real_volume"] == 12


def test_r173_copy_rates_from_counts_backwards() -> None:
    terminal = fed(MINUTES).terminal
    found = terminal.copy_rates_from("EURUSD", c.TIMEFRAME_M1, START + 100, 2)
    assert ((found["time"] - START) // 60).tolist() == [0, 1]
    exact = terminal.copy_rates_from("EURUSD", c.TIMEFRAME_M1, START + 60, 1)
    assert (exact["time"] - START).tolist() == [60]


def test_r174_positions_count_from_the_forming_bar() -> None:
    terminal = fed(MINUTES).terminal
    newest = terminal.copy_rates_from_pos("EURUSD", c.TIMEFRAME_M1, 0, 2)
    assert ((newest["time"] - START) // 60).tolist() == [1, 4]
    older = terminal.copy_rates_from_pos("EURUSD", c.TIMEFRAME_M1, 1, 2)
    assert ((older["time"] - START) // 60).tolist() == [0, 1]


def test_r175_a_range_is_one_of_open_times() -> None:
    terminal = fed(MINUTES).terminal
    found = terminal.copy_rates_range("EURUSD", c.TIMEFRAME_M1, START + 1, START + 60)
    assert (found["time"] - START).tolist() == [60]
    week = terminal.copy_rates_range("EURUSD", c.TIMEFRAME_W1, START, START + 300)
    assert len(week) == 0, "its open lies before"


def test_r176_more_than_the_terminal_keeps_is_refused() -> None:
    terminal = fed(MINUTES).terminal
    assert terminal.copy_rates_from_pos("EURUSD", c.TIMEFRAME_M1, 0, 100_001) is None
    assert terminal.last_error()[0] == c.RES_E_INVALID_PARAMS
    assert terminal.terminal_info().maxbars == 100_000


def test_r177_nothing_in_range_is_an_empty_array() -> None:
    terminal = fed(MINUTES).terminal
    bars = terminal.copy_rates_range("EURUSD", c.TIMEFRAME_M1, START - 600, START - 300)
    assert (len(bars), bars.dtype.itemsize) == (0, 60)
    ticks = terminal.copy_ticks_range("EURUSD", START - 600, START - 300, ALL)
    assert (len(ticks), ticks.dtype.itemsize) == (0, 60)
    assert terminal.copy_rates_from_pos("NOPE", c.TIMEFRAME_M1, 0, 1) is None
    assert terminal.copy_ticks_from("NOPE", START, 1, ALL) is None
    assert terminal.copy_rates_from_pos("EURUSD", 60, 0, 1) is None, "H1 is not 60 (R181)"


@pytest.mark.parametrize("name", sorted(TIMEFRAMES))
def test_r182_periods_align_to_server_midnight(name: str) -> None:
    """R181: the codes. W1 opens on Sunday, MN1 on the first."""
    code, moment = TIMEFRAMES[name], datetime(2026, 1, 7, 13, 47, 31, tzinfo=UTC)
    market = Market(quote=None, start=moment.isoformat())
    market.quote(1.1, 1.1001)
    (bar,) = market.terminal.copy_rates_from_pos("EURUSD", code, 0, 1)
    opened = datetime.fromtimestamp(int(bar["time"]), UTC)
    unit, count = name.removeprefix("TIMEFRAME_")[0], name.removeprefix("TIMEFRAME_")[1:]
    wanted = {
        "M": lambda: moment.replace(minute=47 // int(count) * int(count), second=0),
        "H": lambda: moment.replace(hour=13 // int(count) * int(count), minute=0, second=0),
        "D": lambda: datetime(2026, 1, 7, tzinfo=UTC),
        "W": lambda: datetime(2026, 1, 4, tzinfo=UTC),
    }
    month = name == "TIMEFRAME_MN1"
    assert opened == (datetime(2026, 1, 1, tzinfo=UTC) if month else wanted[unit]())


def test_r183_all_times_are_the_servers() -> None:
    market = Market(server_zone="+2", quote=None)
    market.clock.advance(1)
    market.terminal.feed("EURUSD", 1.1, 1.1001)
    server = START + 1 + 2 * 3600
    assert market.terminal.symbol_info_tick("EURUSD").time == server
    market.send(type=0)
    assert market.deals()[-1].time == server
    assert market.position().time == server
    bar = market.terminal.copy_rates_from_pos("EURUSD", c.TIMEFRAME_H1, 0, 1)[0]
    assert bar["time"] == START + 2 * 3600


def test_r184_the_time_of_a_tick_is_not_now() -> None:
    market = fed(FX)
    market.clock.advance(600)
    assert market.terminal.symbol_info_tick("EURUSD").time == START + 4


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let local time be nine hours ahead, where a process can do that."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    set_zone = getattr(time, "tzset", lambda: None)
    set_zone()
    yield
    monkeypatch.undo()
    set_zone()


@pytest.mark.usefixtures("tokyo")
def test_r12_a_naive_datetime_is_local_time_a_number_is_seconds() -> None:
    terminal = fed(FX).terminal
    aware = datetime.fromtimestamp(START + 2, UTC)
    naive = datetime.fromtimestamp(START + 2)
    wanted = terminal.copy_ticks_from("EURUSD", START + 2, 9, ALL)
    for moment in (aware, naive):
        assert np.array_equal(terminal.copy_ticks_from("EURUSD", moment, 9, ALL), wanted)


def test_r13_quotes_are_for_market_watch_specifications_for_all() -> None:
    market = fed(FX)
    terminal = market.terminal
    assert terminal.symbol_select("EURUSD", False)
    assert terminal.symbol_info_tick("EURUSD") is None
    info = terminal.symbol_info("EURUSD")
    assert (info.visible, info.bid, info.digits) == (False, 0.0, 5)
    assert terminal.symbol_select("EURUSD")
    assert terminal.symbol_info_tick("EURUSD").bid == 1.0998
    market.send(type=0)
    assert terminal.symbol_select("EURUSD", False) is False, "a position uses it"
    assert terminal.last_error()[0] == c.RES_E_FAIL


def test_r170_the_synthetic_market_of_an_exchange_has_deals_on_the_grid() -> None:
    market = Market("ES.F", quote=None, start="2026-01-05T11:00:00")
    ticks = market.terminal.copy_ticks_range("ES.F", START, START + 600, ALL)
    assert len(ticks) > 300
    for name in ("bid", "ask", "last"):
        assert np.all(ticks[name] * 4 == np.round(ticks[name] * 4)), "multiples of 0.25"
    at_bid, at_ask = ticks["last"] == ticks["bid"], ticks["last"] == ticks["ask"]
    assert np.all(at_bid | at_ask)
    assert 0.3 < at_ask.mean() < 0.7
    assert np.all(ticks["ask"] - ticks["bid"] >= 0.25)
    assert (ticks["volume_real"].min(), ticks["volume_real"].max()) == (1.0, 20.0)
    assert len(np.unique(ticks["volume_real"])) == 20
    assert np.array_equal(ticks["volume"], ticks["volume_real"])
    other = Market("ES.F", quote=None, start="2026-01-05T11:00:00")
    again = other.terminal.copy_ticks_range("ES.F", START, START + 600, ALL)
    assert np.array_equal(ticks, again)


def test_r174_bars_are_found_across_long_gaps() -> None:
    """A few bars in many empty weeks: the search goes as far back as it has to."""
    market = Market(quote=None, start="2026-06-01T00:00:00")
    begin = START - 86_400 * 30
    for day in range(0, 30, 3):
        market.terminal.feed(
            "EURUSD", 1.1 + day / 1000, 1.2, time_msc=(begin + day * 86_400) * 1000
        )
    terminal = market.terminal
    newest = terminal.copy_rates_from_pos("EURUSD", c.TIMEFRAME_D1, 0, 3)
    assert [round(one, 3) for one in newest["open"]] == [1.121, 1.124, 1.127]
    older = terminal.copy_rates_from_pos("EURUSD", c.TIMEFRAME_D1, 2, 4)
    assert [round(one, 3) for one in older["open"]] == [1.112, 1.115, 1.118, 1.121]
    before = terminal.copy_rates_from("EURUSD", c.TIMEFRAME_D1, begin + 10 * 86_400, 2)
    assert [round(one, 3) for one in before["open"]] == [1.106, 1.109]
    assert len(terminal.copy_rates_from_pos("EURUSD", c.TIMEFRAME_D1, 0, 20)) == 10


def test_r178_the_forming_bar_ends_with_the_clock() -> None:
    market = fed(MINUTES[:2])
    (bar,) = market.terminal.copy_rates_from_pos("EURUSD", c.TIMEFRAME_H1, 0, 1)
    assert (bar["close"], bar["tick_volume"]) == (1.2, 2)
    market.clock.advance(60)
    market.terminal.feed("EURUSD", 1.15, 1.1501)
    (bar,) = market.terminal.copy_rates_from_pos("EURUSD", c.TIMEFRAME_H1, 0, 1)
    assert (bar["open"], bar["high"], bar["low"], bar["close"]) == (1.1, 1.2, 1.1, 1.15)
