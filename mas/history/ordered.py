"""Several sequences of rows, each in order by time, taken together piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from mas.history.columns import joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mas.timeunits import Ms

FAR = 1 << 62
Rows = TypeVar("Rows", bound=Any)


class Sequence:
    """Rows that come piece by piece and never go back in time.

    Parameters
    ----------
    first : int
        Time of the first row, ms; nothing is read before it is needed.

    Attributes
    ----------
    edge : int
        All rows before that time have come.
    """

    def __init__(self, first: int, pieces: Iterable[Any]) -> None:
        self.edge = first
        self._pieces = iter(pieces)
        self._rows: Any = None

    @property
    def over(self) -> bool:
        """Whether all rows are taken."""
        return self.edge == FAR and self._rows is None

    def grow(self) -> None:
        """Read the next piece."""
        piece = next((item for item in self._pieces if len(item.times)), None)
        if piece is None:
            self.edge = FAR
        else:
            self.edge = int(piece.times[-1])
            self._rows = piece if self._rows is None else joined([self._rows, piece])

    def take(self, until: Ms) -> Any:
        """Return the rows before a time, None for none."""
        if self._rows is None:
            return None
        at = len(self._rows.times) if until == FAR else int(self._rows.times.searchsorted(until))
        part, rest = self._rows.part(slice(0, at)), self._rows.part(slice(at, None))
        self._rows = rest if len(rest.times) else None
        return part if at else None


def together(sequences: list[Sequence]) -> Iterator[list[tuple[int, Any]]]:
    """Yield the rows of one stretch of time after another, with the numbers of their sequences."""
    waiting = sorted(range(len(sequences)), key=lambda at: sequences[at].edge, reverse=True)
    active: list[int] = []
    while waiting or active:
        until = min((sequences[at].edge for at in active), default=FAR)
        if waiting:
            until = min(until, sequences[waiting[-1]].edge)
        parts = [(at, sequences[at].take(until)) for at in active]
        found = [(at, part) for at, part in parts if part is not None]
        if found:
            yield found
        while waiting and sequences[waiting[-1]].edge <= until:
            active.append(waiting.pop())
        active.sort()
        for at in active:
            if sequences[at].edge <= until < FAR:
                sequences[at].grow()
        active = [at for at in active if not sequences[at].over]
