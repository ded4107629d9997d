"""vectorbt: a hundred pairs of moving averages at once (W3).

Inside the timing: one ``Portfolio.from_signals`` over all pairs, after the same call was made
once, so that all is compiled and the memory is at hand (the first takes about twice as long).
Outside: loading, the averages and their crosses, which are given as booleans, and any statistics,
which the library computes when they are asked for.

A signal deals at the close of its own bar, 10,000 units, reversing (``direction="both"``); no
spread. ``max_orders`` is set, as by default the library takes room for an order in each bar of
each pair. Orders: a reversal is one.
"""

import pandas as pd
import vectorbt

from benchmarks.peers.common import arguments, columns, report, timed


def run(close, entries, exits):
    """Return the portfolios of all pairs."""
    room = max(int(entries.sum() + exits.sum()), 1)
    return vectorbt.Portfolio.from_signals(
        close, entries, exits, size=10_000.0, direction="both", init_cash=1e6, freq="1min",
        max_orders=room,
    )  # fmt: skip


def main():
    given = arguments(__doc__, ["W3"])
    data = columns(given)
    close = pd.Series(data["close"])
    entries, exits = data["entries"], data["exits"]
    run(close, entries, exits)
    found, seconds = timed(lambda: run(close, entries, exits))
    report(
        peer="vectorbt", version=vectorbt.__version__, workload="W3", units=entries.shape[1],
        seconds=seconds, orders=len(found.orders.values),
    )  # fmt: skip


if __name__ == "__main__":
    main()
