"""What the market does while nobody calls: the same, however it is looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mas.clock import ManualClock
from mas.errors import NotConnectedError
from mas.sim import SimSettings, SimTerminal
from mas.sim.matching import stop_hit, triggered
from mas.terminal import constants as c

START = "2026-01-05T08:00:00"


def trade(terminal: SimTerminal) -> None:
    """Leave stops and pending orders at many distances in two symbols."""
    for symbol in ("EURUSD", "USDJPY"):
        tick, point = terminal.symbol_info_tick(symbol), terminal.symbol_info(symbol).point
        for n in range(1, 6):
            far = 40 * n * point
            kinds = (
                {"type": c.ORDER_TYPE_BUY_LIMIT, "price": tick.bid - far},
                {"type": c.ORDER_TYPE_SELL_LIMIT, "price": tick.ask + far},
                {"type": c.ORDER_TYPE_BUY_STOP, "price": tick.ask + far},
                {"type": c.ORDER_TYPE_SELL_STOP, "price": tick.bid - far},
                {
                    "type": c.ORDER_TYPE_BUY_STOP_LIMIT,
                    "price": tick.ask + far,
                    "stoplimit": tick.ask + far - 30 * point,
                },
            )
            for kind in kinds:
                result = terminal.order_send(
                    {
                        "action": c.TRADE_ACTION_PENDING,
                        "symbol": symbol,
                        "volume": 0.01 * n,
                        "sl": _near(kind, symbol, terminal, -100),
                        "tp": _near(kind, symbol, terminal, 150),
                        **kind,
                    }
                )
                assert result.retcode == c.TRADE_RETCODE_DONE, result


def _near(kind: dict[str, Any], symbol: str, terminal: SimTerminal, points: int) -> float:
    info = terminal.symbol_info(symbol)
    sign = 1 if kind["type"] % 2 == 0 else -1
    return float(
        round(kind.get("stoplimit", kind["price"]) + sign * points * info.point, info.digits)
    )


def opened(clock: ManualClock, **more: Any) -> SimTerminal:
    terminal = SimTerminal(SimSettings(balance=100_000.0), clock=clock, **more)
    terminal.initialize()
    return terminal


def deals(terminal: SimTerminal) -> tuple[Any, ...]:
    return terminal.history_deals_get(0, 4e9)


def test_one_jump_and_many_small_steps_make_the_same_deals() -> None:
    jumping, stepping = ManualClock(START), ManualClock(START)
    one, other = opened(jumping), opened(stepping)
    trade(one)
    trade(other)
    jumping.advance(6 * 3600)
    rng = np.random.default_rng(1)
    left = 6 * 3600.0
    while left > 0:
        step = min(left, float(rng.exponential(20)))
        stepping.advance(step)
        left -= step
        other.positions_total()
    stepping.set(jumping.now_ms())
    assert len(deals(one)) > 20
    assert deals(one) == deals(other)
    assert one.account_info() == other.account_info()


def test_every_deal_is_made_at_the_first_tick_that_asks_for_it() -> None:
    """An independent walk over every tick finds the same moments."""
    clock = ManualClock(START)
    terminal = opened(clock)
    trade(terminal)
    before = {order.ticket: order for order in terminal.orders_get()}
    clock.advance(4 * 3600)
    entries = {deal.order: deal for deal in deals(terminal) if deal.order in before}
    assert entries
    for ticket, order in before.items():
        if order.type in {c.ORDER_TYPE_BUY_STOP_LIMIT, c.ORDER_TYPE_SELL_STOP_LIMIT}:
            continue
        spec = terminal.market.symbols[order.symbol]
        ticks = terminal.copy_ticks_range(
            order.symbol, order.time_setup_msc / 1000 + 0.001, clock.now_ms() / 1000, -1
        )
        first = next(
            (
                int(one["time_msc"])
                for one in ticks
                if triggered(
                    order.type, spec.points(order.price_open), spec.points(one["bid"]),
                    spec.points(one["ask"]),
                )
            ),
            None,
        )  # fmt: skip
        assert (entries[ticket].time_msc if ticket in entries else None) == first
    for deal in deals(terminal):
        if deal.entry != c.DEAL_ENTRY_OUT:
            continue
        order = before[deal.position_id]
        spec, start = terminal.market.symbols[order.symbol], entries[deal.position_id].time_msc
        ticks = terminal.copy_ticks_range(order.symbol, start / 1000, clock.now_ms() / 1000, -1)
        first = next(
            int(one["time_msc"])
            for one in ticks
            if stop_hit(
                order.type % 2, spec.points(order.sl), spec.points(order.tp),
                spec.points(one["bid"]), spec.points(one["ask"]),
            )
        )  # fmt: skip
        assert deal.time_msc == first


def test_the_account_is_back_after_a_restart_and_the_broker_did_not_sleep(tmp_path: Path) -> None:
    never_closed, clock = ManualClock(START), ManualClock(START)
    file = tmp_path / "paper.db"
    whole, first = opened(never_closed), opened(clock, store=file)
    trade(whole)
    trade(first)
    state = (first.account_info(), first.orders_get(), deals(first))
    first.close_store()
    again = opened(clock, store=file)
    assert (again.account_info(), again.orders_get(), deals(again)) == state
    again.close_store()
    never_closed.advance(5 * 3600)
    clock.advance(5 * 3600)
    later = opened(clock, store=file)
    assert deals(later) == deals(whole)
    assert later.positions_get() == whole.positions_get()
    assert later.history_orders_get(0, 4e9) == whole.history_orders_get(0, 4e9)
    later.close_store()


def test_an_account_open_elsewhere_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "paper.db"
    first = opened(ManualClock(START), store=file)
    with pytest.raises(NotConnectedError, match="open in another notebook") as caught:
        opened(ManualClock(START), store=file)
    assert "\n" not in str(caught.value)
    first.close_store()
    opened(ManualClock(START), store=file).close_store()


def test_a_long_file_is_folded_and_says_the_same(tmp_path: Path) -> None:
    file, clock = tmp_path / "paper.db", ManualClock(START)
    terminal = opened(clock, store=file)
    for _ in range(520):
        done = terminal.order_send({"action": 1, "symbol": "EURUSD", "volume": 0.01, "type": 0})
        terminal.order_send(
            {"action": 1, "symbol": "EURUSD", "volume": 0.01, "type": 1, "position": done.order}
        )
    state = (terminal.account_info(), deals(terminal), terminal.history_orders_get(0, 4e9))
    terminal.close_store()
    folded = opened(clock, store=file)
    assert (folded.account_info(), deals(folded), folded.history_orders_get(0, 4e9)) == state
    folded.close_store()
    last = opened(clock, store=file)
    assert (last.account_info(), deals(last), last.history_orders_get(0, 4e9)) == state
    last.close_store()
