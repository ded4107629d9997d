"""What the README shows runs, and what it links is there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_lines_run(mas_home, tmp_path):
    lines = "\n".join(re.findall(r"```python\n(.*?)```", README, re.DOTALL))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", lines],
        cwd=tmp_path,
        env=os.environ | {"MAS_HOME": str(mas_home), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    status, execution, position = done.stdout.splitlines()[:3]
    assert re.fullmatch(r"\d+ 10009 .+", status)
    assert re.fullmatch(r"\d+ buy 0\.1 1\.\d+", execution)
    assert re.fullmatch(r"EURUSD 0\.1 1\.\d+ -?\d+\.\d+", position)
    assert "<Result 2025-01-01 to 2025-06-30, " in done.stdout
    assert "it comes from the synthetic market" in done.stderr


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)", README):
        if "://" not in target:
            assert (ROOT / target).exists(), target


def test_the_picture_is_small():
    assert (ROOT / "docs" / "quickstart.png").stat().st_size < 300_000
