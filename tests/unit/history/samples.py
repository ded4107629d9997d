"""The same three minutes of quotes, written in each format that people have."""

from __future__ import annotations

import gzip
import lzma
import struct
import zipfile
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

START = 1_398_902_400_000  # 2014-05-01 00:00 UTC
TICKS = [  # ms after the start, bid, ask
    (292, 1.38676, 1.38686),
    (920, 1.38676, 1.38687),
    (62_870, 1.38675, 1.38688),
    (121_003, 1.38690, 1.38700),
]
BARS = [  # minute, open, high, low, close, ticks, spread
    (0, 1.12834, 1.12840, 1.12834, 1.12838, 24, 8),
    (1, 1.12840, 1.12841, 1.12837, 1.12837, 6, 8),
    (2, 1.12835, 1.12835, 1.12835, 1.12835, 6, 9),
]


def _moment(ms: int, form: str) -> str:
    return pd.Timestamp(START + ms, unit="ms").strftime(form)


def _ms(ms: int) -> str:
    return f"{(START + ms) % 1000:03}"


def mt5_ticks(folder: Path) -> Path:
    lines = ["<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>"]
    before = (0.0, 0.0)
    for ms, bid, ask in TICKS:
        cells = [
            f"{price:.5f}" if price != old else ""
            for price, old in zip((bid, ask), before, strict=True)
        ]
        stamp = _moment(ms, "%Y.%m.%d\t%H:%M:%S.") + _ms(ms)
        lines.append("\t".join([stamp, *cells, "", "", "6"]))
        before = (bid, ask)
    return _written(folder / "EURUSD_mt5.csv", lines, "\r\n")


def mt5_bars(folder: Path) -> Path:
    head = "<DATE> <TIME> <OPEN> <HIGH> <LOW> <CLOSE> <TICKVOL> <VOL> <SPREAD>".replace(" ", "\t")
    rows = [
        "\t".join(
            [_moment(m * 60_000, "%Y.%m.%d\t%H:%M:%S"), *map(str, prices), str(n), "0", str(s)]
        )
        for m, *prices, n, s in BARS
    ]
    return _written(folder / "EURUSD_M1.csv", [head, *rows], "\r\n")


def mt5_utf16(folder: Path) -> Path:
    path = mt5_bars(folder)
    path.write_bytes(path.read_text().encode("utf-16"))
    return path


def mt4_bars(folder: Path) -> Path:
    rows = [
        ",".join([_moment(m * 60_000, "%Y.%m.%d,%H:%M"), *map(str, prices), str(n)])
        for m, *prices, n, _ in BARS
    ]
    return _written(folder / "EURUSD1.csv", rows)


def histdata_bars(folder: Path) -> Path:
    rows = [
        ";".join(
            [_moment((m - 300) * 60_000, "%Y%m%d %H%M%S"), *(f"{p:.6f}" for p in prices), str(n)]
        )
        for m, *prices, n, _ in BARS
    ]
    return _written(folder / "DAT_ASCII_EURUSD_M1_2014.csv", rows)


def histdata_ticks(folder: Path) -> Path:
    rows = [
        f"{_moment(ms - 300 * 60_000, '%Y%m%d %H%M%S')}{_ms(ms)},{bid:.6f},{ask:.6f},0"
        for ms, bid, ask in TICKS
    ]
    return _written(folder / "DAT_ASCII_EURUSD_T_201405.csv", rows)


def histdata_zip(folder: Path) -> Path:
    plain = histdata_ticks(folder)
    path = folder / "HISTDATA_EURUSD_T.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(plain, plain.name)
        archive.writestr("DAT_ASCII_EURUSD_T_201405.txt", "a note")
    plain.unlink()
    return path


def dukascopy_ticks(folder: Path) -> Path:
    rows = [
        f"{_moment(ms, '%d.%m.%Y %H:%M:%S.')}{_ms(ms)},{ask},{bid},0.75,1.5"
        for ms, bid, ask in TICKS
    ]
    return _written(folder / "duka_EURUSD.csv", ["Gmt time,Ask,Bid,AskVolume,BidVolume", *rows])


def dukascopy_local(folder: Path) -> Path:
    rows = [
        f"{_moment(ms + 7_200_000, '%d.%m.%Y %H:%M:%S.')}{_ms(ms)} GMT+0200,{ask},{bid},0.75,1.5"
        for ms, bid, ask in TICKS
    ]
    return _written(folder / "duka_EURUSD.csv", ["Local time,Ask,Bid,AskVolume,BidVolume", *rows])


def dukascopy_bars(folder: Path) -> Path:
    rows = [
        ",".join([_moment(m * 60_000, "%d.%m.%Y %H:%M:%S.000"), *map(str, prices), f"{n}.5"])
        for m, *prices, n, _ in BARS
    ]
    return _written(folder / "EURUSD_1M_BID.csv", ["Gmt time,Open,High,Low,Close,Volume", *rows])


def packed_hour() -> bytes:
    rows = [
        struct.pack(">IIIff", ms, round(ask * 1e5), round(bid * 1e5), 0.75, 1.5)
        for ms, bid, ask in TICKS
    ]
    return lzma.compress(b"".join(rows), lzma.FORMAT_ALONE)


def bi5(folder: Path) -> Path:
    path = folder / "EURUSD" / "2014" / "04" / "01" / "00h_ticks.bi5"
    path.parent.mkdir(parents=True)
    path.write_bytes(packed_hour())
    return path


def truefx_old(folder: Path) -> Path:
    rows = [
        f"EUR/USD,{_moment(ms, '%Y%m%d %H:%M:%S.')}{_ms(ms)},{bid},{ask}" for ms, bid, ask in TICKS
    ]
    return _written(folder / "download.csv", rows)


def truefx_new(folder: Path) -> Path:
    rows = [
        f"{_moment(ms, '%Y-%m-%d %H:%M:%S.')}{_ms(ms)}000+00:00,{bid},{ask}"
        for ms, bid, ask in TICKS
    ]
    return _written(folder / "eurusd.csv.gz", ["timestamp,bid,ask", *rows])


def numbers(folder: Path) -> Path:
    rows = [f"{(START + ms) // 1000};{START + ms};{bid};{ask};0" for ms, bid, ask in TICKS]
    return _written(folder / "EURUSD.csv", ["time;time_msc;bid;ask;flags", *rows])


def parquet_ticks(folder: Path) -> Path:
    path = folder / "EURUSD.parquet"
    tick_frame().to_parquet(path, index=False)
    return path


def tick_frame() -> pd.DataFrame:
    frame = pd.DataFrame(TICKS, columns=["time", "bid", "ask"])
    frame["time"] += START
    return frame


def bar_frame() -> pd.DataFrame:
    names = ["minute", "open", "high", "low", "close", "tick_volume", "spread"]
    frame = pd.DataFrame(BARS, columns=names)
    frame.index = pd.to_datetime(START + frame.pop("minute") * 60_000, unit="ms")
    return frame


def _written(path: Path, lines: list[str], end: str = "\n") -> Path:
    content = (end.join(lines) + end).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


TICK_FILES: list[Callable[[Path], Path]] = [
    mt5_ticks, histdata_ticks, histdata_zip, dukascopy_ticks, dukascopy_local, bi5, truefx_old,
    truefx_new, numbers, parquet_ticks,
]  # fmt: skip
BAR_FILES: list[Callable[[Path], Path]] = [
    mt5_bars, mt5_utf16, mt4_bars, histdata_bars, dukascopy_bars,
]  # fmt: skip
