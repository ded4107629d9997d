"""Each panel over a real desk on the simulated terminal, whose clock stands still."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mas.sim import process_terminal
from mas.state import State
from masjupyter import widgets
from masjupyter.desk import Desk
from masjupyter.widgets import ticket as ticket_module

ACCOUNT = 1_000_000
BUY = {"symbol": "EURUSD", "order_type": "buy", "volume": 0.1}


@pytest.fixture
def desk() -> Iterator[Desk]:
    one = Desk()
    one.login(
        account=ACCOUNT, password="any", server="MAS-Sim", timeout=5000,
        terminal="sim:?seed=7&at=2026-01-05T10:00:00",
    )  # fmt: skip
    yield one
    one.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("mas-") and t.is_alive()]
    assert one.state._listeners == ()


def until(condition: Callable[[], object], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


class Last:
    """A panel that is drawn after all that there was something for."""

    topics: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.drawn = threading.Event()

    def refresh(self, state: State) -> None:
        self.drawn.set()


def cells(panel: Any) -> list[list[str]]:
    return [row["cells"] for row in panel.rows(panel.desk.state)]


def lines(card: Any) -> dict[str, str]:
    return dict(cells(card))


def shown(panel: Any) -> dict[str, Any]:
    return panel._repr_mimebundle_()


def test_the_account_card(desk: Desk) -> None:
    card = widgets.AccountCard(desk)
    assert lines(card)["balance"] == "10,000.00 USD"
    assert lines(card)["margin level"] == "no margin used"
    desk.send(BUY)
    assert lines(card)["margin"] != "0.00 USD"
    assert lines(card)["connection"] == "● connected"
    assert "balance" in shown(card)["text/plain"]
    assert "<table" in shown(card)["text/html"]
    card.close()


def test_the_order_card_goes_from_request_to_position_to_close(desk: Desk) -> None:
    card = widgets.OrderCard(desk, desk.send({**BUY, "sl": 1.09}))
    assert list(lines(card)) == ["request", "status", "execution", "position"]
    assert lines(card)["request"].startswith("buy 0.1 EURUSD at ")
    assert lines(card)["status"] == "filled · Request executed (10009)"
    assert card.position is not None
    desk.close_position(card.order)
    assert [row[0] for row in cells(card)] == ["request", "status", "execution", "execution"]
    assert card.position is None
    assert [one.entry for one in card.executions] == ["in", "out"]
    card.close()


def test_the_card_of_a_refused_order(desk: Desk) -> None:
    card = widgets.OrderCard(desk, desk.send({**BUY, "volume": 1000.0}))
    assert card.title == "Order refused"
    assert lines(card)["status"].startswith("refused · Invalid volume (10014): keep to ")
    card.close()


def test_quotes_are_watched_as_long_as_they_are_shown(desk: Desk) -> None:
    panel = widgets.Quotes(desk, ["EURUSD", "XAUUSD", "EURUSD"])
    assert [row[0] for row in cells(panel)] == ["EURUSD", "XAUUSD"]
    tick = desk.core.tick("EURUSD")
    assert cells(panel)[0][1:3] == [f"{tick.bid:.5f}", f"{tick.ask:.5f}"]
    assert set(desk.state.quotes) == {"EURUSD", "XAUUSD"}
    panel.close()
    desk.core.refresh()
    assert set(desk.state.quotes) == set()


def test_the_close_button_closes_its_position_and_no_other(desk: Desk) -> None:
    first, second = desk.send(BUY), desk.send({**BUY, "symbol": "GBPUSD"})
    panel = widgets.Positions(desk)
    assert [row[0] for row in cells(panel)] == [str(first.order), str(second.order)]
    panel.press("close", str(second.order))
    assert [row[0] for row in cells(panel)] == [str(first.order)]
    panel.press("close", str(second.order))  # it is closed already: said, nothing sent
    assert len(desk.state.executions) == 3
    assert "close" not in shown(panel)["text/plain"].splitlines()[1]
    panel.close()


def test_the_cancel_button_cancels(desk: Desk) -> None:
    status = desk.send({**BUY, "order_type": "buy_limit", "price": 1.0})
    panel = widgets.PendingOrders(desk)
    assert cells(panel)[0][:5] == [str(status.order), "EURUSD", "buy limit", "0.1", "1.00000"]
    panel.press("cancel", str(status.order))
    assert cells(panel) == []
    assert "no pending orders" in repr(panel)
    panel.close()


def test_executions_newest_first(desk: Desk) -> None:
    panel = widgets.Executions(desk)
    desk.send(BUY)
    desk.send({**BUY, "symbol": "USDJPY"})
    assert [row[3] for row in cells(panel)] == ["USDJPY", "EURUSD"]
    panel.close()


def test_a_hand_in_the_terminal_is_seen_without_any_call(desk: Desk) -> None:
    panel = widgets.Executions(desk)
    process_terminal(ACCOUNT).order_send(
        {"action": 1, "symbol": "EURUSD", "volume": 0.3, "type": 1}
    )
    until(lambda: [row[6] for row in cells(panel)] == ["0.3"])
    panel.close()


def test_frames_go_out_when_something_changes_and_only_then(desk: Desk) -> None:
    panel = widgets.Executions(desk)
    until(lambda: panel._sequence)  # the first frame of all
    frames: list[Any] = []
    panel._post = frames.append  # type: ignore[method-assign]
    panel._receive(None, {"kind": "hello"}, [])
    assert frames.pop()["kind"] == "all"
    desk.send(BUY)
    until(lambda: frames)
    desk.core.refresh()  # a look that finds nothing new
    last = Last()
    desk.publisher.attach(last)
    assert last.drawn.wait(5)
    assert len(frames) == 1
    desk.publisher.detach(last)
    panel.close()


def test_an_absent_page_gets_a_whole_table_now_and_then(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = widgets.Executions(desk)
    desk.publisher.detach(panel)
    frames: list[Any] = []
    panel.send = lambda content, buffers: frames.append(content)
    clock = [1000.0]
    monkeypatch.setattr("masjupyter.widgets._base.monotonic", lambda: clock[0])
    panel._heard = clock[0]
    for _ in range(60):
        desk.send({**BUY, "volume": 0.01})
        panel.refresh(desk.state)
    assert len(frames) == 60
    clock[0] += 31
    for _ in range(20):
        desk.send({**BUY, "volume": 0.01})
        clock[0] += 0.05
        panel.refresh(desk.state)
    assert len(frames) == 61, "one whole table, then silence for five seconds"
    panel._receive(None, {"kind": "ack", "seq": panel._sequence}, [])
    desk.send({**BUY, "volume": 0.01})
    panel.refresh(desk.state)
    assert len(frames) == 62
    panel.close()


def test_the_chart_shows_bars_and_marks_executions(desk: Desk) -> None:
    desk.send(BUY)
    chart = widgets.PriceChart(desk, "EURUSD", timeframe="M1", bars=60)
    assert len(chart._bars.x) == 60
    assert len(chart._buys.x) == 1
    assert chart._buys.x[0] == 59
    assert len(chart._sells.x) == 0
    assert "EURUSD M1, 60 bars" in shown(chart)["text/plain"]
    chart.close()
    desk.core.refresh()
    assert desk.state.quotes == {}


@pytest.mark.parametrize(
    ("given", "said"), [({"timeframe": "M7"}, "one of M1"), ({"bars": 5}, "10")]
)
def test_the_chart_refuses_what_it_cannot_show(desk: Desk, given: Any, said: str) -> None:
    import mas

    with pytest.raises(mas.ParamError, match=said):
        widgets.PriceChart(desk, "EURUSD", **given)


# -- the ticket ------------------------------------------------------------------------------------


@pytest.fixture
def ticket(desk: Desk) -> Iterator[Any]:
    one = widgets.OrderTicket(desk, "EURUSD")
    desk.publisher.detach(one)  # the tests bring it up to date themselves
    yield one
    one.close()


def think(ticket: Any) -> str:
    ticket._changed = True
    ticket.refresh(ticket.desk.state)
    answered = threading.Event()
    ticket.desk.reader.ask(object(), answered.set)  # after the ticket's own question
    assert answered.wait(10)
    ticket.refresh(ticket.desk.state)
    return str(ticket._advice.value)


def test_the_buttons_carry_the_quote(desk: Desk, ticket: Any) -> None:
    tick = desk.core.tick("EURUSD")
    assert ticket.sell.description == f"SELL {tick.bid:.5f}"
    assert ticket.buy.description == f"BUY {tick.ask:.5f}"
    ticket.symbol.value = "USDJPY"
    desk.core.refresh()
    think(ticket)
    assert ticket.buy.description == f"BUY {desk.core.tick('USDJPY').ask:.3f}"


@pytest.mark.parametrize(
    ("kind", "price", "stoplimit"),
    [("market", False, False), ("limit", True, False), ("stop", True, False),
     ("stop limit", True, True)],
)  # fmt: skip
def test_price_fields_appear_for_the_types_that_need_them(
    ticket: Any, kind: str, price: bool, stoplimit: bool
) -> None:
    ticket.type.value = kind
    think(ticket)
    assert (ticket.price.layout.display != "none") is price
    assert (ticket.stoplimit.layout.display != "none") is stoplimit


def test_margin_and_risk_are_said_before_sending(desk: Desk, ticket: Any) -> None:
    ticket.stops_in.value = "points"
    ticket.sl.value, ticket.tp.value = 200, 300
    advice = think(ticket)
    tick = desk.core.tick("EURUSD")
    assert f"{tick.ask * 100:,.2f}" in advice  # the margin of 0.1 lot at 1:100
    assert "-20.00" in advice
    assert "+30.00" in advice
    assert ticket.params("buy")["sl"] == round(tick.ask - 0.002, 5)
    assert ticket.params("sell")["tp"] == round(tick.bid - 0.003, 5)
    assert desk.state.executions == ()


def test_a_wrong_form_says_so_and_cannot_be_sent(desk: Desk, ticket: Any) -> None:
    ticket.type.value = "limit"
    assert "price is missing: a buy_limit order waits for a price" in think(ticket)
    assert ticket.buy.disabled
    ticket.price.value = 1.0
    advice = think(ticket)
    assert "sell: Invalid price (10015)" in advice
    assert (ticket.buy.disabled, ticket.sell.disabled) == (False, True)
    ticket.volume.value = 0.015
    assert "Invalid volume (10014)" in think(ticket)


def test_one_click_is_one_order_and_so_is_a_double_click(
    desk: Desk, ticket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(ticket_module, "monotonic", lambda: clock[0])
    ticket.buy.click()
    ticket.buy.click()
    assert len(desk.state.executions) == 1
    assert "Request executed" in ticket._answer.value
    clock[0] += 1
    ticket.sell.click()
    assert [one.type for one in desk.state.executions] == ["buy", "sell"]


def test_the_volume_steps_as_the_symbol_does(ticket: Any) -> None:
    assert (ticket.volume.step, ticket.volume.max) == (0.01, 100.0)
    ticket.symbol.value = "XAUUSD"
    ticket.desk.core.refresh()
    think(ticket)
    assert (ticket.volume.max, ticket.price.step) == (50.0, 0.01)


def test_a_volume_that_was_typed_before_the_symbol_is_known_stays(ticket: Any) -> None:
    ticket.symbol.value = "XAUUSD"
    ticket.volume.value = 0.25
    ticket.desk.core.refresh()
    think(ticket)
    assert (ticket.volume.value, ticket.volume.max) == (0.25, 50.0)


def test_stops_in_points_without_a_quote_are_not_left_out(desk: Desk, ticket: Any) -> None:
    """An order whose stop cannot be counted is not sent without one."""
    ticket.stops_in.value = "points"
    ticket.sl.value = 200
    desk.core.unwatch("EURUSD")
    desk.core.refresh()
    assert "no quote of EURUSD yet to count from" in think(ticket)
    assert (ticket.buy.disabled, ticket.sell.disabled) == (True, True)
    ticket.buy.click()
    assert desk.state.executions == ()
    assert "no quote of EURUSD yet" in ticket._answer.value
