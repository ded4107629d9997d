"""The three documented reports of a client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mas.callbacks import private_of
from mas.errors import MasError
from mas.terminal.proxy import TerminalProxy

if TYPE_CHECKING:
    from mas.callbacks import Callbacks
    from mas.report.record import Record

Answer = dict[str, Any]
NOTHING = "there is no backtest yet and no login: run one, or log in"
MISSING = "Missing trade data for {} generation"
TALL = {"kpi": 980, "chart": 1120}


def record_of(client: Callbacks) -> Record:
    """Return the facts about a client's last run, else about the account it is logged in to.

    Raises
    ------
    MasError
        There is neither.
    """
    from mas.report.record import of_account, of_result  # noqa: PLC0415  pandas

    name, core = type(client).__name__, private_of(client)
    if core.result is not None:
        return of_result(core.result, name)
    if core.logged_in:
        return of_account(TerminalProxy(core.live_session, utc=True), name)
    raise MasError(NOTHING)


def data_report(client: Callbacks) -> Answer:
    """Return the numbers."""
    from mas.report.data import data_of  # noqa: PLC0415

    try:
        return {"status": True, "data": data_of(record_of(client))}
    except MasError as error:
        return {"status": False, "error": str(error)}


def kpi_report(client: Callbacks) -> Answer:
    """Write and show the tear sheet."""
    from mas.report.tearsheet import tear_sheet  # noqa: PLC0415

    return _page(client, "KPI", "kpi", tear_sheet)


def trade_chart(client: Callbacks) -> Answer:
    """Write and show the chart."""
    from mas.report import chart  # noqa: PLC0415

    return _page(client, "chart", "chart", chart.trade_chart)


def _page(client: Callbacks, words: str, kind: str, make: Any) -> Answer:
    from mas.report.show import show, write  # noqa: PLC0415

    try:
        record = record_of(client)
        if not len(record.trades):
            return {"status": False, "error": MISSING.format(words)}
        show(write(record, kind, make(record)), TALL[kind])
    except MasError as error:
        return {"status": False, "error": str(error)}
    return {"status": True}
