"""vectorbt: a hundred pairs of moving averages at once (W3).

Inside the timing: one ``Portfolio.from_signals`` over all pairs, after the same call was made
once, so that all is compiled and the memory is at hand (the first takes about twice as long).
Outside: loading, the averages and their crosses, which are given as booleans, and any statistics,
which the library computes when they are asked for.

A signal deals at the close of its own bar, 10,000 units, reversing (``direction="both"``).
``max_orders`` is set, as by default the library takes room for an order in each bar of each pair.
"""

import numpy as np
import pandas as pd
import vectorbt

from benchmarks.peers.common import UNITS, arguments, columns, report, timed, write_trades


def run(close, entries, exits):
    """Return the portfolios of all pairs."""
    room = max(int(entries.sum() + exits.sum()), 1)
    return vectorbt.Portfolio.from_signals(
        close, entries, exits, size=float(UNITS), direction="both", init_cash=1e6, freq="1min",
        max_orders=room,
    )  # fmt: skip


def trades_of(found, times):
    """Return the closed trades; a deal at a bar's close is stamped with the end of the bar."""
    rows = found.trades.records
    rows = rows[rows["status"] == 1]
    return {
        "pair": rows["col"],
        "entry_time": (times[rows["entry_idx"]] + 60) * 1000,
        "exit_time": (times[rows["exit_idx"]] + 60) * 1000,
        "entry_price": rows["entry_price"],
        "exit_price": rows["exit_price"],
        "side": np.where(rows["direction"] == 0, "buy", "sell"),
        "size": rows["size"],
    }


def main():
    given = arguments(__doc__, ["W3"])
    data = columns(given)
    close = pd.Series(data["close"])
    entries, exits = data["entries"], data["exits"]
    run(close, entries, exits)
    found, taken = timed(lambda: run(close, entries, exits))
    if given.trades:
        with np.load(given.folder / "W1.npz") as file:
            write_trades(given.trades, trades_of(found, file["time"]))
    report(
        peer="vectorbt", version=vectorbt.__version__, workload="W3", units=entries.shape[1],
        taken=taken,
    )  # fmt: skip


if __name__ == "__main__":
    main()
