"""What is written is what is sent: every form gives the same order, and odd text gives one line."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mas.errors import ParamError
from mas.schema import OrderParams, parse_order
from mas.schema.words import ORDER_TYPES
from masjupyter.ordertext import FIELDS, read_cell, read_line

if TYPE_CHECKING:
    from collections.abc import Callable

PRICES = {"bid": 1.0855, "ask": 1.0857, "point": 0.00001}
price = st.integers(1, 200_000).map(lambda points: points / 100_000)
words = st.text(string.ascii_letters + string.digits + " _-.", min_size=1, max_size=20)
comment = words.map(str.strip).filter(lambda text: text and text[0].isalpha() and text[-1] != ".")


@st.composite
def orders(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(sorted(ORDER_TYPES)))
    order: dict[str, Any] = {
        "symbol": draw(st.sampled_from(["EURUSD", "USDJPY", "EURUSD.sml", "XAUUSD"])),
        "order_type": kind,
        "volume": draw(st.integers(1, 500)) / 100,
    }
    if "_" in kind:
        order["price"] = draw(price)
    if kind.endswith("stop_limit"):
        order["stoplimit"] = draw(price)
    some = {
        "sl": price,
        "tp": price,
        "deviation": st.integers(0, 1000),
        "magic": st.integers(0, 2**40),
        "comment": comment,
        "type_filling": st.sampled_from([0, 1, 2]),
        "position": st.integers(1, 2**40),
    }
    for name, values in some.items():
        if draw(st.booleans()):
            order[name] = draw(values)
    return order


def typed(order: dict[str, Any]) -> OrderParams:
    return parse_order({"backtest_toggle": False, **order})


def as_yaml(order: dict[str, Any]) -> str:
    quoted = {**order, "comment": f'"{order["comment"]}"'} if "comment" in order else order
    return "\n".join(f"{name}: {value}" for name, value in quoted.items())


def as_pairs(order: dict[str, Any]) -> str:
    return "\n".join(f"{name} = {value}" for name, value in order.items())


def as_line(order: dict[str, Any]) -> str:
    head = f"{order['order_type']} {order['volume']} {order['symbol']}"
    rest = [
        f"{name}={value!r}" if isinstance(value, str) else f"{name}={value}"
        for name, value in order.items()
        if name not in {"order_type", "volume", "symbol"}
    ]
    return " ".join([head, *rest])


def quotes(symbol: str) -> dict[str, float]:
    return PRICES if symbol == "EURUSD" else {}


@given(order=orders())
def test_every_form_is_the_same_order(order: dict[str, Any]) -> None:
    meant = typed(order)
    for text in (as_yaml(order), as_pairs(order), repr(order), f"[{order!r}]", f"- {order!r}"):
        (read,) = read_cell(text, {}, quotes)
        assert typed(read) == meant, text
    assert typed(read_line(as_line(order), {}, quotes)) == meant


@given(several=st.lists(orders(), min_size=1, max_size=4))
def test_several_orders_keep_their_sequence(several: list[dict[str, Any]]) -> None:
    meant = [typed(order) for order in several]
    documents = "\n---\n".join(as_yaml(order) for order in several)
    listed = "\n".join("- " + as_yaml(order).replace("\n", "\n  ") for order in several)
    for text in (documents, listed, repr(several)):
        assert [typed(order) for order in read_cell(text, {}, quotes)] == meant


CODE = [": ", "=", "\n", "- ", "---\n", "{", "}", "[", "]", "'", '"', "? ", "<<: ", "\t", "\r"]
VALUES = ["0.1", "EURUSD", "1e309", "nan", ".inf", "1:30", "0x1F", "~", "null", "yes", "#", "&a"]
ODDITIES = ["*a", "!!float ''", "!!int ''", "!!bool x", "!!timestamp x", "\x00", "\\", "|", ">"]
BRACES = ["{bid}", "{1/0}", "{bid:.5f}", "{bid:{ask}}", "!r}", "lambda: 0", ",", "%", ":"]
pieces = st.sampled_from([*FIELDS, *ORDER_TYPES, *CODE, *VALUES, *ODDITIES, *BRACES])
odd = st.text(max_size=60) | st.lists(pieces, max_size=14).map("".join)


@given(text=odd)
def test_odd_text_gives_orders_or_one_line(text: str) -> None:
    # Random letters may spell Python that the user is free to run, such as a call of his own.
    assume("(" not in text)
    for read in (lambda: read_cell(text, {}, quotes), lambda: [read_line(text, {}, quotes)]):
        message = refusal(read)
        assert message is None or len(message.splitlines()) == 1, message


def refusal(read: Callable[[], list[dict[str, Any]]]) -> str | None:
    try:
        for order in read():
            typed(order)
    except ParamError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    "text",
    [
        "sl:",
        "sl: ",
        "sl: 1:30",
        "sl: 1:30.5",
        "sl: 0x10",
        "sl: 1_000",
        "sl: yes",
        "sl: .inf",
        "sl: 1.08\nsl: 1.09",
        "sl: [1.08]",
        "s1: 1.08",
        "volume: 1.0",
        "sl: &a 1.08\ntp: *a",
    ],
)
def test_what_is_not_clear_is_refused(text: str) -> None:
    body = f"symbol: EURUSD\norder_type: buy\nvolume: 0.1\n{text}"
    with pytest.raises(ParamError):
        [typed(order) for order in read_cell(body, {}, quotes)]


@pytest.mark.parametrize("text", ["sl = ", "sl = 1 2", "sl = 1.08\nsl = 1.08", "sl = one"])
def test_pairs_that_are_not_clear_are_refused(text: str) -> None:
    body = f"symbol = EURUSD\norder_type = buy\nvolume = 0.1\n{text}"
    with pytest.raises(ParamError):
        [typed(order) for order in read_cell(body, {}, quotes)]


def test_a_key_that_comes_twice_in_a_python_dict_is_refused() -> None:
    with pytest.raises(ParamError, match="sl is given twice"):
        read_cell('{"symbol": "EURUSD", "sl": 1.08, "sl": 1.09}', {}, quotes)


@pytest.mark.parametrize(
    ("written", "sl"),
    [
        ('"{bid - 0.0020:.5f}"', 1.0835),
        ("{bid - 0.0020:.5f}", 1.0835),
        ("{bid - 0.0020}", 1.0835),
        ("{min(bid, ask) - 200 * point:.5f}  # two pips", 1.0835),
        ("{levels['low']}", 1.08),
        ("{levels['low']:.3f}", 1.08),
    ],
)
def test_expressions_have_the_prices_of_the_symbol(written: str, sl: float) -> None:
    stale = {"levels": {"low": 1.08}, "bid": 99.0, "ask": 99.0}
    body = f"symbol: EURUSD\norder_type: buy\nvolume: 0.1\nsl: {written}"
    (order,) = read_cell(body, stale, quotes)
    assert typed(order).sl == pytest.approx(sl, abs=1e-12)


def test_expressions_of_a_line_and_of_what_orders_share() -> None:
    order = read_line("buy {lots} EURUSD sl={bid - 0.002}", {"lots": 0.2}, quotes)
    assert order == {"order_type": "buy", "volume": 0.2, "symbol": "EURUSD", "sl": 1.0835}
    (order,) = read_cell("sl: {bid - 0.002}", {}, quotes, {"symbol": "EURUSD"})
    assert order == {"symbol": "EURUSD", "sl": 1.0835}


@pytest.mark.parametrize("form", ["sl: {bid}", "sl = {bid}", '{{"sl": bid, "symbol": "NOSUCH"}}'])
def test_a_variable_never_stands_in_for_a_quote(form: str) -> None:
    body = form.replace("{{", "{").replace("}}", "}")
    if "NOSUCH" not in body:
        body += "\nsymbol: NOSUCH" if ":" in body else "\nsymbol = NOSUCH"
    with pytest.raises(ParamError, match="bid"):
        read_cell(body, {"bid": 99.0}, quotes)


def test_the_published_dict_is_read_as_it_stands() -> None:
    (order,) = read_cell(
        """{
        "symbol": "EURUSD",
        "order_type": "buy_limit",
        "volume": 0.1,
        "price": 1.0850,   # waits
        "type_time": mt5.ORDER_TIME_SPECIFIED,
        "expiration": datetime(2030, 1, 1),
        "type_filling": mt5.ORDER_FILLING_RETURN,
        }""",
        {},
        quotes,
    )
    assert typed(order).expiration == 1_893_456_000
    many = '[{"symbol": s, "order_type": "buy", "volume": 0.1} for s in ("EURUSD", "USDJPY")]'
    assert [one["symbol"] for one in read_cell(many, {}, quotes)] == ["EURUSD", "USDJPY"]
