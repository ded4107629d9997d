"""Plays a report's orders once more, through the simulated terminal.

Its quotes are those that the report implies: at each deal the deal's price, before each midnight
with an open position the price at rollover that its swap implies, as far as the prices around it
allow. Stops and pending orders are given just before the report says that they were reached, for
their earlier changes are not in it; they must then trigger and deal by the terminal's own rules.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from mas.clock import ManualClock
from mas.report.mt5.exits import Matching, level
from mas.report.mt5.facts import BUY, CLOSING, IN, INOUT
from mas.report.mt5.nights import Nights
from mas.report.mt5.specs import conversion, guessed_specification
from mas.sim import SimSettings, SimTerminal
from mas.sim.money import rounded
from mas.terminal import constants as c
from mas.terminal.orderkind import KINDS
from mas.timeunits import DAY_MS, Ms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mas.report.mt5.exits import Exit
    from mas.report.mt5.facts import ReportDeal, ReportRecord
    from mas.sim.symbols import Symbol
    from mas.terminal.types import TradeDeal

DONE = c.TRADE_RETCODE_DONE
TICKS = 3
"""Points by which a quote is beside a level that it must not reach."""


class Played(NamedTuple):
    """What came of one deal of the report.

    Attributes
    ----------
    note : str
        Why it is not there, or what of it is taken from the report; "" for nothing.
    """

    price: float
    profit: float
    swap: float
    commission: float
    note: str = ""


class ReportReplay:
    """A report's orders in the simulated terminal.

    Parameters
    ----------
    given : mapping
        Fields of the specifications, by symbol; they count before what is inferred.

    Attributes
    ----------
    symbols : dict
        The specifications that were used.
    nights : dict
        What was found about the swaps of each symbol.
    rates : dict
        Conversion rates that profits imply, by deal number; empty where prices say them.
    """

    def __init__(self, record: ReportRecord, given: Mapping[str, Mapping[str, Any]]) -> None:
        self.record = record
        self._given = given
        self.matching = Matching(record)
        self._exits: dict[int, list[Exit]] = defaultdict(list)
        for closing in self.matching.exits:
            self._exits[closing.deal.deal].append(closing)
        self._orders = {order.order: order for order in record.orders}
        self.symbols: dict[str, Symbol] = {}
        self.nights: dict[str, Nights] = {}
        self.rates: dict[int, float] = {}
        self._pairs: dict[str, Symbol] = {}
        self._implied: dict[str, list[tuple[int, float]]] = {}
        self._specify(given)
        self._prices = self._rollovers()
        self._tickets: dict[int, int] = {}
        first = record.deals[0].time if record.deals else 0
        self._clock = ManualClock(first - 1)
        settings = account_settings(record, nets=self.matching.nets)
        symbols = self.symbols | {pair.name: pair for pair in self._pairs.values()}
        self._terminal = SimTerminal(settings, clock=self._clock, symbols=symbols)
        self._terminal.initialize()
        self._count_money()
        self._due = dict.fromkeys(self.symbols, (first // DAY_MS + 1) * DAY_MS)

    def run(self) -> dict[int, Played]:
        """Return what each deal came to, by its number in the report."""
        commissions = Commissions(self.record)
        found = {}
        for deal in self.record.deals:
            if not deal.direction:
                continue
            self._midnights(deal.time)
            made, note = self._play(deal)
            if made is None:
                found[deal.deal] = Played(0.0, 0.0, 0.0, 0.0, note)
                continue
            found[deal.deal] = Played(
                made[-1].price, sum(part.profit for part in made), sum(part.swap for part in made),
                commissions.of(deal), note,
            )  # fmt: skip
        return found

    def given_swap(self, name: str) -> bool:
        """Tell whether a symbol's swaps are given."""
        return "swap_mode" in self._given.get(name, {})

    def _count_money(self) -> None:
        """Count money in the report's digits, which may be other than the currency's usual ones."""
        money = self._terminal.broker.money
        money.digits = self.record.money_digits
        money.unit = 10.0**-money.digits

    # -- what the report tells -----------------------------------------------------------------

    def _specify(self, given: Mapping[str, Mapping[str, Any]]) -> None:
        record = self.record
        for name in record.traded:
            symbol = guessed_specification(record, self.matching, name, given.get(name, {}))
            pair = conversion(symbol, record.currency)
            some = [closing for closing in self.matching.exits if closing.deal.symbol == name]
            if pair is not None:
                self._pairs[name] = pair
                self.rates |= (rates := _implied(symbol, some))
                self._implied[name] = [
                    (closing.deal.time, rates[closing.deal.deal]) for closing in some
                ]
            nights = self.nights[name] = Nights(symbol, record.currency, some, self.rates)
            self.symbols[name] = symbol if self.given_swap(name) else nights.symbol()

    def _rollovers(self) -> dict[tuple[str, int], tuple[float, float]]:
        """Return bid and ask before each midnight that a position has seen, by symbol and time."""
        return {
            (name, at): price
            for name, nights in self.nights.items()
            for at, price in nights.prices().items()
        }

    # -- playing -------------------------------------------------------------------------------

    def _midnights(self, until: Ms) -> None:
        """Let the days end that end up to a time."""
        for name in self.symbols:
            for at in range(self._due[name], until + 1, DAY_MS):
                price = self._prices.get((name, at))
                if price:
                    self._convert(name, at)
                    self._feed(name, price[0], at - 1, price[1])
            self._due[name] = max(self._due[name], (until // DAY_MS + 1) * DAY_MS)
        self._clock.set(max(until, self._clock.now))

    def _convert(self, name: str, at: Ms) -> None:
        """Quote the conversion rate that the next closing deal of a symbol implies."""
        known = self._implied.get(name)
        if known:
            rate = known[min(bisect_left(known, (at, 0.0)), len(known) - 1)][1]
            self._terminal.feed(self._pairs[name].name, rate, rate, max(at - 1, self._clock.now))

    def _feed(self, name: str, price: float, at: Ms, ask: float = 0.0) -> None:
        at = max(at, self._clock.now)
        self._clock.set(at)
        price = max(price, self.symbols[name].point)
        self._terminal.feed(name, price, max(ask, self.symbols[name].point) if ask else price, at)

    def _play(self, deal: ReportDeal) -> tuple[list[TradeDeal] | None, str]:
        note = ""
        if deal.deal in self.rates:
            pair = self._pairs[deal.symbol].name
            self._terminal.feed(pair, self.rates[deal.deal], self.rates[deal.deal], deal.time)
            note = "conversion rate implied by the profit"
        elif deal.symbol in self._pairs and deal.direction in CLOSING:
            note = "conversion rate not known"
        deals = self._terminal.broker.account.deals
        before = len(deals)
        refused = self._enter(deal) if deal.direction == IN else self._leave(deal)
        made = [later for later in deals[before:] if later.symbol == deal.symbol]
        if refused or not made:
            return None, refused or "did not deal"
        return made, note

    def _enter(self, deal: ReportDeal) -> str:
        order = self._orders.get(deal.order)
        kind = PENDING.get(order.type) if order is not None else None
        wanted = level(order.price) if order is not None else 0.0
        refused = "no"
        if kind is not None and wanted:
            self._feed(
                deal.symbol, self._beside(deal.symbol, wanted, KINDS[kind].falling), deal.time
            )
            refused = self._send(
                {"action": c.TRADE_ACTION_PENDING, "type": kind, "price": wanted}, deal
            )
            self._feed(deal.symbol, deal.price, deal.time)
            if not refused and not self._opened(deal):
                self._cancel_pending()
                refused = "no"
        if refused:
            self._feed(deal.symbol, deal.price, deal.time)
            refused = self._send({"action": c.TRADE_ACTION_DEAL}, deal)
        if not refused:
            self._opened(deal)
        return refused

    def _leave(self, deal: ReportDeal) -> str:
        if deal.direction == INOUT or self.matching.nets:
            known = self._terminal.positions_get(symbol=deal.symbol) or ()
            tickets = [lot.ticket for lot in known][:1]
        else:
            tickets = [self._tickets.get(closing.position, 0) for closing in self._exits[deal.deal]]
        if not tickets or not tickets[0]:
            return "the position that it closed is not known"
        if deal.direction != INOUT and self._stopped(deal, tickets[0]):
            return ""
        self._feed(deal.symbol, deal.price, deal.time)
        request: dict[str, Any] = {"action": c.TRADE_ACTION_DEAL}
        if deal.direction != INOUT:
            request["position"] = tickets[0]
        return self._send(request, deal)

    def _stopped(self, deal: ReportDeal, ticket: int) -> bool:
        """Close a position by the stop that the deal's comment names; tell whether it did."""
        word, _, text = deal.comment.strip("[]").partition(" ")
        wanted = level(text)
        position = next(iter(self._terminal.positions_get(ticket=ticket) or ()), None)
        if word not in {"sl", "tp"} or not wanted or position is None:
            return False
        if abs(position.volume - deal.volume) > 1e-9:
            return False
        above = (deal.type != BUY) == (word == "sl")  # where the price is before it is reached
        self._feed(deal.symbol, self._beside(deal.symbol, wanted, above), deal.time)
        asked = {
            "action": c.TRADE_ACTION_SLTP,
            "symbol": deal.symbol,
            "position": ticket,
            word: wanted,
        }
        answer = self._terminal.order_send(asked)
        if answer is None or answer.retcode != DONE:
            return False
        self._feed(deal.symbol, deal.price, deal.time)
        if not self._terminal.positions_get(ticket=ticket):
            return True
        self._terminal.order_send({**asked, word: 0.0})
        return False

    def _send(self, request: dict[str, Any], deal: ReportDeal) -> str:
        """Send a request for a deal; return why it was refused, "" if it was not."""
        side = c.ORDER_TYPE_BUY if deal.type == BUY else c.ORDER_TYPE_SELL
        whole = {"symbol": deal.symbol, "volume": deal.volume, "type": side, **request}
        answer = self._terminal.order_send(whole)
        if answer is None:
            return f"refused: {self._terminal.last_error()[1]}"
        if answer.retcode in {DONE, c.TRADE_RETCODE_PLACED}:
            return ""
        return f"refused: {answer.retcode} {answer.comment}"

    def _opened(self, deal: ReportDeal) -> bool:
        """Remember the position that a deal of the report opened; tell whether there is one."""
        deals = self._terminal.broker.account.deals
        last = deals[-1]
        if last.symbol != deal.symbol or last.entry == c.DEAL_ENTRY_OUT:
            return False
        self._tickets.setdefault(deal.position or deal.deal, last.position_id)
        return deals[-1].time_msc == self._clock.now

    def _cancel_pending(self) -> None:
        for order in self._terminal.orders_get() or ():
            self._terminal.order_send({"action": c.TRADE_ACTION_REMOVE, "order": order.ticket})

    def _beside(self, name: str, wanted: float, above: bool) -> float:
        step = TICKS * self.symbols[name].point
        return wanted + step if above else max(wanted - step, self.symbols[name].point)


def account_settings(record: ReportRecord, *, nets: bool, zone: str = "UTC") -> SimSettings:
    """Return the account of a report; what stopped it out is in its deals."""
    return SimSettings(
        balance=record.deposit, currency=record.currency, leverage=record.leverage or 100,
        margin_mode="netting" if nets else "hedging", stop_out=0.0, hedged_stop_out=False,
        price_improvement=True, tester=True, server_zone=zone,
    )  # fmt: skip


PENDING = {
    "buy limit": c.ORDER_TYPE_BUY_LIMIT, "sell limit": c.ORDER_TYPE_SELL_LIMIT,
    "buy stop": c.ORDER_TYPE_BUY_STOP, "sell stop": c.ORDER_TYPE_SELL_STOP,
}  # fmt: skip


class Commissions:
    """The commission of a deal: one rate a lot of each direction, where that explains them all."""

    def __init__(self, record: ReportRecord) -> None:
        self._digits = record.money_digits
        rates: dict[tuple[str, str], list[float]] = defaultdict(list)
        for deal in record.deals:
            if deal.direction and deal.volume:
                rates[deal.symbol, deal.direction].append(deal.commission / deal.volume)
        self._rates = {key: median(found) for key, found in rates.items()}
        self.by_lot = all(
            abs(self._usual(deal) - deal.commission) < 0.6 * 10.0**-self._digits
            for deal in record.deals
            if deal.direction
        )

    def of(self, deal: ReportDeal) -> float:
        """Return the commission by the rate, else the report's own."""
        return self._usual(deal) if self.by_lot else deal.commission

    def _usual(self, deal: ReportDeal) -> float:
        rate = self._rates.get((deal.symbol, deal.direction), 0.0)
        return rounded(rate * deal.volume, self._digits) + 0.0


def _implied(symbol: Symbol, some: list[Exit]) -> dict[int, float]:
    """Return the conversion rates that profits imply: by deal, near the usual one."""
    found = {}
    for closing in some:
        gain = (closing.deal.price - closing.price_open) * closing.volume * symbol.per_price
        gain = gain if closing.buy else -gain
        if gain and closing.deal.profit / gain > 0:
            found[closing.deal.deal] = closing.deal.profit / gain
    usual = median(found.values()) if found else 1.0
    near = {at: rate for at, rate in found.items() if 0.5 < rate / usual < 2}
    return {closing.deal.deal: near.get(closing.deal.deal, usual) for closing in some}
