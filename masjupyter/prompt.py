"""Asking for a password, so that it is written nowhere."""

from __future__ import annotations

import getpass
import os

from masjupyter.errors import CellError


def password(account: int, server: str) -> str:
    """Return the password that the user types, or that of ``MAS_PASSWORD`` where nobody can.

    JupyterLab masks what is typed into ``getpass`` and saves only dots.

    Raises
    ------
    CellError
        There is nobody to ask and no ``MAS_PASSWORD``.
    """
    try:
        typed = getpass.getpass(f"Password of account {account} at {server}: ")
    except (EOFError, OSError, NotImplementedError):
        typed = ""
    except Exception as error:
        # ipykernel raises its own class where the front end cannot ask.
        if type(error).__name__ != "StdinNotImplementedError":
            raise
        typed = ""
    else:
        if not typed:
            raise CellError("no password was typed; run the cell again")
    typed = typed or os.environ.get("MAS_PASSWORD", "")
    if typed:
        return typed
    raise CellError(
        "there is nobody to ask for the password here: set the environment variable MAS_PASSWORD "
        "before the kernel starts"
    )
