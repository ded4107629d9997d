"""The calls that ask about the account: what is open on it, and what was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mas import contract_rows as rows
from mas.calls.answer import answers, nothing
from mas.core import Client, core_of
from mas.schema import parse
from mas.schema.account import AccountParams, HistoryParams, OpenParams, PeriodParams
from mas.schema.document import documented

if TYPE_CHECKING:
    from mas import dicts
    from mas.core import ClientCore
    from mas.session import TradingSession

    Rows = list[dict[str, Any]]


class AccountCalls(Client):
    """Questions about the account."""

    @answers(lambda _: {"error": "Failed to retrieve account information"})
    @documented
    def get_account_info(self, params: dicts.GetAccountInfo | None = None) -> dict[str, Any]:
        """Return the account's fields; money in account currency."""
        given = parse("get_account_info", AccountParams, params)
        session = core_of(self).accounts.of(given.backtest_toggle)
        return rows.account(session.call(lambda t: t.account_info()))

    @answers(nothing)
    @documented
    def get_positions(self, params: dicts.GetPositions | None = None) -> Rows:
        """Return open positions."""
        given = parse("get_positions", OpenParams, params)
        session = core_of(self).accounts.of(given.backtest_toggle, position=given.ticket)
        return rows.positions(session.call(lambda t: t.positions_get(**_chosen(given))))

    @answers(nothing)
    @documented
    def get_pending_orders(self, params: dicts.GetPendingOrders | None = None) -> Rows:
        """Return pending orders."""
        given = parse("get_pending_orders", OpenParams, params)
        session = core_of(self).accounts.of(given.backtest_toggle, order=given.ticket)
        return rows.orders(session.call(lambda t: t.orders_get(**_chosen(given))))

    @answers(lambda _: 0)
    def get_orders_total(self) -> int:
        """Return the number of pending orders."""
        return int(core_of(self).accounts.of().call(lambda t: t.orders_total()))

    @answers(nothing)
    @documented
    def get_history_orders(self, params: dicts.GetHistoryOrders | None = None) -> Rows:
        """Return finished orders of a period, or of a ``ticket``, or of a ``position``."""
        given = parse("get_history_orders", HistoryParams, params)
        (asked, named), session = _asked(given), _past(core_of(self), given)
        found = session.call(lambda t: t.history_orders_get(*asked, **named))
        return rows.finished_orders(rows.of_symbol(found, given.symbol))

    @answers(lambda _: 0)
    @documented
    def get_history_orders_total(self, params: dicts.GetHistoryOrdersTotal | None = None) -> int:
        """Return the number of finished orders of a period."""
        given = parse("get_history_orders_total", PeriodParams, params)
        session = core_of(self).accounts.of(given.backtest_toggle)
        return int(session.call(lambda t: t.history_orders_total(given.from_, given.to)))

    @answers(nothing)
    @documented
    def get_order_history(self, params: dicts.GetOrderHistory | None = None) -> Rows:
        """Return deals of a period, or of a ``ticket``, or of a ``position``."""
        given = parse("get_order_history", HistoryParams, params)
        (asked, named), session = _asked(given), _past(core_of(self), given)
        found = session.call(lambda t: t.history_deals_get(*asked, **named))
        return rows.deals(rows.of_symbol(found, given.symbol))


def _past(core: ClientCore, given: HistoryParams) -> TradingSession:
    """Return the account whose history is meant."""
    return core.accounts.of(
        given.backtest_toggle, order=given.ticket, position=given.position, past=True
    )


def _chosen(given: OpenParams) -> dict[str, Any]:
    """Return the filter that counts: ``symbol`` before ``group`` before ``ticket`` (R8)."""
    for name in ("symbol", "group", "ticket"):
        if getattr(given, name):
            return {name: getattr(given, name)}
    return {}


def _asked(given: HistoryParams) -> tuple[tuple[float, ...], dict[str, Any]]:
    """Return the arguments of a history query: a ticket, a position, or two dates (R10)."""
    for name in ("ticket", "position"):
        if getattr(given, name):
            return (), {name: getattr(given, name)}
    return (given.from_, given.to), {}
