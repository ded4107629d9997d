"""A simulated terminal that answers what charts and tickets ask only once it may."""

from __future__ import annotations

import threading
from typing import Any

from mas.sim import SimTerminal


class SlowTerminal(SimTerminal):
    """The gate is the class's: a login makes the terminal."""

    asked, may = threading.Event(), threading.Event()

    @classmethod
    def slow_down(cls) -> None:
        cls.asked.clear()
        cls.may.clear()

    def _wait(self) -> None:
        if not self.may.is_set():
            self.asked.set()
            assert self.may.wait(20)

    def copy_rates_from_pos(self, *args: Any) -> Any:
        self._wait()
        return super().copy_rates_from_pos(*args)

    def order_check(self, *args: Any) -> Any:
        self._wait()
        return super().order_check(*args)
