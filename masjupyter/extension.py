"""What loading adds to a shell, and what unloading takes away again."""

from __future__ import annotations

import atexit
from typing import Any

from masjupyter import formatters
from masjupyter.backtestmagic import BacktestMagics
from masjupyter.completer import order_matcher
from masjupyter.datamagic import DataMagics
from masjupyter.desk import Desk
from masjupyter.magics import MasMagics


class Extension:
    """One shell's desk, magics, completions and displays."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self.desk = Desk()
        self._magics = MasMagics(shell, self.desk)
        self._matcher = order_matcher(self.desk)
        self._data = DataMagics(shell, self.desk)
        self._backtest = BacktestMagics(shell, self.desk, lambda: self._magics.cell)
        shell.register_magics(self._magics, self._data, self._backtest)
        shell.Completer.custom_matchers.append(self._matcher)
        shell.events.register("pre_run_cell", self._magics.begin_cell)
        formatters.register(shell)
        # The end of a kernel is the end of a session, not a crash: the journal is to know.
        atexit.register(self.desk.close)

    def close(self) -> None:
        """Log out and leave nothing behind."""
        atexit.unregister(self.desk.close)
        self.desk.close()
        shell = self._shell
        shell.events.unregister("pre_run_cell", self._magics.begin_cell)
        shell.Completer.custom_matchers.remove(self._matcher)
        formatters.unregister(shell)
        for magics in (self._magics, self._data, self._backtest):
            for kind, names in magics.magics.items():
                for name in names:
                    shell.magics_manager.magics[kind].pop(name, None)
            shell.magics_manager.registry.pop(type(magics).__name__, None)
