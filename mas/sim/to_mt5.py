"""The simulated terminal's own objects as the named tuples of the MetaTrader5 package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mas.sim.settings import MARGIN_MODES, STOP_OUT_MODES
from mas.terminal import constants as c
from mas.terminal.orderkind import KINDS
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
    from mas.sim.broker import Broker
    from mas.sim.holdings import Order, Position
    from mas.sim.market import Depth
    from mas.sim.permissions import Permissions
    from mas.sim.streams import Quote
    from mas.sim.symbols import Symbol

BUILD = 5000
_ZERO = {"int": 0, "float": 0.0, "str": "", "bool": False}


_NO_SYMBOL = {
    name: _ZERO[getattr(text, "__forward_arg__", str(text))]
    for name, text in SymbolInfo.__annotations__.items()
}


COPIED = (
    "chart_mode", "currency_base", "currency_margin", "currency_profit", "description",
    "expiration_mode", "expiration_time", "filling_mode", "margin_hedged",
    "margin_hedged_use_leg", "margin_initial", "margin_maintenance", "name", "order_gtc_mode",
    "order_mode", "path", "point", "start_time", "swap_long", "swap_mode", "swap_rollover3days",
    "swap_short", "ticks_bookdepth", "trade_calc_mode", "trade_contract_size", "trade_exemode",
    "trade_freeze_level", "trade_liquidity_rate", "trade_mode", "trade_stops_level",
    "trade_tick_size", "volume_limit", "volume_max", "volume_min", "volume_step",
)  # fmt: skip
"""What a specification fixes and ``symbol_info`` shows as it is."""
DEALT = c.TICK_FLAG_LAST | c.TICK_FLAG_VOLUME


def tick(symbol: Symbol, quote: Quote) -> Tick:
    """Return a quote as a tick whose bid and ask are new (R170)."""
    time, bid, ask, last, volume = quote
    flags = c.TICK_FLAG_BID | c.TICK_FLAG_ASK | (DEALT if last else 0)
    price = symbol.price
    return Tick(
        time // 1000, price(bid), price(ask), price(last), int(volume), time, flags, float(volume)
    )


def order(fact: Order, symbol: Symbol, quote: Quote | None) -> TradeOrder:
    """Return an order, active or finished (R118)."""
    current: float
    if fact.time_done_msc:
        current = fact.price_done
    elif quote is None:
        current = 0
    elif symbol.by_last:
        current = quote.last
    else:
        current = quote.ask if KINDS[fact.type].buys else quote.bid
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
        identifier=fact.identifier,
        reason=fact.reason,
        volume=fact.volume,
        price_open=fact.price_open,
        sl=price(fact.sl),
        tp=price(fact.tp),
        price_current=price(current),
        swap=fact.swap,
        profit=profit,
        symbol=fact.symbol,
        comment=fact.comment,
        external_id="",
    )


def account(broker: Broker, permissions: Permissions) -> AccountInfo:
    """Return the account's figures (R135)."""
    valuation, settings, kept = broker.valuation, broker.settings, broker.account
    digits = valuation.money.digits
    balance, equity, margin = round(kept.balance, digits), valuation.equity(), valuation.margin()
    return AccountInfo(
        login=kept.login,
        trade_mode=c.ACCOUNT_TRADE_MODE_DEMO,
        leverage=settings.leverage,
        limit_orders=settings.limit_orders,
        margin_so_mode=STOP_OUT_MODES[settings.stop_out_mode],
        trade_allowed=permissions.account_trade_allowed and not kept.closed,
        trade_expert=permissions.trade_expert,
        margin_mode=MARGIN_MODES[settings.margin_mode],
        currency_digits=digits,
        fifo_close=settings.fifo_close,
        balance=balance,
        credit=round(kept.credit, digits),
        profit=round(equity - balance - kept.credit, digits),
        equity=equity,
        margin=margin,
        margin_free=valuation.free_margin(),
        margin_level=valuation.level(equity, margin),
        margin_so_call=settings.margin_call,
        margin_so_so=settings.stop_out,
        margin_initial=0.0,
        margin_maintenance=0.0,
        assets=valuation.assets(),
        liabilities=0.0,
        commission_blocked=round(-kept.commission_due, digits) + 0.0,
        name="Paper account",
        server=settings.server,
        currency=settings.currency,
        company="masjupyter simulated terminal",
    )


def terminal(permissions: Permissions) -> TerminalInfo:
    """Return the state of the simulated terminal."""
    return TerminalInfo(
        community_account=False,
        community_connection=False,
        connected=permissions.connected,
        dlls_allowed=False,
        trade_allowed=permissions.trade_allowed,
        tradeapi_disabled=permissions.tradeapi_disabled,
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


def book(spec: Symbol, depth: Depth) -> tuple[BookInfo, ...]:
    """Return the depth of market from the highest price to the lowest, sells first (R14).

    Where any volume deals, the largest that one order may have is shown.
    """
    rows = [(c.BOOK_TYPE_SELL, offer) for offer in reversed(depth.asks)]
    rows += [(c.BOOK_TYPE_BUY, offer) for offer in depth.bids]
    return tuple(
        BookInfo(kind, spec.price(price), int(volume), float(volume))
        for kind, price, volume in (
            (kind, row.price, min(row.volume, spec.volume_max)) for kind, row in rows
        )
    )


def symbol(
    spec: Symbol, quote: Quote | None, *, selected: bool, tick_values: tuple[float, float]
) -> SymbolInfo:
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
        "bid": spec.price(shown.bid) if shown else 0.0,
        "ask": spec.price(shown.ask) if shown else 0.0,
        "last": spec.price(shown.last) if shown else 0.0,
        "volume": int(shown.volume) if shown else 0,
        "volume_real": float(shown.volume) if shown else 0.0,
        "trade_tick_value": tick_values[0],
        "trade_tick_value_profit": tick_values[0],
        "trade_tick_value_loss": tick_values[1],
        **{name: getattr(spec, name) for name in COPIED},
    }
    return SymbolInfo(**fields)
