"""What the simulated terminal knows of a symbol: the fields of ``symbol_info`` and a few more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from mas.errors import ParamError
from mas.history.serverclock import UTC_CLOCK, ServerClock, server_clock
from mas.history.synthetic import Character  # noqa: TC001  msgspec reads the annotation
from mas.sim.sessions import Sessions
from mas.terminal import constants as c

EXCHANGE_MODES = frozenset(
    {
        c.SYMBOL_CALC_MODE_EXCH_STOCKS,
        c.SYMBOL_CALC_MODE_EXCH_FUTURES,
        c.SYMBOL_CALC_MODE_EXCH_OPTIONS,
        c.SYMBOL_CALC_MODE_EXCH_OPTIONS_MARGIN,
        c.SYMBOL_CALC_MODE_EXCH_STOCKS_MOEX,
    }
)
FOREX_MODES = frozenset({c.SYMBOL_CALC_MODE_FOREX, c.SYMBOL_CALC_MODE_FOREX_NO_LEVERAGE})
BY_TICK_VALUE = frozenset(
    {
        c.SYMBOL_CALC_MODE_FUTURES,
        c.SYMBOL_CALC_MODE_EXCH_FUTURES,
        c.SYMBOL_CALC_MODE_EXCH_OPTIONS,
        c.SYMBOL_CALC_MODE_EXCH_OPTIONS_MARGIN,
    }
)
"""Modes whose profit is counted in ticks of a fixed value (R124)."""
NOT_SIMULATED = {
    c.SYMBOL_CALC_MODE_EXCH_BONDS: "exchange bonds",
    c.SYMBOL_CALC_MODE_EXCH_BONDS_MOEX: "exchange bonds",
}
WEEKDAYS = (0, 1, 1, 1, 1, 1, 0)
EPOCH = date(1970, 1, 1)
EPOCH_WEEKDAY = 4
"""1970-01-01 was a Thursday; Sunday is 0 (R166)."""
ORDER_TYPES = range(c.ORDER_TYPE_SELL_STOP_LIMIT + 1)


SERVER = "server"


@dataclass(frozen=True)
class Symbol:
    """What a broker fixes about a symbol; names and units are those of ``symbol_info``.

    Attributes
    ----------
    trade_tick_size, trade_tick_value : float
        0 for one point, and for what the contract makes of it (R144).
    margin_rates : tuple of 8 floats
        Multiplies the margin of each order type, in the order of ORDER_TYPE_*; 0 takes none.
    swap_days : tuple of 7 ints
        Nights charged on each day from Sunday (R165). Default: one on weekdays, three on
        ``swap_rollover3days``.
    swap_holidays : tuple of str
        Days such as ``"2025-12-29"`` that charge no night; the nearest day before them that
        charges any takes theirs over (R165).
    commission : float or None
        None for what the account's settings say (R123).
    trade_sessions, quote_sessions : tuple of str
        Hours of the week, see :class:`mas.sim.sessions.Sessions`.
    session_zone : str
        By whose clock: ``"server"`` (R40), or a zone, so that the hours stay where they are
        whatever the server's clock is.
    tick_volume : float
        Lots that a quote offers on each side; 0 for no limit (R88).
    market : Character
        How the synthetic market moves it.
    """

    name: str
    digits: int
    currency_base: str
    currency_profit: str
    market: Character
    description: str = ""
    path: str = ""
    currency_margin: str = ""
    trade_contract_size: float = 100_000.0
    trade_tick_size: float = 0.0
    trade_tick_value: float = 0.0
    trade_calc_mode: int = c.SYMBOL_CALC_MODE_FOREX
    trade_mode: int = c.SYMBOL_TRADE_MODE_FULL
    trade_exemode: int = c.SYMBOL_TRADE_EXECUTION_MARKET
    chart_mode: int = c.SYMBOL_CHART_MODE_BID
    trade_stops_level: int = 0
    trade_freeze_level: int = 0
    volume_min: float = 0.01
    volume_max: float = 100.0
    volume_step: float = 0.01
    volume_limit: float = 0.0
    filling_mode: int = c.SYMBOL_FILLING_FOK | c.SYMBOL_FILLING_IOC
    expiration_mode: int = 15
    order_mode: int = 127
    order_gtc_mode: int = c.SYMBOL_ORDERS_GTC
    margin_initial: float = 0.0
    margin_maintenance: float = 0.0
    margin_hedged: float = 0.0
    margin_hedged_use_leg: bool = False
    margin_rates: tuple[float, ...] = (1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    swap_mode: int = c.SYMBOL_SWAP_MODE_DISABLED
    swap_long: float = 0.0
    swap_short: float = 0.0
    swap_rollover3days: int = c.DAY_OF_WEEK_WEDNESDAY
    swap_days: tuple[int, ...] = ()
    swap_holidays: tuple[str, ...] = ()
    swap_year_days: int = 360
    commission: float | None = None
    start_time: int = 0
    expiration_time: int = 0
    trade_liquidity_rate: float = 0.0
    ticks_bookdepth: int = 0
    trade_sessions: tuple[str, ...] = ()
    quote_sessions: tuple[str, ...] = ()
    session_zone: str = SERVER
    tick_volume: float = 0.0

    def __post_init__(self) -> None:
        wrong = _wrong(self)
        if wrong:
            raise ParamError(f"symbol {self.name!r}: {wrong}")
        try:
            # Read now, so that a bad row is refused here.
            self.trading, self.quoting, self.session_clock(UTC_CLOCK)
        except ParamError as error:
            raise ParamError(f"symbol {self.name!r}: {error}") from None
        forex = self.trade_calc_mode in FOREX_MODES
        default = self.currency_base if forex else self.currency_profit
        object.__setattr__(self, "currency_margin", self.currency_margin or default)
        point = float(round(10.0**-self.digits, self.digits))
        object.__setattr__(self, "point", point)
        object.__setattr__(self, "scale", 10.0**self.digits)
        object.__setattr__(self, "trade_tick_size", self.trade_tick_size or point)

    if TYPE_CHECKING:

        @property
        def point(self) -> float:
            """The smallest step of the price."""

        @property
        def scale(self) -> float:
            """Points in a price of 1."""

    @cached_property
    def tick_points(self) -> int:
        """The smallest change of the price, in points."""
        return round(self.trade_tick_size / self.point)

    @cached_property
    def per_price(self) -> float:
        """What a change of the price by 1 is worth to one lot, in profit currency (R124)."""
        if self.trade_calc_mode == c.SYMBOL_CALC_MODE_SERV_COLLATERAL:
            return 0.0
        if self.trade_calc_mode in BY_TICK_VALUE:
            return self.trade_tick_value / self.trade_tick_size
        return self.trade_contract_size

    @cached_property
    def by_last(self) -> bool:
        """Whether triggers and floating profit look at the last deal, not at bid and ask (R53)."""
        return self.trade_calc_mode in EXCHANGE_MODES

    @cached_property
    def exchange(self) -> bool:
        """Whether orders meet the offers of an exchange (R55, R63)."""
        return self.trade_exemode == c.SYMBOL_TRADE_EXECUTION_EXCHANGE

    def session_clock(self, server: ServerClock) -> ServerClock:
        """Return the clock by which the sessions are written."""
        return server if self.session_zone == SERVER else server_clock(self.session_zone)

    @cached_property
    def trading(self) -> Sessions:
        """The hours in which requests are accepted."""
        return Sessions(self.trade_sessions)

    @cached_property
    def quoting(self) -> Sessions:
        """The hours in which the synthetic market has quotes."""
        return Sessions(self.quote_sessions or self.trade_sessions)

    @cached_property
    def nights(self) -> tuple[int, ...]:
        """Nights of swap charged on each day, from Sunday (R165)."""
        if self.swap_days:
            return self.swap_days
        triple = self.swap_rollover3days
        return tuple(3 if day == triple else count for day, count in enumerate(WEEKDAYS))

    def nights_of(self, day: int) -> int:
        """Return the nights charged for a day, counted from 1970-01-01 (R165)."""
        if day in self._moved:
            return self._moved[day]
        return self.nights[(day + EPOCH_WEEKDAY) % 7]

    @cached_property
    def _moved(self) -> dict[int, int]:
        """Nights of the days that holidays change: none of theirs, more of those before them."""
        holidays = {(date.fromisoformat(moment) - EPOCH).days for moment in self.swap_holidays}
        usual = self.nights
        moved = dict.fromkeys(holidays, 0)
        for holiday in sorted(holidays):
            count = usual[(holiday + EPOCH_WEEKDAY) % 7]
            days = (holiday - back for back in range(1, len(holidays) + 8))
            before = next(
                (
                    moment
                    for moment in days
                    if moment not in holidays and usual[(moment + EPOCH_WEEKDAY) % 7]
                ),
                None,
            )
            if before is not None:
                own = usual[(before + EPOCH_WEEKDAY) % 7]
                moved[before] = moved.get(before, own) + count
        return moved

    def points(self, price: float) -> int:
        """Return a price in whole points."""
        return round(price * self.scale)

    def price(self, points: float) -> float:
        """Return the price of so many points, rounded to the symbol's digits."""
        return round(points) / self.scale


MOST_DIGITS = 8


def _wrong(symbol: Symbol) -> str:
    """Return what is wrong with a specification, "" for nothing."""
    mode, market = symbol.trade_calc_mode, symbol.market
    smallest, step, largest = symbol.volume_min, symbol.volume_step, symbol.volume_max
    checks = (
        (
            mode not in NOT_SIMULATED,
            f"{NOT_SIMULATED.get(mode)} (trade_calc_mode {mode}) are not simulated",
        ),
        (
            0 <= symbol.digits <= MOST_DIGITS,
            f"digits must be 0 to {MOST_DIGITS}, was {symbol.digits}",
        ),
        (
            len(symbol.margin_rates) == len(ORDER_TYPES),
            f"margin_rates must be {len(ORDER_TYPES)} numbers, one for each order type",
        ),
        (
            len(symbol.swap_days) in {0, len(WEEKDAYS)},
            f"swap_days must be {len(WEEKDAYS)} numbers, from Sunday",
        ),
        (
            all(_is_date(moment) for moment in symbol.swap_holidays),
            f"swap_holidays must be dates such as '2025-12-29', was {symbol.swap_holidays}",
        ),
        (
            0 < step <= largest and smallest <= largest,
            "volume_min, volume_max and volume_step do not fit together",
        ),
        (
            symbol.trade_contract_size > 0,
            f"trade_contract_size must be above 0, was {symbol.trade_contract_size}",
        ),
        (market.base > 0, f"base of market must be above 0, was {market.base}"),
        (
            mode not in BY_TICK_VALUE or symbol.trade_tick_value != 0,
            "trade_tick_value is needed for futures and options",
        ),
    )
    return next((message for good, message in checks if not good), "")


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2025-12-29")
