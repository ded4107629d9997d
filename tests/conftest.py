"""What every test stands on: a home of its own, no settings from outside, nothing left behind."""

from __future__ import annotations

import itertools
import os
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# 50 examples at the desk, more where somebody waits for the answer anyway.
_quiet = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
settings.register_profile("desk", max_examples=50, deadline=None, suppress_health_check=_quiet)
settings.register_profile("ci", max_examples=1000, deadline=None, suppress_health_check=_quiet)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "desk"))

THEIRS = ("MAS_", "XDG_", "IPYTHON", "JUPYTER_")
"""Beginnings of the environment's variables that lead to a user's files or settings."""
_number = itertools.count()


def _nobody(patch: pytest.MonkeyPatch) -> None:
    """Take away what leads to a user's files or settings."""
    for name in [key for key in os.environ if key.startswith(THEIRS) and key != "MAS_CHROMIUM"]:
        patch.delenv(name)


@pytest.fixture(scope="session", autouse=True)
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the folder of this process's homes: a ``tmp_path`` for each test takes longer.

    What fixtures of modules do before the first test is done in a home there, too.
    """
    folder = tmp_path_factory.mktemp("homes")
    with pytest.MonkeyPatch.context() as patch:
        _nobody(patch)
        patch.setenv("MAS_HOME", str(folder / "modules"))
        yield folder


@pytest.fixture(autouse=True)
def mas_home(homes: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give each test an empty home; nobody's accounts, journal or settings are read or touched."""
    _nobody(monkeypatch)
    user = homes / str(next(_number))
    home = user / "mas"
    home.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(user))
    monkeypatch.setenv("USERPROFILE", str(user))
    monkeypatch.setenv("MAS_HOME", str(home))
    yield home
    _forget_process_terminals()


def _forget_process_terminals() -> None:
    """Release the process's simulated accounts and what mas.mt5 means, if the test opened any."""
    sim = sys.modules.get("mas.sim")
    reset = getattr(sim, "reset_process_terminals", None)
    if reset is not None:
        reset()
    module = sys.modules.get("mas.mt5")
    if module is not None:
        vars(module._process).clear()  # back to what the class says: no terminal, no login
