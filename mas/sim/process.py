"""The simulated terminals of this process: one for each account, shared by all who ask (R17)."""

from __future__ import annotations

import dataclasses
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mas import config
from mas.sim.settings import SimSettings
from mas.sim.terminal import SimTerminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mas.clock import Clock

_lock = threading.Lock()
_terminals: dict[int, SimTerminal] = {}


@dataclasses.dataclass(slots=True)
class _Held:
    """How many hold a terminal; with the last one gone its file is free for other processes."""

    login: int
    asked: tuple[SimSettings | None, int | None]
    holders: int = 0


_held: dict[SimTerminal, _Held] = {}
STORED = (None, None)
"""What is asked of an account that is kept in its file."""


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

    Its file belongs to this process until as many calls of :func:`release_terminal`. The same
    settings and the same start of the clock give the account that is held, not a second one.
    """
    asked = settings, None if clock is None else clock.now_ms()
    with _lock:
        same = [
            terminal
            for terminal, about in _held.items()
            if (about.login, about.asked) == (login, asked)
        ]
        known = same[-1] if same else _terminal(login, settings, clock)
        _terminals.setdefault(login, known)
        _held.setdefault(known, _Held(login, asked)).holders += 1
        return known


@contextmanager
def set_aside(login: int) -> Iterator[None]:
    """Look past an account in memory, which the login that is tried here would replace.

    Where it fails, that account is the one of its number as before.
    """
    with _lock:
        known = _terminals.get(login)
        about = _held.get(known) if known is not None else None
        if known is None or about is None or about.holders > 1 or about.asked == STORED:
            known = None
        else:
            del _terminals[login]
    try:
        yield
    except BaseException:
        if known is not None:
            with _lock:
                _terminals[login] = known
        raise


def release_terminal(login: int, terminal: SimTerminal | None = None) -> None:
    """Take back one hold; with the last one the account is closed, and kept in its file.

    Parameters
    ----------
    terminal : SimTerminal, optional
        What was held. Default: the account's newest terminal.
    """
    with _lock:
        terminal = terminal or _terminals.get(login)
        held = _held.get(terminal) if terminal is not None else None
        if held is not None:
            held.holders -= 1
        if terminal is None or (held is not None and held.holders):
            return
        _held.pop(terminal, None)
        terminal.close_store()
        if _terminals.get(login) is terminal:
            del _terminals[login]
            # A login that was tried while another session had the account is over.
            left = [other for other, about in _held.items() if about.login == login]
            if left:
                _terminals[login] = left[-1]


def _terminal(login: int, settings: SimSettings | None, clock: Clock | None) -> SimTerminal:
    known = _terminals.get(login)
    if known is not None and settings is None and clock is None:
        return known
    if known is not None and known not in _held:
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
        for terminal in {*_terminals.values(), *_held}:
            terminal.close_store()
        _terminals.clear()
        _held.clear()
