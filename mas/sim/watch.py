"""The functions of the simulated terminal about symbols, quotes and the depth of market."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mas.sim import to_mt5
from mas.sim.calls import NOT_FOUND, Calls, call, fits
from mas.terminal import constants as c

if TYPE_CHECKING:
    from mas.terminal.types import BookInfo, SymbolInfo, Tick


class WatchCalls(Calls):
    """Market Watch.

    Attributes
    ----------
    selected, books : set of str
        Symbols in Market Watch; those whose depth is subscribed.
    """

    selected: set[str]
    books: set[str]

    @call(0)
    def symbols_total(self) -> int:
        """Return the number of symbols."""
        return len(self.market.symbols)

    @call()
    def symbols_get(self, group: str = "*") -> tuple[SymbolInfo, ...] | None:
        """Return the symbols that fit the masks (R9)."""
        return tuple(self._symbol(name) for name in self.market.symbols if fits(name, group))

    @call()
    def symbol_info(self, symbol: str, /) -> SymbolInfo | None:
        """Return a symbol, None when it is unknown."""
        if symbol not in self.market.symbols:
            self.error = NOT_FOUND
            return None
        return self._symbol(symbol)

    @call()
    def symbol_info_tick(self, symbol: str, /) -> Tick | None:
        """Return the newest tick of a symbol in Market Watch (R13)."""
        quote = self.quote(symbol) if symbol in self.selected else None
        if quote is None:
            self.error = NOT_FOUND
            return None
        return to_mt5.tick(self.market.symbols[symbol], quote)

    @call(failure=False)
    def symbol_select(self, symbol: str, enable: bool = True, /) -> bool:
        """Put a symbol into Market Watch, or take it out while no position uses it (R13)."""
        if symbol not in self.market.symbols:
            self.error = NOT_FOUND
            return False
        if enable:
            self.selected.add(symbol)
            return True
        if any(position.symbol == symbol for position in self.broker.account.positions.values()):
            self.error = (c.RES_E_FAIL, "Terminal: Call failed")
            return False
        self.selected.discard(symbol)
        return True

    @call(failure=False)
    def market_book_add(self, symbol: str, /) -> bool:
        """Subscribe to the depth of market."""
        if symbol not in self.market.symbols:
            self.error = NOT_FOUND
            return False
        self.books.add(symbol)
        return True

    @call()
    def market_book_get(self, symbol: str, /) -> tuple[BookInfo, ...] | None:
        """Return the depth of market from the highest price to the lowest (R14)."""
        quote = self.quote(symbol) if symbol in self.books else None
        if quote is None:
            self.error = NOT_FOUND
            return None
        return to_mt5.book(self.market.symbols[symbol], self.market.depth(symbol, quote))

    @call(failure=False)
    def market_book_release(self, symbol: str, /) -> bool:
        """Give the depth of market back."""
        known = symbol in self.books
        self.books.discard(symbol)
        return known

    def _symbol(self, name: str) -> SymbolInfo:
        spec, quote = self.market.symbols[name], self.quote(name)
        values = (0.0, 0.0)
        if quote is not None:
            values = self.broker.money.of(spec).tick_values(spec.price(quote.bid))
        return to_mt5.symbol(spec, quote, selected=name in self.selected, tick_values=values)
