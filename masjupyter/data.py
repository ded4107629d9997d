"""What ``masjupyter data …`` and ``%mas_data …`` do: one parser, one set of words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mas.errors import ParamError
from mas.history import History
from mas.history.importer import CROSSED
from mas.history.library import period
from mas.history.store import TICKS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from mas.history.importer import Imported
    from mas.history.inspect import Findings
    from mas.history.store import Stored
    from mas.history.terminal import PriceSource

    Print = Callable[[str], None]

SHOWN = 5
"""Gaps and outliers that are listed; the others are counted."""
SOURCES = ("terminal", "dukascopy")


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Add ``import``, ``list``, ``check``, ``fetch``, ``export`` and ``delete``."""
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    load = commands.add_parser("import", help="store files; their formats are found by themselves")
    load.add_argument("files", nargs="+", help="files or folders")
    load.add_argument("--symbol", default="", help="default: what the file or its name says")
    load.add_argument("--digits", type=int, help="round prices to so many decimals")
    load.add_argument("--zone", help="the files' clock: hours ahead of UTC, or Europe/Athens")
    load.add_argument("--timeframe", default="", help="of bars; default: found by their times")
    load.add_argument("--crossed", choices=CROSSED, default="keep", help="ticks with ask below bid")

    commands.add_parser("list", help="say what is stored")
    check = commands.add_parser("check", help="look for damage, gaps and outliers")
    check.add_argument("symbol", nargs="?", default="", help="default: all")

    fetch = commands.add_parser("fetch", help="download; what is there is not asked for again")
    fetch.add_argument("symbol")
    fetch.add_argument("--from", dest="start", required=True, help="ISO time, UTC")
    fetch.add_argument("--to", dest="end", required=True, help="ISO time, UTC; not included")
    fetch.add_argument("--kind", default="M1", help="ticks or a timeframe (terminal)")
    fetch.add_argument("--zone", default="UTC", help="the server's clock: +3, New York close")
    fetch.add_argument("--source", choices=SOURCES, default="terminal", help="from where")
    fetch.add_argument("--url", help="another server with Dukascopy's files")

    for name, words in (("export", "write a Parquet file"), ("delete", "forget")):
        imported = commands.add_parser(name, help=words)
        imported.add_argument("symbol")
        imported.add_argument("kind", help="ticks or a timeframe")
        if name == "export":
            imported.add_argument("file")


def run(args: Any, say: Print, terminal: Callable[[], PriceSource]) -> Any:
    """Do what was asked, and return what there is to show beyond the words.

    Raises
    ------
    MasError
        It cannot be done; one line says why.
    """
    history = History()
    if args.command == "import":
        names = ("symbol", "digits", "zone", "timeframe", "crossed")
        found = history.load(*args.files, **{name: getattr(args, name) for name in names})
        return _reported(found, say)
    if args.command == "fetch":
        return _reported(_fetch(history, args, terminal), say)
    if args.command == "check":
        checked = history.check(args.symbol)
        if not checked:
            say("nothing is stored")
        for stored, findings in checked:
            say(f"{stored.symbol} {stored.kind}: content as it was stored, {stored.digits} digits")
            say(findings_text(findings))
        return None
    if args.command == "export":
        rows = history.export(args.symbol, args.kind, args.file)
        say(f"{rows:,} rows of {args.symbol} {args.kind} are in {args.file}")
        return None
    if args.command == "delete":
        there = history.delete(args.symbol, args.kind)
        say(f"{args.symbol} {args.kind}: {'deleted' if there else 'there were none'}")
        return None
    return history.table()


def _fetch(history: History, args: Any, terminal: Callable[[], PriceSource]) -> list[Imported]:
    period(args.start, args.end)  # a wrong time is said before a terminal is opened
    if args.source == "dukascopy":
        if args.kind not in {"M1", TICKS}:  # M1 is what nobody asked for
            raise ParamError(f"dukascopy has ticks, not {args.kind}; bars are made of them")
        where = {"base_url": args.url} if args.url else {}
        return history.fetch_dukascopy(args.symbol, args.start, args.end, **where)
    return history.fetch(terminal(), args.symbol, args.start, args.end, args.kind, zone=args.zone)


def _reported(found: list[Imported], say: Print) -> None:
    for imported in found:
        say(report_text(imported))


def report_text(imported: Imported) -> str:
    """Return what became of one file, in a few lines."""
    counts, stored = imported.counts, imported.stored
    left_out = counts.duplicates + counts.incomplete + imported.dropped
    odd = {
        "duplicates left out": counts.duplicates,
        "incomplete rows left out": counts.incomplete,
        "crossed quotes left out": imported.dropped,
        "out of order, sorted": counts.disorder,
        "rounded to the digits asked for": counts.rounded,
        "rows in the place of older ones": imported.replaced,
    }
    told = [f"{count:,} {words}" for words, count in odd.items() if count]
    lines = [
        f"{stored.symbol} {stored.kind} from {imported.source} ({imported.format})",
        f"  {counts.read:,} rows read, {counts.read - left_out:,} taken"
        + (f": {', '.join(told)}" if told else ""),
        findings_text(imported.findings),
        f"  stored now: {_stored_text(stored)}",
    ]
    return "\n".join(lines)


def findings_text(found: Findings) -> str:
    """Return what was found in some history, in a few lines."""
    lines = [f"  from {found.start:%Y-%m-%d %H:%M:%S} to {found.end:%Y-%m-%d %H:%M:%S}"]
    gaps = [f"{gap.start:%Y-%m-%d %H:%M}, {gap.hours:.1f} h" for gap in found.gaps[:SHOWN]]
    more = f"; {len(found.gaps) - SHOWN} more" if len(found.gaps) > SHOWN else ""
    words = f"{len(found.gaps)} ({'; '.join(gaps)}{more})" if gaps else "none"
    lines.append(f"  gaps: {words}; weekends: {found.weekends}")
    counts = {
        "crossed quotes": found.crossed,
        "quotes without spread": found.no_spread,
        "outliers": found.outliers,
    }
    odd = [f"{count:,} {words}" for words, count in counts.items() if count]
    if odd:
        lines.append(f"  {', '.join(odd)}")
    if found.outlier_times:
        first = ", ".join(f"{at:%Y-%m-%d %H:%M:%S}" for at in found.outlier_times[:SHOWN])
        lines.append(f"  outliers at {first}")
    return "\n".join(lines)


def _stored_text(stored: Stored) -> str:
    unit = "ticks" if stored.kind == TICKS else "bars"
    return (
        f"{stored.rows:,} {unit}, {stored.start:%Y-%m-%d} to {stored.end:%Y-%m-%d}, "
        f"{stored.digits} digits, {stored.bytes / 1e6:.1f} MB"
    )
