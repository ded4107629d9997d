"""Facts that are told to clients. Frozen: a fact, once made, is never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from mas.clock import naive_utc

if TYPE_CHECKING:
    from mas.pushes import ExecutionPush, StatusPush
    from mas.terminal.types import TradeDeal, TradeRequest

DONE = frozenset({10008, 10009, 10010})
"""Return codes of requests that were carried out, at least in part (R35)."""

SIDES = ("buy", "sell")
ENTRIES = ("in", "out", "inout", "out_by")
REASONS = (
    "client",
    "mobile",
    "web",
    "expert",
    "sl",
    "tp",
    "so",
    "rollover",
    "vmargin",
    "split",
)


class OrderStatus(Struct, frozen=True, kw_only=True):
    """The trade server's answer to a request, or a later change of an order's state.

    Attributes
    ----------
    order : int
        Order ticket; 0 when the request never became an order.
    status : int
        ``ORDER_STATE_*`` (R114).
    retcode : int
        ``TRADE_RETCODE_*``; -1 when the answer never came.
    message : str
        The answer in words, one line.
    request : TradeRequest or None
        The request as it was sent; None when it is not known whether any was made.
    action : str or None
        ``"modify"`` or ``"cancel"``; None for ``send_order``.
    time_msc : int
        Epoch milliseconds.
    """

    order: int
    status: int
    retcode: int
    message: str
    request: TradeRequest | None
    action: str | None = None
    symbol: str = ""
    time_msc: int = 0

    @property
    def ok(self) -> bool:
        """Whether the request was carried out, at least in part."""
        return self.retcode in DONE

    def asked(self) -> dict[str, Any]:
        """Return the request with the names of its fields, empty where there is none."""
        return {} if self.request is None else self.request._asdict()

    def as_dict(self) -> StatusPush:
        """Return the documented ``status_data``."""
        data: StatusPush = {
            "status": self.status,
            "retcode": self.retcode,
            "message": self.message,
            "request": self.asked(),
        }
        if self.action is not None:
            data["action"] = self.action
        return data


class Execution(Struct, frozen=True, kw_only=True):
    """One deal, as told to the client.

    Attributes
    ----------
    type, entry, reason : str
        ``buy`` or ``sell``; ``in``, ``out``, ``inout`` or ``out_by``; ``expert``, ``sl``, ``tp``,
        ``so`` and so on.
    price, volume : float
        Price units; lots.
    profit, commission, swap, fee : float
        Account currency, signed.
    time_msc : int
        Epoch milliseconds, UTC.
    """

    deal: int
    order: int
    position: int
    symbol: str
    type: str
    entry: str
    reason: str
    price: float
    volume: float
    time_msc: int
    profit: float = 0.0
    commission: float = 0.0
    swap: float = 0.0
    fee: float = 0.0
    magic: int = 0
    comment: str = ""

    @classmethod
    def from_deal(cls, deal: TradeDeal) -> Execution:
        """Make the fact from the terminal's deal; balance operations are none (R121)."""
        return cls(
            deal=deal.ticket,
            order=deal.order,
            position=deal.position_id,
            symbol=deal.symbol,
            type=SIDES[deal.type],
            entry=ENTRIES[deal.entry],
            reason=REASONS[deal.reason] if 0 <= deal.reason < len(REASONS) else str(deal.reason),
            price=deal.price,
            volume=deal.volume,
            time_msc=deal.time_msc,
            profit=deal.profit,
            commission=deal.commission,
            swap=deal.swap,
            fee=deal.fee,
            magic=deal.magic,
            comment=deal.comment,
        )

    def as_fact(self) -> dict[str, Any]:
        """Return all fields as they are, for the journal."""
        return {name: getattr(self, name) for name in self.__struct_fields__}

    def as_dict(self) -> ExecutionPush:
        """Return the documented ``execution_data``; ``time`` is naive and means UTC."""
        return {
            "price": self.price,
            "volume": self.volume,
            "symbol": self.symbol,
            "time": naive_utc(self.time_msc),
            "type": self.type,
            "deal": self.deal,
            "position": self.position,
            "entry": self.entry,
            "reason": self.reason,
            "profit": self.profit,
            "commission": self.commission,
            "swap": self.swap,
            "fee": self.fee,
            "magic": self.magic,
            "comment": self.comment,
            "time_msc": self.time_msc,
        }
