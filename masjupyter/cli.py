"""The command ``masjupyter``: stored history from a terminal window."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from mas.errors import MasError
from masjupyter import __version__, data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mas.history.terminal import PriceSource


def main(given: Sequence[str] | None = None) -> int:
    """Run one command; 1 when it failed, with one line that says why."""
    parser = argparse.ArgumentParser(prog="masjupyter", description="MetaTrader 5 in notebooks.")
    parser.add_argument("--version", action="version", version=__version__)
    areas = parser.add_subparsers(dest="area", required=True, metavar="AREA")
    history = areas.add_parser("data", help="bars and ticks for backtests")
    data.add_commands(history)
    args = parser.parse_args(given)
    try:
        shown = data.run(args, print, _terminal)
    except MasError as error:
        print(f"masjupyter: {error}", file=sys.stderr)  # noqa: T201  it is a command
        return 1
    except KeyboardInterrupt:
        print("masjupyter: stopped", file=sys.stderr)  # noqa: T201
        return 130
    if shown is not None:
        print(shown.to_string(index=False) if len(shown) else "nothing is stored")  # noqa: T201
    return 0


def _terminal() -> PriceSource:
    """Return the terminal of ``MAS_TERMINAL`` or the configuration file, else this computer's."""
    from mas.connect import open_terminal  # noqa: PLC0415  only who fetches pays

    return open_terminal()


if __name__ == "__main__":
    sys.exit(main())
