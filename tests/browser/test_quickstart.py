"""The main job, in a real page: a cell, a click, and the execution is there to see."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.lab import write_notebook

ROOT = Path(__file__).parents[2]
BUY = re.compile(r"^\s*buy", re.IGNORECASE)


def _run_quickstart(notebook, folder, until="%mas_close"):
    """Run the quickstart's cells, up to the one that contains `until`."""
    shutil.copy(ROOT / "notebooks" / "01_quickstart.ipynb", folder)
    notebook.open("01_quickstart.ipynb")
    end = notebook.find(until)
    for index in range(end):
        notebook.run_cell(index)
    return end


def test_quickstart_from_the_first_cell_to_a_click(notebook, lab, artifacts):
    end = _run_quickstart(notebook, lab[1])
    assert notebook.errors() == []

    ticket = notebook.cell(notebook.find("%mas_ticket"))
    executions = notebook.cell(notebook.find("%mas_executions"))
    rows = executions.locator("tbody tr")
    before = rows.count()
    assert before >= 1, "the execution of the first order is in the blotter"

    ticket.get_by_role("button", name=BUY).click()

    expect(rows).to_have_count(before + 1, timeout=5_000)
    expect(ticket).to_contain_text("Request executed", timeout=5_000)
    card = notebook.cell(notebook.find("%%mas_order"))
    expect(card).to_contain_text("Request executed")
    notebook.page.screenshot(path=artifacts / "ticket.png")

    notebook.show(notebook.find("%mas_executions"))
    notebook.page.screenshot(path=artifacts / "panels.png")

    for index in range(end, notebook.cell_count()):
        notebook.run_cell(index)
    assert notebook.errors() == []
    assert notebook.problems == []


def test_panels_go_on_while_a_cell_runs(notebook, lab, artifacts):
    write_notebook(
        lab[1] / "busy.ipynb",
        "%load_ext masjupyter",
        "%mas_login --sim --account 20001",
        "%mas_quotes EURUSD XAUUSD",
        "%mas_ticket EURUSD",
        "%mas_executions",
        "import time\nend = time.monotonic() + 12\nwhile time.monotonic() < end: time.sleep(0.01)",
    )
    notebook.open("busy.ipynb")
    for index in range(5):
        notebook.run_cell(index)
    quotes = notebook.cell(2)
    rows = notebook.cell(4).locator("tbody tr")
    before = rows.count()

    notebook.start_cell(5)
    shown = set()
    for _ in range(20):
        shown.add(quotes.inner_text())
        notebook.page.wait_for_timeout(250)
    assert len(shown) >= 3, f"only {len(shown)} different states of the quotes in 5 s"

    notebook.cell(3).get_by_role("button", name=BUY).click()
    expect(rows).to_have_count(before + 1, timeout=3_000)
    assert notebook.busy(), "all of this happened while the cell ran"
    notebook.page.screenshot(path=artifacts / "busy.png")
    notebook.wait_idle()
    assert notebook.errors() == []


def test_a_restarted_kernel_gets_its_account_back(notebook, lab, artifacts):
    write_notebook(
        lab[1] / "restart.ipynb",
        "%load_ext masjupyter",
        "%mas_login --sim --account 20002",
        "%mas_order buy 0.1 EURUSD",
        "%mas_order sell_limit 0.2 EURUSD price={ask+0.01:.5f}",
        "%mas_positions",
        "%mas_orders",
    )
    notebook.open("restart.ipynb")
    for index in range(6):
        notebook.run_cell(index)
    assert notebook.errors() == []

    notebook.restart()
    for index in (0, 1, 4, 5):
        notebook.run_cell(index)

    assert notebook.errors() == []
    positions, orders = notebook.cell(4), notebook.cell(5)
    expect(positions.locator("tbody tr")).to_have_count(1)
    expect(positions).to_contain_text("EURUSD")
    expect(positions).to_contain_text("0.1")
    expect(orders.locator("tbody tr")).to_have_count(1)
    expect(orders).to_contain_text("0.2")
    notebook.page.screenshot(path=artifacts / "restart.png")
