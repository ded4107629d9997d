"""What each documented call takes: the table from which everything else follows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

from mas.terminal import constants as c

ORDER_TYPES: Final = {
    "buy": c.ORDER_TYPE_BUY,
    "sell": c.ORDER_TYPE_SELL,
    "buy_limit": c.ORDER_TYPE_BUY_LIMIT,
    "sell_limit": c.ORDER_TYPE_SELL_LIMIT,
    "buy_stop": c.ORDER_TYPE_BUY_STOP,
    "sell_stop": c.ORDER_TYPE_SELL_STOP,
    "buy_stop_limit": c.ORDER_TYPE_BUY_STOP_LIMIT,
    "sell_stop_limit": c.ORDER_TYPE_SELL_STOP_LIMIT,
}
STOP_LIMIT_TYPES: Final = frozenset({c.ORDER_TYPE_BUY_STOP_LIMIT, c.ORDER_TYPE_SELL_STOP_LIMIT})


def _constants(prefix: str) -> dict[str, int]:
    return {
        name.removeprefix(prefix): value
        for name, value in vars(c).items()
        if name.startswith(prefix)
    }


TIMEFRAMES: Final = _constants("TIMEFRAME_")


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a call.

    Attributes
    ----------
    kind : str
        ``bool``, ``str``, ``int``, ``float``, ``datetime``, ``ticket``, ``account``, ``mapping``,
        ``texts``, ``pairs`` (of symbol and timeframe), ``word`` (one of the documented words) or
        ``code`` (a constant of the terminal, or its name).
    choices : dict
        Accepted words and what they mean.
    least, above : float or None
        Smallest accepted value; value that must be exceeded.
    only : frozenset of str
        Order types that use the field; empty for all.
    """

    name: str
    kind: str
    doc: str
    required: bool = False
    default: Any = None
    unit: str = ""
    choices: dict[str, Any] = field(default_factory=dict)
    prefix: str = ""
    least: float | None = None
    above: float | None = None
    alias: str = ""
    secret: bool = False
    only: frozenset[str] = frozenset()

    def accepted(self) -> str:
        """Return in words what the field accepts."""
        if self.kind == "word":
            return f"one of {', '.join(self.choices)}"
        if self.kind == "code":
            return f"one of {', '.join(self.prefix + name for name in self.choices)}"
        words = _WORDS[self.kind]
        if self.kind == "str" and self.required:
            words = "a text, not empty"
        unit = f" of {self.unit}" if self.unit and self.kind in {"int", "float"} else ""
        limit = ""
        if self.above is not None:
            limit = f" above {self.above:g}"
        elif self.least is not None:
            limit = f", {self.least:g} or more"
        return f"{words}{unit}{limit}"


_WORDS: Final = {
    "bool": "True or False",
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "datetime": "a datetime or ISO text such as 2026-01-31 12:00",
    "ticket": "the ticket of an order or position",
    "account": "the number of a trading account",
    "mapping": "a dict",
    "pairs": "a list of (symbol, timeframe)",
    "texts": "a list of texts",
}


def _toggle(*, required: bool = False, default: bool | None = None) -> Field:
    return Field(
        name="backtest_toggle",
        kind="bool",
        required=required,
        default=default,
        doc="True trades on the simulated account, False through the terminal",
    )


def _symbol(*, required: bool = True) -> Field:
    return Field(name="symbol", kind="str", required=required, doc="the symbol, e.g. EURUSD")


def _price(
    name: str, doc: str, *, required: bool = False, only: frozenset[str] = frozenset()
) -> Field:
    return Field(
        name=name, kind="float", doc=doc, unit="price", least=0, required=required, only=only
    )


def _ticket(name: str, doc: str, *, required: bool = False) -> Field:
    return Field(name=name, kind="ticket", doc=doc, least=0, required=required, default=0)


_PENDING = frozenset(name for name in ORDER_TYPES if "_" in name)
_SIDES: Final = {"buy": c.ORDER_TYPE_BUY, "sell": c.ORDER_TYPE_SELL}
_VOLUME = Field(
    name="volume", kind="float", required=True, unit="lots", above=0, doc="lots to deal"
)
_TYPE = Field(name="order_type", kind="word", required=True, choices=ORDER_TYPES, doc="what to do")
_SL = _price("sl", "stop loss price; 0 for none")
_TP = _price("tp", "take profit price; 0 for none")
_ACTION = Field(name="action", kind="word", required=True, choices=_SIDES, doc="buy or sell")
_TIMEFRAME = Field(
    name="timeframe",
    kind="code",
    prefix="TIMEFRAME_",
    required=True,
    choices=TIMEFRAMES,
    doc="length of a bar, e.g. H1",
)


def _comment(default: str) -> Field:
    return Field(name="comment", kind="str", default=default, doc="a note on the order")


_SEND = (
    _toggle(required=True),
    _symbol(),
    _TYPE,
    _VOLUME,
    _price("price", "the price of a pending order; market orders take the market's", only=_PENDING),
    _SL,
    _TP,
    _price(
        "stoplimit",
        "price of the limit order that a stop-limit places",
        only=frozenset({"buy_stop_limit", "sell_stop_limit"}),
    ),
    Field(name="deviation", kind="int", default=10, least=0, unit="points", doc="largest slippage"),
    Field(name="magic", kind="int", default=123456, least=0, doc="number of the strategy"),
    _comment("MAS Order"),
    Field(
        name="type_time",
        kind="code",
        prefix="ORDER_TIME_",
        default=c.ORDER_TIME_GTC,
        choices=_constants("ORDER_TIME_"),
        doc="how long the order stays",
        only=_PENDING,
    ),
    Field(
        name="expiration",
        kind="datetime",
        default=0,
        doc="when the order ends, with SPECIFIED",
        only=_PENDING,
    ),
    Field(
        name="type_filling",
        kind="code",
        prefix="ORDER_FILLING_",
        default=c.ORDER_FILLING_FOK,
        choices=_constants("ORDER_FILLING_"),
        doc="what happens when not all of the volume can be dealt",
    ),
    _ticket("position", "the position to change or close"),
    _ticket("position_by", "the opposite position to close it by"),
    _ticket("order_id", "the order whose position is to be closed"),
)
_LOGIN = (
    Field(name="account", kind="account", required=True, doc="the account"),
    Field(name="password", kind="str", required=True, secret=True, doc="the password"),
    Field(name="server", kind="str", required=True, doc="the trade server, e.g. MAS-Sim"),
    Field(
        name="timeout", kind="int", default=6000, above=0, unit="milliseconds", doc="longest wait"
    ),
)
_FROM = Field(name="from", kind="datetime", default=946_684_800, doc="start, UTC")
_TO = Field(name="to", kind="datetime", default=4_000_000_000, doc="end, UTC")
MODELS: Final = ("best", "real", "every_tick", "ohlc", "open")
_MODEL = Field(
    name="model",
    kind="word",
    default="best",
    choices={name: name for name in MODELS},
    doc="ticks of a backtest: real, or made of bars; best takes real ones where they are stored",
)
_SPREAD = Field(
    name="spread",
    kind="int",
    least=0,
    unit="points",
    doc="the same spread on every tick of a backtest; none keeps what was recorded",
)
SOURCES: Final = ("auto", "synthetic")
_SOURCE = Field(
    name="source",
    kind="word",
    default="auto",
    choices={name: name for name in SOURCES},
    doc="history of a backtest: auto takes what is stored, and the synthetic market for a symbol "
    "of which nothing is; synthetic leaves out what is stored",
)
_PARTIAL = Field(
    name="partial",
    kind="bool",
    default=False,
    doc="whether a backtest plays a period of which only a part is stored",
)
_PROFILE = Field(
    name="profile",
    kind="word",
    default="mt5",
    choices={name: name for name in ("mt5", "account")},
    doc="mt5 deals and ends as the Strategy Tester does, account as the paper account",
)
_STOP_ON_ERROR = Field(
    name="stop_on_error",
    kind="bool",
    default=False,
    doc="an exception of a callback ends the backtest; else it is reported, and the run goes on",
)
_SETTINGS = Field(
    name="settings",
    kind="mapping",
    doc="the account of a backtest: fields of mas.sim.SimSettings such as commission, leverage, "
    "latency_ms, slippage, margin_mode",
)
_RUN = (
    Field(name="from", kind="datetime", doc="start of a backtest, UTC"),
    Field(name="to", kind="datetime", doc="end of a backtest, UTC"),
    Field(
        name="capital",
        alias="captital",
        kind="float",
        default=10_000.0,
        above=0,
        unit="USD",
        doc="starting capital of a backtest",
    ),
    _MODEL,
    _SPREAD,
    _SOURCE,
    _PARTIAL,
    _PROFILE,
    _STOP_ON_ERROR,
    _SETTINGS,
    _toggle(default=False),
)


def _interval(live: int) -> Field:
    return Field(
        name="interval_ms",
        kind="int",
        above=0,
        unit="milliseconds",
        doc=f"pause between two looks, live ({live}); in a backtest the least time between ticks",
    )


_FILTERS = (
    _symbol(required=False),
    Field(name="group", kind="str", doc="masks such as *USD*,!XAU*"),
    _ticket("ticket", "one ticket; ignored with symbol"),
    _toggle(),
)
_HISTORY = (
    _FROM,
    _TO,
    _symbol(required=False),
    _ticket("ticket", "one order"),
    _ticket("position", "one position"),
    _toggle(),
)
CALLS: Final[dict[str, tuple[Field, ...]]] = {
    "login": _LOGIN,
    "switch_account": _LOGIN,
    "set_lang": (
        Field(
            name="lang",
            kind="word",
            default="en",
            choices={"en": "en", "zh-tw": "zh-tw", "zh-cn": "zh-cn"},
            doc="language of messages",
        ),
    ),
    "get_symbols": (Field(name="group", kind="str", doc="masks such as *USD*"), _toggle()),
    "send_order": _SEND,
    "cancel_order": (
        _ticket("order_id", "the pending order", required=True),
        _comment("Cancel by MAS"),
        _toggle(),
    ),
    "modify_order": (
        _ticket("order_id", "the pending order", required=True),
        _price("price", "its new price", required=True),
        _SL,
        _TP,
        _price("stoplimit", "its new stop-limit price"),
        Field(name="expiration", kind="datetime", doc="its new end"),
        _comment("Modified by MAS"),
        _toggle(),
    ),
    "modify_position_sltp": (
        _ticket("position_id", "the position", required=True),
        _SL,
        _TP,
        _toggle(),
    ),
    "order_check": (
        _symbol(),
        _TYPE,
        _VOLUME,
        _price("price", "the price of a pending order"),
        _SL,
        _TP,
        _price("stoplimit", "price of the limit order that a stop-limit places"),
        _toggle(),
    ),
    "calc_order_margin": (
        _ACTION,
        _symbol(),
        _VOLUME,
        _price("price", "the price", required=True),
        _toggle(),
    ),
    "calc_order_profit": (
        _ACTION,
        _symbol(),
        _VOLUME,
        _price("price_open", "the price of the entry", required=True),
        _price("price_close", "the price of the exit", required=True),
        _toggle(),
    ),
    "get_account_info": (_toggle(),),
    "get_positions": _FILTERS,
    "get_pending_orders": _FILTERS,
    "get_history_orders": _HISTORY,
    "get_history_orders_total": (_FROM, _TO, _toggle()),
    "get_order_history": _HISTORY,
    "subscribe_ticks": (
        _symbol(),
        _interval(500),
        Field(
            name="flags",
            kind="code",
            prefix="COPY_TICKS_",
            default=c.COPY_TICKS_ALL,
            choices=_constants("COPY_TICKS_"),
            doc="which ticks, live",
        ),
        Field(
            name="mode",
            kind="word",
            default="all",
            choices={"all": "all", "trade": "trade"},
            doc="which ticks, backtest",
        ),
        *_RUN,
    ),
    "subscribe_bars": (_symbol(), _TIMEFRAME, _interval(1000), *_RUN),
    "backtest": (
        Field(
            name="bars",
            kind="pairs",
            default=(),
            doc="the bars that are pushed, such as [('EURUSD', 'H1'), ('USDJPY', 'M5')]",
        ),
        Field(
            name="ticks",
            kind="texts",
            default=(),
            doc="the symbols whose ticks are pushed, such as ['EURUSD']",
        ),
        *(
            replace(field, required=True) if field.name in {"from", "to"} else field
            for field in _RUN
            if field.name != "backtest_toggle"
        ),
    ),
    "signals": (
        _symbol(),
        _TIMEFRAME,
        *(
            replace(field, required=True) if field.name in {"from", "to"} else field
            for field in _RUN
            if field.name != "backtest_toggle"
        ),
    ),
    "subscribe_market_book": (_symbol(), _toggle()),
    "unsubscribe_market_book": (_symbol(), _toggle()),
    "get_market_book": (_symbol(), _toggle()),
    "get_bars_from_pos": (
        _symbol(),
        _TIMEFRAME,
        Field(name="count", kind="int", required=True, above=0, unit="bars", doc="how many"),
        Field(name="start_pos", kind="int", default=0, least=0, doc="0 is the newest"),
        _toggle(),
    ),
}
for _what in ("ticks", "bars"):  # they take the dict that subscribed; what it says more is ignored
    CALLS[f"unsubscribe_{_what}"] = CALLS[f"subscribe_{_what}"]
