"""Round trips by side: how many, how good, how long; time in the market; buy and hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from mas.report.record import Record

SIDES = ("all", "buy", "sell")
ROWS = ("Trades", "Win rate", "Net", "Mean", "Profit factor", "Mean holding", "Longest holding",
        "Mean best (MFE)", "Mean worst (MAE)")  # fmt: skip


def sides(record: Record) -> pd.DataFrame:
    """Return the figures of all round trips, of longs and of shorts: a column for each.

    Holding times are timedeltas, from entry to exit; MFE and MAE the means of the best and worst
    floating result of the positions, over all ticks; None where a figure is not defined.
    """
    return pd.DataFrame(
        {side: _column(record, side) for side in SIDES}, index=[*ROWS], dtype=object
    )


def _column(record: Record, side: str) -> list[object]:
    trades = record.trades
    some = trades if side == "all" else trades[trades["side"] == side]
    if not len(some):
        return [0, *[None] * (len(ROWS) - 1)]
    nets = some["net"].to_numpy(float)
    lost, held = -nets[nets < 0].sum(), some["exit_time"] - some["entry_time"]
    best, worst = _excursions(record, some)
    return [
        len(some), float((nets > 0).mean()), float(nets.sum()), float(nets.mean()),
        float(nets[nets > 0].sum() / lost) if lost > 0 else None, held.mean(), held.max(),
        best, worst,
    ]  # fmt: skip


def _excursions(record: Record, some: pd.DataFrame) -> tuple[float | None, float | None]:
    if record.excursions is None:
        return None, None
    known = record.excursions()
    found = known[known["position"].isin(some["position"])]
    return (float(found["mfe"].mean()), float(found["mae"].mean())) if len(found) else (None, None)


def exposure(record: Record) -> float | None:
    """Return the share of the time of the data with at least one open position."""
    whole = (record.end - record.start).total_seconds()
    if whole <= 0:
        return None
    begins = [*record.trades["entry_time"], *(position["entry_time"] for position in record.open)]
    ends = [*record.trades["exit_time"], *[pd.Timestamp(record.end)] * len(record.open)]
    order = sorted(range(len(begins)), key=lambda at: pd.Timestamp(begins[at]))
    held, until = 0.0, pd.Timestamp(record.start)
    for at in order:
        begin, end = max(pd.Timestamp(begins[at]), until), pd.Timestamp(ends[at])
        if end > begin:
            held, until = held + (end - begin).total_seconds(), end
    return min(held / whole, 1.0)


def benchmark(record: Record) -> tuple[str, float] | None:
    """Return the first symbol and the return of buying it with all the capital and holding it.

    From the open of the first bar to the close of the last one, without leverage and costs; None
    where prices are not known.
    """
    names = list(record.source) if record.prices is not None else []
    names = [name for name in names if name in record.symbols] or names
    if record.prices is None or not names:
        return None
    bars = record.prices(names[0])
    if not len(bars) or not bars["open"].iloc[0] > 0:
        return None
    return names[0], float(bars["close"].iloc[-1] / bars["open"].iloc[0] - 1)
