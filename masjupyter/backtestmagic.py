"""``%%mas_backtest``: run the class of a cell over history, watch it, and see its result."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments
from IPython.display import display

import mas
from mas.core import core_of
from mas.schema.market import BacktestParams, SignalsParams
from masjupyter.errors import CellError, one_line
from masjupyter.magics import arguments
from masjupyter.options import option

if TYPE_CHECKING:
    from collections.abc import Mapping

    from masjupyter.desk import Desk

NAME = "backtest"


@magics_class
class BacktestMagics(Magics):
    """Backtests from cells."""

    shell: Any

    def __init__(self, shell: Any, desk: Desk, cell: Any) -> None:
        super().__init__(shell)
        self._desk = desk
        self._cell = cell

    @magic_arguments()
    @argument("name", nargs="?", help="the class; default: the last one that the cell defines")
    @option(SignalsParams, "symbol", default="EURUSD")
    @option(SignalsParams, "timeframe", default="H1")
    @argument("--ticks", action="store_true", help="push ticks instead of bars")
    @option(BacktestParams, "from", dest="start", required=True)
    @option(BacktestParams, "to", dest="end", required=True)
    @option(BacktestParams, "capital")
    @option(BacktestParams, "model")
    @option(BacktestParams, "source")
    @option(BacktestParams, "partial")
    @option(BacktestParams, "spread")
    @argument("--commission", type=float, help="account currency, a lot and deal")
    @argument("--leverage", type=int, help="N of 1:N")
    @argument("--latency", type=int, help="milliseconds from sending to execution")
    @argument("--slippage", type=int, help="points that market orders and stops deal worse")
    @option(BacktestParams, "profile")
    @option(BacktestParams, "stop_on_error")
    @argument("--into", default=NAME, help="variable for the client; its result is .result")
    @line_cell_magic
    def mas_backtest(self, line: str, cell: str | None = None) -> None:
        """Run a class over history."""
        __tracebackhide__ = True  # an error of the strategy shows the strategy
        args = arguments(self.mas_backtest, line)
        fresh = self._define(cell) if cell is not None else []
        strategy = self._strategy(args.name or (fresh[-1] if fresh else None))
        title = f"{strategy.__name__} · {args.symbol} · {args.start} to {args.end}"
        with one_line():
            run = mas.Backtest(strategy, **_asked(args))
        self._follow(run, title, args)

    def _define(self, cell: str) -> list[str]:
        """Run the cell's own code, and return the names of the classes that it has made."""
        shell, space = self.shell, self.shell.user_ns
        before = dict(space)
        # Tracebacks name the cell by its number and the line that the user sees: the magic's own
        # line counts, and so do blank ones before the code.
        blank = next((at for at, line in enumerate(cell.splitlines()) if line.strip()), 0)
        code = "\n" * (1 + blank) + shell.transform_cell(cell)
        name = shell.compile.cache(code, len(space.get("In", ())) - 1)
        exec(compile(code, name, "exec"), space)  # noqa: S102  a cell
        return [
            name
            for name, value in space.items()
            if _strategy(value) and before.get(name) is not value
        ]

    def _strategy(self, name: str | None) -> type[mas.MAS]:
        space: Mapping[str, Any] = self.shell.user_ns
        found = space.get(name) if name is not None else None
        if not _strategy(found):
            asked = f"{name} is no class of the client" if name else "there is no class"
            raise CellError(
                f"%%mas_backtest: {asked}: define class MyClient(mas) in the cell, or name one"
            )
        return found  # type: ignore[return-value]

    def _follow(self, run: mas.Backtest, title: str, args: Any) -> None:
        __tracebackhide__ = True  # an error of the strategy shows the strategy
        from masjupyter.widgets.backtest import BacktestPanel  # noqa: PLC0415  brings pandas

        panel = BacktestPanel(self._desk, title, args.capital)
        self._desk.show(panel, self._cell())
        display(panel)
        try:
            with one_line():
                run.go(follower=panel.reach)
        finally:
            self._desk.drop(panel)
            if run.client is not None and core_of(run.client).result is not None:
                self.shell.user_ns[args.into] = run.client
            display(_card(run.client, args.into, title))


def _card(client: Any, into: str, title: str) -> Any:
    """Return what is shown when the live view has gone."""
    from mas.report.card import ResultCard  # noqa: PLC0415
    from mas.report.record import of_result  # noqa: PLC0415

    result = None if client is None else core_of(client).result
    if result is None:
        return _Nothing(title)
    note = f"{into}.result has trades, deals, orders, equity; {into}.generate_kpi_report()"
    return ResultCard(of_result(result, type(client).__name__), note)


class _Nothing:
    """What is shown of a run that did not begin."""

    def __init__(self, title: str) -> None:
        self._title = title

    def __repr__(self) -> str:
        return f"{self._title}: it did not begin"


def _strategy(value: object) -> bool:
    return inspect.isclass(value) and issubclass(value, mas.MAS) and value is not mas.MAS


def _asked(args: Any) -> dict[str, Any]:
    account = {
        "commission": args.commission, "leverage": args.leverage, "latency_ms": args.latency,
        "slippage": args.slippage,
    }  # fmt: skip
    return {
        "symbol": args.symbol, "timeframe": None if args.ticks else args.timeframe,
        "from_": args.start, "to": args.end, "capital": args.capital, "model": args.model,
        "spread": args.spread, "source": args.source, "partial": args.partial,
        "profile": args.profile, "stop_on_error": args.stop_on_error,
        "settings": {name: value for name, value in account.items() if value is not None},
    }  # fmt: skip
