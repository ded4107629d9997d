# ruff: noqa: E501  tables
"""What a run plays: what is stored, else the synthetic market, which says so."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest

from mas import MAS
from mas.backtest.data import KEPT_BARS
from mas.errors import DataError, ParamError
from mas.history import History
from mas.history.columns import Ticks
from mas.history.resample import fold

START = 1_704_153_600_000  # Tuesday, 2024-01-02 00:00 UTC
DAY = 86_400_000
SPAN = {"from": "2024-01-02", "to": "2024-01-04"}


def ticks(days=2, *, seed=7, base=110_000, start=START, gap=2_000):
    rng = np.random.default_rng(seed)
    count = days * DAY // gap
    times = start + np.sort(rng.choice(days * DAY // 10, count, replace=False)) * 10
    bids = base + np.cumsum(rng.integers(-2, 3, count))
    return Ticks(times, bids, bids + rng.integers(5, 15, count))


def store_ticks(symbol="EURUSD", digits=5, **options):
    made = ticks(**options)
    scale = 10.0**digits
    table = pd.DataFrame({"time": made.times, "bid": made.bids / scale, "ask": made.asks / scale})
    History().load(table, symbol=symbol, digits=digits, progress=False)
    return made


def store_bars(timeframe, symbol="EURUSD", spread=True, **options):
    bars = fold(ticks(**options), timeframe)
    table = pd.DataFrame({"time": bars.times})
    for name, column in zip(("open", "high", "low", "close"), bars[1:5], strict=True):
        table[name] = column / 1e5
    table["tick_volume"] = bars.volumes
    if spread:
        table["spread"] = bars.spreads
    History().load(table, symbol=symbol, digits=5, progress=False)
    return bars


class Client(MAS):
    """Buys at the tenth push, on whatever symbol it is told."""

    def __init__(self, symbol="EURUSD", **order):
        super().__init__()
        self.symbol, self.order, self.pushes, self.deals = symbol, order, [], []

    def receive_bars(self, symbol, data, is_end=False):
        self.pushes.append((symbol, data, is_end))
        if len(self.pushes) == 10:
            order = {"order_type": "buy", "volume": 0.1, **self.order}
            self.answer = self.send_order({"backtest_toggle": True, "symbol": self.symbol, **order})

    def receive_ticks(self, symbol, data, is_end=False):
        self.receive_bars(symbol, data, is_end)

    def receive_order_execution(self, order_id, execution_data):
        self.deals.append(execution_data)


def run(client=None, bars=(("EURUSD", "H1"),), **params):
    client = client or Client()
    return client, client.backtest({"bars": bars, **SPAN, **params})


def test_stored_ticks_are_played_as_they_are():
    made = store_ticks()
    client, result = run()
    assert result.source == {"EURUSD": "EURUSD ticks (the DataFrame), real ticks"}
    hours = fold(made, 16385)
    assert [data["close"] for _, data, _ in client.pushes] == (hours.closes / 1e5).tolist()
    assert [data["volume"] for _, data, _ in client.pushes] == hours.volumes.tolist()
    first_after = int(made.times.searchsorted(hours.times[10]))
    assert client.deals[0]["price"] == made.asks[first_after] / 1e5


def test_ticks_are_pushed_one_by_one():
    made = store_ticks()
    client = Client()
    client.subscribe_ticks({"symbol": "EURUSD", **SPAN, "backtest_toggle": True})
    assert [data["bid"] for _, data, _ in client.pushes] == (made.bids / 1e5).tolist()
    assert [is_end for *_, is_end in client.pushes].index(True) == len(made.times) - 1


@pytest.mark.parametrize(
    ("timeframe", "model", "words"),
    [
        (1, "best", "EURUSD M1 (the DataFrame), generated ticks"),
        (1, "ohlc", "EURUSD M1 (the DataFrame), 1 minute OHLC"),
        (1, "every_tick", "EURUSD M1 (the DataFrame), generated ticks"),
        (1, "open", "EURUSD M1 (the DataFrame), open prices"),
        (15, "best", "EURUSD M15 (the DataFrame), four prices of M15 bars"),
        (15, "every_tick", "EURUSD M15 (the DataFrame), generated ticks of M15 bars"),
    ],
)
def test_r190_r245_stored_bars_are_played_by_the_model_asked_for(timeframe, model, words):
    made = store_bars(timeframe)
    client, result = run(model=model)
    assert result.source == {"EURUSD": words}
    assert [data["volume"] for _, data, _ in client.pushes] == [
        int(made.volumes[(made.times >= at) & (made.times < at + 3_600_000)].sum())
        for at in range(START, START + 2 * DAY, 3_600_000)
    ]
    first = int(made.times.searchsorted(START + 10 * 3_600_000))
    assert client.deals[0]["price"] == (made.opens[first] + made.spreads[first]) / 1e5


def test_what_is_kept_with_the_data_changes_nothing():
    store_bars(1)
    first, again = (run(model="every_tick")[1].events() for _ in range(2))
    assert first == again


@pytest.mark.parametrize(
    ("kind", "store"), [("ticks", store_ticks), ("M1", lambda **more: store_bars(1, **more))]
)
def test_the_next_run_makes_nothing_anew_unless_the_history_is_another(kind, store):
    def made_of(result):
        return result.state().replays["EURUSD"]._made_of

    store(seed=7)
    first, again = run()[1], run()[1]
    assert made_of(again) is made_of(first)
    assert again.events() == first.events()
    other = run(bars=[("EURUSD", "M5")], to="2024-01-03")[1]
    assert made_of(other) is made_of(first)  # another period, other bars
    assert made_of(run(spread=30)[1]) is not made_of(first)
    History().delete("EURUSD", kind)
    store(seed=8)
    assert made_of(run()[1]) is not made_of(first)


def test_bars_of_the_last_periods_are_kept():
    store_bars(1)
    replay = run()[1].state().replays["EURUSD"]
    for hour in range(20):
        replay.bars(16385, START + hour * 3_600_000, START + DAY)
    assert len(replay._made) == KEPT_BARS


def test_the_synthetic_market_fills_in_and_says_so_once_and_in_the_result(caplog):
    with caplog.at_level(logging.WARNING, "mas"):
        _, result = run()
    words = "the synthetic market (seed 7), synthetic ticks"
    assert [one.getMessage() for one in caplog.records] == [
        f"no history is stored for EURUSD: it comes from {words}"
    ]
    assert result.source == {"EURUSD": words}


def test_a_period_that_is_stored_in_part_is_refused_unless_that_is_said(caplog):
    store_ticks(days=3)
    far = {"from": "2023-12-01", "to": "2024-02-01"}
    with pytest.raises(DataError) as caught:
        run(**far)
    assert str(caught.value) == (
        "EURUSD ticks of 2023-12-01 to 2024-02-01 lack 2023-12-01 to 2023-12-29 21:00 and 1 more; "
        "stored are ticks from 2024-01-02 to 2024-01-04 23:59: shorten the period, fetch it "
        "(masjupyter data fetch EURUSD --from 2023-12-01 --to 2024-02-01 --kind ticks), say "
        'partial=True to play what is there, or source="synthetic" to play the synthetic market'
    )
    client = Client()
    with caplog.at_level(logging.WARNING, "mas"):
        result = client.backtest({"bars": [("EURUSD", "H1")], **far, "partial": True})
    lacks = (
        "EURUSD ticks of 2023-12-01 to 2024-02-01 lack 2023-12-01 to 2023-12-29 21:00 and 1 more"
    )
    assert [one.getMessage() for one in caplog.records] == [f"{lacks}: what is there is played"]
    assert result.source["EURUSD"].endswith(f"real ticks, in part: {lacks}")
    assert len(client.pushes) == 72
    with pytest.raises(DataError, match="EURUSD ticks of 2024-03-01 to 2024-04-01 lack"):
        run(**{"from": "2024-03-01", "to": "2024-04-01", "partial": True})


def test_the_synthetic_market_is_played_where_it_is_asked_for(caplog):
    store_ticks()
    with caplog.at_level(logging.WARNING, "mas"):
        _, made = run(source="synthetic")
        _, far = run(source="synthetic", **{"from": "2022-01-01", "to": "2023-01-01"})
    assert made.source == {
        "EURUSD": "the synthetic market (seed 7), synthetic ticks, not what is stored"
    }
    assert far.source["EURUSD"].startswith("the synthetic market (seed 7), ")
    assert "real" not in far.source["EURUSD"]
    assert caplog.records == []


def test_what_covers_most_is_played_and_ticks_before_bars_that_cover_as_much():
    store_bars(1, days=20)
    store_ticks(days=2)
    far = {"from": "2024-01-02", "to": "2024-01-20"}
    client = Client()
    assert "M1" in str(client.backtest({"bars": [("EURUSD", "H1")], **far}).source)
    assert "real ticks" in str(run()[1].source)
    assert "1 minute OHLC" in str(run(model="ohlc")[1].source)


@pytest.mark.parametrize(
    ("stored", "params", "message"),
    [
        (15, {"model": "real"}, "M15 of EURUSD are stored, which cannot be played as real ticks"),
        (15, {"bars": [("EURUSD", "M5")]}, "M15 of EURUSD are stored, too long for bars of M5: import shorter ones"),
    ],
)  # fmt: skip
def test_stored_history_that_does_not_do_is_one_line(stored, params, message):
    store_bars(stored)
    with pytest.raises(DataError, match=f"^{message}$"):
        run(**params)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"bars": [("EURUDS", "H1")]}, "symbol 'EURUDS' has no specification (did you mean EURUSD?)"),
        ({"bars": [], "ticks": ["EURUSD"], "model": "open"}, "model open plays the open prices of bars"),
        ({"bars": [("EURUSD", "H7")]}, "timeframe must be one of "),
        ({"bars": "EURUSD"}, "bars must be a list of (symbol, timeframe), was 'EURUSD'"),
        ({"bars": []}, "bars and ticks are both missing"),
        ({"model": "bets"}, "model must be one of best, real, every_tick, ohlc, open, was 'bets'; did you mean 'best'?"),
        ({"spread": -1}, "spread must be a whole number of points, 0 or more, was -1"),
        ({"settings": {"comission": 1}}, "'comission' is not a setting; did you mean 'commission'?"),
        ({"settings": {"commission": "x"}}, "settings: commission must be of type float, was 'x'"),
        ({"settings": {"margin_mode": "x"}}, "margin_mode must be one of netting, exchange, hedging, was 'x'"),
        ({"settings": 5}, "settings must be a dict, was 5"),
        ({"from": "2024-02-01"}, "to must be later than from"),
    ],
)  # fmt: skip
def test_wrong_parameters_are_one_line(params, message):
    with pytest.raises(ParamError) as caught:
        run(**params)
    assert str(caught.value).startswith(message)


def test_a_suffix_has_the_specification_of_the_plain_symbol():
    made = store_ticks("EURUSD.sml")
    client, result = run(Client("EURUSD.sml"), [("EURUSD.sml", "H1")], profile="account")
    assert result.source == {"EURUSD.sml": "EURUSD.sml ticks (the DataFrame), real ticks"}
    assert len(client.deals) == 1
    assert client.pushes[0][1]["open"] == made.bids[0] / 1e5


def test_a_misspelt_symbol_is_not_played_from_the_synthetic_market():
    with pytest.raises(ParamError) as caught:
        run(bars=[("EURUSDD", "H1")])
    assert str(caught.value).startswith(
        "symbol 'EURUSDD' is neither stored nor specified (did you mean EURUSD?); import its history"
    )
    _, result = run(bars=[("EURUSDD", "H1")], source="synthetic")  # who asks for it is given it
    assert "synthetic" in result.source["EURUSDD"]


@pytest.mark.parametrize(("digits", "factor"), [(4, 10), (5, 1), (6, 1)])
def test_no_digit_of_a_stored_price_is_lost(digits, factor, caplog):
    made = store_ticks(digits=digits, base=11 * 10 ** (digits - 1))
    with caplog.at_level(logging.WARNING, "mas"):
        client, result = run()
    has = max(digits, 5)
    first = int(made.times.searchsorted(START + 10 * 3_600_000))
    assert client.deals[0]["price"] == made.asks[first] * factor / 10.0**has
    hours = fold(made, 16385)
    assert [data["low"] for _, data, _ in client.pushes] == (hours.lows * factor / 10**has).tolist()
    assert result.source["EURUSD"].endswith("6 digits" if digits == 6 else "real ticks")
    assert len(caplog.records) == (digits == 6)


def test_bars_of_other_digits_get_the_usual_spread_in_their_points():
    bars = fold(ticks(base=11_000), 1)
    table = pd.DataFrame({"time": bars.times})
    for name, column in zip(("open", "high", "low", "close"), bars[1:5], strict=True):
        table[name] = column / 1e4
    History().load(table, symbol="EURUSD", digits=4, progress=False)
    client, result = run()
    assert result.source["EURUSD"].endswith("generated ticks, spread 9 points")
    first = int(bars.times.searchsorted(START + 10 * 3_600_000))
    assert round(client.deals[0]["price"] * 1e5) == bars.opens[first] * 10 + 9


def test_spread_as_recorded_fixed_or_the_usual_one():
    made = store_ticks()
    client, result = run(spread=25)
    first = int(made.times.searchsorted(START + 10 * 3_600_000))
    assert client.deals[0]["price"] == (made.bids[first] + 25) / 1e5
    assert result.source["EURUSD"].endswith("real ticks, spread 25 points")
    History().delete("EURUSD", "ticks")
    bars = store_bars(1, spread=False)
    first = int(bars.times.searchsorted(START + 10 * 3_600_000))
    client, result = run()
    usual = round(client.deals[0]["price"] * 1e5) - int(bars.opens[first])
    assert usual > 0
    assert result.source["EURUSD"].endswith(f"generated ticks, spread {usual} points")
    client, result = run(spread=40)
    assert round(client.deals[0]["price"] * 1e5) == bars.opens[first] + 40
    assert result.source["EURUSD"].endswith("generated ticks, spread 40 points")


def test_r203_conversions_and_other_symbols_come_from_the_store_too(caplog):
    made = store_ticks()
    yen = store_ticks("USDJPY", 3, base=140_000, seed=3)
    cross = store_ticks("EURJPY", 3, base=155_000, seed=4)
    with caplog.at_level(logging.WARNING, "mas"):
        client, result = run(Client("EURJPY", tp=1.0))
        assert client.answer.retcode == 10016  # its quote is the stored one
        client, result = run(Client("EURJPY", tp=154.8))
    (record,) = caplog.records
    assert record.getMessage().startswith("1 request was refused: Invalid stops (10016)")
    assert set(result.source) == {"EURUSD", "USDJPY", "EURJPY"}
    now = made.times[made.times.searchsorted(START + 10 * 3_600_000)]
    at = int(cross.times.searchsorted(now, side="right")) - 1
    assert client.deals[0]["price"] == cross.asks[at] / 1e3
    deal = result.deals.iloc[-1]
    assert deal["entry"] == 1
    rate = yen.bids[int(yen.times.searchsorted(deal["time_msc"], side="right")) - 1] / 1e3
    gain = (deal["price"] - client.deals[0]["price"]) * 10_000 / rate
    assert deal["profit"] == pytest.approx(gain, abs=0.02)


def test_commission_slippage_latency_and_leverage_are_settings():
    made = store_ticks()
    first = int(made.times.searchsorted(START + 10 * 3_600_000))
    plain, result = run()
    assert result.deals["commission"].sum() == 0
    _, costly = run(settings={"commission": 7, "leverage": 30})
    assert costly.deals["commission"].tolist() == [0.0, -0.7, -0.7], "in, and at the end out"
    worse, _ = run(settings={"slippage": 4})
    assert round((worse.deals[0]["price"] - plain.deals[0]["price"]) * 1e5) == 4
    late, _ = run(settings={"latency_ms": 60_000})
    arrived = int(made.times.searchsorted(int(made.times[first]) + 60_000, side="right")) - 1
    assert late.deals[0]["price"] == made.asks[arrived] / 1e5


def test_random_slippage_belongs_to_the_order_and_the_seed():
    store_ticks()
    prices = {
        seed: [
            run(settings={"slippage": 50, "slippage_mode": "random", "seed": seed})[0].deals[0][
                "price"
            ]
            for _ in range(2)
        ]
        for seed in range(6)
    }
    plain = run()[0].deals[0]["price"]
    assert all(one == other for one, other in prices.values())
    slips = {round((one - plain) * 1e5) for one, _ in prices.values()}
    assert len(slips) > 1
    assert all(0 <= slip <= 50 for slip in slips)


def test_stops_slip_and_take_profits_do_not():
    made = store_ticks()
    first = int(made.times.searchsorted(START + 10 * 3_600_000))
    entry = int(made.asks[first])
    near = {"sl": (entry - 60) / 1e5, "tp": (entry + 60) / 1e5}
    plain, _ = run(Client(**near))
    slipped, _ = run(Client(**near), settings={"slippage": 4})
    reasons = [one["reason"] for one in plain.deals]
    moved = [
        round((b["price"] - a["price"]) * 1e5)
        for a, b in zip(plain.deals, slipped.deals, strict=True)
    ]
    assert moved == [4, -4 if reasons[1] == "sl" else 0]
    assert len(plain.deals) == 2


def test_specifications_from_a_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        '[[symbol]]\nname = "MINE"\ndigits = 5\ncurrency_base = "EUR"\ncurrency_profit = "USD"\n'
        "[symbol.market]\nbase = 1.1\nvolatility = 0.1\nspread = 10\n"
    )
    store_ticks("MINE")
    client, _ = run(Client("MINE"), [("MINE", "H1")], settings={"symbols": str(path)})
    assert client.deals[0]["symbol"] == "MINE"


def test_several_symbols_and_timeframes_are_merged_by_time():
    store_ticks()
    store_ticks("GBPUSD", base=127_000, seed=9)
    client = Client()
    pairs = [("EURUSD", "H1"), ("GBPUSD", "M30"), ("EURUSD", "H4")]
    client.backtest({"bars": pairs, "ticks": [], **SPAN})
    count = {}
    for symbol, data, _ in client.pushes:
        key = symbol, data["timeframe"]
        count[key] = count.get(key, 0) + 1
    assert count == {("EURUSD", "H1"): 48, ("GBPUSD", "M30"): 96, ("EURUSD", "H4"): 12}
    closes = [data["time"].timestamp() for _, data, _ in client.pushes]
    assert [is_end for *_, is_end in client.pushes] == [False] * (len(closes) - 1) + [True]
