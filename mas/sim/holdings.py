"""What an account holds: orders, active or finished, and open positions."""

from __future__ import annotations

from dataclasses import dataclass

from mas.terminal import constants as c


@dataclass(slots=True)
class Order:
    """An order, active or finished; prices in points, 0 for none; times in ms.

    Attributes
    ----------
    ends : int
        When it expires, 0 for never; ``expiration`` is what the terminal shows (R91).
    volume_left : float
        What is not dealt yet, lots.
    price_done : float
        Average price of its deals.
    margin_per_lot : float
        Account currency that each pending lot reserves, fixed when it is placed (R129).
    position : int
        Ticket of the position that it is to close, hedging accounts only.
    """

    ticket: int
    symbol: str
    type: int
    volume: float
    price: int
    time_setup_msc: int
    sl: int = 0
    tp: int = 0
    stoplimit: int = 0
    type_time: int = 0
    type_filling: int = 0
    expiration: int = 0
    ends: int = 0
    state: int = c.ORDER_STATE_STARTED
    magic: int = 0
    comment: str = ""
    reason: int = c.ORDER_REASON_EXPERT
    position_id: int = 0
    position_by_id: int = 0
    volume_left: float = 0.0
    time_done_msc: int = 0
    price_done: float = 0.0
    margin_per_lot: float = 0.0
    position: int = 0


@dataclass(slots=True)
class Position:
    """An open position; stops in points, 0 for none; times in ms.

    Attributes
    ----------
    identifier : int
        Ticket of the order that opened it; never changes, where the ticket may (R105).
    price_open : float
        A price, not points: the average of its deals lies between them (R101).
    margin_per_lot : float
        Account currency before the rate of the order type; fixed when the volume changes (R128).
    """

    ticket: int
    identifier: int
    symbol: str
    type: int
    volume: float
    price_open: float
    time_msc: int
    margin_per_lot: float = 0.0
    sl: int = 0
    tp: int = 0
    magic: int = 0
    comment: str = ""
    reason: int = c.POSITION_REASON_EXPERT
    swap: float = 0.0
    time_update_msc: int = 0
