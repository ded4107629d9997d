"""``%mas_data``: stored history from a cell, in the words of the command ``masjupyter data``."""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING, Any, NoReturn

from IPython.core.magic import Magics, line_magic, magics_class

from masjupyter import commands, data
from masjupyter.errors import CellError, one_line

if TYPE_CHECKING:
    from mas.history.terminal import PriceSource
    from masjupyter.desk import Desk


class _Parser(argparse.ArgumentParser):
    """Fails the cell by one line, instead of ending the kernel."""

    def error(self, message: str) -> NoReturn:
        raise CellError(f"%mas_data: {message}; see %mas_data --help")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise _Shown(status, message)


class _Shown(Exception):  # noqa: N818  no error: the help was shown
    """The help was asked for, and shown."""


@magics_class
class DataMagics(Magics):
    """Stored history."""

    def __init__(self, shell: Any, desk: Desk) -> None:
        super().__init__(shell)
        self._desk = desk

    @line_magic
    def mas_data(self, line: str) -> Any:
        """Import, list, check, fetch, export or delete history: ``%mas_data --help``."""
        parser = _Parser(prog="%mas_data", description="Bars and ticks for backtests.")
        data.add_commands(parser)
        try:
            args = parser.parse_args(shlex.split(line))
        except _Shown:
            return None
        except ValueError as error:
            raise CellError(f"%mas_data: {error}") from None
        with one_line():
            return data.run(args, print, self._terminal)

    def _terminal(self) -> PriceSource:
        commands.need_login(self._desk)
        return self._desk.core.terminal
