"""Where files are kept, and what the user's configuration says.

``MAS_HOME`` names one folder for everything; without it the system's usual folders are used.
The configuration file is TOML::

    terminal = "demo"                       # the entry that is used when none is named

    [terminals.demo]
    url = "mt5linux://127.0.0.1:18812"
    servers = ["Broker-Demo"]               # logins to these servers go to this terminal
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mas.clock import Clock, ManualClock, SystemClock
from mas.errors import ParamError

if TYPE_CHECKING:
    from platformdirs import PlatformDirs

APP = "masjupyter"


@dataclass(frozen=True, slots=True)
class TerminalEntry:
    """One named terminal of the configuration file."""

    name: str
    url: str
    servers: tuple[str, ...] = ()


def data_dir() -> Path:
    """Return the folder of accounts and journals, made when it is not there."""
    home = os.environ.get("MAS_HOME")
    folder = Path(home) if home else _usual().user_data_path
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def config_path() -> Path:
    """Return where the configuration file is, or would be."""
    home = os.environ.get("MAS_HOME")
    folder = Path(home) if home else _usual().user_config_path
    return folder / "config.toml"


def _usual() -> PlatformDirs:
    """Return the folders that this system has for such files."""
    from platformdirs import PlatformDirs  # noqa: PLC0415  asked for at the first login

    return PlatformDirs(APP, appauthor=False)


def terminals() -> tuple[dict[str, TerminalEntry], str]:
    """Return the configured terminals by name, and the name of the usual one ("" for none)."""
    path = config_path()
    if not path.is_file():
        return {}, ""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        entries = {
            name: TerminalEntry(name, str(entry["url"]), tuple(entry.get("servers", ())))
            for name, entry in content.get("terminals", {}).items()
        }
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ParamError(f"{path} is not valid TOML: {error}", field="config") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise ParamError(
            f'{path}: each [terminals.NAME] needs url = "…", {error} is missing or wrong',
            field="config",
        ) from error
    return entries, str(content.get("terminal", ""))


def sim_seed() -> int | None:
    """Return the seed of the simulated market from ``MAS_SIM_SEED``, None when it is not set."""
    text = os.environ.get("MAS_SIM_SEED")
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        raise ParamError(f"MAS_SIM_SEED must be a whole number, was {text!r}") from None


def sim_clock() -> Clock:
    """Return the simulated terminal's clock: the wall, or still at ``MAS_SIM_CLOCK`` (ISO)."""
    text = os.environ.get("MAS_SIM_CLOCK")
    if not text:
        return SystemClock()
    try:
        return ManualClock(text)
    except ValueError:
        raise ParamError(
            f"MAS_SIM_CLOCK must be an ISO time such as 2026-01-05T10:00:00, was {text!r}"
        ) from None
