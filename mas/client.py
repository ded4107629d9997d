"""``MAS``: the documented client. It parses, delegates, and turns errors into documented values."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from mas import config, contract_rows
from mas.callbacks import Callbacks
from mas.errors import Failure, MasError, NotConnectedError, ParamError
from mas.live.login import Login
from mas.orders import build
from mas.params import OrderParams, parse, parse_order
from mas.report import reports
from mas.running import current
from mas.state import State
from mas.subscriptions import Subscriptions
from mas.terminal.asked import Asked
from mas.venues import Shown, Venues

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    import pandas as pd

    from mas.backtest.ledger import BacktestSession
    from mas.backtest.progress import Reached
    from mas.backtest.result import Result
    from mas.clock import Clock
    from mas.events import OrderStatus
    from mas.live.login import LoginSession
    from mas.session import TradingSession
    from mas.terminal.types import OrderCheckResult, SymbolInfo, Tick

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")
Params = dict[str, Any] | None


def _or(failure: Callable[[MasError], Any]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a method return its documented failure value where the terminal fails.

    Wrong parameters are the caller's mistake and raise.
    """

    def wrap(method: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(method)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return method(*args, **kwargs)
            except ParamError:
                raise
            except MasError as error:
                run, line = current(), f"{method.__name__}: {error}"
                if run is not None:
                    run.say(line)  # once: the result counts what was refused
                else:
                    log.warning("%s", line)
                return cast("R", failure(error))

        return call

    return wrap


def _message(error: MasError) -> Failure:
    code = getattr(error, "code", 0) or getattr(error, "retcode", 0)
    return Failure(str(error), code)


class MAS(Callbacks):
    """A trading client: subclass it, override the callbacks you need, call its methods.

    Every method takes one dict of parameters. Wrong parameters raise
    :class:`~mas.errors.ParamError`; a refusal by the broker is returned, not raised.

    Parameters
    ----------
    terminal : str, optional
        Where the terminal is: ``sim:``, ``native:``, ``mt5linux://host:port`` or the name of an
        entry in the configuration file. Default: ``MAS_TERMINAL``, the configuration file, or
        what the server's name asks for.
    journal : str or Path, optional
        File of the journal. Default: one in the user's data folder.
    clock : Clock, optional
        Time of the simulated terminal. Default: the computer's.
    name : str, optional
        This client's name in the journal. Default: the name of its class.
    """

    state = Shown()
    calls_follow_run = True
    """Whether calls from other threads mean the run while one is on; a desk's do not."""

    def __init__(
        self,
        *,
        terminal: str | None = None,
        journal: str | Path | None = None,
        clock: Clock | None = None,
        name: str | None = None,
    ) -> None:
        self._state = State()
        self.name = name or type(self).__name__
        self.lang = "en"
        self._terminal = terminal
        self._journal = journal
        self._venues = Venues(self, clock or config.sim_clock())
        self.result: Result | None = None
        self.follower: Callable[[Reached], None] | None = None
        self._login: dict[str, Any] | None = None
        self._login_terminal = terminal
        self._subscriptions = Subscriptions(self, self._venues)

    def __repr__(self) -> str:
        where = self._state.connection
        clock = f", server time {where.zone}" if where.zone not in {"", "UTC"} else ""
        who = f"{where.login}@{where.server or 'nowhere'}"
        return f"<{type(self).__name__} {who} {where.status}{clock}>"

    # -- login and terminal --------------------------------------------------------------------

    @_or(_message)
    def login(self, params: dict[str, Any]) -> bool | Failure:
        """Log in to a trading account; a login that fails leaves an open session as it is.

        Parameters
        ----------
        params : dict
            ``account`` int, ``password``, ``server``; ``timeout`` in milliseconds (6000).

        Returns
        -------
        bool or Failure
            True, or a message that is false in a condition.
        """
        self._log_in(parse("login", params), "login", self._terminal)
        return True

    def set_lang(self, lang: str = "en") -> None:
        """Choose the language of messages: ``en``, ``zh-tw`` or ``zh-cn``."""
        self.lang = parse("set_lang", {"lang": lang})["lang"]

    def initialize_mt5(self) -> bool:
        """Connect to the terminal, with the last login where there was one."""
        return self.check_connection() or self.reconnect_mt5()

    @_or(lambda _: False)
    def check_connection(self) -> bool:
        """Tell whether the terminal answers and is linked to its trade server."""
        return bool(self._venues.live().call(lambda t: t.terminal_info()).connected)

    @_or(lambda _: False)
    def reconnect_mt5(self) -> bool:
        """Log in anew, with the credentials of the last login."""
        if self._login is None:
            raise NotConnectedError("there was no login yet; call login() first")
        self._log_in(self._login, "reconnect_mt5", self._login_terminal)
        return True

    @_or(lambda _: None)
    def shutdown_mt5(self) -> None:
        """End the session; the terminal itself goes on."""
        self._venues.refuse_in_run("shutdown_mt5")
        self._venues.log_out()

    @_or(lambda _: False)
    def switch_account(self, params: dict[str, Any]) -> bool:
        """Log out, then log in with other credentials."""
        given = parse("login", params)
        self._venues.refuse_in_run("switch_account")
        self._venues.log_out()
        self._log_in(given, "switch_account", self._terminal)
        return True

    @_or(lambda _: {})
    def get_version(self) -> dict[str, Any]:
        """Return the terminal's ``version``, ``build`` and ``release_date``."""
        version = self._venues.of().call(lambda t: t.version())
        return dict(zip(("version", "build", "release_date"), version, strict=True))

    @_or(lambda _: [])
    def get_symbols(self, params: Params = None) -> list[contract_rows.Row]:
        """Return the symbols; ``group`` filters by masks such as ``*USD*``."""
        given = parse("get_symbols", params)
        masks = {"group": given["group"]} if given.get("group") else {}
        return contract_rows.symbols(self._venues.of(given).call(lambda t: t.symbols_get(**masks)))

    @_or(lambda _: 0)
    def get_symbols_total(self) -> int:
        """Return the number of symbols."""
        return int(self._venues.of().call(lambda t: t.symbols_total()))

    # -- trading -------------------------------------------------------------------------------

    @_or(_message)
    def send_order(self, params: dict[str, Any]) -> str | Failure:
        """Send an order; return its ticket as text, or a message that is false in a condition."""
        status = self.place(params)
        return str(status.order) if status.ok else Failure(status.message, status.retcode)

    def place(self, params: dict[str, Any]) -> OrderStatus:
        """Send an order as ``send_order`` does, and return the whole answer.

        Raises
        ------
        ParamError
            The parameters are wrong; nothing was sent.
        NotConnectedError
            There is no login, and the order is not for the simulated account.
        """
        order = parse_order(params)
        venue = self._venues.of({"backtest_toggle": bool(order.backtest_toggle)})
        return venue.send(lambda t: build.new_order(order, t))

    @_or(lambda _: False)
    def cancel_order(self, params: dict[str, Any]) -> bool:
        """Delete a pending order: ``order_id``, ``comment``."""
        return self.change("cancel_order", params).ok

    @_or(lambda _: False)
    def modify_order(self, params: dict[str, Any]) -> bool:
        """Change a pending order: ``order_id``, ``price``, ``sl``, ``tp``, ``stoplimit``, …."""
        return self.change("modify_order", params).ok

    @_or(lambda _: False)
    def modify_position_sltp(self, params: dict[str, Any]) -> bool:
        """Change a position's ``sl`` and ``tp``; the one not given keeps its value."""
        return self.change("modify_position_sltp", params).ok

    def change(self, call: str, params: dict[str, Any]) -> OrderStatus:
        """Cancel or modify as the documented `call` does, and return the whole answer.

        Raises
        ------
        ParamError
            The parameters are wrong; nothing was sent.
        """
        given = parse(call, params)
        make, action = build.CHANGES[call]
        order, position = given.get("order_id", 0), given.get("position_id", 0)
        venue = self._venues.of(given, order=order, position=position)
        return venue.send(lambda t: make(given, t), action)

    @_or(lambda _: {})
    def order_check(self, params: dict[str, Any]) -> dict[str, Any]:
        """Say what the account would be after an order; ``retcode`` 0 means it passes."""
        given = parse("order_check", params)
        asked = {**given, "order_type": params["order_type"], "backtest_toggle": True}
        result = self._checked(parse_order(asked), self._venues.of(given))._asdict()
        del result["request"]
        return result

    def preview(self, params: dict[str, Any]) -> OrderCheckResult:
        """Return what the terminal's ``order_check`` says to exactly this order."""
        order = parse_order(params)
        return self._checked(order, self._venues.of({"backtest_toggle": order.backtest_toggle}))

    @staticmethod
    def _checked(order: OrderParams, venue: TradingSession) -> OrderCheckResult:
        return venue.call(lambda t: t.order_check(build.new_order(order, t)))

    @_or(lambda _: -1.0)
    def calc_order_margin(self, params: dict[str, Any]) -> float:
        """Return the margin of an order in account currency."""
        given = parse("calc_order_margin", params)
        asked = (given["action"], given["symbol"], given["volume"], given["price"])
        return float(self._venues.of(given).call(lambda t: t.order_calc_margin(*asked)))

    @_or(lambda _: -1.0)
    def calc_order_profit(self, params: dict[str, Any]) -> float:
        """Return the profit between two prices in account currency."""
        given = parse("calc_order_profit", params)
        names = ("action", "symbol", "volume", "price_open", "price_close")
        asked = [given[name] for name in names]
        return float(self._venues.of(given).call(lambda t: t.order_calc_profit(*asked)))

    # -- account -------------------------------------------------------------------------------

    @_or(lambda _: {"error": "Failed to retrieve account information"})
    def get_account_info(self, params: Params = None) -> dict[str, Any]:
        """Return the account's fields; money in account currency."""
        venue = self._venues.of(parse("get_account_info", params))
        return contract_rows.account(venue.call(lambda t: t.account_info()))

    @_or(lambda _: [])
    def get_positions(self, params: Params = None) -> list[contract_rows.Row]:
        """Return open positions, filtered by ``symbol``, ``group`` or ``ticket``."""
        given = parse("get_positions", params)
        venue = self._venues.of(given, position=given.get("ticket") or 0)
        return contract_rows.positions(
            venue.call(lambda t: t.positions_get(**contract_rows.chosen(given)))
        )

    @_or(lambda _: [])
    def get_pending_orders(self, params: Params = None) -> list[contract_rows.Row]:
        """Return pending orders, filtered by ``symbol``, ``group`` or ``ticket``."""
        given = parse("get_pending_orders", params)
        venue = self._venues.of(given, order=given.get("ticket") or 0)
        return contract_rows.orders(
            venue.call(lambda t: t.orders_get(**contract_rows.chosen(given)))
        )

    @_or(lambda _: 0)
    def get_orders_total(self) -> int:
        """Return the number of pending orders."""
        return int(self._venues.of().call(lambda t: t.orders_total()))

    @_or(lambda _: [])
    def get_history_orders(self, params: Params = None) -> list[contract_rows.Row]:
        """Return finished orders: ``from``, ``to``, ``symbol``; or ``ticket``; or ``position``."""
        given = parse("get_history_orders", params)
        asked, named = contract_rows.history_asked(given)
        venue = self._venues.past(given)
        facts = venue.call(lambda t: t.history_orders_get(*asked, **named))
        return contract_rows.finished_orders(contract_rows.of_symbol(facts, given.get("symbol")))

    @_or(lambda _: 0)
    def get_history_orders_total(self, params: Params = None) -> int:
        """Return the number of finished orders between ``from`` and ``to``."""
        given = parse("get_history_orders_total", params)
        asked, _ = contract_rows.history_asked(given)
        return int(self._venues.of(given).call(lambda t: t.history_orders_total(*asked)))

    @_or(lambda _: [])
    def get_order_history(self, params: Params = None) -> list[contract_rows.Row]:
        """Return deals: ``from``, ``to``, ``symbol``; or ``ticket``; or ``position``."""
        given = parse("get_order_history", params)
        asked, named = contract_rows.history_asked(given)
        venue = self._venues.past(given)
        facts = venue.call(lambda t: t.history_deals_get(*asked, **named))
        return contract_rows.deals(contract_rows.of_symbol(facts, given.get("symbol")))

    # -- market data ---------------------------------------------------------------------------

    def subscribe_ticks(self, params: dict[str, Any]) -> None:
        """Push ticks of a symbol: ``symbol``, ``interval_ms``, ``flags``, ``from``, ``to``, …."""
        self._subscriptions.ticks(parse("subscribe_ticks", params))

    def subscribe_bars(self, params: dict[str, Any]) -> None:
        """Push closed bars: ``symbol``, ``timeframe``, ``interval_ms``, ``from``, ``to``, …."""
        self._subscriptions.bars(parse("subscribe_bars", params))

    def unsubscribe_ticks(self, params: dict[str, Any]) -> None:
        """Stop the ticks of a symbol."""
        self._subscriptions.stop_ticks(parse("unsubscribe_ticks", params))

    def unsubscribe_bars(self, params: dict[str, Any]) -> None:
        """Stop the bars of a symbol and timeframe."""
        self._subscriptions.stop_bars(parse("unsubscribe_bars", params))

    def stop_all_subscriptions(self) -> None:
        """Stop all ticks and bars."""
        self._subscriptions.stop()

    @_or(lambda _: False)
    def subscribe_market_book(self, params: dict[str, Any]) -> bool:
        """Open the depth of market of a symbol."""
        given = parse("subscribe_market_book", params)
        return bool(self._venues.of(given).call(lambda t: t.market_book_add(given["symbol"])))

    @_or(lambda _: False)
    def unsubscribe_market_book(self, params: dict[str, Any]) -> bool:
        """Close the depth of market of a symbol."""
        given = parse("unsubscribe_market_book", params)
        return bool(self._venues.of(given).call(lambda t: t.market_book_release(given["symbol"])))

    @_or(lambda _: [])
    def get_market_book(self, params: dict[str, Any]) -> list[contract_rows.Row]:
        """Return the depth of market of a symbol that was subscribed before."""
        given = parse("get_market_book", params)
        return contract_rows.book(
            self._venues.of(given).call(lambda t: t.market_book_get(given["symbol"]))
        )

    @_or(lambda _: contract_rows.bars(None))
    def get_bars_from_pos(self, params: dict[str, Any]) -> pd.DataFrame:
        """Return ``count`` bars up to ``start_pos`` (0 the newest), newest last."""
        given = parse("get_bars_from_pos", params)
        asked = [given[name] for name in ("symbol", "timeframe", "start_pos", "count")]
        return contract_rows.bars(
            self._venues.of(given).call(lambda t: t.copy_rates_from_pos(*asked))
        )

    def get_start_date(self, to_date: str, timeframe: str, kbar_num: int) -> str:
        """Return the date from which `kbar_num` daily bars end at `to_date`.

        Raises
        ------
        ValueError
            The timeframe is not ``D1``, or the date is not ``YYYY-MM-DD``.
        """
        return contract_rows.start_date(to_date, timeframe, kbar_num)

    def backtest(self, params: dict[str, Any]) -> Result:
        """Run over history and return the result: ``bars``, ``ticks``, ``from``, ``to``, ….

        ``bars`` is a list of (symbol, timeframe), ``ticks`` a list of symbols.
        """
        __tracebackhide__ = True
        self._venues.refuse_nested()
        from mas.backtest.backtest import play  # noqa: PLC0415  numpy

        return play(self, parse("backtest", params))

    def generate_data_report(self) -> dict[str, Any]:
        """Return the numbers of the last backtest, or of the account that is logged in."""
        return reports.data_report(self)

    def generate_kpi_report(self) -> dict[str, Any]:
        """Write a tear sheet to ``reports`` in the working folder, and show it."""
        return reports.kpi_report(self)

    def generate_trade_chart(self) -> dict[str, Any]:
        """Write a chart of the trades to ``reports`` in the working folder, and show it."""
        return reports.trade_chart(self)

    # -- for panels and magics -----------------------------------------------------------------

    @property
    def logged_in(self) -> bool:
        """Whether there is a session, be its link up or lost."""
        return self._venues.session is not None

    @property
    def terminal(self) -> Asked:
        """The functions of the terminal that is logged in to, as ``mas.mt5`` has them."""
        return Asked(self.live_venue)

    def use_terminal(self, url: str | None) -> None:
        """Use another terminal from the next login on."""
        self._terminal = url

    def watch(self, symbol: str) -> None:
        """Keep ``state.quotes[symbol]`` fresh until as many calls of ``unwatch``."""
        self.live_venue().watch(symbol)

    def unwatch(self, symbol: str) -> None:
        """Take back one ``watch``."""
        if self.logged_in:
            self.live_venue().unwatch(symbol)

    def refresh(self) -> None:
        """Look at the terminal now, and deliver what is found before returning."""
        self.live_venue().poll()

    def tick(self, symbol: str) -> Tick | None:
        """Return the newest quote of a symbol, None when there is none."""
        return self._venues.seen().ask(lambda t: build.quote(symbol, t))

    def symbol_info(self, symbol: str) -> SymbolInfo | None:
        """Return a symbol's specification, None when it is unknown."""
        return self._venues.seen().ask(lambda t: t.symbol_info(symbol))

    def live_venue(self) -> TradingSession:
        """Return the account that is logged in; inside a callback of a run, the run's.

        Raises
        ------
        NotConnectedError
            There is none.
        """
        return self._venues.live()

    def running(self, session: BacktestSession) -> AbstractContextManager[None]:
        """Let every call mean a run while it is on, and its account be the client's own after."""
        return self._venues.running(session)

    # -- inside --------------------------------------------------------------------------------

    @property
    def _live(self) -> LoginSession | None:
        return self._venues.session

    def _log_in(self, given: dict[str, Any], call: str, url: str | None) -> None:
        self._venues.refuse_in_run(call)
        self._venues.tried = True
        if not self.logged_in:
            self._login, self._login_terminal = given, url
        if not isinstance(given["account"], int):
            raise NotConnectedError(
                f"account must be the number of a trading account, was {given['account']!r}; "
                'nothing was tried. For the simulated terminal use server "MAS-Sim" with any '
                "number and password"
            )
        login = Login(
            url=url, login=given["account"], password=given["password"],
            server=given["server"], timeout_ms=given["timeout"],
        )  # fmt: skip
        self._venues.log_in(login, self._state, journal=self._journal, name=self.name)
        self._login, self._login_terminal = given, url
