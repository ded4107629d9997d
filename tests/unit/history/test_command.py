# ruff: noqa: E501  tables
"""``masjupyter data``: what it says, and one line for each mistake."""

from __future__ import annotations

import subprocess
import sys

import pytest

from masjupyter.cli import main
from tests.unit.history import samples


def said(capsys, *args):
    code = main(["data", *map(str, args)])
    out, err = capsys.readouterr()
    return code, out, err


def test_import_list_check_export_delete(tmp_path, capsys):
    path = samples.mt5_ticks(tmp_path)
    code, out, _ = said(capsys, "import", path)
    assert code == 0
    assert out.splitlines() == [
        f"EURUSD ticks from {path} (MetaTrader 5 ticks)",
        "  4 rows read, 4 taken",
        "  from 2014-05-01 00:00:00 to 2014-05-01 00:02:01",
        "  gaps: none; weekends: 0",
        "  stored now: 4 ticks, 2014-05-01 to 2014-05-01, 5 digits, 0.0 MB",
    ]
    assert "EURUSD ticks     4" in said(capsys, "list")[1]
    assert "EURUSD ticks: content as it was stored" in said(capsys, "check", "EURUSD")[1]
    assert "4 rows" in said(capsys, "export", "EURUSD", "ticks", tmp_path / "x.parquet")[1]
    assert said(capsys, "delete", "EURUSD", "ticks")[1] == "EURUSD ticks: deleted\n"
    assert said(capsys, "delete", "EURUSD", "ticks")[1] == "EURUSD ticks: there were none\n"
    assert said(capsys, "list")[1] == "nothing is stored\n"
    assert said(capsys, "check")[1] == "nothing is stored\n"


def test_what_is_odd_is_said(tmp_path, capsys):
    path = tmp_path / "EURUSD.csv"
    rows = [
        "0,1.1,1.2",
        "0,1.1,1.2",
        "5,1.1,1.1",
        "3,1.3,1.2",
        "9000,1.1,1.2",
        "9001,1.2,1.3",
        "9002,1.1,1.2",
    ]
    path.write_text("time,bid,ask\n" + "\n".join(rows))
    said(capsys, "import", path)
    _, out, _ = said(capsys, "import", path)
    assert (
        "7 rows read, 6 taken: 1 duplicates left out, 1 out of order, sorted, 6 rows in the place of older ones"
        in out
    )
    assert "gaps: 1 (1970-01-01 00:00, 2.5 h); weekends: 0" in out
    assert "1 crossed quotes, 1 quotes without spread, 3 outliers" in out
    assert "outliers at 1970-01-01 00:00:03, 1970-01-01 00:00:05, 1970-01-01 02:30:01" in out


def test_fetch_from_the_simulated_terminal(capsys, monkeypatch):
    monkeypatch.setenv("MAS_TERMINAL", "sim:?at=2026-01-20T12:00")
    code, out, _ = said(
        capsys, "fetch", "EURUSD", "--from", "2026-01-05", "--to", "2026-01-06", "--kind", "H1"
    )
    assert code == 0
    assert "stored now: 24 bars, 2026-01-05 to 2026-01-05, 5 digits" in out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["check", "XYZ"], "masjupyter: no history of XYZ is stored; stored are none\n"),
        (["import", "/nowhere/x.csv"], "masjupyter: /nowhere/x.csv: cannot be read: No such file or directory\n"),
        (["fetch", "EURUSD", "--from", "2026-01-05", "--to", "2026-01-06"], "masjupyter: tried native: on this computer"),
        (["fetch", "EURUSD", "--from", "2026-01-05", "--to", "2026-01-06", "--source", "dukascopy", "--kind", "H1"], "masjupyter: dukascopy has ticks, not H1"),
        (["fetch", "EURUSD", "--from", "x", "--to", "2026-01-06"], "masjupyter: from must be "),
    ],
)  # fmt: skip
def test_mistakes_are_one_line(args, message, capsys):
    code, out, err = said(capsys, *args)
    assert (code, out) == (1, "")
    assert err.startswith(message)
    assert err.count("\n") == 1


def test_the_command_is_installed(tmp_path):
    samples.mt5_bars(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "masjupyter.cli", "data", "import", str(tmp_path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "EURUSD M1 from" in done.stdout
    assert done.stderr == ""
