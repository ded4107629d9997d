"""How many small faults do the tests find? A seeded sample of each package, and the score.

``python -m tests.mutation`` does all packages, ``python -m tests.mutation report history -n 150``
some of them with another number of faults; ``make mutation`` is the same. The scores are kept in
docs/mutation.md, what was not found is printed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.mutation.faults import ROOT, packages
from tests.mutation.page import write
from tests.mutation.trial import Trials


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("packages", nargs="*", metavar="package", help=" ".join(packages()))
    parser.add_argument("-n", "--number", type=int, default=60, help="faults a package (60)")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--seconds", type=float, default=40, help="longest run of tests a fault")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--anew", action="store_true", help="try what was found before, too")
    parser.add_argument("--tests", nargs="*", default=["tests"], help="files and folders of tests")
    parser.add_argument("--only", default="", help="faults in a file or function of this name")
    asked = parser.parse_args()
    wrong = set(asked.packages) - set(packages())
    if wrong:
        parser.error(f"there is no package {sorted(wrong)}; there are {sorted(packages())}")
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        trials = Trials(SimpleNamespace(**vars(asked), folder=Path(folder)))
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = folder
        options = ["-qxs", "--hypothesis-seed=0", "--timeout=60", "-rN"]
        plugins = [f"-pno:{name}" for name in ("cacheprovider", "nbval", "xdist")]
        tests = [str(ROOT / path) for path in asked.tests]
        pytest.main([*options, *plugins, f"--rootdir={ROOT}", *tests], [trials])
    if not asked.only:  # a part of the sample is no score
        for result in trials.results:
            write(result)
    return 0 if trials.results else 1


if __name__ == "__main__":
    sys.exit(main())
