"""A slow broker that walks every tick: what the fast one is compared with.

Written from the rules alone, for forex symbols quoted in the account's currency, USD. Prices are
whole points. It carries out what it is told; what is refused it never hears of.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

BUY, SELL, BUY_LIMIT, SELL_LIMIT, BUY_STOP, SELL_STOP, BUY_SL, SELL_SL = range(8)
FILLED, CANCELED, REJECTED, EXPIRED = 4, 2, 5, 6
IN, OUT, INOUT = 0, 1, 2
EXPERT, SL, TP, SO = 3, 4, 5, 6
POINT = Decimal("0.00001")
SIZE = Decimal(100_000)


def cents(money: Decimal) -> Decimal:
    return money.quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass
class Waiting:
    """A pending order."""

    ticket: int
    symbol: str
    kind: int
    volume: Decimal
    price: int
    limit: int = 0
    sl: int = 0
    tp: int = 0
    ends: int = 0


@dataclass
class Held:
    """A position; `money` is the margin of a lot, fixed when its volume changed."""

    ticket: int
    identifier: int
    symbol: str
    buy: bool
    volume: Decimal
    price: Decimal
    money: Decimal
    sl: int = 0
    tp: int = 0


@dataclass
class Matcher:
    """One account."""

    balance: Decimal
    hedging: bool
    improve: bool = False
    leverage: int = 100
    next_ticket: int = 1_000_001
    now: int = 0
    orders: list[Waiting] = field(default_factory=list)
    positions: list[Held] = field(default_factory=list)
    quotes: dict[str, tuple[int, int]] = field(default_factory=dict)
    deals: list[tuple[Any, ...]] = field(default_factory=list)
    ended: dict[int, tuple[int, int]] = field(default_factory=dict)
    fresh: set[int] = field(default_factory=set)

    # -- what the client asks ------------------------------------------------------------------

    def ticket(self) -> int:
        self.next_ticket += 1
        return self.next_ticket - 1

    def market(self, symbol: str, kind: int, volume: Decimal, sl: int, tp: int, close: int) -> int:
        ticket = self.ticket()
        bid, ask = self.quotes[symbol]
        order = Waiting(ticket, symbol, kind, volume, 0, 0, sl, tp)
        self.deal(order, ask if kind == BUY else bid, EXPERT, close)
        self.ended[ticket] = (FILLED, self.now)
        self.stops(symbol)
        return ticket

    def pending(self, order: Waiting) -> None:
        order.ticket = self.ticket()
        self.orders.append(order)
        self.trigger(order)
        self.stops(order.symbol)

    def remove(self, ticket: int) -> None:
        self.orders = [one for one in self.orders if one.ticket != ticket]
        self.ended[ticket] = (CANCELED, self.now)

    def protect(self, ticket: int, sl: int, tp: int) -> None:
        for one in self.positions:
            if one.ticket == ticket:
                one.sl, one.tp = sl, tp

    # -- what the market does ------------------------------------------------------------------

    def tick(self, time: int, symbol: str, bid: int, ask: int) -> None:
        """One quote: expirations, orders by ticket, stops by ticket, stop out (R75)."""
        self.until(time)
        self.quotes[symbol] = (bid, ask)
        for order in sorted(self.orders, key=lambda one: one.ticket):
            if order.symbol == symbol:
                self.trigger(order)
        self.stops(symbol, everything=True)
        self.stop_out()

    def until(self, time: int) -> None:
        """Let time pass: orders expire before the tick of that time (R94)."""
        for order in sorted(self.orders, key=lambda one: (one.ends, one.ticket)):
            if order.ends and order.ends <= time:
                self.orders.remove(order)
                self.ended[order.ticket] = (EXPIRED, order.ends)
        self.now = time

    def trigger(self, order: Waiting) -> None:
        bid, ask = self.quotes[order.symbol]
        if not self.fires(order.kind, order.price, bid, ask):
            return
        buys = order.kind in (BUY_LIMIT, BUY_STOP, BUY_SL)
        touch = ask if buys else bid
        price = touch
        if order.kind in (BUY_SL, SELL_SL):
            order.kind = BUY_LIMIT if order.kind == BUY_SL else SELL_LIMIT
            order.price, order.limit = order.limit, 0
            if not self.fires(order.kind, order.price, bid, ask):
                return
        elif order.kind in (BUY_LIMIT, SELL_LIMIT) and not self.improve:
            price = order.price
        self.orders.remove(order)
        if not self.affords(order, touch):
            self.ended[order.ticket] = (REJECTED, self.now)
            return
        self.deal(order, price, EXPERT, 0)
        self.ended[order.ticket] = (FILLED, self.now)

    @staticmethod
    def fires(kind: int, price: int, bid: int, ask: int) -> bool:
        return {
            BUY_LIMIT: ask <= price, BUY_STOP: ask >= price, BUY_SL: ask >= price,
            SELL_LIMIT: bid >= price, SELL_STOP: bid <= price, SELL_SL: bid <= price,
        }[kind]  # fmt: skip

    def stops(self, symbol: str, *, everything: bool = False) -> None:
        fresh, self.fresh = self.fresh, set()
        for one in sorted(self.positions, key=lambda held: held.ticket):
            if one.symbol == symbol and (everything or one.ticket in fresh):
                bid, ask = self.quotes[symbol]
                if one.buy:
                    hit_sl, hit_tp = one.sl and bid <= one.sl, one.tp and bid >= one.tp
                else:
                    hit_sl, hit_tp = one.sl and ask >= one.sl, one.tp and ask <= one.tp
                market = bid if one.buy else ask
                if hit_sl:
                    self.close(one, market, SL)
                elif hit_tp:
                    self.close(one, market if self.improve else one.tp, TP)

    def close(self, held: Held, price: int, reason: int) -> None:
        kind = SELL if held.buy else BUY
        order = Waiting(self.ticket(), held.symbol, kind, held.volume, price)
        self.deal(order, price, reason, held.ticket)
        self.ended[order.ticket] = (FILLED, self.now)

    def stop_out(self) -> None:
        """At 50 percent or below close what has lost most, until it is above (R151, R155)."""
        while self.positions:
            margin, equity = self.margin(), self.equity()
            if margin == 0 and equity >= 0:
                return
            if margin and 100 * equity > 50 * margin:
                return
            worst = min(self.positions, key=lambda one: (self.floating(one), one.ticket))
            bid, ask = self.quotes[worst.symbol]
            self.close(worst, bid if worst.buy else ask, SO)

    # -- deals ---------------------------------------------------------------------------------

    def deal(self, order: Waiting, points: int, reason: int, close: int) -> None:
        price, buys = points * POINT, order.kind % 2 == 0
        held = self.concerned(order, close)
        if held is None:
            new = Held(order.ticket, order.ticket, order.symbol, buys, order.volume, price,
                       self.per_lot(price), order.sl, order.tp)  # fmt: skip
            self.positions.append(new)
            self.note(order, new, IN, points, Decimal(0), reason)
        elif held.buy == buys:
            volume = held.volume + order.volume
            held.price = (held.volume * held.price + order.volume * price) / volume
            held.volume, held.sl, held.tp, held.money = (
                volume,
                order.sl,
                order.tp,
                self.per_lot(price),
            )
            self.note(order, held, IN, points, Decimal(0), reason)
        elif order.volume > held.volume:
            profit = self.result(held, held.volume, price)
            held.volume = order.volume - held.volume
            held.buy, held.price, held.ticket = buys, price, order.ticket
            held.sl, held.tp, held.money = order.sl, order.tp, self.per_lot(price)
            self.note(order, held, INOUT, points, profit, reason)
        else:
            profit = self.result(held, order.volume, price)
            held.volume -= order.volume
            held.money = self.per_lot(price)
            if not held.volume:
                self.positions.remove(held)
            self.note(order, held, OUT, points, profit, reason)
        self.fresh.add(held.ticket if held is not None else order.ticket)

    def concerned(self, order: Waiting, close: int) -> Held | None:
        for one in self.positions:
            if (one.ticket == close) if (close or self.hedging) else (one.symbol == order.symbol):
                return one
        return None

    def note(
        self, order: Waiting, held: Held, entry: int, points: int, profit: Decimal, reason: int
    ) -> None:
        self.balance += profit
        self.deals.append(
            (self.now, order.ticket, order.kind % 2, entry, held.identifier, reason,
             float(order.volume), points, float(profit))
        )  # fmt: skip

    # -- figures -------------------------------------------------------------------------------

    def per_lot(self, price: Decimal) -> Decimal:
        return SIZE / self.leverage * price

    def result(self, held: Held, volume: Decimal, price: Decimal) -> Decimal:
        size = SIZE * volume
        gain = cents(price * size) - cents(held.price * size)
        return gain if held.buy else -gain

    def floating(self, held: Held) -> Decimal:
        bid, ask = self.quotes[held.symbol]
        return self.result(held, held.volume, (bid if held.buy else ask) * POINT)

    def equity(self) -> Decimal:
        return self.balance + sum((self.floating(one) for one in self.positions), Decimal(0))

    def margin(self, extra: Held | None = None) -> Decimal:
        total = Decimal(0)
        held = [*self.positions, *([extra] if extra else [])]
        for symbol in {one.symbol for one in held}:
            legs = [[one for one in held if one.symbol == symbol and one.buy is buy]
                    for buy in (True, False)]  # fmt: skip
            lots = [sum((one.volume for one in leg), Decimal(0)) for leg in legs]
            money = [sum((one.volume * one.money for one in leg), Decimal(0)) for leg in legs]
            if not self.hedging:
                total += cents(max(money))
                continue
            large = 0 if lots[0] >= lots[1] else 1
            covered = min(lots)
            total += cents((lots[large] - covered) * money[large] / lots[large])
            total += cents(covered * sum(money) / sum(lots))
        return total

    def affords(self, order: Waiting, touch: int) -> bool:
        """The free margin covers what deals, or it needs no more than there is (R77, R125)."""
        price = touch * POINT
        new = Held(
            0, 0, order.symbol, order.kind % 2 == 0, order.volume, price, self.per_lot(price)
        )
        after = self.margin(new)
        return self.equity() >= max(after, self.margin()) or after <= self.margin()
