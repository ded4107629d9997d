"""How the simulated broker has set up an account and its market."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from mas.checked import check, hints, of_texts
from mas.errors import ParamError
from mas.history.serverclock import server_clock
from mas.terminal import constants as c

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MARGIN_MODES = {
    "netting": c.ACCOUNT_MARGIN_MODE_RETAIL_NETTING,
    "exchange": c.ACCOUNT_MARGIN_MODE_EXCHANGE,
    "hedging": c.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING,
}
STOP_OUT_MODES = {
    "percent": c.ACCOUNT_STOPOUT_MODE_PERCENT,
    "money": c.ACCOUNT_STOPOUT_MODE_MONEY,
}
AboveZero = Annotated[int, Meta(gt=0)]
NotNegative = Annotated[int, Meta(ge=0)]
Level = Annotated[float, Meta(ge=0)]


@dataclass(frozen=True, slots=True)
class SimSettings:
    """How the simulated broker has set up the account and the market.

    The defaults are those that the rules propose; ``docs/fidelity.md`` lists the rules.

    Attributes
    ----------
    seed : int
        Of the synthetic market.
    balance : float
        First deposit, account currency.
    leverage : int
        N of 1:N.
    margin_mode : str
        ``"hedging"``, ``"netting"`` or ``"exchange"`` (R100).
    hours : str
        ``"always"``: open whenever the user is; what was before the terminal was opened is a
        normal week. ``"market"``: the symbols' sessions (R40).
    server_zone : str
        The server's clock, by which days, weeks, sessions and bars go (R182, R183): ``"UTC"``, an
        offset such as ``"+3"``, a zone such as ``"Europe/Athens"``, or ``"New York close"``.
    stop_out_mode : str
        Whether the two levels are in ``"percent"`` of the margin or ``"money"`` (R150).
    stop_out, margin_call : float
        The levels (R150).
    hedged_stop_out : bool
        A negative equity without margin is a stop out, too (R152).
    stop_out_ends : bool
        After a stop out the account trades no more (R156).
    negative_balance_protection : bool
        A negative balance is made up when nothing is open (R154).
    free_margin_with_profit : bool
        Floating profit counts as free margin (R135).
    profit_conversion : str
        ``"deal"``: forex results convert at the side of the closing deal (R141); ``"market"``:
        a gain at the bid and a loss at the ask, as all else does (R142).
    price_improvement : bool
        Limits and take-profits deal at the better quote after a gap (R74).
    latency_ms : int
        Between sending a request and its execution, at the price of its arrival (R205).
    requests_per_second : int
        More are refused with 10024; 0 for any number.
    limit_orders, limit_positions : int
        Most pending orders and positions; 0 for any number (R67, R69).
    fifo_close : bool
        Only the oldest position of a symbol may be closed (R35).
    hedge_prohibited : bool
        A hedging account must not hold opposite positions (R35).
    stops_on_market_entry : bool
        SL and TP may come with a deal on market or exchange execution (R26).
    absent_filling : str
        What a request without type_filling means: ``"fok"`` or ``"return"`` (R27).
    instant_fok_only : bool
        Instant and request execution allow FOK alone, as the older help says (R85).
    pending_return_only : bool
        Pending orders with FOK or IOC are refused (R86).
    tester : bool
        Words as in the Strategy Tester: comments of stops without brackets (R232).
    comment_length : int
        Longest comment, characters (R7).
    commission : float
        Account currency, charged by each deal that opens or closes (R123).
    commission_mode : str
        What it is charged for: a ``"lot"``, an ``"order"``, or percent of the deal's ``"value"``.
    commission_charge : str
        ``"deal"``, or summed up in a deal of its own: ``"daily"``, ``"monthly"`` (R122).
    slippage : int
        Points by which market orders and stops deal worse than the quote; limits and
        take-profits never do.
    slippage_mode : str
        ``"fixed"``, or ``"random"``: from none to all of it, drawn by `seed` and order.
    symbols : str
        File of specifications; "" for the built-in ones.
    """

    seed: int = 7
    balance: float = 10_000.0
    currency: str = "USD"
    leverage: AboveZero = 100
    margin_mode: Literal["netting", "exchange", "hedging"] = "hedging"
    hours: Literal["always", "market"] = "always"
    server_zone: str = "UTC"
    stop_out_mode: Literal["percent", "money"] = "percent"
    stop_out: Level = 50.0
    margin_call: Level = 100.0
    hedged_stop_out: bool = True
    stop_out_ends: bool = False
    negative_balance_protection: bool = False
    free_margin_with_profit: bool = True
    profit_conversion: Literal["deal", "market"] = "deal"
    price_improvement: bool = False
    latency_ms: NotNegative = 0
    requests_per_second: NotNegative = 0
    limit_orders: NotNegative = 0
    limit_positions: NotNegative = 0
    fifo_close: bool = False
    hedge_prohibited: bool = False
    stops_on_market_entry: bool = True
    absent_filling: Literal["fok", "return"] = "fok"
    instant_fok_only: bool = False
    pending_return_only: bool = False
    tester: bool = False
    comment_length: NotNegative = 31
    commission: float = 0.0
    commission_mode: Literal["lot", "value", "order"] = "lot"
    commission_charge: Literal["deal", "daily", "monthly"] = "deal"
    slippage: NotNegative = 0
    slippage_mode: Literal["fixed", "random"] = "fixed"
    symbols: str = ""
    login: AboveZero = 1_000_000
    server: str = "MAS-Sim"

    def __post_init__(self) -> None:
        check(self)
        server_clock(self.server_zone)

    @property
    def hedging(self) -> bool:
        """Whether each deal opens a position of its own (R104)."""
        return self.margin_mode == "hedging"

    def shown_comment(self, comment: str) -> str:
        """Return a comment of the server as an account shows it, or the tester (R232)."""
        return comment if self.tester else f"[{comment}]"


def settings_of(given: Mapping[str, str]) -> SimSettings:
    """Return settings from texts, such as those of a URL.

    Raises
    ------
    ParamError
        A field is unknown, or its text is not of its type.
    """
    for name in given:
        if name not in hints(SimSettings):
            raise unknown_setting(name)
    return SimSettings(**of_texts(SimSettings, given))


def unknown_setting(name: object, more: Iterable[str] = ()) -> ParamError:
    """Return the refusal of a name that no setting has, with the one that was meant.

    Parameters
    ----------
    more : iterable of str, optional
        Other names that are accepted at the same place.
    """
    if name == "server_offset_hours":
        return ParamError(
            "server_offset_hours is now server_zone: an offset such as '+3', a zone such as "
            "'Europe/Athens', or 'New York close'",
            field="server_offset_hours",
        )
    names = sorted({field.name for field in dataclasses.fields(SimSettings)} | {*more})
    near = get_close_matches(str(name), names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"accepted are {', '.join(names)}"
    return ParamError(f"{name!r} is not a setting; {hint}", field=str(name))
