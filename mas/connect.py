"""URL to terminal: nobody else knows which kinds there are.

``sim:`` is the embedded simulated terminal, ``native:`` the official package on Windows,
``mt5linux://host:port`` the real terminal behind an mt5linux server.
"""

from __future__ import annotations

import logging
import os
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qs, urlsplit

from mas import config
from mas.clock import ManualClock
from mas.errors import NotConnectedError, ParamError
from mas.terminal.direct import DirectLink
from mas.terminal.link import TerminalLink
from mas.terminal.proxy import TerminalProxy

if TYPE_CHECKING:
    from collections.abc import Callable

    from mas.terminal import Terminal
    from mas.terminal.link import Link

T = TypeVar("T")
AnyLink = DirectLink | TerminalLink
log = logging.getLogger(__name__)
SIM_SERVER = "MAS-Sim"
"""Server name of the simulated terminal."""
POLL_SECONDS = {"sim": 0.05, "native": 0.1, "mt5linux": 0.25}
"""Pause between two looks at a terminal, by what a look costs it."""
USUAL_POLL = 0.25
GROUP = "mas.terminals"
"""Entry points by which another distribution brings a terminal: the scheme of its URLs, and a
function of the URL and the account's number that returns a :class:`~mas.terminal.link.Link`."""


def open_link(
    url: str | None, *, login: int, password: str, server: str, timeout_ms: int
) -> AnyLink:
    """Open a terminal and log in.

    Raises
    ------
    NotConnectedError
        One line: what was tried, what the terminal said, what to do. Never the password.
    ParamError
        The URL is of no known kind.
    """
    where = resolve(url, server)
    link = openers()[_scheme(where)](where, login)

    try:
        error = log_in(link, login=login, password=password, server=server, timeout_ms=timeout_ms)
    except BaseException:
        link.close()
        raise
    if error is not None:
        link.close()
        code, text = error
        raise NotConnectedError(
            f"login to account {login} at server {server!r} through {where} failed: "
            f"{text} ({code}); check account, password and server"
        )
    return link


def log_in(
    link: Link, *, login: int, password: str, server: str, timeout_ms: int
) -> tuple[int, str] | None:
    """Log in through a link; return the terminal's error, None when there is none."""

    def ask(terminal: Terminal) -> tuple[int, str] | None:
        if terminal.initialize(login=login, password=password, server=server, timeout=timeout_ms):
            return None
        return terminal.last_error()

    return link.run(ask, deadline=timeout_ms / 1000 + 5)


def shared_terminal(url: str | None, server: str) -> str | None:
    """Return what a login changes for others: the terminal of an official package, by its URL.

    The package has one connection for its process (R211); simulated accounts are apart.
    """
    where = resolve(url, server)
    scheme = _scheme(where)
    return None if scheme == "sim" else "native:" if scheme == "native" else where


def open_terminal(url: str | None = None) -> TerminalProxy:
    """Open a terminal that is logged in already, and return its functions.

    Raises
    ------
    NotConnectedError
        It is not there, or not logged in.
    """
    where = resolve(url, "")
    link = openers()[_scheme(where)](where, 0)
    if not link.run(lambda terminal: terminal.initialize()):
        code, text = link.run(lambda terminal: terminal.last_error())
        link.close()
        raise NotConnectedError(f"the terminal {where} does not answer: {text} ({code})")
    return TerminalProxy(lambda: _Direct(link))


class _Direct:
    """Asks through a link."""

    def __init__(self, link: AnyLink) -> None:
        self._link = link

    def raw(self, fn: Callable[[Terminal], T]) -> T:
        """Run `fn` with the terminal on the thread that owns it."""
        return self._link.read(fn)

    ask = raw


def resolve(url: str | None, server: str) -> str:
    """Return the URL of the terminal that a login means.

    The first of: the argument, ``MAS_TERMINAL``, an entry of the configuration file for this
    server, its usual entry; else ``sim:`` for the simulated server and ``native:`` for others.
    """
    entries, usual = config.terminals()
    named = url or os.environ.get("MAS_TERMINAL")
    if not named and server != SIM_SERVER:
        fitting = [entry.name for entry in entries.values() if server in entry.servers]
        named = fitting[0] if fitting else usual
    if named in entries:
        named = entries[named].url
    if not named:
        return "sim:" if server == SIM_SERVER else "native:"
    if _scheme(named) not in OPENERS and _scheme(named) not in openers():
        known = [f"{scheme}:" for scheme in openers()] + sorted(entries)
        raise ParamError(
            f"terminal must be one of {', '.join(known)}, was {named!r}",
            field="terminal",
            value=named,
            accepted=", ".join(known),
        )
    return named


def poll_seconds(url: str | None, *, server: str) -> float:
    """Return the pause between two looks at a terminal, in seconds."""
    return POLL_SECONDS.get(_scheme(resolve(url, server)), USUAL_POLL)


def _scheme(url: str) -> str:
    return url.partition(":")[0].lower()


def _open_sim(url: str, login: int) -> AnyLink:
    """Open the process's simulated terminal.

    ``sim:?seed=7&at=2026-01-05T10:00&balance=5000&margin_mode=netting`` is an account in memory:
    each part is a field of :class:`mas.sim.SimSettings`, and `at` stops its clock there, which
    gives the same quotes and tickets every time.
    """
    from mas.sim import hold_terminal, release_terminal, settings_of  # noqa: PLC0415  only who uses it pays

    given = {key: values[-1] for key, values in parse_qs(urlsplit(url).query).items()}
    at = given.pop("at", None)
    try:
        clock = None if at is None else ManualClock(at)
        settings = settings_of(given) if given or at else None
    except ValueError as error:
        raise ParamError(f"{url}: {error}") from error
    # It has a lock of its own and cannot hang, so its calls need no thread to own them.
    terminal = hold_terminal(login, settings, clock)
    return DirectLink(terminal, on_close=lambda: release_terminal(login, terminal))


def _open_native(url: str, login: int) -> AnyLink:  # noqa: ARG001  one signature for all
    from mas.terminal import native  # noqa: PLC0415  Windows only

    return TerminalLink(native.open_package(), on_close=native.shut)


def _open_mt5linux(url: str, login: int) -> AnyLink:  # noqa: ARG001  one signature for all
    from mas.terminal import mt5linux  # noqa: PLC0415  an optional dependency

    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 18812
    except ValueError:
        host, port = None, 0
    if not host:
        raise NotConnectedError(
            f"{url}: expected mt5linux://host:port, for example mt5linux://127.0.0.1:18812"
        )
    return TerminalLink(mt5linux.connect(host, port), on_close=mt5linux.shut)


OPENERS: dict[str, Callable[[str, int], AnyLink]] = {
    "sim": _open_sim,
    "native": _open_native,
    "mt5linux": _open_mt5linux,
}


@cache
def openers() -> dict[str, Callable[[str, int], AnyLink]]:
    """Return what opens a terminal by the scheme of its URL; ours before registered ones.

    One that cannot be loaded is logged and left out.
    """
    found = dict(OPENERS)
    for entry in entry_points(group=GROUP):
        try:
            found.setdefault(entry.name, entry.load())
        except Exception as error:  # noqa: BLE001  another's code may raise anything
            log.warning("the terminal %r (%s) cannot be loaded: %s", entry.name, entry.value, error)
    return found
