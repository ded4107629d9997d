"""The magics: parse a line, call a command, show what comes."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from IPython.core.error import UsageError
from IPython.core.magic import (
    Magics,
    line_cell_magic,
    line_magic,
    magics_class,
    needs_local_scope,
    no_var_expand,
)
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import display

from mas.connect import SIM_SERVER
from mas.schema import OrderParams
from mas.schema.account import LoginParams
from mas.schema.trading import ModifyParams
from mas.terminal.retcodes import retcode_help
from masjupyter import commands, prompt, widgets
from masjupyter.desk import PAPER_LOGIN
from masjupyter.errors import CellError, one_line
from masjupyter.formatters import Check
from masjupyter.options import option, takes_fields

if TYPE_CHECKING:
    from mas.events import OrderStatus
    from masjupyter.desk import Desk, Panel

ON_THE_LINE = (
    "a password is never given on the line, where IPython's history keeps it: run the magic "
    "without it and you are asked. What you typed is in the history now, so change that password"
)


@magics_class
class MasMagics(Magics):
    """Trading from cells. Each magic explains itself: ``%mas_order?``."""

    shell: Any

    def __init__(self, shell: Any, desk: Desk) -> None:
        super().__init__(shell)
        self.desk = desk
        self.cell = ""
        self._outside = count()

    def begin_cell(self, info: Any) -> None:
        """Close what the cell showed when it ran before (IPython's ``pre_run_cell``)."""
        cell = getattr(info, "cell_id", None)
        self.cell = cell or f"line-{next(self._outside)}"
        if cell:
            self.desk.close_cell(cell)

    def _show(self, panel: Panel) -> None:
        self.desk.show(panel, self.cell)
        display(panel)

    # -- session -------------------------------------------------------------------------------

    @magic_arguments()
    @argument("--sim", action="store_true", help="the embedded simulated terminal")
    @argument("--seed", type=int, help="with --sim: another market; the account is in memory")
    @argument("--at", help="with --sim: a clock that stands at this ISO time, UTC")
    @argument("--balance", type=float, help="with --sim: first deposit of an account in memory")
    @option(LoginParams, "account")
    @option(LoginParams, "server")
    @option(LoginParams, "timeout")
    @argument("--terminal", help="sim:, native:, mt5linux://host:port, or a configured name")
    @line_magic
    def mas_login(self, line: str) -> None:
        """Log in and show the account; the password is asked for."""
        if "--pass" in line.lower() or "password" in line.lower():
            raise CellError(ON_THE_LINE)
        args = arguments(self.mas_login, line)
        if args.sim:
            account, server, terminal = args.account or PAPER_LOGIN, SIM_SERVER, _sim_url(args)
            password = "any"  # noqa: S105  the paper account takes every password
        elif args.account is None or not args.server:
            raise CellError(
                "say which account: %mas_login --sim, or %mas_login --account N --server S"
            )
        else:
            account, server, terminal = args.account, args.server, args.terminal
            password = prompt.password(account, server)
        with one_line():
            self.desk.login(
                account=account,
                password=password,
                server=server,
                timeout=args.timeout,
                terminal=terminal,
            )
        self._show(widgets.AccountCard(self.desk))

    @line_magic
    def mas_logout(self, line: str) -> None:
        """End the session; the terminal and what is open there go on."""
        del line
        with one_line():
            self.desk.logout()

    # -- orders --------------------------------------------------------------------------------

    @takes_fields(OrderParams, but={"backtest_toggle"})
    @magic_arguments()
    @argument("words", nargs="*", help="buy 0.1 EURUSD sl=1.0850 tp=1.0950")
    @argument("--check", action="store_true", help="say what order_check says; send nothing")
    @argument("--as", dest="name", help="bind the result to this name")
    @no_var_expand  # {bid} is the symbol's, not a variable's that happens to have this name
    @needs_local_scope
    @line_cell_magic
    def mas_order(self, line: str, cell: str | None = None, local_ns: Any = None) -> None:
        """Send orders: in one line, or in the cell as YAML, key = value lines, or a dict."""
        args = arguments(self.mas_order, line)
        commands.need_login(self.desk)
        if args.name and not args.name.isidentifier():
            raise CellError(f"--as takes a name such as order1, was {args.name!r}")
        namespace = {**self.shell.user_ns, **(local_ns or {})}
        made: list[Any] = []
        try:
            with one_line():
                orders = commands.read_orders(self.desk, " ".join(args.words), cell, namespace)
                run = self._check if args.check else self._send
                run(orders, made)
        finally:
            # What was sent is bound even when the next order failed.
            if args.name and made:
                self.shell.user_ns[args.name] = made[0] if len(made) == 1 else made
        if not args.check:
            _fail_if_refused([card.status for card in made])

    def _check(self, orders: list[OrderParams], made: list[Any]) -> None:
        results = commands.check_orders(self.desk, orders)
        for order, result in zip(orders, results, strict=True):
            made.append(Check(order, result, retcode_help(result.retcode)))
            display(made[-1])

    def _send(self, orders: list[OrderParams], made: list[Any]) -> None:
        def told(status: OrderStatus) -> None:
            made.append(widgets.OrderCard(self.desk, status))
            self._show(made[-1])

        commands.send_orders(self.desk, orders, told)

    @magic_arguments()
    @argument("ticket", type=int, help="ticket of the position")
    @argument("--volume", type=float, help="lots; all of it when left out")
    @line_magic
    def mas_close(self, line: str) -> None:
        """Close a position, or a part of it."""
        args = arguments(self.mas_close, line)
        commands.need_login(self.desk)
        with one_line():
            self._answered(self.desk.close_position(args.ticket, args.volume))

    @magic_arguments()
    @argument("ticket", type=int, help="ticket of the pending order")
    @line_magic
    def mas_cancel(self, line: str) -> None:
        """Delete a pending order."""
        args = arguments(self.mas_cancel, line)
        commands.need_login(self.desk)
        with one_line():
            self._answered(self.desk.cancel(args.ticket))

    @magic_arguments()
    @argument("ticket", type=int, help="ticket of the pending order or the position")
    @option(ModifyParams, "price")
    @option(ModifyParams, "sl")
    @option(ModifyParams, "tp")
    @line_magic
    def mas_modify(self, line: str) -> None:
        """Change a pending order, or the stops of a position; the rest keeps its value."""
        args = arguments(self.mas_modify, line)
        commands.need_login(self.desk)
        named = {"price": args.price, "sl": args.sl, "tp": args.tp}
        changes = {name: value for name, value in named.items() if value is not None}
        if not changes:
            raise CellError("nothing to change: give at least one of --price, --sl and --tp")
        with one_line():
            self._answered(self.desk.modify(args.ticket, **changes))

    def _answered(self, status: OrderStatus) -> None:
        self._show(widgets.OrderCard(self.desk, status))
        _fail_if_refused([status])

    # -- panels --------------------------------------------------------------------------------

    @line_magic
    def mas_account(self, line: str) -> None:
        """Show the account."""
        del line
        commands.need_login(self.desk)
        self._show(widgets.AccountCard(self.desk))

    @magic_arguments()
    @argument("symbol", nargs="?", default="EURUSD", help="e.g. EURUSD")
    @line_magic
    def mas_ticket(self, line: str) -> None:
        """Show an order ticket."""
        args = arguments(self.mas_ticket, line)
        commands.need_login(self.desk)
        self._show(widgets.OrderTicket(self.desk, commands.need_symbol(self.desk, args.symbol)))

    @magic_arguments()
    @argument("symbols", nargs="*", help="symbols; all of them when left out")
    @line_magic
    def mas_quotes(self, line: str) -> None:
        """Show live quotes."""
        args = arguments(self.mas_quotes, line)
        commands.need_login(self.desk)
        names = [commands.need_symbol(self.desk, symbol) for symbol in args.symbols]
        self._show(widgets.Quotes(self.desk, names or commands.symbols(self.desk)[:12]))

    @magic_arguments()
    @argument("symbol", nargs="?", default="EURUSD", help="e.g. EURUSD")
    @argument("--timeframe", default="M1", help="M1 … MN1")
    @argument("--bars", type=int, default=120, help="how many")
    @line_magic
    def mas_chart(self, line: str) -> None:
        """Show a live price chart with the executions on it."""
        args = arguments(self.mas_chart, line)
        commands.need_login(self.desk)
        symbol = commands.need_symbol(self.desk, args.symbol)
        with one_line():
            self._show(
                widgets.PriceChart(self.desk, symbol, timeframe=args.timeframe, bars=args.bars)
            )

    @line_magic
    def mas_positions(self, line: str) -> None:
        """Show open positions, each with a button that closes it."""
        del line
        commands.need_login(self.desk)
        self._show(widgets.Positions(self.desk))

    @line_magic
    def mas_orders(self, line: str) -> None:
        """Show pending orders, each with a button that cancels it."""
        del line
        commands.need_login(self.desk)
        self._show(widgets.PendingOrders(self.desk))

    @line_magic
    def mas_executions(self, line: str) -> None:
        """Show the executions of this session."""
        del line
        commands.need_login(self.desk)
        self._show(widgets.Executions(self.desk))


def _sim_url(args: Any) -> str:
    """Return the URL of the embedded terminal that the options ask for."""
    asked = {"seed": args.seed, "at": args.at, "balance": args.balance}
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    return f"sim:?{query}" if query else "sim:"


def arguments(magic: Any, line: str) -> Any:
    """Return the parsed arguments; wrong ones fail the cell, as wrong orders do."""
    name = magic.__name__
    try:
        return parse_argstring(magic, line)
    except UsageError as error:
        if name == "mas_login":
            # The line may hold a password that was typed where it does not belong.
            reason = "the arguments are not understood; use %mas_login --sim, or "
            raise CellError(f"{reason}%mas_login --account N --server S") from None
        raise CellError(f"%{name}: {' '.join(str(error).split())}; see %{name}?") from None


def _fail_if_refused(statuses: list[OrderStatus]) -> None:
    """Fail the cell for orders that were refused, so that "run all" stops."""
    refused = [status for status in statuses if not status.ok]
    if refused:
        words = "; ".join(status.message for status in refused)
        raise CellError(f"{len(refused)} of {len(statuses)} refused: {words}")
