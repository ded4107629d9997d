"""What the panels say of an account, cell by cell, against what its terminal says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mas.clock import naive_utc
from mas.sim import process_terminal
from masjupyter import widgets
from masjupyter.desk import Desk

ACCOUNT = 1_000_000


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    made.login(
        account=ACCOUNT, password="any", server="MAS-Sim", timeout=5000,
        terminal="sim:?seed=7&at=2026-01-07T12:00:00",
    )  # fmt: skip
    yield made
    made.close()


@pytest.fixture
def terminal(desk: Desk) -> Any:
    return process_terminal(ACCOUNT)


def rows(panel: Any) -> list[dict[str, Any]]:
    return list(panel.rows(panel.desk.state))


def lines(card: Any) -> dict[str, str]:
    return {cells[0]: cells[1] for cells in (row["cells"] for row in rows(card))}


def tones(panel: Any) -> list[list[str]]:
    return [row["tones"] for row in rows(panel)]


def money(value: float) -> str:
    return f"{value:+,.2f}"


def way(value: float) -> str:
    return "" if value == 0 else "up" if value > 0 else "down"


def later(desk: Desk, terminal: Any, seconds: float) -> None:
    terminal.clock.advance(seconds)
    desk.core.refresh()


def test_positions_orders_and_executions(desk: Desk, terminal: Any) -> None:
    bid = terminal.symbol_info_tick("EURUSD").bid
    levels = {"sl": round(bid - 0.01, 5), "tp": round(bid + 0.01, 5)}
    desk.send({"symbol": "EURUSD", "order_type": "buy", "volume": 0.3, **levels})
    desk.send({"symbol": "USDJPY", "order_type": "sell", "volume": 0.1})
    low, high = round(bid - 0.004, 5), round(bid + 0.004, 5)
    limit = {"symbol": "EURUSD", "volume": 0.2}
    end = {"type_time": 2, "expiration": "2026-01-09 16:30"}
    desk.send({**limit, "order_type": "buy_limit", "price": low, **end})
    desk.send({**limit, "order_type": "sell_limit", "price": high, "sl": high + 0.01})
    later(desk, terminal, 1800)
    first, second = positions = terminal.positions_get()
    bought, sold = terminal.history_deals_get(0, 4_000_000_000)[-2:]
    assert first.profit * second.profit != 0

    panel = widgets.Positions(desk)
    assert [row["cells"] for row in rows(panel)] == [
        [str(first.ticket), "EURUSD", "buy", "0.3", f"{first.price_open:.5f}",
         f"{first.price_current:.5f}", f"{levels['sl']:.5f}", f"{levels['tp']:.5f}",
         money(first.profit), "close"],
        [str(second.ticket), "USDJPY", "sell", "0.1", f"{second.price_open:.3f}",
         f"{second.price_current:.3f}", "–", "–", money(second.profit), "close"],
    ]  # fmt: skip
    assert [row["key"] for row in rows(panel)] == [str(first.ticket), str(second.ticket)]
    for tone, position, side in zip(tones(panel), positions, ("up", "down"), strict=True):
        number = way(position.profit)
        assert tone == ["dim", "name", side_tone(side), "", "", "", "dim", "dim", number, ""]
    total = sum(position.profit + position.swap for position in positions)
    assert panel.more(desk.state) == {"note": f"floating {money(total)}"}
    labels = [item["label"] for item in panel.columns]
    assert labels == [
        "ticket", "symbol", "type", "volume", "open", "now", "sl", "tp", "profit", "",
    ]  # fmt: skip
    panel.close()

    panel = widgets.PendingOrders(desk)
    below, above = terminal.orders_get()
    now = terminal.symbol_info_tick("EURUSD")
    assert [row["cells"] for row in rows(panel)] == [
        [str(below.ticket), "EURUSD", "buy limit", "0.2", f"{low:.5f}", f"{now.ask:.5f}", "–",
         "–", "09 Jan 16:30", "cancel"],
        [str(above.ticket), "EURUSD", "sell limit", "0.2", f"{high:.5f}", f"{now.bid:.5f}",
         f"{high + 0.01:.5f}", "–", "GTC", "cancel"],
    ]  # fmt: skip
    panel.close()

    desk.close_position(first.ticket, 0.1)
    closed = terminal.history_deals_get(0, 4_000_000_000)[-1]
    panel = widgets.Executions(desk)
    found = rows(panel)
    assert [row["cells"] for row in found] == [
        [f"{naive_utc(deal.time_msc):%H:%M:%S}", str(deal.ticket), str(deal.order), deal.symbol,
         "sell" if deal.type else "buy", entry, f"{deal.volume:g}", price, profit, "expert"]
        for deal, entry, price, profit in (
            (closed, "out", f"{closed.price:.5f}", money(closed.profit)),
            (sold, "in", f"{sold.price:.3f}", "–"),
            (bought, "in", f"{bought.price:.5f}", "–"),
        )
    ]  # fmt: skip
    assert [row["tones"][8] for row in found] == [way(closed.profit), "", ""]
    panel.close()


def side_tone(side: str) -> str:
    return {"up": "buy", "down": "sell"}[side]


def test_the_card_of_each_kind_of_request(desk: Desk, terminal: Any) -> None:
    tick = terminal.symbol_info_tick("EURUSD")
    ask, bid = tick.ask, tick.bid
    order = {"symbol": "EURUSD", "volume": 0.1}
    stop, limit = round(ask + 0.005, 5), round(ask + 0.003, 5)
    sl, tp = round(bid - 0.01, 5), round(bid + 0.01, 5)
    cards = [
        (
            desk.send({**order, "order_type": "buy", "sl": sl, "tp": tp}),
            f"buy 0.1 EURUSD at {ask:.5f} sl {sl:.5f} tp {tp:.5f}", "filled · ", "up",
        ),
        (
            desk.send(
                {**order, "order_type": "buy_stop_limit", "price": stop, "stoplimit": limit}
            ),
            f"buy stop limit 0.1 EURUSD at {stop:.5f} limit {limit:.5f}", "cancelled · ", "up",
        ),
        (
            desk.send({**order, "order_type": "sell"}),
            f"sell 0.1 EURUSD at {bid:.5f}", "filled · ", "up",
        ),
        (
            desk.send({**order, "order_type": "sell", "sl": 0.5}),
            f"sell 0.1 EURUSD at {bid:.5f} sl 0.50000", "refused · Invalid stops (10016)", "down",
        ),
    ]  # fmt: skip
    bought, placed, sold = (status.order for status, *_ in cards[:3])
    cards += [
        (desk.modify(bought, tp=tp + 0.001),
         f"modify position {bought} sl {sl:.5f} tp {tp + 0.001:.5f}", "placed · ", "up"),
        (desk.modify(placed, price=stop + 0.001),
         f"modify order {placed} at {stop + 0.001:.5f} limit {limit:.5f}", "placed · ", "up"),
        (desk.cancel(placed), f"cancel order {placed}", "cancelled · ", "up"),
        (desk.close_position(bought, 0.02),
         f"sell 0.02 EURUSD on position {bought} at {bid:.5f}", "filled · ", "up"),
        (desk.send({**order, "order_type": "buy", "position": bought, "position_by": sold}),
         f"close position {bought} by {sold}", "filled · ", "up"),
    ]  # fmt: skip
    for status, request, answer, tone in cards:  # the first of an order follows it to its end
        card = widgets.OrderCard(desk, status)
        assert lines(card)["request"] == request
        assert lines(card)["status"].startswith(answer), request
        assert rows(card)[1]["tones"][-1] == tone, request
        card.close()


def test_a_card_follows_its_order_into_its_position(desk: Desk, terminal: Any) -> None:
    sold = desk.send({"symbol": "EURUSD", "order_type": "sell", "volume": 0.2})
    desk.send({"symbol": "EURUSD", "order_type": "buy", "volume": 0.1})  # another's
    card = widgets.OrderCard(desk, sold)
    later(desk, terminal, 1200)
    (held,) = terminal.positions_get(ticket=sold.order)
    (opened,) = [
        deal for deal in terminal.history_deals_get(0, 4_000_000_000) if deal.order == sold.order
    ]
    entry = f"sell 0.2 at {opened.price:.5f} · 12:00:00 · deal {opened.ticket}"
    floating = f"short 0.2 · now {held.price_current:.5f} · {money(held.profit)}"
    assert [row["cells"] for row in rows(card)][2:] == [
        ["execution", entry], ["position", floating],
    ]  # fmt: skip
    assert [row["tones"][-1] for row in rows(card)][2:] == ["sell", way(held.profit)]
    terminal.order_send({
        "action": 1, "symbol": "EURUSD", "type": 0, "volume": 0.2, "position": sold.order,
    })  # fmt: skip
    desk.core.refresh()
    last = terminal.history_deals_get(0, 4_000_000_000)[-1]
    words = f"buy 0.2 at {last.price:.5f} · 12:20:00 · {money(last.profit)} · deal {last.ticket}"
    assert [row["cells"] for row in rows(card)][2:] == [["execution", entry], ["execution", words]]
    assert rows(card)[-1]["tones"][-1] == way(last.profit)
    assert card.more(desk.state) == {"title": f"Order {sold.order} · EURUSD"}
    card.close()


def test_an_account_near_its_margin_call(desk: Desk, terminal: Any) -> None:
    card = widgets.AccountCard(desk)
    desk.send({"symbol": "EURUSD", "order_type": "buy", "volume": 8.9})
    info = terminal.account_info()
    assert 0 < info.margin_level < 110
    assert lines(card) | {"connection": ""} == {
        "login": f"{ACCOUNT} · MAS-Sim",
        "balance": f"{info.balance:,.2f} USD",
        "equity": f"{info.equity:,.2f} USD",
        "floating profit": f"{money(info.profit)} USD",
        "margin": f"{info.margin:,.2f} USD",
        "free margin": f"{info.margin_free:,.2f} USD",
        "margin level": f"{info.margin_level:,.2f} %",
        "connection": "",
    }
    by_name = {row["key"]: row["tones"][-1] for row in rows(card)}
    assert by_name["profit"] == "down"
    assert by_name["level"] == ("down" if info.margin_level <= info.margin_so_call else "")
    card.close()


def test_the_chart_shows_what_happened_where_it_happened(desk: Desk, terminal: Any) -> None:
    desk.send({"symbol": "EURUSD", "order_type": "buy", "volume": 0.1})
    desk.send({"symbol": "USDJPY", "order_type": "buy", "volume": 0.1})  # not on this chart
    later(desk, terminal, 605)
    desk.send({"symbol": "EURUSD", "order_type": "sell", "volume": 0.1})
    chart = widgets.PriceChart(desk, "EURUSD", timeframe="M1", bars=30)
    bars = terminal.copy_rates_from_pos("EURUSD", 1, 0, 30)
    tick = terminal.symbol_info_tick("EURUSD")
    assert chart._bars.x.tolist() == list(range(30))
    assert chart._bars.y.tolist() == [
        [bar[name] for name in ("open", "high", "low", "close")] for bar in bars
    ]
    deals = [deal for deal in terminal.history_deals_get(0, 4_000_000_000) if deal.symbol]
    minutes = [int(bar["time"]) // 60 for bar in bars]
    for marks, deal in ((chart._buys, deals[0]), (chart._sells, deals[2])):
        assert marks.x.tolist() == [minutes.index(deal.time // 60)]
        assert marks.y.tolist() == [deal.price]
    assert chart._lines.y.tolist() == [[tick.bid] * 2, [tick.ask] * 2]
    low, high = min(bars["low"].min(), tick.bid), max(bars["high"].max(), tick.ask)
    room = 0.08 * (high - low)
    assert chart._y.min == pytest.approx(low - room, abs=1e-9)
    assert chart._y.max == pytest.approx(high + room, abs=1e-9)
    assert (chart._x.min, chart._x.max) == (-1.0, 31.0)
    assert chart._axis.tick_labels == {
        str(at): f"{naive_utc(int(bars[at]['time']) * 1000):%H:%M}" for at in range(0, 30, 5)
    }
    chart.close()
