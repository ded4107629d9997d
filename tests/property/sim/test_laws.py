"""Laws that hold after every request and every quote, on accounts of every kind."""

from __future__ import annotations

import dataclasses
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mas.clock import ManualClock
from mas.sim import SimSettings, SimTerminal, built_in
from mas.sim.book import Book
from mas.terminal import constants as c

SYMBOLS = ("EURUSD", "USDJPY", "EURGBP", "XAUUSD", "AAPL")
START = {"EURUSD": 1.1, "USDJPY": 150.0, "EURGBP": 0.85, "XAUUSD": 2300.0, "AAPL": 230.0}
RATES = {"GBPUSD": 1.27, "EURJPY": 165.0, "GBPJPY": 190.0}
EVER = 4_000_000_000
tickets = st.integers(1_000_000, 1_000_012) | st.just(0)
levels = st.integers(-400, 400) | st.none()
odd = st.none() | st.text(max_size=4) | st.floats() | st.integers() | st.lists(st.integers())
MAY_LEAVE_AN_ORDER = c.TRADE_RETCODE_REJECT
"""FOK, IOC or BOC without the offers: the order itself ends cancelled (R88)."""


class Terminal(RuleBasedStateMachine):
    """Random requests and quotes."""

    @initialize(
        mode=st.sampled_from(["hedging", "netting", "exchange"]),
        currency=st.sampled_from(["USD", "EUR", "JPY"]),
        balance=st.sampled_from([100.0, 3_000.0, 100_000.0]),
        volume=st.sampled_from([0.0, 0.5]),
        rates=st.sampled_from([(1.0,) * 8, (1.0, 1.0, *(0.0,) * 6)]),
        commission=st.sampled_from(["deal", "daily"]),
    )
    def start(self, rates: tuple[float, ...], volume: float, **chosen: Any) -> None:
        self.clock = ManualClock("2026-01-05T10:00:00")
        money = chosen["balance"] * (150 if chosen["currency"] == "JPY" else 1)
        symbols = {
            name: dataclasses.replace(one, tick_volume=volume, margin_rates=rates)
            for name, one in built_in().items()
        }
        self.terminal = SimTerminal(
            SimSettings(
                balance=money, currency=chosen["currency"], margin_mode=chosen["mode"],
                commission=2.0, commission_charge=chosen["commission"],
            ),
            clock=self.clock, symbols=symbols,
        )  # fmt: skip
        self.terminal.initialize()
        for name, price in {**START, **RATES}.items():
            self.terminal.feed(name, price, price, last=price)
        self.deals: tuple[Any, ...] = ()
        self.finished: dict[int, Any] = {}

    def near(self, symbol: str, points: int | None) -> float:
        """Return a price so many tens of points from the market, 0.0 for None."""
        if points is None:
            return 0.0
        spec = built_in()[symbol]
        quote = self.terminal.symbol_info_tick(symbol)
        return float(round(quote.bid + points * 10 * spec.point, spec.digits))

    @rule(
        symbol=st.sampled_from(SYMBOLS), move=st.integers(-300, 300), spread=st.integers(0, 40),
        seconds=st.integers(0, 90_000), lots=st.sampled_from([None, 0.2, 3.0]),
    )  # fmt: skip
    def quote(self, symbol: str, move: int, spread: int, seconds: int, lots: float | None) -> None:
        self.clock.advance(seconds)
        point = built_in()[symbol].point
        bid = round(START[symbol] + move * 10 * point, 5)
        ask = round(bid + spread * point, 5)
        book = None if lots is None else [
            (c.BOOK_TYPE_SELL, ask, lots), (c.BOOK_TYPE_SELL, ask + 10 * point, lots),
            (c.BOOK_TYPE_BUY, bid, lots),
        ]  # fmt: skip
        self.terminal.feed(symbol, bid, ask, last=bid if move % 2 else ask, volume=1.0, book=book)

    @rule(
        symbol=st.sampled_from(SYMBOLS), action=st.sampled_from([1, 1, 1, 5, 5, 5, 6, 7, 8, 10]),
        kind=st.integers(0, 8), volume=st.sampled_from([0.01, 0.1, 0.5, 1.0, 3.0, 0.015, 0.0]),
        price=levels, sl=levels, tp=levels, stoplimit=levels, filling=st.integers(0, 3),
        position=tickets, order=tickets, by=tickets, type_time=st.integers(0, 3),
        expires=st.integers(-10, 100_000),
    )  # fmt: skip
    def request(self, symbol: str, **given: Any) -> None:
        request = {
            "symbol": symbol, "action": given["action"], "type": given["kind"],
            "volume": given["volume"], "position": given["position"], "order": given["order"],
            "position_by": given["by"], "type_time": given["type_time"],
            "type_filling": given["filling"],
            "expiration": max(self.clock.now_ms() // 1000 + given["expires"], 0),
            **{name: self.near(symbol, given[name]) for name in ("price", "sl", "tp", "stoplimit")},
        }  # fmt: skip
        if symbol == "AAPL":
            request["volume"] = float(round(given["volume"] * 10))
        before, count = self._all(), len(self.terminal.history_orders_get(0, EVER))
        checked = self.terminal.order_check(request)
        assert self._all() == before, "a check changes nothing"
        result = self.terminal.order_send(request)
        assert result is not None
        if result.retcode in {10008, 10009, 10010}:
            assert checked.retcode == 0, "what is accepted passes the check"
        elif result.retcode == MAY_LEAVE_AN_ORDER:
            assert checked.retcode == 0
            assert self._all()[:3] == before[:3]
            left = self.terminal.history_orders_get(0, EVER)[count:]
            assert [one.state for one in left] == [c.ORDER_STATE_CANCELED]
        else:
            assert self._all() == before, "a refused request changes nothing"
            assert checked.retcode == result.retcode

    @rule(request=st.dictionaries(st.sampled_from(["action", "symbol", "volume", "type"]), odd))
    def nonsense(self, request: dict[str, Any]) -> None:
        before = self._all()
        result = self.terminal.order_send(request)
        assert result is None or result.retcode != c.TRADE_RETCODE_DONE
        assert self._all() == before

    def _all(self) -> tuple[Any, ...]:
        return (
            self.terminal.orders_get(),
            self.terminal.positions_get(),
            self.terminal.history_deals_get(0, EVER),
            self.terminal.account_info(),
            self.terminal.history_orders_get(0, EVER),
        )

    # -- the laws ------------------------------------------------------------------------------

    @invariant()
    def money_adds_up(self) -> None:
        _, positions, deals, account, _ = self._all()
        cent = 10.0**-account.currency_digits
        floating = sum(one.profit + one.swap for one in positions)
        assert abs(account.equity - (account.balance + account.credit + floating)) < cent
        booked = sum(one.profit + one.swap + one.commission + one.fee for one in deals)
        assert abs(account.balance - booked) < cent
        assert abs(account.margin_free - (account.equity - account.margin)) < cent

    @invariant()
    def nothing_open_needs_no_margin(self) -> None:
        if not self.terminal.positions_get() and not self.terminal.orders_get():
            assert self.terminal.account_info().margin == 0.0

    @invariant()
    def deals_never_exceed_their_order(self) -> None:
        for order in self.terminal.history_orders_get(0, EVER):
            dealt = sum(one.volume for one in self.terminal.history_deals_get(ticket=order.ticket))
            sides = 2 if order.type == c.ORDER_TYPE_CLOSE_BY else 1
            assert dealt <= order.volume_initial * sides + 1e-9
            assert abs(order.volume_initial - order.volume_current - dealt / sides) < 1e-9
            assert (order.state == c.ORDER_STATE_FILLED) == (order.volume_current == 0.0)

    @invariant()
    def positions_are_the_sum_of_their_deals(self) -> None:
        for position in self.terminal.positions_get():
            total = sum(
                one.volume if one.type == c.DEAL_TYPE_BUY else -one.volume
                for one in self.terminal.history_deals_get(position=position.identifier)
            )
            sign = 1 if position.type == c.POSITION_TYPE_BUY else -1
            assert abs(sign * total - position.volume) < 1e-9

    @invariant()
    def a_netting_account_has_one_position_a_symbol(self) -> None:
        if not self.terminal.settings.hedging:
            names = [one.symbol for one in self.terminal.positions_get()]
            assert len(names) == len(set(names))

    @invariant()
    def history_is_never_rewritten(self) -> None:
        deals = self.terminal.history_deals_get(0, EVER)
        assert deals[: len(self.deals)] == self.deals
        assert [one.time_msc for one in deals] == sorted(one.time_msc for one in deals)
        self.deals = deals
        finished = {one.ticket: one for one in self.terminal.history_orders_get(0, EVER)}
        assert finished.items() >= self.finished.items()
        self.finished = finished

    @invariant()
    def nothing_deals_on_the_wrong_side_of_the_book(self) -> None:
        """A limit never worse than its price; a market order never better than the touch (R72)."""
        orders = {one.ticket: one for one in self.terminal.history_orders_get(0, EVER)}
        for deal in self.deals:
            order = orders.get(deal.order)
            if order is None or deal.entry == c.DEAL_ENTRY_OUT_BY or deal.reason > 5:
                continue
            if order.type == c.ORDER_TYPE_BUY_LIMIT:
                assert deal.price <= order.price_open + 1e-9
            elif order.type == c.ORDER_TYPE_SELL_LIMIT:
                assert deal.price >= order.price_open - 1e-9

    @invariant()
    def the_books_say_what_the_account_has(self) -> None:
        """Sums and ladders are as if they were made anew."""
        account, valuation = self.terminal.broker.account, self.terminal.broker.valuation
        anew: dict[str, Book] = {}
        for order in account.orders.values():
            anew.setdefault(order.symbol, Book()).add_order(order)
        for position in account.positions.values():
            anew.setdefault(position.symbol, Book()).add_position(position)
        assert anew.keys() == account.books.keys()
        for name, book in account.books.items():
            for field in ("lots", "margins", "_bid_low", "_bid_high", "_ask_low", "_ask_high"):
                assert getattr(book, field) == getattr(anew[name], field)
            kept = {key: amount for key, amount in book.reserved.items() if amount}
            assert kept == {key: one for key, one in anew[name].reserved.items() if one}
        least = valuation._least_equity()
        assert least is None or least <= valuation.equity()
        ends = [one.ends for one in account.orders.values() if one.ends]
        assert sorted(ends) == [time for time, _ in account.ends]


Terminal.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestLaws = Terminal.TestCase
