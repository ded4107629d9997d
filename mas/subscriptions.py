"""What a client has subscribed to: feeds of the live session, or a run over history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mas.live.feeds import LiveBarFeed, LiveTickFeed

if TYPE_CHECKING:
    from mas.accounts import Accounts
    from mas.callbacks import Callbacks
    from mas.contract_rows import Row
    from mas.live.login import LoginSession
    from mas.schema.market import BarsParams, TicksParams

Feed = LiveTickFeed | LiveBarFeed
Key = tuple[str, int | None]
TICK_INTERVAL, BAR_INTERVAL = 500, 1000
"""Pause between two looks where the client names none, milliseconds."""


class Subscriptions:
    """The feeds of one client by symbol, and by timeframe for bars."""

    def __init__(self, client: Callbacks, accounts: Accounts) -> None:
        self._client = client
        self._accounts = accounts
        self._feeds: dict[Key, tuple[LoginSession, Feed]] = {}

    def ticks(self, given: TicksParams) -> None:
        """Start live ticks, or push the ticks of a period and return."""
        __tracebackhide__ = True
        if given.backtest_toggle:
            self._accounts.refuse_nested()
            from mas.backtest.backtest import play  # noqa: PLC0415  numpy

            play(self._client, given.run())
            return
        if self._in_run("subscribe_ticks"):
            return
        symbol = given.symbol
        feed = LiveTickFeed(
            symbol,
            interval=(given.interval_ms or TICK_INTERVAL) / 1000,
            flags=given.flags,
            push=self._pusher("receive_ticks"),
        )
        self._start((symbol, None), feed)

    def bars(self, given: BarsParams) -> None:
        """Start live bars, or push the bars of a period and return."""
        __tracebackhide__ = True
        if given.backtest_toggle:
            self._accounts.refuse_nested()
            from mas.backtest.backtest import play  # noqa: PLC0415  numpy

            play(self._client, given.run())
            return
        if self._in_run("subscribe_bars"):
            return
        symbol, timeframe = given.symbol, given.timeframe
        feed = LiveBarFeed(
            symbol,
            timeframe,
            interval=(given.interval_ms or BAR_INTERVAL) / 1000,
            push=self._pusher("receive_bars"),
        )
        self._start((symbol, timeframe), feed)

    def stop_ticks(self, given: TicksParams) -> None:
        """Stop the live ticks of a symbol; nothing happens when there were none."""
        if not given.backtest_toggle and not self._in_run("unsubscribe_ticks"):
            self._stop((given.symbol, None))

    def stop_bars(self, given: BarsParams) -> None:
        """Stop the live bars of a symbol and timeframe; nothing happens when there were none."""
        if not given.backtest_toggle and not self._in_run("unsubscribe_bars"):
            self._stop((given.symbol, given.timeframe))

    def stop(self) -> None:
        """Stop everything that is live."""
        if self._in_run("stop_all_subscriptions"):
            return
        for key in tuple(self._feeds):
            self._stop(key)

    def _in_run(self, call: str) -> bool:
        """Tell whether a run is on, which pushes what it was started with and nothing else."""
        run = self._accounts.run()
        if run is not None:
            run.say(f"{call} inside a backtest changes nothing: live subscriptions go on")
        return run is not None

    def _start(self, key: Key, feed: Feed) -> None:
        self._stop(key)
        session = self._accounts.logged_in()
        self._feeds[key] = (session, feed)
        session.add_feed(feed)

    def _stop(self, key: Key) -> None:
        session, feed = self._feeds.pop(key, (None, None))
        if session is not None and feed is not None:
            session.remove_feed(feed)

    def _pusher(self, callback: str) -> Any:
        session = self._accounts.logged_in()

        def push(symbol: str, data: Row) -> None:
            data["time"] = session.moment(data["time"])
            receive = getattr(self._client, callback)
            session.teller.put(callback, lambda: receive(symbol, data, False))

        return push
