"""What a fill does to the account: the deal, the position, the order's end (R100 to R123)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas.sim.account import lots, opposite
from mas.sim.holdings import Order, Position
from mas.sim.matching import averaged
from mas.sim.money import rounded
from mas.terminal import constants as c
from mas.terminal.orderkind import KINDS
from mas.terminal.types import TradeDeal
from mas.timeunits import SECOND_MS

if TYPE_CHECKING:
    from mas.sim.market import Offer
    from mas.sim.symbols import Symbol
    from mas.sim.valuation import Valuation


class DealBooking:
    """Books fills; the one place where deals are made."""

    def __init__(self, valuation: Valuation) -> None:
        self.valuation = valuation
        self.account = valuation.account
        self.money = valuation.money
        self.settings = valuation.settings
        self.symbols = valuation.market.symbols

    # -- fills ---------------------------------------------------------------------------------

    def fill(self, order: Order, offers: list[Offer]) -> list[TradeDeal]:
        """Deal an order at the prices and volumes it has met; it ends when nothing is left."""
        account = self.account
        if len(offers) == 1 and offers[0][1] == order.volume and order.ticket not in account.orders:
            price, volume = offers[0]  # by far the most
            deal = self._deal(order, price, volume)
            order.volume_left, order.price_done = 0.0, float(price)
            account.finish(order, c.ORDER_STATE_FILLED, self.valuation.now)
            return [deal]
        deals = []
        for price, volume in offers:
            deals.append(self._deal(order, price, volume))
            done = lots(order.volume - order.volume_left)
            left = lots(order.volume_left - volume)
            mean = averaged(done, order.price_done, volume, price) if done else float(price)
            state = c.ORDER_STATE_PARTIAL if left > 0 else order.state
            if order.ticket in self.account.orders:
                self.account.change_order(order, volume_left=left, price_done=mean, state=state)
            else:
                order.volume_left, order.price_done, order.state = left, mean, state
        if order.volume_left <= 0:
            self.account.finish(order, c.ORDER_STATE_FILLED, self.valuation.now)
        return deals

    def _deal(self, order: Order, points: int, volume: float) -> TradeDeal:
        """Open, add to, reduce, close or reverse the position that an order concerns.

        Hedging: the position that the order names is closed, else it makes one of its own
        (R23, R104). Netting: the symbol has one position, which the order adds to or takes from
        (R101), and what is left over of an opposite order turns it round (R102).
        """
        position = self._concerned(order)
        if position is None:
            return self._open(order, points, volume)
        buy = KINDS[order.type].buys
        if (position.type == c.POSITION_TYPE_BUY) == buy:
            return self._add(order, position, points, volume)
        if volume > position.volume and not order.position:
            return self._reverse(order, position, points, volume)
        return self._reduce(order, position, points, volume)

    def _concerned(self, order: Order) -> Position | None:
        if order.position:
            return self.account.positions[order.position]
        if self.settings.hedging:
            return self.account.positions.get(order.ticket)
        return self.account.position_of(order.symbol)

    def _open(self, order: Order, points: int, volume: float) -> TradeDeal:
        symbol, now = self.symbols[order.symbol], self.valuation.now
        price, buy = symbol.price(points), KINDS[order.type].buys
        position = Position(
            order.ticket, order.ticket, order.symbol,
            c.POSITION_TYPE_BUY if buy else c.POSITION_TYPE_SELL,
            volume, price, now,
            self.money.of(symbol).margin_per_lot(price, buy, opened=True),
            order.sl, order.tp, order.magic, order.comment, order.reason, 0.0, now,
        )  # fmt: skip
        self.account.open(position)
        return self._book(order, position, c.DEAL_ENTRY_IN, volume, price)

    def _add(self, order: Order, position: Position, points: int, volume: float) -> TradeDeal:
        """Add volume at the average price; stops and magic are the new order's (R24, R103).

        On a hedging account only a further fill of the opening order adds, and changes neither.
        """
        symbol = self.symbols[order.symbol]
        source = position if self.settings.hedging else order
        price = symbol.price(points)
        mean = averaged(position.volume, position.price_open, volume, price)
        self.account.change_position(
            position,
            volume=lots(position.volume + volume),
            price_open=mean,
            margin_per_lot=self._fixed_margin(symbol, position, mean, price),
            sl=source.sl,
            tp=source.tp,
            magic=source.magic,
            time_update_msc=self.valuation.now,
        )
        return self._book(order, position, c.DEAL_ENTRY_IN, volume, price)

    def _reduce(self, order: Order, position: Position, points: int, volume: float) -> TradeDeal:
        """Realise the profit of a part and its share of the swap (R104, R113)."""
        symbol = self.symbols[order.symbol]
        price = symbol.price(points)
        profit = self.result(symbol, position, volume, price)
        return self.take_off(order, position, c.DEAL_ENTRY_OUT, volume, price, profit)

    def _reverse(self, order: Order, position: Position, points: int, volume: float) -> TradeDeal:
        """Turn a netting position round in one deal of the whole volume (R102).

        The identifier stays, the ticket becomes the order's; all of the old part is realised.
        """
        symbol, now = self.symbols[order.symbol], self.valuation.now
        price = symbol.price(points)
        profit, swap = self.result(symbol, position, position.volume, price), position.swap
        buy = KINDS[order.type].buys
        self.account.change_position(
            position,
            ticket=order.ticket,
            type=c.POSITION_TYPE_BUY if buy else c.POSITION_TYPE_SELL,
            volume=lots(volume - position.volume),
            price_open=price,
            margin_per_lot=self.money.of(symbol).margin_per_lot(price, buy, opened=True),
            time_msc=now,
            time_update_msc=now,
            sl=order.sl,
            tp=order.tp,
            magic=order.magic,
            comment=order.comment,
            swap=0.0,
        )
        return self._book(order, position, c.DEAL_ENTRY_INOUT, volume, price, profit, swap)

    def take_off(
        self,
        order: Order,
        position: Position,
        entry: int,
        volume: float,
        price: float,
        profit: float,
    ) -> TradeDeal:
        """Take volume off a position and book the deal of it, with its share of the swap."""
        left = lots(position.volume - volume)
        if left <= 0:
            swap = position.swap
            self.account.close(position)
        else:
            swap = rounded(position.swap * volume / position.volume, self.money.digits)
            symbol = self.symbols[position.symbol]
            self.account.change_position(
                position,
                volume=left,
                swap=lots(position.swap - swap),
                margin_per_lot=self._fixed_margin(symbol, position, position.price_open, price),
                time_update_msc=self.valuation.now,
            )
        return self._book(
            order, position, entry, volume, price, profit, swap, kind=opposite(position)
        )

    # -- figures of a deal ---------------------------------------------------------------------

    def result(self, symbol: Symbol, position: Position, volume: float, price: float) -> float:
        """Return the profit of closing so much of a position at a price."""
        buy = position.type == c.POSITION_TYPE_BUY
        return self.money.of(symbol).profit(volume, position.price_open, price, buy)

    def _fixed_margin(
        self, symbol: Symbol, position: Position, price: float, dealt: float
    ) -> float:
        """Return the margin per lot at the position's price, converted at the deal's (R128)."""
        buy = position.type == c.POSITION_TYPE_BUY
        terms = self.money.of(symbol)
        own = terms.margin_per_lot(price, buy, opened=True)
        at_own = terms.of_margin.rate(price, buy)
        return own / at_own * terms.of_margin.rate(dealt, buy) if at_own else 0.0

    def commission(self, order: Order, symbol: Symbol, volume: float, price: float) -> float:
        """Return what a deal costs, as a negative amount of account currency (R123)."""
        if self.settings.commission_mode == "order" and order.volume_left < order.volume:
            return 0.0  # the order has been charged with its first deal
        return self.money.of(symbol).commission(volume, price)

    def _book(  # noqa: PLR0913, PLR0917  a deal has that many facts
        self,
        order: Order,
        position: Position,
        entry: int,
        volume: float,
        price: float,
        profit: float = 0.0,
        swap: float = 0.0,
        *,
        kind: int | None = None,
    ) -> TradeDeal:
        now, account = self.valuation.now, self.account
        account.note(position, now)
        cost = 0.0
        if entry != c.DEAL_ENTRY_OUT_BY:  # R112
            order.position_id = position.identifier
            cost = self.commission(order, self.symbols[position.symbol], volume, price)
        if cost and self.settings.commission_charge != "deal":
            account.commission_due = lots(account.commission_due + cost)
            cost = 0.0
        if kind is None:
            kind = c.DEAL_TYPE_BUY if KINDS[order.type].buys else c.DEAL_TYPE_SELL
        deal = TradeDeal(
            account.next_deal, order.ticket, now // SECOND_MS, now, kind, entry, order.magic,
            position.identifier, order.reason, volume, price, cost, swap, profit, 0.0,
            position.symbol, order.comment, "",
        )  # fmt: skip
        return account.post(deal)

    def cash(self, kind: int, amount: float, comment: str = "") -> TradeDeal:
        """Book money that no trade brings: a deposit, a credit, a charge (R121, R122)."""
        now, account = self.valuation.now, self.account
        deal = TradeDeal(
            account.next_deal, 0, now // SECOND_MS, now, kind, 0, 0, 0, 0, 0.0, 0.0, 0.0, 0.0,
            amount, 0.0, "", comment, "",
        )  # fmt: skip
        return account.post(deal)

    def roll(
        self, order: Order, position: Position, entry: int, price: float, profit: float
    ) -> None:
        """Book one of the two deals of a swap by reopening; the position stays (R164)."""
        now, account = self.valuation.now, self.account
        order.position_id, order.volume_left = position.identifier, 0.0
        deal = TradeDeal(
            account.next_deal, order.ticket, now // SECOND_MS, now, order.type, entry,
            order.magic, position.identifier, c.DEAL_REASON_ROLLOVER, position.volume, price,
            0.0, 0.0, profit, 0.0, position.symbol, order.comment, "",
        )  # fmt: skip
        account.post(deal)
