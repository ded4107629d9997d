"""A backtest from a cell in a real page: ``python -m benchmarks.live_view``.

From the start of ``%%mas_backtest`` to the finished card (five years of days, first and second run
of a fresh kernel), what the live view costs a run of a million minute bars, how fluent the page
stays, and what the kernel's memory is after two and after ten runs.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.lab import Notebook, browser, serve, write_notebook
from tests.browser.test_backtest import CLASS, WATCH

DAYS = f"%%mas_backtest --timeframe D1 --from 2020-01-01 --to 2024-12-31{CLASS}"
MINUTES = f"%%mas_backtest --timeframe M1 --from 2021-01-01 --to 2023-09-10{CLASS}"
COST = """
import json, logging, statistics, time
import mas
from IPython.display import display
from masjupyter import _loaded
from masjupyter.widgets.backtest import BacktestPanel

logging.getLogger("mas").setLevel(logging.ERROR)
desk = _loaded[id(get_ipython())].desk
run = mas.Backtest(Turns, symbol="EURUSD", timeframe="M1", from_="2021-01-01", to="2023-09-10")

def seconds(follower):
    began = time.perf_counter()
    run.go(follower=follower)
    return time.perf_counter() - began

def seen():
    panel = BacktestPanel(desk, "cost", 10_000.0)
    display(panel)
    took = seconds(panel.reach)
    desk.drop(panel)
    return took

pairs = [(seconds(lambda at: None), seen()) for _ in range(5)]
plain, live = (statistics.median(one) for one in zip(*pairs))
print(json.dumps({"plain": plain, "seen": live}))
"""
MEMORY = """
import os
pages = int(open("/proc/self/statm").read().split()[1])
print(pages * os.sysconf("SC_PAGE_SIZE") // 2**20)
"""


def output(notebook, index):
    """Return the text of a cell's first output."""
    return notebook.page.evaluate(
        "i => jupyterapp.shell.currentWidget.content.widgets[i].model.outputs.toJSON()"
        ".map(o => o.text || '').flat().join('')",
        index,
    )


def timed(notebook, index):
    """Return the seconds from the start of a cell until its card is in the page."""
    began = time.perf_counter()
    notebook.run_cell(index, 120)
    notebook.cell(index).get_by_text("to 20").first.wait_for()
    return time.perf_counter() - began


def main():
    """Print one line for each figure."""
    with sync_playwright() as playwright, browser(playwright) as chromium, \
            tempfile.TemporaryDirectory() as home:  # fmt: skip
        folder = Path(home)
        with serve(folder, MAS_SIM_SEED="7") as url:
            page = chromium.new_context(viewport={"width": 1500, "height": 1100}).new_page()
            cells = ["%load_ext masjupyter", DAYS, MINUTES, COST, MEMORY]
            write_notebook(folder / "work" / "live.ipynb", *cells)
            notebook = Notebook(page, url)
            notebook.open("live.ipynb")
            notebook.run_cell(0)
            print(f"five years of days to the card: first {timed(notebook, 1):.2f} s", flush=True)
            print(f"five years of days to the card: second {timed(notebook, 1):.2f} s", flush=True)
            page.evaluate(WATCH)
            print(f"a million minute bars to the card: {timed(notebook, 2):.2f} s", flush=True)
            seen = page.evaluate("() => window.seen")
            print(
                f"  frames {len(seen['frames'])}, long tasks (ms): {[x for _, x in seen['long']]}"
            )
            notebook.run_cell(3, 300)
            cost = json.loads(output(notebook, 3).strip().splitlines()[-1])
            share = cost["seen"] / cost["plain"] - 1
            print(
                f"live view: {cost['plain']:.2f} s without, {cost['seen']:.2f} s with: {share:+.1%}"
            )
            sizes = []
            for runs in range(1, 11):
                timed(notebook, 1)
                if runs in {2, 10}:
                    notebook.run_cell(4)
                    sizes.append(int(output(notebook, 4)))
            print(f"kernel after two runs {sizes[0]} MB, after ten {sizes[1]} MB")


if __name__ == "__main__":
    main()
