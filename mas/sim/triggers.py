"""What the market sets off: pending orders, stop-limits, stops, expirations, stop out.

One tick is worked through in this order (R75): expirations, pending orders by ticket with the
second stage of stop-limits, SL and TP by position ticket, margin call and stop out.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from mas.sim.account import opposite
from mas.sim.book import ORDER
from mas.sim.holdings import Order, Position
from mas.sim.market import DUST, Offer
from mas.sim.matching import limit_price, stop_hit, triggered
from mas.terminal import constants as c
from mas.terminal.orderkind import KINDS

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from mas.sim.execution import DealBooking
    from mas.sim.streams import Quote
    from mas.sim.symbols import Symbol

AGREED = frozenset({c.SYMBOL_TRADE_EXECUTION_INSTANT, c.SYMBOL_TRADE_EXECUTION_REQUEST})
"""Executions in which the price was agreed on before (R82)."""


class Triggers:
    """Works through quotes; :class:`mas.sim.runner.Runner` says which ones matter."""

    def __init__(self, execution: DealBooking) -> None:
        self.execution = execution
        self.valuation = execution.valuation
        self.account = execution.account
        self.market = execution.valuation.market
        self.settings = execution.settings
        self._fresh: set[int] = set()
        """Positions whose stops have not seen the newest quote."""

    # -- time ----------------------------------------------------------------------------------

    def expire(self) -> None:
        """Remove orders whose time is over, before they can trigger (R94, R95)."""
        ends, now = self.account.ends, self.valuation.now
        while ends and ends[0][0] <= now:
            order = self.account.orders[ends[0][1]]
            self.account.finish(order, c.ORDER_STATE_EXPIRED, now)

    # -- a tick --------------------------------------------------------------------------------

    def tick(self, symbol: str) -> None:
        """Work through what the newest quote of a symbol reaches.

        Outside trading hours nothing executes; what is reached then waits for the first tick
        inside (R40).
        """
        book = self.account.books.get(symbol)
        quote = self.valuation.quote(symbol)
        if book is None or quote is None or not self.market.is_open(symbol, self.valuation.now):
            return
        bid, ask = trigger_prices(self.market.symbols[symbol], quote)
        reached = book.hit(bid, ask)
        for kind, ticket in reached:
            if kind == ORDER:
                order = self.account.orders.get(ticket)
                if order is not None:
                    self.work_order(order, quote)
        self.settle(quote, {ticket for kind, ticket in reached if kind != ORDER})

    def settle(self, quote: Quote, reached: AbstractSet[int] = frozenset()) -> None:
        """Test the stops of positions by ticket: those reached, and those that orders have made.

        So what an order opens on a tick can be closed by the same tick (R75).
        """
        if not reached and not self._fresh:
            return
        tickets, self._fresh = reached | self._fresh, set()
        for ticket in sorted(tickets):
            position = self.account.positions.get(ticket)
            if position is not None:
                self.work_stops(position, quote)

    def work_order(self, order: Order, quote: Quote) -> None:
        """Activate a stop-limit, or deal what the quote triggers (R51).

        What is left of a closing order ends with the position that it was to close.
        """
        if order.position:
            closing = self.account.positions.get(order.position)
            if closing is None or closing.volume < order.volume_left - DUST:
                self.account.finish(order, c.ORDER_STATE_CANCELED, self.valuation.now)
                return
        symbol = self.market.symbols[order.symbol]
        bid, ask = trigger_prices(symbol, quote)
        if not triggered(order.type, order.price, bid, ask):
            return
        kind = KINDS[order.type]
        if kind.stop_limit:
            self.activate(order, quote)
        elif kind.limit:
            self.deal_limit(order, quote, improve=self.settings.price_improvement)
        else:
            self.deal_market(order, quote)

    def activate(self, order: Order, quote: Quote) -> None:
        """Turn a stop-limit order into the limit order of its second stage (R57, R58).

        The ticket stays, the price becomes that of ``stoplimit``, the filling RETURN; a BOC order
        stays one (R86). A limit that is marketable at once deals on the same tick at the better
        price of the market, but a BOC is cancelled.
        """
        passive = order.type_filling == c.ORDER_FILLING_BOC
        self.account.turn(
            order,
            KINDS[order.type].next,
            self.valuation.now,
            price=order.stoplimit,
            stoplimit=0,
            type_filling=c.ORDER_FILLING_BOC if passive else c.ORDER_FILLING_RETURN,
        )
        if not triggered(order.type, order.price, quote.bid, quote.ask):
            return
        if passive:
            self.account.finish(order, c.ORDER_STATE_CANCELED, self.valuation.now)
        else:
            self.deal_limit(order, quote, improve=True)

    def deal_limit(self, order: Order, quote: Quote, *, improve: bool) -> None:
        """Deal a limit order at its price, or with `improve` at better offers (R72, R74)."""
        buy = KINDS[order.type].buys
        touch = quote.ask if buy else quote.bid
        # The best offer counts even beyond the price: on an exchange a deal at it triggered (R53).
        bound = max(order.price, touch) if buy else min(order.price, touch)
        offers = self.offers(order, quote, bound)
        self._deal(order, quote, [
            Offer(limit_price(order.price, price, buy=buy, improve=improve), volume)
            for price, volume in offers
        ])  # fmt: skip

    def deal_market(self, order: Order, quote: Quote) -> None:
        """Deal a stop that was reached, or what is left of a market order (R71).

        A stop has become a market order and takes the quote, also after a gap. With RETURN, what
        finds no offer waits for the next ticks as a market order.
        """
        offers = self.market_offers(order, quote)
        kind = KINDS[order.type]
        if not kind.market and order.type_filling == c.ORDER_FILLING_RETURN:
            short = sum(volume for _, volume in offers) < order.volume_left - DUST
            if short and self.affords(order, quote):
                self.account.turn(order, kind.next, self.valuation.now)
        self._deal(order, quote, offers)

    def _deal(self, order: Order, quote: Quote, offers: list[Offer]) -> None:
        """Book the fills of an active order; what its filling does not allow ends it (R87).

        Too little free margin rejects it (R77, R125).
        """
        now = self.valuation.now
        if not self.affords(order, quote):
            self.account.finish(order, c.ORDER_STATE_REJECTED, now)
            return
        if offers:
            self.execution.fill(order, offers)
        filling = order.type_filling
        if order.volume_left > 0 and filling in {c.ORDER_FILLING_FOK, c.ORDER_FILLING_IOC}:
            self.account.finish(order, c.ORDER_STATE_CANCELED, now)
        self.dealt(order)

    def dealt(self, order: Order) -> None:
        """Note the position that an order has opened or changed, for :meth:`settle`."""
        account = self.account
        hedging = self.settings.hedging
        position = (
            account.positions.get(order.ticket) if hedging else account.position_of(order.symbol)
        )
        if position is not None and (position.sl or position.tp):
            self._fresh.add(position.ticket)

    def affords(self, order: Order, quote: Quote) -> bool:
        """Tell whether the free margin covers a pending order that is to deal now (R125)."""
        symbol = self.market.symbols[order.symbol]
        buy = KINDS[order.type].buys
        price = symbol.price(quote.ask if buy else quote.bid)
        kind, volume = c.ORDER_TYPE_BUY if buy else c.ORDER_TYPE_SELL, order.volume_left
        if self.valuation.affords_more(self.valuation.order_margin(symbol, kind, price, volume)):
            return True
        margin = self.valuation.margin_with(symbol, kind, volume, price, instead=order)
        return self.valuation.affords(margin) or margin <= self.valuation.margin()

    def offers(self, order: Order, quote: Quote, limit: int | None) -> list[Offer]:
        """Take what the market offers an order: all at the quote, or what the depth has (R88)."""
        buy = KINDS[order.type].buys
        if self.market.unlimited(order.symbol):
            return [Offer(quote.ask if buy else quote.bid, order.volume_left)]
        depth = self.market.depth(order.symbol, quote)
        whole = order.type_filling == c.ORDER_FILLING_FOK
        if whole and depth.available(limit, buy=buy) < order.volume_left - DUST:
            return []
        return depth.take(order.volume_left, limit, buy=buy)

    def market_offers(self, order: Order, quote: Quote) -> list[Offer]:
        """Take what the market offers an order that takes any price, with the slippage set."""
        offers = self.offers(order, quote, None)
        points = self.settings.slippage
        if not points:
            return offers
        if self.market.symbols[order.symbol].trade_exemode in AGREED:
            return offers
        if self.settings.slippage_mode == "random":
            points = drawn(self.settings.seed, order.ticket, points)
        worse = points if KINDS[order.type].buys else -points
        return [Offer(max(price + worse, 1), volume) for price, volume in offers]

    # -- stops ---------------------------------------------------------------------------------

    def work_stops(self, position: Position, quote: Quote) -> None:
        """Close a position whose SL or TP the quote has reached (R52, R66, R71, R74).

        A stop loss takes the market, a take profit its own price, or with ``price_improvement``
        the better quote. What finds no offer stays, and fires again on the next such tick.
        """
        symbol = self.market.symbols[position.symbol]
        bid, ask = trigger_prices(symbol, quote)
        reason = stop_hit(position.type, position.sl, position.tp, bid, ask)
        if reason is None:
            return
        stopped = reason == c.ORDER_REASON_SL
        level = position.sl if stopped else position.tp
        text = f"{'sl' if stopped else 'tp'} {symbol.price(level):.{symbol.digits}f}"
        text = self.settings.shown_comment(text)
        self.server_close(position, reason, quote, text, own=0 if stopped else level)

    def server_close(
        self, position: Position, reason: int, quote: Quote, text: str, *, own: int = 0
    ) -> bool:
        """Close a position by an order of the server, and tell whether any of it dealt (R120).

        Parameters
        ----------
        own : int
            Price of a take profit, points; 0 takes the market.
        """
        symbol = self.market.symbols[position.symbol]
        volume = position.volume
        if reason == c.ORDER_REASON_SO:
            volume = min(volume, symbol.volume_max)  # R70, R153
        order = Order(
            self.account.new_order_ticket(), position.symbol, opposite(position), volume,
            own, self.valuation.now, magic=position.magic, comment=text, reason=reason,
            position_id=position.identifier, position=position.ticket, volume_left=volume,
            type_filling=c.ORDER_FILLING_IOC,
        )  # fmt: skip
        offers = self.offers(order, quote, None) if own else self.market_offers(order, quote)
        if not offers:
            self.account.next_order -= 1  # nothing happened, so no ticket is spent
            return False
        if own:
            improve, buy = self.settings.price_improvement, KINDS[order.type].buys
            offers = [
                Offer(limit_price(own, price, buy=buy, improve=improve), volume)
                for price, volume in offers
            ]
        order.price = offers[0].price
        self.execution.fill(order, offers)
        if order.volume_left > 0:
            self.account.finish(order, c.ORDER_STATE_CANCELED, self.valuation.now)
        return True


def drawn(seed: int, ticket: int, most: int) -> int:
    """Return a number from 0 to `most` that belongs to an order, the same in every run."""
    digest = hashlib.blake2b(f"slippage {seed} {ticket}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") % (most + 1)


def trigger_prices(symbol: Symbol, quote: Quote) -> tuple[int, int]:
    """Return the prices at which sells and buys trigger: bid and ask, or the last deal (R53)."""
    return (quote.last, quote.last) if symbol.by_last else (quote.bid, quote.ask)
