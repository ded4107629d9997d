# ruff: noqa: E501  tables
"""Downloads: broken off and gone on with, tried again, checked; nothing is asked for twice."""

from __future__ import annotations

import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from mas import MAS
from mas.clock import ManualClock
from mas.core import core_of
from mas.errors import DataError, ParamError
from mas.history import History, dukascopy
from mas.sim import SimSettings, SimTerminal
from tests.unit.history import samples


class Counting:
    """A simulated terminal that counts, and fails when it is told to."""

    def __init__(self, at="2026-01-20T12:00"):
        self.sim = SimTerminal(SimSettings(), clock=ManualClock(at))
        self.sim.initialize()
        self.asked, self.fails_after = [], 10**9

    def __getattr__(self, name):
        return getattr(self.sim, name)

    def copy_rates_range(self, *args):
        return self._counted(self.sim.copy_rates_range, args)

    def copy_ticks_range(self, *args):
        return self._counted(self.sim.copy_ticks_range, args)

    def _counted(self, function, args):
        if len(self.asked) >= self.fails_after:
            return None
        self.asked.append(args)
        return function(*args)

    def last_error(self):
        return (-10004, "No IPC connection")


def test_bars_are_those_of_the_terminal():
    history, terminal = History(), Counting()
    (one,) = history.fetch(terminal, "EURUSD", "2026-01-05", "2026-01-09", "M5")
    direct = terminal.sim.copy_rates_range("EURUSD", 5, 1_767_571_200, 1_767_916_800 - 1)
    found = history.bars("EURUSD", "M5")
    assert len(found) == len(direct) == one.stored.rows
    for name in ("open", "high", "low", "close", "tick_volume", "spread"):
        assert found[name].tolist() == direct[name].tolist()
    assert one.stored.digits == 5


def test_ticks_are_those_of_the_terminal_and_no_edge_is_there_twice():
    history, terminal = History(), Counting()
    history.fetch(terminal, "USDJPY", "2026-01-05", "2026-01-07", "ticks")
    direct = terminal.sim.copy_ticks_range("USDJPY", 1_767_571_200, 1_767_744_000, 1)
    direct = direct[direct["time_msc"] < 1_767_744_000_000]
    found = history.ticks("USDJPY")
    assert found["time"].astype("int64").tolist() == direct["time_msc"].tolist()
    assert found["bid"].tolist() == direct["bid"].tolist()
    assert len(terminal.asked) == 2


def test_what_was_broken_off_goes_on_where_it_was():
    history, terminal = History(), Counting()
    terminal.fails_after = 3
    with pytest.raises(DataError) as caught:
        history.fetch(terminal, "EURUSD", "2026-01-05", "2026-01-10", "ticks")
    assert (
        "the terminal gave no ticks of EURUSD from 2026-01-08 00:00:00: No IPC connection (-10004)"
        in str(caught.value)
    )
    assert history.table().empty
    terminal.fails_after = 10**9
    history.fetch(terminal, "EURUSD", "2026-01-05", "2026-01-10", "ticks")
    assert len(terminal.asked) == 5
    again = Counting()
    history.fetch(again, "EURUSD", "2026-01-05", "2026-01-10", "ticks")
    assert again.asked == []


def test_a_piece_that_is_not_over_is_asked_for_again():
    history = History()
    history.fetch(Counting("2026-01-06T12:00"), "EURUSD", "2026-01-05", "2026-01-07", "ticks")
    later = Counting("2026-01-08T12:00")
    history.fetch(later, "EURUSD", "2026-01-05", "2026-01-07", "ticks")
    assert len(later.asked) == 1
    assert history.ticks("EURUSD")["time"].max() > pd.Timestamp("2026-01-06 23:00")


def test_a_piece_that_was_cut_short_is_asked_for_again():
    history = History()
    history.fetch(Counting(), "EURUSD", "2026-01-05", "2026-01-06", "ticks")
    (piece,) = history.store.pieces("terminal").rglob("*.npy")
    piece.write_bytes(piece.read_bytes()[:200])
    again = Counting()
    history.fetch(again, "EURUSD", "2026-01-05", "2026-01-06", "ticks")
    assert len(again.asked) == 1
    assert np.load(piece).size == history.store.find("EURUSD", "ticks").rows


@pytest.mark.parametrize(
    ("args", "error", "message"),
    [
        (("XYZ", "2026-01-05", "2026-01-06", "M1"), DataError, "the terminal does not know XYZ: "),
        (("EURUSD", "2026-01-05", "2026-01-06", "M7"), ParamError, "kind must be ticks or one of M1"),
        (("EURUSD", "2026-01-06", "2026-01-06", "M1"), ParamError, "to must be later than from"),
        (("EURUSD", "2027-01-05", "2027-01-06", "M1"), DataError, "the terminal has no M1 of EURUSD from 2027-01-05"),
    ],
)  # fmt: skip
def test_what_cannot_be_fetched_is_one_line(args, error, message):
    with pytest.raises(error) as caught:
        History().fetch(Counting(), *args)
    assert str(caught.value).startswith(message)


def test_a_client_gives_its_terminal():
    client = MAS(terminal="sim:?at=2026-01-20T12:00")
    assert client.login({"account": 7, "password": "x", "server": "MAS-Sim"})
    (one,) = History().fetch(core_of(client).terminal, "EURUSD", "2026-01-05", "2026-01-06", "H1")
    assert one.stored.rows == 24
    client.shutdown_mt5()


# -- Dukascopy's files, from a server of this test ---------------------------------------------


class Server:
    """Serves hours of ticks; some are busy, absent or cut short at first."""

    def __init__(self):
        self.asked = Counter()
        self.absent, self.busy, self.cut = set(), {}, {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.answer(self)

            def log_message(self, *args):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/datafeed"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def answer(self, request):
        place = request.path.removeprefix("/datafeed/EURUSD/")
        self.asked[place] += 1
        if place in self.absent:
            request.send_error(404)
            return
        if self.busy.get(place, 0):
            self.busy[place] -= 1
            request.send_error(503)
            return
        content = samples.packed_hour()
        if self.cut.get(place, 0):
            self.cut[place] -= 1
            request.send_response(200)
            request.send_header("Content-Length", str(len(content)))
            request.end_headers()
            request.wfile.write(content[:30])
            return
        request.send_response(200)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(dukascopy, "PAUSE", 0.01)
    one = Server()
    yield one
    one.http.shutdown()
    one.http.server_close()


def fetched(history, server, end="2014-05-01 03:00"):
    return history.fetch_dukascopy("EURUSD", "2014-05-01", end, base_url=server.url)


def test_hours_become_ticks(server):
    (one,) = fetched(History(), server)
    assert (one.stored.rows, one.stored.digits, one.format) == (12, 5, "Dukascopy")
    assert one.stored.read().times.tolist() == [
        samples.START + hour * 3_600_000 + ms for hour in range(3) for ms, *_ in samples.TICKS
    ]
    assert sorted(server.asked) == [f"2014/04/01/0{hour}h_ticks.bi5" for hour in range(3)]


def test_busy_and_cut_answers_are_tried_again_and_absent_hours_are_empty(server):
    server.busy["2014/04/01/00h_ticks.bi5"] = 3
    server.cut["2014/04/01/01h_ticks.bi5"] = 2
    server.absent.add("2014/04/01/02h_ticks.bi5")
    (one,) = fetched(History(), server)
    assert one.stored.rows == 8
    assert [server.asked[f"2014/04/01/0{hour}h_ticks.bi5"] for hour in range(3)] == [4, 3, 1]


def test_a_server_that_stays_busy_is_one_line_and_the_rest_is_kept(server):
    history = History()
    server.busy["2014/04/01/01h_ticks.bi5"] = 99
    with pytest.raises(DataError) as caught:
        fetched(history, server)
    assert (
        "01h_ticks.bi5: cannot be fetched: the server answers 503; what came before is kept"
        in str(caught.value)
    )
    assert history.table().empty
    server.busy.clear()
    before = Counter(server.asked)
    fetched(history, server)
    assert server.asked["2014/04/01/01h_ticks.bi5"] == before["2014/04/01/01h_ticks.bi5"] + 1


def test_nothing_is_fetched_twice_unless_it_is_damaged(server):
    history = History()
    fetched(history, server)
    fetched(history, server, end="2014-05-01 04:00")
    assert set(server.asked.values()) == {1}
    (piece,) = history.store.pieces("dukascopy").rglob("01h_ticks.bi5")
    piece.write_bytes(piece.read_bytes()[:-1] + b"\0")
    fetched(history, server)
    assert server.asked["2014/04/01/01h_ticks.bi5"] == 2
    assert history.store.find("EURUSD", "ticks").rows == 16


def test_no_server_at_all_is_one_line(monkeypatch):
    monkeypatch.setattr(dukascopy, "PAUSE", 0.0)
    nowhere = SimpleNamespace(url="http://127.0.0.1:9/datafeed")
    with pytest.raises(DataError, match="cannot be fetched: "):
        fetched(History(), nowhere, end="2014-05-01 01:00")
