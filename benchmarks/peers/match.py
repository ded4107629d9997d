"""Whether two libraries have dealt the same: entries, exits, sides, sizes and prices.

Trades are compared in the order of their entries, those that ended within the data that both had.
Two things a library may do otherwise, where ``RULES`` says so, and even then to the point:

stops
    A terminal deals a stop loss at the quote that has passed it; other libraries deal at the level
    of the stop. Their price must then be that level.
bars
    A library that takes bars as a whole cannot say when within a bar a stop was hit. The bar
    must then be the same.
"""

from dataclasses import dataclass

import numpy as np

from benchmarks.peers.common import BRACKET, TRAIL

MINUTE = 60_000


@dataclass(frozen=True)
class Rules:
    """What a library does otherwise than a terminal.

    Attributes
    ----------
    at_level : bool
        Stop losses deal at their level.
    stamp : str
        When a stop within a bar deals: its ``"tick"``, the ``"start"`` or the ``"end"`` of the bar.
    """

    at_level: bool = False
    stamp: str = "tick"

    def words(self):
        """Return a sentence for each thing that is otherwise."""
        said = {"start": "its bar begins", "end": "its bar ends"}
        return [
            *(["stop losses deal at their level"] if self.at_level else []),
            *([f"a stop deals when {said[self.stamp]}"] if self.stamp in said else []),
        ]


RULES = {
    ("backtesting", "W4"): Rules(at_level=True, stamp="start"),
    ("nautilus_trader", "W2"): Rules(at_level=True),
    ("nautilus_trader", "W4"): Rules(at_level=True, stamp="end"),
}


def sorted_within(trades, end):
    """Return the trades that ended before a moment, in the order of their entries."""
    kept = np.flatnonzero(trades["exit_time"] < end)
    pairs = trades["pair"][kept] if "pair" in trades else np.zeros(len(kept), int)
    order = kept[np.lexsort((trades["entry_time"][kept], pairs))]
    return {name: column[order] for name, column in trades.items()}


def trades_within(workload, data, trades):
    """Return the trades that ended within the data, in the order of their entries."""
    last = int(data["time"][-1])
    # What the last bar asks for deals after it, or never; ours in the last millisecond of the run.
    return sorted_within(trades, last + 1 if workload == "W2" else last * 1000 + MINUTE - 1)


def points(prices):
    """Return prices in points."""
    return np.rint(np.asarray(prices, float) * 1e5).astype(np.int64)


def levels(workload, data, trades):
    """Return the level of each trade's stop loss when it ended, in points."""
    if workload == "W2":
        # Sent with the first tick of an hour, from the last bid of the hour before.
        before = data["time"].searchsorted(trades["entry_time"]) - 1
        return data["bid"][before] - BRACKET
    starts = data["time"] * 1000
    bars = starts.searchsorted(trades["exit_time"], side="right") - 1
    return points(data["close"])[bars - 1] - TRAIL


def ours_are_sound(workload, data, ours):
    """Return what is wrong with our own stops: the first price of the data beyond each level."""
    stopped = np.flatnonzero(ours["reason"] == "sl")
    if workload not in {"W2", "W4"}:
        return ["a stop without a stop loss"] if len(stopped) else []
    exits = {name: column[stopped] for name, column in ours.items()}
    level, price = levels(workload, data, exits), points(exits["exit_price"])
    if workload == "W2":
        quote = data["bid"][data["time"].searchsorted(exits["exit_time"])]
    else:
        bars = (data["time"] * 1000).searchsorted(exits["exit_time"], side="right") - 1
        quote = points(data["low"])[bars]
    wrong = int(((price > level) | (price != quote)).sum())
    return [f"{wrong} of our stops are not at the quote that passed them"] if wrong else []


def differences(peer, workload, data, ours, theirs):
    """Return how the trades of a library differ from ours, a line for each kind; [] where not.

    Parameters
    ----------
    data : dict of arrays
        What both were given; of W3 the bars.
    """
    rules = RULES.get((peer, workload), Rules())
    ours, theirs = (trades_within(workload, data, trades) for trades in (ours, theirs))
    count = len(ours["entry_time"])
    found = ours_are_sound(workload, data, ours)
    if not count:
        return [*found, "there are no trades"]
    if len(theirs["entry_time"]) != count:
        return [*found, f"{len(theirs['entry_time']):,} trades, ours are {count:,}"]
    stopped = ours["reason"] == "sl"
    ours_exit = ours["exit_time"]
    if rules.stamp != "tick":
        start = ours_exit // MINUTE * MINUTE + int(data["time"][0] * 1000 % MINUTE)
        start -= np.where(start > ours_exit, MINUTE, 0)
        ours_exit = np.where(stopped, start + MINUTE * (rules.stamp == "end"), ours_exit)
    ours_price = points(ours["exit_price"])
    if rules.at_level:
        ours_price = np.where(stopped, levels(workload, data, ours), ours_price)
    pairs = {
        "entry times": (ours["entry_time"], theirs["entry_time"]),
        "exit times": (ours_exit, theirs["exit_time"]),
        "sides": (ours["side"], theirs["side"]),
        "sizes": (ours["size"], np.round(theirs["size"], 6)),
        "entry prices": (points(ours["entry_price"]), points(theirs["entry_price"])),
        "exit prices": (ours_price, points(theirs["exit_price"])),
    }
    for what, (mine, other) in pairs.items():
        if wrong := np.flatnonzero(mine != other).tolist():
            first = wrong[0]
            found.append(
                f"{len(wrong):,} of {count:,} {what}: of trade {first} {other[first]}, "
                f"ours {mine[first]}"
            )
    return found
