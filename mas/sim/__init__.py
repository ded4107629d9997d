"""The simulated MetaTrader 5 terminal.

Drive it by hand in ten lines::

    from mas.clock import ManualClock
    from mas.sim import SimSettings, SimTerminal

    clock = ManualClock("2026-01-05T10:00:00")
    terminal = SimTerminal(SimSettings(balance=5_000), clock=clock)
    terminal.initialize()
    terminal.feed("EURUSD", bid=1.1000, ask=1.1001)
    terminal.order_send({"action": 1, "symbol": "EURUSD", "volume": 0.1, "type": 0, "sl": 1.0990})
    clock.advance(1)
    terminal.feed("EURUSD", bid=1.0989, ask=1.0990)     # the stop is hit
    print(terminal.history_deals_get(0, 4_000_000_000)[-1].comment)
"""

from __future__ import annotations

from mas.sim import account
from mas.sim.permissions import Permissions
from mas.sim.process import (
    hold_terminal,
    process_terminal,
    release_terminal,
    reset_process_terminals,
    set_aside,
)
from mas.sim.settings import SimSettings, settings_of
from mas.sim.specs import built_in, export_symbols, load_symbols
from mas.sim.symbols import Symbol
from mas.sim.terminal import SimTerminal

COMPILED = not str(account.__file__).endswith(".py")
"""Whether the compiled core runs; ``MAS_PURE=1`` runs the source instead, with the same deals."""

__all__ = [
    "COMPILED",
    "Permissions",
    "SimSettings",
    "SimTerminal",
    "Symbol",
    "built_in",
    "export_symbols",
    "hold_terminal",
    "load_symbols",
    "process_terminal",
    "release_terminal",
    "reset_process_terminals",
    "set_aside",
    "settings_of",
]
