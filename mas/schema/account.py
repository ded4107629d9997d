"""The parameters of logins and of questions about the account."""

from typing import Annotated

from msgspec import field

from mas.schema.field import Params, about, of_ticket
from mas.schema.trading import Symbol, Toggle
from mas.schema.words import LANGUAGES, same

FIRST, LAST = 946_684_800, 4_000_000_000
"""From 2000 on; beyond any server's clock (R220), epoch seconds."""
Start = Annotated[float, about("datetime", "start, UTC")]
End = Annotated[float, about("datetime", "end, UTC")]


class LoginParams(Params, frozen=True, kw_only=True):
    """Where to log in, and as whom."""

    account: Annotated[int | str, about("account", "the account")]
    password: Annotated[str, about("str", "the password", secret=True)]
    server: Annotated[str, about("str", "the trade server, e.g. MAS-Sim")]
    timeout: Annotated[int, about("int", "longest wait", unit="milliseconds", above=0)] = 6000

    def __repr__(self) -> str:
        """Return as whom, and not with which password."""
        return f"<{self.account}@{self.server}>"


class LanguageParams(Params, frozen=True, kw_only=True):
    """The language of messages."""

    lang: Annotated[str, about("word", "language of messages", choices=same(*LANGUAGES))] = "en"


class SymbolsParams(Params, frozen=True, kw_only=True):
    """Which symbols to return."""

    group: Annotated[str, about("str", "masks such as *USD*")] | None = None
    backtest_toggle: Toggle | None = None


class AccountParams(Params, frozen=True, kw_only=True):
    """Which account to describe."""

    backtest_toggle: Toggle | None = None


class OpenParams(Params, frozen=True, kw_only=True):
    """Which open positions or pending orders to return."""

    symbol: Symbol | None = None
    group: Annotated[str, about("str", "masks such as *USD*,!XAU*")] | None = None
    ticket: Annotated[int, of_ticket("one ticket; ignored with symbol")] = 0
    backtest_toggle: Toggle | None = None


class PeriodParams(Params, frozen=True, kw_only=True):
    """A period of the account's history, epoch seconds."""

    from_: Start = field(default=FIRST, name="from")
    to: End = LAST
    backtest_toggle: Toggle | None = None


class HistoryParams(PeriodParams, frozen=True, kw_only=True):
    """Which finished orders or deals to return."""

    from_: Start = field(default=FIRST, name="from")  # messages name the period first
    to: End = LAST
    symbol: Symbol | None = None
    ticket: Annotated[int, of_ticket("one order")] = 0
    position: Annotated[int, of_ticket("one position")] = 0
