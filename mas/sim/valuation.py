"""The account's figures at the present quotes: floating profit, equity, margin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas.sim.book import UNIT, reserved_as, units
from mas.sim.margin import Trial, symbol_margin
from mas.terminal import constants as c
from mas.terminal.orderkind import KINDS

RATE_RISK = 0.03
"""Part of converted results that may be lost while rates stay in their band, amply."""

if TYPE_CHECKING:
    from mas.sim.account import Account
    from mas.sim.book import Book
    from mas.sim.holdings import Order, Position
    from mas.sim.market import Market
    from mas.sim.settings import SimSettings
    from mas.sim.streams import Quote
    from mas.sim.symbols import Symbol
    from mas.sim.terms import Money


class Valuation:
    """What the account is worth at time ``now``, ms."""

    __slots__ = ("account", "market", "money", "now", "settings")

    def __init__(
        self, account: Account, market: Market, money: Money, settings: SimSettings
    ) -> None:
        self.account = account
        self.market = market
        self.money = money
        self.settings = settings
        self.now = 0

    def quote(self, symbol: str) -> Quote | None:
        """Return the newest quote of a symbol."""
        return self.market.quote(symbol, self.now)

    def floating(self, position: Position, points: int | None = None) -> float:
        """Return the floating profit of a position at a price in points, or at the market."""
        symbol = self.market.symbols[position.symbol]
        if points is None:
            quote = self.quote(position.symbol)
            if quote is None:
                return 0.0
            points = closing_points(symbol, position.type, quote)
        return self.money.of(symbol).profit(
            position.volume,
            position.price_open,
            points / symbol.scale,
            position.type == c.POSITION_TYPE_BUY,
        )

    def equity(self) -> float:
        """Return balance, credit, floating profit and swap (R135)."""
        account = self.account
        total = account.balance + account.credit
        for position in account.positions.values():
            total += self.floating(position) + position.swap
        return round(total, self.money.digits)

    def margin(self) -> float:
        """Return the margin of all positions and pending orders."""
        books, total = self.account.books, 0.0
        for name, book in books.items():
            margin = book.margin
            total += self.margin_of(name, book) if margin is None else margin
        return total if len(books) < 2 else round(total, self.money.digits)

    def margin_of(self, symbol: str, book: Book) -> float:
        """Return the margin of one symbol."""
        if book.margin is None:
            book.margin = self._margin(self.market.symbols[symbol], book)
        return book.margin

    def free_margin(self) -> float:
        """Return what is left for new positions (R135)."""
        return round(self._worth() - self.margin(), self.money.digits)

    def assets(self) -> float:
        """Return what collateral is worth: V*C*P*liquidity in account currency (R124)."""
        total = 0.0
        for position in self.account.positions.values():
            symbol = self.market.symbols[position.symbol]
            quote = self.quote(position.symbol)
            if symbol.trade_calc_mode == c.SYMBOL_CALC_MODE_SERV_COLLATERAL and quote is not None:
                size = position.volume * symbol.trade_contract_size * symbol.trade_liquidity_rate
                worth = size * symbol.price(quote.bid)
                total += worth * self.money.of(symbol).of_profit.rate(0.0, worth <= 0)
        return round(total, self.money.digits)

    def level(self, equity: float, margin: float) -> float:
        """Return the margin level in percent, 0.0 without margin (R135)."""
        return 100 * equity / margin if margin else 0.0

    def order_margin(self, symbol: Symbol, kind: int, price: float, volume: float) -> float:
        """Return the margin of one order alone, rate included, not rounded (R125, R136)."""
        buy = KINDS[kind].buys
        per_lot = self.money.of(symbol).margin_per_lot(price, buy)
        return per_lot * volume * symbol.margin_rates[kind]

    def margin_with(
        self,
        symbol: Symbol,
        kind: int,
        volume: float,
        price: float,
        *,
        instead: Order | None = None,
    ) -> float:
        """Return the margin of the account after an order, never below the present one (R34).

        Parameters
        ----------
        instead : Order, optional
            A pending order that becomes this one and gives its reservation back.
        """
        rate = symbol.margin_rates[kind]
        present = self.margin()
        if not rate:
            return present
        book = self.account.books.get(symbol.name)
        buy = KINDS[kind].buys
        per_lot = self.money.of(symbol).margin_per_lot(price, buy)
        lots = list(book.lots) if book is not None else [0, 0]
        margins = list(book.margins) if book is not None else [0, 0]
        reserved = dict(book.reserved) if book is not None else {}
        if instead is not None and instead.margin_per_lot:
            given_back = units(instead.volume_left) * units(instead.margin_per_lot)
            reserved[reserved_as(instead.type)] -= given_back
        if KINDS[kind].market and self.settings.hedging:
            side = c.POSITION_TYPE_BUY if buy else c.POSITION_TYPE_SELL
            lots[side] += units(volume)
            margins[side] += units(volume) * units(per_lot)
        else:
            key = reserved_as(kind)
            reserved[key] = reserved.get(key, 0) + units(volume) * units(per_lot * rate)
        before = self.margin_of(symbol.name, book) if book is not None else 0.0
        after = self._margin(symbol, Trial(lots, margins, reserved))
        return max(round(present - before + after, self.money.digits), present)

    def affords(self, margin: float) -> bool:
        """Tell whether the account can carry that much margin (R125)."""
        return self._surely_worth(margin) or self._worth() >= margin

    def affords_more(self, margin: float) -> bool:
        """Tell quickly whether so much margin more is surely covered; False may be a yes."""
        return self._surely_worth(self.margin() + margin + self.money.unit)

    def in_stop_out(self, equity: float, margin: float) -> bool:
        """Tell whether an account is at or below its stop-out level (R150, R152, R155)."""
        settings = self.settings
        if not margin:
            return equity < 0 and settings.hedged_stop_out and bool(self.account.positions)
        if settings.stop_out_mode == "money":
            return equity <= settings.stop_out
        return 100 * equity / margin <= settings.stop_out

    def safe(self) -> bool:
        """Tell whether the account is above its stop-out level, by an estimate where it will do."""
        margin, least = self.margin(), self._least_equity()
        if least is not None and not self.in_stop_out(least, margin):
            return True
        return not self.in_stop_out(self.equity(), margin)

    def slack(self) -> float | None:
        """Return what the account can surely lose before its stop out, None when it has none.

        Where results convert at a rate that may move by a percent, a percent of them is taken off.
        """
        account, settings = self.account, self.settings
        margin = self.margin()
        if not account.positions or (not margin and not settings.hedged_stop_out):
            return None
        if not margin:
            threshold = 0.0
        elif settings.stop_out_mode == "money":
            threshold = settings.stop_out
        else:
            threshold = settings.stop_out / 100 * margin
        worth = self._least_equity()
        if worth is None:
            worth = self.equity() - len(account.positions) * self.money.unit
        risk = sum(
            abs(self.floating(position))
            for position in account.positions.values()
            if self.converted_by(self.market.symbols[position.symbol])
        )
        return max(worth - threshold - RATE_RISK * risk, 0.0)

    def beyond_stop_out(self) -> bool:
        """Tell whether no price in all of history could bring the stop out, as far as is known."""
        settings, margin = self.settings, self.margin()
        least = self._least_equity(ever=True)
        if least is None:
            return False
        if settings.stop_out_mode == "money":
            return least > max(settings.stop_out, 0.0)
        return least > settings.stop_out / 100 * margin

    def converted_by(self, symbol: Symbol) -> list[str]:
        """Return the symbols whose quotes convert a symbol's results, itself included."""
        return [name for name, _ in self.money.of(symbol).of_profit.route() or ()]

    # -- inside --------------------------------------------------------------------------------

    def _worth(self) -> float:
        if self.settings.free_margin_with_profit:
            return self.equity()
        return round(self.account.balance + self.account.credit, self.money.digits)

    def _surely_worth(self, margin: float) -> bool:
        if not self.settings.free_margin_with_profit:
            return self._worth() >= margin
        least = self._least_equity()
        return least is not None and least >= margin

    def _margin(self, symbol: Symbol, sums: Book | Trial) -> float:
        return symbol_margin(symbol, sums, hedging=self.settings.hedging, digits=self.money.digits)

    def _least_equity(self, *, ever: bool = False) -> float | None:
        """Return an equity that the exact one is not below, from the books' sums.

        With `ever` at the worst prices of the whole history, where it is known and no rate of
        conversion matters.

        Rounding position by position can differ from rounding the sum by half a unit for each
        position, and by one unit of the profit currency for its legs. None where the rate
        depends on the gain of each position.
        """
        account = self.account
        total = account.balance + account.credit
        for name, book in account.books.items():
            if book.positions:
                least = self._least_of(name, book, ever=ever)
                if least is None:
                    return None
                total += least
        return total - 1e-6 * abs(total) - self.money.unit

    def _least_of(self, name: str, book: Book, *, ever: bool) -> float | None:
        """Return what the positions of one symbol surely bring; see :meth:`_least_equity`."""
        symbol, quote = self.market.symbols[name], self.market.quote(name, self.now)
        if quote is None:
            return None
        terms, buys, sells = self.money.of(symbol), 1.0, 1.0
        if not terms.of_profit.same:
            if ever or not terms.by_deal:
                return None
            buys = terms.of_profit.rate(quote.bid / symbol.scale, True)
            sells = terms.of_profit.rate(quote.ask / symbol.scale, False)
        low, high = (quote.last, quote.last) if symbol.by_last else (quote.bid, quote.ask)
        if ever:
            worst = None if symbol.by_last else self.market.extremes(name)
            if worst is None:
                return None
            low, high = worst
        lots, worth, point = book.lots, book.worth, symbol.point
        bought = lots[0] / UNIT * low * point - worth[0]
        sold = worth[1] - lots[1] / UNIT * high * point
        dust = 0.5 * self.money.unit + max(buys, sells) * terms.leg_unit
        total = (bought * buys + sold * sells) * terms.per_price + book.swap
        return total - len(book.positions) * dust


def closing_points(symbol: Symbol, position_type: int, quote: Quote) -> int:
    """Return the price in points at which a position is valued (R50, R53)."""
    if symbol.by_last:
        return quote.last
    return quote.bid if position_type == c.POSITION_TYPE_BUY else quote.ask
