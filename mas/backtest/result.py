"""What came of a run over history: deals, round trips, orders, equity, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from mas.backtest.trips import TRADE_COLUMNS, TRADE_NUMBERS, TRADES, round_trips
from mas.backtest.valuation import Valuation, sampled
from mas.clock import naive_utc
from mas.history.resample import merged, seconds_of, step_of
from mas.sim import facts
from mas.terminal import constants as c

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from mas.backtest.data import Replay
    from mas.backtest.feeds import Feed
    from mas.backtest.ledger import BacktestVenue
    from mas.sim import SimTerminal
T = TypeVar("T")


def _kept(make: Callable[[Result], T]) -> property:
    """Make a table a property that is made once for as long as nothing happens."""

    def value(self: Result) -> T:
        account = self._terminal.broker.account
        now = (len(account.deals), account.finished_count, len(account.orders), self.end)
        known = self._tables.get(make.__name__)
        if known is None or known[0] != now:
            known = self._tables[make.__name__] = (now, make(self))
        found: T = known[1]
        return found

    value.__doc__ = make.__doc__
    return property(value)


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
        self.start = min(feed.start for feed in feeds)
        self._end: int | None = None
        self._tables: dict[str, tuple[tuple[int, ...], Any]] = {}

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
    def end(self) -> int:
        """Time of the data up to which the run has come, ms."""
        return self._terminal.clock.now_ms() if self._end is None else self._end

    @end.setter
    def end(self, now: int) -> None:
        self._end = now

    @property
    def currency(self) -> str:
        """The currency of the account."""
        return self._terminal.settings.currency

    @property
    def capital(self) -> float:
        """The balance at the start."""
        return float(self._terminal.settings.balance)

    @property
    def balance(self) -> float:
        """The balance at the end."""
        return float(round(self._terminal.broker.account.balance, 2))

    @_kept
    def deals(self) -> pd.DataFrame:
        """All deals, one row each, balance operations included."""
        import pandas as pd  # noqa: PLC0415

        from mas.terminal.types import TradeDeal  # noqa: PLC0415

        table = pd.DataFrame(self._terminal.broker.account.deals, columns=TradeDeal._fields)
        table["time"] = pd.to_datetime(table["time_msc"], unit="ms")
        return table

    @_kept
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

    @_kept
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

    @_kept
    def equity(self) -> pd.DataFrame:
        """Balance, equity, margin and margin level as the account itself had them then.

        By the close of each pushed bar, of minutes where only ticks are pushed, by the time of
        each deal, and at the end; after everything that happened up to that millisecond.
        """
        import pandas as pd  # noqa: PLC0415

        deals = self._terminal.broker.account.deals
        times = sampled(self._feeds, self._replays, self.end, [one.time_msc for one in deals])
        curve = Valuation(self._terminal.broker).curve(times)
        index = pd.DatetimeIndex(times.astype("datetime64[ms]"), name="time")
        return pd.DataFrame(curve._asdict(), index=index)

    def open_positions(self) -> list[dict[str, Any]]:
        """Return what is still open: symbol, side, volume, entry time and price, profit."""
        return [
            {
                "symbol": one.symbol,
                "side": "buy" if one.type == c.POSITION_TYPE_BUY else "sell",
                "volume": one.volume,
                "entry_time": naive_utc(one.time_msc),
                "entry_price": one.price_open,
                "profit": round(one.profit + one.swap, 2),
            }
            for one in self._terminal.positions_get() or ()
        ]

    def stops(self) -> dict[int, tuple[float, float]]:
        """Return SL and TP that each position was opened with, 0.0 for none, by identifier."""
        account = self._terminal.broker.account
        found = {}
        for deal in account.deals:
            order = account.history.get(deal.order)
            if deal.entry == c.DEAL_ENTRY_IN and order is not None and (order.sl or order.tp):
                price = self._terminal.market.symbols[deal.symbol].price
                found[deal.position_id] = (price(order.sl), price(order.tp))
        return found

    def prices(self, symbol: str) -> pd.DataFrame:
        """Return the bars of a symbol in the run's period, few enough for a chart."""
        from mas.history.library import frame  # noqa: PLC0415

        replay = self._replays[symbol]
        step = max(step_of(self.start, self.end), replay.timeframe, key=seconds_of)
        bars, _ = replay.bars(replay.timeframe, self.start, self.end)
        return frame(merged(bars, step), replay.symbol.digits)

    def events(self) -> bytes:
        """Return all that was told as JSON lines; two runs of one seed give the same bytes."""
        import msgspec  # noqa: PLC0415

        encode = msgspec.json.Encoder(order="deterministic").encode
        told = [*self._venue.statuses, *self._venue.executions]
        return b"\n".join(encode({"type": type(one).__name__, "fact": one}) for one in told)
