"""What the terminal says of itself, field by field."""

from __future__ import annotations

import dataclasses

from mas.clock import ManualClock
from mas.sim import SimSettings, SimTerminal, built_in


def opened(**settings: object) -> SimTerminal:
    terminal = SimTerminal(SimSettings(**settings), clock=ManualClock("2026-01-05T10:00:00"))  # type: ignore[arg-type]
    terminal.initialize()
    return terminal


def test_the_terminal() -> None:
    assert opened().terminal_info()._asdict() == {
        "community_account": False, "community_connection": False, "connected": True,
        "dlls_allowed": False, "trade_allowed": True, "tradeapi_disabled": False,
        "email_enabled": False, "ftp_enabled": False, "notifications_enabled": False,
        "mqid": False, "build": 5000, "maxbars": 100_000, "codepage": 0, "ping_last": 0,
        "community_balance": 0.0, "retransmission": 0.0, "company": "masjupyter",
        "name": "MAS simulated terminal", "language": "English", "path": "", "data_path": "",
        "commondata_path": "",
    }  # fmt: skip
    assert opened().version() == (500, 5000, "1 Nov 2026")


def test_the_account() -> None:
    assert opened(login=7, balance=123.456, leverage=30).account_info()._asdict() == {
        "login": 7, "trade_mode": 0, "leverage": 30, "limit_orders": 0, "margin_so_mode": 0,
        "trade_allowed": True, "trade_expert": True, "margin_mode": 2, "currency_digits": 2,
        "fifo_close": False, "balance": 123.46, "credit": 0.0, "profit": 0.0, "equity": 123.46,
        "margin": 0.0, "margin_free": 123.46, "margin_level": 0.0, "margin_so_call": 100.0,
        "margin_so_so": 50.0, "margin_initial": 0.0, "margin_maintenance": 0.0, "assets": 0.0,
        "liabilities": 0.0, "commission_blocked": 0.0, "name": "Paper account",
        "server": "MAS-Sim", "currency": "USD", "company": "masjupyter simulated terminal",
    }  # fmt: skip


def test_a_symbol_shows_its_specification_and_its_quote() -> None:
    terminal = opened()
    for name, spec in built_in().items():
        info = terminal.symbol_info(name)._asdict()
        for key in (field.name for field in dataclasses.fields(spec)):
            if key in info and key != "trade_tick_value":
                assert info[key] == getattr(spec, key), (name, key)
        quote = terminal.symbol_info_tick(name)
        assert (info["bid"], info["ask"], info["last"]) == (quote.bid, quote.ask, quote.last)
        assert (info["time"], info["volume_real"]) == (quote.time, quote.volume_real)
        assert info["spread"] == round((quote.ask - quote.bid) / spec.point)
        assert info["spread_float"] is True
        assert (info["select"], info["visible"], info["custom"]) == (True, True, False)


def test_an_order_a_position_and_a_tick() -> None:
    terminal = opened(balance=10_000)
    terminal.feed("EURUSD", 1.1, 1.1002)
    now = terminal.clock.now_ms()
    market = {"action": 1, "symbol": "EURUSD", "volume": 0.2, "type": 1, "sl": 1.2, "tp": 1.0}
    ticket = terminal.order_send({**market, "magic": 5, "comment": "c"}).order
    assert terminal.positions_get()[0]._asdict() == {
        "ticket": ticket, "time": now // 1000, "time_msc": now, "time_update": now // 1000,
        "time_update_msc": now, "type": 1, "magic": 5, "identifier": ticket, "reason": 3,
        "volume": 0.2, "price_open": 1.1, "sl": 1.2, "tp": 1.0, "price_current": 1.1002,
        "swap": 0.0, "profit": -4.0, "symbol": "EURUSD", "comment": "c", "external_id": "",
    }  # fmt: skip
    ends = now // 1000 + 500
    pending = {
        "action": 5, "symbol": "EURUSD", "volume": 0.3, "type": 7, "price": 1.09,
        "stoplimit": 1.095, "sl": 1.2, "tp": 1.0, "magic": 6, "comment": "d", "type_time": 2,
        "expiration": ends, "type_filling": 2,
    }  # fmt: skip
    order = terminal.order_send(pending).order
    wanted = {
        "ticket": order, "time_setup": now // 1000, "time_setup_msc": now, "time_done": 0,
        "time_done_msc": 0, "time_expiration": ends, "type": 7, "type_time": 2,
        "type_filling": 2, "state": 1, "magic": 6, "position_id": 0, "position_by_id": 0,
        "reason": 3, "volume_initial": 0.3, "volume_current": 0.3, "price_open": 1.09,
        "sl": 1.2, "tp": 1.0, "price_current": 1.1, "price_stoplimit": 1.095,
        "symbol": "EURUSD", "comment": "d", "external_id": "",
    }  # fmt: skip
    assert terminal.orders_get()[0]._asdict() == wanted
    terminal.order_send({"action": 8, "order": order})
    gone = terminal.history_orders_get(ticket=order)[0]._asdict()
    changed = {"time_done": now // 1000, "time_done_msc": now, "state": 2, "price_current": 0.0}
    assert gone == {**wanted, **changed}
    assert terminal.symbol_info_tick("EURUSD")._asdict() == {
        "time": now // 1000, "bid": 1.1, "ask": 1.1002, "last": 0.0, "volume": 0,
        "time_msc": now, "flags": 6, "volume_real": 0.0,
    }  # fmt: skip
