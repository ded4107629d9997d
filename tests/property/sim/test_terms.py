"""The scalar and the array form of each formula of money agree to the last bit (R123 to R163)."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mas.sim import SimSettings, built_in
from mas.sim.holdings import Position
from mas.sim.money import half_up_all, rounded
from mas.sim.swap import night_swap, night_swaps
from mas.sim.terms import Money, Terms
from mas.terminal import constants as c

SYMBOLS = {
    name: dataclasses.replace(symbol, trade_mode=c.SYMBOL_TRADE_MODE_FULL)
    for name, symbol in built_in().items()
}
NIGHTS = range(c.SYMBOL_SWAP_MODE_REOPEN_CURRENT)
"""Swap modes that charge money."""

prices = st.floats(1e-5, 1e5)
lots = st.integers(1, 100_000).map(lambda steps: steps / 100)


class Moments:
    """Quotes of all symbols at some moments; :attr:`now` says which one it is."""

    def __init__(self, seed: int, count: int) -> None:
        rng = np.random.default_rng(seed)
        self.now = 0
        self.columns = {}
        for name in SYMBOLS:
            bids = np.exp(rng.normal(0, 2, count))
            self.columns[name] = bids, bids * rng.uniform(1, 1.01, count)

    def prices(self, symbol: str) -> tuple[float, float]:
        bids, asks = self.columns[symbol]
        return float(bids[self.now]), float(asks[self.now])

    def quoted(self, symbol: str) -> bool:
        return symbol in self.columns

    def all(self, symbol: str) -> Any:
        return self.columns[symbol]


@st.composite
def cases(draw: Any) -> tuple[Terms, Moments, dict[str, Any]]:
    symbol = dataclasses.replace(
        SYMBOLS[draw(st.sampled_from(sorted(SYMBOLS)))],
        swap_mode=draw(st.sampled_from(NIGHTS)),
        swap_long=draw(st.floats(-50, 50)), swap_short=draw(st.floats(-50, 50)),
        margin_initial=draw(st.sampled_from([0.0, 0.0, 500.0])),
    )  # fmt: skip
    settings = SimSettings(
        currency=draw(st.sampled_from(["USD", "EUR", "JPY", "GBP"])),
        leverage=draw(st.sampled_from([1, 30, 500])),
        profit_conversion=draw(st.sampled_from(["deal", "market"])),
        commission=draw(st.sampled_from([0.0, 3.5, 0.07])),
        commission_mode=draw(st.sampled_from(["lot", "value", "order"])),
    )
    count = draw(st.integers(1, 8))
    moments = Moments(draw(st.integers(0, 1 << 30)), count)
    rows = {
        "volumes": draw(st.lists(lots, min_size=count, max_size=count)),
        "opened": draw(st.lists(prices, min_size=count, max_size=count)),
        "closed": draw(st.lists(prices, min_size=count, max_size=count)),
        "buys": draw(st.lists(st.booleans(), min_size=count, max_size=count)),
    }
    return Money(SYMBOLS, moments, settings).of(symbol), moments, rows


def bits(values: Any) -> list[bytes]:
    """Return the bytes of some numbers: the sign of a zero counts too."""
    return [np.float64(value).tobytes() for value in values]


def each(moments: Moments, rows: dict[str, Any]) -> Any:
    """Yield the rows one by one, each at its moment."""
    for index, row in enumerate(zip(*rows.values(), strict=True)):
        moments.now = index
        yield row


@given(cases())
def test_r140_to_r145_profits(case: Any) -> None:
    terms, moments, rows = case
    found = terms.profits(*(np.array(column) for column in rows.values()), moments.all)
    assert bits(found) == bits(terms.profit(*row) for row in each(moments, rows))


@given(cases())
def test_r127_margins(case: Any) -> None:
    terms, moments, rows = case
    asked = np.array(rows["opened"]), np.array(rows["buys"])
    found = terms.margins_per_lot(*asked, moments.all)
    assert bits(found) == bits(
        terms.margin_per_lot(opened, buy) for _, opened, _, buy in each(moments, rows)
    )


@given(cases())
def test_r123_commissions(case: Any) -> None:
    terms, moments, rows = case
    asked = np.array(rows["volumes"]), np.array(rows["opened"])
    found = terms.commissions(*asked, moments.all)
    assert bits(found) == bits(
        terms.commission(volume, opened) for volume, opened, _, _ in each(moments, rows)
    )


@given(cases(), lots, st.booleans())
def test_r160_to_r163_swaps(case: Any, volume: float, buy: bool) -> None:
    """Some nights of one position, each at its own quotes."""
    terms, moments, rows = case
    opened = rows["opened"][0]
    counts = [1 + index % 3 for index in range(len(rows["closed"]))]
    own = terms.symbol.swap_mode == c.SYMBOL_SWAP_MODE_INTEREST_OPEN
    at = np.full(len(counts), opened) if own else np.array(rows["closed"])
    found = night_swaps(terms, volume, at, np.array(counts), buy=buy, quoted=moments.all)
    kind = c.POSITION_TYPE_BUY if buy else c.POSITION_TYPE_SELL
    position = Position(1, 1, terms.symbol.name, kind, volume, opened, 0)
    told = []
    for index, (price, count) in enumerate(zip(rows["closed"], counts, strict=True)):
        moments.now = index
        told.append(night_swap(terms, position, price, count))
    assert bits(found) == bits(told)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1), st.sampled_from([0, 2, 8]))
def test_r145_rounding(money: list[float], digits: int) -> None:
    found = half_up_all(np.array(money), 10.0**digits)
    assert bits(found) == bits(rounded(amount, digits) for amount in money)


@given(cases())
def test_more_lots_never_bring_less_where_terms_say_so(case: Any) -> None:
    """What :meth:`Terms.rises` promises: a result only rises with the price."""
    terms, moments, rows = case
    volume = max(rows["volumes"])
    if not terms.rises(volume):
        return
    points = np.arange(1, 400)
    levels = points / terms.symbol.scale + rows["opened"][0]
    columns = np.full(399, volume), np.full(399, rows["opened"][0]), levels, np.ones(399, bool)
    assert np.all(np.diff(terms.profits(*columns, moments.all)) >= 0)


def test_r143_a_swap_converts_by_the_pair_of_the_same_suffix() -> None:
    """As results do: EURGBP.m of 1 lot, -5 points a night, GBP at 1.25, with the suffix 1.3."""
    pairs = {
        name + suffix: dataclasses.replace(
            SYMBOLS[name], name=name + suffix, swap_mode=c.SYMBOL_SWAP_MODE_POINTS, swap_long=-5.0
        )
        for name in ("EURGBP", "GBPUSD")
        for suffix in ("", ".m")
    }

    class Rates:
        def prices(self, symbol: str) -> tuple[float, float]:
            return {"GBPUSD": (1.25, 1.25), "GBPUSD.m": (1.3, 1.3)}[symbol]

        def quoted(self, symbol: str) -> bool:
            return symbol in pairs

    money = Money(pairs, Rates(), SimSettings())
    for suffix, wanted in (("", -6.25), (".m", -6.5)):
        terms = money.of(pairs["EURGBP" + suffix])
        position = Position(1, 1, terms.symbol.name, c.POSITION_TYPE_BUY, 1.0, 0.85, 0)
        assert night_swap(terms, position, 0.85) == wanted
        assert terms.profit(1.0, 0.85, 0.85005, True) == -wanted
