"""nautilus_trader: the cross (W1) and the moved stop (W4) on minute bars, hourly brackets (W2).

Inside the timing: ``BacktestEngine.run`` alone, with the statistics that it computes at its end.
Outside: loading, making the ``Bar`` and ``QuoteTick`` objects, ``add_data``. Logging is bypassed
and the message bus has no database. No fees and no latency; the risk engine is bypassed as well.

W1, W4: bars of last prices, stamped with the time they close; a market order deals at the close of
the bar that it was sent from. W2: ask and bid, an account that hedges; the first tick of each new
hour sends a market buy with a stop loss and a take profit 20 pips from the last bid of the hour
before, as a bracket. W4: a stop order of its own, which ``modify_order`` moves.

A stop loss deals at its own price, not at the quote that passed it.
"""

from decimal import Decimal

import nautilus_trader
import numpy as np
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig, RiskEngineConfig
from nautilus_trader.model.currencies import EUR, USD
from nautilus_trader.model.data import Bar, BarType, QuoteTick
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide, OrderType
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import CurrencyPair
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.strategy import Strategy

from benchmarks.peers.common import (
    BRACKET,
    TRAIL,
    UNITS,
    arguments,
    columns,
    report,
    target,
    timed,
    write_trades,
)

VENUE = Venue("SIM")
PAIR = InstrumentId(Symbol("EUR/USD"), VENUE)
BAR_TYPE = BarType.from_str("EUR/USD.SIM-1-MINUTE-LAST-EXTERNAL")
SIZE = Quantity.from_int(UNITS)
HOUR = 3_600_000_000_000
POINT = 1e-5


class Cross(Strategy):
    """A cross of two moving averages of 40 and 160 bars, by rolling sums."""

    def __init__(self):
        super().__init__()
        self.closes, self.fast, self.slow = [], 0.0, 0.0
        self.side = ""

    def on_start(self):
        self.subscribe_bars(BAR_TYPE)

    def on_bar(self, bar):
        closes, last = self.closes, bar.close.as_double()
        closes.append(last)
        self.fast += last - closes[-41] if len(closes) > 40 else last
        if len(closes) <= 160:
            self.slow += last
            return
        self.slow += last - closes[-161]
        side = "buy" if self.fast * 4 > self.slow else "sell"
        if side != self.side:
            self.turn(side)

    def turn(self, side):
        if self.side:
            self.close_all_positions(PAIR)
        direction = OrderSide.BUY if side == "buy" else OrderSide.SELL
        self.submit_order(self.order_factory.market(PAIR, direction, SIZE))
        self.side = side


class Hourly(Strategy):
    """A market order with stops 20 pips away at each hour."""

    def __init__(self):
        super().__init__()
        self.hour, self.bid = 0, None
        self.whole = False  # the data begins within an hour, which nobody trades on

    def on_start(self):
        self.subscribe_quote_ticks(PAIR)

    def on_quote_tick(self, tick):
        hour = tick.ts_event // HOUR
        if hour != self.hour:
            if self.whole:
                self.enter(self.bid.as_double())
            self.whole, self.hour = self.bid is not None, hour
        self.bid = tick.bid_price

    def enter(self, price):
        goal = target(round(price / POINT))
        orders = self.order_factory.bracket(
            instrument_id=PAIR, order_side=OrderSide.BUY, quantity=SIZE,
            entry_order_type=OrderType.MARKET, sl_trigger_price=Price(price - BRACKET * POINT, 5),
            tp_price=Price(goal * POINT, 5), tp_post_only=False,
        )  # fmt: skip
        self.submit_order_list(orders)


class Trail(Strategy):
    """A stop loss 30 points below each bar's close; a new position when it was hit."""

    def __init__(self):
        super().__init__()
        self.level, self.order = None, None

    def on_start(self):
        self.subscribe_bars(BAR_TYPE)

    def on_bar(self, bar):
        level = round(bar.close.as_double() - TRAIL * POINT, 5)
        if level == self.level:
            return
        self.level = level
        if self.order is not None and self.order.is_open:
            self.modify_order(self.order, trigger_price=Price(level, 5))
            return
        self.submit_order(self.order_factory.market(PAIR, OrderSide.BUY, SIZE))

    def on_position_opened(self, event):
        price = Price(self.level, 5)
        self.order = self.order_factory.stop_market(
            PAIR, OrderSide.SELL, SIZE, price, reduce_only=True
        )
        self.submit_order(self.order, position_id=event.position_id)


STRATEGIES = {"W1": Cross, "W2": Hourly, "W4": Trail}


def instrument():
    """Return EURUSD without fees."""
    nothing = Decimal(0)
    return CurrencyPair(
        instrument_id=PAIR, raw_symbol=Symbol("EUR/USD"), base_currency=EUR, quote_currency=USD,
        price_precision=5, size_precision=0, price_increment=Price(1e-5, 5),
        size_increment=Quantity.from_int(1), lot_size=Quantity.from_int(1_000),
        margin_init=Decimal("0.01"), margin_maint=Decimal("0.01"), maker_fee=nothing,
        taker_fee=nothing, ts_event=0, ts_init=0,
    )  # fmt: skip


def bars(data):
    """Return the bars of W1 as the library's objects."""
    closed = ((data["time"] + 60) * 1_000_000_000).astype(np.uint64)
    prices = [data[name] for name in ("open", "high", "low", "close")]
    volumes = data["tick_volume"] * 1e6
    return Bar.from_raw_arrays_to_list(BAR_TYPE, 5, 0, *prices, volumes, closed, closed)


def quotes(data):
    """Return the ticks of W2 as the library's objects."""
    times = (data["time"] * 1_000_000).astype(np.uint64)
    sizes = np.full(len(times), 1e6)
    bids, asks = data["bid"] / 1e5, data["ask"] / 1e5
    return QuoteTick.from_raw_arrays_to_list(PAIR, 5, 0, bids, asks, sizes, sizes, times, times)


def trades_of(engine):
    """Return the closed positions in the order of their entries."""
    found = sorted(engine.cache.positions_closed(), key=lambda position: position.ts_opened)
    return {
        "entry_time": [position.ts_opened // 1_000_000 for position in found],
        "exit_time": [position.ts_closed // 1_000_000 for position in found],
        "entry_price": [position.avg_px_open for position in found],
        "exit_price": [position.avg_px_close for position in found],
        "side": ["buy" if position.entry == OrderSide.BUY else "sell" for position in found],
        "size": [position.peak_qty.as_double() for position in found],
        "net": [position.realized_pnl.as_double() for position in found],
    }


def main():
    given = arguments(__doc__, list(STRATEGIES))
    engine = BacktestEngine(
        BacktestEngineConfig(
            logging=LoggingConfig(bypass_logging=True), risk_engine=RiskEngineConfig(bypass=True)
        )
    )
    engine.add_venue(
        VENUE, OmsType.HEDGING, AccountType.MARGIN, [Money(1_000_000, USD)], base_currency=USD,
        default_leverage=Decimal(100),
    )  # fmt: skip
    engine.add_instrument(instrument())
    data = columns(given)
    units = len(data["time"])
    engine.add_data(quotes(data) if given.workload == "W2" else bars(data))
    engine.add_strategy(STRATEGIES[given.workload]())
    _, taken = timed(engine.run)
    write_trades(given.trades, trades_of(engine))
    report(
        peer="nautilus_trader", version=nautilus_trader.__version__, workload=given.workload,
        units=units, taken=taken,
    )  # fmt: skip


if __name__ == "__main__":
    main()
