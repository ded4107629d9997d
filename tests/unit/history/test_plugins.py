"""A format that another distribution brings: from its file to the bars a client is given."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.history import samples

READER = '''
import numpy as np
import pandas as pd
from mas.history.formats.source import Piece, Source


def open_source(path, head):
    """Lines of `minute;price` after a line with the symbol: #MB EURUSD."""
    if not head.startswith(b"#MB "):
        return None
    symbol = head.split()[1].decode()

    def pieces():
        rows = [line.split(";") for line in path.read_text().splitlines()[1:]]
        price = [float(price) for _, price in rows]
        table = pd.DataFrame({
            "time": [int(minute) * 60_000 for minute, _ in rows],
            "open": price, "high": price, "low": price, "close": price,
        })
        yield Piece(table, np.arange(2, len(rows) + 2), path.stat().st_size)

    return Source(str(path), "My broker", "bars", pieces, symbol=symbol)


open_source.suffixes = (".mb",)


def broken(path, head):
    raise ValueError("no such luck")


def odd(path, head):
    return 1
'''
IMPORT = "from masjupyter.cli import main; raise SystemExit(main(['data', 'import', {path!r}]))"
RUN = """
import mas
from masjupyter.cli import main

assert main(["data", "import", {folder!r}]) == 0
seen = []


class Closes(mas):
    def receive_bars(self, symbol, data, is_end):
        seen.append((symbol, data["close"]))


start = "2023-03-28 10:40"
mas.Backtest(
    Closes, symbol="EURUSD", timeframe="M1", from_=start, to="2023-03-28 10:45", partial=True
).go(progress=False)
print(seen)
"""


def installed(folder: Path, function: str) -> None:
    """Write a distribution as an installer leaves it."""
    (folder / "mybroker.py").write_text(READER, encoding="utf-8")
    info = folder / "mybroker-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mybroker\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[mas.history.formats]\nmybroker = mybroker:{function}\n"
    )


def run(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder), str(Path.cwd()), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, check=False, timeout=100,
        env={**os.environ, "PYTHONPATH": path, "MAS_HOME": str(folder / "home")},
    )  # fmt: skip


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    rows = "".join(f"{28_000_000 + minute};{1.1 + minute / 10_000:.5f}\n" for minute in range(5))
    (folder / "prices.mb").write_text("#MB EURUSD\n" + rows, encoding="utf-8")
    return folder


def test_a_registered_format_reaches_a_callback(tmp_path, prices):
    installed(tmp_path, "open_source")
    done = run(tmp_path, RUN.format(folder=str(prices)))
    assert done.returncode == 0, done.stderr
    assert "(My broker)" in done.stdout  # what the import says of the file
    assert "('EURUSD', 1.1003)" in done.stdout


def test_a_registered_format_comes_before_the_general_ones(tmp_path, prices):
    installed(tmp_path, "open_source")
    (prices / "prices.mb").rename(prices / "prices.csv")  # a suffix that everybody has
    done = run(tmp_path, RUN.format(folder=str(prices)))
    assert "(My broker)" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("broken", "the reader 'mybroker' failed: ValueError('no such luck')"),
        ("odd", "the reader 'mybroker' returned int, not a Source"),
    ],
)
def test_a_reader_that_fails_is_named(tmp_path, prices, function, words):
    installed(tmp_path, function)
    file = prices / "prices.mb"
    done = run(tmp_path, IMPORT.format(path=str(file)))
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "home").rglob("*.i4"))


def test_a_reader_that_cannot_be_loaded_is_named_and_left_out(tmp_path, prices):
    installed(tmp_path, "gone")
    path = samples.mt5_ticks(tmp_path)
    done = run(tmp_path, IMPORT.format(path=str(path)))
    assert done.returncode == 0, done.stderr
    assert "(MetaTrader 5 ticks)" in done.stdout
    assert "the reader 'mybroker' (mybroker:gone) cannot be loaded" in done.stderr
