"""``%mas_order`` and its kin in a real shell."""

from __future__ import annotations

import pytest

BUY = "%%mas_order\nsymbol: EURUSD\norder_type: buy\nvolume: 0.1\n"


def test_the_order_of_the_readme_is_sent_with_its_stop(paper):
    text = paper.good(BUY + 'sl: "{bid - 0.0020:.5f}"')
    (position,) = paper.desk.state.positions
    bid = paper.desk.core.tick("EURUSD").bid
    assert position.volume == 0.1
    assert position.sl == pytest.approx(bid - 0.002, abs=1e-9)
    assert "EURUSD" in text
    assert "10009" in text


def test_one_line_form_binds_its_card(paper):
    paper.good("%mas_order buy 0.1 EURUSD sl={bid - 0.002:.5f} comment='my note' --as one")
    card = paper.shell.user_ns["one"]
    assert card.status.ok
    assert card.status.request.comment == "my note"
    assert [deal.order for deal in card.executions] == [card.order]


def test_a_stale_variable_is_not_the_price(paper):
    paper.shell.user_ns["bid"] = 0.5
    paper.good("%mas_order buy 0.1 EURUSD sl={bid-0.002:.5f}")
    assert paper.desk.state.positions[0].sl > 1.0


def test_check_sends_nothing(paper):
    text = paper.good("%mas_order buy 0.1 EURUSD --check --as seen")
    assert "nothing was sent" in text
    assert paper.shell.user_ns["seen"].ok
    assert not paper.desk.state.positions


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("%mas_order buy 0.1 EURUSD s1=1.08", "did you mean 'sl'?"),
        ("%mas_order bye 0.1 EURUSD", "symbol is given twice: 'bye' and 'EURUSD'"),
        ("%mas_order buy EURUSD", "volume is missing"),
        ("%mas_order buy_limit 0.1 EURUSD", "price is missing"),
        ("%mas_order buy 0.1 EURUSD sl={bid", "is not closed"),
        ("%mas_order buy 0.1 EURUSD sl={nothing}", "name 'nothing' is not defined"),
        ("%mas_order buy 0.1 EURUSD --chek", "--chek"),
        ("%mas_order", "write an order"),
        ("%mas_order buy 0.1 EURUSD --as 1x", "--as takes a name"),
        ("%%mas_order\n# nothing", "the cell holds no order"),
        (BUY + "sl:", "sl must be a number of price"),
        (BUY + "volume: 0.2", "volume is given twice"),
        ("%mas_cancel x", "%mas_cancel"),
        ("%mas_close 77", "position 77 is not open"),
        ("%mas_modify 77 --sl 1.0", "ticket 77 is neither"),
        ("%mas_modify 77", "nothing to change"),
        ("%mas_ticket NOSUCH", "NOSUCH"),
    ],
)
def test_a_mistake_is_one_line_and_sends_nothing(paper, line, message):
    assert message in paper.bad(line)
    assert not paper.desk.state.positions
    assert not paper.desk.state.statuses


def test_all_orders_are_checked_before_the_first_is_sent(paper):
    body = BUY + "---\nsymbol: EURUSD\norder_type: buy\nvolume: lots"
    assert "volume must be a number" in paper.bad(body)
    assert not paper.desk.state.positions


def test_a_refused_order_leaves_the_cards_of_the_others(paper):
    body = (
        BUY
        + "---\nsymbol: EURUSD\norder_type: buy\nvolume: 0.1\nsl: 9\n---\n"
        + BUY.partition("\n")[2]
    )
    paper.shown.clear()
    assert "1 of 3 refused" in paper.bad(body.replace("%%mas_order", "%%mas_order --as three"))
    assert len(paper.shown) == 3
    assert [card.status.ok for card in paper.shell.user_ns["three"]] == [True, False, True]
    assert len(paper.desk.state.positions) == 2


def test_words_of_the_first_line_are_shared(paper):
    paper.good("%%mas_order EURUSD 0.1\n- order_type: buy\n- order_type: sell\n  sl: {ask + 0.003}")
    assert sorted(one.type for one in paper.desk.state.positions) == [0, 1]


def test_the_published_dict_as_a_cell(paper):
    paper.good(
        "%%mas_order --as order\n"
        '{"symbol": "EURUSD", "order_type": "buy_limit", "volume": 0.1, "price": 1.0,\n'
        ' "type_time": mt5.ORDER_TIME_GTC, "expiration": datetime(2030, 1, 1), "magic": 7}'
    )
    (order,) = paper.desk.state.orders
    assert (order.magic, order.price_open, order.time_expiration) == (7, 1.0, 0)
    paper.good(f"%mas_modify {order.ticket} --price 1.01 --sl 0.99")
    assert paper.desk.state.orders[0].price_open == 1.01
    paper.good(f"%mas_cancel {order.ticket}")
    assert not paper.desk.state.orders


def test_close_a_part_and_the_rest(paper):
    paper.good("%mas_order buy 0.3 EURUSD")
    ticket = paper.desk.state.positions[0].ticket
    paper.good(f"%mas_close {ticket} --volume 0.1")
    assert paper.desk.state.positions[0].volume == pytest.approx(0.2)
    paper.good(f"%mas_close {ticket}")
    assert not paper.desk.state.positions


@pytest.mark.parametrize("line", ["%mas_order buy 0.1 EURUSD", "%mas_positions", "%mas_close 1"])
def test_without_login_one_line_says_what_to_do(cells, line):
    assert "run %mas_login" in cells.bad(line)
