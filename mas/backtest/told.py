"""What a run was told of its orders: all of it, packed."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from msgspec import msgpack

from mas.backtest.incidents import refusals
from mas.events import OrderStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE = 512
"""Statuses that are packed at once."""
FAST = 1
"""The level of compression; a status costs less than a microsecond and some twenty bytes."""

_encode = msgpack.Encoder().encode
_decode = msgpack.Decoder().decode


class Told:
    """Statuses in their order; what was refused also apart.

    Attributes
    ----------
    refused : list of tuple
        As the table of refusals has them.
    """

    def __init__(self) -> None:
        self.refused: list[tuple[Any, ...]] = []
        self._packed: list[bytes] = []
        self._fresh: list[OrderStatus] = []

    def __len__(self) -> int:
        return len(self._packed) * PIECE + len(self._fresh)

    def __iter__(self) -> Iterator[OrderStatus]:
        for piece in self._packed:
            yield from (OrderStatus(**fields) for fields in _decode(zlib.decompress(piece)))
        yield from self._fresh

    def append(self, status: OrderStatus) -> None:
        """Keep one more."""
        if not status.ok:
            self.refused.extend(refusals([status]))
        self._fresh.append(status)
        if len(self._fresh) == PIECE:
            self._packed.append(zlib.compress(_encode(self._fresh), FAST))
            self._fresh = []
