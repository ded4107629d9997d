# ruff: noqa: E501  tables
"""A run as an object: described, done, kept in a file, done again, compared."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mas
from mas.backtest.run_facts import source_text
from mas.errors import DataError, ParamError
from mas.history import History

SPAN = {"from_": "2024-01-02", "to": "2024-01-05"}
TABLES = ("deals", "orders", "trades", "equity", "refusals", "errors")


class Every(mas):
    """Buys every tenth bar and sells five bars later; some orders are refused, some bars raise."""

    def __init__(self) -> None:
        super().__init__()
        self.bars = 0

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        self.bars += 1
        order = {"backtest_toggle": True, "symbol": symbol, "volume": 0.1}
        if self.bars % 10 == 1:
            self.ticket = self.send_order({**order, "order_type": "buy"})
        if self.bars % 10 == 6:
            self.send_order({**order, "order_type": "sell", "order_id": self.ticket})
            self.send_order({**order, "order_type": "buy", "sl": 9.0})
            raise ArithmeticError("every tenth bar")


class Never(mas):
    pass


@pytest.fixture(scope="module")
def result() -> mas.Result:
    return mas.Backtest(Every, symbol="EURUSD", timeframe="H1", **SPAN, commission=3.0).go()


def same(one: mas.Result, other: mas.Result) -> None:
    """Check that two results say the same in all they say."""
    assert repr(one) == repr(other)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    for name in (
        "facts", "stopped", "start", "end", "currency", "capital", "balance", "source",
        "fingerprint",
    ):  # fmt: skip
        assert getattr(one, name) == getattr(other, name), name
    for name in ("events", "open_positions", "stops", "notes"):
        assert getattr(one, name)() == getattr(other, name)(), name
    pd.testing.assert_frame_equal(one.prices("EURUSD"), other.prices("EURUSD"))


def test_it_says_what_it_does() -> None:
    run = mas.Backtest(Every, symbol="EURUSD", timeframe="H1", **SPAN, commission=3.0)
    assert repr(run) == "<Backtest Every EURUSD H1, 2024-01-02 to 2024-01-05>"
    run = mas.Backtest(Every, symbol="EURUSD", bars=[("GBPUSD", "M5")], **SPAN)
    assert repr(run) == "<Backtest Every GBPUSD M5, EURUSD ticks, 2024-01-02 to 2024-01-05>"


def test_a_result_knows_what_it_came_from(result: mas.Result) -> None:
    facts = result.facts
    assert facts.strategy == "Every"
    assert facts.code.startswith("class Every(mas):")
    assert facts.code.rstrip().endswith('raise ArithmeticError("every tenth bar")')
    assert facts.bars == (("EURUSD", "H1"),)
    assert (facts.seed, facts.profile, facts.settings["commission"]) == (7, "mt5", 3.0)
    assert set(facts.versions) == {"mas", "python", "numpy"}
    assert len(result.fingerprint["EURUSD"]) == 32
    assert result.refusals["retcode"].tolist() == [10016] * 7
    assert result.errors["count"].tolist() == [7]


def test_the_class_is_made_anew_for_each_run(result: mas.Result) -> None:
    run = mas.Backtest(Every, symbol="EURUSD", timeframe="H1", **SPAN, commission=3.0)
    first = run.go()
    client = run.client
    second = run.go()
    assert run.client is not client
    assert run.client.bars == client.bars == 72
    assert run.client.result is second
    same(first, second)
    same(first, result)


def test_it_pickles_and_needs_no_class_for_it(result: mas.Result) -> None:
    same(result, pickle.loads(pickle.dumps(result)))
    again = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(result))))
    same(result, again)


def test_one_file_keeps_all_of_it(result: mas.Result, tmp_path: Path) -> None:
    path = result.save(tmp_path / "run.mas")
    loaded = mas.Result.load(path)
    same(result, loaded)
    assert loaded.save(tmp_path / "again.mas").read_bytes() == path.read_bytes()
    assert not list(tmp_path.glob("*.part"))


def test_a_rerun_gives_the_same_bytes(result: mas.Result, tmp_path: Path) -> None:
    path = result.save(tmp_path / "run.mas")
    again = mas.Result.load(path).rerun(Every)
    assert again.save(tmp_path / "rerun.mas").read_bytes() == path.read_bytes()
    other = result.rerun(Never)
    assert len(other.deals) == 1
    assert other.fingerprint == result.fingerprint


def rewritten(path: Path, target: Path, change: Any, **parts: bytes) -> Path:
    """Write a saved result anew with another head or other parts, its digest right."""
    digest = hashlib.blake2b(digest_size=16)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = parts.get(name.split(".")[0], old.read(name))
            if name == "run.json":
                head = json.loads(content)
                change(head)
                content = json.dumps(head).encode()
            if name == "digest":
                content = digest.hexdigest().encode()
            digest.update(content)
            new.writestr(name, content)
    return target


def test_loading_executes_nothing(result: mas.Result, tmp_path: Path) -> None:
    """The source text is data: whatever it says, nothing of it runs."""
    path = result.save(tmp_path / "run.mas")
    mark = tmp_path / "executed"

    def change(head: dict[str, Any]) -> None:
        head["facts"]["code"] = f"open({str(mark)!r}, 'w')\nclass Every: pass\n"

    loaded = mas.Result.load(rewritten(path, tmp_path / "evil.mas", change))
    loaded.rerun(Every)
    assert not mark.exists()
    assert "open(" in loaded.facts.code


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[:200], "it is no saved result, or it is damaged"),
        (lambda data: b"", "it is no saved result, or it is damaged"),
        (lambda data: b"PK" + bytes(100), "it is no saved result, or it is damaged"),
    ],
)
def test_damaged_files_are_one_line(
    result: mas.Result, tmp_path: Path, change: Any, message: str
) -> None:
    path = result.save(tmp_path / "run.mas")
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(DataError, match=message):
        mas.Result.load(path)


def test_parts_that_miss_or_lie_are_one_line(result: mas.Result, tmp_path: Path) -> None:
    path = result.save(tmp_path / "run.mas")
    for number, (drop, head_change) in enumerate(
        [
            ("run.json", {}),
            ("events.jsonl", {}),
            ("", {"version": 99}),
            ("", {"facts": 5}),
            ("", {"numbers": []}),
        ]
    ):
        bad = tmp_path / f"{number}.mas"
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(bad, "w") as new:
            for name in old.namelist():
                content = old.read(name)
                if name == "run.json" and head_change:
                    content = json.dumps({**json.loads(content), **head_change}).encode()
                if name != drop:
                    new.writestr(name, content)
        with pytest.raises(DataError):
            mas.Result.load(bad)
    for bad_path in (None, 5, object()):
        with pytest.raises(DataError, match="it is no saved result"):
            mas.Result.load(bad_path)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="cannot be read: No such file"):
        mas.Result.load(tmp_path / "none.mas")
    with pytest.raises(DataError, match="cannot be written"):
        result.save(tmp_path / "no" / "run.mas")


def test_an_edited_part_is_told(result: mas.Result, tmp_path: Path) -> None:
    path = result.save(tmp_path / "run.mas")
    edited = tmp_path / "edited.mas"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(edited, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "run.json":
                content = content.replace(b'"balance": ', b'"balance": 9')
            new.writestr(name, content)
    with pytest.raises(DataError, match="its parts are not those that were saved together"):
        mas.Result.load(edited)


def test_bombs_are_refused_before_they_unpack(
    result: mas.Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    monkeypatch.setattr("mas.backtest.archive.LARGEST", 1 << 24)
    path = result.save(tmp_path / "run.mas")
    stream = io.BytesIO()
    rows = pa.table({"a": pa.repeat(0, 4_000_000)})
    pq.write_table(rows, stream, compression="zstd", row_group_size=4_000_000)
    assert len(stream.getvalue()) < 1 << 20
    for bomb in (
        rewritten(path, tmp_path / "rows.mas", lambda head: None, deals=stream.getvalue()),
        rewritten(path, tmp_path / "zeros.mas", lambda head: None, events=bytes(1 << 24)),
    ):
        with pytest.raises(DataError, match=r"damaged: ValueError|more than 1 GB"):
            mas.Result.load(bomb)
    deep = "[" * 100_000 + "]" * 100_000
    with zipfile.ZipFile(tmp_path / "deep.mas", "w") as new:
        new.writestr("run.json", deep)
    with pytest.raises(DataError, match="damaged: RecursionError"):
        mas.Result.load(tmp_path / "deep.mas")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"symbol": "EURUSD", "timeframe": "H7"}, "timeframe must be one of"),
        ({}, "bars and ticks are both missing"),
        ({"symbol": "EURUSD", "timeframe": "H1", "comission": 3.0}, "'comission' is not a setting; did you mean 'commission'\\?"),
        ({"symbol": "EURUSD", "timeframe": "H1", "capitel": 3.0}, "'capitel' is not a setting; did you mean 'capital'\\?"),
        ({"symbol": "EURUSD", "timeframe": "H1", "settings": {"stopout": 3.0}}, "did you mean 'stop_out'\\?"),
        ({"symbol": "EURUSD", "timeframe": "H1", "xyz": 3.0}, "'xyz' is not a setting; accepted are absent_filling, "),
        ({"symbol": "EURUSD", "timeframe": "H1", "leverage": "high"}, "leverage must be of type int"),
        ({"symbol": "EURUSD", "timeframe": "H1", "profile": "mt4"}, "profile must be one of"),
        ({"symbol": "EURUSD", "timeframe": "H1", "capital": 1, "captital": 2}, "capital and captital"),
        ({"symbol": "EURUSD", "timeframe": "H1", "balance": 10**400}, "balance must be a number of usual size, was 1000"),
        ({"symbol": "EURUSD", "timeframe": "H1", "stop_out": float("nan")}, "stop_out must be a number of usual size"),
        ({"symbol": "EURUSD", "timeframe": "H1", "leverage": 10**400}, "leverage must be a number of usual size"),
    ],
)  # fmt: skip
def test_mistakes_are_told_before_anything_runs(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ParamError, match=message):
        mas.Backtest(Every, **SPAN, **given)


def test_the_strategy_is_a_class_that_needs_nothing() -> None:
    class Needs(mas):
        def __init__(self, x: int) -> None:
            super().__init__()

    for strategy, message in (
        (Every(), "strategy must be a class such as"),
        (int, "strategy must be a class such as"),
        (Needs, "Needs must be made without arguments: missing a required argument: 'x'"),
    ):
        with pytest.raises(ParamError, match=message):
            mas.Backtest(strategy, symbol="EURUSD", timeframe="H1", **SPAN)  # type: ignore[arg-type]


def test_the_source_of_a_cells_class_is_found() -> None:
    import linecache

    text = "x = 1\n\nclass Mine:\n    def f(self):\n        return 2\n\ny = 3\n"
    name = "<ipython-input-1-abc>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    space: dict[str, Any] = {}
    exec(compile(text, name, "exec"), space)
    assert source_text(space["Mine"]) == "class Mine:\n    def f(self):\n        return 2\n"
    exec("class Lost:\n    def f(self): pass\n", space)
    assert source_text(space["Lost"]) == ""


def test_compare_is_a_table_and_a_chart(result: mas.Result) -> None:
    other = result.rerun(Never)
    found = mas.compare(result, other, result)
    assert found.names == ["Every 1", "Never", "Every 2"]
    assert found.table.loc["Trades"].tolist() == ["8", "0", "8"]
    assert found.table.loc["Refused requests"].tolist() == ["7", "0", "7"]
    assert found.table.loc["Callback errors"].tolist() == ["7", "0", "7"]
    assert found.equity["Never"].eq(1.0).all()
    last = result.equity["equity"].iloc[-1] / result.capital
    assert found.equity["Every 1"].iloc[-1] == pytest.approx(last)
    html = found._repr_html_()
    assert html.count("<polyline") == 3
    assert "Every 1" in repr(found)
    named = mas.compare(result, other, names=["a", "<b>"])
    assert "<b></th>" not in named._repr_html_().replace("&lt;b&gt;", "")
    for bad in ((), (result,)):
        with pytest.raises(ParamError, match="compare takes results"):
            mas.compare(*bad, names=["a", "b"])


def test_a_period_is_exact_to_the_millisecond() -> None:
    class Times(mas):
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[Any] = []

        def receive_ticks(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
            self.seen.append(data["time"])

    run = mas.Backtest(
        Times, symbol="EURUSD", from_="2024-01-02 10:00:00.900", to="2024-01-02 10:01:00.250"
    )
    result = run.go()
    first, last = run.client.seen[0], run.client.seen[-1]
    assert datetime(2024, 1, 2, 10, 0, 0, 900_000) <= first < datetime(2024, 1, 2, 10, 0, 5)
    assert last < datetime(2024, 1, 2, 10, 1, 0, 250_000)
    assert result.end == result.facts.end - 1 == 1_704_189_660_249
    again = result.rerun(Times)
    assert again.events() == result.events()
    assert (again.start, again.end) == (result.start, result.end)


def test_the_synthetic_market_has_an_end() -> None:
    with pytest.raises(DataError, match="for 50 years at most, asked for was 2024-01-02 to 9999"):
        mas.Backtest(
            Never, symbol="EURUSD", timeframe="D1", from_="2024-01-02", to="9999-12-31"
        ).go()


def test_other_prices_are_told(result: mas.Result, tmp_path: Path, caplog: Any) -> None:
    """A rerun where other history is stored, and real prices beside made ones in a comparison."""
    times = pd.date_range("2024-01-01", "2024-01-06", freq="1min")
    bids = 1.1 + np.arange(len(times)) % 50 * 1e-5
    table = pd.DataFrame({"time": times, "bid": bids, "ask": bids + 1e-4})
    History().load(table, symbol="EURUSD", digits=5, progress=False)
    again = result.rerun(Every)
    assert "the prices are not those of the first run: the synthetic market" in caplog.text
    assert "real ticks now" in caplog.text
    found = mas.compare(result, again)
    assert "not the same prices: some are of the synthetic market" in repr(found)
    assert "EURUSD ticks" in found._repr_html_()
    assert mas.compare(result, result).notes() == []


def test_the_names_are_found_by_completion() -> None:
    assert {"Backtest", "Result", "Signals", "compare", "mt5", "report"} <= set(dir(mas))
    assert {"tester", "compare"} <= set(dir(mas.report))
    assert mas.mt5.TIMEFRAME_M1 == 1


def test_a_fingerprint_sees_each_row() -> None:
    """Columns are read in pieces: what lies beyond the first one, and between two, counts."""
    from mas.backtest.run_facts import fingerprint

    size = 1 << 20
    column = np.arange(2 * size + 5)
    seen = {fingerprint([column])}
    for at in (0, size - 1, size, 2 * size - 1, 2 * size, len(column) - 1):
        other = column.copy()
        other[at] += 1
        seen.add(fingerprint([other]))
    assert len(seen) == 7
    assert fingerprint([column.astype(np.int32)]) == fingerprint([column])
    assert fingerprint([column, None]) != fingerprint([column])
    assert fingerprint([column[:5], column[5:]]) != fingerprint([column[:6], column[6:]])


class Ticks(mas.MAS):
    """Counts its ticks."""

    count = 0

    def receive_ticks(self, symbol: str, data: Any, is_end: bool = False) -> None:
        type(self).count += 1


@pytest.mark.parametrize("more", [{}, {"interval_ms": 60_000}, {"mode": "trade"}])
def test_a_run_of_a_subscription_runs_again(more: dict[str, Any]) -> None:
    """With the ticks that it was asked for, and no others."""
    hour = {"from": "2024-01-02", "to": "2024-01-02 01:00", "backtest_toggle": True}
    Ticks.count, client = 0, Ticks()
    client.subscribe_ticks({"symbol": "EURUSD", **hour, **more})
    first, Ticks.count = Ticks.count, 0
    assert client.result is not None
    client.result.rerun(Ticks)
    assert Ticks.count == first
    assert first == (0 if "mode" in more else 60 if more else first)
    client.subscribe_bars({"symbol": "EURUSD", "timeframe": "M5", **hour, "interval_ms": 5})
    client.result.rerun(Ticks)


def test_a_start_given_twice_is_refused():
    with pytest.raises(mas.ParamError, match="from is given twice: say it once, as from_"):
        mas.Backtest(
            mas.MAS, symbol="EURUSD", from_="2025-01-01", to="2025-02-01", **{"from": "2024-12-01"}
        )
