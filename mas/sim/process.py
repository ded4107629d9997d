"""The simulated terminals of this process: one for each account, shared by all who ask (R17)."""

from __future__ import annotations

import dataclasses
import threading
from typing import TYPE_CHECKING

from mas import config
from mas.sim.settings import SimSettings
from mas.sim.terminal import SimTerminal

if TYPE_CHECKING:
    from mas.clock import Clock

_lock = threading.Lock()
_terminals: dict[int, SimTerminal] = {}
_holders: dict[int, int] = {}
"""How many hold each account; with the last one gone its file is free for other processes."""


def process_terminal(
    login: int = 0, settings: SimSettings | None = None, clock: Clock | None = None
) -> SimTerminal:
    """Return the terminal of an account, made at the first call.

    Parameters
    ----------
    login : int
        Account number; its file is in the user's data folder. 0 is an account in memory.
    settings, clock : optional
        For a new account in memory. Default: the stored account, with ``MAS_SIM_SEED`` and
        ``MAS_SIM_CLOCK`` where they are set, else the usual settings and the wall clock.
    """
    with _lock:
        return _terminal(login, settings, clock)


def hold_terminal(
    login: int = 0, settings: SimSettings | None = None, clock: Clock | None = None
) -> SimTerminal:
    """Return the terminal of an account as :func:`process_terminal` does, and keep it open.

    Its file belongs to this process until as many calls of :func:`release_terminal`.
    """
    with _lock:
        terminal = _terminal(login, settings, clock)
        _holders[login] = _holders.get(login, 0) + 1
        return terminal


def release_terminal(login: int) -> None:
    """Take back one hold; with the last one the account is closed, and kept in its file."""
    with _lock:
        _holders[login] = _holders.get(login, 0) - 1
        if _holders[login] <= 0:
            del _holders[login]
            terminal = _terminals.pop(login, None)
            if terminal is not None:
                terminal.close_store()


def _terminal(login: int, settings: SimSettings | None, clock: Clock | None) -> SimTerminal:
    known = _terminals.get(login)
    if known is not None and settings is None and clock is None:
        return known
    if known is not None:
        known.close_store()
    chosen = settings or SimSettings()
    seed = config.sim_seed()
    if settings is None and seed is not None:
        chosen = dataclasses.replace(chosen, seed=seed)
    if login:
        chosen = dataclasses.replace(chosen, login=login)
    kept = login and settings is None and clock is None
    folder = config.data_dir() / "paper"
    folder.mkdir(exist_ok=True)
    _terminals[login] = SimTerminal(
        chosen,
        clock=clock or config.sim_clock(),
        store=folder / f"{login}.db" if kept else None,
    )
    return _terminals[login]


def reset_process_terminals() -> None:
    """Close all, as the end of the process does."""
    with _lock:
        for terminal in _terminals.values():
            terminal.close_store()
        _terminals.clear()
        _holders.clear()
