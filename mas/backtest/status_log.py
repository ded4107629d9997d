"""What a run was told of its orders: all of it, packed."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from msgspec import msgpack
from msgspec.structs import astuple

from mas.backtest.incidents import refusals
from mas.events import OrderStatus
from mas.terminal.types import TradeRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE = 512
"""Statuses that are packed at once."""
FAST = 1
"""The level of compression; a status costs half a microsecond and some fifteen bytes."""
FIELDS = OrderStatus.__struct_fields__

_encode = msgpack.Encoder().encode
_decode = msgpack.Decoder().decode


class StatusLog:
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
            yield from map(_status, _decode(zlib.decompress(piece)))
        yield from self._fresh

    def append(self, status: OrderStatus) -> None:
        """Keep one more."""
        if not status.ok:
            self.refused.extend(refusals([status]))
        self._fresh.append(status)
        if len(self._fresh) == PIECE:
            self._packed.append(zlib.compress(_encode([*map(astuple, self._fresh)]), FAST))
            self._fresh = []


def _status(packed: list[Any]) -> OrderStatus:
    """Return a status from the values of its fields; its request is a list of its own."""
    fields = dict(zip(FIELDS, packed, strict=True))
    if fields["request"] is not None:
        fields["request"] = TradeRequest(*fields["request"])
    return OrderStatus(**fields)
