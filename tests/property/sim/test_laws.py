"""Laws that hold after every request and every quote, whatever they are."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mas.clock import ManualClock
from mas.sim import SimSettings, SimTerminal
from mas.terminal import constants as c

tickets = st.integers(1_000_000, 1_000_012) | st.just(0)
prices = st.integers(10_700, 11_300).map(lambda tenth: tenth / 10_000) | st.just(0.0)
odd = st.none() | st.text(max_size=4) | st.floats() | st.integers() | st.lists(st.integers())


class Terminal(RuleBasedStateMachine):
    """Random requests and quotes on a hedging account."""

    @initialize(balance=st.sampled_from([100.0, 1_000.0, 10_000.0]))
    def start(self, balance: float) -> None:
        self.clock = ManualClock("2026-01-05T10:00:00")
        self.terminal = SimTerminal(SimSettings(balance=balance), clock=self.clock)
        self.terminal.initialize()
        self.terminal.feed("EURUSD", 1.1, 1.1001)
        self.seen: tuple[Any, ...] = ()

    @rule(move=st.integers(-300, 300), spread=st.integers(0, 40), seconds=st.integers(1, 90_000))
    def quote(self, move: int, spread: int, seconds: int) -> None:
        self.clock.advance(seconds)
        bid = round(1.1 + move / 10_000, 5)
        self.terminal.feed("EURUSD", bid, round(bid + spread / 100_000, 5))

    @rule(
        action=st.sampled_from([1, 1, 1, 5, 5, 5, 6, 7, 8, 10]),
        kind=st.integers(0, 8),
        volume=st.sampled_from([0.01, 0.1, 0.5, 1.0, 3.0, 0.015, 0.0]),
        price=prices, sl=prices, tp=prices, stoplimit=prices,
        position=tickets, order=tickets, by=tickets,
        type_time=st.integers(0, 3), expires=st.integers(-10, 10_000),
    )  # fmt: skip
    def request(self, **given: Any) -> None:
        request = {
            "symbol": "EURUSD", "action": given["action"], "type": given["kind"],
            "volume": given["volume"], "price": given["price"], "sl": given["sl"],
            "tp": given["tp"], "stoplimit": given["stoplimit"], "position": given["position"],
            "order": given["order"], "position_by": given["by"], "type_time": given["type_time"],
            "expiration": max(self.clock.now_ms() // 1000 + given["expires"], 0),
        }  # fmt: skip
        before = self._all()
        checked = self.terminal.order_check(request)
        assert self._all() == before
        result = self.terminal.order_send(request)
        assert result is not None
        if result.retcode != c.TRADE_RETCODE_DONE:
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
            self.terminal.history_deals_get(0, 4e9),
            self.terminal.history_orders_get(0, 4e9),
            self.terminal.account_info(),
        )

    @invariant()
    def money_adds_up(self) -> None:
        _, positions, deals, _, account = self._all()
        floating = sum(one.profit + one.swap for one in positions)
        assert abs(account.equity - (account.balance + account.credit + floating)) < 0.005
        booked = sum(one.profit + one.swap + one.commission + one.fee for one in deals)
        assert abs(account.balance - booked) < 0.005
        assert abs(account.margin_free - (account.equity - account.margin)) < 0.005

    @invariant()
    def nothing_open_needs_no_margin(self) -> None:
        if not self.terminal.positions_get():
            assert self.terminal.account_info().margin == 0.0

    @invariant()
    def deals_never_exceed_their_order(self) -> None:
        for order in self.terminal.history_orders_get(0, 4e9):
            dealt = [one.volume for one in self.terminal.history_deals_get(ticket=order.ticket)]
            sides = 2 if order.type == c.ORDER_TYPE_CLOSE_BY else 1
            assert sum(dealt) <= order.volume_initial * sides + 1e-9
            assert (order.state == c.ORDER_STATE_FILLED) == bool(dealt)

    @invariant()
    def positions_are_the_sum_of_their_deals(self) -> None:
        for position in self.terminal.positions_get():
            total = sum(
                one.volume if one.entry == c.DEAL_ENTRY_IN else -one.volume
                for one in self.terminal.history_deals_get(position=position.ticket)
            )
            assert abs(total - position.volume) < 1e-9

    @invariant()
    def history_is_never_rewritten(self) -> None:
        deals = self.terminal.history_deals_get(0, 4e9)
        assert deals[: len(self.seen)] == self.seen
        assert [one.time_msc for one in deals] == sorted(one.time_msc for one in deals)
        self.seen = deals


Terminal.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestLaws = Terminal.TestCase
