"""The one order path: build, write the intent, call the terminal, record, tell.

Everything that can place, change or cancel an order comes through :class:`OrderPath`, whose work is
one job on the thread that owns the terminal, or is done under the lock of the simulated one. So
nothing can come between the answer and its record, and an answer that comes after the caller has
stopped waiting is recorded and told all the same. Nothing is ever sent again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from mas.errors import TerminalError, TerminalTimeoutError
from mas.events import DONE, OrderStatus
from mas.terminal import constants as c
from mas.terminal.order_entry import order_entry_of
from mas.terminal.orderkind import KINDS
from mas.terminal.retcodes import retcode_help, retcode_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mas.clock import Clock
    from mas.terminal import Terminal
    from mas.terminal.link import Link
    from mas.terminal.order_entry import OrderEntry
    from mas.terminal.types import TradeDeal, TradeRequest

    Build = Callable[[OrderEntry], TradeRequest]
    """Makes a request with what the account knows."""

Action = Literal["modify", "cancel"]

DEALING = frozenset({c.TRADE_ACTION_DEAL, c.TRADE_ACTION_CLOSE_BY, c.TRADE_ACTION_PENDING})
"""Actions whose answer may come with deals; a marketable limit may deal at once (R55)."""


class OrderRecorder(Protocol):
    """Where the path records what it did, and through which it is told on.

    Attributes
    ----------
    wants_deals : bool
        Whether the terminal is asked for the deals of an answer.
    """

    wants_deals: bool

    def intent(self, request: TradeRequest) -> int:
        """Write down that a request is about to be sent; return the entry's number."""
        ...

    def answer(self, intent: int, status: OrderStatus, deals: Iterable[TradeDeal]) -> None:
        """Record the answer and its deals, and queue their events."""
        ...

    def refused(self, intent: int, status: OrderStatus) -> None:
        """Record that the terminal sent nothing, and queue the event."""
        ...

    def unanswered(self, intent: int, status: OrderStatus) -> None:
        """Queue the event of a request whose fate is unknown; its intent stays open."""
        ...


class OrderPath:
    """Sends requests and records them in one ledger."""

    def __init__(self, ledger: OrderRecorder, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    def send(self, account: OrderEntry, build: Build, action: Action | None = None) -> OrderStatus:
        """Send what `build` makes and return the answer; a refusal is an answer too."""
        return self._exchange(account, build(account), action)

    def send_over(
        self, link: Link, build: Build, action: Action | None, *, deadline: float
    ) -> OrderStatus:
        """Do the same as one job of the thread that owns the terminal.

        Parameters
        ----------
        deadline : float
            Seconds to wait for the terminal's answer.
        """
        sent: list[TradeRequest] = []

        def job(terminal: Terminal) -> OrderStatus:
            account = order_entry_of(terminal)
            sent.append(build(account))
            return self._exchange(account, sent[0], action)

        try:
            return link.run(job, deadline=deadline)
        except TerminalTimeoutError:
            text = (
                f"no answer from the terminal within {deadline:g} s (timeout); the order may "
                "still be executed and its executions will arrive: look at positions before "
                "sending it again"
            )
            request = sent[0] if sent else None
            return self._failed(c.TRADE_RETCODE_TIMEOUT, text, request, action)

    def _exchange(
        self, account: OrderEntry, request: TradeRequest, action: Action | None
    ) -> OrderStatus:
        ledger = self._ledger
        intent = ledger.intent(request)
        try:
            result = account.send(request)
            error = (0, "") if result is not None else account.last_error()
        except TerminalError as lost:
            result, error = None, (lost.code, str(lost))
        if result is None:
            return self._nothing(intent, error, request, action)
        retcode = result.retcode
        status = OrderStatus(
            order=result.order or request.order,
            status=_state(retcode, request),
            retcode=retcode,
            message=_message(retcode, result.comment),
            request=request,
            action=action,
            symbol=request.symbol,
            time_msc=self._clock.now_ms(),
        )
        deals: Iterable[TradeDeal] = ()
        if ledger.wants_deals and retcode in DONE and request.action in DEALING:
            deals = account.deals_of(result.order)
        ledger.answer(intent, status, deals)
        return status

    def _nothing(
        self, intent: int, error: tuple[int, str], request: TradeRequest, action: Action | None
    ) -> OrderStatus:
        """Tell a missing answer: not sent for bad arguments, otherwise of unknown fate (R214)."""
        code, text = error
        unsent = code in {c.RES_E_INVALID_PARAMS, c.RES_E_AUTO_TRADING_DISABLED}
        advice = (
            "nothing was sent"
            if unsent
            else "it is not known whether it was executed: look at positions and history "
            "before sending it again"
        )
        status = self._failed(code, f"{text} ({code}); {advice}", request, action)
        if unsent:
            self._ledger.refused(intent, status)
        else:
            self._ledger.unanswered(intent, status)
        return status

    def _failed(
        self, retcode: int, message: str, request: TradeRequest | None, action: Action | None
    ) -> OrderStatus:
        return OrderStatus(
            order=0 if request is None else request.order,
            status=c.ORDER_STATE_STARTED,
            retcode=retcode,
            message=message,
            request=request,
            action=action,
            symbol="" if request is None else request.symbol,
            time_msc=self._clock.now_ms(),
        )


def _state(retcode: int, request: TradeRequest) -> int:
    """Return the state in which an answer leaves the order (R114)."""
    if retcode not in DONE:
        return c.ORDER_STATE_REJECTED
    if retcode == c.TRADE_RETCODE_DONE_PARTIAL:
        return c.ORDER_STATE_PARTIAL
    action = request.action
    if action == c.TRADE_ACTION_REMOVE:
        return c.ORDER_STATE_CANCELED
    filled = action == c.TRADE_ACTION_CLOSE_BY or (
        action == c.TRADE_ACTION_DEAL and KINDS[request.type].market
    )
    if filled and retcode == c.TRADE_RETCODE_DONE:
        return c.ORDER_STATE_FILLED
    return c.ORDER_STATE_PLACED


def _message(retcode: int, comment: str) -> str:
    """Return the answer in one line: its text, for a refusal with the code and what to do."""
    text = comment or retcode_text(retcode)
    if retcode in DONE:
        return text
    return f"{text} ({retcode}): {retcode_help(retcode)}"
