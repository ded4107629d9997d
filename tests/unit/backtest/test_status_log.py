"""What a run was told is kept packed, and comes back as it was."""

from __future__ import annotations

import tracemalloc

import msgspec

from mas.backtest.status_log import PIECE, StatusLog
from mas.events import OrderStatus
from mas.terminal.types import NO_REQUEST


def status(index: int) -> OrderStatus:
    request = NO_REQUEST._replace(
        action=6, symbol="EURUSD", sl=1.1 + index * 1e-5, position=500_000_001
    )
    return OrderStatus(
        order=500_000_001 + index, status=1, retcode=10009 if index % 5 else 10025,
        message="Request executed" if index % 5 else f"no changes ({index})", request=request,
        action="modify", symbol="EURUSD", time_msc=1_700_000_000_000 + index,
    )  # fmt: skip


def test_all_come_back_in_their_order_as_the_same_bytes() -> None:
    given = [status(index) for index in range(2 * PIECE + 3)]
    told = StatusLog()
    for one in given:
        told.append(one)
    encode = msgspec.json.Encoder(order="deterministic").encode
    assert list(told) == given
    assert len(told) == len(given)
    assert [encode(one) for one in told] == [encode(one) for one in given]
    assert [row[1] for row in told.refused] == [one.order for one in given if not one.ok]


def test_a_hundred_thousand_changes_of_a_stop_stay_small() -> None:
    told = StatusLog()
    tracemalloc.start()
    for index in range(100_000):
        told.append(msgspec.structs.replace(status(index), retcode=10009))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 8e6, "as objects they take 67 MB"
