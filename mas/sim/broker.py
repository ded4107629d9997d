"""The broker: carries out requests that the rules have accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mas.sim.account import lots
from mas.sim.dayend import DayEnd
from mas.sim.execution import DealBooking
from mas.sim.holdings import Order, Position
from mas.sim.market import DUST
from mas.sim.matching import triggered
from mas.sim.stopout import StopOut
from mas.sim.triggers import Triggers
from mas.sim.valuation import Valuation
from mas.terminal import constants as c
from mas.terminal.orderkind import KINDS
from mas.timeunits import DAY_MS, SECOND_MS, Ms

if TYPE_CHECKING:
    from mas.history.serverclock import ServerClock
    from mas.sim.account import Account
    from mas.sim.market import Market
    from mas.sim.settings import SimSettings
    from mas.sim.streams import Quote
    from mas.sim.symbols import Symbol
    from mas.sim.terms import Money
    from mas.terminal.types import TradeDeal, TradeRequest


class Outcome(NamedTuple):
    """What a request has come to: return code, its order, and the deals made at once."""

    retcode: int
    order: Order | None = None
    deals: tuple[TradeDeal, ...] = ()


DONE = c.TRADE_RETCODE_DONE


class Broker:
    """One account at one market: its figures, what it does, and what is done to it."""

    def __init__(
        self, account: Account, market: Market, money: Money, settings: SimSettings
    ) -> None:
        self.account = account
        self.market = market
        self.money = money
        self.settings = settings
        self.valuation = Valuation(account, market, money, settings)
        self.execution = DealBooking(self.valuation)
        self.triggers = Triggers(self.execution)
        self.stop_out = StopOut(self.triggers)
        self.day_end = DayEnd(self.execution)
        self.hedging = settings.hedging

    @property
    def now(self) -> int:
        """Time (UTC) up to which everything has happened, ms."""
        return self.valuation.now

    @now.setter
    def now(self, at: Ms) -> None:
        self.valuation.now = at

    def deal(self, request: TradeRequest, symbol: Symbol, quote: Quote) -> Outcome:
        """Deal at the market as the filling says (R87 to R89).

        All of it at once, or what there is: IOC gives up the rest, RETURN leaves it active. FOK
        without the volume, and IOC without any, end as a cancelled order and 10006.
        """
        order = self._order(request, symbol)
        offers = self.triggers.market_offers(order, quote)
        if not offers and order.type_filling != c.ORDER_FILLING_RETURN:
            self.account.finish(order, c.ORDER_STATE_CANCELED, self.now)
            return Outcome(c.TRADE_RETCODE_REJECT, order)
        deals = tuple(self.execution.fill(order, offers))
        self.triggers.dealt(order)
        if order.volume_left <= DUST:
            self.triggers.settle(quote)
            return Outcome(DONE, order, deals)
        if order.type_filling == c.ORDER_FILLING_RETURN:
            order.state = c.ORDER_STATE_PARTIAL if deals else c.ORDER_STATE_PLACED
            self.account.place(order)
        else:
            self.account.finish(order, c.ORDER_STATE_CANCELED, self.now)
        self.triggers.settle(quote)
        code = c.TRADE_RETCODE_DONE_PARTIAL if deals else c.TRADE_RETCODE_PLACED
        return Outcome(code, order, deals)

    def place(self, request: TradeRequest, symbol: Symbol, quote: Quote) -> Outcome:
        """Place a pending order; a limit that is marketable deals at once (R54, R55).

        On an exchange it takes the offers, its price or better; a BOC order is cancelled (R86).
        """
        order = self._order(request, symbol)
        order.ends, order.expiration = self._end(request, symbol)
        order.margin_per_lot = self.valuation.order_margin(symbol, order.type, request.price, 1.0)
        order.state = c.ORDER_STATE_PLACED
        marketable = KINDS[order.type].limit and triggered(
            order.type, order.price, quote.bid, quote.ask
        )
        if marketable and order.type_filling == c.ORDER_FILLING_BOC:
            self.account.finish(order, c.ORDER_STATE_CANCELED, self.now)
            return Outcome(c.TRADE_RETCODE_REJECT, order)
        self.account.place(order)
        if marketable:
            improve = symbol.exchange or self.settings.price_improvement
            self.triggers.deal_limit(order, quote, improve=improve)
        else:
            self.triggers.work_order(order, quote)
        self.triggers.settle(quote)
        return Outcome(DONE, order)

    def modify(self, order: Order, request: TradeRequest, symbol: Symbol, quote: Quote) -> Outcome:
        """Set price, stops and expiration of a pending order, absent ones to none (R21)."""
        ends, expiration = self._end(request, symbol)
        points = symbol.points
        self.account.change_order(
            order,
            price=points(request.price), stoplimit=points(request.stoplimit),
            sl=points(request.sl), tp=points(request.tp),
            type_time=request.type_time, ends=ends, expiration=expiration,
        )  # fmt: skip
        self.triggers.work_order(order, quote)
        self.triggers.settle(quote)
        return Outcome(DONE, order)

    def cancel(self, order: Order) -> Outcome:
        """Delete an active order."""
        self.account.finish(order, c.ORDER_STATE_CANCELED, self.now)
        return Outcome(DONE, order)

    def set_stops(self, position: Position, sl: int, tp: int) -> Outcome:
        """Set both stops of a position, 0 for none (R21); its update time stays (R107)."""
        self.account.set_stops(position, sl, tp)
        return Outcome(DONE)

    def close_by(self, position: Position, by: Position, request: TradeRequest) -> Outcome:
        """Close two opposite positions against each other (R109 to R112).

        One order, two deals: the first closes `position` at the open price of the other and
        carries the whole profit, the second closes the other at the first one's.
        """
        volume = min(position.volume, by.volume)
        symbol = self.market.symbols[position.symbol]
        order = Order(
            self.account.new_order_ticket(), position.symbol, c.ORDER_TYPE_CLOSE_BY, volume,
            symbol.points(by.price_open), self.now, magic=request.magic, comment=request.comment,
            position_id=position.identifier, position_by_id=by.identifier,
            price_done=symbol.points(by.price_open),
        )  # fmt: skip
        profit = self.execution.result(symbol, position, volume, by.price_open)
        prices = by.price_open, position.price_open
        deals = tuple(
            self.execution.take_off(order, leg, c.DEAL_ENTRY_OUT_BY, volume, price, gain)
            for leg, price, gain in ((position, prices[0], profit), (by, prices[1], 0.0))
        )
        self.account.finish(order, c.ORDER_STATE_FILLED, self.now)
        return Outcome(DONE, order, deals)

    # -- inside --------------------------------------------------------------------------------

    def _order(self, request: TradeRequest, symbol: Symbol) -> Order:
        scale, sl, tp, beyond = symbol.scale, request.sl, request.tp, request.stoplimit
        volume = lots(request.volume)  # 3 * 0.2 is 0.6, or netting would leave a position of 0
        return Order(
            self.account.new_order_ticket(), symbol.name, request.type, volume,
            round(request.price * scale), self.valuation.now,
            round(sl * scale) if sl else 0,
            round(tp * scale) if tp else 0,
            round(beyond * scale) if beyond else 0,
            request.type_time, request.type_filling, 0, 0, c.ORDER_STATE_STARTED,
            request.magic, request.comment, c.ORDER_REASON_EXPERT, 0, 0, volume, 0, 0.0, 0.0,
            request.position if self.hedging else 0,
        )  # fmt: skip

    def _end(self, request: TradeRequest, symbol: Symbol) -> tuple[int, int]:
        """Return when an order expires, and what the terminal shows of it, ms; 0 for never.

        DAY ends with the server's day or its last session, and shows 00:00 of the day (R91).
        SPECIFIED_DAY ends at 23:59:59, or when trading begins after it (R92).
        """
        kind, server = request.type_time, self.market.server
        if kind == c.ORDER_TIME_DAY:
            today = server.to_utc(server.day(self.now) * DAY_MS)
            if self.market.always:
                return end_of_day(self.now, server), today
            return self.market.end_of_day(symbol.name, self.now), today
        shown = request.expiration * SECOND_MS
        if kind == c.ORDER_TIME_SPECIFIED:
            return shown, shown
        if kind == c.ORDER_TIME_SPECIFIED_DAY:
            return self.market.next_open(symbol.name, end_of_day(shown, server)), shown
        return 0, 0


def end_of_day(at: Ms, server: ServerClock) -> Ms:
    """Return 23:59:59 of the server's day of a moment, both in ms (R92)."""
    return server.next_midnight(at) - SECOND_MS
