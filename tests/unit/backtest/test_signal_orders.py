"""Signals beyond market orders: pending entries, trailing stops, risk, one account for several."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mas
from mas.backtest.signals.orders import orders_of
from mas.errors import ParamError
from mas.history import History
from mas.sim import built_in
from mas.terminal import constants as c

START = 1_704_153_600_000  # 2024-01-02 00:00
SPAN = {"from": "2024-01-02", "to": "2024-01-03"}
BAR = 300_000


def market(path: list[float], symbol: str = "EURUSD", spread: int = 10, **params: Any) -> Any:
    """Store one bid for each 5 minutes, and the day's rest at the last; return its signals."""
    spec = built_in()[symbol]
    whole = np.concatenate([path, np.full(288 - len(path), path[-1])])
    times = START + np.arange(288) * BAR
    bids = np.round(whole, spec.digits)
    table = pd.DataFrame({"time": times, "bid": bids, "ask": bids + spread * spec.point})
    History().load(table, symbol=symbol, digits=spec.digits, progress=False)
    return mas.Signals({"symbol": symbol, "timeframe": "M5", **SPAN, **params})


def at(one: Any, *bars: int) -> Any:
    found = np.zeros(len(one.bars), bool)
    found[list(bars)] = True
    return found


def flat(count: int, price: float = 1.1) -> list[float]:
    return [price] * count


def test_a_limit_waits_below_the_ask_and_deals_when_it_comes() -> None:
    one = market([*flat(5), 1.0990, 1.0980, 1.1000])
    result = one.run(at(one, 1), entry="limit", distance=100, sl=500, tp=120)
    (trade,) = result.trades.to_dict("records")
    # ask 1.1001 less 100 points is 1.0991; the tick of bar 5 asks 1.0991
    assert (trade["entry_price"], trade["exit_price"], trade["reason"]) == (1.0991, 1.1, "client")
    order = result.orders.iloc[0]
    assert (order["type"], order["price_open"], order["sl"], order["tp"]) == (
        c.ORDER_TYPE_BUY_LIMIT, 1.0991, 1.0941, 1.1003,
    )  # fmt: skip


def test_a_stop_waits_beyond_the_quote_and_is_replaced_by_the_next_signal() -> None:
    one = market([*flat(4), 1.1005, 1.1005, 1.0996])
    result = one.run(at(one), short_entries=at(one, 1, 4), entry="stop", distance=50)
    placed = result.orders[result.orders["type"] == c.ORDER_TYPE_SELL_STOP]
    assert placed["price_open"].tolist() == [1.0995, 1.1], "each from the bid of its bar"
    assert placed["state"].tolist() == [c.ORDER_STATE_CANCELED, c.ORDER_STATE_FILLED]
    assert result.trades["entry_price"].tolist() == [1.0996]


def test_a_pending_order_goes_after_its_bars_or_with_the_exit_signal() -> None:
    one = market([*flat(12), 1.0900])
    expired = one.run(at(one, 2), entry="limit", distance=300, expiry=3)
    (order,) = expired.orders.to_dict("records")
    assert order["state"] == c.ORDER_STATE_CANCELED
    assert order["time_done"] == pd.Timestamp(START + 6 * BAR, unit="ms")  # pushed with bar 5
    assert len(expired) == 0
    left = one.run(at(one, 2), at(one, 4), entry="limit", distance=300)
    assert left.orders["time_done"].tolist() == [pd.Timestamp(START + 5 * BAR, unit="ms")]
    stays = one.run(at(one, 2), entry="limit", distance=300)
    assert len(stays) == 1


def test_a_trailing_stop_follows_and_never_goes_back() -> None:
    one = market([*flat(3), 1.1010, 1.1020, 1.1015, 1.1030, 1.1016, 1.1005])
    result = one.run(at(one, 1), sl=200, trail=150)
    (trade,) = result.trades.to_dict("records")
    # highest bid at the end of a bar: 1.1030, so the stop stands at 1.1015
    assert (trade["reason"], trade["exit_price"]) == ("sl", 1.1005)
    closing = result.deals.iloc[-1]
    assert closing["comment"] == "sl 1.10150"
    plain = one.run(at(one, 1), sl=200)
    assert plain.trades["reason"].tolist() == ["client"]


def test_a_trailing_entry_follows_the_price_that_goes_away() -> None:
    one = market([*flat(3), 1.0980, 1.0960, 1.0970, 1.0966, 1.0985, 1.0985])
    result = one.run(at(one, 1), entry="stop", distance=150, follow=True)
    # lowest ask 1.0961: the stop has come down to 1.0976, and stays there
    (trade,) = result.trades.to_dict("records")
    assert trade["entry_price"] == 1.0986
    assert result.orders["price_open"].iloc[0] == 1.0976
    fixed = one.run(at(one, 1), entry="stop", distance=150)
    assert len(fixed) == 0


@pytest.mark.parametrize(
    ("symbol", "price", "worth"), [("EURUSD", 1.1, 10.0), ("USDJPY", 140.0, 1000 / 139.8)]
)
def test_risk_is_what_the_stop_costs(symbol: str, price: float, worth: float) -> None:
    """Worth: of one lot and ten points, at the stop, in USD."""
    path = [*flat(5, price), price * 0.95]
    one = market(path, symbol, capital=20_000)
    result = one.run(at(one, 1), sl=200, risk=1.5)
    lots = 20_000 * 0.015 / (20 * worth)
    assert result.trades["volume"].tolist() == [np.floor(lots * 100) / 100]
    # the gap costs more than the stop; with the price at the stop it is the risk
    point = built_in()[symbol].point
    exact = market([*flat(5, price), price - 200 * point + 10 * point], symbol, capital=20_000)
    loss = exact.run(at(exact, 1), sl=200, risk=1.5).trades["profit"].iloc[0]
    assert -300 <= loss < -300 + 20 * worth * 0.011


def test_equity_is_valued_and_reports_work() -> None:
    one = market([*flat(3), 1.1010, 1.1030, 1.1020], profile="account")
    result = one.run(at(one, 1), volume=1.0)
    assert result.exact == ""
    assert result.equity["equity"].max() == pytest.approx(10_000 + 290)
    (left,) = result.open_positions()
    assert (left["side"], left["profit"]) == ("buy", 190.0)
    assert isinstance(result, mas.Result)
    assert mas.compare(result, result).table.loc["Trades"].tolist() == ["0", "0"]
    again = pickle.loads(pickle.dumps(result))
    pd.testing.assert_frame_equal(again.equity, result.equity)


def test_the_played_tables_are_those_of_the_arithmetic() -> None:
    rng = np.random.default_rng(3)
    one = market(list(1.1 + np.cumsum(rng.integers(-30, 31, 288)) * 1e-5))
    sets: dict[str, Any] = {
        name: rng.random(len(one.bars)) < 0.1 for name in ("entries", "exits", "short_entries")
    }
    sets |= {"sl": 80, "tp": 120}
    result = one.run(**sets)
    assert result.exact == ""
    assert len(result) > 5
    played = result.state()
    from mas.backtest.tables import trades

    pd.testing.assert_frame_equal(result.trades, trades(played), check_exact=True)
    assert result.deals_count == 2 * len(result)


def test_runs_that_play_at_the_same_time_do_not_disturb_each_other() -> None:
    rng = np.random.default_rng(5)
    one = market(list(1.1 + np.cumsum(rng.integers(-30, 31, 288)) * 1e-5))
    sets = [
        {"entries": rng.random(len(one.bars)) < 0.2, "sl": 60, "trail": 40 + n} for n in range(16)
    ]
    many = one.run_many(sets, workers=8)
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        tables = list(pool.map(lambda result: result.trades, many))
    for table, given in zip(tables, sets, strict=True):
        pd.testing.assert_frame_equal(table, one.run(**given).trades)


def test_several_symbols_share_an_account() -> None:
    euro = market([*flat(3), 1.1010, 1.1030, 1.1020])
    pound = market([*flat(3, 1.27), 1.2690, 1.2650], "GBPUSD")
    sets = (
        (euro, {"entries": at(euro, 1), "volume": 1.0}),
        (pound, {"entries": at(pound, 1), "volume": 1.0}),
    )
    both = mas.Signals.together(*sets)
    alone = [one.run(**given) for one, given in sets]
    assert sorted(both.trades["net"]) == sorted(one.trades["net"].iloc[0] for one in alone)
    total = sum(one.balance - one.capital for one in alone)
    assert both.balance - both.capital == pytest.approx(total)
    margin = both.equity["margin"].max()
    assert margin == pytest.approx(sum(one.equity["margin"].max() for one in alone))


def test_together_refuses_what_has_no_common_account() -> None:
    one = market(flat(10))
    other = market(flat(10, 1.27), "GBPUSD", capital=500)
    for sets, message in (
        ((), "together takes pairs of Signals"),
        (((one, {"entries": at(one)}), (one, {"entries": at(one)})), "EURUSD is there twice"),
        (((one, {"entries": at(one)}), (other, {"entries": at(other)})), "GBPUSD has another"),
    ):
        with pytest.raises(ParamError, match=message):
            mas.Signals.together(*sets)


def test_a_stop_out_is_said_where_the_result_is_asked() -> None:
    path = list(1.1 - np.arange(100) * 0.0005)
    one = market(path, capital=4_000, settings={"leverage": 100})
    result = one.run(at(one, 1), volume=3.0)
    assert result.stopped.startswith("stop out before 2024-01-02 ")
    assert result.trades["reason"].tolist() == ["so"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"risk": 1.0, "sl": 50_000}, "volume must be a number of lots above 0"),
        ({"volume": 0.0}, "volume must be a number of lots above 0"),
        ({"sl": 140_000}, "sl would be below all prices"),
        ({"entry": "limit", "distance": 10**7}, "price"),
    ],
)
def test_orders_that_cannot_be_sent_are_refusals(given: dict[str, Any], reason: str) -> None:
    one = market(flat(20), capital=100)
    result = one.run(at(one, 1, 5), **given)
    assert len(result) == 0
    assert len(result.refusals) == 2
    assert result.refusals["reason"].str.contains(reason).all(), result.refusals["reason"][0]
    assert result.notes()[0].startswith("2 requests were refused")


@pytest.mark.parametrize("name", ["sl", "tp", "trail", "risk", "volume", "expiry", "distance"])
@pytest.mark.parametrize("value", [np.inf, 1e30, 2**63, np.nan, 1j, -1, "x"])
def test_numbers_without_measure_are_one_line(name: str, value: Any) -> None:
    one = market(flat(5))
    with pytest.raises(ParamError, match=f"{name} must be"):
        one.run(at(one, 1), **{name: value})
    with pytest.raises(ParamError, match="entry must be one of"):
        one.run(at(one, 1), entry=np.array(["stop"]))


def test_an_entry_has_one_size() -> None:
    one = market(flat(20), capital=20_000)
    entries, some = at(one, 1, 5), np.zeros(len(one.bars))
    some[5] = 1.5
    message = r"volume and risk both size the entry at bar {} \(volume 0.5, risk 1.5\): give one"
    with pytest.raises(ParamError, match=message.format(1)):
        one.run(entries, volume=0.5, risk=1.5, sl=200)
    with pytest.raises(ParamError, match=message.format(5)):
        one.run(entries, volume=0.5, risk=some, sl=200)
    mixed = one.run(entries, at(one, 3, 9), volume=np.where(some > 0, 0, 0.5), risk=some, sl=200)
    assert mixed.trades["volume"].tolist() == [0.5, 1.49]  # the first one cost its spread
    assert len(one.run(entries, risk=1.5, sl=200)) == 1
    assert len(one.run(entries, volume=0.5, risk=0, sl=200)) == 1


def test_risk_holds_with_slippage() -> None:
    one = market([*flat(5), 1.1 - 0.0019], capital=20_000, settings={"slippage": 20})
    result = one.run(at(one, 1), sl=200, risk=1.5)
    (trade,) = result.trades.to_dict("records")
    assert trade["reason"] == "sl"
    assert -300 <= trade["profit"] < -290


def test_a_trailing_stop_of_a_short_follows_the_ask() -> None:
    one = market([*flat(3), 1.0990, 1.0980, 1.0985, 1.0970, 1.0984, 1.0995])
    result = one.run(at(one), short_entries=at(one, 1), sl=200, trail=150)
    (trade,) = result.trades.to_dict("records")
    # lowest ask at the end of a bar: 1.0971, so the stop stands at 1.0986; the ask is then 1.0996
    assert (trade["side"], trade["reason"], trade["exit_price"]) == ("sell", "sl", 1.0996)
    assert result.deals["comment"].iloc[-1] == "sl 1.09860"


def test_a_number_for_all_bars_takes_no_memory_for_each():
    orders = orders_of({"entries": np.ones(1_000_000, bool), "exits": None, "sl": 200}, 1_000_000)
    numbers = (orders.volumes, orders.sls, orders.tps, orders.distances, orders.expiries,
               orders.trails, orders.risks)  # fmt: skip
    assert all(len(column) == 1_000_000 for column in numbers)
    assert [column.base.nbytes for column in numbers] == [8] * 7
