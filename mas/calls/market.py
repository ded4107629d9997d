"""The calls for market data: subscriptions, depth of market, bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mas import contract_rows as rows
from mas.calls.answer import answers, false, nothing
from mas.core import Client, core_of
from mas.schema import parse
from mas.schema.document import documented
from mas.schema.market import (
    BarsParams,
    BookParams,
    EndBarsParams,
    EndTicksParams,
    LastBarsParams,
    TicksParams,
)

if TYPE_CHECKING:
    import pandas as pd

    from mas import dicts

    Rows = list[dict[str, Any]]


class MarketCalls(Client):
    """Market data, live and over history."""

    @documented
    def subscribe_ticks(self, params: dicts.SubscribeTicks) -> None:
        """Push ticks of a symbol: live, or those of a period and return."""
        core_of(self).subscriptions.ticks(parse("subscribe_ticks", TicksParams, params))

    @documented
    def subscribe_bars(self, params: dicts.SubscribeBars) -> None:
        """Push closed bars: live, or those of a period and return."""
        core_of(self).subscriptions.bars(parse("subscribe_bars", BarsParams, params))

    @documented
    def unsubscribe_ticks(self, params: dicts.UnsubscribeTicks) -> None:
        """Stop the ticks of a symbol; takes the dict that subscribed."""
        core_of(self).subscriptions.stop_ticks(parse("unsubscribe_ticks", EndTicksParams, params))

    @documented
    def unsubscribe_bars(self, params: dicts.UnsubscribeBars) -> None:
        """Stop the bars of a symbol and timeframe; takes the dict that subscribed."""
        core_of(self).subscriptions.stop_bars(parse("unsubscribe_bars", EndBarsParams, params))

    def stop_all_subscriptions(self) -> None:
        """Stop all ticks and bars."""
        core_of(self).subscriptions.stop()

    @answers(false)
    @documented
    def subscribe_market_book(self, params: dicts.SubscribeMarketBook) -> bool:
        """Open the depth of market of a symbol."""
        given = parse("subscribe_market_book", BookParams, params)
        session = core_of(self).accounts.of(given.backtest_toggle)
        return bool(session.call(lambda t: t.market_book_add(given.symbol)))

    @answers(false)
    @documented
    def unsubscribe_market_book(self, params: dicts.UnsubscribeMarketBook) -> bool:
        """Close the depth of market of a symbol."""
        given = parse("unsubscribe_market_book", BookParams, params)
        session = core_of(self).accounts.of(given.backtest_toggle)
        return bool(session.call(lambda t: t.market_book_release(given.symbol)))

    @answers(nothing)
    @documented
    def get_market_book(self, params: dicts.GetMarketBook) -> Rows:
        """Return the depth of market of a symbol that was subscribed before."""
        given = parse("get_market_book", BookParams, params)
        session = core_of(self).accounts.of(given.backtest_toggle)
        return rows.book(session.call(lambda t: t.market_book_get(given.symbol)))

    @answers(lambda _: rows.bars(None))
    @documented
    def get_bars_from_pos(self, params: dicts.GetBarsFromPos) -> pd.DataFrame:
        """Return ``count`` bars up to ``start_pos``, newest last."""
        given = parse("get_bars_from_pos", LastBarsParams, params)
        asked = (given.symbol, given.timeframe, given.start_pos, given.count)
        session = core_of(self).accounts.of(given.backtest_toggle)
        return rows.bars(session.call(lambda t: t.copy_rates_from_pos(*asked)))

    def get_start_date(self, to_date: str, timeframe: str, kbar_num: int) -> str:
        """Return the date from which `kbar_num` daily bars end at `to_date`.

        Raises
        ------
        ValueError
            The timeframe is not ``D1``, or the date is not ``YYYY-MM-DD``.
        """
        return rows.start_date(to_date, timeframe, kbar_num)
