"""The table of the comparison: as text, and as the section of ``docs/backtests.md``."""

import os
import platform
import statistics
import textwrap
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.peers.match import RULES, Rules

PAGE = Path(__file__).parents[2] / "docs" / "backtests.md"
BEGIN = "<!-- peers: `make bench-peers` writes from here -->"
END = "<!-- peers: to here -->"
UNITS = {"W1": "bars", "W2": "ticks", "W3": "runs", "W4": "bars"}
WORDS = """
W1: a million minute bars, a cross of two moving averages kept by the strategy itself, one callback
a bar.

W2: ten million ticks, a bracket order with the first tick of each hour. Ours calls the strategy
once an hour and finds triggers in the columns, the others take every tick.

W3: a hundred pairs of moving averages on the bars of W1, given as arrays, on two threads where the
library has them.

W4: the bars of W1, a stop loss moved to 30 points below the close of each bar, and a new position
when it was hit.
""".strip().split("\n\n")
METHOD = """
Measured {date} on {machine}, Python {python}, load average {busy:.1f} when it began: {rounds}
rounds in turn (one where it takes more than 20 s), each run a process of its own in its library's
own environment, data loaded before the clock starts. Seconds are the least of the rounds, of CPU
and of all threads; the last column is our speed by the library's. Each library has dealt the
same as ours before any number of it is shown: entries, exits, sides, sizes and prices of the trades
that the table counts.
""".strip()
TITLES = {
    "ours": "**ours**",
    "compiled": "**ours**, the core compiled",
    "floor": "an empty loop that makes the same dicts",
    "backtesting": "backtesting.py",
}
WIDTH = 140
HEADS = ("", "library", "a second", "seconds", "median", "trades", "peak MB", "ours to it")


def row_of(lines, trades):
    """Return what the rounds of a library come to.

    Parameters
    ----------
    lines : list of dict
        What its script reported in each round.
    trades : int
        How many were compared and found equal.
    """
    # The first round also writes its trades, which the least of the peaks leaves out.
    seconds = [line["cpu"] for line in lines]
    least = min(seconds)
    return {
        **lines[0], "seconds": least, "median": statistics.median(seconds), "trades": trades,
        "rate": lines[0]["units"] / least, "peak_mb": min(line["peak_mb"] for line in lines),
    }  # fmt: skip


def number(value):
    """Return a number with three digits that count."""
    if value >= 100:
        digits = 2 - len(str(int(value))) + 1
        return f"{round(value, digits):,.0f}"
    return f"{value:.3g}"


def name_of(row, whole):
    """Return the library's name with its version, and how much of the data it was given."""
    title = TITLES.get(row["peer"], row["peer"])
    if row["peer"] not in {"ours", "compiled", "floor"}:
        title += f" {row['version']}"
    unit = UNITS[row["workload"]]
    return title if row["units"] == whole else f"{title} (the first {row['units']:,} {unit})"


def cells(rows):
    """Return the table, a tuple of texts for each row."""
    ours = {row["workload"]: row for row in rows if row["peer"] == "ours"}
    shown, last = [], ""
    for row in rows:
        base, workload = ours[row["workload"]], row["workload"]
        own = row["peer"] == "ours"
        shown.append(
            (
                workload if workload != last else "",
                name_of(row, base["units"]),
                f"{number(row['rate'])} {UNITS[workload]}",
                f"{row['seconds']:.3g}",
                f"{row['median']:.3g}",
                f"{row['trades']:,}" if row["trades"] else "",
                number(row["peak_mb"]),
                "" if own else f"{base['rate'] / row['rate']:.3g} ×",
            )
        )
        last = workload
    return shown


def text(rows):
    """Return the table as plain text."""
    lines = [HEADS, *cells(rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(HEADS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at < 2 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def otherwise(rows):
    """Return a sentence for each library that does something otherwise than a terminal."""
    found = []
    for row in rows:
        words = RULES.get((row["peer"], row["workload"]), Rules()).words()
        if words:
            title = TITLES.get(row["peer"], row["peer"])
            found.append(f"{title} in {row['workload']}: {' and '.join(words)}")
    return found


def machine():
    """Return what this machine is, in words."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        model = f"{model}, {memory:.0f} GB"
    except (OSError, StopIteration, ValueError):
        pass  # not Linux: the name alone
    return f"{os.cpu_count()} processors ({model}), {platform.system()}"


def section(rows, rounds, busy):
    """Return the section of the documentation; `busy` is the load average of the machine."""
    method = METHOD.format(
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        machine=machine(),
        python=platform.python_version(),
        rounds=rounds,
        busy=busy,
    )
    known = f"Known to deal otherwise, and held to it by the check: {'; '.join(otherwise(rows))}."
    lines = [
        textwrap.fill(method, WIDTH),
        "",
        "| " + " | ".join(HEADS) + " |",
        "|---|---|" + "---:|" * (len(HEADS) - 2),
        *("| " + " | ".join(line) + " |" for line in cells(rows)),
        "",
        *(textwrap.fill(f"- {words}", WIDTH, subsequent_indent="  ") for words in WORDS),
        "",
        textwrap.fill(known, WIDTH),
    ]
    return "\n".join(lines)


def write(rows, rounds, busy):
    """Put the section into the page."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"{PAGE} has no lines {BEGIN!r} and {END!r}")
    page = f"{before}{BEGIN}\n\n{section(rows, rounds, busy)}\n\n{END}{after}"
    PAGE.write_text(page, encoding="utf-8")
