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

    # A click on the ticket is an execution in the blotter.
    notebook.show(notebook.find("%mas_ticket"))
    ticket.get_by_role("button", name=BUY).click()
    expect(rows).to_have_count(before + 1, timeout=5_000)
    expect(ticket).to_contain_text("Request executed", timeout=5_000)
    notebook.page.screenshot(path=artifacts / "ticket.png")

    # A click on a position's button is one in the blotter and on the card of its order.
    card = notebook.cell(notebook.find("%%mas_order"))
    deals = card.locator("tr", has_text="execution")
    expect(deals).to_have_count(1)
    positions = notebook.cell(notebook.find("%mas_positions"))
    positions.locator("tbody tr").first.get_by_role("button", name="close").click()
    expect(rows).to_have_count(before + 2, timeout=5_000)
    expect(deals).to_have_count(2, timeout=5_000)
    expect(card).not_to_contain_text("position")
    notebook.show(notebook.find("%%mas_order"))
    notebook.page.screenshot(path=artifacts / "card.png")

    notebook.show(notebook.find("%mas_executions"))
    notebook.page.screenshot(path=artifacts / "panels.png")

    for index in range(end + 1, notebook.cell_count()):  # the button has closed the position
        notebook.run_cell(index)
    assert notebook.errors() == []
    assert notebook.problems == []


def test_the_ticket_asks_for_what_its_type_needs(notebook, lab):
    write_notebook(
        lab[1] / "form.ipynb",
        "%load_ext masjupyter",
        "%mas_login --sim --account 20003",
        "%mas_ticket",
    )
    notebook.open("form.ipynb")
    for index in range(3):
        notebook.run_cell(index)
    ticket = notebook.cell(2)

    def shown():
        labels = ticket.locator(".widget-label:visible").all_inner_texts()
        return [label for label in labels if label]

    expect(ticket.get_by_text("symbol", exact=True)).to_be_visible()
    assert shown() == ["symbol", "type", "volume", "sl, tp in", "sl", "tp"]
    ticket.locator("select").nth(1).select_option("limit")
    expect(ticket.get_by_text("price is missing").first).to_be_visible()
    assert "price" in shown()
    assert "limit at" not in shown()
    expect(ticket.get_by_role("button", name=BUY)).to_be_disabled()
    ticket.locator("select").nth(1).select_option("stop limit")
    expect(ticket.get_by_text("limit at", exact=True)).to_be_visible()


def test_panels_go_on_while_a_cell_runs(notebook, lab, artifacts):
    write_notebook(
        lab[1] / "busy.ipynb",
        "%load_ext masjupyter",
        "%mas_login --sim --account 20001",
        "%mas_quotes EURUSD XAUUSD",
        "%mas_ticket EURUSD",
        "%mas_executions",
        "import time\nend = time.monotonic() + 26\nwhile time.monotonic() < end: time.sleep(0.01)",
    )
    notebook.open("busy.ipynb")
    for index in range(5):
        notebook.run_cell(index)
    quotes = notebook.cell(2)
    rows = notebook.cell(4).locator("tbody tr")
    before = rows.count()

    notebook.start_cell(5)
    shown = set()
    for _ in range(72):  # a market at night has seconds without a tick
        shown.add(quotes.inner_text())
        if len(shown) >= 3:
            break
        notebook.page.wait_for_timeout(250)
    assert len(shown) >= 3, f"only {len(shown)} different states of the quotes in 18 s"

    notebook.cell(3).get_by_role("button", name=BUY).click()
    expect(rows).to_have_count(before + 1, timeout=3_000)
    # Not the kernel's status: a subshell that has handled a click says idle while the cell runs.
    running = "() => jupyterapp.shell.currentWidget.content.widgets[5].model.executionState"
    assert notebook.page.evaluate(running) == "running", "all of this happened while it ran"
    notebook.page.screenshot(path=artifacts / "busy.png")
    notebook.page.wait_for_function(f"({running})() !== 'running'", timeout=30_000)
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
