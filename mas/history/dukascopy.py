"""Dukascopy's public ticks: one small file for each hour, fetched over HTTP.

Each piece is kept with its checksum, so that a fetch that was broken off goes on where it was.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from mas.errors import DataError
from mas.history.formats import bi5
from mas.history.formats.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    import urllib3

    from mas.history.formats.source import Piece
    from mas.history.store import Store

URL = "https://datafeed.dukascopy.com/datafeed"
WORKERS = 4
TRIES = 5
BUSY = (429, 500, 502, 503, 504)
PAUSE = 0.5
"""Seconds before the second try; doubled for each after it."""
SECONDS = 30.0


class Hour(NamedTuple):
    """One file: where it is on the server, and where it is kept."""

    url: str
    path: Path


def fetch(
    store: Store, symbol: str, start: datetime, end: datetime, *, base_url: str = URL
) -> Source:
    """Fetch the hours that are missing of a period, and return it all as a source.

    Parameters
    ----------
    start, end : datetime
        UTC; whole hours from the one of `start` up to `end`.

    Raises
    ------
    DataError
        An hour cannot be had after several tries. The others are kept, and not fetched again.
    """
    hours = list(_hours(store, symbol, start, end, base_url))
    missing = [hour for hour in hours if not whole_hours(hour.path)]
    if missing:
        _fetch_all(symbol, missing)

    def pieces() -> Iterator[Piece]:
        for hour in hours:
            if hour.path.stat().st_size:
                yield from bi5.of_file(hour.path).pieces()

    name = f"{symbol} {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"
    return Source(
        name, "Dukascopy", "ticks", pieces, symbol=symbol, digits=bi5.point_digits(symbol)
    )


def _hours(
    store: Store, symbol: str, start: datetime, end: datetime, base_url: str
) -> Iterator[Hour]:
    at = start.replace(minute=0, second=0, microsecond=0)
    folder = store.pieces("dukascopy", symbol)
    while at < end:
        place = f"{at.year:04}/{at.month - 1:02}/{at.day:02}/{at.hour:02}h_ticks.bi5"
        yield Hour(f"{base_url}/{symbol}/{place}", folder / place)
        at += timedelta(hours=1)


def whole_hours(path: Path) -> bool:
    """Tell whether a piece is there and is what was fetched."""
    try:
        return path.with_suffix(".sha256").read_text("ascii") == _sum(path.read_bytes())
    except (OSError, UnicodeDecodeError):
        return False


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _fetch_all(symbol: str, missing: list[Hour]) -> None:
    import urllib3  # noqa: PLC0415  asked for by few
    from tqdm.auto import tqdm  # noqa: PLC0415

    retry = urllib3.Retry(
        total=TRIES, backoff_factor=PAUSE, status_forcelist=BUSY, raise_on_status=False
    )
    with (
        urllib3.PoolManager(maxsize=WORKERS, retries=retry, timeout=SECONDS) as pool,
        ThreadPoolExecutor(WORKERS) as workers,
        tqdm(total=len(missing), unit="h", desc=f"fetching {symbol}", delay=1, leave=False) as bar,
    ):
        jobs = [workers.submit(_fetch_one, pool, hour) for hour in missing]
        try:
            for job in as_completed(jobs):
                job.result()
                bar.update(1)
        except BaseException:
            workers.shutdown(cancel_futures=True)
            raise


def _fetch_one(pool: urllib3.PoolManager, hour: Hour) -> None:
    """Fetch one hour and keep it, when it can be read."""
    import urllib3  # noqa: PLC0415

    try:
        answer = pool.request("GET", hour.url)
    except urllib3.exceptions.HTTPError as error:
        raise DataError(_failed(str(error)), path=hour.url) from None
    if answer.status == 404:  # nothing is dealt at weekends
        content = b""
    elif answer.status == 200:
        content = answer.data
        bi5.records(content, hour.url)
    else:
        raise DataError(_failed(f"the server answers {answer.status}"), path=hour.url)
    hour.path.parent.mkdir(parents=True, exist_ok=True)
    part = hour.path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(hour.path)
    hour.path.with_suffix(".sha256").write_text(_sum(content), "ascii")


def _failed(why: str) -> str:
    return f"cannot be fetched: {why}; what came before is kept, fetch again to go on"
