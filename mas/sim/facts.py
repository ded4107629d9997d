"""The simulated terminal's own objects as the named tuples of the MetaTrader5 package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mas.terminal import constants as c
from mas.terminal.types import (
    AccountInfo,
    BookInfo,
    SymbolInfo,
    TerminalInfo,
    Tick,
    TradeOrder,
    TradePosition,
)

if TYPE_CHECKING:
    from mas.sim.account import Order, Position
    from mas.sim.broker import Broker
    from mas.sim.market import Quote
    from mas.sim.symbols import Symbol

BUILD = 5000
_ZERO = {"int": 0, "float": 0.0, "str": "", "bool": False}


_NO_SYMBOL = {
    name: _ZERO[getattr(text, "__forward_arg__", str(text))]
    for name, text in SymbolInfo.__annotations__.items()
}


def tick(symbol: Symbol, quote: Quote) -> Tick:
    """Return a quote as a tick whose bid and ask are new (R170)."""
    return Tick(
        time=quote.time_msc // 1000,
        bid=symbol.price(quote.bid),
        ask=symbol.price(quote.ask),
        last=0.0,
        volume=0,
        time_msc=quote.time_msc,
        flags=c.TICK_FLAG_BID | c.TICK_FLAG_ASK,
        volume_real=0.0,
    )


def order(fact: Order, symbol: Symbol, quote: Quote | None) -> TradeOrder:
    """Return an order, active or finished (R118)."""
    if fact.time_done_msc:
        current = fact.price_done
    elif quote is None:
        current = 0
    else:
        current = quote.ask if fact.type % 2 == 0 else quote.bid
    price = symbol.price
    return TradeOrder(
        ticket=fact.ticket,
        time_setup=fact.time_setup_msc // 1000,
        time_setup_msc=fact.time_setup_msc,
        time_done=fact.time_done_msc // 1000,
        time_done_msc=fact.time_done_msc,
        time_expiration=fact.expiration // 1000,
        type=fact.type,
        type_time=fact.type_time,
        type_filling=fact.type_filling,
        state=fact.state,
        magic=fact.magic,
        position_id=fact.position_id,
        position_by_id=fact.position_by_id,
        reason=fact.reason,
        volume_initial=fact.volume,
        volume_current=fact.volume_left,
        price_open=price(fact.price),
        sl=price(fact.sl),
        tp=price(fact.tp),
        price_current=price(current),
        price_stoplimit=price(fact.stoplimit),
        symbol=fact.symbol,
        comment=fact.comment,
        external_id="",
    )


def position(fact: Position, symbol: Symbol, current: int, profit: float) -> TradePosition:
    """Return an open position at its closing price, points, with its floating profit."""
    price = symbol.price
    return TradePosition(
        ticket=fact.ticket,
        time=fact.time_msc // 1000,
        time_msc=fact.time_msc,
        time_update=fact.time_update_msc // 1000,
        time_update_msc=fact.time_update_msc,
        type=fact.type,
        magic=fact.magic,
        identifier=fact.ticket,
        reason=fact.reason,
        volume=fact.volume,
        price_open=price(fact.price_open),
        sl=price(fact.sl),
        tp=price(fact.tp),
        price_current=price(current),
        swap=fact.swap,
        profit=profit,
        symbol=fact.symbol,
        comment=fact.comment,
        external_id="",
    )


def account(broker: Broker, settings: Any, login: int) -> AccountInfo:
    """Return the account's figures (R135)."""
    digits = broker.money.digits
    balance = round(broker.account.balance, digits)
    equity, margin = broker.equity(), broker.margin()
    return AccountInfo(
        login=login,
        trade_mode=c.ACCOUNT_TRADE_MODE_DEMO,
        leverage=settings.leverage,
        limit_orders=0,
        margin_so_mode=c.ACCOUNT_STOPOUT_MODE_PERCENT,
        trade_allowed=True,
        trade_expert=True,
        margin_mode=c.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING,
        currency_digits=digits,
        fifo_close=False,
        balance=balance,
        credit=0.0,
        profit=round(equity - balance, digits),
        equity=equity,
        margin=margin,
        margin_free=round(equity - margin, digits),
        margin_level=100 * equity / margin if margin else 0.0,
        margin_so_call=broker.terms.margin_call,
        margin_so_so=broker.terms.stop_out,
        margin_initial=0.0,
        margin_maintenance=0.0,
        assets=0.0,
        liabilities=0.0,
        commission_blocked=0.0,
        name="Paper account",
        server=settings.server,
        currency=settings.currency,
        company="masjupyter simulated terminal",
    )


def terminal(*, connected: bool) -> TerminalInfo:
    """Return the state of the simulated terminal."""
    return TerminalInfo(
        community_account=False,
        community_connection=False,
        connected=connected,
        dlls_allowed=False,
        trade_allowed=True,
        tradeapi_disabled=False,
        email_enabled=False,
        ftp_enabled=False,
        notifications_enabled=False,
        mqid=False,
        build=BUILD,
        maxbars=100_000,
        codepage=0,
        ping_last=0,
        community_balance=0.0,
        retransmission=0.0,
        company="masjupyter",
        name="MAS simulated terminal",
        language="English",
        path="",
        data_path="",
        commondata_path="",
    )


def book(spec: Symbol, quote: Quote) -> tuple[BookInfo, ...]:
    """Return the depth of market: one level a side, the ask first (R14)."""
    volume = spec.volume_max
    return (
        BookInfo(c.BOOK_TYPE_SELL, spec.price(quote.ask), int(volume), volume),
        BookInfo(c.BOOK_TYPE_BUY, spec.price(quote.bid), int(volume), volume),
    )


def symbol(spec: Symbol, quote: Quote | None, *, selected: bool, tick_value: float) -> SymbolInfo:
    """Return a symbol's specification; quotes only while it is in Market Watch (R13)."""
    shown = quote if selected else None
    fields: dict[str, Any] = {
        **_NO_SYMBOL,
        "select": selected,
        "visible": selected,
        "time": shown.time_msc // 1000 if shown else 0,
        "digits": spec.digits,
        "spread": shown.ask - shown.bid if shown else 0,
        "spread_float": True,
        "trade_calc_mode": spec.calc_mode,
        "trade_mode": spec.trade_mode,
        "trade_stops_level": spec.trade_stops_level,
        "trade_freeze_level": spec.trade_freeze_level,
        "trade_exemode": spec.trade_exemode,
        "swap_rollover3days": c.DAY_OF_WEEK_WEDNESDAY,
        "expiration_mode": spec.expiration_mode,
        "filling_mode": spec.filling_mode,
        "order_mode": spec.order_mode,
        "bid": spec.price(shown.bid) if shown else 0.0,
        "ask": spec.price(shown.ask) if shown else 0.0,
        "point": spec.point,
        "trade_tick_value": tick_value,
        "trade_tick_value_profit": tick_value,
        "trade_tick_value_loss": tick_value,
        "trade_tick_size": spec.point,
        "trade_contract_size": spec.contract_size,
        "volume_min": spec.volume_min,
        "volume_max": spec.volume_max,
        "volume_step": spec.volume_step,
        "margin_hedged": spec.margin_hedged,
        "currency_base": spec.currency_base,
        "currency_profit": spec.currency_profit,
        "currency_margin": spec.currency_margin,
        "description": spec.description,
        "name": spec.name,
        "path": spec.path,
    }
    return SymbolInfo(**fields)
