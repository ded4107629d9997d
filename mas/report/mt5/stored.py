"""Plays a report's orders against stored history: then its fills are compared, too.

Requests are sent in the second that the report names, at the quote of that second which is nearest
to the report's price, for it tells no milliseconds. What is reached by itself is left to the
terminal: pending orders from their placing on, stops that the order already had and that closed
it. Stops that were moved are set just before the report says that they were reached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mas.backtest.plan import Plan, day_and_minute
from mas.backtest.sources import Sources
from mas.clock import ManualClock
from mas.errors import DataError
from mas.history.serverclock import server_clock
from mas.history.store import Store
from mas.report.mt5.exits import TINY, level
from mas.report.mt5.facts import BUY, CLOSING, IN, INOUT
from mas.report.mt5.nights import Nights, midnights
from mas.report.mt5.replay import DONE, PENDING, Commissions, Played, account_settings
from mas.sim import SimTerminal
from mas.terminal import constants as c
from mas.timeunits import SECOND_MS, Ms

if TYPE_CHECKING:
    from mas.report.mt5.exits import Exit
    from mas.report.mt5.facts import ReportDeal, ReportOrder
    from mas.report.mt5.replay import ReportReplay
    from mas.terminal.types import TradeDeal

ZONES = ("New York close", "UTC", "Europe/Athens", "+1", "+3")
"""Clocks that are tried where none is given."""
TRIED = 400
"""Deals that are looked at to find the clock."""
WORDS = ("sl", "tp")


class StoredReplay:
    """A report's orders at stored quotes.

    Parameters
    ----------
    implied : ReportReplay
        What the report tells of its symbols and positions.
    zone : str
        The server's clock; "" finds the one whose quotes are nearest to the fills.

    Attributes
    ----------
    sources : dict
        What was played, in words, by symbol.
    notes : list of str
        What was assumed.

    Raises
    ------
    DataError
        History is missing for a traded symbol, a part of the period or a conversion.
    """

    def __init__(self, implied: ReportReplay, zone: str = "") -> None:
        self.record, self.matching = implied.record, implied.matching
        self.symbols = dict(implied.symbols)
        self.notes: list[str] = []
        times = [deal.time for deal in self.record.deals if deal.direction]
        if not times:
            raise DataError("the report has no deals: nothing can be played at stored quotes")
        self._span = times[0], times[-1] + SECOND_MS
        store = Store()
        missing = [name for name in self.symbols if not store.of(name)]
        if missing:
            raise DataError(f"no history is stored for {', '.join(missing)}")
        self.zone = zone or self._nearest(store)
        self.clock = server_clock(self.zone)
        sources = self._sources(store, self.zone, partial=False)
        self.symbols |= {name: sources.symbols[name] for name in self.symbols}
        self.sources = {name: replay.source for name, replay in sources.found.items()}
        self.nights = self._nights(implied, sources)
        known = sources.symbols | self.symbols
        start = self.clock.to_utc(self._span[0])
        self._clock = ManualClock(start - SECOND_MS)
        self._terminal = SimTerminal(
            account_settings(self.record, nets=self.matching.nets, zone=self.zone),
            clock=self._clock, symbols=known,
        )  # fmt: skip
        self._terminal.initialize()
        for name, history in sources.found.items():
            history.server = self._terminal.market.server
            self._terminal.market.replay(name, history.stream)
        self._terminal.market.supply = sources
        money = self._terminal.broker.money
        money.digits, money.unit = self.record.money_digits, 10.0**-self.record.money_digits
        self._tickets: dict[int, int] = {}
        self._armed: dict[int, str] = {}
        self._placed: dict[int, int] = {}
        self._orders = {order.order: order for order in self.record.orders}
        self._exits: dict[int, list[Exit]] = {}
        self._last: dict[int, Exit] = {}
        for closing in self.matching.exits:
            self._exits.setdefault(closing.deal.deal, []).append(closing)
            self._last[closing.position] = closing

    def run(self) -> dict[int, Played]:
        """Return what each deal came to, by its number in the report."""
        commissions = Commissions(self.record)
        waiting = self._pending()
        found = {}
        for deal in self.record.deals:
            if not deal.direction:
                continue
            while waiting and waiting[0].time_setup <= deal.time:
                self._place(waiting.pop(0))
            made, note = self._play(deal)
            if not made:
                found[deal.deal] = Played(0.0, 0.0, 0.0, 0.0, note or "did not deal")
                continue
            found[deal.deal] = Played(
                made[-1].price, sum(part.profit for part in made), sum(part.swap for part in made),
                commissions.of(deal), "; ".join(filter(None, (note, self._late(deal, made[-1])))),
            )  # fmt: skip
        return found

    # -- what is stored ------------------------------------------------------------------------

    def _sources(self, store: Store, zone: str, *, partial: bool) -> Sources:
        clock = server_clock(zone)
        start, end = clock.to_utc(self._span[0]), clock.to_utc(self._span[1])
        found = Sources(Plan(start, end, zone=zone, partial=partial), store, dict(self.symbols))
        for name in self.symbols:
            found.replay(name)
        found.convert_to(self.record.currency)
        return found

    def _nearest(self, store: Store) -> str:
        """Return the clock at which stored quotes are nearest to the fills, and note it."""
        apart = {}
        for zone in ZONES:
            try:
                apart[zone] = self._apart(self._sources(store, zone, partial=False), zone)
            except DataError as error:
                last = error
        if not apart:
            raise last
        best = min(apart, key=lambda zone: apart[zone])
        self.notes.append(
            f"server time is taken as {best!r}: at this clock the stored quotes are nearest to the "
            f"fills, {apart[best]:.1f} points in the median; say zone=… if it is another"
        )
        return best

    def _apart(self, sources: Sources, zone: str) -> float:
        """Return the median distance of fills from the quotes of their second, points."""
        clock, found = server_clock(zone), []
        dealt = [trade for trade in self.record.deals if trade.direction]
        for deal in dealt[:: max(len(dealt) // TRIED, 1)]:
            start = clock.to_utc(deal.time)
            ticks = sources.found[deal.symbol].stream.quotes(
                np.array([start, start + SECOND_MS - 1])
            )
            side = ticks.asks if deal.type == BUY else ticks.bids
            price = deal.price / sources.symbols[deal.symbol].point
            found.append(float(max(side.min() - price, price - side.max(), 0.0)))
        return float(np.median(found))

    def _nights(self, implied: ReportReplay, sources: Sources) -> dict[str, Nights]:
        """Find the swaps again, at the prices at rollover that are stored."""
        found = {}
        for name, symbol in self.symbols.items():
            some = [closing for closing in self.matching.exits if closing.deal.symbol == name]
            ends = sorted({at for closing in some if closing.position for at in midnights(closing)})
            at = np.array([self.clock.to_utc(item) - 1 for item in ends], np.int64)
            ticks = sources.found[name].stream.quotes(at)
            prices = dict(zip(ends, (ticks.bids * symbol.point).tolist(), strict=True))
            found[name] = Nights(symbol, self.record.currency, some, implied.rates, prices)
            if not implied.given_swap(name):
                self.symbols[name] = found[name].symbol()
        return found

    # -- playing -------------------------------------------------------------------------------

    def _pending(self) -> list[ReportOrder]:
        """Return the pending orders that dealt, by the time they were placed."""
        dealt = {deal.order for deal in self.record.deals if deal.direction}
        some = [
            order for order in self.record.orders if order.order in dealt and order.type in PENDING
        ]
        return sorted(some, key=lambda closing: closing.time_setup)

    def _go(self, at: Ms) -> None:
        self._clock.set(max(at, self._clock.now))

    def _moments(self, deal: ReportDeal) -> list[tuple[int, float]]:
        """Return the times of a deal's second at which there is a new quote, and its price."""
        start = max(self.clock.to_utc(deal.time), self._clock.now)
        stream = self._terminal.market.stream(deal.symbol)
        end = max(self.clock.to_utc(deal.time) + SECOND_MS, start + 1)
        times = np.unique(np.append(stream.ticks(start, end).times, start))
        ticks = stream.quotes(times)
        side = ticks.asks if deal.type == BUY else ticks.bids
        point = self._terminal.market.symbols[deal.symbol].point
        return list(zip(times.tolist(), (side * point).tolist(), strict=True))

    def _at_market(self, deal: ReportDeal, **more: Any) -> str:
        """Deal at the quote of the second that is nearest; return why it was refused."""
        at, _ = min(self._moments(deal), key=lambda item: round(abs(item[1] - deal.price), 8))
        self._go(at)
        side = c.ORDER_TYPE_BUY if deal.type == BUY else c.ORDER_TYPE_SELL
        request = {"action": c.TRADE_ACTION_DEAL, "symbol": deal.symbol, "volume": deal.volume,
                   "type": side, **more}  # fmt: skip
        answer = self._terminal.order_send(request)
        if answer is None:
            return f"refused: {self._terminal.last_error()[1]}"
        return "" if answer.retcode == DONE else f"refused: {answer.retcode} {answer.comment}"

    def _place(self, order: ReportOrder) -> None:
        self._go(self.clock.to_utc(order.time_setup))
        answer = self._terminal.order_send(
            {"action": c.TRADE_ACTION_PENDING, "symbol": order.symbol, "type": PENDING[order.type],
             "volume": order.volume_initial, "price": level(order.price)}
        )  # fmt: skip
        if answer is not None and answer.retcode in {DONE, c.TRADE_RETCODE_PLACED}:
            self._placed[order.order] = answer.order

    def _play(self, deal: ReportDeal) -> tuple[list[TradeDeal], str]:
        """Return the deals of ours that come of one of the report, and what is to say of them."""
        made = self._triggered(deal)
        if made is None:
            return self._enter(deal) if deal.direction == IN else self._leave(deal)
        if made:
            return made, ""
        made, note = self._enter(deal) if deal.direction == IN else self._leave(deal)
        return made, note or "the order's price is not reached in the stored quotes by then"

    def _triggered(self, deal: ReportDeal) -> list[TradeDeal] | None:
        """Return what a pending order has dealt by now; None where it is none, or was refused."""
        ticket = self._placed.pop(deal.order, 0)
        if not ticket:
            return None
        made: list[TradeDeal] = []
        for at, _ in self._moments(deal):
            self._go(at)
            self._terminal.positions_get()
            made = [done for done in self._deals() if done.order == ticket]
            if made:
                self._remember(deal, made[-1])
                return made
        self._terminal.order_send({"action": c.TRADE_ACTION_REMOVE, "order": ticket})
        return made

    def _enter(self, deal: ReportDeal) -> tuple[list[TradeDeal], str]:
        before = len(self._deals())
        word = self._own_stop(deal)
        stop = {word: level(getattr(self._orders[deal.order], word))} if word else {}
        refused = self._at_market(deal, **stop)
        if refused and stop:
            refused, word = self._at_market(deal), ""
        made = self._deals()[before:]
        if not refused and made:
            self._remember(deal, made[-1])
            self._armed[deal.position or deal.deal] = word
        return made, refused

    def _own_stop(self, deal: ReportDeal) -> str:
        """Return which of its order's stops closed a position, "" where none did, or it moved."""
        last, order = self._last.get(deal.position or deal.deal), self._orders.get(deal.order)
        if last is None or order is None or self.matching.nets:
            return ""  # on an account that nets, later orders change the stops
        word, _, text = last.deal.comment.strip("[]").partition(" ")
        if word not in WORDS or not level(text):
            return ""
        return word if abs(level(getattr(order, word)) - level(text)) < TINY else ""

    def _remember(self, deal: ReportDeal, made: TradeDeal) -> None:
        self._tickets.setdefault(deal.position or deal.deal, made.position_id)

    def _leave(self, deal: ReportDeal) -> tuple[list[TradeDeal], str]:
        before = len(self._deals())
        if deal.direction == INOUT or self.matching.nets:
            tickets = [
                item.ticket for item in self._terminal.positions_get(symbol=deal.symbol) or ()
            ]
        else:
            tickets = [self._tickets.get(closing.position, 0) for closing in self._exits[deal.deal]]
        ticket = tickets[0] if tickets else 0
        if not ticket:
            return [], "the position that it closed is not known"
        word, _, text = deal.comment.strip("[]").partition(" ")
        note = ""
        if word in WORDS and level(text) and deal.direction in CLOSING - {INOUT}:
            made, note = self._stopped(deal, ticket, word, level(text))
            if made:
                return made, note
        if not self._terminal.positions_get(ticket=ticket):
            return self._closed(ticket), "closed before"
        position = {} if deal.direction == INOUT else {"position": ticket}
        refused = self._at_market(deal, **position)
        return self._deals()[before:], refused or note

    def _stopped(
        self, deal: ReportDeal, ticket: int, word: str, price: float
    ) -> tuple[list[TradeDeal], str]:
        """Wait until a stop has closed a position; set it before where the order did not."""
        start, before = self.clock.to_utc(deal.time), self._identifier(ticket)
        armed = any(self._armed.get(closing.position) == word for closing in self._exits[deal.deal])
        if not armed:
            self._go(start - 1)
            asked = {"action": c.TRADE_ACTION_SLTP, "symbol": deal.symbol, "position": ticket,
                     word: price}  # fmt: skip
            answer = self._terminal.order_send(asked)
            if answer is None or answer.retcode != DONE:
                return [], f"the stored quotes are beyond {word} {price:g} before that second"
        for at, _ in self._moments(deal):
            self._go(at)
            if not self._terminal.positions_get(ticket=ticket):
                return self._closed(before), ""
        return [], f"the stored quotes do not reach {word} {price:g} by then"

    def _identifier(self, ticket: int) -> int:
        """Return a position's identifier, which its ticket is not after a reversal."""
        known = self._terminal.positions_get(ticket=ticket)
        return known[0].identifier if known else ticket

    def _closed(self, identifier: int) -> list[TradeDeal]:
        of_position = (deal for deal in self._deals() if deal.position_id == identifier)
        return [deal for deal in of_position if deal.entry != c.DEAL_ENTRY_IN][-1:]

    def _deals(self) -> list[TradeDeal]:
        return self._terminal.broker.account.deals

    def _late(self, deal: ReportDeal, made: TradeDeal) -> str:
        """Say when ours dealt in another second."""
        shown = self.clock.to_server(made.time_msc)
        if shown // SECOND_MS == deal.time // SECOND_MS:
            return ""
        seconds = shown // SECOND_MS
        return f"dealt at {day_and_minute(seconds * SECOND_MS)}:{seconds % 60:02d}"
