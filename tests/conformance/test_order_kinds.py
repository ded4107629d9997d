"""What each type of order is, by hand: side, trigger, what it becomes, what must allow it."""

from __future__ import annotations

import pytest

from mas.terminal.orderkind import KINDS

# type: name, deals at the ask, market, limit, stop, stop-limit, triggers when the price falls,
# becomes, bit of the symbol's order_mode (SYMBOL_ORDER_MARKET 1, LIMIT 2, STOP 4, STOP_LIMIT 8)
TABLE = {
    0: ("buy", True, True, False, False, False, False, 0, 1),
    1: ("sell", False, True, False, False, False, False, 1, 1),
    2: ("buy_limit", True, False, True, False, False, True, 2, 2),
    3: ("sell_limit", False, False, True, False, False, False, 3, 2),
    4: ("buy_stop", True, False, False, True, False, False, 0, 4),
    5: ("sell_stop", False, False, False, True, False, True, 1, 4),
    6: ("buy_stop_limit", True, False, False, True, True, False, 2, 8),
    7: ("sell_stop_limit", False, False, False, True, True, True, 3, 8),
    8: ("close_by", False, False, False, False, False, False, 8, 0),
}


@pytest.mark.parametrize("number", TABLE)
def test_a_kind_is_what_metatrader_says_of_it(number: int) -> None:
    kind = KINDS[number]
    assert kind.type == number
    assert (
        kind.name, kind.buys, kind.market, kind.limit, kind.stop, kind.stop_limit, kind.falling,
        kind.next, kind.allowed_by,
    ) == TABLE[number]  # fmt: skip


def test_there_are_no_others() -> None:
    assert len(KINDS) == len(TABLE)
