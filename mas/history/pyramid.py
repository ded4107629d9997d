"""Finds the first tick beyond a price among millions, by extremes of blocks of blocks.

A block of 512 ticks keeps its lowest and highest bid and ask, a block of 512 blocks the same, and
so on: a search climbs while blocks cannot hold a hit and descends into the first that does, so its
cost grows with the logarithm of the number of ticks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    Array = np.ndarray[Any, Any]
    Compare = Callable[[Array, Any], Array]

SEARCHES = 1024
"""Searches that are made at once."""
FAN = 512
"""Entries of a block: numpy compares 512 in hardly more time than one."""


class Extremes:
    """The lowest or the highest of a column, block by block.

    Parameters
    ----------
    column : array of int32, (n,)
        Prices in points.
    lowest : bool
        Whether a search asks for prices at or below a level, else at or above.
    blocks : array, optional
        :func:`block_extremes` of the column, where they are at hand.
    """

    def __init__(self, column: Array, *, lowest: bool, blocks: Array | None = None) -> None:
        self._compare: Compare = np.less_equal if lowest else np.greater_equal
        self._levels = [column]
        if blocks is not None and len(column) > FAN:
            self._levels.append(blocks)
        while len(self._levels[-1]) > FAN:
            self._levels.append(block_extremes(self._levels[-1], lowest=lowest))

    def __len__(self) -> int:
        return len(self._levels[0])

    @property
    def most(self) -> int:
        """The lowest, or the highest, of the whole column."""
        top = self._levels[-1]
        return int(top.min() if self._compare is np.less_equal else top.max())

    @property
    def blocks(self) -> Array:
        """What :func:`block_extremes` gives of the column."""
        if len(self._levels) == 1:
            lowest = self._compare is np.less_equal
            return block_extremes(self._levels[0], lowest=lowest)
        return self._levels[1]

    def first(self, start: int, end: int, level: int) -> int:
        """Return the first index in start <= index < end that reaches a level, else -1."""
        compare, levels = self._compare, self._levels
        at, height = start, 0
        while True:
            column = levels[height]
            until = min((at // FAN + 1) * FAN, len(column))
            hit = compare(column[at:until], level)
            if len(hit):
                index = int(hit.argmax())
                if hit[index]:
                    at += index
                    break
            if until >= len(column):
                return -1
            at, height = until // FAN, height + 1
            if at * FAN**height >= end:
                return -1
        while height:
            height -= 1
            at *= FAN
            at += int(compare(levels[height][at : at + FAN], level).argmax())
        return at if at < end else -1

    def first_of_each(self, starts: Array, ends: Array, levels: Array) -> Array:
        """Return for each of many searches what :meth:`first` does.

        Parameters
        ----------
        starts, ends, levels : array of int64, (k,)
            One search each.
        """
        found = np.full(len(starts), -1)
        asked = self.worth_asking(starts, ends, levels)
        for at in range(0, len(asked), SEARCHES):
            part = asked[at : at + SEARCHES]
            found[part] = self._first_of_some(starts[part], ends[part], levels[part])
        return found

    def worth_asking(self, starts: Array, ends: Array, levels: Array) -> Array:
        """Return which of many searches can find anything: most levels are never reached."""
        if not len(self):
            return np.empty(0, np.int64)
        return np.flatnonzero((starts < ends) & self._compare(np.asarray(self.most), levels))

    def _first_of_some(self, starts: Array, ends: Array, levels: Array) -> Array:
        found = np.full(len(starts), -1)
        open_ = np.flatnonzero(starts < ends)
        at, height = starts[open_].astype(np.int64), 0
        while len(open_):
            hits = self._in_blocks(height, at // FAN, at % FAN, levels[open_])
            hit = hits >= 0
            ready = open_[hit]
            index = self._descend(height, at[hit] // FAN * FAN + hits[hit], levels[ready])
            found[ready] = np.where(index < ends[ready], index, -1)
            at, height = at[~hit] // FAN + 1, height + 1
            open_ = open_[~hit]
            if height == len(self._levels):
                break
            left = (at * FAN**height < ends[open_]) & (at < len(self._levels[height]))
            open_, at = open_[left], at[left]
        return found

    def _descend(self, height: int, at: Array, levels: Array) -> Array:
        while height:
            height -= 1
            at = at * FAN + self._in_blocks(height, at, np.zeros(len(at), np.int64), levels)
        return at

    def _in_blocks(self, height: int, blocks: Array, offsets: Array, levels: Array) -> Array:
        """Return where in each block, from an offset on, a level is reached first; -1 for never."""
        column = self._levels[height]
        whole = len(column) // FAN
        hit = np.zeros((len(blocks), FAN), np.bool_)
        inside = blocks < whole
        table = column[: whole * FAN].reshape(-1, FAN)
        limits = np.clip(levels, -LARGEST, LARGEST).astype(column.dtype)[:, None]
        hit[inside] = self._compare(table[blocks[inside]], limits[inside])
        tail = column[whole * FAN :]
        hit[~inside, : len(tail)] = self._compare(tail[None, :], limits[~inside])
        hit &= np.arange(FAN) >= offsets[:, None]
        first = hit.argmax(axis=1)
        return np.where(hit[np.arange(len(first)), first], first, -1)


class Pyramid:
    """The extremes of both sides of a quote.

    Parameters
    ----------
    bids, asks : array of int32, (n,)
        Points; twice the price of the last deal where that is what triggers.
    blocks : dict, optional
        What :func:`blocks_of` gives, where it is at hand.
    """

    def __init__(self, bids: Array, asks: Array, blocks: dict[str, Array] | None = None) -> None:
        at_hand = blocks or {}
        self.bid_low = Extremes(bids, lowest=True, blocks=at_hand.get("bid_low"))
        self.bid_high = Extremes(bids, lowest=False, blocks=at_hand.get("bid_high"))
        if asks is bids:
            self.ask_low, self.ask_high = self.bid_low, self.bid_high
            return
        self.ask_low = Extremes(asks, lowest=True, blocks=at_hand.get("ask_low"))
        self.ask_high = Extremes(asks, lowest=False, blocks=at_hand.get("ask_high"))

    @classmethod
    def of(cls, bids: tuple[Extremes, Extremes], asks: tuple[Extremes, Extremes]) -> Self:
        """Return what searches the lowest and the highest of rows that are more than one tick."""
        made = cls.__new__(cls)
        (made.bid_low, made.bid_high), (made.ask_low, made.ask_high) = bids, asks
        return made

    def first_beyond(self, near: tuple[int, int, int, int], start: int) -> int:
        """Return the first index from `start` on that is beyond a level, -1 for none.

        Parameters
        ----------
        near : (bid_low, bid_high, ask_low, ask_high)
            A tick is beyond when its bid is at or below the first or at or above the second, or
            its ask at or below the third or at or above the fourth.
        """
        size = end = len(self.bid_low)
        sides = (self.bid_low, self.bid_high, self.ask_low, self.ask_high)
        for extremes, level, nothing in zip(sides, near, NOTHING, strict=True):
            if level == nothing or start >= end:
                continue
            found = extremes.first(start, end, _within(level))
            if found >= 0:
                end = found
        return end if end < size else -1


def block_extremes(column: Array, *, lowest: bool) -> Array:
    """Return the lowest, or the highest, of each block of a column."""
    reduce = np.minimum if lowest else np.maximum
    extremes: Array = reduce.reduceat(column, np.arange(0, len(column), FAN))
    return extremes


def blocks_of(bids: Array, asks: Array) -> dict[str, Array]:
    """Return the extremes of the blocks of both sides; those of pieces of whole blocks join."""
    return {
        "bid_low": block_extremes(bids, lowest=True),
        "bid_high": block_extremes(bids, lowest=False),
        "ask_low": block_extremes(asks, lowest=True),
        "ask_high": block_extremes(asks, lowest=False),
    }


NOTHING = (-1, 1 << 62, -1, 1 << 62)
"""Levels that no price reaches."""
LARGEST = np.iinfo(np.int32).max


def _within(level: int) -> int:
    return min(max(level, -LARGEST), LARGEST)
