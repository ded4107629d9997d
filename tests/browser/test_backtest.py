# ruff: noqa: E501
"""A backtest in a real page: the live view, the card, the stop button, the reports without a network."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.lab import write_notebook
from tests.published.strategies import RUN, MovingAverages

CLASS = """
import mas
class Turns(mas):
    bars, ticket = 0, None
    def receive_bars(self, symbol, data, is_end=False):
        self.bars += 1
        order = {"backtest_toggle": True, "symbol": symbol, "volume": 0.1}
        if self.bars % 400 == 1:
            self.ticket = self.send_order({**order, "order_type": "buy"})
        elif self.bars % 400 == 200:
            self.send_order({**order, "order_type": "sell", "order_id": self.ticket})
"""
# What the page does meanwhile: tasks that are too long to be fluent, and changes of the view.
WATCH = """
() => {
  window.seen = { long: [], frames: [] };
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) window.seen.long.push([Math.round(performance.now()), Math.round(one.duration)]);
  }).observe({ type: "longtask" });
  new MutationObserver((changes) => {
    for (const one of changes) {
      const text = one.target.textContent || "";
      if (text.includes("pushes/s")) { window.seen.frames.push(performance.now()); break; }
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}
"""


def test_five_years_of_days_become_a_card(notebook, lab, artifacts):
    write_notebook(
        lab[1] / "card.ipynb",
        "%load_ext masjupyter",
        f"%%mas_backtest --timeframe D1 --from 2020-01-01 --to 2024-12-31{CLASS}",
        "backtest.generate_kpi_report()",
        "backtest.generate_trade_chart()",
    )
    notebook.open("card.ipynb")
    for index in range(4):
        notebook.run_cell(index)
    card = notebook.cell(1)
    expect(card).to_contain_text("Turns · EURUSD · 2020-01-01 to 2024-12-30")
    expect(card).to_contain_text("the synthetic market (seed 7), generated ticks")
    expect(card.locator("img[alt='equity over time']")).to_be_visible()
    expect(card.locator(".mas-backtest")).to_have_count(0)
    notebook.page.screenshot(path=artifacts / "backtest_card.png")
    sheet = notebook.cell(2).frame_locator("iframe")
    expect(sheet.get_by_role("heading", name="Tear sheet: Turns")).to_be_visible()
    notebook.page.screenshot(path=artifacts / "tear_sheet_in_cell.png")
    chart = notebook.cell(3).frame_locator("iframe")
    expect(chart.locator("canvas").first).to_be_visible()
    notebook.page.screenshot(path=artifacts / "trade_chart_in_cell.png")
    assert notebook.errors() == []
    assert notebook.problems == []


def test_a_long_run_is_seen_and_can_be_stopped(notebook, lab, artifacts):
    """Minutes of three years: the view moves, the page stays fluent, the cell stops at once."""
    write_notebook(
        lab[1] / "long.ipynb",
        "%load_ext masjupyter",
        f"%%mas_backtest --timeframe M1 --from 2021-01-01 --to 2024-01-01{CLASS}        sum(range(5000))",
        "len(backtest.result.trades), backtest.result.stopped[:17]",
    )
    notebook.open("long.ipynb")
    notebook.run_cell(0)
    notebook.page.evaluate(WATCH)
    notebook.start_cell(1)
    view = notebook.cell(1)
    expect(view).to_contain_text("pushes/s", timeout=40_000)
    expect(view.locator(".mas-backtest svg").first).to_be_visible()
    began = notebook.page.evaluate("() => { window.seen.from = performance.now(); return 0; }")
    notebook.page.wait_for_timeout(3_000)
    notebook.page.screenshot(path=artifacts / "backtest_live.png")
    seen = notebook.page.evaluate("() => window.seen")
    frames = [at for at in seen["frames"] if at >= seen["from"]]
    long = [length for at, length in seen["long"] if at >= seen["from"]]
    assert began == 0
    assert 5 < len(frames) <= 3 * 10
    assert sum(long) < 600, f"tasks of {long} ms in three seconds"
    notebook.page.evaluate("() => jupyterapp.commands.execute('notebook:interrupt-kernel')")
    notebook.wait_idle(10)
    expect(notebook.cell(1)).to_contain_text("stopped before its end: KeyboardInterrupt")
    notebook.run_cell(2)
    expect(notebook.cell(2)).to_contain_text("'KeyboardInterrupt'")


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """The pages of a published strategy."""
    folder = tmp_path_factory.mktemp("reports")
    patch = pytest.MonkeyPatch()
    patch.chdir(folder)
    patch.setenv("MAS_HOME", str(folder / "mas"))
    client = MovingAverages()
    client.subscribe_bars({**RUN, "captital": 10_000})
    patch.undo()
    assert client.answers["chart"] == {"status": True}
    return {path.name.split("_")[0]: path for path in (folder / "reports").glob("*.html")}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["kpi", "chart"])
def test_reports_need_no_network(chromium, reports, kind, theme, artifacts):
    context = chromium.new_context(
        viewport={"width": 1240, "height": 900}, color_scheme=theme, offline=True
    )
    page = context.new_page()
    asked, problems = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(reports[kind].as_uri())
    if kind == "chart":
        expect(page.locator("canvas").first).to_be_visible()
        rows = page.locator(".trades tbody tr")
        data = json.loads(
            re.search(r'id="data">(.*?)</script>', Path(reports[kind]).read_text()).group(1)
        )
        assert rows.count() == len(data["trades"])
        before = page.locator(".chart").screenshot()
        rows.nth(2).click()
        page.wait_for_timeout(200)
        assert page.locator(".chart").screenshot() != before, "the chart goes to the trade"
    else:
        expect(page.get_by_text("Worst 10 drawdowns")).to_be_visible()
        assert page.locator("td.kpi").first.get_attribute("title")
    paper = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (theme == "light")
    page.screenshot(path=artifacts / f"{kind}_{theme}.png", full_page=True)
    context.close()
    assert asked == [reports[kind].as_uri()]
    assert problems == []
