"""What happens when the margin no longer suffices (R150 to R156)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas.sim.book import ANY, NEVER_ABOVE, NEVER_BELOW, UNIT, Levels
from mas.sim.ending import end_of_test
from mas.sim.valuation import closing_points
from mas.terminal import constants as c

if TYPE_CHECKING:
    from mas.sim.streams import Quote
    from mas.sim.symbols import Symbol
    from mas.sim.triggers import Triggers

BUY, SELL = c.POSITION_TYPE_BUY, c.POSITION_TYPE_SELL
RATE_BAND = 0.01
SAFE = 0.9
"""Part of the slack that is shared out; the rest is for rates that move within their band."""
TINY = 1e-12


class StopOut:
    """Frees margin until the level is above the threshold."""

    def __init__(self, triggers: Triggers) -> None:
        self._triggers = triggers
        self._valuation = triggers.valuation
        self._account = triggers.account
        self._out_of_reach = -1
        """The account as it was when no price of the history could bring a stop out."""

    def check(self) -> None:
        """Delete orders that reserve margin, then close what loses most, one by one (R151, R155).

        Positions whose market is closed, or that find no offer, have to stay (R40).
        """
        if not self._account.books or self._valuation.safe():
            return
        happened = False
        stuck: set[int] = set()
        while self._account.books:
            equity, margin = self._valuation.equity(), self._valuation.margin()
            if not self._valuation.in_stop_out(equity, margin):
                break
            if not self._delete_order() and not self._close_worst(equity, margin, stuck):
                break
            happened = True
        if happened:
            self._afterwards()

    def bands(self) -> dict[str, Levels]:
        """Return prices between which no stop out is possible while all symbols stay there.

        What the account can lose before it is reached is shared out among the sides of all
        positions: each may lose its share. Rates of conversion have a band of a percent, so the
        shares leave room for that. Close to the stop out every quote has to be looked at.
        """
        valuation, version = self._valuation, self._account.version
        if version == self._out_of_reach or valuation.beyond_stop_out():
            self._out_of_reach = version
            return {}
        slack = valuation.slack()
        if slack is None:
            return {}
        sides = [
            (name, side, book.lots[side] / UNIT)
            for name, book in self._account.books.items()
            for side in (BUY, SELL)
            if book.lots[side]
        ]
        share = slack * SAFE / len(sides)
        bands: dict[str, Levels] = {}
        for name, side, lots in sides:
            symbol, quote = valuation.market.symbols[name], valuation.quote(name)
            if quote is None:
                continue
            route = valuation.converted_by(symbol)
            bid = symbol.price(quote.bid)
            bid = symbol.price(quote.bid)
            points = share / max(lots * valuation.money.of(symbol).point_worth(bid), TINY)
            if route:
                now = closing_points(symbol, side, quote)
                points = min(points, now * RATE_BAND)
                for other in route:
                    bands[other] = self._rate_band(other).within(bands.get(other))
            bands[name] = _band(symbol, side, quote, points).within(bands.get(name))
        return bands

    def _rate_band(self, name: str) -> Levels:
        quote = self._valuation.quote(name)
        if quote is None:
            return ANY
        width = int(quote.bid * RATE_BAND)
        return Levels(quote.bid - width, quote.bid + width, quote.ask - width, quote.ask + width)

    def _delete_order(self) -> bool:
        """Delete the pending order that reserves the most margin; False when none does."""
        orders = [order for order in self._account.orders.values() if order.margin_per_lot]
        if not orders:
            return False
        most = max(
            orders, key=lambda order: (order.margin_per_lot * order.volume_left, -order.ticket)
        )
        self._account.finish(most, c.ORDER_STATE_CANCELED, self._valuation.now)
        return True

    def _close_worst(self, equity: float, margin: float, stuck: set[int]) -> bool:
        """Close the position with the largest loss, swap included; the oldest of equals."""
        valuation = self._valuation
        text = valuation.settings.shown_comment(
            f"so {valuation.level(equity, margin):.2f}%/{equity:.{valuation.money.digits}f}"
            f"/{margin:.{valuation.money.digits}f}"
        )
        for position in sorted(
            (
                position
                for position in self._account.positions.values()
                if position.ticket not in stuck
            ),
            key=lambda position: (valuation.floating(position) + position.swap, position.ticket),
        ):
            quote = valuation.quote(position.symbol)
            open_ = valuation.market.is_open(position.symbol, valuation.now)
            if (
                quote is not None
                and open_
                and self._triggers.server_close(position, c.ORDER_REASON_SO, quote, text)
            ):
                return True
            stuck.add(position.ticket)
        return False

    def _afterwards(self) -> None:
        """End the account's trading and make up a negative balance, where that is set.

        An account that has ended holds nothing: what the stop out has left is closed as at the
        end of a test (R156, R231).
        """
        account, settings = self._account, self._valuation.settings
        if settings.stop_out_ends:
            end_of_test(self._triggers.execution)
            account.closed = True
        if settings.negative_balance_protection and account.balance < 0 and not account.positions:
            self._triggers.execution.cash(
                c.DEAL_TYPE_BALANCE, -account.balance, "negative balance compensation"
            )


def _band(symbol: Symbol, side: int, quote: Quote, points: float) -> Levels:
    """Return the price at which one side has lost its share, as levels."""
    whole = int(min(points, NEVER_ABOVE >> 1))
    if side == BUY:
        low = (quote.last if symbol.by_last else quote.bid) - whole
        return Levels(low, NEVER_ABOVE, NEVER_BELOW, NEVER_ABOVE)
    high = (quote.last if symbol.by_last else quote.ask) + whole
    return Levels(NEVER_BELOW, NEVER_ABOVE, NEVER_BELOW, high)
