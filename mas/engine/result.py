"""What came of a run over history: deals, round trips, orders, equity, as tables."""

from __future__ import annotations

from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from mas.clock import naive_utc
from mas.sim import facts
from mas.terminal import constants as c

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from mas.engine.data import Replay
    from mas.engine.ledger import BacktestVenue
    from mas.engine.run import Feed
    from mas.sim import SimTerminal
    from mas.terminal.types import TradeDeal

TRADES = frozenset({c.DEAL_TYPE_BUY, c.DEAL_TYPE_SELL})
REASONS = ("client", "mobile", "web", "expert", "sl", "tp", "so", "rollover", "vmargin", "split")
TRADE_COLUMNS = (
    "position", "symbol", "side", "volume", "entry_time", "entry_price", "exit_time",
    "exit_price", "profit", "swap", "commission", "net", "reason", "entry_order", "exit_order",
)  # fmt: skip
TRADE_NUMBERS = ("volume", "entry_price", "exit_price", "profit", "swap", "commission", "net")


class Result:
    """The outcome of one run; its tables are made when they are asked for.

    Attributes
    ----------
    stopped : str
        What ended the run before its time; "" when it is whole.
    start, end : int
        Time of the data, ms.
    """

    def __init__(
        self,
        terminal: SimTerminal,
        venue: BacktestVenue,
        replays: dict[str, Replay],
        feeds: Sequence[Feed],
    ) -> None:
        self._terminal = terminal
        self._venue = venue
        self._replays = replays
        self._feeds = feeds
        self.stopped = ""
        self.start = self.end = min(feed.start for feed in feeds)

    def __repr__(self) -> str:
        account = self._terminal.broker.account
        deals = sum(deal.type in TRADES for deal in account.deals)
        span = f"{naive_utc(self.start):%Y-%m-%d} to {naive_utc(self.end):%Y-%m-%d}"
        tail = f", stopped: {self.stopped}" if self.stopped else ""
        return f"<Result {span}, {deals} deals, balance {account.balance:.2f}{tail}>"

    @property
    def source(self) -> dict[str, str]:
        """Where the history of each symbol came from."""
        return {name: replay.source for name, replay in self._replays.items()}

    @property
    def capital(self) -> float:
        """The balance at the start."""
        return float(self._terminal.settings.balance)

    @property
    def balance(self) -> float:
        """The balance at the end."""
        return float(round(self._terminal.broker.account.balance, 2))

    @cached_property
    def deals(self) -> pd.DataFrame:
        """All deals, one row each, balance operations included."""
        import pandas as pd  # noqa: PLC0415

        from mas.terminal.types import TradeDeal  # noqa: PLC0415

        table = pd.DataFrame(self._terminal.broker.account.deals, columns=TradeDeal._fields)
        table["time"] = pd.to_datetime(table["time_msc"], unit="ms")
        return table

    @cached_property
    def orders(self) -> pd.DataFrame:
        """All orders, finished and active, in the order of their tickets."""
        import pandas as pd  # noqa: PLC0415

        from mas.terminal.types import TradeOrder  # noqa: PLC0415

        account = self._terminal.broker.account
        symbols = self._terminal.market.symbols
        found = sorted(
            [*account.history.values(), *account.orders.values()], key=lambda one: one.ticket
        )
        rows = [facts.order(one, symbols[one.symbol], None) for one in found]
        table = pd.DataFrame(rows, columns=TradeOrder._fields)
        for name in ("time_setup", "time_done"):
            table[name] = pd.to_datetime(table[f"{name}_msc"], unit="ms")
        return table

    @cached_property
    def trades(self) -> pd.DataFrame:
        """Round trips: what each closing deal took off its position, first in first out.

        A deal that closes several entries makes a row for each; profit, swap and commission are
        shared out by volume. What is still open is not here.
        """
        import pandas as pd  # noqa: PLC0415

        rows = list(round_trips(self._terminal.broker.account.deals))
        table = pd.DataFrame(rows, columns=list(TRADE_COLUMNS))
        for name in ("entry_time", "exit_time"):
            table[name] = pd.to_datetime(table[name], unit="ms")
        return table.astype(dict.fromkeys(TRADE_NUMBERS, float))

    @cached_property
    def equity(self) -> pd.DataFrame:
        """Balance and equity over time: at each push of the first feed, and at the end.

        Floating profit is that of the quotes then, swap and commission are in the balance when
        they are booked.
        """
        import pandas as pd  # noqa: PLC0415

        times = self._sample_times()
        deals = self._terminal.broker.account.deals
        booked = np.array([deal.time_msc for deal in deals], np.int64)
        net = np.array([one.profit + one.swap + one.commission + one.fee for one in deals])
        balance = np.concatenate([[0.0], np.cumsum(net)])[booked.searchsorted(times, side="right")]
        equity = balance + self._floating(times)
        index = pd.to_datetime(times, unit="ms")
        table = pd.DataFrame({"balance": balance.round(2), "equity": equity.round(2)}, index=index)
        table.index.name = "time"
        return table

    def events(self) -> bytes:
        """Return all that was told as JSON lines; two runs of one seed give the same bytes."""
        import msgspec  # noqa: PLC0415

        encode = msgspec.json.Encoder(order="deterministic").encode
        told = [*self._venue.statuses, *self._venue.executions]
        return b"\n".join(encode({"type": type(one).__name__, "fact": one}) for one in told)

    # -- inside --------------------------------------------------------------------------------

    def _sample_times(self) -> np.ndarray[Any, Any]:
        feed = self._feeds[0]
        replay = self._replays[feed.symbol]
        times = feed.times(replay)
        times = times[times <= self.end]
        return np.append(times, self.end) if not len(times) or times[-1] < self.end else times

    def _floating(self, times: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return the floating profit at each time, position by position's interval."""
        total = np.zeros(len(times))
        for name, legs in _exposures(self._terminal.broker.account.deals).items():
            replay, symbol = self._replays.get(name), self._terminal.market.symbols[name]
            if replay is None:
                continue
            index = replay.columns.times.searchsorted(times, side="right") - 1
            for side, changes in legs.items():
                column = replay.columns.bids if side == c.POSITION_TYPE_BUY else replay.columns.asks
                if symbol.by_last and replay.columns.lasts is not None:
                    column = replay.columns.lasts
                prices = np.where(index >= 0, column[index], 0) / symbol.scale
                at = np.array([one[0] for one in changes], np.int64)
                sums = np.cumsum([(0.0, 0.0), *(one[1:] for one in changes)], axis=0)
                volume, worth = sums[at.searchsorted(times, side="right")].T
                sign = 1.0 if side == c.POSITION_TYPE_BUY else -1.0
                gain = sign * (volume * prices - worth) * symbol.per_price
                total += gain * self._rates(symbol, prices)
        return total

    def _rates(self, symbol: Any, prices: np.ndarray[Any, Any]) -> Any:
        """Return what converts results: the pair's own price, or the rate at the end."""
        currency = self._terminal.settings.currency
        if symbol.currency_profit == currency:
            return 1.0
        if symbol.currency_base == currency:
            return 1.0 / np.where(prices > 0, prices, np.inf)
        money = self._terminal.broker.money
        return money.rate(symbol.currency_profit, symbol, float(prices[-1]), ask=False)


def round_trips(deals: list[TradeDeal]) -> Any:
    """Yield a row of TRADE_COLUMNS for each part of a position that was closed."""
    entries: dict[int, deque[list[Any]]] = {}
    for deal in deals:
        if deal.type not in TRADES:
            continue
        queue = entries.setdefault(deal.position_id, deque())
        left, whole = deal.volume, deal.volume
        if deal.entry != c.DEAL_ENTRY_IN:
            closing = sum(one[0] for one in queue)
            closed = min(closing, whole) or whole
            while left > 1e-9 and queue:
                entry = queue[0]
                part = min(entry[0], left)
                share, cost = part / closed, entry[1].commission * part / entry[1].volume
                commission = cost + deal.commission * part / whole
                profit, swap = deal.profit * share, deal.swap * share
                yield (
                    deal.position_id, deal.symbol,
                    "buy" if entry[1].type == c.DEAL_TYPE_BUY else "sell", round(part, 8),
                    entry[1].time_msc, entry[1].price, deal.time_msc, deal.price,
                    round(profit, 2), round(swap, 2), round(commission, 2),
                    round(profit + swap + commission, 2), REASONS[deal.reason],
                    entry[1].order, deal.order,
                )  # fmt: skip
                entry[0] = round(entry[0] - part, 8)
                left = round(left - part, 8)
                if entry[0] <= 1e-9:
                    queue.popleft()
        if deal.entry == c.DEAL_ENTRY_IN or (deal.entry == c.DEAL_ENTRY_INOUT and left > 1e-9):
            queue.append([left, deal])


def _exposures(deals: list[TradeDeal]) -> dict[str, dict[int, list[tuple[int, float, float]]]]:
    """Return by symbol and side when open volume, and volume times open price, changed."""
    found: dict[str, dict[int, list[tuple[int, float, float]]]] = {}
    held: dict[int, list[float]] = {}
    for deal in deals:
        if deal.type not in TRADES:
            continue
        legs = found.setdefault(deal.symbol, {})
        volume, price, side = held.get(deal.position_id, [0.0, 0.0, 0.0])
        left = deal.volume
        if deal.entry != c.DEAL_ENTRY_IN and volume:
            part = min(volume, left)
            legs.setdefault(int(side), []).append((deal.time_msc, -part, -part * price))
            volume, left = round(volume - part, 8), round(left - part, 8)
        if deal.entry == c.DEAL_ENTRY_IN or (deal.entry == c.DEAL_ENTRY_INOUT and left > 1e-9):
            side = float(deal.type)
            legs.setdefault(int(side), []).append((deal.time_msc, left, left * deal.price))
            price = (volume * price + left * deal.price) / (volume + left)
            volume = round(volume + left, 8)
        held[deal.position_id] = [volume, price, side]
    return found
