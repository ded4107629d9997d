"""What every reader of a format gives: tables of times and prices, piece by piece."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    import pandas as pd

TICK_PRICES = ("bid", "ask")
BAR_PRICES = ("open", "high", "low", "close")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of a file.

    Attributes
    ----------
    table : DataFrame
        ``time`` in ms since 1970 as the file writes it, prices as floats, NaN where a cell is
        empty.
    lines : array of int
        Line of each row in the file, for messages.
    read : int
        Bytes of the file that were read so far.
    """

    table: pd.DataFrame
    lines: np.ndarray[tuple[int], np.dtype[np.int64]]
    read: int


@dataclass(frozen=True, slots=True)
class Source:
    """One file, recognised.

    Attributes
    ----------
    name : str
        For messages: the path, or what stands for it.
    format : str
        In words.
    kind : str
        ``"ticks"`` or ``"bars"``.
    symbol : str
        As the file or its name says; "" when neither does.
    size : int
        Bytes; 0 where it is not known.
    pieces : callable
        Reads it anew each time.
    zone : float
        Hours that its clock is ahead of UTC, as far as the format fixes it.
    repeats : bool
        An empty price repeats the one before (MetaTrader 5 ticks).
    timeframe : int
        Of bars, where the format fixes it; 0 otherwise.
    digits : int
        Where the prices come in points; -1 otherwise.
    """

    name: str
    format: str
    kind: str
    pieces: Callable[[], Iterator[Piece]]
    symbol: str = ""
    size: int = 0
    zone: float = 0.0
    repeats: bool = False
    timeframe: int = 0
    digits: int = -1


WORD = re.compile(r"(?<![A-Za-z])([A-Za-z]{3})[/-]?([A-Za-z]{3})(?![A-Za-z])")
EXPORTED = re.compile(r"([^_\s]+)_(?:M\d+|H\d+|Daily|Weekly|Monthly)_\d{12}_\d{12}\.")
CODES = (
    *("USD", "EUR", "GBP", "JPY", "CHF", "AUD", "NZD", "CAD", "SEK", "NOK", "DKK", "PLN", "HUF"),
    *("CZK", "TRY", "ZAR", "MXN", "SGD", "HKD", "CNH", "RUB", "ILS", "XAU", "XAG", "XPT", "XPD"),
    *("BTC", "ETH", "LTC", "XRP"),
)


def symbol_in(name: str) -> str:
    """Return the pair that a file's name holds, such as EURUSD; "" for none.

    Files that MetaTrader 5 exports begin with the symbol, whatever it is.
    """
    for first, second in WORD.findall(name):
        pair = str(first + second).upper()
        if pair[:3] in CODES and pair[3:] in CODES:
            return pair
    exported = EXPORTED.match(name)
    return exported[1] if exported is not None else ""
