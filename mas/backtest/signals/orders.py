"""What the arrays of a user ask for: checked, of one length, without contradictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mas.errors import ParamError

if TYPE_CHECKING:
    from collections.abc import Mapping

    Array = np.ndarray[Any, Any]

SIDES: Final = ("entries", "exits", "short_entries", "short_exits")
ENTRIES: Final = ("market", "limit", "stop")
NUMBERS: Final = ("volume", "sl", "tp", "distance", "expiry", "trail", "risk")
LARGEST: Final = 1e9
"""Points, lots, bars; what is larger is a mistake."""
ACCEPTED: Final = (*SIDES, *NUMBERS, "entry", "follow")


@dataclass(frozen=True, slots=True)
class Orders:
    """The orders of one symbol.

    Attributes
    ----------
    longs, shorts, long_exits, short_exits : array of int64
        Bars, ascending.
    volumes : array of float64
        Lots, by bar.
    sls, tps : array of int64
        Points from the price that is dealt at, by bar; 0 for none.
    entry : str
        ``"market"``, or a pending order ``distances`` points from the quote.
    expiries : array of int64
        Bars after which a pending order is deleted, by bar; 0 for never.
    trails : array of int64
        Points at which the stop loss follows the price at the end of each bar, by the bar of the
        entry; 0 for none.
    risks : array of float64
        Percent of the equity that the stop loss may cost, instead of `volumes`; 0 for `volumes`.
    follow : bool
        A pending stop order follows a price that moves away from it, at the end of each bar.
    """

    longs: Array
    shorts: Array
    long_exits: Array
    short_exits: Array
    volumes: Array
    sls: Array
    tps: Array
    entry: str
    distances: Array
    expiries: Array
    trails: Array
    risks: Array
    follow: bool

    @property
    def plain(self) -> bool:
        """Whether all of it is market orders of given volumes with fixed stops."""
        return self.entry == "market" and not (any_of(self.trails) or any_of(self.risks))

    @property
    def every_bar(self) -> bool:
        """Whether there may be something to do at any bar."""
        return any_of(self.trails) or any_of(self.expiries) or self.follow


def orders_of(given: Mapping[str, Any], count: int) -> Orders:
    """Return the orders that some arguments of ``Signals.run`` mean.

    Raises
    ------
    ParamError
        An argument is unknown, of another length or type, or needs another one.
    """
    unknown = set(given) - set(ACCEPTED)
    if unknown:
        raise ParamError(f"{min(unknown)!r} must be one of {', '.join(ACCEPTED)}")
    long, out, short, short_out = (_flags(name, given.get(name), count) for name in SIDES)
    open_long, open_short = (
        _only(*flags, count=count) for flags in ((long, out, short), (short, short_out, long))
    )
    longs, shorts = np.flatnonzero(open_long), np.flatnonzero(open_short)
    made = Orders(
        longs, shorts,
        shorts if out is None else np.flatnonzero(out | open_short),
        longs if short_out is None else np.flatnonzero(short_out | open_long),
        volumes=_numbers("volume", given.get("volume", 0.1), count, float),
        sls=_numbers("sl", given.get("sl", 0), count, np.int64),
        tps=_numbers("tp", given.get("tp", 0), count, np.int64),
        entry=_entry(given.get("entry", "market")),
        distances=_numbers("distance", given.get("distance", 0), count, np.int64),
        expiries=_numbers("expiry", given.get("expiry", 0), count, np.int64),
        trails=_numbers("trail", given.get("trail", 0), count, np.int64),
        risks=_numbers("risk", given.get("risk", 0), count, float),
        follow=bool(given.get("follow", False)),
    )  # fmt: skip
    _check(made)
    if given.get("volume") is not None:
        _check_one_size(made)
    return made


def _check(made: Orders) -> None:
    """Refuse what contradicts itself."""
    used = np.concatenate([made.longs, made.shorts])
    if made.entry == "market" and (any_of(made.distances) or any_of(made.expiries) or made.follow):
        raise ParamError(
            "distance, expiry and follow are for pending orders: give entry='limit' or 'stop'",
            field="entry",
        )
    if made.entry != "market" and not made.distances[used].all():
        raise ParamError(
            f"distance is missing: a {made.entry} order waits so many points from the quote",
            field="distance",
        )
    if made.follow and made.entry != "stop":
        raise ParamError("follow is for entry='stop'", field="follow")
    risky = made.risks[used] > 0
    if not made.sls[used][risky].all():
        raise ParamError("risk needs sl: it is what the stop loss may cost", field="sl")


def _check_one_size(made: Orders) -> None:
    """Refuse a volume that was given where a risk says how large the volume is."""
    used = np.concatenate([made.longs, made.shorts])
    both = used[(made.risks[used] > 0) & (made.volumes[used] > 0)]
    if len(both):
        bar = int(both.min())
        raise ParamError(
            f"volume and risk both size the entry at bar {bar} (volume {made.volumes[bar]:g}, "
            f"risk {made.risks[bar]:g}): give one of them, or volume 0 where risk is above 0",
            field="risk",
        )


def _entry(given: object) -> str:
    if not isinstance(given, str) or given not in ENTRIES:
        raise ParamError(f"entry must be one of {', '.join(ENTRIES)}, was {given!r}", field="entry")
    return given


def _only(flags: Array | None, *others: Array | None, count: int) -> Array:
    """Return where flags are set and none of the others is."""
    found = np.zeros(count, np.bool_) if flags is None else flags
    for other in others:
        if other is not None:
            found = found & ~other
    return found


def _flags(name: str, given: Any, count: int) -> Array | None:
    if given is None:
        return None
    found = np.asarray(given)
    if found.dtype != np.bool_ or found.shape != (count,):
        raise ParamError(
            f"{name} must be an array of {count} bools, was {found.dtype} of shape {found.shape}",
            field=name,
        )
    return found


def _numbers(name: str, given: Any, count: int, kind: Any) -> Array:
    """Return a number for each bar; those of a single number share its memory."""
    found = np.asarray(0 if given is None else given)
    good = found.shape in {(), (1,), (count,)} and found.dtype.kind in "iuf"
    good = good and bool(np.all((found >= 0) & (found <= LARGEST)))
    if not good or (kind is not float and not np.all(found == np.floor(found))):
        what = {"volume": "lots", "risk": "percent", "expiry": "whole bars"}.get(
            name, "whole points"
        )
        raise ParamError(
            f"{name} must be {what} of 0 or more, one number or {count} of them", field=name
        )
    return np.broadcast_to(found.astype(kind), count)


def any_of(numbers: Array) -> bool:
    """Tell whether any number is not 0; one that was given for all bars is looked at once."""
    return bool(numbers[:1].any() if numbers.strides == (0,) else numbers.any())
