"""What converts results: stored rates where the prices are stored, never made ones (R143)."""

from __future__ import annotations

import logging
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mas
from mas import MAS
from mas.errors import DataError
from mas.history import History

DATA = Path(__file__).parents[4] / "shared" / "data"
REAL = DATA / "GBPJPY_ticks_2012-12-03_00h-12h.parquet"
real = pytest.mark.skipif(not REAL.is_file(), reason="the folder of real data is not here")
HALF = {"from": "2012-12-03", "to": "2012-12-03 12:00"}
START = int(pd.Timestamp("2012-12-03").value // 1_000_000)


def rates(symbol, base, digits, *, start="2012-12-03", hours=12, seed=1, gap=700):
    """Store ticks that walk around a price, and return times and points."""
    rng = np.random.default_rng(seed)
    first = int(pd.Timestamp(start).value // 1_000_000)
    times = first + np.arange(hours * 3_600_000 // gap) * gap
    bids = round(base * 10**digits) + np.cumsum(rng.integers(-3, 4, len(times)))
    asks = bids + rng.integers(5, 15, len(times))
    scale = 10.0**digits
    table = pd.DataFrame({"time": times, "bid": bids / scale, "ask": asks / scale})
    History().load(table, symbol=symbol, digits=digits, progress=False)
    return times, bids, asks


def at(series, moment):
    """Return bid and ask, as decimals in points, of the newest row at a moment."""
    times, bids, asks = series
    row = int(times.searchsorted(moment, side="right")) - 1
    return Decimal(int(bids[row])), Decimal(int(asks[row]))


def cents(money):
    return money.quantize(Decimal("0.01"), ROUND_HALF_UP)


class Trader(MAS):
    """Buys and sells by turns, each position held for some pushes."""

    def __init__(self, symbol="GBPJPY"):
        super().__init__()
        self.symbol, self.count, self.ticket, self.answers = symbol, 0, None, []

    def receive_bars(self, symbol, data, is_end=False):
        self.count += 1
        order = {"symbol": self.symbol, "volume": 0.37, "backtest_toggle": True}
        side = ("buy", "sell")[self.count // 10 % 2]
        if self.count % 10 == 1:
            self.ticket = self.send_order({**order, "order_type": side})
            self.answers.append(self.ticket)
        elif self.count % 10 == 8 and self.ticket:
            other = {"buy": "sell", "sell": "buy"}[side]
            self.send_order({**order, "order_type": other, "order_id": self.ticket})


def run(symbol="GBPJPY", feed="GBPJPY", client=None, **params):
    client = client or Trader(symbol)
    return client, client.backtest({"bars": [(feed, "M1")], **HALF, **params})


@real
def test_r143_real_prices_without_stored_rates_are_refused_before_the_run(caplog):
    History().load(REAL, progress=False)
    client = Trader()
    with caplog.at_level(logging.WARNING, "mas"), pytest.raises(DataError) as caught:
        run(client=client)
    assert str(caught.value) == (
        "results of GBPJPY cannot be converted from JPY and GBP to USD: no stored prices of USDJPY "
        "or GBPUSD (nor a way through two stored pairs) cover 2012-12-03 to 2012-12-03 12:00, and "
        "rates are not made up where prices are real; fetch them: masjupyter data fetch USDJPY "
        "--from 2012-12-03 --to 2012-12-03T12:00:00 --kind M1"
    )
    assert client.count == 0
    with pytest.raises(DataError, match="results of GBPJPY cannot be converted"):
        mas.Signals({"symbol": "GBPJPY", "timeframe": "M1", **HALF})
    # In the account of one of the two the other is known by the traded pair itself.
    _, result = run(settings={"currency": "JPY"})
    assert set(result.source) == {"GBPJPY"}


@real
@pytest.mark.parametrize("stored", ["USDJPY", "GBPUSD", "USDJPY.m"])
def test_r141_r143_profit_is_converted_at_the_stored_rate_of_its_moment(stored, caplog):
    """Forex by deal: a buy that is closed converts at the ask of JPY in USD, a sell at the bid."""
    History().load(REAL, progress=False)
    base, digits = {"USDJPY": (82.4, 3), "GBPUSD": (1.603, 5)}[stored[:6]]
    series = rates(stored, base, digits)
    ticks = pd.read_parquet(REAL)
    times = ticks["time"].to_numpy()
    own = [np.rint(ticks[side].to_numpy() * 1000).astype(np.int64) for side in ("bid", "ask")]
    with caplog.at_level(logging.WARNING, "mas"):
        _, result = run()
    assert caplog.records == []
    assert set(result.source) == {"GBPJPY", stored}
    closed = result.deals[result.deals["entry"] == 1]
    assert len(closed) > 20
    opened = result.deals[result.deals["entry"] == 0].set_index("position_id")["price"]
    scale = Decimal(10) ** digits
    for deal in closed.itertuples():
        bid, ask = at(series, deal.time_msc)
        long = deal.type == 1
        units = Decimal(100_000) * Decimal("0.37")
        legs = [Decimal(f"{price:.3f}") * units for price in (deal.price, opened[deal.position_id])]
        yen = [leg.quantize(Decimal(1), ROUND_HALF_UP) for leg in legs]  # R140
        gain = yen[0] - yen[1] if long else yen[1] - yen[0]
        if stored.startswith("USDJPY"):
            rate = scale / (bid if long else ask)  # the ask of JPYUSD is one over the bid
        else:  # through GBP: GBPJPY inverted, then GBPUSD, the same side of both
            row = int(times.searchsorted(deal.time_msc, side="right")) - 1
            pair = Decimal(int(own[0][row] if long else own[1][row])) / 1000
            rate = (ask if long else bid) / scale / pair
        assert deal.profit == float(cents(gain * rate))


@real
def test_rates_that_begin_later_than_the_run_are_refused_unless_in_part(caplog):
    History().load(REAL, progress=False)
    rates("USDJPY", 82.4, 3, start="2012-12-03 05:00", hours=7)
    with pytest.raises(
        DataError, match=r"no stored prices of USDJPY or GBPUSD .* cover 2012-12-03"
    ):
        run()
    client, result = run(partial=True)
    early = [one for one in client.answers if not one]
    assert early
    assert all(one.retcode == 10021 for one in early)  # no rate yet
    first = result.deals[result.deals["symbol"] == "GBPJPY"]["time_msc"].min()
    assert first >= START + 5 * 3_600_000


def test_a_rate_of_a_pair_without_a_specification_counts():
    """An account in SEK; of USDSEK nothing but its name is known, so it cannot be traded."""
    rates("EURUSD", 1.3, 5)
    account = {"settings": {"currency": "SEK"}}
    with pytest.raises(DataError, match="fetch them: masjupyter data fetch USDSEK --from 2012"):
        run("EURUSD", "EURUSD", **account)
    series = rates("USDSEK", 6.6, 5, seed=2)
    _, result = run("EURUSD", "EURUSD", **account)
    assert set(result.source) == {"EURUSD", "USDSEK"}
    deal = result.deals[result.deals["entry"] == 1].iloc[0]
    bought = result.deals[result.deals["position_id"] == deal["position_id"]].iloc[0]
    gain = Decimal(f"{deal['price'] - bought['price']:.5f}") * 37_000 * (1 if deal.type else -1)
    rate = at(series, deal["time_msc"])[1 if deal.type else 0] / 100_000
    assert deal["profit"] == float(cents(gain * rate))
    client, _ = run("USDSEK", "EURUSD", **account)
    assert client.answers[0].retcode == 10017


def test_an_order_for_a_symbol_that_is_not_stored_is_refused_with_the_reason(caplog):
    rates("EURUSD", 1.3, 5)
    with caplog.at_level(logging.WARNING, "mas"):
        client, result = run("AUDUSD", "EURUSD")
    assert set(result.source) == {"EURUSD"}
    assert len(result.deals) == 1  # the deposit
    assert client.answers[0].retcode == 10021
    assert "AUDUSD is not stored for 2012-12-03 to 2012-12-03 12:00" in client.answers[0].message
    told = [one.getMessage() for one in caplog.records]
    assert [one for one in told if "AUDUSD has no quotes in this run" in one] == told[:1]
    assert "masjupyter data fetch AUDUSD --from 2012-12-03" in told[0]


def test_an_order_whose_result_no_stored_rate_converts_is_refused_with_the_reason():
    rates("EURUSD", 1.3, 5)
    rates("AUDCAD", 1.03, 5)
    client, result = run("AUDCAD", "EURUSD")
    assert client.answers[0].retcode == 10021
    assert "no stored rate converts" in client.answers[0].message
    rates("USDCAD", 0.99, 5)  # AUD comes through CAD
    client, result = run("AUDCAD", "EURUSD")
    assert client.answers[0]
    assert set(result.source) == {"EURUSD", "AUDCAD", "USDCAD"}


def test_prices_that_are_made_up_are_converted_by_made_up_rates(caplog):
    rates("USDJPY", 82.4, 3)
    with caplog.at_level(logging.WARNING, "mas"):
        _, result = run()
    assert result.source["USDJPY"].endswith("synthetic ticks, not what is stored")
    assert all("synthetic" in one for one in result.source.values())
    assert [one.getMessage().split(":")[0] for one in caplog.records] == [
        "no history is stored for GBPJPY", "no history is stored for GBPUSD",
    ]  # fmt: skip
