"""What the Strategy Tester does its own way: words, fills, the end (R74, R156, R230 to R235)."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from mas.clock import ManualClock
from mas.sim import SimSettings, SimTerminal
from mas.sim.money import rounded
from mas.terminal import constants as c
from tests.scenario.sim.market import (
    BUY,
    BUY_LIMIT,
    BUY_SL,
    SELL,
    SELL_LIMIT,
    SELL_SL,
    Market,
)

REPORTS = Path(__file__).parents[4] / "shared" / "data" / "mt5_reports"
needs_reports = pytest.mark.skipif(
    not REPORTS.exists(), reason="the real reports are not on this machine"
)
MIDNIGHT = 1_767_657_600_000  # 2026-01-06


def trips(name: str) -> list[tuple[dict[str, str], dict[str, str]]]:
    """Return the opening and the closing deal of each trade of a real report."""
    with (REPORTS / name).open(encoding="utf-8") as file:
        deals = [row for row in csv.DictReader(file) if row["symbol"]]
    pairs = list(zip(deals[::2], deals[1::2], strict=True))
    assert all((one["direction"], other["direction"]) == ("in", "out") for one, other in pairs)
    return pairs


# -- words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tester", "sl", "tp", "so"),
    [
        (False, "[sl 1.09900]", "[tp 1.10100]", "[so 47.14%/471.40/1000.00]"),
        (True, "sl 1.09900", "tp 1.10100", "so 47.14%/471.40/1000.00"),
    ],
)
def test_r232_comments_of_what_the_server_closes(tester: bool, sl: str, tp: str, so: str) -> None:
    for quote, comment in ((1.0985, sl), (1.1015, tp)):
        market = Market(quote=(1.1, 1.1), tester=tester)
        market.send(type=BUY, sl=1.0990, tp=1.1010)
        market.quote(quote, quote)
        deal = market.deals()[-1]
        assert (deal.comment, market.finished(deal.order).comment) == (comment, comment)
    spec = {"currency_base": "USD", "currency_margin": "USD"}
    market = Market("TESTUSD", spec=spec, quote=(1.0, 1.0), balance=1_001.4, tester=tester)
    market.send(type=BUY, volume=0.9)
    market.send(type=BUY, volume=0.1)
    market.quote(0.9947, 0.9947)
    assert [one.comment for one in market.deals()[2:]] == [so]


# -- fills -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "level", "more", "gap", "own"),
    [
        (BUY_LIMIT, 1.0990, {}, (1.0970, 1.0971), 1.0971),
        (SELL_LIMIT, 1.1010, {}, (1.1030, 1.1031), 1.1030),
        # a stop-limit that waits as a limit since an earlier tick
        (BUY_SL, 1.1020, {"stoplimit": 1.1010}, (1.1000, 1.1001), 1.1001),
        (SELL_SL, 1.0980, {"stoplimit": 1.0990}, (1.1000, 1.1001), 1.1000),
    ],
)
@pytest.mark.parametrize("improve", [True, False])
def test_r74_limits_deal_at_the_gapped_price_where_that_is_set(
    kind: int, level: float, more: dict[str, float], gap: tuple[float, float], own: float,
    improve: bool,
) -> None:  # fmt: skip
    market = Market(price_improvement=improve)
    market.place(kind, level, **more)
    if more:
        market.quote(level - 0.00005, level + 0.00005)
        assert market.deals() == []
    market.quote(*gap)
    assert market.deals()[-1].price == (own if improve else more.get("stoplimit", level))


@pytest.mark.parametrize(
    ("kind", "tp", "sl", "gap", "better"),
    [(BUY, 1.1050, 1.0950, 1.1080, 1.1080), (SELL, 1.0950, 1.1050, 1.0910, 1.0911)],
)
@pytest.mark.parametrize("improve", [True, False])
def test_r74_a_take_profit_too_but_a_stop_loss_always(
    kind: int, tp: float, sl: float, gap: float, better: float, improve: bool
) -> None:
    market = Market(price_improvement=improve)
    market.send(type=kind, tp=tp, sl=sl)
    market.quote(gap, gap + 0.0001)
    assert market.deals()[-1].price == (better if improve else tp)
    market = Market(price_improvement=improve)
    market.send(type=kind, sl=sl)
    worse = 1.0930 if kind == BUY else 1.1070
    market.quote(worse, worse)
    assert market.deals()[-1].price == worse


# -- the end ---------------------------------------------------------------------------------


def test_r231_what_is_open_is_closed_at_the_last_quote() -> None:
    market = Market("USDJPY", quote=(156.400, 156.410), commission=7.0, balance=1e6)
    long = market.send(type=BUY, volume=1.56, magic=8, sl=150.0).order
    short = market.send(type=SELL, volume=0.2).order
    waiting = market.place(BUY_LIMIT, 150.0).order
    market.quote(156.412, 156.422)
    last = market.clock.now_ms()
    market.clock.advance(121.999)
    market.terminal.end_of_test()
    assert market.terminal.positions_total() == market.terminal.orders_total() == 0
    one, other = market.deals()[-2:]
    assert [
        (deal.position_id, deal.type, deal.entry, deal.volume, deal.price, deal.comment)
        for deal in (one, other)
    ] == [
        (long, SELL, c.DEAL_ENTRY_OUT, 1.56, 156.412, "end of test"),
        (short, BUY, c.DEAL_ENTRY_OUT, 0.2, 156.422, "end of test"),
    ]
    assert (one.profit, one.commission, one.swap) == (
        rounded((156.412 - 156.410) * 156_000 / 156.412), -10.92, 0.0,
    )  # fmt: skip
    assert {deal.time_msc for deal in (one, other)} == {last}
    assert (one.magic, one.reason) == (8, c.DEAL_REASON_CLIENT)
    order = market.finished(one.order)
    assert (order.state, order.reason, order.comment, order.volume_current) == (
        c.ORDER_STATE_FILLED, c.ORDER_REASON_CLIENT, "end of test", 0.0,
    )  # fmt: skip
    assert market.finished(waiting).state == c.ORDER_STATE_CANCELED
    assert market.balance() == pytest.approx(
        1e6 + sum(deal.profit + deal.commission for deal in market.deals())
    )


def test_r231_the_history_never_runs_back() -> None:
    """A deal or an order may have ended after the last quote."""
    market = Market()
    market.send(type=BUY)
    gone = market.place(BUY_LIMIT, 1.05).order
    market.clock.advance(60)
    market.terminal.order_send({"action": c.TRADE_ACTION_REMOVE, "order": gone})
    market.clock.advance(60)
    market.terminal.end_of_test()
    assert market.deals()[-1].time_msc == market.finished(gone).time_done_msc
    assert market.terminal.history_deals_get(0, market.clock.now_ms() / 1000)[-1].entry == 1


def test_r231_with_nothing_open_nothing_happens() -> None:
    market = Market()
    market.terminal.end_of_test()
    assert market.deals() == []
    never = SimTerminal(SimSettings(), clock=ManualClock("2026-01-05"))
    never.end_of_test()
    assert len(never.broker.account.deals) == 1


@needs_reports
def test_r231_the_last_deal_of_a_real_report() -> None:
    """USDJPY 1.56 lots, 156.383 to 156.412 at the last quote: 28.92 USD."""
    opened, closed = trips("tester_usdjpy_swap_deals.csv")[-1]
    assert closed["comment"] == "end of test"
    market = Market("USDJPY", quote=None)
    price = float(opened["price"])
    market.quote(price - 0.005, price)
    market.send(type=BUY, volume=float(opened["volume"]))
    last = float(closed["price"])
    market.quote(last, last + 0.005)
    market.terminal.end_of_test()
    deal = market.deals()[-1]
    assert (deal.price, deal.profit, deal.comment) == (last, float(closed["profit"]), "end of test")


def test_r156_a_stop_out_leaves_nothing_open_where_it_ends_the_run() -> None:
    market = Market(quote=(1.0, 1.0), balance=1_500.0, stop_out_ends=True, tester=True)
    worst = market.send(type=BUY, volume=1.0).order
    other = market.send(type=BUY, volume=0.4).order
    market.place(BUY_LIMIT, 0.9)
    market.quote(0.9943, 0.9943)
    assert market.terminal.positions_total() == 2
    market.quote(0.9942, 0.9942)
    closed = market.deals()[-2:]
    assert [(one.position_id, one.comment[:3]) for one in closed] == [
        (worst, "so "),
        (other, "end"),
    ]
    assert market.terminal.broker.account.closed
    assert market.terminal.orders_total() == market.terminal.positions_total() == 0
    assert market.send(type=BUY).retcode == 10017


# -- nights ----------------------------------------------------------------------------------


def test_r235_a_position_closed_at_midnight_has_been_charged() -> None:
    spec = {"swap_mode": c.SYMBOL_SWAP_MODE_CURRENCY_DEPOSIT, "swap_long": -5.0}
    market = Market(spec=spec, quote=(1.1, 1.1), balance=1e6)
    early, late = (market.send(type=BUY, volume=1.0).order for _ in range(2))
    market.clock.set("2026-01-05T23:59:59.999")
    market.send(type=SELL, volume=1.0, position=early)
    market.clock.advance(0.001)
    market.send(type=SELL, volume=1.0, position=late)
    assert [(one.time_msc - MIDNIGHT, one.swap) for one in market.deals()[2:]] == [
        (-1, 0.0), (0, -5.0),
    ]  # fmt: skip
    market.send(type=BUY, volume=1.0)
    market.clock.advance(60)
    assert market.position().swap == 0.0


def test_r235_a_stop_hit_by_the_tick_of_midnight_too() -> None:
    spec = {"swap_mode": c.SYMBOL_SWAP_MODE_CURRENCY_DEPOSIT, "swap_long": -5.0}
    market = Market(spec=spec, quote=(1.1, 1.1), balance=1e6)
    market.send(type=BUY, volume=1.0, sl=1.09)
    market.terminal.feed("EURUSD", 1.08, 1.08, time_msc=MIDNIGHT)
    market.clock.advance(86_400)
    market.terminal.positions_total()
    deal = market.deals()[-1]
    assert (deal.time_msc, deal.swap, deal.price) == (MIDNIGHT, -5.0, 1.08)


@needs_reports
def test_r161_the_swaps_of_a_real_report() -> None:
    """One rate in points explains all longs, at a price between those of their two deals.

    Rounded at each step instead, no rate explains more than six. The Friday of 2025-12-26 counts
    for two nights: Monday is a holiday (R165).
    """
    spec = {
        "swap_mode": c.SYMBOL_SWAP_MODE_POINTS, "swap_long": 7.546,
        "swap_holidays": ("2025-12-29",),
    }  # fmt: skip
    charged = [one for one in trips("tester_usdjpy_swap_deals.csv") if float(one[1]["swap"])]
    assert len(charged) == 11
    for opened, closed in charged:
        ends = [float(one["price"]) for one in (opened, closed)]
        found = {_swap_of(spec, opened, closed, price) for price in np.linspace(*ends, 15).round(3)}
        assert float(closed["swap"]) in found


def _swap_of(
    spec: dict[str, object], opened: dict[str, str], closed: dict[str, str], price: float
) -> float:
    """Return the swap of a trade at its times, if the market stands at one price meanwhile."""
    start, end = (one["time"].replace(".", "-").replace(" ", "T") for one in (opened, closed))
    market = Market("USDJPY", spec=dict(spec), quote=None, start=start, balance=1e6)
    market.quote(price, price)
    market.send(type=BUY, volume=float(opened["volume"]))
    market.clock.set(end)
    return float(market.position().swap)


@needs_reports
@pytest.mark.parametrize(
    ("name", "symbol", "spec"),
    [
        ("tester_usdjpy_swap_deals.csv", "USDJPY", {}),
        (
            "tester_btcusd_h1_deals.csv", "BTCUSD",
            {"trade_calc_mode": c.SYMBOL_CALC_MODE_FOREX, "digits": 2, "trade_contract_size": 1.0,
             "currency_base": "BTC", "trade_tick_size": 0.01, "currency_margin": "USD"},
        ),
    ],
)  # fmt: skip
def test_r234_the_profits_of_real_reports(name: str, symbol: str, spec: dict[str, object]) -> None:
    """R140: each leg is rounded in the profit currency; every exit to the cent."""
    market = Market(symbol, spec=spec, balance=1e7)
    for opened, closed in trips(name):
        volume, entry, out = float(opened["volume"]), float(opened["price"]), float(closed["price"])
        market.quote(entry, entry)
        ticket = market.send(type=BUY, volume=volume).order
        market.quote(out, out)
        market.send(type=SELL, volume=volume, position=ticket)
        assert market.deals()[-1].profit == float(closed["profit"])
