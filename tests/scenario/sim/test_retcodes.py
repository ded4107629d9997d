"""Every return code that the simulator gives, and which fault is found first (R30 to R40)."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from mas.terminal import constants as c
from tests.scenario.sim.market import BUY, BUY_LIMIT, EVER, SELL, Market

DEAL, PENDING = c.TRADE_ACTION_DEAL, c.TRADE_ACTION_PENDING
SLTP, MODIFY = c.TRADE_ACTION_SLTP, c.TRADE_ACTION_MODIFY
REMOVE = c.TRADE_ACTION_REMOVE

# R35: a symbol's fields, the account's settings, a request; and the code that comes back.
CASES: list[tuple[int, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (10009, {}, {}, {"type": BUY}),
    (10004, {"trade_exemode": 1}, {}, {"type": BUY, "price": 1.0}),
    (10013, {}, {}, {"type": BUY, "action": 0}),
    (10013, {}, {}, {"type": BUY, "symbol": "NOPE"}),
    (10013, {}, {}, {"action": SLTP, "symbol": "", "sl": 1.0}),
    (10013, {}, {}, {"action": REMOVE, "order": 99}),
    (10013, {}, {}, {"action": MODIFY, "order": 99, "price": 1.0}),
    (10014, {}, {}, {"type": BUY, "volume": 0.001}),
    (10014, {}, {}, {"type": BUY, "volume": 100.01}),
    (10014, {}, {}, {"type": BUY, "volume": 0.015}),
    (10014, {}, {}, {"type": BUY, "volume": 0.0}),
    (10015, {"trade_exemode": 1}, {}, {"type": BUY}),
    (10015, {}, {}, {"action": PENDING, "type": BUY_LIMIT, "price": 1.2}),
    (10015, {}, {}, {"action": PENDING, "type": BUY_LIMIT, "price": 0.0}),
    (10016, {}, {}, {"type": BUY, "sl": 1.2}),
    (10017, {"trade_mode": 0}, {}, {"type": BUY}),
    (10017, {"start_time": 1_900_000_000}, {}, {"type": BUY}),
    (10017, {"expiration_time": 1_700_000_000}, {}, {"type": BUY}),
    (10018, {"trade_sessions": ("Sun 00:00-01:00",)}, {"hours": "market"}, {"type": BUY}),
    (10019, {}, {"balance": 10.0}, {"type": BUY}),
    (10022, {"expiration_mode": 14}, {}, {"action": PENDING, "type": BUY_LIMIT, "price": 1.0}),
    (10030, {"filling_mode": 0}, {}, {"type": BUY}),
    (10034, {"volume_limit": 0.05}, {}, {"type": BUY}),
    (10035, {}, {}, {"type": BUY_LIMIT}),
    (10035, {}, {}, {"type": 8}),
    (10035, {}, {}, {"action": PENDING, "type": BUY}),
    (10035, {"order_mode": 126}, {}, {"type": BUY}),
    (10035, {"order_mode": 1 | 32}, {}, {"type": BUY, "sl": 1.0}),
    (10035, {"order_mode": 1 | 16}, {}, {"type": BUY, "tp": 1.5}),
    (10036, {}, {}, {"type": SELL, "position": 99}),
    (10036, {}, {}, {"action": SLTP, "position": 99, "sl": 1.0}),
    (10042, {"trade_mode": 1}, {}, {"type": SELL}),
    (10043, {"trade_mode": 2}, {}, {"type": BUY}),
    (10044, {"trade_mode": 3}, {}, {"type": BUY}),
    (10009, {"trade_mode": 1}, {}, {"type": BUY}),
    (10009, {"trade_mode": 2}, {}, {"type": SELL}),
]


@pytest.mark.parametrize(("code", "spec", "settings", "request_"), CASES)
def test_r35_the_code_of_each_fault(
    code: int, spec: dict[str, Any], settings: dict[str, Any], request_: dict[str, Any]
) -> None:
    market = Market(spec=spec, **settings)
    before = market.terminal.history_orders_get(0, EVER), market.balance()
    checked = market.terminal.order_check(
        {"action": DEAL, "symbol": "EURUSD", "volume": 0.1, **request_}
    )
    result = market.send(**request_)
    assert result.retcode == code
    if code != 10009:  # R36: a refusal has only code, comment and request filled; R116
        assert (result.deal, result.order, result.volume, result.price) == (0, 0, 0.0, 0.0)
        assert (market.terminal.history_orders_get(0, EVER), market.balance()) == before
    wanted = {10009: 0, 10004: 0}.get(code, code)  # R33: the check leaves the dealer out
    assert checked.retcode == wanted


def test_r35_there_is_no_quote() -> None:
    market = Market("TEST", quote=None)
    market.terminal.market.feed(
        "TEST", market.terminal.market.quote("EURUSD", 0)._replace(time_msc=2**50)
    )
    assert market.send(type=BUY).retcode == 10021


@pytest.mark.parametrize(
    ("switch", "code"),
    [
        ("connected", 10031), ("trade_allowed", 10027), ("trade_expert", 10026),
        ("account_trade_allowed", 10017),
    ],
)  # fmt: skip
def test_r32_switches_that_are_off(switch: str, code: int) -> None:
    """R31: the check sees them, too. R35: 10026, 10027, 10031."""
    market = Market()
    setattr(market.terminal.permissions, switch, False)
    assert market.send(type=BUY).retcode == code
    request = {"action": DEAL, "symbol": "EURUSD", "volume": 0.1, "type": BUY}
    assert market.terminal.order_check(request).retcode == code
    shown = {
        **market.terminal.terminal_info()._asdict(),
        **market.terminal.account_info()._asdict(),
    }
    assert shown[{"account_trade_allowed": "trade_allowed"}.get(switch, switch)] in {False, True}
    setattr(market.terminal.permissions, switch, True)
    assert market.send(type=BUY).retcode == 10009


def test_r32_python_may_be_shut_out() -> None:
    market = Market()
    market.terminal.permissions.tradeapi_disabled = True
    assert market.send(type=BUY) is None
    assert market.terminal.last_error()[0] == c.RES_E_AUTO_TRADING_DISABLED
    assert market.terminal.terminal_info().tradeapi_disabled is True
    assert market.send(volume=None) is None
    assert market.terminal.last_error()[0] == c.RES_E_INVALID_PARAMS, "types come first (R30)"


@pytest.mark.parametrize("code", [10006, 10007, 10011, 10012, 10020, 10028])
def test_r35_codes_that_only_a_test_asks_for(code: int) -> None:
    market = Market()
    market.terminal.permissions.refusals.append(code)
    assert market.send(type=BUY).retcode == code
    assert market.send(type=BUY).retcode == 10009
    assert len(market.deals()) == 1


def test_r35_too_many_requests() -> None:
    market = Market(requests_per_second=2)
    codes = [market.send(type=BUY).retcode for _ in range(4)]
    assert codes == [10009, 10009, 10024, 10024]
    market.clock.advance(1)
    assert market.send(type=BUY).retcode == 10009


def test_r35_no_change() -> None:
    market = Market()
    ticket = market.send(type=BUY, sl=1.0).order
    assert market.send(action=SLTP, position=ticket, sl=1.0).retcode == 10025
    order = market.place(BUY_LIMIT, 1.05, sl=1.0).order
    modify = {"action": MODIFY, "order": order}
    assert market.send(**modify, price=1.05, sl=1.0).retcode == 10025
    assert market.send(**modify, price=1.05).retcode == 10009


# R32: two faults at once, the earlier one wins. In the order of the checks:
FAULTS: list[tuple[int, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (10013, {}, {}, {"symbol": "NOPE"}),
    (10035, {}, {}, {"type": BUY_LIMIT}),
    (10017, {"trade_mode": 0}, {}, {}),
    (10014, {}, {}, {"volume": 0.001}),
    (10030, {"filling_mode": 0}, {}, {}),
    (10018, {"trade_sessions": ("Sun 00:00-01:00",)}, {"hours": "market"}, {}),
    (10016, {}, {}, {"sl": 1.2}),
    (10034, {"volume_limit": 0.0005}, {}, {}),
    (10019, {}, {"balance": 0.0001}, {}),
]
PAIRS = [(one, other) for i, one in enumerate(FAULTS) for other in FAULTS[i + 1 :]]


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=lambda case: str(case[0]))
def test_r32_of_two_faults_the_earlier_is_told(first: Any, second: Any) -> None:
    spec, settings = {**second[1], **first[1]}, {**second[2], **first[2]}
    market = Market(spec=spec, **settings)
    assert market.send(**{"type": BUY, **second[3], **first[3]}).retcode == first[0]


def test_r33_a_check_that_fails_early_has_no_figures() -> None:
    market = Market()
    request = {"action": DEAL, "symbol": "EURUSD", "volume": 0.001, "type": BUY}
    checked = market.terminal.order_check(request)
    assert (checked.retcode, checked.balance, checked.margin) == (10014, 0.0, 0.0)


def test_r34_a_check_answers_with_the_account_after_the_operation() -> None:
    market = Market()
    market.send(type=BUY, volume=1.0)
    account = market.terminal.account_info()
    request = {"action": DEAL, "symbol": "EURUSD", "volume": 0.5, "type": BUY}
    checked = market.terminal.order_check(request)
    assert (checked.retcode, checked.margin) == (0, 1650.15)  # 1100.10 and 550.05
    assert checked.margin_free == pytest.approx(checked.equity - checked.margin)
    assert (checked.balance, checked.equity) == (account.balance, account.equity)
    opposite = market.terminal.order_check({**request, "type": SELL})
    assert opposite.margin == 1100.10, "an opposite order does not lower it"
    poor = market.terminal.order_check({**request, "volume": 50.0})
    assert (poor.retcode, poor.margin > 50_000) == (10019, True)


def test_r36_the_fields_of_answers() -> None:
    market = Market()
    placed = market.place(BUY_LIMIT, 1.05)
    assert (placed.retcode, placed.deal, placed.volume, placed.price) == (10009, 0, 0.1, 0.0)
    assert (placed.bid, placed.ask) == (1.1, 1.1001)
    ticket = market.send(type=BUY).order
    stops = market.send(action=SLTP, position=ticket, sl=1.0)
    assert stops[:7] == (10009, 0, 0, 0.0, 0.0, 0.0, 0.0)
    done = market.send(type=BUY)
    assert done.deal == market.deals()[-1].ticket  # R37: nothing has to be looked up
    assert done.order == market.deals()[-1].order
    assert done.comment == "Request executed"


def test_r38_request_ids_grow_and_no_outside_system_answers() -> None:
    market = Market()
    answers = [market.send(type=BUY) for _ in range(3)]
    assert [one.retcode_external for one in answers] == [0, 0, 0]
    ids = [one.request_id for one in answers]
    assert ids == sorted(set(ids))


@pytest.mark.parametrize(
    ("mode", "request_", "code"),
    [
        # R39: one lot long; netting lets an opposite pending order reduce
        ("hedging", {"type": SELL, "position": True, "volume": 0.5}, 10009),
        ("hedging", {"type": SELL, "volume": 0.5}, 10044),
        ("hedging", {"action": PENDING, "type": 3, "price": 1.2, "volume": 0.5}, 10044),
        ("netting", {"type": SELL, "volume": 0.5}, 10009),
        ("netting", {"type": SELL, "volume": 1.5}, 10044),
        ("netting", {"type": BUY, "volume": 0.5}, 10044),
        ("netting", {"action": PENDING, "type": 3, "price": 1.2, "volume": 0.5}, 10009),
        ("netting", {"action": PENDING, "type": 2, "price": 1.0, "volume": 0.5}, 10044),
    ],
)
def test_r39_close_only(mode: str, request_: dict[str, Any], code: int) -> None:
    market = Market(margin_mode=mode, balance=100_000.0)
    ticket = market.send(type=BUY, volume=1.0).order
    symbols = market.terminal.market.symbols
    symbols["EURUSD"] = dataclasses.replace(symbols["EURUSD"], trade_mode=3)
    if "position" in request_:
        request_ = {**request_, "position": ticket}
    assert market.send(**request_).retcode == code


def test_r40_outside_trading_hours_nothing_is_accepted_and_nothing_executes() -> None:
    spec = {"trade_sessions": ("Mon-Fri 08:00-11:00, 12:00-21:00",)}
    market = Market(spec=spec, hours="market", balance=100_000.0)
    ticket = market.send(type=BUY, sl=1.0950).order
    order = market.place(BUY_LIMIT, 1.0960).order
    market.clock.set("2026-01-05T11:30:00")
    market.terminal.feed("EURUSD", 1.0940, 1.0941)
    assert market.terminal.positions_total() == 1
    for request in (
        {"type": BUY}, {"action": REMOVE, "order": order},
        {"action": MODIFY, "order": order, "price": 1.0},
        {"action": SLTP, "position": ticket, "sl": 1.0},
    ):  # fmt: skip
        assert market.send(**request).retcode == 10018
    market.clock.set("2026-01-05T12:00:00")
    assert len(market.deals()) == 1, "it waits for a tick"
    market.quote(1.0940, 1.0941)
    assert [deal.reason for deal in market.deals()] == [3, 3, 4]
