"""Records what other libraries deal, for the tests: ``python -m benchmarks.peers.record``.

The round trips of backtesting.py (20,000 bars of W1, 7 USD commission a lot and deal) and of
nautilus_trader (a million ticks of W2), and the key figures of QuantStats go to
``tests/data/peers``; tests compare ours with them.
"""

import os
import subprocess
import tempfile
from pathlib import Path

from benchmarks.peers import data
from benchmarks.peers.__main__ import ROOT, install, python_of

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
PLACE = ROOT / "tests" / "data" / "peers"
RECORDS = {
    "backtesting_W1.csv": (
        "backtesting", ["benchmarks.peers.bt_backtesting"],
        ["W1", "--bars", "20000", "--commission", "7"],
    ),
    "nautilus_trader_W2.csv": (
        "nautilus_trader", ["benchmarks.peers.bt_nautilus"], ["W2", "--ticks", "1000000"],
    ),
}  # fmt: skip


def main():
    install([*(peer for peer, _, _ in RECORDS.values()), "quantstats"])
    PLACE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        data.write(Path(folder), ["W1", "W2"])
        for name, (peer, module, rest) in RECORDS.items():
            command = [str(python_of(peer)), "-m", *module, folder, *rest]
            command += ["--trades", str(PLACE / name)]
            subprocess.run(command, check=True, cwd=ROOT, env=ENVIRONMENT)
    command = [str(python_of("quantstats")), "-m", "benchmarks.peers.bt_quantstats"]
    done = subprocess.run(command, check=True, cwd=ROOT, env=ENVIRONMENT, capture_output=True)
    (PLACE / "quantstats.json").write_bytes(done.stdout)


if __name__ == "__main__":
    main()
