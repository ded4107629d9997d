"""What a user's mistake looks like in a cell: one line, and the cell fails."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mas.errors import MasError

if TYPE_CHECKING:
    from collections.abc import Iterator


class CellError(Exception):
    """One line for the user, without a traceback; the cell fails and "run all" stops there."""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows instead of a traceback."""
        return [f"\x1b[31m{self}\x1b[0m"]


@contextmanager
def one_line() -> Iterator[None]:
    """Turn the errors of ``mas`` into :class:`CellError`."""
    try:
        yield
    except MasError as error:
        raise CellError(str(error)) from None
