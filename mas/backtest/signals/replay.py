"""The orders of signals, sent through the simulated terminal one by one."""

from __future__ import annotations

import math
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from mas.backtest.run import Run, RunRules
from mas.callbacks import Callbacks
from mas.errors import ParamError
from mas.events import OrderStatus
from mas.orders import build
from mas.schema import CALLS, parse, parse_order
from mas.schema.words import ORDER_TYPES
from mas.terminal import constants as c
from mas.terminal.orderkind import KINDS
from mas.terminal.retcodes import retcode_text
from mas.terminal.types import NO_REQUEST, TradeRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from mas.backtest.data import Replay
    from mas.backtest.feeds import Push
    from mas.backtest.ledger import BacktestSession
    from mas.backtest.result import Result
    from mas.backtest.run_facts import RunFacts
    from mas.backtest.signals.orders import Orders
    from mas.backtest.sources import Sources
    from mas.sim import SimSettings, Symbol

    Array = np.ndarray[Any, Any]

BUY, SELL = "buy", "sell"


class SignalOrders:
    """The signals of one symbol, with the bars at whose end they are.

    Attributes
    ----------
    pushed : array of int64
        When each bar is known, ms.
    timeframe : int
        Of the bars.
    start, end : int
        The period, ms.
    """

    def __init__(
        self,
        symbol: Symbol,
        timeframe: int,
        pushed: Array,
        orders: Orders,
        period: tuple[int, int],
    ) -> None:
        self.symbol = symbol
        self.timeframe = timeframe
        self.pushed = pushed
        self.orders = orders
        self.start, self.end = period


def played(
    sources: Sources,
    asked: Sequence[SignalOrders],
    settings: SimSettings,
    facts: RunFacts,
    *,
    close_at_end: bool,
) -> Result:
    """Return what the simulated terminal makes of some orders, all in one account."""
    player = _Player(asked)
    rules = RunRules(close_at_end=close_at_end, stop_on_error=True, quiet=True)
    run = Run(
        player, sources.fresh(), [_Feed(signals) for signals in asked], settings,
        symbols=sources.symbols, rules=rules, facts=facts,
    )  # fmt: skip
    return run.go(progress=False)


class _Feed:
    """Pushes the bars at which there is something to do."""

    def __init__(self, asked: SignalOrders) -> None:
        self.symbol, self.timeframe = asked.symbol.name, asked.timeframe
        self.start, self.end = asked.start, asked.end
        orders, self._pushed = asked.orders, asked.pushed
        sides = (orders.longs, orders.shorts, orders.long_exits, orders.short_exits)
        count = len(self._pushed)
        self._bars = np.arange(count) if orders.every_bar else np.unique(np.concatenate(sides))

    def rows(self, replay: Replay, client: Callbacks) -> tuple[int, Iterator[Push]]:  # noqa: ARG002
        """Return the pushes; the last bar ends the run."""
        bars = self._bars
        if len(self._pushed) and (not len(bars) or bars[-1] < len(self._pushed) - 1):
            bars = np.append(bars, len(self._pushed) - 1)
        pairs = zip(self._pushed[bars].tolist(), bars.tolist(), strict=True)
        take = client.receive_bars
        return len(bars), ((now, {"bar": bar}, self.symbol, take) for now, bar in pairs)


class _Player(Callbacks):
    """Hands each push to what trades its symbol."""

    def __init__(self, asked: Sequence[SignalOrders]) -> None:
        self._traders = {signals.symbol.name: _Trader(signals) for signals in asked}
        self.result: Result | None = None

    def running(self, session: BacktestSession) -> AbstractContextManager[None]:
        """Send orders to that account; no code of a user is called meanwhile."""
        for trader in self._traders.values():
            trader.session = session
        return nullcontext()

    def receive_bars(self, symbol: str, data: Any, is_end: bool = False) -> None:  # noqa: ARG002
        """Do what a bar asks for."""
        self._traders[symbol].bar(data["bar"])


class _Trader:
    """Trades one symbol: one position, or one pending order, at a time."""

    session: BacktestSession

    def __init__(self, asked: SignalOrders) -> None:
        self._symbol = asked.symbol
        self._orders = orders = asked.orders
        self._sets = [
            set(bars.tolist())
            for bars in (orders.longs, orders.shorts, orders.long_exits, orders.short_exits)
        ]
        self._since = 0
        """The bar of the last entry."""

    def bar(self, bar: int) -> None:
        """First what ends, then what begins, then what follows the price."""
        opens_long, opens_short, ends_long, ends_short = (
            bar in parameters for parameters in self._sets
        )
        held, waiting = self._held(), self._waiting()
        if held is not None and (ends_long if held.type == c.POSITION_TYPE_BUY else ends_short):
            kind = SELL if held.type == c.POSITION_TYPE_BUY else BUY
            self._send({"order_type": kind, "volume": held.volume, "position": held.ticket})
            held = self._held()
        if waiting is not None and self._over(waiting, bar, ends_long, ends_short):
            self._remove(waiting)
            waiting = None
        if held is None and (opens_long or opens_short):
            if waiting is not None:
                self._remove(waiting)
            self._open(bar, buy=opens_long)
        elif held is not None:
            self._trail(held)
        elif waiting is not None and self._orders.follow:
            self._follow(waiting)

    # -- what there is -------------------------------------------------------------------------

    def _held(self) -> Any:
        found = self.session.terminal.positions_get(symbol=self._symbol.name)
        return found[0] if found else None

    def _waiting(self) -> Any:
        if self._orders.entry == "market":
            return None
        found = self.session.terminal.orders_get(symbol=self._symbol.name)
        return found[0] if found else None

    def _over(self, order: Any, bar: int, ends_long: bool, ends_short: bool) -> bool:
        """Tell whether a pending order is to go: by a signal, or by its number of bars."""
        expiry = int(self._orders.expiries[self._since])
        buys = KINDS[order.type].buys
        return (ends_long if buys else ends_short) or (expiry > 0 and bar - self._since >= expiry)

    # -- what is done --------------------------------------------------------------------------

    def _open(self, bar: int, *, buy: bool) -> None:
        tick = self.session.terminal.symbol_info_tick(self._symbol.name)
        if tick is None:
            return
        orders, sign = self._orders, 1 if buy else -1
        side = BUY if buy else SELL
        points = self._symbol.points(tick.ask if buy else tick.bid)
        order: dict[str, Any] = {"order_type": side}
        if orders.entry != "market":
            away = sign if orders.entry == "stop" else -sign
            points += away * int(orders.distances[bar])
            order = {"order_type": f"{side}_{orders.entry}", "price": self._symbol.price(points)}
        for name, distance in (("sl", -orders.sls[bar]), ("tp", orders.tps[bar])):
            if distance:
                order[name] = max(self._symbol.price(points + sign * int(distance)), 0.0)
                if not order[name]:
                    why = f"{name} would be below all prices"
                    self._refuse(order, c.TRADE_RETCODE_INVALID_STOPS, why)
                    return
        order["volume"] = self._volume(bar, side, points, sign)
        self._since = bar
        self._send(order)

    def _volume(self, bar: int, side: str, points: int, sign: int) -> float:
        """Return the lots of an order: given, or those whose stop loss costs what may be lost."""
        orders, symbol = self._orders, self._symbol
        if not orders.risks[bar]:
            return float(orders.volumes[bar])
        terminal = self.session.terminal
        info = terminal.account_info()
        kind = c.ORDER_TYPE_BUY if side == BUY else c.ORDER_TYPE_SELL
        slip = self.session.terminal.settings.slippage  # of the entry and of the stop
        far = int(orders.sls[bar]) + 2 * slip
        prices = symbol.price(points), symbol.price(points - sign * far)
        # Of a hundred lots, so that rounding to cents does not show.
        loss = terminal.order_calc_profit(kind, symbol.name, 100.0, *prices)
        if info is None or not loss or loss > 0:
            return 0.0
        lots = info.equity * float(orders.risks[bar]) / 100 / (-loss / 100)
        steps = math.floor(lots / symbol.volume_step + 1e-9)
        return round(min(steps * symbol.volume_step, symbol.volume_max), 8)

    def _trail(self, held: Any) -> None:
        """Move the stop loss after the price, never back."""
        trail = int(self._orders.trails[self._since])
        tick = self.session.terminal.symbol_info_tick(self._symbol.name)
        if not trail or tick is None:
            return
        buys, symbol = held.type == c.POSITION_TYPE_BUY, self._symbol
        level = symbol.points(tick.bid) - trail if buys else symbol.points(tick.ask) + trail
        present = symbol.points(held.sl) if held.sl else 0
        if level > 0 and (not present or (level > present if buys else level < present)):
            given = {"position_id": held.ticket, "sl": symbol.price(level)}
            self._change("modify_position_sltp", given)

    def _follow(self, order: Any) -> None:
        """Move a pending stop order after a price that has gone away from it."""
        tick = self.session.terminal.symbol_info_tick(self._symbol.name)
        if tick is None:
            return
        symbol, buys = self._symbol, order.type == c.ORDER_TYPE_BUY_STOP
        distance = int(self._orders.distances[self._since])
        present = symbol.points(order.price_open)
        price = symbol.points(tick.ask) + distance if buys else symbol.points(tick.bid) - distance
        moved = price - present
        if not (moved < 0 if buys else moved > 0):
            return
        stops = {
            name: symbol.price(symbol.points(level) + moved)
            for name, level in (("sl", order.sl), ("tp", order.tp))
            if level
        }
        given = {"order_id": order.ticket, "price": symbol.price(price), **stops}
        self._change("modify_order", given)

    def _remove(self, order: Any) -> None:
        self._change("cancel_order", {"order_id": order.ticket})

    def _change(self, call: str, given: dict[str, Any]) -> None:
        make, action = build.CHANGES[call]
        clean = parse(call, CALLS[call], given)
        self.session.send(lambda account: make(clean, account), action)

    def _refuse(self, order: dict[str, Any], retcode: int, reason: str) -> None:
        """Keep an order that cannot even be sent among the refusals."""
        known = {name: order[name] for name in TradeRequest._fields if name in order}
        kind, name = ORDER_TYPES[order["order_type"]], self._symbol.name
        request = NO_REQUEST._replace(symbol=name, type=kind, **known)
        self.session.refused(
            0,
            OrderStatus(
                order=0, status=c.ORDER_STATE_REJECTED, retcode=retcode,
                message=f"{retcode_text(retcode)} ({retcode}): {reason}", request=request,
                symbol=name, time_msc=self.session.terminal.clock.now_ms(),
            ),
        )  # fmt: skip

    def _send(self, order: dict[str, Any]) -> None:
        try:
            asked = parse_order({"backtest_toggle": True, "symbol": self._symbol.name, **order})
        except ParamError as error:  # such as a volume of 0: nothing that can be sent
            self._refuse(order, c.TRADE_RETCODE_INVALID, str(error))
            return
        self.session.send(lambda account: build.new_order(asked, account))
