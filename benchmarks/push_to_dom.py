"""Push to DOM in a real page: ``python -m benchmarks.push_to_dom [seconds]``.

A thread in the kernel changes one quote 10, 50 and 200 times a second and notes when; the page
notes when the panel's text shows that change or a later one. A panel takes at most 20 batches
a second, so above this rate a change waits for the next batch. The floor is the plainest
anywidget: one message a change, one text node.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from playwright.sync_api import sync_playwright

from tests.browser.lab import Notebook, browser, serve, write_notebook

if TYPE_CHECKING:
    from playwright.sync_api import Browser

RATES = (10, 50, 200)

FLOOR = '''
import anywidget
class Floor(anywidget.AnyWidget):
    _esm = """export default { render({ model, el }) {
      el.classList.add("bench"); el.textContent = "-";
      model.on("msg:custom", (message) => { el.textContent = message.bid; });
    } }"""
panel = Floor()
def push(number):
    panel.send({"bid": f"{1 + number / 1e5:.5f}"})
panel
'''
QUOTES = """
from types import SimpleNamespace
from mas.state import State
from mas.terminal.types import Tick
from masjupyter.publisher import Publisher
from masjupyter.widgets import Quotes
# A desk without a market of its own: nothing but our pushes changes the quote.
nothing = lambda *_: None
client = SimpleNamespace(watch=nothing, unwatch=nothing, refresh=nothing, symbol_info=nothing)
state = State()
panel = Quotes(SimpleNamespace(state=state, publisher=Publisher(state), client=client), ["EURUSD"])
panel.add_class("bench")
def push(number):
    bid = round(1 + number / 1e5, 5)
    now = int(time.time() * 1000)
    state.set_quotes({"EURUSD": Tick(now // 1000, bid, bid + 0.0001, 0.0, 0, now, 6, 0.0)})
panel
"""
PUSHER = """
import json, threading, time
def pushes(rate, seconds):
    times, start = [], time.perf_counter()
    for number in range(1, int(rate * seconds) + 1):
        time.sleep(max(0.0, start + number / rate - time.perf_counter()))
        times.append(time.time() * 1000)
        push(number)
    time.sleep(0.5)
    print(json.dumps(times))
"""
WATCH = """() => {
  window.seen = [];
  const el = document.querySelector('.bench');
  const note = () => {
    const found = /1\\.\\d{5}/.exec(el.textContent);
    if (!found) return;
    const number = Math.round((Number(found[0]) - 1) * 1e5);
    const last = window.seen.at(-1);
    if (!last || last[0] !== number)
      window.seen.push([number, performance.timeOrigin + performance.now()]);
  };
  new MutationObserver(note).observe(el, { childList: true, characterData: true, subtree: true });
}"""


def latencies(times: list[float], seen: list[list[float]]) -> np.ndarray:
    """Give, for each push, the milliseconds until the page showed it or a later one."""
    shown = sorted((at, number) for number, at in seen if 1 <= number <= len(times))
    newest = np.maximum.accumulate([number for _, number in shown])
    first = np.searchsorted(newest, np.arange(1, len(times) + 1))
    arrived = np.array([at for at, _ in shown] + [np.nan])
    return arrived[np.minimum(first, len(shown))] - np.array(times)


def measure(chromium: Browser, widget: str, seconds: float) -> dict[int, np.ndarray]:
    """Measure one kind of widget at all rates, in a JupyterLab of its own."""
    results = {}
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder), MAS_SIM_SEED="7") as url:
        cells = [PUSHER, widget, *(f"pushes({rate}, {seconds})" for rate in RATES)]
        write_notebook(Path(folder) / "work" / "bench.ipynb", *cells)
        page = chromium.new_page(viewport={"width": 1300, "height": 1000})
        notebook = Notebook(page, url)
        notebook.open("bench.ipynb")
        first = len(cells) - len(RATES)
        for index in range(first):
            notebook.run_cell(index)
        page.wait_for_selector(".bench")
        page.evaluate(WATCH)
        for index, rate in enumerate(RATES, first):
            page.evaluate("() => { window.seen = []; }")
            notebook.run_cell(index, seconds + 60)
            if problems := notebook.errors():
                raise RuntimeError("; ".join(problems))
            times = json.loads(notebook.outputs(index)[0]["text"])
            results[rate] = latencies(times, page.evaluate("() => window.seen"))
        page.close()
    return results


def main() -> None:
    """Print p50 and p99 of each, and the ratio to the floor."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    with sync_playwright() as playwright, browser(playwright) as chromium:
        floor = measure(chromium, FLOOR, seconds)
        quotes = measure(chromium, QUOTES, seconds)
    print(f"push to DOM, ms, {seconds:g} s each{'':8}p50      p99     lost  p50/floor")
    for name, found in (("floor: plain anywidget", floor), ("quotes panel", quotes)):
        for rate in RATES:
            shown = found[rate][~np.isnan(found[rate])]
            p50, p99 = np.percentile(shown, [50, 99])
            lost = len(found[rate]) - len(shown)
            ratio = p50 / np.nanpercentile(floor[rate], 50)
            print(f"{name:24} {rate:4}/s {p50:12.1f} {p99:8.1f} {lost:8} {ratio:10.1f}")


if __name__ == "__main__":
    main()
