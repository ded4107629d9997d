"""What is closed and changed by its ticket, as the terminal sees it, answering or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import mas
from mas.core import ClientCore, core_of
from mas.sim import SimTerminal

if TYPE_CHECKING:
    from collections.abc import Iterator

BUY = {"symbol": "EURUSD", "order_type": "buy", "volume": 0.2, "backtest_toggle": False}


class Terminal(SimTerminal):
    """Keeps the requests that come; named functions answer None, as one that is not there."""

    sent: list[dict[str, Any]]
    silent: set[str]

    def order_send(self, request: Any = None, /, **fields: Any) -> Any:
        self.sent.append(dict(request or fields))
        return super().order_send(request, **fields)

    def positions_get(self, *args: Any, **named: Any) -> Any:
        return None if "positions_get" in self.silent else super().positions_get(*args, **named)

    def orders_get(self, *args: Any, **named: Any) -> Any:
        return None if "orders_get" in self.silent else super().orders_get(*args, **named)

    def last_error(self) -> tuple[int, str]:
        return (-10005, "Timeout") if self.silent else super().last_error()


@pytest.fixture
def core(monkeypatch: pytest.MonkeyPatch) -> Iterator[ClientCore]:
    monkeypatch.setattr(Terminal, "sent", [], raising=False)
    monkeypatch.setattr(Terminal, "silent", set(), raising=False)
    monkeypatch.setattr("mas.sim.process.SimTerminal", Terminal)
    client = mas.MAS()
    assert client.login({"account": 6, "password": "p", "server": "MAS-Sim"})
    yield core_of(client)
    Terminal.silent.clear()
    client.shutdown_mt5()


def far(core: ClientCore, points: int, **more: Any) -> int:
    """Place a buy limit so many points below the market; return its ticket."""
    tick = core.tick("EURUSD")
    assert tick is not None
    price = round(tick.bid - points / 1e5, 5)
    status = core.place({**BUY, "order_type": "buy_limit", "price": price, **more})
    assert status.ok
    return status.order


def test_r7_a_comment_is_cut_to_what_every_build_takes(core: ClientCore) -> None:
    assert core.place({**BUY, "comment": "x" * 40}).ok
    assert Terminal.sent[-1]["comment"] == "x" * 26


def test_a_stop_of_the_second_order_is_set_and_its_price_stays(core: ClientCore) -> None:
    far(core, 900)
    ticket = far(core, 500)
    placed = Terminal.sent[-1]
    assert core.modify(ticket, {"sl": round(placed["price"] - 0.01, 5)}).ok
    changed = Terminal.sent[-1]
    assert (changed["order"], changed["price"]) == (ticket, placed["price"])
    assert changed["sl"] == round(placed["price"] - 0.01, 5)


def test_a_part_of_a_position_is_closed_by_the_opposite_order(core: ClientCore) -> None:
    ticket = core.place({**BUY, "magic": 77}).order
    assert core.close_position(ticket, 0.05).ok
    request = Terminal.sent[-1]
    assert {name: request[name] for name in ("type", "position", "volume", "magic", "symbol")} == {
        "type": 1, "position": ticket, "volume": 0.05, "magic": 77, "symbol": "EURUSD",
    }  # fmt: skip


@pytest.mark.parametrize("silent", [{"positions_get"}, {"orders_get"}])
def test_no_answer_is_not_taken_for_nothing_there(core: ClientCore, silent: set[str]) -> None:
    count = len(Terminal.sent)
    Terminal.silent.update(silent)
    with pytest.raises(mas.MasError, match=r"Timeout \(-10005\)"):
        core.modify(424_242, {"sl": 1.0})
    if "positions_get" in silent:
        with pytest.raises(mas.MasError, match=r"Timeout \(-10005\)"):
            core.close_position(424_242)
    assert len(Terminal.sent) == count


def test_stops_of_a_position_that_is_gone_are_asked_for_as_given(core: ClientCore) -> None:
    status = core.change("modify_position_sltp", {"position_id": 424_242, "sl": 1.5})
    assert not status.ok
    request = Terminal.sent[-1]
    assert (request["symbol"], request["sl"], request["tp"], request["position"]) == (
        "",
        1.5,
        0.0,
        424_242,
    )
