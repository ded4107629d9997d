"""``MAS``: the documented client. It parses, delegates, and turns errors into documented values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mas import contract_rows as rows
from mas.calls.account import AccountCalls
from mas.calls.answer import Shown, answers, false, message, nothing
from mas.calls.market import MarketCalls
from mas.calls.trading import TradingCalls
from mas.core import core_of, make_core
from mas.report import reports
from mas.schema import parse
from mas.schema.account import LanguageParams, LoginParams, SymbolsParams
from mas.schema.document import documented
from mas.schema.market import BacktestParams

if TYPE_CHECKING:
    from pathlib import Path

    from mas import dicts
    from mas.backtest.result import Result
    from mas.clock import Clock
    from mas.errors import Failure

    Rows = list[dict[str, Any]]


class MAS(TradingCalls, AccountCalls, MarketCalls):
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

    Notes
    -----
    A subclass may use any other name for what is its own, and need not call ``__init__``.
    """

    def __init__(
        self,
        *,
        terminal: str | None = None,
        journal: str | Path | None = None,
        clock: Clock | None = None,
        name: str | None = None,
    ) -> None:
        make_core(self).set_up(terminal=terminal, journal=journal, clock=clock, name=name)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {core_of(self)!r}>"

    # -- login and terminal --------------------------------------------------------------------

    @answers(message)
    @documented
    def login(self, params: dicts.Login) -> bool | Failure:
        """Log in to a trading account; a login that fails leaves an open session as it is.

        Returns
        -------
        bool or Failure
            True, or a message that is false in a condition.
        """
        core_of(self).log_in(parse("login", LoginParams, params), "login")
        return True

    @documented
    def set_lang(self, lang: str = "en") -> None:
        """Choose the language of messages."""
        given = parse("set_lang", LanguageParams, {"lang": lang})
        core_of(self).lang = given.lang

    def initialize_mt5(self) -> bool:
        """Connect to the terminal, with the last login where there was one."""
        return MAS.check_connection(self) or MAS.reconnect_mt5(self)

    @answers(false)
    def check_connection(self) -> bool:
        """Ask the terminal whether it is linked to its trade server."""
        return bool(core_of(self).live_session().call(lambda t: t.terminal_info()).connected)

    @Shown
    def connected(self) -> bool:
        """Tell whether this client is logged in with its link up, as far as is known by now."""
        return core_of(self).connected

    @answers(false)
    def reconnect_mt5(self) -> bool:
        """Log in anew, with the credentials of the last login."""
        core_of(self).log_in_again()
        return True

    @answers(lambda _: None)
    def shutdown_mt5(self) -> None:
        """End the session; the terminal itself goes on."""
        core_of(self).log_out("shutdown_mt5")

    @answers(false)
    @documented
    def switch_account(self, params: dicts.Login) -> bool:
        """Log out, then log in with other credentials."""
        core, given = core_of(self), parse("switch_account", LoginParams, params)
        core.log_out("switch_account")
        core.log_in(given, "switch_account")
        return True

    @answers(lambda _: {})
    def get_version(self) -> dict[str, Any]:
        """Return the terminal's ``version``, ``build`` and ``release_date``."""
        version = core_of(self).accounts.of().call(lambda t: t.version())
        return dict(zip(("version", "build", "release_date"), version, strict=True))

    @answers(nothing)
    @documented
    def get_symbols(self, params: dicts.GetSymbols | None = None) -> Rows:
        """Return the symbols with their specifications."""
        given = parse("get_symbols", SymbolsParams, params)
        masks = {"group": given.group} if given.group else {}
        session = core_of(self).accounts.of(given.backtest_toggle)
        return rows.symbols(session.call(lambda t: t.symbols_get(**masks)))

    @answers(lambda _: 0)
    def get_symbols_total(self) -> int:
        """Return the number of symbols."""
        return int(core_of(self).accounts.of().call(lambda t: t.symbols_total()))

    # -- backtests and reports -----------------------------------------------------------------

    @documented
    def backtest(self, params: dicts.Backtest) -> Result:
        """Run over history and return the result."""
        __tracebackhide__ = True
        core_of(self).accounts.refuse_nested()
        from mas.backtest.backtest import play  # noqa: PLC0415  numpy

        return play(self, parse("backtest", BacktestParams, params))

    @Shown
    def result(self) -> Result | None:
        """Return the result of the last backtest, None before the first."""
        return core_of(self).result

    def generate_data_report(self) -> dict[str, Any]:
        """Return the numbers of the last backtest, or of the account that is logged in."""
        return reports.data_report(self)

    def generate_kpi_report(self) -> dict[str, Any]:
        """Write a tear sheet to ``reports`` in the working folder, and show it."""
        return reports.kpi_report(self)

    def generate_trade_chart(self) -> dict[str, Any]:
        """Write a chart of the trades to ``reports`` in the working folder, and show it."""
        return reports.trade_chart(self)
