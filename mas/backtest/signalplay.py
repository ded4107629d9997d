"""The orders of signals, sent through the simulated terminal one by one."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from mas.backtest.booking import Trades
from mas.backtest.run import Rules, Run
from mas.callbacks import Callbacks
from mas.errors import ParamError
from mas.orders import build
from mas.params import parse_order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from mas.backtest.data import Replay
    from mas.backtest.feeds import Push
    from mas.backtest.ledger import BacktestVenue
    from mas.backtest.result import Result
    from mas.backtest.signals import Orders
    from mas.backtest.sources import Sources
    from mas.sim import SimSettings, Symbol

    Array = np.ndarray[Any, Any]


def played(
    sources: Sources, symbol: Symbol, pushed: Array, orders: Orders, settings: SimSettings
) -> Trades:
    """Return the trades that the simulated terminal makes of some orders."""
    feed = _Feed(symbol.name, pushed, orders)
    player = _Player(symbol, orders)
    run = Run(player, sources, [feed], settings, symbols=sources.symbols, rules=RULES)
    result = run.go(progress=False)
    table = result.trades
    return Trades(
        (table["side"] == "buy").to_numpy(), table["volume"].to_numpy(),
        _ms(table["entry_time"]), table["entry_price"].to_numpy(),
        _ms(table["exit_time"]), table["exit_price"].to_numpy(),
        table["profit"].to_numpy(), table["swap"].to_numpy(), table["commission"].to_numpy(),
        table["net"].to_numpy(), table["reason"].to_numpy(object), result.balance,
    )  # fmt: skip


def _ms(times: Any) -> Array:
    found: Array = times.to_numpy().astype("datetime64[ms]").astype(np.int64)
    return found


RULES = Rules(stop_on_error=True, quiet=True)
"""The player is ours: what it raises is a fault, and what is refused is in the result."""


class _Feed:
    """Pushes the bars that have a signal."""

    def __init__(self, symbol: str, pushed: Array, orders: Orders) -> None:
        self.symbol = symbol
        sides = (orders.longs, orders.shorts, orders.long_exits, orders.short_exits)
        self._bars = np.unique(np.concatenate(sides))
        self._pushed = pushed
        self.start = int(pushed[0]) if len(pushed) else 0
        self.end = int(pushed[-1]) if len(pushed) else 0

    def rows(self, replay: Replay, client: Callbacks) -> tuple[int, Iterator[Push]]:  # noqa: ARG002
        """Return the pushes; the last bar ends the run."""
        bars = self._bars
        if len(self._pushed) and (not len(bars) or bars[-1] < len(self._pushed) - 1):
            bars = np.append(bars, len(self._pushed) - 1)
        pairs = zip(self._pushed[bars].tolist(), bars.tolist(), strict=True)
        take = client.receive_bars
        return len(bars), ((now, {"bar": bar}, self.symbol, take) for now, bar in pairs)

    def times(self, replay: Replay) -> Array:  # noqa: ARG002
        """Return when the pushes are."""
        return self._pushed


class _Player(Callbacks):
    """Sends what the signals of a bar ask for: first the exit, then the entry."""

    def __init__(self, symbol: Symbol, orders: Orders) -> None:
        self._symbol = symbol
        self._orders = orders
        self._venue: BacktestVenue
        self.result: Result | None = None
        self._sets = [
            set(bars.tolist())
            for bars in (orders.longs, orders.shorts, orders.long_exits, orders.short_exits)
        ]

    def running(self, venue: BacktestVenue) -> AbstractContextManager[None]:
        """Send orders to that account; no code of a user is called meanwhile."""
        self._venue = venue
        return nullcontext()

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:  # noqa: ARG002
        """Close, then open."""
        bar = data["bar"]
        opens_long, opens_short, ends_long, ends_short = (bar in one for one in self._sets)
        held = self._held()
        if held is not None and (ends_long if held.type == 0 else ends_short):
            kind = "sell" if held.type == 0 else "buy"
            self._send({"order_type": kind, "volume": held.volume, "position": held.ticket})
            held = self._held()
        if held is None and (opens_long or opens_short):
            self._open(bar, long=opens_long)

    def _held(self) -> Any:
        found = self._venue.terminal.positions_get()
        return found[0] if found else None

    def _open(self, bar: int, *, long: bool) -> None:
        tick = self._venue.terminal.symbol_info_tick(self._symbol.name)
        if tick is None:
            return
        symbol, sign = self._symbol, 1 if long else -1
        dealt = symbol.points(tick.ask if long else tick.bid)
        order = {
            "order_type": "buy" if long else "sell",
            "volume": float(self._orders.volumes[bar]),
        }
        for name, points in (("sl", -self._orders.sls[bar]), ("tp", self._orders.tps[bar])):
            if points:
                order[name] = max(symbol.price(dealt + sign * int(points)), 0.0)
                if not order[name]:
                    return  # a level below all prices is refused
        self._send(order)

    def _send(self, order: dict[str, Any]) -> None:
        try:
            asked = parse_order({"backtest_toggle": True, "symbol": self._symbol.name, **order})
        except ParamError:  # a volume of 0 is no order
            return
        self._venue.send(lambda terminal: build.new_order(asked, terminal))
        self._venue.poll()
