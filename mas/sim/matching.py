"""What triggers, and at which price it deals. Pure; prices are whole points."""

from __future__ import annotations

from mas.terminal import constants as c
from mas.terminal.orderkind import KINDS


def triggered(order_type: int, price: int, bid: int, ask: int) -> bool:
    """Tell whether a pending order fires on this quote (R51, R57).

    Buy orders look at the ask, sell orders at the bid; on an exchange both are the price of the
    last deal (R53). A buy limit and a sell stop fire when it is at or below their price, a sell
    limit and a buy stop when it is at or above. What has become a market order always fires.
    """
    kind = KINDS[order_type]
    if kind.market:
        return True
    touch = ask if kind.buys else bid
    return touch <= price if kind.falling else touch >= price


def limit_price(price: int, offer: int, *, buy: bool, improve: bool) -> int:
    """Return the price at which a limit meets an offer (R72, R74).

    Its own, or with `improve` the offer's where that is better; never worse than its own.
    """
    if not improve:
        return price
    return min(price, offer) if buy else max(price, offer)


def stop_hit(position_type: int, sl: int, tp: int, bid: int, ask: int) -> int | None:
    """Return the reason for which a quote closes a position: SL, TP, or None (R52).

    A long is closed at the bid, a short at the ask. Where both would fire the stop loss does.
    """
    if position_type == c.POSITION_TYPE_BUY:
        if sl and bid <= sl:
            return c.ORDER_REASON_SL
        return c.ORDER_REASON_TP if tp and bid >= tp else None
    if sl and ask >= sl:
        return c.ORDER_REASON_SL
    return c.ORDER_REASON_TP if tp and ask <= tp else None


def averaged(volume: float, price: float, more: float, price_of_more: float) -> float:
    """Return the volume-weighted average price of two volumes (R101)."""
    return (volume * price + more * price_of_more) / (volume + more)
