"""From files to the store: read all, check all, then write once; or leave everything as it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from mas.errors import DataError, ParamError
from mas.history.collect import Collector, Counts, scaled
from mas.history.columns import Columns, joined
from mas.history.formats import open_source, plugins
from mas.history.formats.text import is_note
from mas.history.ordered import Sequence, together
from mas.history.reading import Read, read_source
from mas.history.resample import seconds_of
from mas.history.store import TICKS, Origin, Store, pieces_of
from mas.schema.words import TIMEFRAMES
from mas.terminal import constants as c

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Sequence as ListLike

    import pandas as pd

    from mas.history.formats.source import Source
    from mas.history.inspect import Findings
    from mas.history.store import Stored

    Array = np.ndarray[Any, Any]
    Given = Path | str | pd.DataFrame

CROSSED = ("keep", "drop", "swap")
FILES = (".csv", ".txt", ".bi5", ".parquet", ".gz", ".zip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How files are read.

    Attributes
    ----------
    symbol : str
        "" for what each file says.
    digits : int or None
        Decimals to round prices to; None keeps all that there are.
    zone : str, float or None
        Clock of the files: hours ahead of UTC or a name such as ``Europe/Athens``; None for what
        the format says, UTC where it says nothing.
    timeframe : str
        Of bars; "" finds it from their times.
    crossed : str
        What happens to ticks whose ask is below the bid: ``keep``, ``drop``, or ``swap`` the two.
    """

    symbol: str = ""
    digits: int | None = None
    zone: str | float | None = None
    timeframe: str = ""
    crossed: str = "keep"

    def __post_init__(self) -> None:
        if self.crossed not in CROSSED:
            raise ParamError(
                f"crossed must be one of {', '.join(CROSSED)}, was {self.crossed!r}",
                field="crossed",
            )
        if self.timeframe and self.timeframe not in TIMEFRAMES:
            raise ParamError(
                f"timeframe must be one of {', '.join(TIMEFRAMES)}, was {self.timeframe!r}",
                field="timeframe",
            )
        if self.digits is not None and not 0 <= self.digits <= 8:
            raise ParamError(f"digits must be 0 to 8, was {self.digits!r}", field="digits")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of one file.

    Attributes
    ----------
    findings : Findings
        Of the file's rows, as they are stored.
    replaced : int
        Rows at whose times there were rows before, which made room.
    stored : Stored
        What is there now, all files together.
    """

    source: str
    format: str
    counts: Counts
    findings: Findings
    dropped: int
    replaced: int
    stored: Stored


@dataclass(slots=True)
class _Target:
    """The files of one symbol and kind."""

    symbol: str
    kind: str
    files: list[Read] = field(default_factory=list)


def files_of(given: Iterable[Given]) -> list[Given]:
    """Return the files, those of folders one by one in the order of their names.

    Raises
    ------
    DataError
        A folder holds no file of history.
    """
    found: list[Given] = []
    endings = (*FILES, *plugins.suffixes())
    for source in given:
        if isinstance(source, (str, Path)) and Path(source).is_dir():
            inside = sorted(
                path
                for path in Path(source).rglob("*")
                if path.suffix.lower() in endings and not is_note(path)
            )
            if not inside:
                raise DataError(f"no file ends in {', '.join(endings)}", path=str(source))
            found.extend(inside)
        else:
            found.append(source)
    return found


def load(
    store: Store, given: ListLike[Given], options: Options, *, progress: bool = False
) -> list[Imported]:
    """Read files and store their rows.

    Rows take the place of stored ones of the same time. Either all files are stored, or none of
    a symbol's is.

    Raises
    ------
    DataError
        A file cannot be read; the message names it and its line.
    """
    return take(
        store, [open_source(source) for source in files_of(given)], options, progress=progress
    )


def take(
    store: Store, sources: ListLike[Source], options: Options, *, progress: bool = False
) -> list[Imported]:
    """Read sources and store their rows, as :func:`load` does."""
    targets: dict[tuple[str, str], _Target] = {}
    store.folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".import-", dir=store.folder) as folder:
        with _progress(sum(source.size for source in sources), show=progress) as bar:
            for number, source in enumerate(sources):
                zone = source.zone if options.zone is None else options.zone
                collector = Collector(source, digits=options.digits, zone=zone)
                read = read_source(source, collector, bar, Path(folder) / str(number))
                if read.empty:
                    if source.format != "Dukascopy hour":  # at night and weekends they are empty
                        raise DataError("there are no rows", path=source.name)
                    continue
                key = (_symbol(source, options), _kind(read, options))
                targets.setdefault(key, _Target(*key)).files.append(read)
        if not targets:
            raise DataError("there are no rows in any of the files")
        return [
            imported
            for target in targets.values()
            for imported in _store(store, target, options.crossed)
        ]


def _progress(size: int, *, show: bool) -> Any:
    import pandas as pd  # noqa: F401, PLC0415  so that the bar's second does not pass with it
    from tqdm.auto import tqdm  # noqa: PLC0415

    return tqdm(
        total=size, unit="B", unit_scale=True, desc="reading", disable=not show, delay=1,
        leave=False,
    )  # fmt: skip


def _symbol(source: Source, options: Options) -> str:
    symbol = options.symbol or source.symbol
    if not symbol:
        raise DataError("its name holds no symbol: say which it is (symbol)", path=source.name)
    return symbol


def _kind(read: Read, options: Options) -> str:
    bars = read.bars
    if bars is None:
        return TICKS
    found = options.timeframe or timeframe_of(bars.times)
    if not found:
        raise DataError(
            "the timeframe cannot be told from the times of the bars: say which it is (timeframe)",
            path=read.source.name,
        )
    _stamped(read.source.name, bars.times, TIMEFRAMES[found])
    return found


def timeframe_of(times: Array) -> str:
    """Return the timeframe of bars by the most usual distance of their times; "" for none."""
    steps = np.diff(times)
    if not len(steps):
        return ""
    sizes, counts = np.unique(steps, return_counts=True)
    usual = int(sizes[counts.argmax()]) // 1000
    if 28 * 86_400 <= usual <= 31 * 86_400:
        return "MN1"
    return next((name for name, code in TIMEFRAMES.items() if seconds_of(code) == usual), "")


def _stamped(name: str, times: Array, timeframe: int) -> None:
    """Refuse two bars of one time, and bars that are closer than their timeframe."""
    if timeframe in {c.TIMEFRAME_MN1, c.TIMEFRAME_W1}:
        return
    close = np.flatnonzero(np.diff(times) < seconds_of(timeframe) * 1000)
    if len(close):
        at = np.datetime64(int(times[close[0] + 1]), "ms")
        raise DataError(
            f"the bar at {at} comes too early after the one before it for its timeframe",
            path=name,
        )


def _store(store: Store, target: _Target, crossed: str) -> list[Imported]:
    """Put the rows of some files beside those that are stored."""
    symbol, kind = target.symbol, target.kind
    with store.locked(symbol, kind):
        old = store.find(symbol, kind)
        digits = max([read.digits for read in target.files] + ([old.digits] if old else []))
        there = [] if old is None else [Sequence(old.first, _scaled(old, digits))]
        new = [Sequence(read.first, read.pieces(digits, crossed)) for read in target.files]
        with store.writer(symbol, kind, digits) as writer:
            for parts in together(there + new):
                writer.add(_merged(parts, target.files, len(there)))
            origins = [*(old.origins if old else []), *(read.origin() for read in target.files)]
            stored = writer.finish(_newest(origins))
    timeframe = 0 if kind == TICKS else TIMEFRAMES[kind]
    return [
        Imported(
            source=read.source.name, format=read.source.format, counts=read.counts,
            findings=read.findings(timeframe), dropped=read.dropped,
            replaced=read.replaced, stored=stored,
        )
        for read in target.files
    ]  # fmt: skip


def _scaled(stored: Stored, digits: int) -> Iterator[Columns]:
    for piece in pieces_of(stored):
        yield scaled(piece, digits - stored.digits)


def _merged(parts: list[tuple[int, Columns]], files: list[Read], older: int) -> Columns:
    """Return the rows of one stretch of time, those of later files in the place of others."""
    found: Columns | None = None
    for at, part in parts:
        found, replaced = merge(found, part)
        if at >= older:
            files[at - older].replaced += replaced
    assert found is not None  # noqa: S101  there is no stretch without a part
    return found


def merge(old: Columns | None, new: Columns) -> tuple[Columns, int]:
    """Return both as one by time, and how many old rows made room for new ones of their times."""
    if old is None:
        return new, 0
    at = new.times.searchsorted(old.times)
    same = new.times[np.minimum(at, len(new.times) - 1)] == old.times
    replaced = int(np.count_nonzero(same))
    kept = old.part(~same) if replaced else old
    both: Columns = joined([kept, new])
    if len(kept.times) and kept.times[-1] >= new.times[0]:
        both = both.part(np.argsort(both.times, kind="stable"))
    return both, replaced


def _newest(origins: list[Origin]) -> list[Origin]:
    """Return origins without those that were imported again since."""
    found: dict[tuple[str, int, int], Origin] = {}
    for origin in origins:
        key = (origin.name, origin.first, origin.last)
        found.pop(key, None)
        found[key] = origin
    return list(found.values())
