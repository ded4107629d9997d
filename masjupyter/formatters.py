"""How values of ``mas`` look in a notebook: one HTML table each; their text is their own."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from mas.backtest.result import Result
from mas.events import Execution, OrderStatus
from mas.terminal.orderkind import KINDS
from mas.terminal.types import AccountInfo, OrderCheckResult

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mas.schema import OrderParams


class Check:
    """What ``order_check`` says to an order; nothing was sent."""

    def __init__(self, order: OrderParams, result: OrderCheckResult, advice: str) -> None:
        self.order = order
        self.result = result
        self.advice = advice

    @property
    def ok(self) -> bool:
        """Whether the check passed."""
        return self.result.retcode == 0

    def rows(self) -> list[tuple[str, str]]:
        """Return what is shown, as label and text."""
        result = self.result
        rows = [("check", f"{result.comment} ({result.retcode})")]
        if not self.ok:
            rows.append(("what to do", self.advice))
        if result.equity:
            rows += [
                ("equity", f"{result.equity:,.2f}"),
                ("margin after it", f"{result.margin:,.2f}"),
                ("free margin after it", f"{result.margin_free:,.2f}"),
                ("margin level after it", f"{result.margin_level:,.2f} %"),
            ]
        return rows

    def __repr__(self) -> str:
        order = self.order
        what = f"{KINDS[order.order_type].name} {order.volume:g} {order.symbol}"
        lines = [f"{label:>22}  {text}" for label, text in self.rows()]
        return "\n".join([f"Check of {what}: nothing was sent", *lines])

    def _repr_html_(self) -> str:
        return table(self.rows())


def table(rows: Iterable[tuple[str, str]]) -> str:
    """Return label and text as a small table."""
    cells = "".join(
        f"<tr><th style='text-align:left'>{escape(label)}</th>"
        f"<td style='text-align:right'>{escape(text)}</td></tr>"
        for label, text in rows
    )
    return f"<table class='mas-static'>{cells}</table>"


def _account(info: AccountInfo) -> str:
    money = info.currency
    return table(
        [
            ("account", f"{info.login} at {info.server}"),
            ("balance", f"{info.balance:,.2f} {money}"),
            ("equity", f"{info.equity:,.2f} {money}"),
            ("margin", f"{info.margin:,.2f} {money}"),
            ("free margin", f"{info.margin_free:,.2f} {money}"),
            ("margin level", f"{info.margin_level:,.2f} %" if info.margin else "–"),
        ]
    )


def _status(status: OrderStatus) -> str:
    return table(
        [
            ("order", str(status.order or "–")),
            ("symbol", status.symbol),
            ("answer", f"{status.message} ({status.retcode})"),
        ]
    )


def _execution(execution: Execution) -> str:
    shown = dict(execution.as_dict())
    names = ("deal", "symbol", "type", "entry", "volume", "price", "profit", "time")
    return table([(name, str(shown[name])) for name in names])


def _result(result: Result) -> str:
    from mas.report.card import ResultCard  # noqa: PLC0415  brings pandas
    from mas.report.record import of_result  # noqa: PLC0415

    name = result.facts.strategy or "run"
    return ResultCard(of_result(result, name))._repr_html_()


FORMATTERS = {
    AccountInfo: _account, OrderStatus: _status, Execution: _execution, Result: _result,
}  # fmt: skip


def register(shell: Any) -> None:
    """Show values of ``mas`` as tables in this shell."""
    for kind, show in FORMATTERS.items():
        shell.display_formatter.formatters["text/html"].for_type(kind, show)


def unregister(shell: Any) -> None:
    """Take that back."""
    for kind in FORMATTERS:
        shell.display_formatter.formatters["text/html"].pop(kind, None)
