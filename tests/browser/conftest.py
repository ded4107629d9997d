"""One browser and one JupyterLab a test module; a fresh folder and MAS_HOME each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.lab import Notebook, browser, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]


def pytest_collection_modifyitems(items):
    """Everything in this folder needs a page."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright, browser(playwright) as chromium:
        yield chromium


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Serve an empty folder; give the address and the folder."""
    folder = tmp_path_factory.mktemp("lab")
    with serve(folder, MAS_SIM_SEED="7") as url:
        yield url, folder / "work"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1500, "height": 1100})
    page = context.new_page()
    yield page
    context.close()


@pytest.fixture
def notebook(lab: tuple[str, Path], page: Page) -> Notebook:
    return Notebook(page, lab[0])


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """Where screenshots are kept, outside git."""
    folder = ROOT / "tests" / "artifacts"
    folder.mkdir(exist_ok=True)
    return folder
